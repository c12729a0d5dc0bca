// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A question that is put to everybody who holds stake, and counted off chain.
contract Poll {
    /// @notice The last block in which votes count.
    uint256 public immutable endBlock;
    bool private _destroyed;

    event Vote(address indexed voter, uint256 choiceID);

    /// @notice Votes counted until this block.
    error PollOver(uint256 endBlock);
    /// @notice Votes count until this block.
    error PollOpen(uint256 endBlock);

    constructor(uint256 endBlock_) {
        endBlock = endBlock_;
    }

    /// @param choiceID 0: yes, 1: no; the last vote of an address counts
    function vote(uint256 choiceID) external {
        if (block.number > endBlock || _destroyed) revert PollOver(endBlock);
        emit Vote(msg.sender, choiceID);
    }

    /// @notice Ends what has ended. Contracts can no longer be removed, and the votes are in the logs: nothing is lost.
    function destroy() external {
        if (block.number <= endBlock) revert PollOpen(endBlock);
        _destroyed = true;
    }
}
