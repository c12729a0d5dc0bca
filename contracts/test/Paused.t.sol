// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBondingManager} from "../src/interfaces/IBondingManager.sol";
import {IManager} from "../src/interfaces/IManager.sol";
import {ITicketBroker} from "../src/interfaces/ITicketBroker.sol";
import {NetworkFixture} from "./NetworkFixture.sol";

/// @title A pause stops everything, except that whoever could take something before it still can.
contract PausedTest is NetworkFixture {
    address private constant ORCHESTRATOR = address(0x0ac1e);
    address private constant DELEGATOR = address(0xde1e);
    address private constant RELAY = address(0x4e1a7);
    address private constant SENDER = address(0x5e4de4);

    function setUp() public override {
        super.setUp();
        _nextRound();
        _bond(ORCHESTRATOR, ORCHESTRATOR, 100 ether);
        _bond(DELEGATOR, ORCHESTRATOR, 300 ether);
        vm.prank(ORCHESTRATOR);
        _network.bondingManager.transcoder(100_000, 1_000_000);
        vm.deal(SENDER, 10 ether);
        vm.prank(SENDER);
        _network.ticketBroker.fundDepositAndReserve{value: 10 ether}(6 ether, 4 ether);
        _nextRound();
    }

    function test_stakeWhoseUnbondingIsOverIsWithdrawn() public {
        _unbond(DELEGATOR, 120 ether);
        _nextRounds(7);
        _network.controller.pause();
        vm.prank(DELEGATOR);
        _network.bondingManager.withdrawStake(0);
        assertEq(_network.token.balanceOf(DELEGATOR), 120 ether, "free");
    }

    function test_stakeWhoseUnbondingIsNotOverWaitsHoweverLongThePauseIs() public {
        _unbond(DELEGATOR, 120 ether);
        _nextRounds(6);
        uint256 round = _network.roundsManager.currentRound();
        _network.controller.pause();
        vm.roll(block.number + 100 * ROUND);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.StillUnbonding.selector, round + 1, round));
        vm.prank(DELEGATOR);
        _network.bondingManager.withdrawStake(0);
    }

    function test_claimedFeesAreWithdrawn() public {
        _pay(ORCHESTRATOR, 4 ether);
        vm.prank(DELEGATOR);
        _network.bondingManager.claimEarnings(0);
        _network.controller.pause();
        vm.prank(DELEGATOR);
        _network.bondingManager.withdrawFees(payable(DELEGATOR), 3 ether);
        assertEq(DELEGATOR.balance, 3 ether, "three quarters");
    }

    function test_unclaimedFeesWaitAndAreWholeAfterwards() public {
        _pay(ORCHESTRATOR, 4 ether);
        _network.controller.pause();
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.InsufficientAmount.selector, 3 ether, 0));
        vm.prank(DELEGATOR);
        _network.bondingManager.withdrawFees(payable(DELEGATOR), 3 ether);
        assertEq(_fees(DELEGATOR), 3 ether, "seen all the time");
        _network.controller.unpause();
        vm.prank(DELEGATOR);
        _network.bondingManager.withdrawFees(payable(DELEGATOR), 3 ether);
        assertEq(DELEGATOR.balance, 3 ether, "none is lost");
    }

    function test_unlockedFundsOfASenderAreWithdrawn() public {
        vm.prank(SENDER);
        _network.ticketBroker.unlock();
        _nextRounds(2);
        _network.controller.pause();
        vm.prank(SENDER);
        _network.ticketBroker.withdraw();
        assertEq(SENDER.balance, 10 ether, "deposit and reserve");
    }

    function test_fundsOfASenderThatAreLockedStayThatLong() public {
        vm.prank(SENDER);
        _network.ticketBroker.unlock();
        _nextRound();
        _network.controller.pause();
        vm.roll(block.number + 100 * ROUND);
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.StillLocked.selector, 1));
        vm.prank(SENDER);
        _network.ticketBroker.withdraw();
    }

    function test_paymentsOfARelayAreWithdrawn() public {
        _pay(RELAY, 1 ether);
        _network.controller.pause();
        vm.prank(RELAY);
        _network.ticketBroker.withdrawPayments(payable(RELAY), 1 ether);
        assertEq(RELAY.balance, 1 ether, "owed before");
    }

    function test_tokensMoveAsEver() public {
        _network.controller.pause();
        _network.token.transfer(DELEGATOR, 1 ether);
        assertEq(_network.token.balanceOf(DELEGATOR), 1 ether, "the token knows no pause");
    }

    function test_noRoundBeginsAndNothingElseMoves() public {
        _network.controller.pause();
        vm.roll(block.number + ROUND);
        bytes memory refused = abi.encodeWithSelector(IManager.SystemPaused.selector);
        vm.expectRevert(refused);
        _network.roundsManager.initializeRound();
        vm.startPrank(ORCHESTRATOR);
        vm.expectRevert(refused);
        _network.bondingManager.bond(0, ORCHESTRATOR);
        vm.expectRevert(refused);
        _network.bondingManager.unbond(1);
        vm.expectRevert(refused);
        _network.bondingManager.reward();
        vm.expectRevert(refused);
        _network.bondingManager.claimEarnings(0);
        vm.expectRevert(refused);
        _network.bondingManager.transcoder(0, 0);
        vm.expectRevert(refused);
        _network.bondingManager.rebond(0);
        vm.expectRevert(refused);
        _network.bondingManager.checkpointBondingState(DELEGATOR);
        vm.stopPrank();
        vm.prank(DELEGATOR);
        vm.expectRevert(refused);
        _network.bondingManager.transferBond(ORCHESTRATOR, 1, DELEGATOR, DELEGATOR, DELEGATOR, DELEGATOR);
        vm.prank(SENDER);
        vm.expectRevert(refused);
        _network.ticketBroker.unlock();
    }

    /// @dev What could be taken at the pause, can be; what could not, cannot; whatever was unbonded when.
    function testFuzz_whatWasFreeIsFreeAndWhatWasNotIsNot(uint8[6] memory parts, uint8[6] memory waits, uint8 pause)
        public
    {
        uint256[6] memory free;
        for (uint256 i = 0; i < 6; i++) {
            _unbond(DELEGATOR, 1 ether + uint256(parts[i]) * 0.1 ether);
            free[i] = _network.roundsManager.currentRound() + 7;
            _nextRounds(waits[i] % 4);
        }
        uint256 round = _network.roundsManager.currentRound();
        _network.controller.pause();
        vm.roll(block.number + uint256(pause) * ROUND);
        uint256 balance;
        for (uint256 i = 0; i < 6; i++) {
            (uint256 amount,) = _network.bondingManager.getDelegatorUnbondingLock(DELEGATOR, i);
            if (free[i] <= round) balance += amount;
            else vm.expectRevert(abi.encodeWithSelector(IBondingManager.StillUnbonding.selector, free[i], round));
            vm.prank(DELEGATOR);
            _network.bondingManager.withdrawStake(i);
        }
        assertEq(_network.token.balanceOf(DELEGATOR), balance, "what was free");
    }
}
