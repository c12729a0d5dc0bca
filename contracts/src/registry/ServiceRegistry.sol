// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Manager} from "../Manager.sol";
import {IServiceRegistry} from "../interfaces/IServiceRegistry.sol";

/// @title See IServiceRegistry.
contract ServiceRegistry is IServiceRegistry, Manager {
    mapping(address orchestrator => string) private _serviceURIs;

    function initialize(address controller_) external initializer {
        _setController(controller_);
    }

    /// @inheritdoc IServiceRegistry
    function setServiceURI(string calldata serviceURI) external {
        _serviceURIs[msg.sender] = serviceURI;
        emit ServiceURIUpdate(msg.sender, serviceURI);
    }

    /// @inheritdoc IServiceRegistry
    function getServiceURI(address addr) external view returns (string memory) {
        return _serviceURIs[addr];
    }

    /// @notice The id under which this contract's implementation is registered.
    function targetContractId() external pure override returns (bytes32) {
        return keccak256("ServiceRegistryTarget");
    }
}
