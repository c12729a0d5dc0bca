// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @title What a suite inherits: the cheat codes, assertions that say what they saw, and the invariants' targets.
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    address[] private _targets;

    error NotTrue(string what);
    error NotEqual(uint256 got, uint256 wanted, string what);
    error NotEqualAddress(address got, address wanted, string what);
    error NotEqualBytes32(bytes32 got, bytes32 wanted, string what);
    error NotEqualString(string got, string wanted, string what);
    error NotAtMost(uint256 got, uint256 most, string what);
    error NotAtLeast(uint256 got, uint256 least, string what);
    error NotNear(uint256 got, uint256 wanted, uint256 tolerance, string what);

    /// @dev Whose functions an invariant run calls; without any it calls everything.
    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function targetContract(address target) internal {
        _targets.push(target);
    }

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    function assertFalse(bool condition, string memory what) internal pure {
        if (condition) revert NotTrue(what);
    }

    function assertEq(uint256 got, uint256 wanted, string memory what) internal pure {
        if (got != wanted) revert NotEqual(got, wanted, what);
    }

    function assertEq(address got, address wanted, string memory what) internal pure {
        if (got != wanted) revert NotEqualAddress(got, wanted, what);
    }

    function assertEq(bytes32 got, bytes32 wanted, string memory what) internal pure {
        if (got != wanted) revert NotEqualBytes32(got, wanted, what);
    }

    function assertEq(string memory got, string memory wanted, string memory what) internal pure {
        if (keccak256(bytes(got)) != keccak256(bytes(wanted))) revert NotEqualString(got, wanted, what);
    }

    function assertLe(uint256 got, uint256 most, string memory what) internal pure {
        if (got > most) revert NotAtMost(got, most, what);
    }

    function assertGe(uint256 got, uint256 least, string memory what) internal pure {
        if (got < least) revert NotAtLeast(got, least, what);
    }

    function assertNear(uint256 got, uint256 wanted, uint256 tolerance, string memory what) internal pure {
        if (got > wanted + tolerance || got + tolerance < wanted) revert NotNear(got, wanted, tolerance, what);
    }

    /// @dev `value` folded into `[min, max]`, for fuzzed arguments.
    function bound(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        if (value >= min && value <= max) return value;
        return min + value % (max - min + 1);
    }
}
