// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Election} from "./Election.sol";
import {Shares} from "./Shares.sol";

/// @title Everything that changes stake, of which BondingManager decides who may.
/// @notice A library of its own, linked by address: one contract has no room for both.
library Ledger {
    using Math for uint256;
    using SafeCast for uint256;
    using Election for Election.State;
    using Shares for Shares.Delegator;
    using Shares for Shares.Transcoder;

    /// @notice So many slashable locks may be open at once, that a slash stays within a block.
    uint256 internal constant MAX_SLASHABLE_LOCKS = 32;

    /// @notice Brings an account that is bonded up to date.
    function settle(Election.State storage s, address account, uint256 round)
        external
        returns (uint256 rewards, uint256 fees)
    {
        Shares.Delegator storage d = s.delegators[account];
        address delegate = d.delegate;
        return d.settle(s.transcoders[delegate], round, delegate == account);
    }

    /// @notice Stake comes to `account`, whose fees are settled, from `owner`, who is up to date; it waits.
    function increase(
        Election.State storage s,
        address owner,
        address account,
        uint256 round,
        uint256 amount,
        uint256 minSelfBond
    ) external {
        Shares.Delegator storage d = s.delegators[owner];
        d.waiting = (uint256(d.waiting) + amount).toUint96();
        Shares.Transcoder storage t = s.transcoders[account];
        uint256 before = t.stake;
        t.enter(round, amount);
        s.rank(account, round, before, minSelfBond);
    }

    /// @notice Stake of `owner`, who is up to date, leaves its delegate: first what waits.
    function decrease(Election.State storage s, address owner, uint256 round, uint256 amount, uint256 minSelfBond)
        external
    {
        Shares.Delegator storage d = s.delegators[owner];
        uint256 idle = amount < d.waiting ? amount : d.waiting;
        _take(s, owner, round, amount - idle, idle, minSelfBond);
    }

    /// @notice Takes `share` of an orchestrator's own stake, which is up to date.
    function slashBond(Election.State storage s, address account, uint256 round, uint256 share, uint256 minSelfBond)
        external
        returns (uint256 penalty)
    {
        Shares.Delegator storage d = s.delegators[account];
        uint256 earning = uint256(d.bonded).mulDiv(share, Shares.WHOLE);
        uint256 idle = uint256(d.waiting).mulDiv(share, Shares.WHOLE);
        _take(s, account, round, earning, idle, minSelfBond);
        return earning + idle;
    }

    /// @notice Takes `share` of what an orchestrator has unbonding.
    function slashLocks(Election.State storage s, address account, uint256 round, uint256 share)
        external
        returns (uint256 penalty)
    {
        uint256 end = s.delegators[account].nextLockId;
        for (uint256 id = end.saturatingSub(MAX_SLASHABLE_LOCKS); id < end; id++) {
            Election.UnbondingLock storage lock = s.locks[account][id];
            if (!lock.slashable || lock.withdrawRound <= round) continue;
            uint256 amount = uint256(lock.amount).mulDiv(share, Shares.WHOLE);
            lock.amount -= amount.toUint128();
            penalty += amount;
        }
    }

    function addReward(Election.State storage s, address account, uint256 round, uint256 amount, uint256 minSelfBond)
        external
    {
        Shares.Transcoder storage t = s.transcoders[account];
        uint256 before = t.stake;
        t.addReward(round, amount);
        s.rank(account, round, before, minSelfBond);
    }

    function addFees(Election.State storage s, address account, uint256 round, uint256 amount) external {
        s.transcoders[account].addFees(round, amount);
    }

    function setRates(Election.State storage s, address account, uint256 round, uint256 rewardCut, uint256 feeShare)
        external
    {
        s.transcoders[account].setRates(round, rewardCut, feeShare);
    }

    function resize(Election.State storage s, uint256 round, uint256 size) external {
        s.resize(round, size);
    }

    function following(Election.State storage s, address account) external view returns (address) {
        return s.following(account);
    }

    /// @notice What an account has, with `unsettled` fees of `feesRound` that its delegate has yet to get.
    function pending(Election.State storage s, address account, uint256 round, uint256 unsettled, uint256 feesRound)
        external
        view
        returns (uint256 stake, uint256 fees)
    {
        Shares.Delegator storage d = s.delegators[account];
        (stake, fees) = (s.bondedBy(account), uint256(d.fees) + s.transcoders[account].fees);
        address delegate = d.delegate;
        if (delegate == address(0)) return (stake, fees);
        Shares.Transcoder storage t = s.transcoders[delegate];
        (uint256 feeFactor, uint256 own) = t.withFees(feesRound, unsettled);
        (uint256 bonded, uint256 waiting, uint256 earned) =
            d.preview(t, round, feeFactor, unsettled == 0 ? 0 : feesRound);
        (stake, fees) = (bonded + waiting, fees + earned);
        if (delegate == account) (stake, fees) = (stake + t.commission, fees + own);
    }

    function activeCommission(Election.State storage s, address account, uint256 round)
        external
        view
        returns (uint256)
    {
        return s.transcoders[account].activeCommission(round);
    }

    function ratesAt(Election.State storage s, address account, uint256 round)
        external
        view
        returns (uint256 rewardCut, uint256 feeShare)
    {
        return s.transcoders[account].pastRates(round);
    }

    function _take(
        Election.State storage s,
        address owner,
        uint256 round,
        uint256 earning,
        uint256 idle,
        uint256 minSelfBond
    ) private {
        Shares.Delegator storage d = s.delegators[owner];
        address delegate = d.delegate;
        uint256 bonded = d.bonded - earning;
        uint256 waiting = d.waiting - idle;
        (d.bonded, d.waiting) = (bonded.toUint96(), waiting.toUint96());
        if (bonded + waiting == 0) (d.delegate, d.startRound) = (address(0), 0);
        _withdraw(s, delegate, round, earning, idle, minSelfBond);
    }

    function _withdraw(
        Election.State storage s,
        address delegate,
        uint256 round,
        uint256 earning,
        uint256 idle,
        uint256 minSelfBond
    ) private {
        Shares.Transcoder storage t = s.transcoders[delegate];
        uint256 before = t.stake;
        t.withdraw(round, earning, idle);
        s.rank(delegate, round, before, minSelfBond);
    }
}
