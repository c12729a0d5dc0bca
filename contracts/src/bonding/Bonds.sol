// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {Claims} from "./Claims.sol";
import {Election} from "./Election.sol";
import {Ledger} from "./Ledger.sol";
import {Shares} from "./Shares.sol";

// Siblings are called in between: they are immutables, call none but each other, and hand nobody else the control.
// slither-disable-start reentrancy-no-eth

/// @title How stake comes and goes.
abstract contract Bonds is Claims {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;
    using Ledger for Election.State;
    using Shares for Shares.Delegator;

    /// @inheritdoc IBondingManager
    function bond(uint256 amount, address to) external {
        _bond(msg.sender, amount, to);
    }

    /// @inheritdoc IBondingManager
    function bondWithHint(uint256 amount, address to, address, address, address, address) external {
        _bond(msg.sender, amount, to);
    }

    /// @inheritdoc IBondingManager
    function bondForWithHint(uint256 amount, address owner, address to, address, address, address, address) external {
        _bond(owner, amount, to);
    }

    /// @inheritdoc IBondingManager
    function unbond(uint256 amount) external {
        _unbond(amount);
    }

    /// @inheritdoc IBondingManager
    function unbondWithHint(uint256 amount, address, address) external {
        _unbond(amount);
    }

    /// @inheritdoc IBondingManager
    function rebond(uint256 unbondingLockId) external {
        _rebond(unbondingLockId);
    }

    /// @inheritdoc IBondingManager
    function rebondWithHint(uint256 unbondingLockId, address, address) external {
        _rebond(unbondingLockId);
    }

    /// @inheritdoc IBondingManager
    function rebondFromUnbonded(address to, uint256 unbondingLockId) external {
        _rebondFromUnbonded(to, unbondingLockId);
    }

    /// @inheritdoc IBondingManager
    function rebondFromUnbondedWithHint(address to, uint256 unbondingLockId, address, address) external {
        _rebondFromUnbonded(to, unbondingLockId);
    }

    /// @inheritdoc IBondingManager
    function transferBond(address delegator, uint256 amount, address, address, address, address) external whenRunning {
        if (delegator == address(0) || delegator == msg.sender) revert InvalidAddress(delegator);
        Shares.Delegator storage giver = _state.delegators[msg.sender];
        Shares.Delegator storage taker = _state.delegators[delegator];
        address from = giver.delegate;
        if (from == msg.sender) revert RegisteredTranscoder(msg.sender);
        uint256 giverLock = giver.nextLockId;
        uint256 takerLock = taker.nextLockId;
        _takeOut(amount);
        emit Unbond(from, msg.sender, giverLock, amount, uint256(_round) + _unbondingPeriod);
        emit TransferBond(msg.sender, delegator, giverLock, takerLock, amount);

        address to = taker.delegate;
        if (to == address(0)) {
            // Nobody becomes an orchestrator by a gift.
            if (from == delegator) revert InvalidAddress(delegator);
            to = from;
            taker.adopt(_state.transcoders[to], to, _round);
        } else {
            _claim(delegator);
        }
        _putIn(delegator, to, amount);
        emit Rebond(to, delegator, takerLock, amount);
    }

    /// @inheritdoc IBondingManager
    function withdrawStake(uint256 unbondingLockId) external {
        Election.UnbondingLock memory lock = _lockOf(msg.sender, unbondingLockId);
        if (lock.withdrawRound > _round) revert StillUnbonding(lock.withdrawRound, _round);
        delete _state.locks[msg.sender][unbondingLockId];
        emit WithdrawStake(msg.sender, unbondingLockId, lock.amount, lock.withdrawRound);
        _MINTER.trustedTransferTokens(msg.sender, lock.amount);
    }

    function _bond(address owner, uint256 amount, address to) private whenRunning {
        if (to == address(0)) revert InvalidAddress(to);
        Shares.Delegator storage d = _state.delegators[owner];
        address from = d.delegate;
        if (from != to && owner != msg.sender) revert NotAuthorized(msg.sender);
        if (from != to && from == owner) revert RegisteredTranscoder(owner);
        _claim(owner);
        uint256 moved;
        if (from != to) {
            moved = Election.bondedBy(_state, owner);
            if (moved != 0) {
                _state.decrease(owner, _round, moved, _leastSelfBond());
                _checkpointDelegate(from);
            }
            _settleFees(to);
            d.adopt(_state.transcoders[to], to, _round);
        }
        if (amount + moved == 0 && Election.bondedBy(_state, owner) == 0) revert ZeroAmount();
        _putIn(owner, to, amount + moved);
        emit Bond(to, from, owner, amount, Election.bondedBy(_state, owner));
        if (amount != 0) _TOKEN.safeTransferFrom(msg.sender, address(_MINTER), amount);
    }

    function _unbond(uint256 amount) private whenRunning {
        Shares.Delegator storage d = _state.delegators[msg.sender];
        address delegate = d.delegate;
        uint256 id = d.nextLockId;
        if (id >= Ledger.MAX_SLASHABLE_LOCKS) {
            // Those that slashing reaches are among the last.
            Election.UnbondingLock memory oldest = _state.locks[msg.sender][id - Ledger.MAX_SLASHABLE_LOCKS];
            if (oldest.slashable && oldest.withdrawRound > _round) {
                revert TooManyUnbondingLocks(Ledger.MAX_SLASHABLE_LOCKS);
            }
        }
        uint256 withdrawRound = uint256(_round) + _unbondingPeriod;
        d.nextLockId = (id + 1).toUint32();
        _state.locks[msg.sender][id] =
            Election.UnbondingLock(amount.toUint128(), withdrawRound.toUint32(), delegate == msg.sender);
        _takeOut(amount);
        emit Unbond(delegate, msg.sender, id, amount, withdrawRound);
    }

    function _rebond(uint256 id) private whenRunning {
        Shares.Delegator storage d = _state.delegators[msg.sender];
        address delegate = d.delegate;
        if (delegate == address(0)) revert NotBonded(msg.sender);
        _claim(msg.sender);
        _rebondTo(delegate, id);
    }

    function _rebondFromUnbonded(address to, uint256 id) private whenRunning {
        if (to == address(0)) revert InvalidAddress(to);
        Shares.Delegator storage d = _state.delegators[msg.sender];
        if (d.delegate != address(0)) revert StillBonded(msg.sender);
        _settleFees(to);
        d.adopt(_state.transcoders[to], to, _round);
        _rebondTo(to, id);
    }

    function _rebondTo(address to, uint256 id) private {
        Election.UnbondingLock memory lock = _lockOf(msg.sender, id);
        if (lock.slashable && lock.withdrawRound > _round && to != msg.sender) revert SlashableLock(msg.sender, id);
        delete _state.locks[msg.sender][id];
        _putIn(msg.sender, to, lock.amount);
        emit Rebond(to, msg.sender, id, lock.amount);
    }

    /// @dev Takes stake of the caller's out, first what does not earn yet.
    function _takeOut(uint256 amount) private {
        Shares.Delegator storage d = _state.delegators[msg.sender];
        address delegate = d.delegate;
        if (delegate == address(0) || d.startRound > _round) revert NotBonded(msg.sender);
        if (amount == 0) revert ZeroAmount();
        _claim(msg.sender);
        uint256 available = Election.bondedBy(_state, msg.sender);
        if (amount > available) revert InsufficientAmount(amount, available);
        _state.decrease(msg.sender, _round, amount, _leastSelfBond());
        if (delegate != msg.sender) _checkpointDelegate(delegate);
        _checkpoint(msg.sender);
    }

    /// @dev Adds stake to who was just brought up to date and is bonded to `to`.
    function _putIn(address owner, address to, uint256 amount) private {
        _state.increase(owner, to, _round, amount, _leastSelfBond());
        if (to != owner) _checkpointDelegate(to);
        _checkpoint(owner);
    }

    function _lockOf(address delegator, uint256 id) private view returns (Election.UnbondingLock memory lock) {
        lock = _state.locks[delegator][id];
        if (lock.withdrawRound == 0) revert InvalidUnbondingLock(delegator, id);
    }
}
// slither-disable-end reentrancy-no-eth
