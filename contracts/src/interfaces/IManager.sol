// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IControlled} from "./IControlled.sol";

/// @title A contract that the Controller upgrades and pauses.
interface IManager is IControlled {
    /// @notice The system is paused.
    error SystemPaused();
    /// @notice The system is not paused.
    error SystemNotPaused();
    /// @notice The current round has to be initialized first, by anybody.
    error RoundNotInitialized(uint256 round);

    /// @notice The Controller's switch, pushed here so that hot paths need not ask.
    function setPaused(bool paused) external;

    /// @notice The id under which this contract's implementation is registered.
    function targetContractId() external view returns (bytes32);
}
