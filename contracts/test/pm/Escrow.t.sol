// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";

import {IControlled} from "../../src/interfaces/IControlled.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {BrokerFixture} from "./BrokerFixture.sol";

contract EscrowTest is BrokerFixture {
    function test_fundsAreKeptApart() public {
        vm.expectEmit(address(_broker));
        emit ITicketBroker.DepositFunded(_sender, 1 ether);
        vm.expectEmit(address(_broker));
        emit ITicketBroker.ReserveFunded(_sender, 2 ether);
        _fund(1 ether, 2 ether);
        vm.prank(_sender);
        _broker.fundDeposit{value: 3 ether}();
        vm.prank(_sender);
        _broker.fundReserve{value: 4 ether}();
        assertEq(_deposit(), 4 ether, "deposit");
        assertEq(_reserve(), 6 ether, "reserve");
        assertEq(address(_broker).balance, 10 ether, "held");
    }

    function test_anybodyFundsForSomebody() public {
        vm.deal(address(this), 3 ether);
        _broker.fundDepositAndReserveFor{value: 3 ether}(_sender, 1 ether, 2 ether);
        assertEq(_deposit(), 1 ether, "deposit");
        assertEq(_reserve(), 2 ether, "reserve");
    }

    function test_fundingWithNothingIsRefused() public {
        bytes memory failure = _error(ITicketBroker.ZeroAmount.selector, address(this));
        vm.expectRevert(failure);
        _broker.fundDeposit();
        vm.expectRevert(failure);
        _broker.fundReserve();
        vm.expectRevert(failure);
        _broker.fundDepositAndReserve(0, 0);
    }

    function test_fundingNobodyIsRefused() public {
        vm.deal(address(this), 1 ether);
        vm.expectRevert(_error(ITicketBroker.InvalidAddress.selector, address(0)));
        _broker.fundDepositAndReserveFor{value: 1 ether}(address(0), 1 ether, 0);
    }

    function testFuzz_valueMustBeTheSum(uint256 deposit, uint256 reserve) public {
        vm.deal(address(this), 3 ether);
        unchecked {
            // Sums that overflow are among the cases.
            if (deposit <= 3 ether && 3 ether - deposit == reserve) reserve++;
        }
        vm.expectPartialRevert(ITicketBroker.ValueMismatch.selector);
        _broker.fundDepositAndReserve{value: 3 ether}(deposit, reserve);
    }

    function test_moreThanTheSlotHoldsIsRefused() public {
        uint256 most = type(uint80).max;
        vm.deal(_sender, most + 1);
        _fund(most, 0);
        vm.expectRevert();
        vm.prank(_sender);
        _broker.fundDeposit{value: 1}();
    }

    function test_aSenderCannotFundMoreThanTheCap() public {
        _broker.setSenderFundsCap(3 ether);
        _fund(1 ether, 2 ether);
        bytes memory failure =
            abi.encodeWithSelector(ITicketBroker.SenderFundsCapExceeded.selector, 3 ether + 1, 3 ether);
        vm.startPrank(_sender);
        vm.expectRevert(failure);
        _broker.fundDeposit{value: 1}();
        vm.expectRevert(failure);
        _broker.fundReserve{value: 1}();
        vm.stopPrank();
        vm.deal(address(this), 1);
        vm.expectRevert(failure);
        _broker.fundDepositAndReserveFor{value: 1}(_sender, 1, 0);
        assertEq(_deposit() + _reserve(), 3 ether, "as before");
    }

    function test_aCapThatFallsTakesNothing() public {
        _fund(1 ether, 2 ether);
        _broker.setSenderFundsCap(1 ether);
        _redeem(_orchestrator, 0.5 ether);
        assertEq(_deposit() + _reserve(), 2.5 ether, "what was not paid");
        vm.prank(_sender);
        _broker.unlock();
        _nextRounds(UNLOCK_PERIOD);
        vm.prank(_sender);
        _broker.withdraw();
        assertEq(_deposit() + _reserve(), 0, "withdrawn");
        _fund(0.5 ether, 0.5 ether);
    }

    function test_noCapBoundsASenderUntilOneIsSet() public {
        assertEq(_broker.senderFundsCap(), 0, "none");
        _broker.setSenderFundsCap(1);
        _broker.setSenderFundsCap(0);
        _fund(100 ether, 100 ether);
    }

    function test_onlyTheControllersOwnerSetsTheCap() public {
        vm.expectRevert(_error(IControlled.NotAuthorized.selector, _sender));
        vm.prank(_sender);
        _broker.setSenderFundsCap(1 ether);
    }

    function test_plainTransferIsRefused() public {
        vm.deal(address(this), 1 ether);
        (bool sent,) = address(_broker).call{value: 1 ether}("");
        assertFalse(sent, "sent");
    }

    function test_withdrawsAfterTheUnlockPeriod() public {
        _fund(1 ether, 2 ether);
        vm.expectEmit(address(_broker));
        emit ITicketBroker.Unlock(_sender, 100, 102);
        vm.prank(_sender);
        _broker.unlock();
        assertTrue(_broker.isUnlockInProgress(_sender), "unlocking");
        assertEq(_withdrawRound(), 102, "withdraw round");
        _nextRound();
        assertEq(_withdrawRound(), 102, "withdraw round, a round later");
        vm.expectRevert(_error(ITicketBroker.StillLocked.selector, uint256(1)));
        vm.prank(_sender);
        _broker.withdraw();
        _rounds.pass(1);
        assertEq(_withdrawRound(), 102, "withdraw round, before it is initialized");
        _rounds.initializeRound(ACTIVE_SET);
        assertEq(_withdrawRound(), 102, "withdraw round, when it has come");
        uint256 before = _sender.balance;
        vm.expectEmit(address(_broker));
        emit ITicketBroker.Withdrawal(_sender, 1 ether, 2 ether);
        vm.prank(_sender);
        _broker.withdraw();
        assertEq(_sender.balance - before, 3 ether, "withdrawn");
        assertEq(_deposit() + _reserve() + _withdrawRound(), 0, "nothing is left");
    }

    function test_withdrawsOnce() public {
        _unlockAndWait();
        vm.prank(_sender);
        _broker.withdraw();
        vm.expectRevert(_error(ITicketBroker.NoUnlockInProgress.selector, _sender));
        vm.prank(_sender);
        _broker.withdraw();
    }

    function test_reenteringWithdrawsOnce() public {
        Reentrant thief = new Reentrant{value: 1 ether}(_broker);
        _fund(5 ether, 5 ether);
        thief.unlock();
        _nextRounds(UNLOCK_PERIOD);
        thief.withdraw();
        assertEq(address(thief).balance, 1 ether, "its own, once");
        assertEq(address(_broker).balance, 10 ether, "others'");
    }

    function test_whoCannotReceiveKeepsItsFunds() public {
        Refusing refusing = new Refusing{value: 1 ether}(_broker);
        _nextRounds(UNLOCK_PERIOD);
        vm.expectRevert(Errors.FailedCall.selector);
        refusing.withdraw();
        (ITicketBroker.Sender memory info,) = _broker.getSenderInfo(address(refusing));
        assertEq(info.deposit, 1 ether, "deposit");
    }

    function test_unlockingNothingIsRefused() public {
        vm.expectRevert(_error(ITicketBroker.NothingToWithdraw.selector, _sender));
        vm.prank(_sender);
        _broker.unlock();
    }

    function test_unlockingTwiceIsRefused() public {
        _unlock();
        vm.expectRevert(_error(ITicketBroker.UnlockInProgress.selector, _sender));
        vm.prank(_sender);
        _broker.unlock();
    }

    function test_cancelsUnlocking() public {
        _unlock();
        vm.expectEmit(address(_broker));
        emit ITicketBroker.UnlockCancelled(_sender);
        vm.prank(_sender);
        _broker.cancelUnlock();
        assertFalse(_broker.isUnlockInProgress(_sender), "unlocking");
        vm.expectRevert(_error(ITicketBroker.NoUnlockInProgress.selector, _sender));
        vm.prank(_sender);
        _broker.cancelUnlock();
    }

    function test_ownFundingCancelsUnlockingAndAnothersDoesNot() public {
        _unlock();
        vm.deal(address(this), 1 ether);
        _broker.fundDepositAndReserveFor{value: 1 ether}(_sender, 1 ether, 0);
        assertTrue(_broker.isUnlockInProgress(_sender), "after another's");
        _fund(1 ether, 0);
        assertFalse(_broker.isUnlockInProgress(_sender), "after its own");
    }

    function test_ticketsAreRedeemedUntilTheUnlockPeriodIsOver() public {
        _unlock();
        _nextRound();
        _redeem(_orchestrator, 0.1 ether);
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 0.1 ether);
        _nextRound();
        _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.SenderUnlocked.selector, _sender));
    }

    function test_roundsThatWereNeverInitializedDoNotUnlock() public {
        _unlock();
        _rounds.pass(50);
        vm.expectRevert(_error(ITicketBroker.StillLocked.selector, uint256(2)));
        vm.prank(_sender);
        _broker.withdraw();
        assertEq(_withdrawRound(), 151, "the second round from now, this one being the first");
        _rounds.initializeRound(ACTIVE_SET);
        assertEq(_withdrawRound(), 151, "the same");
    }

    function test_withdrawsWhilePausedIfTheRoundCameBefore() public {
        _unlockAndWait();
        _controller.pause();
        vm.prank(_sender);
        _broker.withdraw();
        assertEq(address(_broker).balance, 0, "all out");
    }

    function test_doesNotWithdrawWhilePausedIfTheRoundDidNotCome() public {
        _unlock();
        _controller.pause();
        _rounds.pass(10);
        vm.expectRevert(IManager.SystemPaused.selector);
        _rounds.initializeRound(ACTIVE_SET);
        vm.expectRevert(_error(ITicketBroker.StillLocked.selector, uint256(2)));
        vm.prank(_sender);
        _broker.withdraw();
    }

    function test_nothingElseMovesWhilePaused() public {
        _controller.pause();
        vm.startPrank(_sender);
        vm.expectRevert(IManager.SystemPaused.selector);
        _broker.fundDeposit{value: 1}();
        vm.expectRevert(IManager.SystemPaused.selector);
        _broker.fundReserve{value: 1}();
        vm.expectRevert(IManager.SystemPaused.selector);
        _broker.unlock();
        vm.expectRevert(IManager.SystemPaused.selector);
        _broker.cancelUnlock();
        vm.expectRevert(IManager.SystemPaused.selector);
        _broker.setReserveRecipients(new address[](0));
        vm.stopPrank();
    }

    function _unlock() private {
        _fund(1 ether, 2 ether);
        vm.prank(_sender);
        _broker.unlock();
    }

    function _unlockAndWait() private {
        _unlock();
        _nextRounds(UNLOCK_PERIOD);
    }
}

/// @title Withdraws again when it is paid.
contract Reentrant {
    ITicketBroker private immutable _broker;

    constructor(ITicketBroker broker) payable {
        _broker = broker;
        broker.fundDeposit{value: msg.value}();
    }

    receive() external payable {
        try _broker.withdraw() {} catch {}
    }

    function unlock() external {
        _broker.unlock();
    }

    function withdraw() external {
        _broker.withdraw();
    }
}

/// @title Takes no ETH.
contract Refusing {
    ITicketBroker private immutable _broker;

    constructor(ITicketBroker broker) payable {
        _broker = broker;
        broker.fundDeposit{value: msg.value}();
        broker.unlock();
    }

    function withdraw() external {
        _broker.withdraw();
    }
}
