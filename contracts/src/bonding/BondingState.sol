// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Manager} from "../Manager.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IBondingVotes} from "../interfaces/IBondingVotes.sol";
import {IMinter} from "../interfaces/IMinter.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Election} from "./Election.sol";
import {Ledger} from "./Ledger.sol";
import {Shares} from "./Shares.sol";

/// @dev The contracts that stake moves through; proxies where they have one.
struct Siblings {
    IERC20 token;
    IMinter minter;
    IRoundsManager roundsManager;
    ITicketBroker ticketBroker;
    IBondingVotes bondingVotes;
    address treasury;
}

/// @title What BondingManager keeps, and its parameters.
abstract contract BondingState is IBondingManager, Manager {
    using Ledger for Election.State;
    using SafeCast for uint256;

    /// @notice More would make the views of the pool too costly to call.
    uint256 internal constant _MAX_POOL = 1000;
    /// @notice A year of daily rounds, thrice: stake that takes longer was never meant to come back.
    uint256 internal constant _MAX_UNBONDING_PERIOD = 1000;
    uint256 internal constant _MAX_MIN_SELF_BOND = 1e24;
    /// @dev Two hundred times all that stakes can be.
    uint256 internal constant _MAX_CEILING = type(uint64).max * Shares.GRAIN;
    /// @dev Each costs about 60,000 gas to let in or out.
    uint256 internal constant _MAX_RESIZE = 20;

    IERC20 internal immutable _TOKEN;
    IMinter internal immutable _MINTER;
    IRoundsManager internal immutable _ROUNDS_MANAGER;
    ITicketBroker internal immutable _TICKET_BROKER;
    IBondingVotes internal immutable _BONDING_VOTES;
    address internal immutable _TREASURY;

    // With the controller and the switch in one slot: what every call reads.
    uint32 internal _round;
    uint16 internal _unbondingPeriod;
    /// @dev By `Shares.GRAIN`.
    uint40 private _minSelfBond;

    Election.State internal _state;

    /// @dev Neither paused nor before the first round.
    modifier whenRunning() {
        _checkRunning();
        _;
    }

    constructor(Siblings memory siblings) {
        _TOKEN = siblings.token;
        _MINTER = siblings.minter;
        _ROUNDS_MANAGER = siblings.roundsManager;
        _TICKET_BROKER = siblings.ticketBroker;
        _BONDING_VOTES = siblings.bondingVotes;
        _TREASURY = siblings.treasury;
    }

    /// @inheritdoc IBondingManager
    function setCurrentRoundTotalActiveStake() external {
        if (msg.sender != address(_ROUNDS_MANAGER)) revert NotAuthorized(msg.sender);
        uint256 round = _ROUNDS_MANAGER.lastInitializedRound();
        uint256 total = _state.nextTotal;
        uint256 last = _round;
        _round = round.toUint32();
        _state.currentTotal = total.toUint96();
        uint96 cut = _state.nextTreasuryCut;
        if (_state.treasuryCut != cut) {
            _state.treasuryCut = cut;
            emit ParameterUpdate("treasuryRewardCutRate");
        }
        if (round != last + 1) _BONDING_VOTES.checkpointSkippedRounds(last, round);
        _BONDING_VOTES.checkpointTotalActiveStake(total, round);
    }

    /// @inheritdoc IBondingManager
    function setUnbondingPeriod(uint64 unbondingPeriod_) external onlyControllerOwner {
        _setUnbondingPeriod(unbondingPeriod_);
    }

    /// @inheritdoc IBondingManager
    function setNumActiveTranscoders(uint256 numActiveTranscoders) external onlyControllerOwner {
        uint256 size = _state.poolMaxSize;
        uint256 least = size > _MAX_RESIZE ? size - _MAX_RESIZE : 1;
        uint256 most = size + _MAX_RESIZE;
        _setPoolMaxSize(_bounded(numActiveTranscoders, least, most > _MAX_POOL ? _MAX_POOL : most));
    }

    /// @inheritdoc IBondingManager
    function setMinSelfBond(uint256 minSelfBond_) external onlyControllerOwner {
        _setMinSelfBond(minSelfBond_);
    }

    /// @inheritdoc IBondingManager
    function setTreasuryRewardCutRate(uint256 cutRate) external onlyControllerOwner {
        _setNextTreasuryCut(_bounded(cutRate, 0, Shares.ONE));
    }

    /// @inheritdoc IBondingManager
    function setTreasuryBalanceCeiling(uint256 ceiling) external onlyControllerOwner {
        _state.treasuryCeiling = _grains(_bounded(ceiling, 0, _MAX_CEILING)).toUint64();
        emit ParameterUpdate("treasuryBalanceCeiling");
    }

    /// @inheritdoc IBondingManager
    function lastInitializedRound() external view returns (uint256) {
        return _round;
    }

    /// @inheritdoc IBondingManager
    function unbondingPeriod() external view returns (uint64) {
        return _unbondingPeriod;
    }

    /// @inheritdoc IBondingManager
    function minSelfBond() external view returns (uint256) {
        return _leastSelfBond();
    }

    /// @inheritdoc IBondingManager
    function treasuryRewardCutRate() external view returns (uint256) {
        return _state.treasuryCut;
    }

    /// @inheritdoc IBondingManager
    function nextRoundTreasuryRewardCutRate() external view returns (uint256) {
        return _state.nextTreasuryCut;
    }

    /// @inheritdoc IBondingManager
    function treasuryBalanceCeiling() external view returns (uint256) {
        return _state.treasuryCeiling * Shares.GRAIN;
    }

    function _setUnbondingPeriod(uint256 unbondingPeriod_) internal {
        _unbondingPeriod = _bounded(unbondingPeriod_, 1, _MAX_UNBONDING_PERIOD).toUint16();
        emit ParameterUpdate("unbondingPeriod");
    }

    function _setMinSelfBond(uint256 minSelfBond_) internal {
        _minSelfBond = _grains(_bounded(minSelfBond_, Shares.GRAIN, _MAX_MIN_SELF_BOND)).toUint40();
        emit ParameterUpdate("minSelfBond");
    }

    function _setPoolMaxSize(uint256 poolMaxSize) internal {
        _state.resize(_round, _bounded(poolMaxSize, 1, _MAX_POOL));
        emit ParameterUpdate("numActiveTranscoders");
    }

    function _setNextTreasuryCut(uint256 cutRate) internal {
        _state.nextTreasuryCut = cutRate.toUint96();
        emit ParameterUpdate("nextRoundTreasuryRewardCutRate");
    }

    function _checkRunning() private view {
        if (_systemPaused()) revert SystemPaused();
        if (_round == 0) revert RoundNotInitialized(0);
    }

    /// @dev In the unit of stakes.
    function _leastSelfBond() internal view returns (uint256) {
        return _minSelfBond * Shares.GRAIN;
    }

    /// @dev Rounded up, so that what is not nothing stays something.
    function _grains(uint256 amount) private pure returns (uint256) {
        return Math.ceilDiv(amount, Shares.GRAIN);
    }

    /// @dev Whether an account is bonded to itself.
    function _isRegistered(address account) internal view returns (bool) {
        return _state.delegators[account].delegate == account;
    }

    function _isActive(Shares.Transcoder storage t) internal view returns (bool) {
        uint256 round = _round;
        return t.activationRound <= round && round < t.deactivationRound;
    }
}
