// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "../Vm.sol";

/// @dev What a line of a trace is about, in the order of `model/trace.mjs`.
enum Kind {
    Network,
    Round,
    Bond,
    Unbond,
    Rebond,
    Transfer,
    Reward,
    Fees,
    Rates,
    Slash,
    WithdrawStake,
    Claim,
    WithdrawFees,
    TreasuryCut,
    PoolSize,
    Totals,
    Account
}

/// @title A file of what was done and seen, a line each: the kind, and words that follow from it, in hexadecimal digits.
library Trace {
    struct File {
        string path;
    }

    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function create(File storage self, string memory folder, string memory name) internal {
        vm.createDir(folder, true);
        self.path = string.concat(folder, "/", name);
        vm.writeFile(self.path, "");
    }

    function note(File storage self, Kind kind, bytes memory words) internal {
        vm.writeLine(self.path, vm.toString(bytes.concat(abi.encode(kind), words)));
    }
}
