// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {Manager} from "../Manager.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IBondingVotes} from "../interfaces/IBondingVotes.sol";
import {IManager} from "../interfaces/IManager.sol";
import {Heads} from "./Heads.sol";
import {Shares} from "./Shares.sol";

/// @title See IBondingVotes.
/// @dev A checkpoint is one slot: stakes in 96 bits (79 billion tokens), and the round of the delegate's last reward, from
/// which follows the factor that the stake is worth. An orchestrator's has its own stake and all that is delegated to it; a
/// delegator's has its stake and what of it waits. Beside the number of checkpoints is the present delegate (see Heads);
/// earlier ones are kept from the first change on.
contract BondingVotes is IBondingVotes, Manager {
    using Heads for uint256;
    using Math for uint256;
    using SafeCast for uint256;
    using Checkpoints for Checkpoints.Trace160;
    using Checkpoints for Checkpoints.Trace224;

    uint256 private constant _INITIALIZED = 1 << 255;

    IBondingManager private immutable _BONDING_MANAGER;

    mapping(address account => uint256) private _heads;
    /// @dev By index: the start round in the topmost 32 bits, what `_packed` makes in the others.
    mapping(address account => mapping(uint256 index => uint256)) private _stakes;
    mapping(address account => Checkpoints.Trace160) private _delegates;
    /// @dev By round: `_INITIALIZED` and the stake that was active in it.
    mapping(uint256 round => uint256) private _totals;
    /// @dev Where rounds were left out: the last before them, by the first after them.
    Checkpoints.Trace224 private _gaps;

    modifier onlyBondingManager() {
        if (msg.sender != address(_BONDING_MANAGER)) revert InvalidCaller(msg.sender, address(_BONDING_MANAGER));
        _;
    }

    constructor(IBondingManager bondingManager) {
        _BONDING_MANAGER = bondingManager;
    }

    function initialize(address controller_) external initializer {
        _setController(controller_);
    }

    /// @inheritdoc IBondingVotes
    function checkpointBondingState(
        address account,
        uint256 startRound,
        uint256 bondedAmount,
        address delegateAddress,
        uint256 delegatedAmount,
        uint256 lastClaimRound,
        uint256 lastRewardRound
    ) external onlyBondingManager {
        if (lastClaimRound >= startRound) {
            revert FutureLastClaimRound(lastClaimRound, startRound - 1);
        }
        uint256 stake = _packed(bondedAmount, delegateAddress == account ? delegatedAmount : 0, lastRewardRound);
        _note(account, startRound, stake, delegateAddress);
    }

    /// @inheritdoc IBondingVotes
    function checkpointWaitingStake(address account, uint256 startRound, uint256 waiting) external onlyBondingManager {
        // Not the one in the head, which is of an account bonded to itself.
        uint256 last = _heads[account].count() - 1;
        uint256 stake = _stakes[account][last];
        if (stake >> 224 != startRound) revert InvalidStartRound(startRound, stake >> 224);
        (uint256 bonded,, uint256 lastRewardRound) = _unpacked(stake);
        _stakes[account][last] = startRound << 224 | _packed(bonded, waiting, lastRewardRound);
    }

    /// @inheritdoc IBondingVotes
    function checkpointTotalActiveStake(uint256 totalStake, uint256 round) external onlyBondingManager {
        if (_totals[round] != 0) revert InvalidTotalStakeCheckpointRound(round, clock() + 1);
        _totals[round] = _INITIALIZED | totalStake.toUint224();
    }

    /// @inheritdoc IBondingVotes
    function checkpointSkippedRounds(uint256 lastRound, uint256 round) external onlyBondingManager {
        _gaps.push(round.toUint32(), lastRound.toUint224());
    }

    /// @inheritdoc IVotes
    function getVotes(address account) external view returns (uint256 votes) {
        (votes,) = getVotesAndDelegateAtRoundStart(account, uint256(clock()) + 1);
    }

    /// @inheritdoc IVotes
    function getPastVotes(address account, uint256 round) external view returns (uint256 votes) {
        _checkPast(round);
        (votes,) = getVotesAndDelegateAtRoundStart(account, round + 1);
    }

    /// @inheritdoc IVotes
    function getPastTotalSupply(uint256 round) external view returns (uint256) {
        _checkPast(round);
        return getTotalActiveStakeAt(round + 1);
    }

    /// @inheritdoc IBondingVotes
    function totalSupply() external view returns (uint256) {
        return getTotalActiveStakeAt(clock());
    }

    /// @inheritdoc IVotes
    function delegates(address account) external view returns (address) {
        return _delegateAt(account, uint256(clock()) + 1);
    }

    /// @inheritdoc IBondingVotes
    function delegatedAt(address account, uint256 round) external view returns (address) {
        _checkPast(round);
        return _delegateAt(account, round + 1);
    }

    /// @inheritdoc IBondingVotes
    function hasCheckpoint(address account) external view returns (bool) {
        return _heads[account] != 0;
    }

    /// @inheritdoc IVotes
    function delegate(address) external pure {
        revert MustCallBondingManager("bond");
    }

    /// @inheritdoc IVotes
    function delegateBySig(address, uint256, uint256, uint8, bytes32, bytes32) external pure {
        revert MustCallBondingManager("bondFor");
    }

    /// @inheritdoc IERC6372
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=livepeer_round";
    }

    /// @inheritdoc IBondingVotes
    function name() external pure returns (string memory) {
        return "Headwater Voting Power";
    }

    /// @inheritdoc IBondingVotes
    function symbol() external pure returns (string memory) {
        return "vHWT";
    }

    /// @inheritdoc IBondingVotes
    function decimals() external pure returns (uint8) {
        return 18;
    }

    /// @inheritdoc IManager
    function targetContractId() external pure override returns (bytes32) {
        return keccak256("BondingVotesTarget");
    }

    /// @inheritdoc IERC6372
    /// @dev BondingManager's: kept here too, each new round would cost a slot more, and each checkpoint a look at it.
    function clock() public view returns (uint48) {
        return _BONDING_MANAGER.lastInitializedRound().toUint48();
    }

    /// @inheritdoc IBondingVotes
    function getTotalActiveStakeAt(uint256 round) public view returns (uint256) {
        uint256 present = clock();
        if (round > present) revert FutureLookup(round, present);
        uint256 total = _totals[round];
        if (total == 0) {
            uint256 before = _gaps.lowerLookup(round.toUint32());
            // Before the first of all there is none.
            if (before < round) total = _totals[before];
        }
        return total & ~_INITIALIZED;
    }

    /// @inheritdoc IBondingVotes
    function getVotesAndDelegateAtRoundStart(address account, uint256 round)
        public
        view
        returns (uint256 votes, address delegateAddress)
    {
        uint256 next = uint256(clock()) + 1;
        if (round > next) revert FutureLookup(round, next);
        delegateAddress = _delegateAt(account, round);
        if (delegateAddress == address(0)) return (0, delegateAddress);
        uint256 stake = _stakeAt(account, round);
        (uint256 bonded, uint256 other,) = _unpacked(stake);
        if (delegateAddress == account) return (other, delegateAddress);
        // Only an orchestrator's delegators vote.
        if (_delegateAt(delegateAddress, round) != delegateAddress) return (0, delegateAddress);
        (,, uint256 lastReward) = _unpacked(_stakeAt(delegateAddress, round));
        uint256 end = _factor(delegateAddress, lastReward);
        votes = (bonded - other).mulDiv(end, _startFactor(delegateAddress, stake));
        if (other != 0) votes += other.mulDiv(end, _endFactor(delegateAddress, (stake >> 224) - 1));
    }

    function _note(address account, uint256 startRound, uint256 stake, address delegateAddress) private {
        uint256 head = _heads[account];
        uint256 count = head.count();
        uint256 previous = count == 0 ? 0 : _checkpointAt(account, head, count - 1);
        address before = _presentDelegate(account, head);
        // A search needs them in order.
        if (previous >> 224 > startRound) revert InvalidStartRound(startRound, previous >> 224);
        if (count == 0 || previous >> 224 != startRound) count++;
        uint256 present = startRound << 224 | stake;
        bool unmoved = before == delegateAddress;
        if (count == 1 && delegateAddress == account && (head == 0 || head.isOwn()) && present.hasRoom()) {
            _heads[account] = present.ofOwn();
        } else {
            _stakes[account][count - 1] = present;
            bool follows = head.isOwn() && count > 1;
            _heads[account] = follows ? head.followed(count, !unmoved) : Heads.elsewhere(delegateAddress, count);
        }
        if (!unmoved) _noteDelegate(account, startRound, before, delegateAddress, previous != 0);
        bool own = delegateAddress == account;
        _noteVotes(account, before == account ? _votesIn(previous) : 0, own ? _votesIn(stake) : 0);
        _noteBonded(account, before == account, own, previous, present);
    }

    function _noteDelegate(address account, uint256 startRound, address before, address present, bool known) private {
        Checkpoints.Trace160 storage trace = _delegates[account];
        if (known) {
            if (trace.length() == 0) trace.push(0, uint160(before));
            trace.push(startRound.toUint96(), uint160(present));
        }
        emit DelegateChanged(account, before, present);
    }

    function _noteVotes(address account, uint256 before, uint256 votes) private {
        if (before != votes) emit DelegateVotesChanged(account, before, votes);
    }

    function _noteBonded(address account, bool wasOwn, bool own, uint256 previous, uint256 present) private {
        (uint256 before,,) = _unpacked(previous);
        (uint256 bonded,,) = _unpacked(present);
        uint256 claimed = wasOwn || previous == 0 ? 0 : (previous >> 224) - 1;
        // Stake only changes with a claim in the same round.
        uint256 claim = (present >> 224) - 1;
        if (before == bonded && (own || claimed == claim)) return;
        emit DelegatorBondedAmountChanged(account, before, claimed, bonded, claim);
    }

    function _votesIn(uint256 stake) private pure returns (uint256 votes) {
        (, votes,) = _unpacked(stake);
    }

    function _delegateAt(address account, uint256 round) private view returns (address) {
        Checkpoints.Trace160 storage trace = _delegates[account];
        if (_stakeAt(account, round) == 0) return address(0);
        if (trace.length() == 0) return _presentDelegate(account, _heads[account]);
        return address(trace.upperLookupRecent(round.toUint96()));
    }

    function _presentDelegate(address account, uint256 head) private view returns (address) {
        (bool known, address present) = head.delegateOf(account);
        return known ? present : address(_delegates[account].latest());
    }

    /// @dev The last checkpoint up to `round`, or 0.
    function _stakeAt(address account, uint256 round) private view returns (uint256) {
        uint256 head = _heads[account];
        uint256 low;
        uint256 high = head.count();
        while (low < high) {
            uint256 middle = Math.average(low, high);
            if (_checkpointAt(account, head, middle) >> 224 > round) high = middle;
            else low = middle + 1;
        }
        return high == 0 ? 0 : _checkpointAt(account, head, high - 1);
    }

    function _checkpointAt(address account, uint256 head, uint256 index) private view returns (uint256) {
        return index == 0 && head.isOwn() ? head.first() : _stakes[account][index];
    }

    /// @dev What a stake that was there from the start had been multiplied by, when `stake` was noted or, if a reward was
    /// to come that it has no part in, after that.
    function _startFactor(address transcoder, uint256 stake) private view returns (uint256) {
        (,, uint256 lastReward) = _unpacked(stake);
        if (lastReward == (stake >> 224) - 1) return _endFactor(transcoder, lastReward);
        return _factor(transcoder, lastReward);
    }

    /// @dev The same at the end of a round in which `transcoder` was active, rewarded or not.
    function _endFactor(address transcoder, uint256 round) private view returns (uint256 factor) {
        factor = _factor(transcoder, round);
        if (factor != 0) return factor;
        // It stayed what it was at the round's start, when `transcoder` was an orchestrator, whatever it became since.
        (,, uint256 lastReward) = _unpacked(_stakeAt(transcoder, round));
        return _factor(transcoder, lastReward);
    }

    /// @dev The same after the reward of `round`.
    function _factor(address transcoder, uint256 round) private view returns (uint256 factor) {
        if (round == 0) return Shares.ONE;
        (,,, factor,) = _BONDING_MANAGER.getTranscoderEarningsPoolForRound(transcoder, round);
    }

    function _checkPast(uint256 round) private view {
        uint256 present = clock();
        if (round >= present) revert FutureLookup(round, present == 0 ? 0 : present - 1);
    }

    function _packed(uint256 bonded, uint256 other, uint256 lastReward) private pure returns (uint256) {
        return uint256(bonded.toUint96()) << 128 | uint256(other.toUint96()) << 32 | lastReward.toUint32();
    }

    function _unpacked(uint256 stake) private pure returns (uint256 bonded, uint256 other, uint256 lastReward) {
        return (uint96(stake >> 128), uint96(stake >> 32), uint32(stake));
    }
}
