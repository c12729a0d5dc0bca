// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

import {IController} from "./interfaces/IController.sol";
import {IManager} from "./interfaces/IManager.sol";

/// @title Base of the contracts behind the Controller.
/// @dev Its one slot has room for 88 more bits, which a child's first variables take.
abstract contract Manager is IManager, UUPSUpgradeable {
    address private _controller;
    bool private _paused;

    /// @dev Implementations are never used themselves: only proxies may initialize.
    constructor() {
        _controller = address(0xdead);
    }

    modifier onlyController() {
        if (msg.sender != _controller) revert NotAuthorized(msg.sender);
        _;
    }

    modifier onlyControllerOwner() {
        _checkControllerOwner();
        _;
    }

    modifier whenSystemNotPaused() {
        if (_paused) revert SystemPaused();
        _;
    }

    modifier whenSystemPaused() {
        if (!_paused) revert SystemNotPaused();
        _;
    }

    /// @inheritdoc IManager
    function setController(address newController) external {
        // The first one is named by the proxy's constructor.
        if (_controller != address(0) && msg.sender != _controller) revert NotAuthorized(msg.sender);
        _controller = newController;
        emit SetController(newController);
    }

    /// @inheritdoc IManager
    function setPaused(bool paused) external onlyController {
        _paused = paused;
        _pauseChanged(paused);
    }

    /// @inheritdoc IManager
    function controller() public view returns (address) {
        return _controller;
    }

    /// @inheritdoc IManager
    function targetContractId() external view virtual returns (bytes32);

    /// @dev For those to whom the time spent paused matters.
    function _pauseChanged(bool paused) internal virtual {}

    function _systemPaused() internal view returns (bool) {
        return _paused;
    }

    /// @dev A sibling that hot paths do not need; those that they do need are immutables.
    function _contract(string memory name) internal view returns (address) {
        return IController(_controller).getContract(keccak256(bytes(name)));
    }

    /// @dev Upgrades come from the Controller alone, and so from its owner.
    function _authorizeUpgrade(address) internal view override onlyController {}

    function _checkControllerOwner() private view {
        if (msg.sender != IOwned(_controller).owner()) revert NotAuthorized(msg.sender);
    }

    function _bounded(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        if (value < min || value > max) revert ParameterOutOfBounds(value, min, max);
        return value;
    }
}

interface IOwned {
    function owner() external view returns (address);
}
