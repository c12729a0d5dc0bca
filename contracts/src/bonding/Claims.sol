// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {BondingState} from "./BondingState.sol";
import {Election} from "./Election.sol";
import {Ledger} from "./Ledger.sol";
import {Shares} from "./Shares.sol";

// The TicketBroker settles fees before what depends on them is read; whom it pays, it pays last.
// slither-disable-start reentrancy-no-eth

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
        address delegate = d.delegate;
        (uint256 bonded, uint256 waiting, uint256 round) = (d.bonded, d.waiting, _round);
        Shares.Transcoder storage t = _state.transcoders[delegate == address(0) ? account : delegate];
        uint256 lastRewardRound = t.lastRewardRound;
        // A reward may come yet that what a delegator has waiting has no part in.
        bool outstanding = waiting != 0 && delegate != account && lastRewardRound != round && _isActive(t);
        _BONDING_VOTES.checkpointBondingState(
            account,
            round + 1,
            bonded + waiting,
            delegate,
            // Who is not bonded to itself votes with nothing that is delegated to it: it need not be looked up.
            delegate == account ? t.stake : 0,
            d.lastClaimRound,
            outstanding && bonded == 0 ? round : lastRewardRound
        );
        if (outstanding && bonded != 0) _BONDING_VOTES.checkpointWaitingStake(account, round + 1, waiting);
    }

    /// @dev Notes an orchestrator's votes, if it is one.
    function _checkpointDelegate(address account) internal {
        if (_isRegistered(account)) _checkpoint(account);
    }
}
// slither-disable-end reentrancy-no-eth
