// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

/// @dev Why a ticket is not redeemed: the selector of an error and its only argument; a zero selector is no refusal. One
/// ticket reverts with it, a batch tells it and goes on.
struct Refusal {
    bytes4 reason;
    bytes32 value;
}

using Refusals for Refusal global;

library Refusals {
    function refused(Refusal memory refusal) internal pure returns (bool) {
        return refusal.reason != 0;
    }

    function revertIfRefused(Refusal memory refusal) internal pure {
        if (refused(refusal)) LowLevelCall.bubbleRevert(abi.encodePacked(refusal.reason, refusal.value));
    }

    function because(bytes4 reason, bytes32 value) internal pure returns (Refusal memory) {
        return Refusal(reason, value);
    }

    function because(bytes4 reason, uint256 value) internal pure returns (Refusal memory) {
        return Refusal(reason, bytes32(value));
    }

    function because(bytes4 reason, address value) internal pure returns (Refusal memory) {
        return Refusal(reason, bytes32(uint256(uint160(value))));
    }
}
