// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What answers to a Controller.
interface IControlled {
    event SetController(address controller);
    event ParameterUpdate(string param);

    /// @notice The caller is not the one who may call this.
    error NotAuthorized(address caller);
    /// @notice A parameter outside its bounds.
    error ParameterOutOfBounds(uint256 value, uint256 min, uint256 max);

    /// @notice Moves to another controller; only the present one may.
    function setController(address controller) external;

    function controller() external view returns (address);
}
