// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Makes new tokens, and keeps those that are staked.
/// @notice Each round, `inflation` parts in 10^9 of the supply may be minted, as rewards. `inflation` itself moves by
/// `inflationChange` a round: up while less than `targetBondingRate` of the supply is bonded, down while more is.
interface IMinter {
    event SetCurrentRewardTokens(uint256 currentMintableTokens, uint256 currentInflation);

    /// @notice More would be minted in this round than it allows.
    error NothingLeftToMint(uint256 wanted, uint256 left);
    /// @notice The new Minter answers to another Controller, or is no Minter.
    error NotAMinter(address newMinter);
    /// @notice Migration moves everything at once; nothing else may happen meanwhile.
    error SystemNotPaused();
    /// @notice ETH could not be sent.
    error TransferFailed(address to, uint256 amount);

    /// @notice Mints a share of the round's rewards, to itself. BondingManager only.
    /// @return amount floor(currentMintableTokens * fracNum / fracDenom)
    function createReward(uint256 fracNum, uint256 fracDenom) external returns (uint256 amount);

    /// @notice BondingManager only.
    function trustedTransferTokens(address to, uint256 amount) external;

    /// @notice BondingManager only.
    function trustedBurnTokens(uint256 amount) external;

    /// @notice BondingManager and TicketBroker only.
    function trustedWithdrawETH(address payable to, uint256 amount) external;

    /// @notice Anybody may; what is here is another Minter's or TicketBroker's.
    function depositETH() external payable returns (bool);

    /// @notice Begins a round: moves the inflation, and sets what may be minted. RoundsManager only.
    function setCurrentRewardTokens() external;

    /// @notice Tokens and ETH go to `newMinter`, and this one can mint no more. The token's admin lets the new one mint.
    function migrateToNewMinter(address newMinter) external;

    /// @param targetBondingRate parts in 10^9, at most 10^9
    function setTargetBondingRate(uint256 targetBondingRate) external;

    /// @param inflationChange parts in 10^9 a round, at most 10^6: inflation must not jump
    function setInflationChange(uint256 inflationChange) external;

    function getController() external view returns (address);
    function getGlobalTotalSupply() external view returns (uint256);
    function inflation() external view returns (uint256);
    function inflationChange() external view returns (uint256);
    function targetBondingRate() external view returns (uint256);
    function currentMintableTokens() external view returns (uint256);
    function currentMintedTokens() external view returns (uint256);
}
