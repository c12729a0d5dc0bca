// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IControlled} from "../../src/interfaces/IControlled.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @title What bonding refuses, and what it says then.
contract BondRefusalsTest is BondingFixture {
    function setUp() public override {
        super.setUp();
        _bond(_o1, 100 ether, _o1);
        _bond(_o2, 100 ether, _o2);
        _bond(_d1, 50 ether, _o1);
        _nextRound();
    }

    function test_zeroAmounts() public {
        _refuses(_d2, abi.encodeWithSelector(IBondingManager.ZeroAmount.selector));
        _bonding.bond(0, _o1);
        _refuses(_d1, abi.encodeWithSelector(IBondingManager.ZeroAmount.selector));
        _bonding.unbond(0);
        _refuses(_d1, abi.encodeWithSelector(IBondingManager.ZeroAmount.selector));
        _bonding.transferBond(_d2, 0, _o1, _o1, _o1, _o1);
    }

    function test_zeroAddresses() public {
        _refuses(_d1, abi.encodeWithSelector(IBondingManager.InvalidAddress.selector, address(0)));
        _bonding.bond(1, address(0));
        _refuses(_d1, abi.encodeWithSelector(IBondingManager.InvalidAddress.selector, address(0)));
        _bonding.transferBond(address(0), 1, _o1, _o1, _o1, _o1);
        _refuses(_d1, abi.encodeWithSelector(IBondingManager.InvalidAddress.selector, address(0)));
        _bonding.withdrawFees(payable(address(0)), 0);
        _refuses(_d2, abi.encodeWithSelector(IBondingManager.InvalidAddress.selector, address(0)));
        _bonding.rebondFromUnbonded(address(0), 0);
    }

    function test_moreThanThereIs() public {
        _refuses(_d1, abi.encodeWithSelector(IBondingManager.InsufficientAmount.selector, 50 ether + 1, 50 ether));
        _bonding.unbond(50 ether + 1);
        _refuses(_d1, abi.encodeWithSelector(IBondingManager.InsufficientAmount.selector, 1, 0));
        _bonding.withdrawFees(payable(_d1), 1);
    }

    function test_whoIsNotBonded() public {
        _refuses(_d2, abi.encodeWithSelector(IBondingManager.NotBonded.selector, _d2));
        _bonding.unbond(1);
        _refuses(_d2, abi.encodeWithSelector(IBondingManager.NotBonded.selector, _d2));
        _bonding.claimEarnings(0);
        _refuses(_d2, abi.encodeWithSelector(IBondingManager.NotBonded.selector, _d2));
        _bonding.rebond(0);
        _bond(_d2, 1 ether, _o1);
        _refuses(_d2, abi.encodeWithSelector(IBondingManager.NotBonded.selector, _d2));
        _bonding.unbond(1);
    }

    function test_orchestratorsDoNotDelegate() public {
        _refuses(_o1, abi.encodeWithSelector(IBondingManager.RegisteredTranscoder.selector, _o1));
        _bonding.bond(0, _o2);
        _refuses(_o1, abi.encodeWithSelector(IBondingManager.RegisteredTranscoder.selector, _o1));
        _bonding.transferBond(_d2, 1 ether, _o1, _o1, _o1, _o1);
    }

    function test_nobodyBecomesAnOrchestratorByAGift() public {
        _bond(_d2, 5 ether, address(0xbeef));
        _nextRound();
        _refuses(_d2, abi.encodeWithSelector(IBondingManager.InvalidAddress.selector, address(0xbeef)));
        _bonding.transferBond(address(0xbeef), 1 ether, _o1, _o1, _o1, _o1);
        _refuses(_d2, abi.encodeWithSelector(IBondingManager.InvalidAddress.selector, _d2));
        _bonding.transferBond(_d2, 1 ether, _o1, _o1, _o1, _o1);
    }

    function test_othersDoNotChooseADelegate() public {
        _refuses(_d2, abi.encodeWithSelector(IControlled.NotAuthorized.selector, _d2));
        _bonding.bondForWithHint(0, _d1, _o2, _o1, _o1, _o1, _o1);
        _refuses(_d2, abi.encodeWithSelector(IControlled.NotAuthorized.selector, _d2));
        _bonding.bondForWithHint(1, _finder, _finder, _o1, _o1, _o1, _o1);
    }

    function test_othersMayAddToABond() public {
        _token.mint(_d2, 7 ether);
        vm.prank(_d2);
        _token.approve(address(_bonding), 7 ether);
        vm.prank(_d2);
        _bonding.bondForWithHint(7 ether, _d1, _o1, address(1), address(2), address(3), address(4));
        assertEq(_stake(_d1), 57 ether, "added");
        assertEq(_token.balanceOf(_d2), 0, "paid by the caller");
    }

    function test_rewardsOnceByTheActiveOrItsCaller() public {
        _refuses(_d1, abi.encodeWithSelector(IBondingManager.NotActive.selector, _d1, _round()));
        _bonding.reward();
        _refuses(_d1, abi.encodeWithSelector(IControlled.NotAuthorized.selector, _d1));
        _bonding.rewardForTranscoder(_o1);
        vm.prank(_o1);
        _bonding.setRewardCaller(_d1);
        vm.prank(_d1);
        _bonding.rewardForTranscoderWithHint(_o1, address(1), address(2));
        _refuses(_o1, abi.encodeWithSelector(IBondingManager.AlreadyRewarded.selector, _o1, _round()));
        _bonding.rewardWithHint(address(1), address(2));
    }

    function test_ratesWithinBoundsAndBeforeTheLock() public {
        _refuses(_d1, abi.encodeWithSelector(IBondingManager.NotRegistered.selector, _d1));
        _bonding.transcoder(0, 0);
        _refuses(_o1, abi.encodeWithSelector(IControlled.ParameterOutOfBounds.selector, PERC + 1, 0, PERC));
        _bonding.transcoder(PERC + 1, 0);
        _refuses(_o1, abi.encodeWithSelector(IControlled.ParameterOutOfBounds.selector, PERC + 1, 0, PERC));
        _bonding.transcoderWithHint(0, PERC + 1, _o1, _o1);
        _rounds.setLocked(true);
        _refuses(_o1, abi.encodeWithSelector(IBondingManager.RoundLocked.selector, _round()));
        _bonding.transcoder(0, 0);
        _rounds.setCurrentRound(_round() + 1);
        _refuses(_o1, abi.encodeWithSelector(IManager.RoundNotInitialized.selector, _round() + 1));
        _bonding.transcoder(0, 0);
    }

    function test_onlySiblings() public {
        _refuses(_d1, abi.encodeWithSelector(IControlled.NotAuthorized.selector, _d1));
        _bonding.updateTranscoderWithFees(_o1, 1, 1);
        _refuses(_d1, abi.encodeWithSelector(IControlled.NotAuthorized.selector, _d1));
        _bonding.setCurrentRoundTotalActiveStake();
        _refuses(_d1, abi.encodeWithSelector(IControlled.NotAuthorized.selector, _d1));
        _bonding.slashTranscoder(_o1, _d1, 1, 1);
        _refuses(_d1, abi.encodeWithSelector(IControlled.NotAuthorized.selector, _d1));
        _bonding.setUnbondingPeriod(1);
    }

    function test_parametersAreBounded() public {
        _outOfBounds(0, 1, 1000);
        _bonding.setUnbondingPeriod(0);
        _outOfBounds(1001, 1, 1000);
        _bonding.setUnbondingPeriod(1001);
        _outOfBounds(23, 1, 22);
        _bonding.setNumActiveTranscoders(23);
        _outOfBounds(0, 1, 22);
        _bonding.setNumActiveTranscoders(0);
        _outOfBounds(0, 1e12, 1e24);
        _bonding.setMinSelfBond(0);
        _outOfBounds(1e27 + 1, 0, 1e27);
        _bonding.setTreasuryRewardCutRate(1e27 + 1);
    }

    function test_nothingBeforeTheFirstRoundOrWhilePaused() public {
        _controller.pause();
        _refuses(_d1, abi.encodeWithSelector(IManager.SystemPaused.selector));
        _bonding.bond(0, _o2);
        _refuses(_o1, abi.encodeWithSelector(IManager.SystemPaused.selector));
        _bonding.reward();
        _refuses(_d1, abi.encodeWithSelector(IManager.SystemPaused.selector));
        _bonding.unbond(1);
    }

    function _outOfBounds(uint256 value, uint256 min, uint256 max) private {
        vm.expectRevert(abi.encodeWithSelector(IControlled.ParameterOutOfBounds.selector, value, min, max));
    }

    function _refuses(address caller, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(caller);
    }
}
