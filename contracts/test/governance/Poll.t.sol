// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Poll} from "../../src/governance/Poll.sol";
import {PollCreator} from "../../src/governance/PollCreator.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {Test} from "../Test.sol";
import {Vm} from "../Vm.sol";

/// @dev This test stands where BondingManager does.
contract PollTest is Test {
    PollCreator private _creator;
    uint256 private _stake;

    function pendingStake(address, uint256) external view returns (uint256) {
        return _stake;
    }

    function setUp() public {
        _creator = new PollCreator(IBondingManager(address(this)));
        _stake = _creator.POLL_CREATION_COST();
    }

    function test_askingTakesStake() public {
        _stake -= 1;
        vm.expectRevert(abi.encodeWithSelector(PollCreator.InsufficientStake.selector, _stake, _stake + 1));
        _creator.createPoll("ipfs");
    }

    function test_votesCountUntilThePollEnds() public {
        Poll poll = _poll();
        uint256 end = block.number + _creator.POLL_PERIOD();
        assertEq(poll.endBlock(), end, "end");
        vm.roll(end);
        poll.vote(0);
        vm.roll(end + 1);
        vm.expectRevert(abi.encodeWithSelector(Poll.PollOver.selector, end));
        poll.vote(0);
    }

    function test_aPollIsDestroyedOnceItHasEnded() public {
        Poll poll = _poll();
        vm.expectRevert(abi.encodeWithSelector(Poll.PollOpen.selector, poll.endBlock()));
        poll.destroy();
        vm.roll(poll.endBlock() + 1);
        poll.destroy();
    }

    function _poll() private returns (Poll) {
        vm.recordLogs();
        _creator.createPoll("ipfs");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        return Poll(address(uint160(uint256(logs[0].topics[1]))));
    }
}
