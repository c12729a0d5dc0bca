// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {Poll} from "./Poll.sol";

/// @title Puts questions to stakeholders. Asking takes stake.
contract PollCreator {
    /// @notice Of all stake, in parts of 10^6, that has to vote.
    uint256 public constant QUORUM = 333_300;
    /// @notice Of the stake that votes, in parts of 10^6, that has to say yes.
    uint256 public constant QUOTA = 500_000;
    /// @notice In blocks: ten rounds of 5,760.
    uint256 public constant POLL_PERIOD = 10 * 5760;
    /// @notice The stake that asking takes: enough to keep questions rare, little enough for many to ask.
    uint256 public constant POLL_CREATION_COST = 100 ether;

    IBondingManager public immutable bondingManager;

    event PollCreated(address indexed poll, bytes proposal, uint256 endBlock, uint256 quorum, uint256 quota);

    /// @notice Asking takes more stake.
    error InsufficientStake(uint256 stake, uint256 needed);

    constructor(IBondingManager bondingManager_) {
        bondingManager = bondingManager_;
    }

    /// @param proposal where its text is, e.g. an IPFS hash
    function createPoll(bytes calldata proposal) external {
        uint256 stake = bondingManager.pendingStake(msg.sender, 0);
        if (stake < POLL_CREATION_COST) revert InsufficientStake(stake, POLL_CREATION_COST);
        uint256 endBlock = block.number + POLL_PERIOD;
        Poll poll = new Poll(endBlock);
        emit PollCreated(address(poll), proposal, endBlock, QUORUM, QUOTA);
    }
}
