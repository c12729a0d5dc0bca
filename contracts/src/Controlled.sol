// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {IControlled} from "./interfaces/IControlled.sol";
import {IController} from "./interfaces/IController.sol";

/// @title Base of the contracts that answer to a Controller.
/// @dev Its slot has room for 96 more bits, which a child's first variables take.
abstract contract Controlled is IControlled {
    address private _controller;

    modifier onlyController() {
        if (msg.sender != _controller) revert NotAuthorized(msg.sender);
        _;
    }

    modifier onlyControllerOwner() {
        _checkControllerOwner();
        _;
    }

    /// @inheritdoc IControlled
    function setController(address newController) external onlyController {
        _setController(newController);
    }

    /// @inheritdoc IControlled
    function controller() public view returns (address) {
        return _controller;
    }

    function _setController(address newController) internal {
        _controller = newController;
        emit SetController(newController);
    }

    /// @dev A sibling that hot paths do not need; those that they do need are immutables.
    function _contract(string memory name) internal view returns (address) {
        return IController(_controller).getContract(keccak256(bytes(name)));
    }

    function _bounded(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        if (value < min || value > max) revert ParameterOutOfBounds(value, min, max);
        return value;
    }

    function _checkControllerOwner() private view {
        if (msg.sender != Ownable(_controller).owner()) revert NotAuthorized(msg.sender);
    }
}
