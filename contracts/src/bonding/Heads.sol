// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title What BondingVotes keeps of an account in one slot: how many checkpoints there are, and the present delegate.
/// @notice Who begins bonded to itself needs no delegate noted, so that its first checkpoint has room there. It stays.
/// @dev The number is in the lowest 24 bits. Then either the delegate is in the topmost 160, or `_OWN` is set and all above
/// the lowest 32 is a checkpoint's, whose lowest 32, the round of the last reward, are 0.
library Heads {
    using SafeCast for uint256;

    uint256 private constant _COUNT = type(uint24).max;
    uint256 private constant _OWN = 1 << 24;
    /// @dev It has gone over to another since.
    uint256 private constant _MOVED = 1 << 25;
    uint256 private constant _LOW = type(uint32).max;

    /// @notice Of an account with its first checkpoint in here.
    function ofOwn(uint256 checkpoint) internal pure returns (uint256) {
        return checkpoint | _OWN | 1;
    }

    /// @notice Of an account with all its checkpoints elsewhere.
    function elsewhere(address delegate, uint256 checkpoints) internal pure returns (uint256) {
        return uint256(uint160(delegate)) << 96 | checkpoints.toUint24();
    }

    /// @notice The same first checkpoint, with others after it.
    function followed(uint256 head, uint256 checkpoints, bool moved) internal pure returns (uint256) {
        return head & ~_COUNT | checkpoints.toUint24() | (moved ? _MOVED : 0);
    }

    function count(uint256 head) internal pure returns (uint256) {
        return head & _COUNT;
    }

    /// @notice Whether the first checkpoint is in here.
    function isOwn(uint256 head) internal pure returns (bool) {
        return head & _OWN != 0;
    }

    /// @notice Whether a checkpoint would have room.
    function hasRoom(uint256 checkpoint) internal pure returns (bool) {
        return checkpoint & _LOW == 0;
    }

    function first(uint256 head) internal pure returns (uint256 checkpoint) {
        return head & ~_LOW;
    }

    /// @notice The present delegate, if it stands here: not if it is another than it began with, itself.
    function delegateOf(uint256 head, address account) internal pure returns (bool known, address delegate) {
        if (!isOwn(head)) return (true, address(uint160(head >> 96)));
        return (head & _MOVED == 0, account);
    }
}
