// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title What an orchestrator's stake earns, and what of it is whose, in constant time.
/// @notice Each orchestrator has two factors that only grow: by the reward factor every stake with it has been multiplied
/// since it began; the fee factor is the fees that a stake of 1 would have got that was there from the start. A
/// delegator keeps the factors of its last claim, and what it earned since follows from the difference. Both round down,
/// so that parts never exceed the whole.
/// @dev What changes in a round must not change who earns in it. So stake that comes in a round waits for the next (the
/// delegator's `waiting`), and of the stake at the round's start `earning` is what has not left since.
library Shares {
    using Math for uint256;
    using SafeCast for uint256;
    using Checkpoints for Checkpoints.Trace224;

    /// @dev Both factors at a round's end. A round with neither reward nor fees has none.
    struct Pool {
        uint128 rewardFactor;
        uint128 feeFactor;
    }

    struct Delegator {
        address delegate;
        uint32 lastClaimRound;
        uint32 startRound;
        uint32 nextLockId;
        /// @dev What earns, as of the factors of the last claim.
        uint96 bonded;
        /// @dev What was added in `lastClaimRound`, and earns after it.
        uint96 waiting;
        /// @dev The round whose pool has those factors, 0 if there was none yet, or `NOTED`.
        uint32 factorRound;
        /// @dev Where a round's pool could still change.
        uint128 rewardFactor;
        uint128 feeFactor;
        uint128 fees;
    }

    struct Transcoder {
        /// @dev All that is delegated to it, with what is earned; at least the sum of the parts.
        uint96 stake;
        /// @dev The round in which `stake` last changed.
        uint32 stakeRound;
        uint32 lastRewardRound;
        uint32 activationRound;
        uint32 deactivationRound;
        /// @dev Its place among the elected, or among the candidates; 0: in neither.
        uint16 seat;
        /// @dev What was there at the start of `stakeRound` and has not left, at its value then.
        uint96 earning;
        /// @dev Its commission on rewards since it last claimed, which earns like stake, and so is part of `stake`.
        uint96 commission;
        uint24 rewardCut;
        uint24 feeShare;
        /// @dev From when on the rates are these; the old ones are with it, so that who has rates has both slots in use.
        uint32 ratesRound;
        uint24 oldRewardCut;
        uint24 oldFeeShare;
        /// @dev The round of the reward before that of `lastRewardRound`, from whose pool the factor then is known.
        uint32 priorRewardRound;
        /// @dev What of the commission is from `lastRewardRound`, until it is claimed.
        uint96 fresh;
        uint32 lastFeeRound;
        uint96 fees;
        mapping(uint256 round => Pool) pools;
        /// @dev By the round from which on they hold: the cut above the share.
        Checkpoints.Trace224 rates;
    }

    /// @dev Factors are parts in 10^27.
    uint256 internal constant ONE = 1e27;
    /// @dev Shares are parts in 10^6.
    uint256 internal constant WHOLE = 1e6;
    /// @dev Stake is ranked by this much, and what has no rank shares no earnings: factors would leave their bounds.
    uint256 internal constant GRAIN = 1e12;
    /// @dev No round: a delegator's factors stand with it.
    uint32 internal constant NOTED = type(uint32).max;

    /// @notice Both factors now: those of the last pool.
    function factors(Transcoder storage t) internal view returns (Pool memory) {
        return _pool(t, _lastPoolRound(t));
    }

    function factor(Transcoder storage t) internal view returns (uint256) {
        return factors(t).rewardFactor;
    }

    /// @notice Begins with `t`, whose fees are settled, in the next round.
    function adopt(Delegator storage d, Transcoder storage t, address to, uint256 round) internal {
        (uint32 claimRound, uint32 startRound) = (round.toUint32(), (round + 1).toUint32());
        (d.delegate, d.lastClaimRound, d.startRound) = (to, claimRound, startRound);
        // If that is this round, its end counts: all that there is waits.
        d.factorRound = _lastPoolRound(t);
    }

    function ratesAt(Transcoder storage t, uint256 round) internal view returns (uint256 rewardCut, uint256 feeShare) {
        if (round < t.ratesRound) return (t.oldRewardCut, t.oldFeeShare);
        return (t.rewardCut, t.feeShare);
    }

    /// @notice The same for any round that has been.
    function pastRates(Transcoder storage t, uint256 round)
        internal
        view
        returns (uint256 rewardCut, uint256 feeShare)
    {
        uint256 rates = t.rates.upperLookupRecent(round.toUint32());
        return (rates >> 24, rates % (1 << 24));
    }

    /// @dev `rewardCut` and `feeShare` are at most `WHOLE`.
    function setRates(Transcoder storage t, uint256 round, uint256 rewardCut, uint256 feeShare) internal {
        (uint256 oldCut, uint256 oldShare) = ratesAt(t, round);
        (t.oldRewardCut, t.oldFeeShare) = (oldCut.toUint24(), oldShare.toUint24());
        (t.rewardCut, t.feeShare) = (rewardCut.toUint24(), feeShare.toUint24());
        t.ratesRound = (round + 1).toUint32();
        t.rates.push((round + 1).toUint32(), (rewardCut << 24 | feeShare).toUint224());
    }

    /// @notice Freezes what earns in this round, before the first change in it.
    function roll(Transcoder storage t, uint256 round) internal {
        uint256 last = t.stakeRound;
        if (last == round) return;
        // Who never had stake has nothing there: a slot less for who begins.
        if (last != 0) t.earning = t.stake;
        t.stakeRound = round.toUint32();
    }

    /// @notice Stake comes, for the next round.
    function enter(Transcoder storage t, uint256 round, uint256 amount) internal {
        roll(t, round);
        t.stake = (uint256(t.stake) + amount).toUint96();
    }

    /// @notice Stake leaves: `earning` of what earns in this round, and `waiting` of what does not.
    function withdraw(Transcoder storage t, uint256 round, uint256 earning, uint256 waiting) internal {
        roll(t, round);
        t.stake = (uint256(t.stake) - earning - waiting).toUint96();
        uint256 then = t.lastRewardRound == round ? earning.mulDiv(_startFactor(t), factor(t)) : earning;
        t.earning = uint256(t.earning).saturatingSub(then).toUint96();
    }

    /// @notice Adds a round's reward. What cannot be shared, since the factor would leave its bounds, is commission.
    function addReward(Transcoder storage t, uint256 round, uint256 amount) internal {
        (uint256 rewardCut,) = ratesAt(t, round);
        uint256 earning = t.earning;
        Pool memory last = factors(t);
        uint256 before = last.rewardFactor;
        uint256 commission = amount.mulDiv(rewardCut, WHOLE);
        uint256 next = earning < GRAIN ? type(uint256).max : before.mulDiv(earning + amount - commission, earning);
        if (next > type(uint128).max) (commission, next) = (amount, before);
        uint256 whole = uint256(t.commission).mulDiv(next, before) + commission;
        _noteReward(
            t, (uint256(t.stake) + amount).toUint96(), whole.toUint96(), commission.toUint96(), round.toUint32()
        );
        t.pools[round] = Pool(next.toUint128(), last.feeFactor);
    }

    /// @dev Fields of one slot follow each other, so that they are written at once.
    function _noteReward(Transcoder storage t, uint96 stake, uint96 commission, uint96 fresh, uint32 round) private {
        uint32 prior = t.lastRewardRound;
        t.commission = commission;
        (t.fresh, t.priorRewardRound) = (fresh, prior);
        (t.stake, t.lastRewardRound) = (stake, round);
    }

    /// @notice Adds fees of `round`, after which there has been neither reward nor any change of stake.
    function addFees(Transcoder storage t, uint256 round, uint256 amount) internal {
        (uint256 feeFactor, uint256 own) = withFees(t, round, amount);
        t.fees = (uint256(t.fees) + own).toUint96();
        t.pools[round] = Pool(factor(t).toUint128(), feeFactor.toUint128());
        t.lastFeeRound = round.toUint32();
    }

    /// @notice The fee factor after such fees, and the orchestrator's own part of them.
    function withFees(Transcoder storage t, uint256 round, uint256 amount)
        internal
        view
        returns (uint256 feeFactor, uint256 own)
    {
        (, uint256 feeShare) = ratesAt(t, round);
        uint256 shared = amount.mulDiv(feeShare, WHOLE);
        uint256 earning = t.stakeRound == round ? t.earning : t.stake;
        uint256 start = t.lastRewardRound == round ? _startFactor(t) : factor(t);
        feeFactor = factors(t).feeFactor;
        if (earning < GRAIN) return (feeFactor, amount);
        uint256 next = feeFactor + shared.mulDiv(start, earning);
        if (next > type(uint128).max) return (feeFactor, amount);
        return (next, amount - shared + shared.mulDiv(activeCommission(t, round), earning));
    }

    /// @notice What of the commission was there at the start of `round`, at its value then.
    function activeCommission(Transcoder storage t, uint256 round) internal view returns (uint256) {
        if (t.lastRewardRound != round || round == 0) return t.commission;
        return uint256(t.commission).saturatingSub(t.fresh).mulDiv(_startFactor(t), factor(t));
    }

    /// @notice What a delegator of `t` has now, commission aside.
    /// @param feeFactor with what is not settled yet, which came in `unsettledRound`
    function preview(
        Delegator storage d,
        Transcoder storage t,
        uint256 round,
        uint256 feeFactor,
        uint256 unsettledRound
    ) internal view returns (uint256 bonded, uint256 waiting, uint256 fees) {
        uint256 now_ = factor(t);
        (bonded, waiting) = (d.bonded, d.waiting);
        if (bonded != 0) {
            Pool memory then = _factorsOf(d, t);
            fees = bonded.mulDiv(feeFactor - then.feeFactor, then.rewardFactor);
            bonded = bonded.mulDiv(now_, then.rewardFactor);
        }
        uint256 since = d.lastClaimRound;
        if (waiting == 0 || since == round) return (bonded, waiting, fees);
        // Waiting stake begins with the factors at the end of its round, or the same as before if nothing came in it.
        Pool memory start = t.pools[since];
        if (start.rewardFactor == 0) start = _factorsOf(d, t);
        uint256 startFees = since == unsettledRound ? feeFactor : start.feeFactor;
        fees += waiting.mulDiv(feeFactor - startFees, start.rewardFactor);
        bonded += waiting.mulDiv(now_, start.rewardFactor);
        waiting = 0;
    }

    /// @notice Brings a delegator of `t` up to date; if `own`, it is the orchestrator, with its commission.
    function settle(Delegator storage d, Transcoder storage t, uint256 round, bool own)
        internal
        returns (uint256 rewards, uint256 fees)
    {
        uint256 had = uint256(d.bonded) + d.waiting;
        Pool memory last = factors(t);
        uint256 feeFactor = last.feeFactor;
        uint256 bonded;
        uint256 waiting;
        (bonded, waiting, fees) = preview(d, t, round, feeFactor, 0);
        if (own) {
            (uint256 earning, uint256 fresh) = takeCommission(t, round);
            (bonded, waiting) = (bonded + earning, waiting + fresh);
            fees += t.fees;
            t.fees = 0;
        }
        rewards = bonded + waiting - had;
        d.lastClaimRound = round.toUint32();
        uint32 pool = _lastPoolRound(t);
        if (pool == round && bonded != 0) {
            // There may be fees to come in this round.
            pool = NOTED;
            (d.rewardFactor, d.feeFactor) = (last.rewardFactor, last.feeFactor);
        }
        _hold(d, bonded.toUint96(), waiting.toUint96(), pool);
        if (fees != 0) d.fees = (uint256(d.fees) + fees).toUint128();
    }

    /// @dev At once, for they are one slot.
    function _hold(Delegator storage d, uint96 bonded, uint96 waiting, uint32 factorRound) private {
        (d.bonded, d.waiting, d.factorRound) = (bonded, waiting, factorRound);
    }

    function takeCommission(Transcoder storage t, uint256 round) internal returns (uint256 earning, uint256 fresh) {
        earning = t.commission;
        if (earning == 0) return (0, 0);
        t.commission = 0;
        if (t.lastRewardRound != round) return (earning, 0);
        fresh = t.fresh;
        t.fresh = 0;
        earning -= fresh;
    }

    /// @dev A delegator's factors as of its last claim.
    function _factorsOf(Delegator storage d, Transcoder storage t) private view returns (Pool memory) {
        uint256 round = d.factorRound;
        return round == NOTED ? Pool(d.rewardFactor, d.feeFactor) : _pool(t, round);
    }

    function _pool(Transcoder storage t, uint256 round) private view returns (Pool memory) {
        return round == 0 ? Pool(uint128(ONE), 0) : t.pools[round];
    }

    /// @dev The last round with a pool. If it is over, the pool stays what it is, its fees being settled.
    function _lastPoolRound(Transcoder storage t) private view returns (uint32) {
        // Without stake there was none, and no other slot to look at.
        if (t.stakeRound == 0) return 0;
        (uint32 reward, uint32 fee) = (t.lastRewardRound, t.lastFeeRound);
        return reward > fee ? reward : fee;
    }

    /// @dev The reward factor before the reward of `lastRewardRound`.
    function _startFactor(Transcoder storage t) private view returns (uint256) {
        return _pool(t, t.priorRewardRound).rewardFactor;
    }
}
