// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

import {Controlled} from "./Controlled.sol";
import {IManager} from "./interfaces/IManager.sol";

/// @title Base of the contracts behind proxies, which the Controller upgrades and pauses.
/// @dev Its slot has room for 88 more bits, which a child's first variables take.
abstract contract Manager is IManager, Controlled, Initializable, UUPSUpgradeable {
    bool private _paused;

    /// @dev An implementation is never used itself.
    constructor() {
        _disableInitializers();
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
    function setPaused(bool paused) external onlyController {
        _paused = paused;
        _pauseChanged(paused);
    }

    /// @inheritdoc IManager
    function targetContractId() external view virtual returns (bytes32);

    /// @dev For those to whom the time spent paused matters.
    function _pauseChanged(bool paused) internal virtual {}

    function _systemPaused() internal view returns (bool) {
        return _paused;
    }

    /// @dev Upgrades come from the Controller alone, and so from its owner.
    function _authorizeUpgrade(address) internal view override onlyController {}
}
