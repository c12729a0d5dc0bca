// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Actors} from "./Actors.sol";
import {Trace} from "./Trace.sol";

/// @title Writes what the network does over hundreds of rounds, for `model.test.mjs` to follow with exact numbers.
contract DifferentialTest is Actors {
    using Trace for Trace.File;

    string private constant _FOLDER = "../target/forge/trace";

    function test_leavesATraceOfOneChance() public {
        _play(1);
    }

    function test_leavesATraceOfAnother() public {
        _play(2);
    }

    /// @dev From outside, so that what a round took of memory is given back after it.
    function playRound(uint256 steps) external {
        _beginRound();
        for (uint256 i = 0; i < steps; i++) {
            _act();
        }
        _look();
    }

    function _play(uint256 seed) private {
        _trace.create(_FOLDER, string.concat(vm.toString(seed), ".txt"));
        _begin(seed);
        bool longer = keccak256(bytes(vm.envOr("FOUNDRY_PROFILE", string("")))) == keccak256("long");
        for (uint256 rounds = longer ? 2000 : 320; rounds != 0; rounds--) {
            this.playRound(12);
        }
    }
}
