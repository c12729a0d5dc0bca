// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Where each orchestrator is reached.
interface IServiceRegistry {
    event ServiceURIUpdate(address indexed addr, string serviceURI);

    /// @notice Says where the caller is reached, e.g. `https://node.example:8935`. Empty takes it back.
    function setServiceURI(string calldata serviceURI) external;

    function getServiceURI(address addr) external view returns (string memory);
}
