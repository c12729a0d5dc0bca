// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {Claims} from "./Claims.sol";
import {Election} from "./Election.sol";
import {Ledger} from "./Ledger.sol";
import {Shares} from "./Shares.sol";

// Siblings are called in between: they are immutables, call none but each other, and hand nobody else the control.
// slither-disable-start reentrancy-no-eth

/// @title What orchestrators do: set their rates, and mint rewards.
abstract contract Rewards is Claims {
    using Math for uint256;
    using Ledger for Election.State;
    using Shares for Shares.Transcoder;

    /// @inheritdoc IBondingManager
    function transcoder(uint256 rewardCut, uint256 feeShare) external {
        _setRates(rewardCut, feeShare);
    }

    /// @inheritdoc IBondingManager
    function transcoderWithHint(uint256 rewardCut, uint256 feeShare, address, address) external {
        _setRates(rewardCut, feeShare);
    }

    /// @inheritdoc IBondingManager
    function reward() external {
        _reward(msg.sender);
    }

    /// @inheritdoc IBondingManager
    function rewardWithHint(address, address) external {
        _reward(msg.sender);
    }

    /// @inheritdoc IBondingManager
    function rewardForTranscoder(address transcoder_) external {
        _rewardFor(transcoder_);
    }

    /// @inheritdoc IBondingManager
    function rewardForTranscoderWithHint(address transcoder_, address, address) external {
        _rewardFor(transcoder_);
    }

    /// @inheritdoc IBondingManager
    function setRewardCaller(address rewardCaller) external {
        _state.rewardCallers[msg.sender] = rewardCaller;
        emit RewardCallerSet(msg.sender, rewardCaller);
    }

    /// @inheritdoc IBondingManager
    function transcoderToRewardCaller(address transcoder_) external view returns (address) {
        return _state.rewardCallers[transcoder_];
    }

    function _setRates(uint256 rewardCut, uint256 feeShare) private whenRunning {
        if (!_isRegistered(msg.sender)) revert NotRegistered(msg.sender);
        _bounded(rewardCut, 0, Shares.WHOLE);
        _bounded(feeShare, 0, Shares.WHOLE);
        // The one call that minds the clock itself: the lock lies before the round's end, and after it a round is due.
        uint256 current = _ROUNDS_MANAGER.currentRound();
        if (current != _round) revert RoundNotInitialized(current);
        if (_ROUNDS_MANAGER.currentRoundLocked()) revert RoundLocked(current);
        _settleFees(msg.sender);
        _state.setRates(msg.sender, _round, rewardCut, feeShare);
        emit TranscoderUpdate(msg.sender, rewardCut, feeShare);
    }

    function _rewardFor(address transcoder_) private {
        if (msg.sender != transcoder_ && msg.sender != _state.rewardCallers[transcoder_]) {
            revert NotAuthorized(msg.sender);
        }
        _reward(transcoder_);
    }

    function _reward(address account) private whenRunning {
        uint256 round = _round;
        Shares.Transcoder storage t = _state.transcoders[account];
        if (!_isActive(t)) revert NotActive(account, round);
        if (t.lastRewardRound == round) revert AlreadyRewarded(account, round);
        _settleFees(account);
        t.roll(round);
        uint256 amount = _MINTER.createReward(t.earning, _state.currentTotal);
        amount -= _treasuryPart(account, amount);
        emit Reward(account, amount);
        _state.addReward(account, round, amount, _leastSelfBond());
        _checkpoint(account);
    }

    /// @dev Pays the treasury its part, until it has enough.
    function _treasuryPart(address account, uint256 amount) private returns (uint256 part) {
        uint256 ceiling = _state.treasuryCeiling * Shares.GRAIN;
        if (ceiling != 0 && _state.nextTreasuryCut != 0 && _TOKEN.balanceOf(_TREASURY) >= ceiling) {
            _setNextTreasuryCut(0);
        }
        part = amount.mulDiv(_state.treasuryCut, Shares.ONE);
        if (part == 0) return 0;
        emit TreasuryReward(account, _TREASURY, part);
        _MINTER.trustedTransferTokens(_TREASURY, part);
    }
}
// slither-disable-end reentrancy-no-eth
