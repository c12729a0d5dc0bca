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

    /// @dev For FOUNDRY_PROFILE=long.
    function test_leavesTracesOfMore() public {
        if (keccak256(bytes(vm.envOr("FOUNDRY_PROFILE", string("")))) != keccak256("long")) return;
        for (uint256 seed = 3; seed <= 12; seed++) {
            uint256 start = vm.snapshotState();
            _play(seed);
            vm.revertToState(start);
        }
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
        for (uint256 round = 0; round < 320; round++) {
            this.playRound(12);
        }
    }
}
