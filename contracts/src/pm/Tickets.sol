// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Refusal, Refusals} from "./Refusal.sol";

/// @title What can be said of a ticket without knowing its sender.
library Tickets {
    bytes32 internal constant TYPE_HASH = keccak256(
        "Ticket(address recipient,address sender,uint256 faceValue,uint256 winProb,uint256 senderNonce,"
        "bytes32 recipientRandHash,uint256 creationRound,bytes32 creationRoundBlockHash)"
    );

    /// @dev creationRound and creationRoundBlockHash.
    uint256 internal constant AUX_DATA_LENGTH = 64;

    /// @dev Refuses a ticket that could not be redeemed at any time, by anybody.
    function inspect(ITicketBroker.Ticket calldata ticket, uint256 recipientRand)
        internal
        pure
        returns (Refusal memory refusal)
    {
        if (ticket.recipient == address(0)) {
            return Refusals.because(ITicketBroker.InvalidRecipient.selector, ticket.recipient);
        }
        if (ticket.faceValue == 0) return Refusals.because(ITicketBroker.ZeroFaceValue.selector, ticket.senderNonce);
        if (ticket.auxData.length != AUX_DATA_LENGTH) {
            return Refusals.because(ITicketBroker.InvalidAuxDataLength.selector, ticket.auxData.length);
        }
        if (keccak256(abi.encode(recipientRand)) != ticket.recipientRandHash) {
            return Refusals.because(ITicketBroker.RecipientRandMismatch.selector, ticket.recipientRandHash);
        }
    }

    /// @dev For auxData of the right length.
    function creation(ITicketBroker.Ticket calldata ticket) internal pure returns (uint256 round, bytes32 blockHash) {
        return abi.decode(ticket.auxData, (uint256, bytes32));
    }

    /// @dev EIP-712's hashStruct, of a ticket whose auxData has the right length.
    function structHash(ITicketBroker.Ticket calldata ticket) internal pure returns (bytes32) {
        (uint256 round, bytes32 blockHash) = creation(ticket);
        return keccak256(
            abi.encode(
                TYPE_HASH,
                ticket.recipient,
                ticket.sender,
                ticket.faceValue,
                ticket.winProb,
                ticket.senderNonce,
                ticket.recipientRandHash,
                round,
                blockHash
            )
        );
    }

    /// @dev Who signed it, if the signature is the one that its bytes can have: there is no other, so no second draw.
    function signerOf(bytes32 ticketHash, bytes calldata sig)
        internal
        pure
        returns (address signer, Refusal memory refusal)
    {
        ECDSA.RecoverError failure;
        bytes32 value;
        (signer, failure, value) = ECDSA.tryRecoverCalldata(ticketHash, sig);
        if (failure == ECDSA.RecoverError.InvalidSignatureLength) {
            refusal = Refusals.because(ITicketBroker.InvalidSignatureLength.selector, value);
        } else if (failure == ECDSA.RecoverError.InvalidSignatureS) {
            refusal = Refusals.because(ITicketBroker.InvalidSignatureS.selector, value);
        } else if (failure != ECDSA.RecoverError.NoError) {
            refusal = Refusals.because(ITicketBroker.InvalidSignature.selector, ticketHash);
        }
    }

    /// @dev Neither side can choose the draw: the sender does not know the number, the recipient not the signature.
    function wins(ITicketBroker.Ticket calldata ticket, bytes calldata sig, uint256 recipientRand)
        internal
        pure
        returns (bool)
    {
        return uint256(keccak256(abi.encodePacked(sig, recipientRand))) < ticket.winProb;
    }
}
