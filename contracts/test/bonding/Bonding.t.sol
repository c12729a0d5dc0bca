// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @title The way of stake: bonded, elected, rewarded, paid, claimed, unbonded, withdrawn.
contract BondingTest is BondingFixture {
    function test_electsRewardsAndClaims() public {
        _bond(_o1, 100 ether, _o1);
        _rates(_o1, 100_000, 500_000);
        _bond(_d1, 300 ether, _o1);
        assertFalse(_bonding.isActiveTranscoder(_o1), "not yet");
        assertTrue(_bonding.isRegisteredTranscoder(_o1), "registered");
        _nextRound();
        assertTrue(_bonding.isActiveTranscoder(_o1), "elected");
        assertEq(_bonding.currentRoundTotalActiveStake(), 400 ether, "total");

        _reward(_o1);
        // 1,000 minted; 100 commission; 900 by stake.
        assertEq(_stake(_d1), 300 ether + 675 ether, "delegator");
        assertEq(_stake(_o1), 100 ether + 225 ether + 100 ether, "orchestrator");
        assertEq(_bonding.transcoderTotalStake(_o1), 1400 ether, "whole");

        _accrue(_o1, 8 ether);
        // 4 to share by the stake of the round's start.
        assertEq(_fees(_d1), 3 ether, "delegator's fees");
        assertEq(_fees(_o1), 5 ether, "orchestrator's fees");

        vm.prank(_d1);
        _bonding.claimEarnings(0);
        vm.prank(_o1);
        _bonding.claimEarnings(0);
        assertEq(_stake(_d1), 975 ether, "claimed");
        assertEq(_stake(_o1), 425 ether, "claimed too");
        vm.prank(_d1);
        _bonding.withdrawFees(payable(_d1), 3 ether);
        assertEq(_d1.balance, 3 ether, "paid");
        vm.prank(_o1);
        _bonding.withdrawFees(payable(_o1), 5 ether);
        assertEq(_broker.settled(), 0, "all paid");
    }

    function test_unbondsAndWithdraws() public {
        _bond(_o1, 100 ether, _o1);
        _bond(_d1, 300 ether, _o1);
        _nextRound();
        _unbond(_d1, 120 ether);
        assertEq(_bonding.transcoderTotalStake(_o1), 280 ether, "left");
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.StillUnbonding.selector, 108, 101));
        vm.prank(_d1);
        _bonding.withdrawStake(0);
        _begin(107);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.StillUnbonding.selector, 108, 107));
        vm.prank(_d1);
        _bonding.withdrawStake(0);
        _nextRound();
        vm.prank(_d1);
        _bonding.withdrawStake(0);
        assertEq(_token.balanceOf(_d1), 120 ether, "withdrawn");
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.InvalidUnbondingLock.selector, _d1, 0));
        vm.prank(_d1);
        _bonding.withdrawStake(0);
    }

    function test_mintsNothingForWhatLeftInTheRound() public {
        _bond(_o1, 100 ether, _o1);
        _bond(_d1, 300 ether, _o1);
        _nextRound();
        _unbond(_d1, 300 ether);
        _reward(_o1);
        assertEq(_stake(_o1), 100 ether + 250 ether, "its own part only");
        assertEq(_bonding.transcoderTotalStake(_o1), 350 ether, "and no more is owed");
    }

    function test_stakeBondedInARoundWaitsForTheNext() public {
        _bond(_o1, 100 ether, _o1);
        _bond(_d1, 100 ether, _o1);
        _rates(_o1, 0, 1e6);
        _nextRound();
        _bond(_d1, 200 ether, _o1);
        _bond(_d2, 200 ether, _o1);
        _accrue(_o1, 2 ether);
        _reward(_o1);
        _accrue(_o1, 2 ether);
        assertEq(_stake(_d1), 800 ether, "the old stake earns, the new waits");
        assertEq(_stake(_d2), 200 ether, "waits");
        assertEq(_fees(_d1), 2 ether, "as for fees");
        assertEq(_fees(_d2), 0, "none");
        _nextRound();
        assertEq(_fees(_d2), 0, "late fees of the earlier round neither");
        _reward(_o1);
        // 600 + 800 + 200 = 1,600 shared 1,000.
        assertEq(_stake(_d2), 325 ether, "then it earns");
        assertEq(_stake(_d1), 1300 ether, "like the rest");
    }

    function test_whoClaimedInARoundHasItsPartOfTheFeesThatAreToComeInIt() public {
        _bond(_o1, 100 ether, _o1);
        _bond(_d1, 300 ether, _o1);
        _rates(_o1, 0, 1e6);
        _nextRound();
        _reward(_o1);
        _accrue(_o1, 4 ether);
        _claim(_d1);
        _accrue(_o1, 4 ether);
        assertEq(_fees(_d1), 6 ether, "seen at once");
        _nextRound();
        _accrue(_o1, 4 ether);
        _claim(_d1);
        _nextRound();
        _claim(_d1);
        _claim(_o1);
        (, uint256 fees,,,,,) = _bonding.getDelegator(_d1);
        assertNear(fees, 9 ether, 3, "three quarters of all");
        (, fees,,,,,) = _bonding.getDelegator(_o1);
        assertNear(fees, 3 ether, 3, "one quarter");
    }

    function test_aClaimedCommissionIsNoneOfAnEarlierRoundsEither() public {
        _bond(_o1, 100 ether, _o1);
        _bond(_d1, 300 ether, _o1);
        _rates(_o1, 100_000, 500_000);
        _nextRound();
        _reward(_o1);
        _accrue(_o1, 4 ether);
        _nextRound();
        _claim(_o1);
        (,,,,,, uint256 active, uint256 all,,) = _bonding.getTranscoder(_o1);
        assertEq(active + all, 0, "claimed");
        assertNear(_fees(_d1), 1.5 ether, 3, "the delegator's fees");
        assertNear(_fees(_o1), 2.5 ether, 3, "its own");
    }

    function test_joiningAfterTheRewardEarnsFromTheNextRoundOn() public {
        _bond(_o1, 100 ether, _o1);
        _rates(_o1, 0, 1e6);
        _nextRound();
        _reward(_o1);
        _accrue(_o1, 4 ether);
        _bond(_d1, 1100 ether, _o1);
        _accrue(_o1, 4 ether);
        _nextRound();
        assertEq(_fees(_d1), 0, "none of the round in which it came");
        _reward(_o1);
        assertEq(_stake(_d1), 1600 ether, "half of the next one's reward");
        _claim(_d1);
        assertEq(_stake(_d1), 1600 ether, "claimed");
        assertEq(_fees(_d1), 0, "and no fees");
    }

    function _claim(address account) private {
        vm.prank(account);
        _bonding.claimEarnings(0);
    }
}
