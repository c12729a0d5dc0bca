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
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Headwater TicketBroker"),
                keccak256("1"),
                block.chainid,
                address(_broker)
            )
        );
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
        bytes32 expected = keccak256(abi.encodePacked("\x19\x01", domain, structHash));
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

    // Bad tickets.

    function test_zeroRecipientIsRefused() public {
        _expectRefusal(address(0), 1 ether, _error(ITicketBroker.InvalidRecipient.selector, address(0)));
    }

    function test_zeroSenderIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        ticket.sender = address(0);
        _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.SignerNotApproved.selector, _sender));
    }

    function test_zeroFaceValueIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 0);
        _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.ZeroFaceValue.selector, ticket.senderNonce));
    }

    function test_hugeFaceValueIsRefused() public {
        _expectRefusal(_orchestrator, type(uint256).max, _error(ITicketBroker.InsufficientFunds.selector, 12 ether));
    }

    function testFuzz_auxDataOfAnotherLengthIsRefused(uint8 length) public {
        if (length == 64) length = 65;
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        ticket.auxData = new bytes(length);
        vm.expectRevert(_error(ITicketBroker.InvalidAuxDataLength.selector, uint256(length)));
        _broker.redeemWinningTicket(ticket, sig, _rand(ticket.senderNonce));
        vm.expectRevert(_error(ITicketBroker.InvalidAuxDataLength.selector, uint256(length)));
        _broker.getTicketHash(ticket);
    }

    function test_wrongRecipientRandIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        vm.expectRevert(_error(ITicketBroker.RecipientRandMismatch.selector, ticket.recipientRandHash));
        _broker.redeemWinningTicket(ticket, sig, 1);
    }

    function test_expiredRoundIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        ITicketBroker.Ticket memory same = _ticket(_orchestrator, 1 ether);
        _nextRound();
        _redeem(same, SENDER_KEY);
        _nextRound();
        _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.CreationRoundNotAccepted.selector, uint256(100)));
    }

    function test_futureRoundIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        ticket.auxData = abi.encode(uint256(101), bytes32(0));
        _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.CreationRoundNotAccepted.selector, uint256(101)));
    }

    function test_roundBeforeTheFirstIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        ticket.auxData = abi.encode(uint256(0), bytes32(0));
        _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.CreationRoundNotAccepted.selector, uint256(0)));
    }

    function test_roundThatOnlyLooksRecentInItsLowBitsIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        uint256 round = 100 + (1 << 32);
        ticket.auxData = abi.encode(round, _rounds.blockHashForRound(100));
        _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.CreationRoundNotAccepted.selector, round));
    }

    function test_ticketFromAnotherHistoryIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        bytes32 foreign = keccak256("another history");
        ticket.auxData = abi.encode(uint256(100), foreign);
        _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.CreationRoundHashMismatch.selector, foreign));
    }

    function test_ticketForAnotherChainIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        vm.chainId(here);
        vm.expectPartialRevert(ITicketBroker.SignerNotApproved.selector);
        _broker.redeemWinningTicket(ticket, sig, _rand(ticket.senderNonce));
    }

    function test_ticketForAnotherBrokerIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        ITicketBroker other = ITicketBroker(address(_newBroker()));
        bytes memory sig = _sign(SENDER_KEY, other.getTicketHash(ticket));
        vm.expectPartialRevert(ITicketBroker.SignerNotApproved.selector);
        _broker.redeemWinningTicket(ticket, sig, _rand(ticket.senderNonce));
    }

    function testFuzz_changedFieldIsRefused(uint256 field, uint256 by) public {
        by = bound(by, 1, type(uint96).max);
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        bytes memory sig = _sign(SENDER_KEY, ticket);
        uint256 rand = _rand(ticket.senderNonce);
        field = field % 5;
        if (field == 0) ticket.recipient = address(uint160(ticket.recipient) + uint160(by));
        if (field == 1) ticket.sender = address(uint160(ticket.sender) ^ uint160(by));
        if (field == 2) ticket.faceValue += by;
        if (field == 3) ticket.winProb -= by;
        if (field == 4) ticket.senderNonce += by;
        vm.expectPartialRevert(ITicketBroker.SignerNotApproved.selector);
        _broker.redeemWinningTicket(ticket, sig, rand);
    }

    // Bad signatures.

    function test_highSIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SENDER_KEY, _broker.getTicketHash(ticket));
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        bytes32 high = bytes32(order - uint256(s));
        bytes memory sig = abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(_error(ITicketBroker.InvalidSignatureS.selector, high));
        _broker.redeemWinningTicket(ticket, sig, _rand(ticket.senderNonce));
    }

    function testFuzz_otherVIsRefused(uint8 v) public {
        if (v == 27 || v == 28) v = 29;
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        bytes32 hash = _broker.getTicketHash(ticket);
        (, bytes32 r, bytes32 s) = vm.sign(SENDER_KEY, hash);
        vm.expectRevert(_error(ITicketBroker.InvalidSignature.selector, hash));
        _broker.redeemWinningTicket(ticket, abi.encodePacked(r, s, v), _rand(ticket.senderNonce));
    }

    function testFuzz_signatureOfAnotherLengthIsRefused(uint8 length) public {
        if (length == 65) length = 66;
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        vm.expectRevert(_error(ITicketBroker.InvalidSignatureLength.selector, uint256(length)));
        _broker.redeemWinningTicket(ticket, new bytes(length), _rand(ticket.senderNonce));
    }

    function test_compactSignatureIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SENDER_KEY, _broker.getTicketHash(ticket));
        bytes memory compact = abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
        vm.expectRevert(_error(ITicketBroker.InvalidSignatureLength.selector, uint256(64)));
        _broker.redeemWinningTicket(ticket, compact, _rand(ticket.senderNonce));
    }

    function test_signatureOfNobodyIsRefused() public {
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        ticket.sender = address(0);
        bytes32 hash = _broker.getTicketHash(ticket);
        vm.expectRevert(_error(ITicketBroker.InvalidSignature.selector, hash));
        _broker.redeemWinningTicket(
            ticket, abi.encodePacked(bytes32(0), bytes32(0), uint8(27)), _rand(ticket.senderNonce)
        );
    }

    function test_strangersSignatureIsRefused() public {
        _expectRefusal(
            _ticket(_orchestrator, 1 ether), 0xbad, _error(ITicketBroker.SignerNotApproved.selector, vm.addr(0xbad))
        );
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
