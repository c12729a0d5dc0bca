// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Manager} from "../Manager.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Refusal} from "./Refusal.sol";

/// @title The broker's clock, which ticks when a round is initialized and so stands still while the system is paused.
/// @dev `index` counts the rounds that were initialized. Periods are counted in it, and what users see in round numbers.
abstract contract TicketClock is ITicketBroker, Manager {
    using SafeCast for uint256;

    /// @notice As many rounds as are remembered.
    uint256 public constant MAX_TICKET_VALIDITY_PERIOD = 8;
    /// @notice Two months of daily rounds: money must not be locked for longer by a parameter.
    uint256 public constant MAX_UNLOCK_PERIOD = 64;

    IRoundsManager internal immutable _ROUNDS_MANAGER;

    /// @dev These share the slot of Manager, so that a redemption finds pause, round and divisor together.
    uint32 private _index;
    uint32 private _round;
    uint16 private _activeSetSize;
    uint8 private _ticketValidityPeriod;

    uint256 private _unlockPeriod;

    /// @dev The last eight rounds, each at its index modulo eight, as `_named`.
    uint256[8] private _recent;

    constructor(IRoundsManager roundsManager) {
        _ROUNDS_MANAGER = roundsManager;
    }

    /// @inheritdoc ITicketBroker
    function startRound(uint64 round, bytes32 blockHash, uint64 activeSetSize) external whenSystemNotPaused {
        if (msg.sender != address(_ROUNDS_MANAGER)) revert NotAuthorized(msg.sender);
        if (round <= _round) revert RoundNotAfter(round, _round);
        uint32 index = _index + 1;
        _index = index;
        _round = uint256(round).toUint32();
        _activeSetSize = uint256(activeSetSize).toUint16();
        _recent[index % 8] = _named(round, blockHash);
    }

    /// @inheritdoc ITicketBroker
    function setUnlockPeriod(uint256 unlockPeriod_) external onlyControllerOwner {
        _setUnlockPeriod(unlockPeriod_);
    }

    /// @inheritdoc ITicketBroker
    function setTicketValidityPeriod(uint256 ticketValidityPeriod_) external onlyControllerOwner {
        _setTicketValidityPeriod(ticketValidityPeriod_);
    }

    /// @inheritdoc ITicketBroker
    function unlockPeriod() public view returns (uint256) {
        return _unlockPeriod;
    }

    /// @inheritdoc ITicketBroker
    function ticketValidityPeriod() public view returns (uint256) {
        return _ticketValidityPeriod;
    }

    /// @dev Not less than the validity period: a ticket of the round in which its sender unlocks must not be outrun.
    function _setUnlockPeriod(uint256 unlockPeriod_) internal {
        uint256 least = _ticketValidityPeriod == 0 ? 1 : _ticketValidityPeriod;
        _unlockPeriod = _bounded(unlockPeriod_, least, MAX_UNLOCK_PERIOD);
        emit ParameterUpdate("unlockPeriod");
    }

    function _setTicketValidityPeriod(uint256 ticketValidityPeriod_) internal {
        uint256 most = _unlockPeriod < MAX_TICKET_VALIDITY_PERIOD ? _unlockPeriod : MAX_TICKET_VALIDITY_PERIOD;
        _ticketValidityPeriod = uint8(_bounded(ticketValidityPeriod_, 1, most));
        emit ParameterUpdate("ticketValidityPeriod");
    }

    /// @dev Refuses a ticket of a round that is none of the last ones, or that is not this chain's.
    function _checkCreation(uint256 creationRound, bytes32 blockHash)
        internal
        view
        returns (bytes4 reason, bytes32 value)
    {
        (uint256 index, uint256 validity) = (_index, _ticketValidityPeriod);
        for (uint256 age = 0; age < validity && age < index; age++) {
            uint256 recent = _recent[(index - age) % 8];
            if (recent >> 224 == creationRound) {
                if (recent == _named(creationRound, blockHash)) return (0, 0);
                return Refusal.because(CreationRoundHashMismatch.selector, blockHash);
            }
        }
        return Refusal.because(CreationRoundNotAccepted.selector, creationRound);
    }

    /// @dev A round's number in the topmost 32 bits, in whose place its hash is not known: 224 bits are beyond forging.
    function _named(uint256 round, bytes32 blockHash) private pure returns (uint256) {
        return round << 224 | uint224(uint256(blockHash));
    }

    /// @dev How many rounds were initialized.
    function _now() internal view returns (uint256) {
        return _index;
    }

    /// @dev The last round that was initialized.
    function _lastRound() internal view returns (uint256) {
        return _round;
    }

    /// @dev Among how many a reserve is divided by default.
    function _frozenActiveSetSize() internal view returns (uint256) {
        return _activeSetSize;
    }

    /// @dev The number of the round that begins `index`, if no round is skipped until then.
    function _roundAt(uint256 index) internal view returns (uint256) {
        if (index <= _index) return _round;
        // Initializing the current round, where that is still to be done, is the first step.
        uint256 current = _ROUNDS_MANAGER.currentRound();
        return current + (index - _index) - (current > _round ? 1 : 0);
    }
}
