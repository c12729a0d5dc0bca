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

    function test_aTieWithACandidateKeepsWhoIsElected() public {
        _bond(_o1, 10 ether, _o1);
        _bond(_o2, 20 ether, _o2);
        _bond(_o3, 5 ether, _o3);
        _bond(_d1, 5 ether, _o3);
        assertFalse(_elected(_o3), "who rises to a tie waits");
        _nextRound();
        _unbond(_o2, 10 ether);
        assertTrue(_elected(_o2), "who falls to a tie stays");
        _unbond(_o2, 1e12);
        assertTrue(_elected(_o3), "a grain less is not a tie");
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

    function test_aLargerPoolLetsInWhoIsNextInLine() public {
        address o4 = address(0x0c4e04);
        _bond(_o1, 40 ether, _o1);
        _bond(_o2, 30 ether, _o2);
        _bond(_o3, 10 ether, _o3);
        _bond(o4, 20 ether, o4);
        _nextRound();
        _bonding.setNumActiveTranscoders(3);
        assertTrue(_elected(o4), "the third");
        assertFalse(_elected(_o3), "not the fourth");
        assertFalse(_bonding.isActiveTranscoder(o4), "but from the next round on");
        assertEq(_bonding.currentRoundTotalActiveStake(), 70 ether, "this round's stake stays");
        assertEq(_bonding.nextRoundTotalActiveStake(), 90 ether, "the next round's");
        _nextRound();
        assertTrue(_bonding.isActiveTranscoder(o4), "then active");
        _bonding.setNumActiveTranscoders(4);
        _nextRound();
        assertTrue(_bonding.isActiveTranscoder(_o3), "and the last with room for all");
        assertEq(_bonding.getTranscoderPoolSize(), 4, "size");
    }

    function test_aSmallerPoolLetsGoWhoHasLeast() public {
        _bonding.setNumActiveTranscoders(3);
        _bond(_o1, 32 ether, _o1);
        _bond(_o2, 30 ether, _o2);
        _bond(_o3, 50 ether, _o3);
        _nextRound();
        _bonding.setNumActiveTranscoders(1);
        assertTrue(_elected(_o3), "the first");
        assertFalse(_elected(_o1), "not the second");
        assertFalse(_elected(_o2), "nor the third");
        assertTrue(_bonding.isActiveTranscoder(_o2), "who work to the round's end");
        _minter.setMintable(40 ether);
        _reward(_o2);
        _nextRound();
        assertFalse(_bonding.isActiveTranscoder(_o2), "and no longer");
        assertEq(_bonding.currentRoundTotalActiveStake(), 50 ether, "stake");
        _unbond(_o3, 50 ether);
        assertTrue(_elected(_o2), "its reward, while it waited, took it past the second");
    }

    function test_hintsThatLieChangeNothing() public {
        _bond(_o1, 10 ether, _o1);
        _bond(_o2, 20 ether, _o2);
        _token.mint(_o3, 30 ether);
        vm.startPrank(_o3);
        _token.approve(address(_bonding), 30 ether);
        _bonding.bondWithHint(30 ether, _o3, _o3, address(0), _o2, address(0xbad));
        _bonding.transcoderWithHint(0, 0, _o3, _o3);
        vm.stopPrank();
        assertEq(_bonding.getFirstTranscoderInPool(), _o3, "first");
        assertEq(_bonding.getNextTranscoderInPool(_o3), _o2, "second");
        _nextRound();
        vm.prank(_o3);
        _bonding.unbondWithHint(15 ether, address(0), _o1);
        assertEq(_bonding.getFirstTranscoderInPool(), _o2, "now first");
        vm.prank(_o3);
        _bonding.rebondWithHint(0, _o3, _o2);
        assertEq(_bonding.getFirstTranscoderInPool(), _o3, "first again");
        assertFalse(_elected(_o1), "and the least outside");
    }

    function _elected(address account) private view returns (bool) {
        (,,,,, uint256 deactivation,,,,) = _bonding.getTranscoder(account);
        return deactivation == type(uint256).max;
    }
}
