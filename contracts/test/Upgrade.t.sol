// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Network} from "../script/Deployment.sol";
import {BondingManager} from "../src/bonding/BondingManager.sol";
import {Siblings} from "../src/bonding/BondingState.sol";
import {BondingVotes} from "../src/bonding/BondingVotes.sol";
import {Governor} from "../src/governance/Governor.sol";
import {HeadwaterGovernor} from "../src/governance/HeadwaterGovernor.sol";
import {IBondingManager} from "../src/interfaces/IBondingManager.sol";
import {IManager} from "../src/interfaces/IManager.sol";
import {IMinter} from "../src/interfaces/IMinter.sol";
import {IRoundsManager} from "../src/interfaces/IRoundsManager.sol";
import {ITicketBroker} from "../src/interfaces/ITicketBroker.sol";
import {IOrchestrators} from "../src/pm/IOrchestrators.sol";
import {TicketBroker} from "../src/pm/TicketBroker.sol";
import {ServiceRegistry} from "../src/registry/ServiceRegistry.sol";
import {RoundsManager} from "../src/rounds/RoundsManager.sol";
import {NetworkFixture} from "./NetworkFixture.sol";

/// @dev What the next versions add, to be known by.
interface INext {
    function generation() external view returns (uint256);
}

abstract contract Next is INext {
    function generation() external pure returns (uint256) {
        return 2;
    }
}

contract NextBondingManager is BondingManager, Next {
    constructor(Siblings memory siblings) BondingManager(siblings) {}
}

contract NextBondingVotes is BondingVotes, Next {
    constructor(IBondingManager bonding) BondingVotes(bonding) {}
}

contract NextRoundsManager is RoundsManager, Next {
    constructor(IBondingManager bonding, IMinter minter, ITicketBroker broker) RoundsManager(bonding, minter, broker) {}
}

contract NextTicketBroker is TicketBroker, Next {
    constructor(IOrchestrators bonding, IRoundsManager rounds) TicketBroker(bonding, rounds) {}
}

contract NextServiceRegistry is ServiceRegistry, Next {}

contract NextHeadwaterGovernor is HeadwaterGovernor, Next {
    constructor(address controller) HeadwaterGovernor(controller) {}
}

/// @title Every proxy of a network in use gets its next version, through the Controller, and nobody loses anything.
contract UpgradeTest is NetworkFixture {
    address private constant O1 = address(0x0c4e01);
    address private constant O2 = address(0x0c4e02);
    address private constant DELEGATOR = address(0xde1e);
    address private constant RELAY = address(0x4e1a7);
    address private constant SENDER = address(0x5e4de4);
    address private constant SESSION = address(0x5e5510);

    ITicketBroker.Ticket private _held;
    bytes private _heldSignature;

    function setUp() public override {
        super.setUp();
        _nextRound();
        _bond(O1, O1, 100 ether);
        _bond(O2, O2, 50 ether);
        _bond(DELEGATOR, O1, 300 ether);
        vm.prank(O1);
        _network.bondingManager.transcoder(100_000, 400_000);
        vm.prank(O1);
        _network.serviceRegistry.setServiceURI("https://one.example");
        vm.deal(SENDER, 10 ether);
        vm.startPrank(SENDER);
        _network.ticketBroker.fundDepositAndReserve{value: 10 ether}(6 ether, 4 ether);
        _network.ticketBroker
            .approveSigner(
                ITicketBroker.SignerApproval({
                    sender: SENDER,
                    signer: SESSION,
                    maxDepositSpend: 1 ether,
                    validUntilRound: 1000,
                    anyRecipient: false,
                    nonce: 7
                })
            );
        vm.stopPrank();
        _nextRound();
        _reward(O1);
        _pay(O1, 1 ether);
        _pay(RELAY, 0.5 ether);
        _unbond(DELEGATOR, 20 ether);
        _network.bondingManager.setTreasuryRewardCutRate(1e26);
        _nextRound();
        _pay(O2, 1 ether);
        vm.prank(SENDER);
        _network.ticketBroker.unlock();
        // Won, and not redeemed yet.
        _held = _ticket(RELAY, 0.25 ether);
        _heldSignature = _signed(_held);
        vm.deal(_held.sender, 0.25 ether);
        vm.prank(_held.sender);
        _network.ticketBroker.fundDeposit{value: 0.25 ether}();
    }

    function test_stateSurvivesTheUpgradeOfEveryProxy() public {
        bytes32 stakes = _stakes();
        bytes32 payments = _payments();
        bytes32 rounds = _rounds();
        _upgrade();
        assertEq(_stakes(), stakes, "BondingManager and BondingVotes");
        assertEq(_payments(), payments, "TicketBroker");
        assertEq(_rounds(), rounds, "RoundsManager, ServiceRegistry and HeadwaterGovernor");
    }

    function test_workGoesOnAfterwards() public {
        uint256 stake = _stake(DELEGATOR);
        _upgrade();
        _network.ticketBroker.redeemWinningTicket(_held, _heldSignature, _held.senderNonce);
        assertEq(_network.ticketBroker.payments(RELAY), 0.75 ether, "a ticket that was held");
        _nextRound();
        _reward(O1);
        assertGe(_stake(DELEGATOR), stake + 1, "a reward");
        assertGe(_network.token.balanceOf(address(_network.treasury)), 1, "a tenth of it");
        uint256 fees = _fees(DELEGATOR);
        vm.prank(DELEGATOR);
        _network.bondingManager.withdrawFees(payable(DELEGATOR), fees);
        assertEq(DELEGATOR.balance, fees, "fees of before");
        _nextRounds(6);
        vm.prank(DELEGATOR);
        _network.bondingManager.withdrawStake(0);
        assertEq(_network.token.balanceOf(DELEGATOR), 20 ether, "stake that was unbonding");
        vm.prank(SENDER);
        _network.ticketBroker.withdraw();
        assertEq(SENDER.balance, 10 ether, "funds that were unlocking");
    }

    function test_aPauseOutlastsAnUpgrade() public {
        _network.controller.pause();
        _upgrade();
        vm.expectRevert(abi.encodeWithSelector(IManager.SystemPaused.selector));
        vm.prank(O1);
        _network.bondingManager.reward();
        _network.controller.unpause();
        vm.prank(O1);
        _network.bondingManager.reward();
    }

    function test_theGovernorUpgradesAfterItsDelay() public {
        Governor governor = new Governor(address(this));
        _network.controller.transferOwnership(address(governor));
        Governor.Update memory update = Governor.Update(new address[](1), new uint256[](1), new bytes[](1), 0);
        update.target[0] = address(_network.controller);
        bytes32 target = keccak256("BondingVotesTarget");
        address next = address(new NextBondingVotes(_network.bondingManager));
        update.data[0] = abi.encodeCall(_network.controller.setContractInfo, (target, next, bytes20(0)));
        governor.stage(update, 100);
        vm.expectRevert(abi.encodeWithSelector(Governor.TooEarly.selector, block.number + 100));
        governor.execute(update);
        vm.roll(block.number + 100);
        governor.execute(update);
        assertEq(INext(address(_network.bondingVotes)).generation(), 2, "version");
    }

    function test_whatCouldNotBeUpgradedAgainIsRefused() public {
        vm.expectPartialRevert(bytes4(keccak256("ERC1967InvalidImplementation(address)")));
        _network.controller.setContractInfo(keccak256("TicketBrokerTarget"), address(_network.token), bytes20(0));
    }

    function _upgrade() private {
        Network memory n = _network;
        Siblings memory siblings =
            Siblings(n.token, n.minter, n.roundsManager, n.ticketBroker, n.bondingVotes, address(n.treasury));
        _put("BondingManager", address(n.bondingManager), address(new NextBondingManager(siblings)));
        _put("BondingVotes", address(n.bondingVotes), address(new NextBondingVotes(n.bondingManager)));
        _put(
            "RoundsManager",
            address(n.roundsManager),
            address(new NextRoundsManager(n.bondingManager, n.minter, n.ticketBroker))
        );
        IOrchestrators orchestrators = IOrchestrators(address(n.bondingManager));
        _put("TicketBroker", address(n.ticketBroker), address(new NextTicketBroker(orchestrators, n.roundsManager)));
        _put("ServiceRegistry", address(n.serviceRegistry), address(new NextServiceRegistry()));
        _put("LivepeerGovernor", address(n.governor), address(new NextHeadwaterGovernor(address(n.controller))));
    }

    function _put(string memory name, address proxy, address next) private {
        _network.controller.setContractInfo(keccak256(bytes(string.concat(name, "Target"))), next, bytes20(0));
        assertEq(INext(proxy).generation(), 2, name);
    }

    function _stakes() private view returns (bytes32 picture) {
        BondingManager bonding = _network.bondingManager;
        address[4] memory accounts = [O1, O2, DELEGATOR, RELAY];
        for (uint256 i = 0; i < 4; i++) {
            address who = accounts[i];
            picture = _with(picture, address(bonding), abi.encodeCall(bonding.getDelegator, (who)));
            picture = _with(picture, address(bonding), abi.encodeCall(bonding.getTranscoder, (who)));
            picture = _with(picture, address(bonding), abi.encodeCall(bonding.pendingStake, (who, 0)));
            picture = _with(picture, address(bonding), abi.encodeCall(bonding.pendingFees, (who, 0)));
            picture = _with(picture, address(bonding), abi.encodeCall(bonding.getDelegatorUnbondingLock, (who, 0)));
            picture = _with(picture, address(bonding), abi.encodeCall(bonding.getNextTranscoderInPool, (who)));
            for (uint256 round = 1; round <= 3; round++) {
                picture = _with(
                    picture, address(bonding), abi.encodeCall(bonding.getTranscoderEarningsPoolForRound, (who, round))
                );
                picture = _with(
                    picture,
                    address(_network.bondingVotes),
                    abi.encodeCall(_network.bondingVotes.getVotesAndDelegateAtRoundStart, (who, round))
                );
            }
        }
        picture = _with(picture, address(bonding), abi.encodeCall(bonding.getFirstTranscoderInPool, ()));
        picture = _with(picture, address(bonding), abi.encodeCall(bonding.currentRoundTotalActiveStake, ()));
        picture = _with(picture, address(bonding), abi.encodeCall(bonding.nextRoundTotalActiveStake, ()));
        picture = _with(picture, address(bonding), abi.encodeCall(bonding.nextRoundTreasuryRewardCutRate, ()));
        picture = _with(picture, address(bonding), abi.encodeCall(bonding.minSelfBond, ()));
        picture = _with(picture, address(bonding), abi.encodeCall(bonding.unbondingPeriod, ()));
        picture = _with(picture, address(bonding), abi.encodeCall(bonding.getTranscoderPoolMaxSize, ()));
        picture = _with(
            picture, address(_network.bondingVotes), abi.encodeCall(_network.bondingVotes.getPastTotalSupply, (2))
        );
    }

    function _payments() private view returns (bytes32 picture) {
        TicketBroker broker = _network.ticketBroker;
        picture = _with(picture, address(broker), abi.encodeCall(broker.getSenderInfo, (SENDER)));
        picture = _with(picture, address(broker), abi.encodeCall(broker.getSenderInfo, (_held.sender)));
        picture = _with(picture, address(broker), abi.encodeCall(broker.getSigner, (SENDER, SESSION)));
        picture = _with(picture, address(broker), abi.encodeCall(broker.claimableReserve, (SENDER, O1)));
        picture = _with(picture, address(broker), abi.encodeCall(broker.payments, (RELAY)));
        picture = _with(picture, address(broker), abi.encodeCall(broker.unsettledFees, (O2)));
        picture = _with(picture, address(broker), abi.encodeCall(broker.settledFees, ()));
        picture = _with(picture, address(broker), abi.encodeCall(broker.unlockPeriod, ()));
        picture = _with(picture, address(broker), abi.encodeCall(broker.ticketValidityPeriod, ()));
        picture = _with(picture, address(broker), abi.encodeCall(broker.usedTickets, (broker.getTicketHash(_held))));
        picture = keccak256(abi.encode(picture, address(broker).balance));
    }

    function _rounds() private view returns (bytes32 picture) {
        RoundsManager rounds = _network.roundsManager;
        picture = _with(picture, address(rounds), abi.encodeCall(rounds.currentRound, ()));
        picture = _with(picture, address(rounds), abi.encodeCall(rounds.lastInitializedRound, ()));
        picture = _with(picture, address(rounds), abi.encodeCall(rounds.roundLength, ()));
        picture = _with(picture, address(rounds), abi.encodeCall(rounds.roundLockAmount, ()));
        picture = _with(picture, address(rounds), abi.encodeCall(rounds.currentRoundStartBlock, ()));
        for (uint256 round = 0; round <= 3; round++) {
            picture = _with(picture, address(rounds), abi.encodeCall(rounds.blockHashForRound, (round)));
        }
        ServiceRegistry registry = _network.serviceRegistry;
        picture = _with(picture, address(registry), abi.encodeCall(registry.getServiceURI, (O1)));
        HeadwaterGovernor governor = _network.governor;
        picture = _with(picture, address(governor), abi.encodeCall(governor.votingPeriod, ()));
        picture = _with(picture, address(governor), abi.encodeCall(governor.proposalThreshold, ()));
        picture = _with(picture, address(governor), abi.encodeCall(governor.quota, ()));
    }

    /// @dev Adds what a view says.
    function _with(bytes32 picture, address where, bytes memory call) private view returns (bytes32) {
        (bool ok, bytes memory said) = where.staticcall(call);
        assertTrue(ok, "a view");
        return keccak256(abi.encode(picture, said));
    }
}
