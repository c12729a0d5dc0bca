// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

interface IBondingManager {
    function setCurrentRoundTotalActiveStake() external;
    function getTranscoderPoolSize() external view returns (uint256);
    function getTotalBonded() external view returns (uint256);
    function pendingStake(address delegator, uint256 endRound) external view returns (uint256);
}
