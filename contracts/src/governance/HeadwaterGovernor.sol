// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {GovernorUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/GovernorUpgradeable.sol";
import {
    TimelockControllerUpgradeable
} from "@openzeppelin/contracts-upgradeable/governance/TimelockControllerUpgradeable.sol";
import {
    GovernorSettingsUpgradeable
} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorSettingsUpgradeable.sol";
import {
    GovernorTimelockControlUpgradeable
} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorTimelockControlUpgradeable.sol";
import {
    GovernorVotesQuorumFractionUpgradeable
} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorVotesQuorumFractionUpgradeable.sol";
import {
    GovernorVotesUpgradeable
} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorVotesUpgradeable.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

import {Manager} from "../Manager.sol";
import {IBondingVotes} from "../interfaces/IBondingVotes.sol";
import {OverridableCounting} from "./OverridableCounting.sol";

/// @title Decides what the treasury does, by stake. Time is counted in rounds.
contract HeadwaterGovernor is
    Manager,
    GovernorUpgradeable,
    GovernorSettingsUpgradeable,
    GovernorTimelockControlUpgradeable,
    GovernorVotesQuorumFractionUpgradeable,
    OverridableCounting
{
    address private immutable _FIRST_CONTROLLER;

    constructor(address firstController) {
        _FIRST_CONTROLLER = firstController;
    }

    /// @notice BondingVotes and Treasury have to be registered.
    /// @param initialVotingDelay rounds between a proposal and its vote
    /// @param initialVotingPeriod rounds that a vote is open
    /// @param initialProposalThreshold stake that proposing takes
    /// @param initialQuorum of all active stake, in parts of 10^6, that has to vote
    /// @param quota of the votes for and against, in parts of 10^6, that have to be for
    function initialize(
        uint256 initialVotingDelay,
        uint256 initialVotingPeriod,
        uint256 initialProposalThreshold,
        uint256 initialQuorum,
        uint256 quota
    ) external initializer {
        _setController(_FIRST_CONTROLLER);
        __Governor_init("HeadwaterGovernor");
        __GovernorSettings_init(uint48(initialVotingDelay), uint32(initialVotingPeriod), initialProposalThreshold);
        __GovernorTimelockControl_init(TimelockControllerUpgradeable(payable(_contract("Treasury"))));
        __GovernorVotes_init(votes());
        __GovernorVotesQuorumFraction_init(initialQuorum);
        __OverridableCounting_init(quota);
    }

    /// @notice The id under which this contract's implementation is registered.
    function targetContractId() external pure override returns (bytes32) {
        return keccak256("LivepeerGovernorTarget");
    }

    /// @notice Kept for scripts that call it: the address is looked up whenever it is needed.
    function bumpGovernorVotesTokenAddress() external {}

    /// @inheritdoc OverridableCounting
    function votes() public view override returns (IBondingVotes) {
        return IBondingVotes(_contract("BondingVotes"));
    }

    function token() public view override returns (IERC5805) {
        return votes();
    }

    /// @notice The unit of the quorum.
    function quorumDenominator() public pure override returns (uint256) {
        return 1_000_000;
    }

    function proposalThreshold()
        public
        view
        override(GovernorUpgradeable, GovernorSettingsUpgradeable)
        returns (uint256)
    {
        return super.proposalThreshold();
    }

    function state(uint256 proposalId)
        public
        view
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (ProposalState)
    {
        return super.state(proposalId);
    }

    function proposalNeedsQueuing(uint256 proposalId)
        public
        view
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (bool)
    {
        return super.proposalNeedsQueuing(proposalId);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockControlUpgradeable) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockControlUpgradeable) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockControlUpgradeable) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor()
        internal
        view
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (address)
    {
        return super._executor();
    }
}
