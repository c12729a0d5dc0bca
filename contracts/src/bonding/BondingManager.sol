// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IManager} from "../interfaces/IManager.sol";
import {BondingState, Siblings} from "./BondingState.sol";
import {Bonds} from "./Bonds.sol";
import {Election} from "./Election.sol";
import {Ledger} from "./Ledger.sol";
import {Rewards} from "./Rewards.sol";
import {Shares} from "./Shares.sol";
import {Slashing} from "./Slashing.sol";

/// @title See IBondingManager.
/// @dev BondingState ← Claims ← Bonds, Rewards and Slashing; all of them upon Ledger (Shares, Election, Tournament). Siblings are immutables: an
/// upgrade of this contract names them again.
contract BondingManager is Bonds, Rewards, Slashing {
    using Ledger for Election.State;

    constructor(Siblings memory siblings) BondingState(siblings) {}

    function initialize(
        address controller_,
        uint256 unbondingPeriod_,
        uint256 numActiveTranscoders,
        uint256 minSelfBond_
    ) external initializer {
        _setController(controller_);
        _setUnbondingPeriod(unbondingPeriod_);
        _setPoolMaxSize(numActiveTranscoders);
        _setMinSelfBond(minSelfBond_);
    }

    /// @inheritdoc IManager
    function targetContractId() external pure override returns (bytes32) {
        return keccak256("BondingManagerTarget");
    }

    /// @inheritdoc IBondingManager
    function pendingStake(address delegator, uint256) external view returns (uint256) {
        (uint256 stake,) = _pending(delegator);
        return stake;
    }

    /// @inheritdoc IBondingManager
    function pendingFees(address delegator, uint256) external view returns (uint256) {
        (, uint256 fees) = _pending(delegator);
        return fees;
    }

    /// @inheritdoc IBondingManager
    function transcoderTotalStake(address transcoder_) external view returns (uint256) {
        return _state.transcoders[transcoder_].stake;
    }

    /// @inheritdoc IBondingManager
    function transcoderStatus(address transcoder_) external view returns (TranscoderStatus) {
        return _isRegistered(transcoder_) ? TranscoderStatus.Registered : TranscoderStatus.NotRegistered;
    }

    /// @inheritdoc IBondingManager
    function delegatorStatus(address delegator) external view returns (DelegatorStatus) {
        Shares.Delegator storage d = _state.delegators[delegator];
        if (d.delegate == address(0)) return DelegatorStatus.Unbonded;
        return d.startRound > _round ? DelegatorStatus.Pending : DelegatorStatus.Bonded;
    }

    /// @inheritdoc IBondingManager
    function getTranscoder(address transcoder_)
        external
        view
        returns (
            uint256 lastRewardRound,
            uint256 rewardCut,
            uint256 feeShare,
            uint256 lastActiveStakeUpdateRound,
            uint256 activationRound,
            uint256 deactivationRound,
            uint256 activeCumulativeRewards,
            uint256 cumulativeRewards,
            uint256 cumulativeFees,
            uint256 lastFeeRound
        )
    {
        Shares.Transcoder storage t = _state.transcoders[transcoder_];
        lastRewardRound = t.lastRewardRound;
        (rewardCut, feeShare) = (t.rewardCut, t.feeShare);
        lastActiveStakeUpdateRound = t.stakeRound == 0 ? 0 : uint256(t.stakeRound) + 1;
        activationRound = t.activationRound;
        deactivationRound = t.deactivationRound == Election.NEVER ? type(uint256).max : t.deactivationRound;
        activeCumulativeRewards = _state.activeCommission(transcoder_, _round);
        cumulativeRewards = t.commission;
        cumulativeFees = t.fees;
        lastFeeRound = t.lastFeeRound;
    }

    /// @inheritdoc IBondingManager
    function getTranscoderEarningsPoolForRound(address transcoder_, uint256 round)
        external
        view
        returns (
            uint256 totalStake,
            uint256 transcoderRewardCut,
            uint256 transcoderFeeShare,
            uint256 cumulativeRewardFactor,
            uint256 cumulativeFeeFactor
        )
    {
        Shares.Transcoder storage t = _state.transcoders[transcoder_];
        (totalStake,) = _BONDING_VOTES.getVotesAndDelegateAtRoundStart(transcoder_, round);
        (transcoderRewardCut, transcoderFeeShare) = _state.ratesAt(transcoder_, round);
        Shares.Pool memory pool = t.pools[round];
        (cumulativeRewardFactor, cumulativeFeeFactor) = (pool.rewardFactor, pool.feeFactor);
    }

    /// @inheritdoc IBondingManager
    function getDelegator(address delegator)
        external
        view
        returns (
            uint256 bondedAmount,
            uint256 fees,
            address delegateAddress,
            uint256 delegatedAmount,
            uint256 startRound,
            uint256 lastClaimRound,
            uint256 nextUnbondingLockId
        )
    {
        Shares.Delegator storage d = _state.delegators[delegator];
        bondedAmount = Election.bondedBy(_state, delegator);
        (fees, delegateAddress) = (d.fees, d.delegate);
        delegatedAmount = _state.transcoders[delegator].stake;
        (startRound, lastClaimRound, nextUnbondingLockId) = (d.startRound, d.lastClaimRound, d.nextLockId);
    }

    /// @inheritdoc IBondingManager
    function getDelegatorUnbondingLock(address delegator, uint256 unbondingLockId)
        external
        view
        returns (uint256 amount, uint256 withdrawRound)
    {
        Election.UnbondingLock storage lock = _state.locks[delegator][unbondingLockId];
        return (lock.amount, lock.withdrawRound);
    }

    /// @inheritdoc IBondingManager
    function isValidUnbondingLock(address delegator, uint256 unbondingLockId) external view returns (bool) {
        return _state.locks[delegator][unbondingLockId].withdrawRound != 0;
    }

    /// @inheritdoc IBondingManager
    function getTranscoderPoolSize() external view returns (uint256) {
        return _state.size;
    }

    /// @inheritdoc IBondingManager
    function getTranscoderPoolMaxSize() external view returns (uint256) {
        return _state.poolMaxSize;
    }

    /// @inheritdoc IBondingManager
    function getFirstTranscoderInPool() external view returns (address) {
        return _state.following(address(0));
    }

    /// @inheritdoc IBondingManager
    function getNextTranscoderInPool(address transcoder_) external view returns (address) {
        return transcoder_ == address(0) ? address(0) : _state.following(transcoder_);
    }

    /// @inheritdoc IBondingManager
    function getTotalBonded() external view returns (uint256) {
        return _state.currentTotal;
    }

    /// @inheritdoc IBondingManager
    function currentRoundTotalActiveStake() external view returns (uint256) {
        return _state.currentTotal;
    }

    /// @inheritdoc IBondingManager
    function nextRoundTotalActiveStake() external view returns (uint256) {
        return _state.nextTotal;
    }

    /// @inheritdoc IBondingManager
    function isActiveTranscoder(address transcoder_) external view returns (bool) {
        return _isActive(_state.transcoders[transcoder_]);
    }

    /// @inheritdoc IBondingManager
    function termOf(address transcoder_) external view returns (uint256, uint256) {
        Shares.Transcoder storage t = _state.transcoders[transcoder_];
        return (t.activationRound, t.deactivationRound);
    }

    /// @inheritdoc IBondingManager
    function isRegisteredTranscoder(address transcoder_) external view returns (bool) {
        return _isRegistered(transcoder_);
    }

    function _pending(address account) private view returns (uint256 stake, uint256 fees) {
        (uint256 unsettled, uint256 round) = _TICKET_BROKER.unsettledFees(_state.delegators[account].delegate);
        return _state.pending(account, _round, unsettled, round);
    }
}
