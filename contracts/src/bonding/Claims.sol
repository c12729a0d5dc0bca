// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {BondingState} from "./BondingState.sol";
import {Election} from "./Election.sol";
import {Ledger} from "./Ledger.sol";
import {Shares} from "./Shares.sol";

/// @title Claims, which come before every change of stake, and what comes after: rank and votes.
abstract contract Claims is BondingState {
    using SafeCast for uint256;
    using Ledger for Election.State;

    /// @inheritdoc IBondingManager
    function claimEarnings(uint256) external whenRunning {
        if (_state.delegators[msg.sender].delegate == address(0)) revert NotBonded(msg.sender);
        _claim(msg.sender);
        _checkpoint(msg.sender);
    }

    /// @inheritdoc IBondingManager
    function checkpointBondingState(address account) external whenRunning {
        _claim(account);
        _checkpoint(account);
    }

    /// @inheritdoc IBondingManager
    function withdrawFees(address payable recipient, uint256 amount) external {
        if (recipient == address(0)) revert InvalidAddress(recipient);
        Shares.Delegator storage d = _state.delegators[msg.sender];
        // What is claimed already is free, paused or not.
        if (!_systemPaused()) {
            _claim(msg.sender);
            // Its part of fees that came after it had ceased to be an orchestrator.
            Shares.Transcoder storage t = _state.transcoders[msg.sender];
            d.fees += t.fees;
            t.fees = 0;
            if (d.delegate != address(0)) _checkpoint(msg.sender);
        }
        if (amount > d.fees) revert InsufficientAmount(amount, d.fees);
        d.fees -= amount.toUint128();
        emit WithdrawFees(msg.sender, recipient, amount);
        _TICKET_BROKER.payFees(recipient, amount);
    }

    /// @inheritdoc IBondingManager
    function updateTranscoderWithFees(address transcoder_, uint256 fees, uint256 round) external {
        if (msg.sender != address(_TICKET_BROKER)) revert NotAuthorized(msg.sender);
        _state.addFees(transcoder_, round, fees);
    }

    /// @dev Brings an account up to date, fees included.
    function _claim(address account) internal {
        Shares.Delegator storage d = _state.delegators[account];
        address delegate = d.delegate;
        if (delegate == address(0)) return;
        _settleFees(delegate);
        uint256 start = d.lastClaimRound;
        (uint256 rewards, uint256 fees) = _state.settle(account, _round);
        if (start != _round || rewards != 0 || fees != 0) {
            emit EarningsClaimed(delegate, account, rewards, fees, start + 1, _round);
        }
    }

    /// @dev Who never had stake has no fees.
    function _settleFees(address account) internal {
        if (_state.transcoders[account].stakeRound != 0) _TICKET_BROKER.settleFees(account);
    }

    /// @dev Notes votes of who was just brought up to date, or of an orchestrator.
    function _checkpoint(address account) internal {
        Shares.Delegator storage d = _state.delegators[account];
        bool outstanding = _hasRewardOutstanding(account);
        address delegate = d.delegate;
        uint256 lastRewardRound = _state.transcoders[delegate == address(0) ? account : delegate].lastRewardRound;
        _BONDING_VOTES.checkpointBondingState(
            account,
            uint256(_round) + 1,
            Election.bondedBy(_state, account),
            delegate,
            _state.transcoders[account].stake,
            d.lastClaimRound,
            outstanding && d.bonded == 0 ? _round : lastRewardRound
        );
        if (outstanding && d.bonded != 0) {
            _BONDING_VOTES.checkpointWaitingStake(account, uint256(_round) + 1, d.waiting);
        }
    }

    /// @dev Whether a reward may come yet that what a delegator has waiting has no part in.
    function _hasRewardOutstanding(address account) private view returns (bool) {
        Shares.Delegator storage d = _state.delegators[account];
        if (d.waiting == 0 || d.delegate == account) return false;
        Shares.Transcoder storage t = _state.transcoders[d.delegate];
        return t.lastRewardRound != _round && _isActive(t);
    }

    /// @dev Notes an orchestrator's votes, if it is one.
    function _checkpointDelegate(address account) internal {
        if (_isRegistered(account)) _checkpoint(account);
    }
}
