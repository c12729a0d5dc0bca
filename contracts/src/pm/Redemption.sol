// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Account, Accounts} from "./Accounts.sol";
import {Earnings} from "./Earnings.sol";
import {Refusal} from "./Refusal.sol";
import {SessionSigners} from "./SessionSigners.sol";
import {Approval, Signers} from "./Signers.sol";
import {Tickets} from "./Tickets.sol";

// The BondingManager, an immutable, hears of the fees of an earlier round in between, and calls nobody.
// slither-disable-start reentrancy-no-eth

/// @title Winning tickets become money here.
abstract contract Redemption is Earnings, SessionSigners {
    using Accounts for Account;
    using Signers for Approval;
    using Tickets for Ticket;

    /// @dev What is known on the way of a ticket, or of a batch, in which successive tickets mostly have one recipient, one
    /// signer and one creation.
    /// @param creationHash the hash of `creationRound`, once both are known to be accepted
    /// @param owed what `recipient` is yet to be credited with
    /// @param payer the last ticket's sender, whose funds are not unlocked
    /// @param approval what `approved` may do for `approver`, less what it is yet to be charged
    /// @param admitted whether its tickets of `creationRound` for `recipient` are
    struct Draw {
        bytes32 domainSeparator;
        bool partially;
        uint256 creationRound;
        bytes32 creationHash;
        bytes32 ticketHash;
        address signer;
        address recipient;
        bool isOrchestrator;
        uint256 owed;
        address payer;
        address approver;
        address approved;
        Approval approval;
        bool admitted;
    }

    /// @dev 1 is used: a whole word, which needs no reading to be written.
    mapping(bytes32 ticketHash => uint256) private _used;
    mapping(address recipient => address) private _redeemers;

    /// @inheritdoc ITicketBroker
    function redeemWinningTicket(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand)
        external
        whenSystemNotPaused
    {
        _redeemOne(ticket, sig, recipientRand, false);
    }

    /// @inheritdoc ITicketBroker
    function redeemWinningTicketPartially(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand)
        external
        whenSystemNotPaused
    {
        if (msg.sender != ticket.recipient && msg.sender != _redeemers[ticket.recipient]) {
            revert NotAuthorized(msg.sender);
        }
        _redeemOne(ticket, sig, recipientRand, true);
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
        Draw memory draw;
        draw.domainSeparator = _domainSeparatorV4();
        for (uint256 i = 0; i < tickets.length; i++) {
            (bytes4 reason, bytes32 value) = _redeem(tickets[i], sigs[i], recipientRands[i], draw);
            if (reason != 0) emit TicketRefused(i, reason, value);
        }
        _chargeSigner(draw);
        _creditOwed(draw);
    }

    /// @inheritdoc ITicketBroker
    function setRedeemer(address redeemer) external {
        _redeemers[msg.sender] = redeemer;
        emit RedeemerSet(msg.sender, redeemer);
    }

    /// @inheritdoc ITicketBroker
    function getTicketHash(Ticket calldata ticket) external view returns (bytes32) {
        if (ticket.auxData.length != Tickets.AUX_DATA_LENGTH) revert InvalidAuxDataLength(ticket.auxData.length);
        (uint256 creationRound, bytes32 blockHash) = ticket.creation();
        return _hashTypedDataV4(ticket.structHash(creationRound, blockHash));
    }

    /// @inheritdoc ITicketBroker
    function usedTickets(bytes32 ticketHash) external view returns (bool) {
        return _used[ticketHash] != 0;
    }

    /// @inheritdoc ITicketBroker
    function redeemerOf(address recipient) external view returns (address) {
        return _redeemers[recipient];
    }

    function _redeemOne(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand, bool partially) private {
        Draw memory draw;
        draw.domainSeparator = _domainSeparatorV4();
        draw.partially = partially;
        (bytes4 reason, bytes32 value) = _redeem(ticket, sig, recipientRand, draw);
        if (reason != 0) Refusal.revertWith(reason, value);
        _chargeSigner(draw);
        _creditOwed(draw);
    }

    /// @dev Either refuses, and then has changed nothing of the ticket's, or pays, and adds to what is owed.
    function _redeem(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand, Draw memory draw)
        private
        returns (bytes4 reason, bytes32 value)
    {
        (reason, value) = _verify(ticket, sig, recipientRand, draw);
        if (reason != 0) return (reason, value);
        _turnTo(ticket.recipient, draw);
        uint256 paid;
        (paid, reason, value) = _pay(ticket, draw);
        if (reason != 0) return (reason, value);
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
        draw.owed += paid;
    }

    function _turnTo(address recipient, Draw memory draw) private {
        if (recipient == draw.recipient) return;
        _creditOwed(draw);
        (draw.recipient, draw.admitted) = (recipient, false);
        draw.isOrchestrator = _isOrchestrator(recipient);
    }

    function _creditOwed(Draw memory draw) private {
        uint256 owed = draw.owed;
        if (owed == 0) return;
        draw.owed = 0;
        _credit(draw.recipient, draw.isOrchestrator, owed);
    }

    function _admit(address sender, Draw memory draw) private returns (bytes4 reason, bytes32 value) {
        if (draw.signer != draw.approved || sender != draw.approver) {
            _chargeSigner(draw);
            (draw.approver, draw.approved) = (sender, draw.signer);
            draw.approval = _signersOf(sender).approvals[draw.signer];
        } else if (draw.admitted) {
            return (0, 0);
        }
        (reason, value) = draw.approval.check(draw.signer, draw.creationRound, draw.recipient, draw.isOrchestrator);
        draw.admitted = reason == 0;
    }

    function _chargeSigner(Draw memory draw) private {
        if (draw.approval.approved) _signersOf(draw.approver).approvals[draw.approved] = draw.approval;
    }

    function _verify(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand, Draw memory draw)
        private
        view
        returns (bytes4 reason, bytes32 value)
    {
        (reason, value) = ticket.inspect(recipientRand);
        if (reason != 0) return (reason, value);
        (uint256 creationRound, bytes32 blockHash) = ticket.creation();
        if (blockHash == 0 || blockHash != draw.creationHash || creationRound != draw.creationRound) {
            (reason, value) = _checkCreation(creationRound, blockHash);
            if (reason != 0) return (reason, value);
            (draw.creationRound, draw.creationHash, draw.admitted) = (creationRound, blockHash, false);
        }
        bytes32 ticketHash =
            MessageHashUtils.toTypedDataHash(draw.domainSeparator, ticket.structHash(creationRound, blockHash));
        if (_used[ticketHash] != 0) return Refusal.because(TicketAlreadyUsed.selector, ticketHash);
        draw.ticketHash = ticketHash;
        (draw.signer, reason, value) = Tickets.signerOf(ticketHash, sig);
        if (reason != 0) return (reason, value);
        if (!ticket.wins(sig, recipientRand)) return Refusal.because(TicketNotWinning.selector, ticketHash);
    }

    /// @dev Takes the face value from the deposit, as far as the signer may, and from the recipient's allotment.
    function _pay(Ticket calldata ticket, Draw memory draw)
        private
        returns (uint256 paid, bytes4 reason, bytes32 value)
    {
        (address sender, uint256 faceValue) = (ticket.sender, ticket.faceValue);
        uint256 fromDeposit = faceValue;
        if (draw.signer != sender) {
            (reason, value) = _admit(sender, draw);
            if (reason != 0) return (0, reason, value);
            fromDeposit = Math.min(draw.approval.depositLeft, faceValue);
        }
        Account storage account = _account(sender);
        if (sender != draw.payer) {
            if (account.isUnlocked(_now())) {
                (reason, value) = Refusal.because(SenderUnlocked.selector, sender);
                return (0, reason, value);
            }
            draw.payer = sender;
        }
        fromDeposit = Math.min(fromDeposit, account.deposit);
        uint256 fromReserve;
        if (fromDeposit < faceValue && draw.isOrchestrator) {
            fromReserve = Math.min(faceValue - fromDeposit, _claimable(account, draw.recipient));
        }
        paid = fromDeposit + fromReserve;
        if (paid == 0 || (paid < faceValue && !draw.partially)) {
            (reason, value) = Refusal.because(InsufficientFunds.selector, paid);
            return (0, reason, value);
        }
        _used[draw.ticketHash] = 1;
        if (fromDeposit != 0) {
            // Not more than the deposit.
            // forge-lint: disable-next-line(unsafe-typecast)
            account.deposit -= uint80(fromDeposit);
            // forge-lint: disable-next-line(unsafe-typecast)
            if (draw.signer != sender) draw.approval.depositLeft -= uint80(fromDeposit);
        }
        if (fromReserve != 0) {
            account.claim(draw.recipient, _now(), fromReserve);
            emit ReserveClaimed(sender, draw.recipient, fromReserve);
        }
    }
}
// slither-disable-end reentrancy-no-eth
