// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {BrokerFixture} from "./BrokerFixture.sol";

/// @title What transactions cost through the proxy: 21,000, calldata and refunds included.
/// @dev The BondingManager stands in, unproxied: the real one's share comes on top where it is asked.
/// forge-config: default.isolate = true
contract GasTest is BrokerFixture {
    event Measured(string call, uint256 gas);

    function setUp() public override {
        super.setUp();
        _fund(10 ether, 20 ether);
        _approve(8 ether);
        _redeem(_orchestrator, 0.1 ether);
        _bonding.settle(_orchestrator);
        _redeem(_orchestrator, 0.1 ether);
    }

    function test_steadyRedemptionCostsAtMost100k() public {
        _redeem(_orchestrator, 1 ether);
        _check("redeem, deposit only", 100_000);
    }

    function test_redemptionOfASessionSignersTicketCostsAtMost100k() public {
        _redeem(_ticket(_orchestrator, 1 ether), SESSION_KEY);
        _check("redeem, session signer", 100_000);
    }

    function test_firstReserveClaimCostsAtMost140k() public {
        _redeem(_orchestrator, 10.5 ether);
        _check("redeem, deposit and first reserve claim", 140_000);
    }

    function test_firstClaimOnAReserveAloneCostsAtMost125k() public {
        uint256 key = 0xb40ce;
        vm.deal(address(this), 20 ether);
        _broker.fundDepositAndReserveFor{value: 20 ether}(vm.addr(key), 0, 20 ether);
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        ticket.sender = vm.addr(key);
        _redeem(ticket, key);
        _check("redeem, first claim on a reserve alone", 125_000);
    }

    function test_laterReserveClaimCostsAtMost120k() public {
        _redeem(_orchestrator, 10.5 ether);
        _nextRound();
        _fund(1 ether, 0);
        _redeem(_orchestrator, 0.5 ether);
        _redeem(_orchestrator, 1 ether);
        _check("redeem, deposit and later reserve claim", 120_000);
    }

    function test_firstFeeOfARoundCostsAtMost160k() public {
        _nextRound();
        _redeem(_orchestrator, 1 ether);
        _check("redeem, first fee of a round", 160_000);
    }

    function test_batchOf20CostsAtMost46kATicket() public {
        _checkBatch("batch of 20, a ticket", SENDER_KEY, 46_000);
    }

    function test_sessionSignersBatchOf20CostsAtMost46kATicket() public {
        _checkBatch("batch of 20 by a session signer, a ticket", SESSION_KEY, 46_000);
    }

    function test_batchOf20SendersCostsAtMost55kATicket() public {
        uint256 count = 20;
        ITicketBroker.Ticket[] memory tickets = new ITicketBroker.Ticket[](count);
        bytes[] memory sigs = new bytes[](count);
        uint256[] memory rands = new uint256[](count);
        for (uint256 i = 0; i < count; i++) {
            tickets[i] = _ticket(_orchestrator, 0.1 ether);
            tickets[i].sender = vm.addr(0x20 + i);
            vm.deal(address(this), 2 ether);
            _broker.fundDepositAndReserveFor{value: 2 ether}(tickets[i].sender, 1 ether, 1 ether);
            sigs[i] = _sign(0x20 + i, tickets[i]);
            rands[i] = _rand(tickets[i].senderNonce);
        }
        _broker.batchRedeemWinningTickets(tickets, sigs, rands);
        uint256 gas = vm.lastCallGas().total / count;
        emit Measured("batch of 20 senders, a ticket", gas);
        assertLe(gas, 55_000, "batch of 20 senders, a ticket");
        assertEq(_unsettled(_orchestrator), 2.1 ether, "all paid");
    }

    /// @dev The limits: 0.6 of what Livepeer's exceed 21,000 and calldata by.
    function test_firstFundingCostsAtMost73k() public {
        vm.deal(address(this), 2 ether);
        _broker.fundDepositAndReserve{value: 2 ether}(1 ether, 1 ether);
        _check("fundDepositAndReserve, first", 73_000);
    }

    function test_topUpsCostAtMost47k() public {
        vm.prank(_sender);
        _broker.fundDeposit{value: 1 ether}();
        _check("fundDeposit", 47_000);
        vm.prank(_sender);
        _broker.fundReserve{value: 1 ether}();
        _check("fundReserve", 49_000);
    }

    function test_leavingCostsAtMost64kAStep() public {
        vm.prank(_sender);
        _broker.unlock();
        _check("unlock", 64_000);
        _nextRounds(UNLOCK_PERIOD);
        vm.prank(_sender);
        _broker.withdraw();
        _check("withdraw", 64_000);
    }

    function test_startingARoundCostsAtMost45k() public {
        _nextRounds(8);
        _rounds.pass(1);
        bytes32 hash = keccak256("hash");
        vm.prank(address(_rounds));
        _broker.startRound(110, hash, ACTIVE_SET);
        _check("startRound", 47_000);
    }

    function _checkBatch(string memory call, uint256 key, uint256 most) private {
        uint256 count = 20;
        ITicketBroker.Ticket[] memory tickets = new ITicketBroker.Ticket[](count);
        bytes[] memory sigs = new bytes[](count);
        uint256[] memory rands = new uint256[](count);
        for (uint256 i = 0; i < count; i++) {
            tickets[i] = _ticket(_orchestrator, 0.1 ether);
            sigs[i] = _sign(key, tickets[i]);
            rands[i] = _rand(tickets[i].senderNonce);
        }
        _broker.batchRedeemWinningTickets(tickets, sigs, rands);
        uint256 gas = vm.lastCallGas().total / count;
        emit Measured(call, gas);
        assertLe(gas, most, call);
        assertEq(_deposit(), 7.8 ether, "all paid");
    }

    function _check(string memory call, uint256 most) private {
        uint256 gas = vm.lastCallGas().total;
        emit Measured(call, gas);
        assertLe(gas, most, call);
    }
}
