// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {BrokerFixture} from "./BrokerFixture.sol";

/// @title What a ticket and its signature may not be.
contract RefusedTicketsTest is BrokerFixture {
    function setUp() public override {
        super.setUp();
        _fund(10 ether, 20 ether);
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

    function testFuzz_aHashThatDiffersWhereItIsKnownIsRefused(uint8 bit) public {
        uint256 flipped = uint256(1) << bound(bit, 0, 223);
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        (uint256 round, uint256 hash) = abi.decode(ticket.auxData, (uint256, uint256));
        ticket.auxData = abi.encode(round, hash ^ flipped);
        _expectRefusal(
            ticket, SENDER_KEY, _error(ITicketBroker.CreationRoundHashMismatch.selector, bytes32(hash ^ flipped))
        );
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
}
