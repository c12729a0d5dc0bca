// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What every contract behind the Controller has.
interface IManager {
    event SetController(address controller);
    event ParameterUpdate(string param);

    /// @notice The caller is not the one who may call this.
    error NotAuthorized(address caller);
    /// @notice The system is paused.
    error SystemPaused();
    /// @notice The system is not paused.
    error SystemNotPaused();
    /// @notice The current round has to be initialized first, by anybody.
    error RoundNotInitialized(uint256 round);
    /// @notice A parameter outside its bounds.
    error ParameterOutOfBounds(uint256 value, uint256 min, uint256 max);

    /// @notice Moves to another controller; only the present one may.
    function setController(address controller) external;

    /// @notice The Controller's switch, pushed here so that hot paths need not ask.
    function setPaused(bool paused) external;

    function controller() external view returns (address);

    /// @notice The id under which this contract's implementation is registered.
    function targetContractId() external view returns (bytes32);
}
