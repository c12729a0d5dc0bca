// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IControlled} from "../../src/interfaces/IControlled.sol";
import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {BrokerFixture} from "./BrokerFixture.sol";

contract EarningsTest is BrokerFixture {
    function setUp() public override {
        super.setUp();
        _fund(10 ether, 20 ether);
    }

    function test_feesOfARoundGather() public {
        _redeem(_orchestrator, 1 ether);
        _redeem(_orchestrator, 2 ether);
        (uint256 amount, uint256 round) = _broker.unsettledFees(_orchestrator);
        assertEq(amount, 3 ether, "amount");
        assertEq(round, 100, "round");
        assertEq(_bonding.fees(_orchestrator), 0, "the BondingManager does not know yet");
    }

    function test_nextRoundsFirstFeeSettlesTheEarlierOnes() public {
        _redeem(_orchestrator, 1 ether);
        _nextRound();
        vm.expectEmit(address(_broker));
        emit ITicketBroker.FeesSettled(_orchestrator, 1 ether, 100);
        _redeem(_orchestrator, 2 ether);
        assertEq(_bonding.feesOfRound(_orchestrator, 100), 1 ether, "settled for their own round");
        assertEq(_unsettled(_orchestrator), 2 ether, "unsettled");
        assertEq(_broker.settledFees(), 1 ether, "owed to the BondingManager");
    }

    function test_bondingManagerSettlesWhenItNeedsTo() public {
        _redeem(_orchestrator, 1 ether);
        _bonding.settle(_orchestrator);
        _bonding.settle(_orchestrator);
        assertEq(_bonding.feesOfRound(_orchestrator, 100), 1 ether, "once");
        _redeem(_orchestrator, 2 ether);
        _nextRounds(5);
        _bonding.settle(_orchestrator);
        assertEq(_bonding.feesOfRound(_orchestrator, 100), 3 ether, "for the round they were earned in");
        assertEq(_unsettled(_orchestrator), 0, "unsettled");
    }

    function test_settlingNothingIsNoError() public {
        _bonding.settle(_orchestrator);
        _bonding.settle(_relay);
        assertEq(_broker.settledFees(), 0, "settled");
    }

    function test_paysSettledFees() public {
        _redeem(_orchestrator, 3 ether);
        _bonding.settle(_orchestrator);
        _bonding.pay(_orchestrator, payable(address(0xcafe)), 2 ether);
        assertEq(address(0xcafe).balance, 2 ether, "paid");
        assertEq(_broker.settledFees(), 1 ether, "still owed");
    }

    function test_bondingManagerCannotReachDeposits() public {
        _redeem(_orchestrator, 3 ether);
        _bonding.settle(_orchestrator);
        vm.expectRevert(
            abi.encodeWithSelector(ITicketBroker.AmountExceedsOwed.selector, uint256(3 ether + 1), uint256(3 ether))
        );
        _bonding.payUnowed(payable(address(0xcafe)), 3 ether + 1);
    }

    function test_onlyTheBondingManagerSettlesAndPays() public {
        vm.expectRevert(_error(IControlled.NotAuthorized.selector, address(this)));
        _broker.settleFees(_orchestrator);
        vm.expectRevert(_error(IControlled.NotAuthorized.selector, address(this)));
        _broker.payFees(payable(address(this)), 0);
    }

    function test_kindIsLookedUpOnceARound() public {
        _redeem(_orchestrator, 1 ether);
        _bonding.set(_orchestrator, false, false);
        _redeem(_orchestrator, 1 ether);
        assertEq(_unsettled(_orchestrator), 2 ether, "an orchestrator until the round ends");
        _nextRound();
        _redeem(_orchestrator, 1 ether);
        assertEq(_broker.payments(_orchestrator), 1 ether, "then none");
        _bonding.settle(_orchestrator);
        assertEq(_bonding.feesOfRound(_orchestrator, 100), 2 ether, "its fees are not lost");
    }

    function test_whoBecomesAnOrchestratorKeepsItsPayments() public {
        _redeem(_relay, 1 ether);
        _bonding.set(_relay, true, true);
        _redeem(_relay, 2 ether);
        assertEq(_broker.payments(_relay), 1 ether, "payments");
        assertEq(_unsettled(_relay), 2 ether, "fees");
    }

    function test_paymentsAreWithdrawnInPartsAndWhilePaused() public {
        _redeem(_relay, 3 ether);
        vm.startPrank(_relay);
        _broker.withdrawPayments(payable(_relay), 1 ether);
        vm.stopPrank();
        _controller.pause();
        vm.expectEmit(address(_broker));
        emit ITicketBroker.PaymentWithdrawn(_relay, _relay, 2 ether);
        vm.prank(_relay);
        _broker.withdrawPayments(payable(_relay), 2 ether);
        assertEq(_relay.balance, 3 ether, "paid out");
    }

    function test_badPaymentWithdrawalsAreRefused() public {
        _redeem(_relay, 3 ether);
        vm.startPrank(_relay);
        vm.expectRevert(_error(ITicketBroker.ZeroAmount.selector, _relay));
        _broker.withdrawPayments(payable(_relay), 0);
        vm.expectRevert(_error(ITicketBroker.InvalidAddress.selector, address(0)));
        _broker.withdrawPayments(payable(address(0)), 1);
        vm.expectRevert(
            abi.encodeWithSelector(ITicketBroker.AmountExceedsOwed.selector, uint256(3 ether + 1), uint256(3 ether))
        );
        _broker.withdrawPayments(payable(_relay), 3 ether + 1);
        vm.stopPrank();
    }

    function test_reenteringPaymentWithdrawalPaysOnce() public {
        GreedyRelay greedy = new GreedyRelay(_broker);
        _redeem(address(greedy), 2 ether);
        greedy.withdraw(1 ether);
        assertEq(address(greedy).balance + _broker.payments(address(greedy)), 2 ether, "never more than its own");
    }

    function testFuzz_weiIsNeitherMadeNorLost(uint96[6] memory faceValues, uint8 rounds) public {
        uint256 paid;
        for (uint256 i = 0; i < 6; i++) {
            uint256 faceValue = bound(faceValues[i], 1, 1.5 ether);
            _redeem(i % 2 == 0 ? _orchestrator : _inactive, faceValue);
            paid += faceValue;
            if ((rounds >> i) & 1 == 1) _nextRound();
        }
        uint256 fees = _bonding.fees(_orchestrator) + _bonding.fees(_inactive);
        assertEq(fees, _broker.settledFees(), "settled");
        assertEq(fees + _unsettled(_orchestrator) + _unsettled(_inactive), paid, "paid");
        assertEq(_deposit() + _reserve() + paid, address(_broker).balance, "held");
    }
}

/// @title Asks again when it is paid.
contract GreedyRelay {
    ITicketBroker private immutable _broker;

    constructor(ITicketBroker broker) {
        _broker = broker;
    }

    receive() external payable {
        try _broker.withdrawPayments(payable(address(this)), msg.value) {} catch {}
    }

    function withdraw(uint256 amount) external {
        _broker.withdrawPayments(payable(address(this)), amount);
    }
}
