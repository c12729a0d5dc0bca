// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {
    TimelockControllerUpgradeable
} from "@openzeppelin/contracts-upgradeable/governance/TimelockControllerUpgradeable.sol";

/// @title Holds what the network decides about together. Does what HeadwaterGovernor says, after a delay.
/// @dev Behind a proxy that initializes it as it is made, and that nobody can upgrade.
contract Treasury is TimelockControllerUpgradeable {
    constructor() {
        _disableInitializers();
    }
}
