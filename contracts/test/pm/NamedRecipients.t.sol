// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {BrokerFixture} from "./BrokerFixture.sol";

contract NamedRecipientsTest is BrokerFixture {
    function test_firstListIsEffectiveAtOnce() public {
        _name(_orchestrator, _inactive);
        _fund(0, 20 ether);
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 10 ether, "half");
        assertEq(_broker.claimableReserve(_sender, _inactive), 10 ether, "half, though not active");
        _redeem(_inactive, 10 ether);
        _redeem(_orchestrator, 10 ether);
        assertEq(_reserve(), 0, "reserve");
    }

    function test_changeWaitsForTheUnlockPeriod() public {
        _fund(0, 20 ether);
        vm.expectEmit(address(_broker));
        emit ITicketBroker.ReserveRecipientsSet(_sender, _pair(_inactive, address(1)), 102);
        _name(_inactive, address(1));
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 2 ether, "still a tenth");
        _nextRound();
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 2 ether, "still a tenth, a round later");
        _nextRound();
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 0, "not named");
        assertEq(_broker.claimableReserve(_sender, _inactive), 10 ether, "named");
        assertEq(_broker.getReserveRecipients(_sender).length, 2, "in force");
    }

    function test_laterChangeReplacesOneThatIsNotYetInForce() public {
        _fund(0, 20 ether);
        _name(_inactive, address(1));
        _nextRound();
        _name(_orchestrator, address(1));
        _nextRound();
        assertEq(_broker.claimableReserve(_sender, _inactive), 0, "never came into force");
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 2 ether, "as before");
        _nextRound();
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 10 ether, "named");
    }

    function test_emptyListBringsTheActiveSetBack() public {
        _name(_inactive, address(1));
        _fund(0, 20 ether);
        vm.prank(_sender);
        _broker.setReserveRecipients(new address[](0));
        _nextRounds(UNLOCK_PERIOD);
        assertEq(_broker.claimableReserve(_sender, _inactive), 0, "inactive");
        assertEq(_broker.claimableReserve(_sender, _orchestrator), 2 ether, "a tenth");
    }

    function test_whoIsNoOrchestratorHasNoAllotmentThoughNamed() public {
        _name(_relay, _orchestrator);
        _fund(0, 20 ether);
        assertEq(_broker.claimableReserve(_sender, _relay), 0, "claimable");
        _expectRefusal(_relay, 1 ether, _error(ITicketBroker.InsufficientFunds.selector, uint256(0)));
    }

    function test_reserveThatWasClaimedEmptyStillDelaysAChange() public {
        _name(_orchestrator, _inactive);
        _fund(0, 20 ether);
        _redeem(_orchestrator, 10 ether);
        _redeem(_inactive, 10 ether);
        _name(_relay, address(1));
        assertEq(_broker.getReserveRecipients(_sender)[0], _orchestrator, "the former");
    }

    function test_nineAreTooMany() public {
        address[] memory nine = new address[](9);
        vm.expectRevert(_error(ITicketBroker.TooManyRecipients.selector, uint256(9)));
        _broker.setReserveRecipients(nine);
    }

    function testFuzz_eightShareEqually(uint80 reserve) public {
        vm.assume(reserve > 8);
        address[] memory eight = new address[](8);
        for (uint160 i = 0; i < 8; i++) {
            eight[i] = address(0x1000 + i);
            _bonding.set(eight[i], true, false);
        }
        vm.prank(_sender);
        _broker.setReserveRecipients(eight);
        vm.deal(_sender, reserve);
        _fund(0, reserve);
        for (uint256 i = 0; i < 8; i++) {
            _redeem(eight[i], reserve / 8);
            assertEq(_broker.claimableReserve(_sender, eight[i]), 0, "its part");
        }
        assertEq(_reserve(), reserve % 8, "what could not be divided");
    }

    function test_badNamesAreRefused() public {
        vm.startPrank(_sender);
        vm.expectRevert(_error(ITicketBroker.InvalidAddress.selector, address(0)));
        _broker.setReserveRecipients(_pair(_orchestrator, address(0)));
        vm.expectRevert(_error(ITicketBroker.InvalidAddress.selector, _sender));
        _broker.setReserveRecipients(_pair(_orchestrator, _sender));
        vm.expectRevert(_error(ITicketBroker.DuplicateRecipient.selector, _orchestrator));
        _broker.setReserveRecipients(_pair(_orchestrator, _orchestrator));
        vm.stopPrank();
    }

    function test_reserveThatComesAfterAWithdrawalIsDividedAnew() public {
        address[] memory three = new address[](3);
        for (uint160 i = 0; i < 3; i++) {
            three[i] = address(0x1000 + i);
            _bonding.set(three[i], true, false);
        }
        vm.prank(_sender);
        _broker.setReserveRecipients(three);
        _fund(0, 9 ether);
        vm.prank(_sender);
        _broker.unlock();
        _nextRound();
        ITicketBroker.Ticket memory ticket = _ticket(three[0], 3 ether);
        _redeem(ticket, SENDER_KEY);
        _nextRound();
        vm.prank(_sender);
        _broker.withdraw();
        _fund(0, 3 ether);
        _redeem(three[1], 1 ether);
        _redeem(three[2], 1 ether);
        _redeem(three[0], 1 ether);
        assertEq(_reserve(), 0, "reserve");
    }

    function _name(address one, address two) private {
        vm.prank(_sender);
        _broker.setReserveRecipients(_pair(one, two));
    }

    function _pair(address one, address two) private pure returns (address[] memory pair) {
        pair = new address[](2);
        (pair[0], pair[1]) = (one, two);
    }
}
