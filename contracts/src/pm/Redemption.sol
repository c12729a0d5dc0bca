// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Account, Accounts} from "./Accounts.sol";
import {Earnings} from "./Earnings.sol";
import {Refusal, Refusals} from "./Refusal.sol";
import {SessionSigners} from "./SessionSigners.sol";
import {Signers} from "./Signers.sol";
import {Tickets} from "./Tickets.sol";

/// @title Winning tickets become money here.
abstract contract Redemption is Earnings, SessionSigners {
    using Accounts for Account;
    using SafeCast for uint256;
    using Signers for Signers.State;
    using Tickets for Ticket;

    /// @dev By whose authority a ticket pays, and whom.
    struct Draw {
        bytes32 ticketHash;
        address signer;
        bool isOrchestrator;
    }

    mapping(bytes32 ticketHash => bool) private _used;
    mapping(address recipient => address) private _redeemers;

    /// @inheritdoc ITicketBroker
    function redeemWinningTicket(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand)
        external
        whenSystemNotPaused
    {
        _redeem(ticket, sig, recipientRand, false).revertIfRefused();
    }

    /// @inheritdoc ITicketBroker
    function redeemWinningTicketPartially(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand)
        external
        whenSystemNotPaused
    {
        if (msg.sender != ticket.recipient && msg.sender != _redeemers[ticket.recipient]) {
            revert NotAuthorized(msg.sender);
        }
        _redeem(ticket, sig, recipientRand, true).revertIfRefused();
    }

    /// @inheritdoc ITicketBroker
    function batchRedeemWinningTickets(
        Ticket[] calldata tickets,
        bytes[] calldata sigs,
        uint256[] calldata recipientRands
    ) external whenSystemNotPaused {
        if (tickets.length != sigs.length || tickets.length != recipientRands.length) {
            revert LengthMismatch(tickets.length, sigs.length, recipientRands.length);
        }
        for (uint256 i = 0; i < tickets.length; i++) {
            Refusal memory refusal = _redeem(tickets[i], sigs[i], recipientRands[i], false);
            if (refusal.refused()) emit TicketRefused(i, refusal.reason, refusal.value);
        }
    }

    /// @inheritdoc ITicketBroker
    function setRedeemer(address redeemer) external {
        _redeemers[msg.sender] = redeemer;
        emit RedeemerSet(msg.sender, redeemer);
    }

    /// @inheritdoc ITicketBroker
    function getTicketHash(Ticket calldata ticket) external view returns (bytes32) {
        if (ticket.auxData.length != Tickets.AUX_DATA_LENGTH) revert InvalidAuxDataLength(ticket.auxData.length);
        return _hashTypedDataV4(ticket.structHash());
    }

    /// @inheritdoc ITicketBroker
    function usedTickets(bytes32 ticketHash) external view returns (bool) {
        return _used[ticketHash];
    }

    /// @inheritdoc ITicketBroker
    function redeemerOf(address recipient) external view returns (address) {
        return _redeemers[recipient];
    }

    /// @dev Either refuses, and then has changed nothing, or pays.
    function _redeem(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand, bool partially)
        private
        returns (Refusal memory refusal)
    {
        Draw memory draw;
        (draw, refusal) = _verify(ticket, sig, recipientRand);
        if (refusal.refused()) return refusal;
        uint256 paid;
        (paid, refusal) = _draw(ticket, draw, partially);
        if (refusal.refused()) return refusal;
        emit WinningTicketTransfer(ticket.sender, ticket.recipient, paid);
        emit WinningTicketRedeemed(
            ticket.sender,
            ticket.recipient,
            ticket.faceValue,
            ticket.winProb,
            ticket.senderNonce,
            recipientRand,
            ticket.auxData
        );
        _credit(ticket.recipient, draw.isOrchestrator, paid);
    }

    function _verify(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand)
        private
        view
        returns (Draw memory draw, Refusal memory refusal)
    {
        refusal = ticket.inspect(recipientRand);
        if (refusal.refused()) return (draw, refusal);
        (uint256 creationRound, bytes32 blockHash) = ticket.creation();
        refusal = _checkCreation(creationRound, blockHash);
        if (refusal.refused()) return (draw, refusal);
        draw.ticketHash = _hashTypedDataV4(ticket.structHash());
        if (_used[draw.ticketHash]) return (draw, Refusals.because(TicketAlreadyUsed.selector, draw.ticketHash));
        (draw.signer, refusal) = Tickets.signerOf(draw.ticketHash, sig);
        if (refusal.refused()) return (draw, refusal);
        if (!ticket.wins(sig, recipientRand)) {
            return (draw, Refusals.because(TicketNotWinning.selector, draw.ticketHash));
        }
        draw.isOrchestrator = _isOrchestrator(ticket.recipient);
        if (draw.signer != ticket.sender) {
            refusal = _signersOf(ticket.sender).check(draw.signer, creationRound, draw.isOrchestrator, ticket.recipient);
        }
    }

    /// @dev Takes the face value from the deposit, as far as the signer may, and from the recipient's allotment.
    function _draw(Ticket calldata ticket, Draw memory draw, bool partially)
        private
        returns (uint256 paid, Refusal memory refusal)
    {
        Account storage account = _account(ticket.sender);
        if (account.isUnlocked(_now())) return (0, Refusals.because(SenderUnlocked.selector, ticket.sender));
        bool bySession = draw.signer != ticket.sender;
        uint256 deposit = account.deposit;
        uint256 fromDeposit = Math.min(ticket.faceValue, deposit);
        if (bySession) fromDeposit = Math.min(fromDeposit, _signersOf(ticket.sender).depositLeft(draw.signer));
        uint256 fromReserve;
        if (fromDeposit < ticket.faceValue && draw.isOrchestrator) {
            fromReserve = Math.min(ticket.faceValue - fromDeposit, _claimable(account, ticket.recipient));
        }
        paid = fromDeposit + fromReserve;
        if (paid == 0 || (paid < ticket.faceValue && !partially)) {
            return (0, Refusals.because(InsufficientFunds.selector, paid));
        }
        _used[draw.ticketHash] = true;
        if (fromDeposit != 0) {
            account.deposit = (deposit - fromDeposit).toUint96();
            if (bySession) _signersOf(ticket.sender).spend(draw.signer, fromDeposit);
        }
        if (fromReserve != 0) {
            account.claim(ticket.recipient, _now(), fromReserve);
            emit ReserveClaimed(ticket.sender, ticket.recipient, fromReserve);
        }
    }
}
