// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Approval, NonceUse, Signers} from "./Signers.sol";
import {TicketClock} from "./TicketClock.sol";

/// @title Keys that senders let sign their tickets, so that a wallet need not ask for each.
abstract contract SessionSigners is TicketClock, EIP712 {
    using Signers for Signers.State;

    mapping(address sender => Signers.State) private _signers;

    /// @inheritdoc ITicketBroker
    function approveSigner(SignerApproval calldata approval) external whenSystemNotPaused {
        if (approval.sender != msg.sender) revert NotAuthorized(msg.sender);
        _approve(approval);
    }

    /// @inheritdoc ITicketBroker
    function approveSignerBySig(SignerApproval calldata approval, bytes calldata sig) external whenSystemNotPaused {
        address recovered = ECDSA.recoverCalldata(_hashTypedDataV4(Signers.structHash(approval)), sig);
        if (recovered != approval.sender) revert ApprovalNotSigned(recovered);
        _approve(approval);
    }

    /// @inheritdoc ITicketBroker
    function revokeSigner(uint256 nonce) external {
        uint256 fromRound = _lastRound() + unlockPeriod();
        address signer = _signers[msg.sender].revoke(nonce, fromRound);
        emit SignerRevoked(msg.sender, signer, nonce, fromRound);
    }

    /// @inheritdoc ITicketBroker
    function getSigner(address sender, address signer) external view returns (SignerInfo memory) {
        Approval memory approval = _signers[sender].approvals[signer];
        return SignerInfo(
            approval.approved,
            approval.depositLeft,
            approval.validUntilRound,
            approval.voidFromRound,
            approval.anyRecipient
        );
    }

    /// @inheritdoc ITicketBroker
    function getSignerNonce(address sender, uint256 nonce) external view returns (bool used, address signer) {
        NonceUse memory use = _signers[sender].nonces[nonce];
        return (use.digest != 0, use.signer);
    }

    function _signersOf(address sender) internal view returns (Signers.State storage) {
        return _signers[sender];
    }

    function _approve(SignerApproval calldata approval) private {
        if (!_signers[approval.sender].approve(approval, _lastRound())) return;
        emit SignerApproved(
            approval.sender,
            approval.signer,
            approval.maxDepositSpend,
            approval.validUntilRound,
            approval.anyRecipient,
            approval.nonce
        );
    }
}
