// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IControlled} from "../../src/interfaces/IControlled.sol";
import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {BrokerFixture} from "./BrokerFixture.sol";

/// @title The attacks of SPEC's threat notes on payments, each as far as it gets.
contract ThreatsTest is BrokerFixture {
    address private constant _ACCOMPLICE = address(0xacc0);

    function setUp() public override {
        super.setUp();
        _fund(10 ether, 20 ether);
    }

    // Self-tickets: a sender pays itself, to be gone with the deposit.

    function test_selfTicketEmptiesTheDepositButNoAllotment() public {
        _redeem(_ACCOMPLICE, 10 ether);
        assertEq(_deposit(), 0, "deposit");
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 2 ether, "allotment");
        _redeem(_orchestrator, 2 ether);
    }

    function test_selfTicketDoesNotTouchTheReserve() public {
        _expectRefusal(_ACCOMPLICE, 10 ether + 1, _error(ITicketBroker.InsufficientFunds.selector, 10 ether));
        _expectRefusal(_sender, 10 ether + 1, _error(ITicketBroker.InsufficientFunds.selector, 10 ether));
    }

    function test_selfTicketToAnOwnOrchestratorTakesOneAllotmentOnly() public {
        _bonding.set(_ACCOMPLICE, true, true);
        _redeem(_ACCOMPLICE, 12 ether);
        _expectRefusal(_ACCOMPLICE, 1, _error(ITicketBroker.InsufficientFunds.selector, uint256(0)));
        _redeem(_orchestrator, 2 ether);
    }

    function test_senderCannotNameAwayAnAllotmentBeforeTheTicketExpires() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 2 ether);
        address[] memory accomplices = new address[](1);
        accomplices[0] = _ACCOMPLICE;
        vm.prank(_sender);
        _broker.setReserveRecipients(accomplices);
        _redeem(_ACCOMPLICE, 10 ether);
        _nextRounds(VALIDITY - 1);
        _redeem(ticket, SENDER_KEY);
    }

    function test_senderCannotWithdrawBeforeTheTicketExpires() public {
        vm.prank(_sender);
        _broker.unlock();
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 12 ether);
        _nextRounds(VALIDITY - 1);
        vm.expectRevert(_error(ITicketBroker.StillLocked.selector, uint256(1)));
        vm.prank(_sender);
        _broker.withdraw();
        _redeem(ticket, SENDER_KEY);
    }

    // Mempool burns: somebody submits another's winning ticket when it would pay less.

    function test_strangerCannotBurnATicketWhileFundsAreLow() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 12.5 ether);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        uint256 rand = _rand(ticket.senderNonce);
        vm.startPrank(_ACCOMPLICE);
        vm.expectRevert(_error(ITicketBroker.InsufficientFunds.selector, 12 ether));
        _broker.redeemWinningTicket(ticket, sig, rand);
        vm.expectRevert(_error(IControlled.NotAuthorized.selector, _ACCOMPLICE));
        _broker.redeemWinningTicketPartially(ticket, sig, rand);
        ITicketBroker.Ticket[] memory tickets = new ITicketBroker.Ticket[](1);
        bytes[] memory sigs = new bytes[](1);
        uint256[] memory rands = new uint256[](1);
        (tickets[0], sigs[0], rands[0]) = (ticket, sig, rand);
        _broker.batchRedeemWinningTickets(tickets, sigs, rands);
        vm.stopPrank();
        assertFalse(_broker.usedTickets(_broker.getTicketHash(ticket)), "not burnt");
        _fund(1 ether, 0);
        _redeem(ticket, SENDER_KEY);
        assertEq(_unsettled(_orchestrator), 12.5 ether, "paid in full");
    }

    function test_frontRunningOneTicketDoesNotStopTheBatch() public {
        ITicketBroker.Ticket[] memory tickets = new ITicketBroker.Ticket[](3);
        bytes[] memory sigs = new bytes[](3);
        uint256[] memory rands = new uint256[](3);
        for (uint256 i = 0; i < 3; i++) {
            tickets[i] = _ticket(_orchestrator, 1 ether);
            sigs[i] = _sign(SENDER_KEY, tickets[i]);
            rands[i] = _rand(tickets[i].senderNonce);
        }
        vm.prank(_ACCOMPLICE);
        _broker.redeemWinningTicket(tickets[1], sigs[1], rands[1]);
        _broker.batchRedeemWinningTickets(tickets, sigs, rands);
        assertEq(_unsettled(_orchestrator), 3 ether, "all paid once");
    }

    // Signer equivocation: a session key says more than its sender meant it to.

    function test_stolenSessionKeyTakesNoMoreThanItsCap() public {
        _bonding.set(_ACCOMPLICE, true, true);
        _approve(3 ether);
        for (uint256 i = 0; i < 3; i++) {
            _redeem(_ticket(_ACCOMPLICE, 1 ether), SESSION_KEY);
        }
        _redeem(_ticket(_ACCOMPLICE, 2 ether), SESSION_KEY);
        assertEq(_deposit(), 7 ether, "deposit, less the cap");
        assertEq(_reserve(), 18 ether, "reserve, less one allotment");
        _expectRefusal(
            _ticket(_ACCOMPLICE, 1), SESSION_KEY, _error(ITicketBroker.InsufficientFunds.selector, uint256(0))
        );
    }

    function test_sameNonceSignedTwiceIsTwoTicketsWithinTheCap() public {
        _approve(3 ether);
        ITicketBroker.Ticket memory one = _ticket(_orchestrator, 2 ether);
        ITicketBroker.Ticket memory other = _ticket(_orchestrator, 2 ether);
        other.senderNonce = one.senderNonce;
        other.recipientRandHash = one.recipientRandHash;
        other.faceValue = 3 ether;
        _redeem(one, SESSION_KEY);
        _redeem(other, SESSION_KEY);
        assertEq(_deposit(), 7 ether, "deposit, less the cap");
        assertEq(_reserve(), 18 ether, "the rest from the allotment");
    }

    function test_senderCannotRevokeWhatARecipientHolds() public {
        _approve(3 ether);
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        vm.prank(_sender);
        _broker.revokeSigner(7);
        _nextRounds(VALIDITY - 1);
        _redeem(ticket, SESSION_KEY);
    }

    function test_senderCannotRefillACapBySubmittingTheApprovalAgain() public {
        _approve(1 ether);
        _redeem(_ticket(_orchestrator, 1 ether), SESSION_KEY);
        _approve(1 ether);
        assertEq(_broker.getSigner(_sender, _session).depositLeft, 0, "left of the cap");
    }

    function test_signatureOfASignerIsNotASecondDrawOfTheSendersTicket() public {
        _approve(3 ether);
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        bytes32 hash = _broker.getTicketHash(ticket);
        _redeem(ticket, SENDER_KEY);
        _expectRefusal(ticket, SESSION_KEY, _error(ITicketBroker.TicketAlreadyUsed.selector, hash));
    }

    // Reserve dilution: many join the active set with dust.

    function test_joinersDoNotDiluteTheRoundTheyJoinIn() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 2 ether);
        _redeem(_ACCOMPLICE, 10 ether);
        for (uint160 i = 0; i < 90; i++) {
            _bonding.set(address(0x90000 + i), true, false);
        }
        _redeem(ticket, SENDER_KEY);
    }

    function test_joinersDiluteTheNextRoundOfTheActiveSetOnly() public {
        _rounds.pass(1);
        _rounds.initializeRound(100);
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 0.2 ether, "a hundredth");
    }

    function test_namedRecipientsAreNotDiluted() public {
        address[] memory named = new address[](2);
        (named[0], named[1]) = (_orchestrator, _inactive);
        vm.prank(_sender);
        _broker.setReserveRecipients(named);
        _nextRounds(UNLOCK_PERIOD);
        _rounds.pass(1);
        _rounds.initializeRound(1000);
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 10 ether, "half");
    }

    // Pause and expiry: tickets must not die of a pause that their holders could not end.

    function test_ticketOutlivesAPause() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        _controller.pause();
        _rounds.pass(30);
        _controller.unpause();
        _rounds.initializeRound(ACTIVE_SET);
        _redeem(ticket, SENDER_KEY);
    }

    function test_senderDoesNotUnlockByAPause() public {
        vm.prank(_sender);
        _broker.unlock();
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 12 ether);
        _controller.pause();
        _rounds.pass(30);
        _controller.unpause();
        _rounds.initializeRound(ACTIVE_SET);
        vm.expectRevert(_error(ITicketBroker.StillLocked.selector, uint256(1)));
        vm.prank(_sender);
        _broker.withdraw();
        _redeem(ticket, SENDER_KEY);
    }

    // Reorgs across initializeRound: the round is begun again, by another block.

    function test_ticketOfTheOrphanedHistoryIsRefusedAndTheOneBeforeIsPaid() public {
        ITicketBroker.Ticket memory before = _ticket(_orchestrator, 1 ether);
        _rounds.pass(1);
        // What the orphaned block would have stored.
        bytes32 orphan =
            keccak256(abi.encode(block.chainid, uint256(101), _rounds.blockHashForRound(100), keccak256("orphan")));
        _rounds.initializeRound(ACTIVE_SET, keccak256("canonical"));
        ITicketBroker.Ticket memory orphaned = _ticket(_orchestrator, 1 ether);
        orphaned.auxData = abi.encode(uint256(101), orphan);
        _expectRefusal(orphaned, SENDER_KEY, _error(ITicketBroker.CreationRoundHashMismatch.selector, orphan));
        _redeem(before, SENDER_KEY);
    }

    // A flaw in a sibling.

    function test_bondingManagerThatAsksForEverythingGetsSettledFeesOnly() public {
        _redeem(_orchestrator, 1 ether);
        _bonding.settle(_orchestrator);
        vm.expectPartialRevert(ITicketBroker.AmountExceedsOwed.selector);
        _bonding.payUnowed(payable(_ACCOMPLICE), address(_broker).balance);
        _bonding.payUnowed(payable(_ACCOMPLICE), 1 ether);
        vm.expectPartialRevert(ITicketBroker.AmountExceedsOwed.selector);
        _bonding.payUnowed(payable(_ACCOMPLICE), 1);
    }
}
