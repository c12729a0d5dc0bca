// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

import {IController} from "./interfaces/IController.sol";
import {IManager} from "./interfaces/IManager.sol";

/// @title Registry, upgrades and pause, in the hands of one owner: the Governor, once it runs.
contract Controller is IController, Ownable {
    struct Info {
        address contractAddress;
        bytes20 gitCommitHash;
    }

    /// @notice The protocol has seven; a pause has to reach all of them within any block.
    uint256 public constant MAX_MANAGERS = 16;

    mapping(bytes32 id => Info) private _registry;
    mapping(bytes32 targetId => address proxy) private _proxies;
    address[] private _managers;
    bool private _paused;

    constructor(address owner) Ownable(owner) {}

    /// @inheritdoc IController
    function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash) external onlyOwner {
        _register(id, contractAddress, gitCommitHash);
        address proxy = _proxies[id];
        if (proxy != address(0)) UUPSUpgradeable(proxy).upgradeToAndCall(contractAddress, "");
    }

    /// @inheritdoc IController
    function updateController(bytes32 id, address controller) external onlyOwner {
        address registered = _registry[id].contractAddress;
        if (registered == address(0)) revert UnknownContract(id);
        IManager(registered).setController(controller);
    }

    /// @inheritdoc IController
    function addManager(bytes32 id, address proxy, bytes20 gitCommitHash) external onlyOwner {
        if (_managers.length == MAX_MANAGERS) revert TooManyManagers(MAX_MANAGERS);
        _register(id, proxy, gitCommitHash);
        _proxies[IManager(proxy).targetContractId()] = proxy;
        _managers.push(proxy);
        if (_paused) IManager(proxy).setPaused(true);
    }

    /// @inheritdoc IController
    function pause() external onlyOwner {
        _setPaused(true);
        emit Pause();
    }

    /// @inheritdoc IController
    function unpause() external onlyOwner {
        _setPaused(false);
        emit Unpause();
    }

    /// @inheritdoc IController
    function paused() external view returns (bool) {
        return _paused;
    }

    /// @inheritdoc IController
    function getContract(bytes32 id) external view returns (address) {
        return _registry[id].contractAddress;
    }

    /// @inheritdoc IController
    function getContractInfo(bytes32 id) external view returns (address, bytes20) {
        Info storage info = _registry[id];
        return (info.contractAddress, info.gitCommitHash);
    }

    function _register(bytes32 id, address contractAddress, bytes20 gitCommitHash) private {
        _registry[id] = Info(contractAddress, gitCommitHash);
        emit SetContractInfo(id, contractAddress, gitCommitHash);
    }

    function _setPaused(bool paused_) private {
        if (_paused == paused_) revert PauseUnchanged(paused_);
        _paused = paused_;
        // A manager that has moved to another controller refuses: it must not keep the others from pausing.
        for (uint256 i = 0; i < _managers.length; i++) {
            try IManager(_managers[i]).setPaused(paused_) {} catch {}
        }
    }
}
