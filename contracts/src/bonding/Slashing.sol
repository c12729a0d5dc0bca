// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {Claims} from "./Claims.sol";
import {Shares} from "./Shares.sol";

/// @title How an orchestrator loses stake.
/// @notice An offence lies in a round in which the orchestrator was active, at most `unbondingPeriod` rounds back. What it
/// had at stake then is bonded still, or unbonding and not free yet; both are taken from, and nothing else is.
abstract contract Slashing is Claims {
    using Math for uint256;
    using SafeCast for uint256;

    /// @inheritdoc IBondingManager
    function slashTranscoder(address transcoder_, address finder, uint256 slashAmount, uint256 finderFee)
        external
        whenRunning
    {
        if (msg.sender != _contract("Verifier")) revert NotAuthorized(msg.sender);
        _bounded(slashAmount, 0, Shares.WHOLE);
        _bounded(finderFee, 0, Shares.WHOLE);
        uint256 last = _transcoders[transcoder_].deactivationRound;
        if (last + _unbondingPeriod <= _round) revert OffenceTooOld(transcoder_, last);

        uint256 penalty = _slashLocks(transcoder_, slashAmount) + _slashBond(transcoder_, slashAmount);
        uint256 fee = finder == address(0) ? 0 : penalty.mulDiv(finderFee, Shares.WHOLE);
        emit TranscoderSlashed(transcoder_, finder, penalty, fee);
        if (fee != 0) _MINTER.trustedTransferTokens(finder, fee);
        if (penalty != fee) _MINTER.trustedBurnTokens(penalty - fee);
    }

    function _slashBond(address account, uint256 share) private returns (uint256 penalty) {
        if (!_isRegistered(account)) return 0;
        _claim(account);
        Shares.Delegator storage d = _delegators[account];
        (uint256 bonded, uint256 waiting) = (d.bonded, d.waiting);
        uint256 earning = bonded.mulDiv(share, Shares.WHOLE);
        uint256 idle = waiting.mulDiv(share, Shares.WHOLE);
        penalty = earning + idle;
        (d.bonded, d.waiting) = ((bonded - earning).toUint128(), (waiting - idle).toUint128());
        if (penalty == bonded + waiting) (d.delegate, d.startRound) = (address(0), 0);
        _decrease(account, earning, idle);
        _checkpoint(account);
    }

    function _slashLocks(address account, uint256 share) private returns (uint256 penalty) {
        uint256 end = _delegators[account].nextLockId;
        uint256 start = end.saturatingSub(MAX_SLASHABLE_LOCKS);
        for (uint256 id = start; id < end; id++) {
            UnbondingLock storage lock = _locks[account][id];
            if (!lock.slashable || lock.withdrawRound <= _round) continue;
            uint256 amount = uint256(lock.amount).mulDiv(share, Shares.WHOLE);
            lock.amount -= amount.toUint128();
            penalty += amount;
        }
    }
}
