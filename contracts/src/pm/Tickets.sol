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
        returns (bytes32 hash)
    {
        bytes32 typeHash = TYPE_HASH;
        // `abi.encode` of the nine, of which six lie together in calldata: field by field it costs a twentieth of all that
        // redeeming computes. That addresses are no more than that is checked where they are used.
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typeHash)
            calldatacopy(add(words, 0x20), ticket, 0xc0)
            mstore(add(words, 0xe0), creationRound)
            mstore(add(words, 0x100), blockHash)
            hash := keccak256(words, 0x120)
        }
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
        bytes32 drawn;
        // Of `abi.encodePacked`, without keeping what was packed.
        assembly ("memory-safe") {
            let packed := mload(0x40)
            calldatacopy(packed, sig.offset, sig.length)
            mstore(add(packed, sig.length), recipientRand)
            drawn := keccak256(packed, add(sig.length, 0x20))
        }
        return uint256(drawn) < ticket.winProb;
    }
}
