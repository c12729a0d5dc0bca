// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {Claims} from "./Claims.sol";
import {Election} from "./Election.sol";
import {Ledger} from "./Ledger.sol";
import {Shares} from "./Shares.sol";

/// @title How an orchestrator loses stake.
/// @notice An offence lies in a round in which the orchestrator was active, at most `unbondingPeriod` rounds back. What it
/// had at stake then is bonded still, or unbonding and not free yet; both are taken from, and nothing else is.
abstract contract Slashing is Claims {
    using Math for uint256;
    using Ledger for Election.State;

    /// @inheritdoc IBondingManager
    function slashTranscoder(address transcoder_, address finder, uint256 slashAmount, uint256 finderFee)
        external
        whenRunning
    {
        if (msg.sender != _contract("Verifier")) revert NotAuthorized(msg.sender);
        _bounded(slashAmount, 0, Shares.WHOLE);
        _bounded(finderFee, 0, Shares.WHOLE);
        uint256 last = _state.transcoders[transcoder_].deactivationRound;
        if (last + _unbondingPeriod <= _round) revert OffenceTooOld(transcoder_, last);

        uint256 penalty = _state.slashLocks(transcoder_, _round, slashAmount);
        if (_isRegistered(transcoder_)) {
            _claim(transcoder_);
            penalty += _state.slashBond(transcoder_, _round, slashAmount, _leastSelfBond());
            _checkpoint(transcoder_);
        }
        uint256 fee = finder == address(0) ? 0 : penalty.mulDiv(finderFee, Shares.WHOLE);
        emit TranscoderSlashed(transcoder_, finder, penalty, fee);
        if (fee != 0) _MINTER.trustedTransferTokens(finder, fee);
        if (penalty != fee) _MINTER.trustedBurnTokens(penalty - fee);
    }
}
