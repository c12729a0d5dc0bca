// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Refusal} from "./Refusal.sol";

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
        returns (bytes4 reason, bytes32 value)
    {
        if (ticket.recipient == address(0)) {
            return Refusal.because(ITicketBroker.InvalidRecipient.selector, ticket.recipient);
        }
        if (ticket.faceValue == 0) return Refusal.because(ITicketBroker.ZeroFaceValue.selector, ticket.senderNonce);
        if (ticket.auxData.length != AUX_DATA_LENGTH) {
            return Refusal.because(ITicketBroker.InvalidAuxDataLength.selector, ticket.auxData.length);
        }
        if (keccak256(abi.encode(recipientRand)) != ticket.recipientRandHash) {
            return Refusal.because(ITicketBroker.RecipientRandMismatch.selector, ticket.recipientRandHash);
        }
    }

    /// @dev For auxData of the right length.
    function creation(ITicketBroker.Ticket calldata ticket) internal pure returns (uint256 round, bytes32 blockHash) {
        return abi.decode(ticket.auxData, (uint256, bytes32));
    }

    /// @dev EIP-712's hashStruct, with what `creation` returned.
    function structHash(ITicketBroker.Ticket calldata ticket, uint256 creationRound, bytes32 blockHash)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                TYPE_HASH,
                ticket.recipient,
                ticket.sender,
                ticket.faceValue,
                ticket.winProb,
                ticket.senderNonce,
                ticket.recipientRandHash,
                creationRound,
                blockHash
            )
        );
    }

    /// @dev Who signed it, if the signature is the one that its bytes can have: there is no other, so no second draw.
    function signerOf(bytes32 ticketHash, bytes calldata sig)
        internal
        pure
        returns (address signer, bytes4 reason, bytes32 value)
    {
        ECDSA.RecoverError failure;
        (signer, failure, value) = ECDSA.tryRecoverCalldata(ticketHash, sig);
        if (failure == ECDSA.RecoverError.InvalidSignatureLength) {
            reason = ITicketBroker.InvalidSignatureLength.selector;
        } else if (failure == ECDSA.RecoverError.InvalidSignatureS) {
            reason = ITicketBroker.InvalidSignatureS.selector;
        } else if (failure != ECDSA.RecoverError.NoError) {
            (reason, value) = (ITicketBroker.InvalidSignature.selector, ticketHash);
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
