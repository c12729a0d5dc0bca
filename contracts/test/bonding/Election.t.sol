// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BondingFixture} from "./BondingFixture.sol";

/// @title Who is elected: the pool has room for two.
contract ElectionTest is BondingFixture {
    function test_tiesGoToTheIncumbent() public {
        _bond(_o1, 10 ether, _o1);
        _bond(_o2, 10 ether, _o2);
        _bond(_o3, 10 ether + 1e12 - 1, _o3);
        assertFalse(_elected(_o3), "less than a grain more is a tie");
        _bond(_d1, 1, _o3);
        assertTrue(_elected(_o3), "a grain more is not");
    }

    function test_changesCountFromTheNextRound() public {
        _bond(_o1, 10 ether, _o1);
        _bond(_o2, 20 ether, _o2);
        _nextRound();
        _bond(_o3, 30 ether, _o3);
        assertTrue(_bonding.isActiveTranscoder(_o1), "still");
        _nextRound();
        assertFalse(_bonding.isActiveTranscoder(_o1), "no more");
        assertEq(_bonding.getFirstTranscoderInPool(), _o3, "first");
        assertEq(_bonding.getNextTranscoderInPool(_o3), _o2, "second");
        assertEq(_bonding.getNextTranscoderInPool(_o2), address(0), "and that is all");
        _unbond(_o3, 30 ether);
        assertFalse(_bonding.isActiveTranscoder(_o3), "at zero stake at once");
        assertTrue(_elected(_o1), "the next in line is let in");
    }

    function test_electionNeedsStakeOfOnesOwn() public {
        _bond(_o1, MIN_SELF_BOND - 1, _o1);
        _bond(_d1, 100 ether, _o1);
        assertFalse(_elected(_o1), "not by others' stake alone");
        _bond(_o1, 1, _o1);
        assertTrue(_elected(_o1), "with enough");
    }

    function _elected(address account) private view returns (bool) {
        (,,,,, uint256 deactivation,,,,) = _bonding.getTranscoder(account);
        return deactivation == type(uint256).max;
    }
}
