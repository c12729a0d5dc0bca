// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title The protocol's clock: rounds of `roundLength` blocks.
/// @notice A round counts once somebody has initialized it. Its hash is
/// `keccak256(chainId, round, hash of the last initialized round, hash of the block before)`, so that it names one chain,
/// one history, and is never zero.
interface IRoundsManager {
    event NewRound(uint256 indexed round, bytes32 blockHash);

    /// @notice This round is initialized.
    error RoundAlreadyInitialized(uint256 round);
    /// @notice Only the 256 blocks before the current one have a hash.
    error BlockHashUnavailable(uint256 blockNumber);
    /// @notice A LIP's upgrade round is set once.
    error UpgradeRoundAlreadySet(uint256 lip, uint256 round);

    /// @notice Begins the current round: freezes the active set, and sets what may be minted. Anybody may.
    function initializeRound() external;

    /// @notice From the current round on. The round that runs keeps its number; it may end sooner or later.
    /// @param roundLength in blocks, 1 to 1,000,000
    function setRoundLength(uint256 roundLength) external;

    /// @notice How much of a round's end orchestrators may not change their rates in.
    /// @param roundLockAmount parts in 10^6
    function setRoundLockAmount(uint256 roundLockAmount) external;

    function setLIPUpgradeRound(uint256 lip, uint256 round) external;

    function currentRound() external view returns (uint256);
    function currentRoundStartBlock() external view returns (uint256);
    function currentRoundInitialized() external view returns (bool);
    function currentRoundLocked() external view returns (bool);
    function lastInitializedRound() external view returns (uint256);
    function blockNum() external view returns (uint256);
    function blockHash(uint256 blockNumber) external view returns (bytes32);

    /// @notice The round's hash; zero if it was never initialized.
    function blockHashForRound(uint256 round) external view returns (bytes32);
    function roundLength() external view returns (uint256);
    function roundLockAmount() external view returns (uint256);
    function lastRoundLengthUpdateRound() external view returns (uint256);
    function lastRoundLengthUpdateStartBlock() external view returns (uint256);
    function lipUpgradeRound(uint256 lip) external view returns (uint256);
}
