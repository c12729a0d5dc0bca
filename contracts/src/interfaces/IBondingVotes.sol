// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

/// @title Votes by stake, round by round.
/// @notice What an account has at stake at the start of a round is its votes there: an orchestrator's are all that is
/// delegated to it, a delegator's its own part of them, with which it may override its orchestrator. Whoever delegates to
/// an account that is no orchestrator has none. The clock counts the rounds that were initialized.
interface IBondingVotes is IERC5805 {
    /// @notice An account's stake or its last claim changed. An orchestrator's claims do not move its votes and are not
    /// kept: for one, the previous claim's round is 0.
    event DelegatorBondedAmountChanged(
        address indexed delegate,
        uint256 previousBondedAmount,
        uint256 previousLastClaimRound,
        uint256 newBondedAmount,
        uint256 newLastClaimRound
    );

    /// @notice Only `required` may call this.
    error InvalidCaller(address caller, address required);
    /// @notice An account's checkpoints come one after another.
    error InvalidStartRound(uint256 checkpointRound, uint256 requiredRound);
    /// @notice Earnings cannot have been claimed up to a round that is not there yet.
    error FutureLastClaimRound(uint256 lastClaimRound, uint256 maxAllowed);
    /// @notice Rounds come one after another.
    error InvalidTotalStakeCheckpointRound(uint256 checkpointRound, uint256 requiredRound);
    /// @notice Nothing is known yet of this round.
    error FutureLookup(uint256 queryRound, uint256 maxAllowed);
    /// @notice Votes follow the stake: they are delegated by bonding.
    error MustCallBondingManager(string bondingManagerFunction);

    /// @notice Notes an account's stake as it is from the next round on. BondingManager only.
    /// @param bondedAmount its own, with what it earned until `lastClaimRound`
    /// @param delegatedAmount of who is bonded to itself, all that is delegated to it; of others it is not looked at
    /// @param lastRewardRound its delegate's last one, or the present round where one is to come that it has no part in
    function checkpointBondingState(
        address account,
        uint256 startRound,
        uint256 bondedAmount,
        address delegateAddress,
        uint256 delegatedAmount,
        uint256 lastClaimRound,
        uint256 lastRewardRound
    ) external;

    /// @notice Of what was just noted of a delegator, `waiting` does not earn the present round's reward, which is yet to
    /// come. BondingManager only.
    function checkpointWaitingStake(address account, uint256 startRound, uint256 waiting) external;

    /// @notice Notes what the active set has at stake in a round that begins. BondingManager only.
    function checkpointTotalActiveStake(uint256 totalStake, uint256 round) external;

    /// @notice No round was initialized between these two. BondingManager only.
    function checkpointSkippedRounds(uint256 lastRound, uint256 round) external;

    /// @notice The delegate at the end of `round`.
    function delegatedAt(address account, uint256 round) external view returns (address);

    /// @notice Whether the account ever had stake.
    function hasCheckpoint(address account) external view returns (bool);

    /// @notice What the active set had at stake at the start of `round`.
    function getTotalActiveStakeAt(uint256 round) external view returns (uint256);

    /// @notice Votes at the start of `round`, which is at most the next one, and whose they override.
    function getVotesAndDelegateAtRoundStart(address account, uint256 round)
        external
        view
        returns (uint256 votes, address delegateAddress);

    /// @notice What the active set has at stake.
    function totalSupply() external view returns (uint256);

    function name() external pure returns (string memory);
    function symbol() external pure returns (string memory);
    function decimals() external pure returns (uint8);
}
