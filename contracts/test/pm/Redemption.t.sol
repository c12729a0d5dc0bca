// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {IControlled} from "../../src/interfaces/IControlled.sol";
import {BrokerFixture} from "./BrokerFixture.sol";

contract RedemptionTest is BrokerFixture {
    function setUp() public override {
        super.setUp();
        _fund(10 ether, 20 ether);
    }

    function test_winningTicketIsPaidFromTheDeposit() public {
        _redeem(_orchestrator, 1 ether);
        assertEq(_deposit(), 9 ether, "deposit");
        assertEq(_reserve(), 20 ether, "reserve");
        assertEq(_unsettled(_orchestrator), 1 ether, "fees");
    }

    function test_reserveIsDrawnWhereTheDepositEnds() public {
        _redeem(_orchestrator, 10.5 ether);
        assertEq(_deposit(), 0, "deposit");
        assertEq(_reserve(), 19.5 ether, "reserve");
        assertEq(_broker.claimedReserve(_sender, _orchestrator), 0.5 ether, "claimed");
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 1.5 ether, "left of the allotment");
    }

    function test_anybodyMaySubmit() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        vm.prank(address(0x57a4e4));
        _broker.redeemWinningTicket(ticket, sig, _rand(ticket.senderNonce));
        assertTrue(_broker.usedTickets(_broker.getTicketHash(ticket)), "used");
    }

    function test_announcesTransferAndRedemption() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 10.5 ether);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        uint256 rand = _rand(ticket.senderNonce);
        vm.expectEmit(address(_broker));
        emit ITicketBroker.ReserveClaimed(_sender, _orchestrator, 0.5 ether);
        vm.expectEmit(address(_broker));
        emit ITicketBroker.WinningTicketTransfer(_sender, _orchestrator, 10.5 ether);
        vm.expectEmit(address(_broker));
        emit ITicketBroker.WinningTicketRedeemed(
            _sender, _orchestrator, 10.5 ether, ticket.winProb, ticket.senderNonce, rand, ticket.auxData
        );
        _broker.redeemWinningTicket(ticket, sig, rand);
    }

    function test_ticketIsTypedData() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        (uint256 round, bytes32 blockHash) = abi.decode(ticket.auxData, (uint256, bytes32));
        bytes32 structHash = keccak256(
            bytes.concat(
                abi.encode(
                    keccak256(
                        "Ticket(address recipient,address sender,uint256 faceValue,uint256 winProb,uint256 senderNonce,bytes32 recipientRandHash,uint256 creationRound,bytes32 creationRoundBlockHash)"
                    ),
                    ticket.recipient,
                    ticket.sender,
                    ticket.faceValue
                ),
                abi.encode(ticket.winProb, ticket.senderNonce, ticket.recipientRandHash, round, blockHash)
            )
        );
        bytes32 expected = _typedData(structHash);
        assertEq(_broker.getTicketHash(ticket), expected, "hash");
    }

    function test_sameTicketPaysOnce() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        bytes32 hash = _broker.getTicketHash(ticket);
        _redeem(ticket, SENDER_KEY);
        _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.TicketAlreadyUsed.selector, hash));
    }

    function test_losingTicketIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        ticket.winProb = 0;
        bytes32 hash = _broker.getTicketHash(ticket);
        _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.TicketNotWinning.selector, hash));
    }

    function testFuzz_winsExactlyBelowTheProbability(uint256 salt) public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 wei);
        ticket.winProb = uint256(keccak256(abi.encode(salt)));
        bytes memory sig = _sign(SENDER_KEY, ticket);
        uint256 rand = _rand(ticket.senderNonce);
        bool wins = uint256(keccak256(abi.encodePacked(sig, rand))) < ticket.winProb;
        bytes32 hash = _broker.getTicketHash(ticket);
        if (!wins) vm.expectRevert(_error(ITicketBroker.TicketNotWinning.selector, hash));
        _broker.redeemWinningTicket(ticket, sig, rand);
        assertTrue(_broker.usedTickets(hash) == wins, "used if it wins");
    }

    function test_moreThanDepositAndAllotmentIsRefused() public {
        _expectRefusal(_orchestrator, 12.01 ether, _error(ITicketBroker.InsufficientFunds.selector, 12 ether));
        assertEq(_deposit(), 10 ether, "nothing is taken");
    }

    function test_inactiveOrchestratorHasNoAllotment() public {
        _redeem(_inactive, 9 ether);
        _expectRefusal(_inactive, 2 ether, _error(ITicketBroker.InsufficientFunds.selector, 1 ether));
        assertEq(_broker.claimableReserve(_sender, _inactive), 0, "claimable");
    }

    /// @dev The fixture's round is 100.
    function test_anAllotmentBeginsAndEndsWithTheTermOfWhoHasIt() public {
        _bonding.setTerm(_orchestrator, 101, 103);
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 0, "elected for the next round");
        _nextRound();
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 2 ether, "its first round");
        _nextRound();
        _redeem(_orchestrator, 12 ether);
        _nextRound();
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 0, "its last is over");
    }

    function test_emptyActiveSetHasNoAllotment() public {
        _rounds.pass(1);
        _rounds.initializeRound(0);
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 0, "claimable");
        _expectRefusal(_orchestrator, 10.5 ether, _error(ITicketBroker.InsufficientFunds.selector, 10 ether));
    }

    function test_allotmentRenewsEachRound() public {
        _redeem(_orchestrator, 12 ether);
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 0, "used up");
        _nextRound();
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 1.8 ether, "a tenth of what is left");
        assertEq(_broker.getReserveInfo(_sender).claimedInCurrentRound, 0, "claimed in this round");
    }

    function test_oneClaimDoesNotShrinkAnothersAllotment() public {
        address other = address(0x07e4);
        _bonding.set(other, true, true);
        uint256 allotment = _broker.claimableReserve(_sender, other);
        _redeem(_orchestrator, 12 ether);
        assertEq(_broker.claimableReserve(_sender, other), allotment, "allotment");
        _redeem(other, allotment);
    }

    function test_relayIsOwedPaymentsFromTheDepositOnly() public {
        _redeem(_relay, 4 ether);
        assertEq(_broker.payments(_relay), 4 ether, "owed");
        _expectRefusal(_relay, 7 ether, _error(ITicketBroker.InsufficientFunds.selector, 6 ether));
        vm.prank(_relay);
        _broker.withdrawPayments(payable(address(0xcafe)), 4 ether);
        assertEq(address(0xcafe).balance, 4 ether, "paid out");
    }

    // Partial payment.

    function test_recipientMayTakeLess() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 50 ether);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        vm.prank(_orchestrator);
        _broker.redeemWinningTicketPartially(ticket, sig, _rand(ticket.senderNonce));
        assertEq(_unsettled(_orchestrator), 12 ether, "paid");
        bytes32 hash = _broker.getTicketHash(ticket);
        _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.TicketAlreadyUsed.selector, hash));
    }

    function test_redeemerMayTakeLess() public {
        address redeemer = address(0x4ede);
        vm.expectEmit(address(_broker));
        emit ITicketBroker.RedeemerSet(_orchestrator, redeemer);
        vm.prank(_orchestrator);
        _broker.setRedeemer(redeemer);
        assertEq(_broker.redeemerOf(_orchestrator), redeemer, "redeemer");
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 50 ether);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        vm.prank(redeemer);
        _broker.redeemWinningTicketPartially(ticket, sig, _rand(ticket.senderNonce));
        assertEq(_unsettled(_orchestrator), 12 ether, "paid");
    }

    function test_strangerMayNotTakeLess() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 50 ether);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        vm.expectRevert(_error(IControlled.NotAuthorized.selector, address(this)));
        _broker.redeemWinningTicketPartially(ticket, sig, _rand(ticket.senderNonce));
    }

    function test_nothingIsNotAPartOfIt() public {
        _redeem(_orchestrator, 12 ether);
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        vm.expectRevert(_error(ITicketBroker.InsufficientFunds.selector, uint256(0)));
        vm.prank(_orchestrator);
        _broker.redeemWinningTicketPartially(ticket, sig, _rand(ticket.senderNonce));
        assertFalse(_broker.usedTickets(_broker.getTicketHash(ticket)), "still unused");
    }

    // Batches.

    function test_batchRedeemsWhatItCanAndTellsTheRest() public {
        ITicketBroker.Ticket[] memory tickets = new ITicketBroker.Ticket[](4);
        bytes[] memory sigs = new bytes[](4);
        uint256[] memory rands = new uint256[](4);
        for (uint256 i = 0; i < 4; i++) {
            tickets[i] = _ticket(_orchestrator, 1 ether);
            rands[i] = _rand(tickets[i].senderNonce);
        }
        tickets[3] = tickets[0];
        rands[3] = rands[0];
        for (uint256 i = 0; i < 4; i++) {
            sigs[i] = _sign(SENDER_KEY, tickets[i]);
        }
        rands[1] = 1;
        bytes32 used = _broker.getTicketHash(tickets[0]);
        vm.expectEmit(address(_broker));
        emit ITicketBroker.TicketRefused(1, ITicketBroker.RecipientRandMismatch.selector, tickets[1].recipientRandHash);
        vm.expectEmit(address(_broker));
        emit ITicketBroker.TicketRefused(3, ITicketBroker.TicketAlreadyUsed.selector, used);
        _broker.batchRedeemWinningTickets(tickets, sigs, rands);
        assertEq(_unsettled(_orchestrator), 2 ether, "two of four");
    }

    function test_batchRefusesAnUnlockedSendersTicketsWhoeverElsePays() public {
        (address other, uint256 otherKey) = (vm.addr(0x07e4), 0x07e4);
        vm.deal(other, 1 ether);
        vm.startPrank(other);
        _broker.fundDeposit{value: 1 ether}();
        _broker.unlock();
        vm.stopPrank();
        _nextRounds(2);
        ITicketBroker.Ticket[] memory tickets = new ITicketBroker.Ticket[](4);
        bytes[] memory sigs = new bytes[](4);
        uint256[] memory rands = new uint256[](4);
        for (uint256 i = 0; i < 4; i++) {
            tickets[i] = _ticket(_orchestrator, 0.1 ether);
            if (i % 2 == 1) tickets[i].sender = other;
            sigs[i] = _sign(i % 2 == 1 ? otherKey : SENDER_KEY, tickets[i]);
            rands[i] = _rand(tickets[i].senderNonce);
        }
        bytes32 who = bytes32(uint256(uint160(other)));
        vm.expectEmit(address(_broker));
        emit ITicketBroker.TicketRefused(1, ITicketBroker.SenderUnlocked.selector, who);
        vm.expectEmit(address(_broker));
        emit ITicketBroker.TicketRefused(3, ITicketBroker.SenderUnlocked.selector, who);
        _broker.batchRedeemWinningTickets(tickets, sigs, rands);
        assertEq(_unsettled(_orchestrator), 0.2 ether, "the first sender's two");
    }

    function test_batchOfNothingIsNoError() public {
        _broker.batchRedeemWinningTickets(new ITicketBroker.Ticket[](0), new bytes[](0), new uint256[](0));
    }

    function test_batchOfUnequalLengthsIsRefused() public {
        vm.expectRevert(
            abi.encodeWithSelector(ITicketBroker.LengthMismatch.selector, uint256(1), uint256(0), uint256(1))
        );
        _broker.batchRedeemWinningTickets(new ITicketBroker.Ticket[](1), new bytes[](0), new uint256[](1));
    }

    function test_nothingIsRedeemedWhilePaused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        _controller.pause();
        vm.expectRevert(IManager.SystemPaused.selector);
        _broker.redeemWinningTicket(ticket, sig, _rand(ticket.senderNonce));
        vm.expectRevert(IManager.SystemPaused.selector);
        vm.prank(_orchestrator);
        _broker.redeemWinningTicketPartially(ticket, sig, _rand(ticket.senderNonce));
        vm.expectRevert(IManager.SystemPaused.selector);
        _broker.batchRedeemWinningTickets(new ITicketBroker.Ticket[](0), new bytes[](0), new uint256[](0));
    }
}
