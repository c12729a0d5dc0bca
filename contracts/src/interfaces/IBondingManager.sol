// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Stake: who works for the network, for how much, and who earns with them.
/// @notice A delegator bonds tokens to an orchestrator (here: transcoder); an orchestrator is who bonds to itself. The
/// pool's orchestrators with the most stake are active from the next round on, and each may then call `reward` once a
/// round. Rewards raise everybody's stake with that orchestrator alike, and fees are shared the same way, after its cut.
/// Rounds are the initialized ones: until a new one is initialized, the last one goes on.
/// @dev Positions in the pool are found without help: the hints that some functions take are ignored. Shares are parts in
/// 10^6 where nothing else is said.
interface IBondingManager {
    enum TranscoderStatus {
        NotRegistered,
        Registered
    }

    enum DelegatorStatus {
        Pending,
        Bonded,
        Unbonded
    }

    event TranscoderUpdate(address indexed transcoder, uint256 rewardCut, uint256 feeShare);
    event TranscoderActivated(address indexed transcoder, uint256 activationRound);
    event TranscoderDeactivated(address indexed transcoder, uint256 deactivationRound);
    event TranscoderSlashed(address indexed transcoder, address finder, uint256 penalty, uint256 finderReward);
    event Reward(address indexed transcoder, uint256 amount);
    event TreasuryReward(address indexed transcoder, address treasury, uint256 amount);
    event RewardCallerSet(address indexed transcoder, address indexed rewardCaller);
    event Bond(
        address indexed newDelegate,
        address indexed oldDelegate,
        address indexed delegator,
        uint256 additionalAmount,
        uint256 bondedAmount
    );
    event Unbond(
        address indexed delegate,
        address indexed delegator,
        uint256 unbondingLockId,
        uint256 amount,
        uint256 withdrawRound
    );
    event Rebond(address indexed delegate, address indexed delegator, uint256 unbondingLockId, uint256 amount);
    event TransferBond(
        address indexed oldDelegator,
        address indexed newDelegator,
        uint256 oldUnbondingLockId,
        uint256 newUnbondingLockId,
        uint256 amount
    );
    event WithdrawStake(address indexed delegator, uint256 unbondingLockId, uint256 amount, uint256 withdrawRound);
    event WithdrawFees(address indexed delegator, address recipient, uint256 amount);
    event EarningsClaimed(
        address indexed delegate,
        address indexed delegator,
        uint256 rewards,
        uint256 fees,
        uint256 startRound,
        uint256 endRound
    );

    /// @notice Nobody can be delegated to, or paid, at this address.
    error InvalidAddress(address account);
    /// @notice Nothing is bonded, and nothing was offered.
    error ZeroAmount();
    /// @notice More than there is.
    error InsufficientAmount(uint256 wanted, uint256 available);
    /// @notice Not bonded, or only from the next round on.
    error NotBonded(address delegator);
    /// @notice Bonded, where only who is not may.
    error StillBonded(address delegator);
    /// @notice Not an orchestrator.
    error NotRegistered(address transcoder);
    /// @notice Not for orchestrators: they unbond first.
    error RegisteredTranscoder(address transcoder);
    /// @notice Not active in this round.
    error NotActive(address transcoder, uint256 round);
    /// @notice The reward of this round is given.
    error AlreadyRewarded(address transcoder, uint256 round);
    /// @notice No such unbonding lock, or no more.
    error InvalidUnbondingLock(address delegator, uint256 unbondingLockId);
    /// @notice What is unbonded is free only in a later round.
    error StillUnbonding(uint256 withdrawRound, uint256 round);
    /// @notice What an orchestrator has unbonding can be slashed, and so may only go back to its own stake.
    error SlashableLock(address delegator, uint256 unbondingLockId);
    /// @notice So many slashable locks are open that slashing could not reach more of them at once.
    error TooManyUnbondingLocks(uint256 locks);
    /// @notice Rates rest at the end of a round, so that delegators see those of the next in time.
    error RoundLocked(uint256 round);
    /// @notice The last round in which it was active lies too far back for what it unbonded since to be held still.
    error OffenceTooOld(address transcoder, uint256 deactivationRound);

    // What delegators do

    /// @notice Bonds to `to`, with all that is bonded already; from the next round on. Needs an allowance for `amount`.
    function bond(uint256 amount, address to) external;

    function bondWithHint(
        uint256 amount,
        address to,
        address oldDelegateNewPosPrev,
        address oldDelegateNewPosNext,
        address currDelegateNewPosPrev,
        address currDelegateNewPosNext
    ) external;

    /// @notice Bonds for `owner`, who must be bonded to `to` already unless it is the caller.
    function bondForWithHint(
        uint256 amount,
        address owner,
        address to,
        address oldDelegateNewPosPrev,
        address oldDelegateNewPosNext,
        address currDelegateNewPosPrev,
        address currDelegateNewPosNext
    ) external;

    /// @notice Takes stake out, to be free in `unbondingPeriod` rounds; first what does not earn yet.
    function unbond(uint256 amount) external;

    function unbondWithHint(uint256 amount, address newPosPrev, address newPosNext) external;

    /// @notice Bonds what is unbonding, to the present delegate.
    function rebond(uint256 unbondingLockId) external;

    function rebondWithHint(uint256 unbondingLockId, address newPosPrev, address newPosNext) external;

    /// @notice Bonds what is unbonding, to `to`; for who has nothing bonded.
    function rebondFromUnbonded(address to, uint256 unbondingLockId) external;

    function rebondFromUnbondedWithHint(address to, uint256 unbondingLockId, address newPosPrev, address newPosNext)
        external;

    /// @notice Gives stake to another delegator, to be bonded to its delegate or, if it has none, to the giver's. Closed
    /// to orchestrators, whose stake could escape slashing.
    /// @dev The lock ids in its events are those that a detour by unbonding would have taken.
    function transferBond(
        address delegator,
        uint256 amount,
        address oldDelegateNewPosPrev,
        address oldDelegateNewPosNext,
        address newDelegateNewPosPrev,
        address newDelegateNewPosNext
    ) external;

    /// @notice Pays out what is free. Goes on while the system is paused.
    function withdrawStake(uint256 unbondingLockId) external;

    /// @notice Pays out fees.
    function withdrawFees(address payable recipient, uint256 amount) external;

    /// @notice Adds what was earned to stake and fees, as every other call here does too.
    /// @param endRound ignored: everything is claimed
    function claimEarnings(uint256 endRound) external;

    /// @notice Notes an account's stake with BondingVotes, after a claim on its behalf. Anybody may.
    function checkpointBondingState(address account) external;

    // What orchestrators do

    /// @notice Sets one's rates, from the next round on.
    /// @param rewardCut what one keeps of rewards
    /// @param feeShare what delegators get of fees
    function transcoder(uint256 rewardCut, uint256 feeShare) external;

    function transcoderWithHint(uint256 rewardCut, uint256 feeShare, address newPosPrev, address newPosNext) external;

    /// @notice Mints this round's reward, for the stake that was there at its start and still is.
    function reward() external;

    function rewardWithHint(address newPosPrev, address newPosNext) external;

    /// @notice `reward` for an orchestrator that named the caller.
    function rewardForTranscoder(address transcoder) external;

    function rewardForTranscoderWithHint(address transcoder, address newPosPrev, address newPosNext) external;

    /// @notice Names who may call `reward` for the caller; the zero address names nobody.
    function setRewardCaller(address rewardCaller) external;

    // What the protocol does

    /// @notice Shares an orchestrator's fees of the present round or an earlier one, of which each that has any must come
    /// before anything else is done with its stake in a later round. TicketBroker only.
    function updateTranscoderWithFees(address transcoder, uint256 fees, uint256 round) external;

    /// @notice Begins the round that RoundsManager has just initialized. RoundsManager only.
    function setCurrentRoundTotalActiveStake() external;

    /// @notice Takes `slashAmount` of all that an orchestrator may have had at stake within the last `unbondingPeriod`
    /// rounds: what it has bonded, its commission, and what it has unbonding. The finder gets `finderFee` of that, and the
    /// rest is burned. Its delegators keep theirs. Verifier only.
    function slashTranscoder(address transcoder, address finder, uint256 slashAmount, uint256 finderFee) external;

    // Parameters

    /// @param unbondingPeriod in rounds, 1 to 1,000
    function setUnbondingPeriod(uint64 unbondingPeriod) external;

    /// @param numActiveTranscoders 1 to 1,000, and at most 20 away from what it is: each goes or comes at once
    function setNumActiveTranscoders(uint256 numActiveTranscoders) external;

    /// @notice What an orchestrator must have bonded itself to be elected. Whoever is elected stays until its stake
    /// changes next.
    /// @param minSelfBond 10^12, below which stake has no rank, to 10^24; rounded up to a multiple of 10^12
    function setMinSelfBond(uint256 minSelfBond) external;

    /// @notice The treasury's part of rewards, from the next round on.
    /// @param cutRate parts in 10^27
    function setTreasuryRewardCutRate(uint256 cutRate) external;

    /// @notice What the treasury may have before its part of rewards becomes 0 (until it is set again). 0: no limit.
    /// @param ceiling at most (2^64 - 1) * 10^12; rounded up to a multiple of 10^12
    function setTreasuryBalanceCeiling(uint256 ceiling) external;

    /// @notice The round in which stake is counted.
    function lastInitializedRound() external view returns (uint256);
    function unbondingPeriod() external view returns (uint64);
    function minSelfBond() external view returns (uint256);
    function treasuryRewardCutRate() external view returns (uint256);
    function nextRoundTreasuryRewardCutRate() external view returns (uint256);
    function treasuryBalanceCeiling() external view returns (uint256);

    // Views

    /// @notice Stake with all that it earned.
    /// @param endRound ignored: now
    function pendingStake(address delegator, uint256 endRound) external view returns (uint256);

    /// @notice Fees with all that were earned, those included that TicketBroker has not handed on yet.
    /// @param endRound ignored: now
    function pendingFees(address delegator, uint256 endRound) external view returns (uint256);

    /// @notice All that is delegated to it, itself included.
    function transcoderTotalStake(address transcoder) external view returns (uint256);

    function transcoderStatus(address transcoder) external view returns (TranscoderStatus);
    function delegatorStatus(address delegator) external view returns (DelegatorStatus);

    /// @return lastRewardRound when it last called `reward`
    /// @return rewardCut from the next round on
    /// @return feeShare from the next round on
    /// @return lastActiveStakeUpdateRound from when on its stake is what it is now
    /// @return activationRound from when on it is active
    /// @return deactivationRound from when on it is not; the greatest uint256 while it is elected
    /// @return activeCumulativeRewards of its commission, what is part of this round's stake
    /// @return cumulativeRewards its commission since it last claimed
    /// @return cumulativeFees its part of fees since it last claimed
    /// @return lastFeeRound the last round from which fees came
    function getTranscoder(address transcoder)
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
        );

    /// @notice A round up to the next one. The factors are those at its end, and 0 where it brought neither reward nor
    /// fees; they are parts in 10^27.
    function getTranscoderEarningsPoolForRound(address transcoder, uint256 round)
        external
        view
        returns (
            uint256 totalStake,
            uint256 transcoderRewardCut,
            uint256 transcoderFeeShare,
            uint256 cumulativeRewardFactor,
            uint256 cumulativeFeeFactor
        );

    /// @notice `bondedAmount` and `fees` as of `lastClaimRound`; `delegatedAmount` is what others, and it, delegate to it.
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
        );

    function getDelegatorUnbondingLock(address delegator, uint256 unbondingLockId)
        external
        view
        returns (uint256 amount, uint256 withdrawRound);

    function isValidUnbondingLock(address delegator, uint256 unbondingLockId) external view returns (bool);

    /// @notice The elected with the most stake. Costs the whole pool.
    function getFirstTranscoderInPool() external view returns (address);

    /// @notice The elected that follows, by stake; zero after the last. Costs the whole pool.
    function getNextTranscoderInPool(address transcoder) external view returns (address);

    function getTranscoderPoolSize() external view returns (uint256);
    function getTranscoderPoolMaxSize() external view returns (uint256);

    /// @notice What is bonded in the whole: the stake of those active in this round.
    function getTotalBonded() external view returns (uint256);
    function currentRoundTotalActiveStake() external view returns (uint256);
    function nextRoundTotalActiveStake() external view returns (uint256);
    function isActiveTranscoder(address transcoder) external view returns (bool);

    /// @notice The rounds in which it is active: what `isActiveTranscoder` tells, for who knows the round.
    /// @return activationRound from when on it is active; 0 if it never was elected
    /// @return deactivationRound from when on it is not; the greatest uint32 while it is elected, 0 if it never was
    function termOf(address transcoder) external view returns (uint256 activationRound, uint256 deactivationRound);

    function isRegisteredTranscoder(address transcoder) external view returns (bool);
    function transcoderToRewardCaller(address transcoder) external view returns (address);
}
