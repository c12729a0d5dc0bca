// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBondingVotes} from "../../src/interfaces/IBondingVotes.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @title Votes as they were at the start of a round.
contract BondingVotesTest is BondingFixture {
    function test_pastVotesStayWhatTheyWere() public {
        _bond(_o1, 100 ether, _o1);
        _bond(_d1, 300 ether, _o1);
        uint256 first = _round();
        assertEq(_votes.getVotes(_d1), 300 ether, "from the next round on");
        _nextRound();
        _reward(_o1);
        _bond(_d1, 50 ether, _o1);
        _nextRound();
        assertEq(_votes.getPastVotes(_d1, first), 300 ether, "before the reward");
        assertEq(_votes.getPastVotes(_o1, first), 400 ether, "its orchestrator's, with it");
        assertEq(_votes.getPastVotes(_d1, first + 1), 1100 ether, "with the reward and what was added");
        assertEq(_votes.getPastTotalSupply(first), 400 ether, "supply");
        assertEq(_votes.delegatedAt(_d1, first), _o1, "delegate");
    }

    function test_stakeThatWaitsHasNoPartInTheRewardToCome() public {
        _bond(_o1, 100 ether, _o1);
        _bond(_d1, 100 ether, _o1);
        _nextRound();
        _bond(_d1, 200 ether, _o1);
        _bond(_d2, 200 ether, _o1);
        _reward(_o1);
        assertEq(_votes.getVotes(_d1), 800 ether, "100 times 6, and 200");
        assertEq(_votes.getVotes(_d2), 200 ether, "as it was");
        assertEq(_votes.getVotes(_o1), 1600 ether, "all");
    }

    function test_onlyAnOrchestratorsDelegatorsVote() public {
        _bond(_d1, 5 ether, _d2);
        assertEq(_votes.getVotes(_d1), 0, "delegated to nobody who works");
        _bond(_d2, 1 ether, _d2);
        assertEq(_votes.getVotes(_d1), 5 ether, "now it is");
    }

    function test_refusesTheFutureAndDelegationByHand() public {
        uint256 round = _round();
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.FutureLookup.selector, round, round - 1));
        _votes.getPastVotes(_o1, round);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.MustCallBondingManager.selector, "bond"));
        _votes.delegate(_o1);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.InvalidCaller.selector, address(this), address(_bonding)));
        _votes.checkpointTotalActiveStake(1, round + 1);
    }

    function test_aRoundThatWasLeftOutHasTheTotalOfTheOneBefore() public {
        _bond(_o1, 100 ether, _o1);
        _nextRound();
        uint256 last = _round();
        _bond(_o1, 50 ether, _o1);
        _begin(last + 6);
        _bond(_o1, 7 ether, _o1);
        _begin(last + 8);
        assertEq(_votes.getTotalActiveStakeAt(last), 100 ether, "before the gap");
        assertEq(_votes.getTotalActiveStakeAt(last + 5), 100 ether, "in it");
        assertEq(_votes.getTotalActiveStakeAt(last + 6), 150 ether, "after it");
        assertEq(_votes.getTotalActiveStakeAt(last + 7), 150 ether, "in another");
        assertEq(_votes.getTotalActiveStakeAt(last + 8), 157 ether, "now");
        assertEq(_votes.getTotalActiveStakeAt(FIRST_ROUND - 1), 0, "before the first");
        assertEq(_votes.getTotalActiveStakeAt(0), 0, "before all");
        assertEq(_votes.clock(), last + 8, "the last that was initialized");
    }

    function test_refusesCheckpointsOutOfOrder() public {
        uint256 next = _round() + 1;
        _bond(_o1, 100 ether, _o1);
        _bond(_d1, 5 ether, _o1);
        vm.startPrank(address(_bonding));
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.InvalidStartRound.selector, next - 1, next));
        _votes.checkpointBondingState(_d1, next - 1, 5 ether, _o1, 0, next - 2, 0);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.InvalidStartRound.selector, next + 1, next));
        _votes.checkpointWaitingStake(_d1, next + 1, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.InvalidTotalStakeCheckpointRound.selector, next - 1, next));
        _votes.checkpointTotalActiveStake(1, next - 1);
        vm.stopPrank();
    }

    function test_votesGrowWholeThoughTheOrchestratorWentElsewhereForARound() public {
        _bond(_o1, 100 ether, _o1);
        _bond(_o2, 100 ether, _o2);
        _bond(_d1, 300 ether, _o1);
        _nextRound();
        _reward(_o1);
        _nextRound();
        // Both wait for the next round, and do not know yet whether this one brings a reward.
        _bond(_d1, 50 ether, _o1);
        _bond(_d2, 50 ether, _o1);
        _unbond(_o1, _stake(_o1));
        _bond(_o1, 7 ether, _o2);
        _nextRound();
        vm.prank(_o1);
        _bonding.bond(0, _o1);
        _nextRound();
        _reward(_o1);
        assertGe(_stake(_d2), 51 ether, "a reward");
        assertNear(_votes.getVotes(_d1), _stake(_d1), 2, "what was there and what was added");
        assertNear(_votes.getVotes(_d2), _stake(_d2), 2, "what was new");
        assertEq(_votes.getVotes(_o1), _bonding.transcoderTotalStake(_o1), "the orchestrator's");
    }

    function test_whoBeganAsAnOrchestratorKeepsItsFirstVotesWhateverItBecomes() public {
        uint256 first = _round();
        _bond(_o1, 100 ether, _o1);
        _bond(_d1, 50 ether, _o1);
        assertTrue(_votes.hasCheckpoint(_o1), "its first");
        _bond(_o2, 100 ether, _o2);
        _nextRound();
        _unbond(_o1, 100 ether);
        _nextRound();
        _bond(_o1, 30 ether, _o2);
        _nextRound();
        _bond(_o2, 1 ether, _o2);
        assertEq(_votes.getPastVotes(_o1, first), 150 ether, "as an orchestrator");
        assertEq(_votes.delegatedAt(_o1, first), _o1, "bonded to itself");
        assertEq(_votes.getPastVotes(_o1, first + 1), 0, "bonded to nobody");
        assertEq(_votes.delegatedAt(_o1, first + 1), address(0), "nobody");
        assertEq(_votes.getPastVotes(_o1, first + 2), 30 ether, "as a delegator");
        assertEq(_votes.delegates(_o1), _o2, "bonded to another");
    }
}
