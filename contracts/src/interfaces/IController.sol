// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title The registry of the protocol's contracts, and its switch.
/// @notice Contracts are known by `keccak256` of their name. What is registered as `keccak256("<Name>Target")` is the
/// implementation behind the proxy registered as `keccak256("<Name>")`, and registering it upgrades that proxy.
interface IController {
    event SetContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash);
    event Pause();
    event Unpause();

    /// @notice Pausing while paused, or the reverse.
    error PauseUnchanged(bool paused);
    /// @notice Nothing is registered under this id.
    error UnknownContract(bytes32 id);
    /// @notice More managers than a pause may reach in one transaction.
    error TooManyManagers(uint256 managers);

    /// @notice Registers a contract; where `id` is a proxy's target, upgrades that proxy to it.
    /// @param gitCommitHash the commit that its source was built from
    function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash) external;

    /// @notice Hands a registered contract to another controller.
    function updateController(bytes32 id, address controller) external;

    /// @notice Registers a proxy under its name and its target's, so that pauses and upgrades reach it.
    function addManager(bytes32 id, address proxy, bytes20 gitCommitHash) external;

    /// @notice Stops every transaction that moves value, except withdrawals that were free before.
    function pause() external;

    function unpause() external;

    function paused() external view returns (bool);

    /// @notice The zero address where nothing is registered.
    function getContract(bytes32 id) external view returns (address);

    function getContractInfo(bytes32 id) external view returns (address contractAddress, bytes20 gitCommitHash);
}
