// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {GovernorUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/GovernorUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IBondingVotes} from "../interfaces/IBondingVotes.sol";

/// @title Votes in which a delegator's own vote counts instead of the one that its orchestrator casts with its stake.
/// @notice An orchestrator votes with all that is delegated to it, less the stake of delegators who vote themselves,
/// whoever comes first.
abstract contract OverridableCounting is GovernorUpgradeable {
    enum VoteType {
        Against,
        For,
        Abstain
    }

    /// @dev One slot an account: what it voted, and how much of its weight its delegators took back.
    struct Ballot {
        bool hasVoted;
        VoteType support;
        uint128 overridden;
    }

    struct Tally {
        uint256 againstVotes;
        uint256 forVotes;
        uint256 abstainVotes;
        mapping(address voter => Ballot) ballots;
    }

    /// @notice The unit of `quota`.
    uint256 public constant QUOTA_DIVISOR = 1_000_000;

    uint256 private _quota;
    mapping(uint256 proposalId => Tally) private _tallies;

    /// @notice 0: against, 1: for, 2: abstain.
    error InvalidVoteType(uint8 voteType);
    /// @notice Votes are final.
    error VoteAlreadyCast();
    /// @notice At most all votes.
    error QuotaOutOfBounds(uint256 quota);

    function __OverridableCounting_init(uint256 quota_) internal onlyInitializing {
        if (quota_ > QUOTA_DIVISOR) revert QuotaOutOfBounds(quota_);
        _quota = quota_;
    }

    /// @notice The stake whose votes are counted.
    function votes() public view virtual returns (IBondingVotes);

    /// @notice Of the votes for and against, in parts of 10^6, that have to be for.
    function quota() public view returns (uint256) {
        return _quota;
    }

    function hasVoted(uint256 proposalId, address account) public view override returns (bool) {
        return _tallies[proposalId].ballots[account].hasVoted;
    }

    function proposalVotes(uint256 proposalId)
        public
        view
        returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes)
    {
        Tally storage tally = _tallies[proposalId];
        return (tally.againstVotes, tally.forVotes, tally.abstainVotes);
    }

    /// @notice In the form that wallets and explorers read.
    // solhint-disable-next-line func-name-mixedcase
    function COUNTING_MODE() public pure override returns (string memory) {
        return "support=bravo&quorum=for,abstain,against";
    }

    /// @dev Everybody who votes counts, whatever they say.
    function _quorumReached(uint256 proposalId) internal view override returns (bool) {
        Tally storage tally = _tallies[proposalId];
        uint256 cast = tally.againstVotes + tally.forVotes + tally.abstainVotes;
        return cast >= quorum(proposalSnapshot(proposalId));
    }

    function _voteSucceeded(uint256 proposalId) internal view override returns (bool) {
        Tally storage tally = _tallies[proposalId];
        uint256 opinions = tally.againstVotes + tally.forVotes;
        // Rounded up, so that a quota is never met by less than it says; and somebody has to be for it.
        return tally.forVotes > 0 && tally.forVotes >= Math.mulDiv(opinions, _quota, QUOTA_DIVISOR, Math.Rounding.Ceil);
    }

    function _countVote(uint256 proposalId, address account, uint8 support, uint256 weight, bytes memory)
        internal
        override
        returns (uint256)
    {
        if (support > uint8(VoteType.Abstain)) revert InvalidVoteType(support);
        VoteType vote = VoteType(support);
        Tally storage tally = _tallies[proposalId];
        Ballot storage ballot = tally.ballots[account];
        if (ballot.hasVoted) revert VoteAlreadyCast();
        ballot.hasVoted = true;
        ballot.support = vote;

        address delegate = votes().delegatedAt(account, proposalSnapshot(proposalId));
        uint256 effective = weight;
        if (delegate == account) effective -= ballot.overridden;
        else _takeBack(tally, delegate, weight);
        _add(tally, vote, effective);
        return effective;
    }

    /// @dev Out of what the delegate voted with, or will.
    function _takeBack(Tally storage tally, address delegate, uint256 weight) private {
        Ballot storage ballot = tally.ballots[delegate];
        // No stake is above 2^128: it is part of a supply that the Minter keeps below that.
        ballot.overridden += uint128(weight);
        if (!ballot.hasVoted) return;
        if (ballot.support == VoteType.Against) tally.againstVotes -= weight;
        else if (ballot.support == VoteType.For) tally.forVotes -= weight;
        else tally.abstainVotes -= weight;
    }

    function _add(Tally storage tally, VoteType vote, uint256 weight) private {
        if (vote == VoteType.Against) tally.againstVotes += weight;
        else if (vote == VoteType.For) tally.forVotes += weight;
        else tally.abstainVotes += weight;
    }
}
