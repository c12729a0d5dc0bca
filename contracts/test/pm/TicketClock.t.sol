// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IControlled} from "../../src/interfaces/IControlled.sol";
import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {TicketBroker} from "../../src/pm/TicketBroker.sol";
import {BrokerFixture} from "./BrokerFixture.sol";

contract TicketClockTest is BrokerFixture {
    function testFuzz_ticketIsValidForItsPeriodOfInitializedRounds(uint256 validity, uint256 age, uint256 gap) public {
        validity = bound(validity, 1, 8);
        age = bound(age, 0, 10);
        gap = bound(gap, 1, 1000);
        _broker.setUnlockPeriod(8);
        _broker.setTicketValidityPeriod(validity);
        _fund(10 ether, 0);
        _nextRounds(9);
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        for (uint256 i = 0; i < age; i++) {
            _rounds.pass(gap);
            _rounds.initializeRound(ACTIVE_SET);
        }
        if (age < validity) {
            _redeem(ticket, SENDER_KEY);
        } else {
            _expectRefusal(ticket, SENDER_KEY, _error(ITicketBroker.CreationRoundNotAccepted.selector, uint256(109)));
        }
    }

    function test_roundNumbersOnlyIncrease() public {
        vm.startPrank(address(_rounds));
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.RoundNotAfter.selector, uint256(100), uint256(100)));
        _broker.startRound(100, bytes32(uint256(1)), 1);
        vm.stopPrank();
    }

    function test_onlyTheRoundsManagerStartsRounds() public {
        vm.expectRevert(_error(IControlled.NotAuthorized.selector, address(this)));
        _broker.startRound(101, bytes32(uint256(1)), 1);
    }

    function test_parametersAreBounded() public {
        vm.expectRevert(_outOfBounds(0, 1, 2));
        _broker.setTicketValidityPeriod(0);
        vm.expectRevert(_outOfBounds(3, 1, 2));
        _broker.setTicketValidityPeriod(3);
        vm.expectRevert(_outOfBounds(1, 2, 64));
        _broker.setUnlockPeriod(1);
        vm.expectRevert(_outOfBounds(65, 2, 64));
        _broker.setUnlockPeriod(65);
        _broker.setUnlockPeriod(64);
        vm.expectRevert(_outOfBounds(9, 1, 8));
        _broker.setTicketValidityPeriod(9);
        vm.expectEmit(address(_broker));
        emit IControlled.ParameterUpdate("ticketValidityPeriod");
        _broker.setTicketValidityPeriod(8);
        assertEq(_broker.unlockPeriod(), 64, "unlock period");
        assertEq(_broker.ticketValidityPeriod(), 8, "validity period");
    }

    function test_onlyTheControllersOwnerSetsParameters() public {
        vm.startPrank(_sender);
        vm.expectRevert(_error(IControlled.NotAuthorized.selector, _sender));
        _broker.setUnlockPeriod(3);
        vm.expectRevert(_error(IControlled.NotAuthorized.selector, _sender));
        _broker.setTicketValidityPeriod(1);
        vm.stopPrank();
    }

    function test_initializesOnceAndOnlyTheProxy() public {
        vm.expectRevert();
        _broker.initialize(address(this), 2, 2);
        TicketBroker implementation = _newImplementation();
        vm.expectRevert();
        implementation.initialize(address(this), 2, 2);
    }

    function test_stateSurvivesAnUpgrade() public {
        _fund(10 ether, 20 ether);
        _approve(5 ether);
        _redeem(_orchestrator, 10.5 ether);
        bytes32 target = _broker.targetContractId();
        assertEq(target, keccak256("TicketBrokerTarget"), "target");
        _controller.setContractInfo(target, address(_newImplementation()), bytes20(uint160(1)));
        assertEq(_reserve(), 19.5 ether, "reserve");
        assertEq(_unsettled(_orchestrator), 10.5 ether, "fees");
        assertEq(_broker.getSigner(_sender, _session).depositLeft, 5 ether, "signer");
        assertEq(_broker.claimedReserve(_sender, _orchestrator), 0.5 ether, "claimed");
        _redeem(_ticket(_orchestrator, 1.5 ether), SESSION_KEY);
    }

    function _outOfBounds(uint256 value, uint256 min, uint256 max) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IControlled.ParameterOutOfBounds.selector, value, min, max);
    }
}
