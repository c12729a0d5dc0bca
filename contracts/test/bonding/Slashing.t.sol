// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @title What an orchestrator loses, where it cannot hide it, and who loses nothing.
contract SlashingTest is BondingFixture {
    function setUp() public override {
        super.setUp();
        _bond(_o1, 100 ether, _o1);
        _bond(_o2, 100 ether, _o2);
        _bond(_d1, 300 ether, _o1);
        _rates(_o1, 500_000, 500_000);
        _nextRound();
    }

    function test_takesBondAndCommissionAndLeavesTheRestWhole() public {
        _reward(_o1);
        uint256 own = _stake(_o1);
        uint256 delegated = _stake(_d1);
        uint256 other = _stake(_o2);
        uint256 supply = _token.totalSupply();
        _slash(_o1, 500_000, 50_000);
        uint256 penalty = own / 2;
        assertNear(_stake(_o1), own - penalty, 2, "half is gone");
        assertEq(_stake(_d1), delegated, "its delegator is whole");
        assertEq(_stake(_o2), other, "and the others");
        assertNear(_token.balanceOf(_finder), penalty / 20, 1, "the finder is paid");
        assertNear(supply - _token.totalSupply(), penalty - penalty / 20, 2, "the rest is burned");
    }

    function test_evasionByUnbonding() public {
        _unbond(_o1, 40 ether);
        _begin(_round() + UNBONDING_PERIOD - 1);
        _slash(_o1, 250_000, 0);
        (uint256 amount,) = _bonding.getDelegatorUnbondingLock(_o1, 0);
        assertEq(amount, 30 ether, "what is unbonding is reached");
        assertEq(_stake(_o1), 45 ether, "and what is bonded");
        _begin(_round() + 1);
        _slash(_o1, 250_000, 0);
        (amount,) = _bonding.getDelegatorUnbondingLock(_o1, 0);
        assertEq(amount, 30 ether, "what is free is not");
    }

    function test_evasionByLeaving() public {
        _unbond(_o1, 100 ether);
        assertFalse(_bonding.isActiveTranscoder(_o1), "gone at once");
        _refuses(_o1, abi.encodeWithSelector(IBondingManager.SlashableLock.selector, _o1, 0));
        _bonding.rebondFromUnbonded(_o2, 0);
        _bond(_o1, 1 ether, _o2);
        _refuses(_o1, abi.encodeWithSelector(IBondingManager.SlashableLock.selector, _o1, 0));
        _bonding.rebond(0);
        _nextRound();
        _slash(_o1, 1_000_000, 0);
        (uint256 amount,) = _bonding.getDelegatorUnbondingLock(_o1, 0);
        assertEq(amount, 0, "all of the lock");
        assertEq(_stake(_o1), 1 ether, "not what it brought since");
    }

    function test_evasionByManyLocks() public {
        for (uint256 i = 0; i < 32; i++) {
            _unbond(_o1, 1 ether);
        }
        _refuses(_o1, abi.encodeWithSelector(IBondingManager.TooManyUnbondingLocks.selector, 32));
        _bonding.unbond(1 ether);
        _slash(_o1, 1_000_000, 0);
        for (uint256 i = 0; i < 32; i++) {
            (uint256 amount,) = _bonding.getDelegatorUnbondingLock(_o1, i);
            assertEq(amount, 0, "each is reached");
        }
        assertEq(_minter.burned(), 100 ether, "all of it");
    }

    function test_backToItsOwnBondALockMayGo() public {
        _unbond(_o1, 100 ether);
        vm.prank(_o1);
        _bonding.rebondFromUnbonded(_o1, 0);
        assertEq(_stake(_o1), 100 ether, "and can be slashed there");
        _slash(_o1, 1_000_000, 0);
        assertEq(_stake(_o1), 0, "all");
        assertFalse(_bonding.isRegisteredTranscoder(_o1), "no orchestrator any more");
        assertEq(_stake(_d1), 300 ether, "its delegator is whole");
        _unbond(_d1, 300 ether);
    }

    function test_tooOldAnOffence() public {
        _unbond(_o1, 100 ether);
        uint256 left = _round();
        _begin(left + UNBONDING_PERIOD);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.OffenceTooOld.selector, _o1, left));
        vm.prank(_verifier);
        _bonding.slashTranscoder(_o1, _finder, 1, 0);
    }

    function test_whoNeverWasAnOrchestrator() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.OffenceTooOld.selector, _d1, 0));
        vm.prank(_verifier);
        _bonding.slashTranscoder(_d1, _finder, 1_000_000, 0);
    }

    function testFuzz_leavesOthersWhole(uint256 share, uint256 unbonded, bool rewarded, bool later) public {
        share = bound(share, 0, PERC);
        _accrue(_o1, 3 ether);
        if (rewarded) _reward(_o1);
        _unbond(_o1, bound(unbonded, 1, 99 ether));
        if (later) _nextRound();
        uint256 delegated = _stake(_d1);
        uint256 fees = _fees(_d1);
        uint256 owed = _stake(_o1) + delegated;
        _slash(_o1, share, 10_000);
        assertEq(_stake(_d1), delegated, "stake");
        assertEq(_fees(_d1), fees, "fees");
        assertLe(_stake(_o1) + _stake(_d1), owed, "no more is owed");
        assertNear(_bonding.transcoderTotalStake(_o1), _stake(_o1) + _stake(_d1), 10, "the sum is the whole");
    }

    function _refuses(address caller, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(caller);
    }
}
