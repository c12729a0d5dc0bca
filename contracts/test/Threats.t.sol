// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BondingManager} from "../src/bonding/BondingManager.sol";
import {IBondingManager} from "../src/interfaces/IBondingManager.sol";
import {ITicketBroker} from "../src/interfaces/ITicketBroker.sol";
import {NetworkFixture} from "./NetworkFixture.sol";

/// @dev A delegator who asks for its fees again while they are being paid.
contract GreedyDelegator {
    BondingManager private immutable _BONDING;
    uint256 private _amount;
    uint256 public refused;

    constructor(BondingManager bonding) {
        _BONDING = bonding;
    }

    receive() external payable {
        try _BONDING.withdrawFees(payable(this), _amount) {}
        catch {
            refused++;
        }
    }

    function withdraw(uint256 amount) external {
        _amount = amount;
        _BONDING.withdrawFees(payable(this), amount);
    }
}

/// @title Attacks that take the whole network: stake, rounds and payments together.
contract NetworkThreatsTest is NetworkFixture {
    address private constant ORCHESTRATOR = address(0x0ac1e);
    address private constant DELEGATOR = address(0xde1e);
    address private constant ATTACKER = address(0xbad);
    address private constant SENDER = address(0x5e4de4);

    BondingManager private _bonding;

    function setUp() public override {
        super.setUp();
        _bonding = _network.bondingManager;
        _network.controller.setContractInfo(keccak256("Verifier"), address(this), 0);
        _nextRound();
        _bond(ORCHESTRATOR, ORCHESTRATOR, 100 ether);
        _bond(DELEGATOR, ORCHESTRATOR, 300 ether);
        vm.prank(ORCHESTRATOR);
        _bonding.transcoder(100_000, 500_000);
        vm.deal(SENDER, 20 ether);
        vm.prank(SENDER);
        _network.ticketBroker.fundDepositAndReserve{value: 20 ether}(10 ether, 10 ether);
        _nextRound();
    }

    // Reserve dilution: many who join with dust shrink what a reserve guarantees each.

    function test_dustJoinersAreNotElectedAndDiluteNothing() public {
        for (uint160 i = 1; i <= 20; i++) {
            _bond(address(0xd057000 + i), address(0xd057000 + i), 1 ether - 1);
        }
        _nextRound();
        assertEq(_bonding.getTranscoderPoolSize(), 1, "none has the minimum of its own");
        assertEq(_network.ticketBroker.claimableReserve(SENDER, ORCHESTRATOR), 10 ether, "all of it still");
    }

    function test_othersStakeDoesNotElectADustJoiner() public {
        _bond(ATTACKER, ATTACKER, 1);
        _bond(address(0xacc0), ATTACKER, 1000 ether);
        _nextRound();
        assertFalse(_bonding.isActiveTranscoder(ATTACKER), "it risks nothing of its own");
    }

    function test_joiningShrinksNoAllotmentOfTheRoundItHappensIn() public {
        _bond(ATTACKER, ATTACKER, 1 ether);
        assertEq(_network.ticketBroker.claimableReserve(SENDER, ORCHESTRATOR), 10 ether, "frozen at its start");
        assertEq(_network.ticketBroker.claimableReserve(SENDER, ATTACKER), 0, "without the joiner");
        _nextRound();
        assertEq(_network.ticketBroker.claimableReserve(SENDER, ORCHESTRATOR), 5 ether, "for a token at least");
        assertEq(_network.ticketBroker.claimableReserve(SENDER, ATTACKER), 5 ether, "as much as another");
    }

    // Slashing evasion.

    function test_stakeOfAnOrchestratorIsNotGivenAwayBeforeASlash() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.RegisteredTranscoder.selector, ORCHESTRATOR));
        vm.prank(ORCHESTRATOR);
        _bonding.transferBond(ATTACKER, 100 ether, ATTACKER, ATTACKER, ATTACKER, ATTACKER);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.RegisteredTranscoder.selector, ORCHESTRATOR));
        vm.prank(ORCHESTRATOR);
        _bonding.bond(0, ATTACKER);
    }

    function test_whoReturnsAsADelegatorAndGivesItsStakeAwayIsStillReached() public {
        _bond(ATTACKER, ATTACKER, 5 ether);
        _unbond(ORCHESTRATOR, 100 ether);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.SlashableLock.selector, ORCHESTRATOR, 0));
        vm.prank(ORCHESTRATOR);
        _bonding.rebondFromUnbonded(ATTACKER, 0);
        // What it brings anew may go on; what was at stake stays within reach.
        _bond(ORCHESTRATOR, ATTACKER, 1 ether);
        _nextRound();
        vm.prank(ORCHESTRATOR);
        _bonding.transferBond(ATTACKER, 1 ether, ATTACKER, ATTACKER, ATTACKER, ATTACKER);
        uint256 supply = _network.token.totalSupply();
        _bonding.slashTranscoder(ORCHESTRATOR, address(0), 1_000_000, 0);
        assertEq(supply - _network.token.totalSupply(), 100 ether, "all that was at stake");
    }

    function test_commissionIsReachedByASlash() public {
        vm.prank(ORCHESTRATOR);
        _bonding.transcoder(1_000_000, 0);
        _nextRound();
        _reward(ORCHESTRATOR);
        uint256 own = _stake(ORCHESTRATOR);
        uint256 supply = _network.token.totalSupply();
        _bonding.slashTranscoder(ORCHESTRATOR, address(0), 500_000, 0);
        assertNear(supply - _network.token.totalSupply(), own / 2, 2, "half of it, earned or bonded");
    }

    // Reorgs across initializeRound: the round is begun again, upon another block.

    function test_aTicketOfAnOrphanedRoundIsRefusedAndOneOfTheRoundBeforeIsPaid() public {
        ITicketBroker.Ticket memory before = _ticket(ORCHESTRATOR, 1 ether);
        vm.roll(block.number + ROUND);
        uint256 fork = vm.snapshotState();
        vm.setBlockhash(block.number - 1, keccak256("orphan"));
        _network.roundsManager.initializeRound();
        ITicketBroker.Ticket memory orphaned = _ticket(ORCHESTRATOR, 1 ether);
        bytes32 orphan = _network.roundsManager.blockHashForRound(_network.roundsManager.currentRound());
        vm.revertToState(fork);

        vm.setBlockhash(block.number - 1, keccak256("canonical"));
        _network.roundsManager.initializeRound();
        vm.deal(before.sender, 2 ether);
        vm.prank(before.sender);
        _network.ticketBroker.fundDeposit{value: 2 ether}();
        bytes memory signature = _signed(orphaned);
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.CreationRoundHashMismatch.selector, orphan));
        _network.ticketBroker.redeemWinningTicket(orphaned, signature, orphaned.senderNonce);
        _network.ticketBroker.redeemWinningTicket(before, _signed(before), before.senderNonce);
    }

    // Pause and expiry.

    function test_aPauseTakesNoTicketsTime() public {
        ITicketBroker.Ticket memory ticket = _ticket(ORCHESTRATOR, 1 ether);
        vm.deal(ticket.sender, 1 ether);
        vm.prank(ticket.sender);
        _network.ticketBroker.fundDeposit{value: 1 ether}();
        _network.controller.pause();
        vm.roll(block.number + 30 * ROUND);
        _network.controller.unpause();
        _network.roundsManager.initializeRound();
        _network.ticketBroker.redeemWinningTicket(ticket, _signed(ticket), ticket.senderNonce);
        assertEq(_fees(ORCHESTRATOR) + _fees(DELEGATOR), 1 ether, "paid");
    }

    // Rewards and fees that one has no part in.

    function test_stakeThatComesForARewardAndGoesEarnsNone() public {
        _bond(ATTACKER, ORCHESTRATOR, 10_000 ether);
        _reward(ORCHESTRATOR);
        _pay(ORCHESTRATOR, 1 ether);
        assertEq(_stake(ATTACKER), 10_000 ether, "no reward");
        assertEq(_fees(ATTACKER), 0, "no fees");
        _nextRound();
        _unbond(ATTACKER, 10_000 ether);
        _reward(ORCHESTRATOR);
        assertEq(_stake(ATTACKER), 0, "nor of a round that it leaves before");
        uint256 others = _stake(ORCHESTRATOR) + _stake(DELEGATOR);
        assertNear(_bonding.transcoderTotalStake(ORCHESTRATOR), others, 8, "all is the others'");
    }

    function test_feesOfAnEarlierRoundAreNotSharedWithWhoCameSince() public {
        _pay(ORCHESTRATOR, 2 ether);
        _bond(ATTACKER, ORCHESTRATOR, 10_000 ether);
        _nextRounds(3);
        _pay(ORCHESTRATOR, 1);
        vm.prank(ATTACKER);
        _bonding.claimEarnings(0);
        assertEq(_fees(ATTACKER), 0, "they are of a round before it");
        assertEq(_fees(DELEGATOR), 0.75 ether, "and those of then have them");
    }

    function test_reenteringAWithdrawalOfFeesPaysOnce() public {
        GreedyDelegator greedy = new GreedyDelegator(_bonding);
        _bond(address(greedy), ORCHESTRATOR, 400 ether);
        _nextRound();
        _pay(ORCHESTRATOR, 8 ether);
        greedy.withdraw(2 ether);
        assertEq(address(greedy).balance, 2 ether, "once");
        assertEq(greedy.refused(), 1, "the second time is refused");
    }
}
