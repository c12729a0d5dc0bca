// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @title Coming to, and leaving, oneself; and amounts as small as they get.
contract SelfBondTest is BondingFixture {
    function setUp() public override {
        super.setUp();
        _bond(_o1, 100 ether, _o1);
        _bond(_o2, 100 ether, _o2);
        _bond(_d1, 300 ether, _o1);
        _rates(_o1, 100_000, 500_000);
        _nextRound();
    }

    function test_theLeastSelfBondIsHeldInWholeGrains() public {
        _bonding.setMinSelfBond(1e12 + 1);
        assertEq(_bonding.minSelfBond(), 2e12, "rounded up");
        _bonding.setMinSelfBond(1e24);
        assertEq(_bonding.minSelfBond(), 1e24, "the greatest");
    }

    function test_bondingNothingToOneselfRegistersNobody() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.ZeroAmount.selector));
        vm.prank(_d2);
        _bonding.bond(0, _d2);
        assertFalse(_bonding.isRegisteredTranscoder(_d2), "nobody");
    }

    function test_aDelegatorWhoComesToItselfIsAnOrchestrator() public {
        vm.prank(_d1);
        _bonding.bond(0, _d1);
        assertTrue(_bonding.isRegisteredTranscoder(_d1), "with what it had");
        assertEq(_bonding.transcoderTotalStake(_d1), 300 ether, "all of it");
        assertEq(_bonding.transcoderTotalStake(_o1), 100 ether, "and none there");
        assertTrue(_bonding.isActiveTranscoder(_o1), "which is active to the end of the round");
    }

    function test_resigningAndRegisteringAgainInARoundKeepsDelegatorsStakeAndVotes() public {
        _reward(_o1);
        _nextRound();
        uint256 delegated = _stake(_d1);
        uint256 fees = _fees(_d1);
        _unbond(_o1, _stake(_o1));
        _bond(_o1, 7 ether, _o2);
        assertEq(_votes.getVotes(_d1), 0, "delegated to no orchestrator meanwhile");
        vm.prank(_o1);
        _bonding.bond(0, _o1);
        assertEq(_stake(_d1), delegated, "stake");
        assertEq(_fees(_d1), fees, "fees");
        assertEq(_bonding.transcoderTotalStake(_o1), _stake(_o1) + delegated, "whole");
        assertNear(_votes.getVotes(_d1), delegated, 2, "votes");
        assertEq(_votes.getVotes(_o1), _bonding.transcoderTotalStake(_o1), "the orchestrator's");
        assertFalse(_bonding.isActiveTranscoder(_o1), "it left at once, and is back with the next round");
        _nextRound();
        assertTrue(_bonding.isActiveTranscoder(_o1), "as elected");
        uint256 round = _round();
        _reward(_o1);
        _nextRound();
        assertNear(_votes.getPastVotes(_d1, round - 1), delegated, 2, "votes of then");
        assertNear(_votes.getPastVotes(_d1, round), _stake(_d1), 2, "and since");
    }

    function test_oneWeiIsBondedRewardedAndWithdrawn() public {
        _bond(_d2, 1, _o1);
        _nextRound();
        _reward(_o1);
        _accrue(_o1, 1 ether);
        // 800 are minted for 400, of which a tenth is the orchestrator's: 2.8 times as much.
        assertEq(_stake(_d2), 2, "rounded down");
        _unbond(_d2, _stake(_d2));
        _begin(_round() + UNBONDING_PERIOD);
        vm.prank(_d2);
        _bonding.withdrawStake(0);
        assertEq(_token.balanceOf(_d2), 2, "all of it");
    }

    function test_dustLeftBehindKeepsNobodyBonded() public {
        _unbond(_d1, 300 ether - 1);
        (,, address delegate,,,,) = _bonding.getDelegator(_d1);
        assertEq(delegate, _o1, "a wei is a bond");
        _unbond(_d1, 1);
        (,, delegate,,,,) = _bonding.getDelegator(_d1);
        assertEq(delegate, address(0), "and the last one ends it");
    }
}
