// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Refusal} from "./Refusal.sol";

/// @dev What one signer may do for one sender: one slot, since every ticket reads it.
/// @param depositLeft what its tickets may still take from the deposit
/// @param voidFromRound 0: not revoked
struct Approval {
    uint128 depositLeft;
    uint32 validUntilRound;
    uint32 voidFromRound;
    bool anyRecipient;
    bool approved;
}

/// @dev What a nonce was used for. `digest` is the end of the approval's hash, never 0 once used; it only tells a
/// repetition, which changes nothing, from another approval, which is an error.
struct NonceUse {
    address signer;
    uint96 digest;
}

/// @title One sender's session signers.
library Signers {
    using SafeCast for uint256;

    bytes32 internal constant TYPE_HASH = keccak256(
        "SignerApproval(address sender,address signer,uint256 maxDepositSpend,uint256 validUntilRound,"
        "bool anyRecipient,uint256 nonce)"
    );

    /// @dev Of a nonce that was revoked before it was used.
    uint96 private constant REVOKED = 1;

    struct State {
        mapping(address signer => Approval) approvals;
        mapping(uint256 nonce => NonceUse) nonces;
    }

    function structHash(ITicketBroker.SignerApproval calldata approval) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPE_HASH, approval));
    }

    /// @return added false for a repetition
    function approve(State storage self, ITicketBroker.SignerApproval calldata approval, uint256 round)
        internal
        returns (bool added)
    {
        address signer = approval.signer;
        uint96 digest = uint96(uint256(structHash(approval))) | 2;
        NonceUse storage nonce = self.nonces[approval.nonce];
        if (nonce.digest == digest && nonce.signer == signer) return false;
        if (nonce.digest != 0) revert ITicketBroker.NonceUsed(approval.nonce);
        if (signer == address(0) || signer == approval.sender) revert ITicketBroker.InvalidAddress(signer);
        if (self.approvals[signer].approved) revert ITicketBroker.SignerBound(signer);
        if (approval.validUntilRound < round) revert ITicketBroker.SignerExpired(approval.validUntilRound);
        self.nonces[approval.nonce] = NonceUse(signer, digest);
        self.approvals[signer] = Approval({
            // Larger numbers than these can never be reached, so they mean the same.
            depositLeft: uint128(Math.min(approval.maxDepositSpend, type(uint128).max)),
            validUntilRound: uint32(Math.min(approval.validUntilRound, type(uint32).max)),
            voidFromRound: 0,
            anyRecipient: approval.anyRecipient,
            approved: true
        });
        return true;
    }

    /// @return signer zero if the nonce was not used
    function revoke(State storage self, uint256 nonce, uint256 fromRound) internal returns (address signer) {
        NonceUse storage use = self.nonces[nonce];
        signer = use.signer;
        if (signer == address(0)) {
            if (use.digest != 0) revert ITicketBroker.AlreadyRevoked(nonce);
            use.digest = REVOKED;
        } else {
            Approval storage approval = self.approvals[signer];
            if (approval.voidFromRound != 0) revert ITicketBroker.AlreadyRevoked(nonce);
            approval.voidFromRound = fromRound.toUint32();
        }
    }

    /// @dev Refuses a ticket that the signer may not sign. When it was made counts, not when it is redeemed.
    function check(
        Approval memory approval,
        address signer,
        uint256 creationRound,
        address recipient,
        bool isOrchestrator
    ) internal pure returns (bytes4 reason, bytes32 value) {
        if (!approval.approved) {
            return Refusal.because(ITicketBroker.SignerNotApproved.selector, signer);
        }
        if (creationRound > approval.validUntilRound) {
            return Refusal.because(ITicketBroker.SignerExpired.selector, approval.validUntilRound);
        }
        if (approval.voidFromRound != 0 && creationRound >= approval.voidFromRound) {
            return Refusal.because(ITicketBroker.SignerVoid.selector, approval.voidFromRound);
        }
        if (!isOrchestrator && !approval.anyRecipient) {
            return Refusal.because(ITicketBroker.RecipientNotOrchestrator.selector, recipient);
        }
    }
}
