// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IManager} from "../interfaces/IManager.sol";
import {BondingState, Siblings} from "./BondingState.sol";
import {Bonds} from "./Bonds.sol";
import {Rewards} from "./Rewards.sol";
import {Shares} from "./Shares.sol";
import {Slashing} from "./Slashing.sol";

/// @title See IBondingManager.
/// @dev BondingState ← ActiveSet (PackedHeap) ← Claims (Shares) ← Bonds, Rewards and Slashing. Siblings are immutables: an
/// upgrade of this contract names them again.
contract BondingManager is Bonds, Rewards, Slashing {
    using Checkpoints for Checkpoints.Trace224;
    using Shares for Shares.Delegator;
    using Shares for Shares.Transcoder;

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
        return _transcoders[transcoder_].stake;
    }

    /// @inheritdoc IBondingManager
    function transcoderStatus(address transcoder_) external view returns (TranscoderStatus) {
        return _isRegistered(transcoder_) ? TranscoderStatus.Registered : TranscoderStatus.NotRegistered;
    }

    /// @inheritdoc IBondingManager
    function delegatorStatus(address delegator) external view returns (DelegatorStatus) {
        Shares.Delegator storage d = _delegators[delegator];
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
        Shares.Transcoder storage t = _transcoders[transcoder_];
        lastRewardRound = t.lastRewardRound;
        (rewardCut, feeShare) = (t.rewardCut, t.feeShare);
        lastActiveStakeUpdateRound = t.stakeRound == 0 ? 0 : uint256(t.stakeRound) + 1;
        activationRound = t.activationRound;
        deactivationRound = t.deactivationRound == _NEVER ? type(uint256).max : t.deactivationRound;
        activeCumulativeRewards = t.activeCommission(_round);
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
        Shares.Transcoder storage t = _transcoders[transcoder_];
        (totalStake,) = _BONDING_VOTES.getVotesAndDelegateAtRoundStart(transcoder_, round);
        uint256 rates = t.rates.upperLookupRecent(uint32(round));
        (transcoderRewardCut, transcoderFeeShare) = (rates >> 24, uint24(rates));
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
        Shares.Delegator storage d = _delegators[delegator];
        bondedAmount = _bondedBy(delegator);
        (fees, delegateAddress) = (d.fees, d.delegate);
        delegatedAmount = _transcoders[delegator].stake;
        (startRound, lastClaimRound, nextUnbondingLockId) = (d.startRound, d.lastClaimRound, d.nextLockId);
    }

    /// @inheritdoc IBondingManager
    function getDelegatorUnbondingLock(address delegator, uint256 unbondingLockId)
        external
        view
        returns (uint256 amount, uint256 withdrawRound)
    {
        UnbondingLock storage lock = _locks[delegator][unbondingLockId];
        return (lock.amount, lock.withdrawRound);
    }

    /// @inheritdoc IBondingManager
    function isValidUnbondingLock(address delegator, uint256 unbondingLockId) external view returns (bool) {
        return _locks[delegator][unbondingLockId].withdrawRound != 0;
    }

    /// @inheritdoc IBondingManager
    function getTotalBonded() external view returns (uint256) {
        return _currentTotal;
    }

    /// @inheritdoc IBondingManager
    function currentRoundTotalActiveStake() external view returns (uint256) {
        return _currentTotal;
    }

    /// @inheritdoc IBondingManager
    function nextRoundTotalActiveStake() external view returns (uint256) {
        return _nextTotal;
    }

    /// @inheritdoc IBondingManager
    function isActiveTranscoder(address transcoder_) external view returns (bool) {
        return _isActive(_transcoders[transcoder_]);
    }

    /// @inheritdoc IBondingManager
    function isRegisteredTranscoder(address transcoder_) external view returns (bool) {
        return _isRegistered(transcoder_);
    }

    function _pending(address account) private view returns (uint256 stake, uint256 fees) {
        Shares.Delegator storage d = _delegators[account];
        (stake, fees) = (_bondedBy(account), d.fees);
        address delegate = d.delegate;
        if (delegate == address(0)) return (stake, fees + _transcoders[account].fees);
        Shares.Transcoder storage t = _transcoders[delegate];
        (uint256 unsettled, uint256 round) = _TICKET_BROKER.unsettledFees(delegate);
        uint256 feeFactor = t.feeFactor;
        uint256 own;
        if (unsettled != 0) (feeFactor, own) = t.withFees(round, unsettled);
        (uint256 bonded, uint256 waiting, uint256 earned) = d.preview(t, _round, feeFactor, unsettled == 0 ? 0 : round);
        (stake, fees) = (bonded + waiting, fees + earned);
        if (delegate == account) (stake, fees) = (stake + t.commission, fees + t.fees + own);
        else fees += _transcoders[account].fees;
    }
}
