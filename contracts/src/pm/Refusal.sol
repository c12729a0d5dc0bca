// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

/// @title Why a ticket is not redeemed: the selector of an error, and its only argument.
/// @dev What checks tickets returns both, with a zero selector where there is nothing to refuse: one ticket reverts with
/// them, a batch tells them and goes on.
library Refusal {
    function revertWith(bytes4 reason, bytes32 value) internal pure {
        LowLevelCall.bubbleRevert(abi.encodePacked(reason, value));
    }

    function because(bytes4 reason, bytes32 value) internal pure returns (bytes4, bytes32) {
        return (reason, value);
    }

    function because(bytes4 reason, uint256 value) internal pure returns (bytes4, bytes32) {
        return (reason, bytes32(value));
    }

    function because(bytes4 reason, address value) internal pure returns (bytes4, bytes32) {
        return (reason, bytes32(uint256(uint160(value))));
    }
}
