// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Manager} from "../Manager.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IMinter} from "../interfaces/IMinter.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";

/// @title See IRoundsManager.
contract RoundsManager is IRoundsManager, Manager {
    using Math for uint256;

    /// @notice The unit of `roundLockAmount`.
    uint256 public constant PERC_DIVISOR = 1_000_000;
    /// @notice 139 days of Ethereum's blocks: a longer round is a mistake in the unit.
    uint256 public constant MAX_ROUND_LENGTH = 1_000_000;

    IBondingManager private immutable _BONDING_MANAGER;
    IMinter private immutable _MINTER;
    ITicketBroker private immutable _TICKET_BROKER;

    /// @dev Shares the slot of Manager.
    uint32 private _roundLockAmount;

    uint64 private _roundLength;
    uint64 private _lastRoundLengthUpdateRound;
    uint64 private _lastRoundLengthUpdateStartBlock;
    uint64 private _lastInitializedRound;

    mapping(uint256 round => bytes32) private _hashes;
    mapping(uint256 lip => uint256) private _lipUpgradeRounds;

    constructor(IBondingManager bondingManager, IMinter minter, ITicketBroker ticketBroker) {
        _BONDING_MANAGER = bondingManager;
        _MINTER = minter;
        _TICKET_BROKER = ticketBroker;
    }

    /// @notice Round 0 begins with this block.
    function initialize(address controller_, uint256 roundLength_, uint256 roundLockAmount_) external initializer {
        _setController(controller_);
        _roundLength = uint64(_bounded(roundLength_, 1, MAX_ROUND_LENGTH));
        _roundLockAmount = uint32(_bounded(roundLockAmount_, 0, PERC_DIVISOR));
        _lastRoundLengthUpdateStartBlock = uint64(block.number);
    }

    /// @inheritdoc IRoundsManager
    function initializeRound() external whenSystemNotPaused {
        uint256 round = currentRound();
        uint256 last = _lastInitializedRound;
        if (round <= last) revert RoundAlreadyInitialized(round);
        bytes32 hash = keccak256(abi.encode(block.chainid, round, _hashes[last], blockhash(block.number - 1)));
        _hashes[round] = hash;
        _lastInitializedRound = uint64(round);
        emit NewRound(round, hash);

        _BONDING_MANAGER.setCurrentRoundTotalActiveStake();
        _MINTER.setCurrentRewardTokens();
        _TICKET_BROKER.startRound(uint64(round), hash, uint64(_BONDING_MANAGER.getTranscoderPoolSize()));
    }

    /// @inheritdoc IRoundsManager
    function setRoundLength(uint256 roundLength_) external onlyControllerOwner {
        _bounded(roundLength_, 1, MAX_ROUND_LENGTH);
        // The round that runs keeps its number, counted from its own first block; if it has lasted longer than rounds
        // now do, it ends with this block. Several rounds at once would end unbonding periods early.
        uint256 startBlock = Math.max(currentRoundStartBlock(), (block.number + 1).saturatingSub(roundLength_));
        _lastRoundLengthUpdateRound = uint64(currentRound());
        _lastRoundLengthUpdateStartBlock = uint64(startBlock);
        _roundLength = uint64(roundLength_);
        emit ParameterUpdate("roundLength");
    }

    /// @inheritdoc IRoundsManager
    function setRoundLockAmount(uint256 roundLockAmount_) external onlyControllerOwner {
        _roundLockAmount = uint32(_bounded(roundLockAmount_, 0, PERC_DIVISOR));
        emit ParameterUpdate("roundLockAmount");
    }

    /// @inheritdoc IRoundsManager
    function setLIPUpgradeRound(uint256 lip, uint256 round) external onlyControllerOwner {
        if (_lipUpgradeRounds[lip] != 0) revert UpgradeRoundAlreadySet(lip, _lipUpgradeRounds[lip]);
        _lipUpgradeRounds[lip] = round;
        emit ParameterUpdate("lipUpgradeRound");
    }

    /// @inheritdoc IRoundsManager
    function currentRoundInitialized() external view returns (bool) {
        // Nobody can move either but by initializing.
        // slither-disable-next-line incorrect-equality
        return _lastInitializedRound == currentRound();
    }

    /// @inheritdoc IRoundsManager
    function currentRoundLocked() external view returns (bool) {
        uint256 lockedBlocks = (_roundLength * uint256(_roundLockAmount)) / PERC_DIVISOR;
        return block.number - currentRoundStartBlock() >= _roundLength - lockedBlocks;
    }

    /// @inheritdoc IRoundsManager
    function blockHash(uint256 blockNumber) external view returns (bytes32) {
        if (blockNumber >= block.number || block.number - blockNumber > 256) revert BlockHashUnavailable(blockNumber);
        return blockhash(blockNumber);
    }

    /// @inheritdoc IRoundsManager
    function blockHashForRound(uint256 round) external view returns (bytes32) {
        return _hashes[round];
    }

    /// @inheritdoc IRoundsManager
    function lastInitializedRound() external view returns (uint256) {
        return _lastInitializedRound;
    }

    /// @inheritdoc IRoundsManager
    function blockNum() external view returns (uint256) {
        return block.number;
    }

    /// @inheritdoc IRoundsManager
    function roundLength() external view returns (uint256) {
        return _roundLength;
    }

    /// @inheritdoc IRoundsManager
    function roundLockAmount() external view returns (uint256) {
        return _roundLockAmount;
    }

    /// @inheritdoc IRoundsManager
    function lastRoundLengthUpdateRound() external view returns (uint256) {
        return _lastRoundLengthUpdateRound;
    }

    /// @inheritdoc IRoundsManager
    function lastRoundLengthUpdateStartBlock() external view returns (uint256) {
        return _lastRoundLengthUpdateStartBlock;
    }

    /// @inheritdoc IRoundsManager
    function lipUpgradeRound(uint256 lip) external view returns (uint256) {
        return _lipUpgradeRounds[lip];
    }

    /// @notice The id under which this contract's implementation is registered.
    function targetContractId() external pure override returns (bytes32) {
        return keccak256("RoundsManagerTarget");
    }

    /// @inheritdoc IRoundsManager
    function currentRound() public view returns (uint256) {
        return _lastRoundLengthUpdateRound + (block.number - _lastRoundLengthUpdateStartBlock) / _roundLength;
    }

    /// @inheritdoc IRoundsManager
    function currentRoundStartBlock() public view returns (uint256) {
        uint256 rounds = currentRound() - _lastRoundLengthUpdateRound;
        return _lastRoundLengthUpdateStartBlock + rounds * _roundLength;
    }
}
