// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {Governor} from "../../src/governance/Governor.sol";
import {Test} from "../Test.sol";

contract GovernorTest is Test {
    uint256 private constant DELAY = 10;

    Governor private _governor;
    uint256 private _set;

    error NotThis(uint256 value);

    /// @dev What updates call.
    function set(uint256 value) external payable {
        if (value == 13) revert NotThis(value);
        _set = value;
    }

    function failSilently() external pure {
        assembly ("memory-safe") {
            revert(0, 0)
        }
    }

    function setUp() public {
        _governor = new Governor(address(this));
    }

    function test_anUpdateWaitsAndIsThenCarriedOutByAnybody() public {
        Governor.Update memory update = _update(0, abi.encodeCall(this.set, (5)));
        _governor.stage(update, DELAY);
        vm.expectRevert(abi.encodeWithSelector(Governor.TooEarly.selector, block.number + DELAY));
        _governor.execute(update);
        uint256 due = block.number + DELAY;
        vm.roll(due - 1);
        vm.expectRevert(abi.encodeWithSelector(Governor.TooEarly.selector, due));
        _governor.execute(update);
        vm.roll(due);
        vm.prank(address(0xb0b));
        _governor.execute(update);
        assertEq(_set, 5, "value");
    }

    function test_anUpdateIsCarriedOutOnce() public {
        Governor.Update memory update = _update(0, abi.encodeCall(this.set, (5)));
        _governor.stage(update, 0);
        _governor.execute(update);
        vm.expectRevert(abi.encodeWithSelector(Governor.NotStaged.selector, keccak256(abi.encode(update))));
        _governor.execute(update);
    }

    function test_oneCallThatFailsUndoesTheOthersAndSaysWhy() public {
        Governor.Update memory update = _update(0, abi.encodeCall(this.set, (5)));
        Governor.Update memory two = Governor.Update(new address[](2), new uint256[](2), new bytes[](2), 0);
        (two.target[0], two.target[1]) = (address(this), address(this));
        (two.data[0], two.data[1]) = (update.data[0], abi.encodeCall(this.set, (13)));
        _governor.stage(two, 0);
        vm.expectRevert(abi.encodeWithSelector(NotThis.selector, 13));
        _governor.execute(two);
        assertEq(_set, 0, "value");
    }

    function test_aCallThatFailsWithoutAReasonIsNamed() public {
        Governor.Update memory update = _update(0, abi.encodeCall(this.failSilently, ()));
        _governor.stage(update, 0);
        vm.expectRevert(abi.encodeWithSelector(Governor.CallFailed.selector, address(this)));
        _governor.execute(update);
    }

    function test_anUpdateTakesExactlyItsEther() public {
        vm.deal(address(this), 2 ether);
        Governor.Update memory update = _update(1 ether, abi.encodeCall(this.set, (5)));
        _governor.stage(update, 0);
        vm.expectRevert(abi.encodeWithSelector(Governor.ValueDiffers.selector, 2 ether, 1 ether));
        _governor.execute{value: 2 ether}(update);
        _governor.execute{value: 1 ether}(update);
    }

    function test_aCancelledUpdateIsNotCarriedOut() public {
        Governor.Update memory update = _update(0, abi.encodeCall(this.set, (5)));
        _governor.stage(update, 0);
        _governor.cancel(update);
        vm.expectRevert(abi.encodeWithSelector(Governor.NotStaged.selector, keccak256(abi.encode(update))));
        _governor.execute(update);
        vm.expectRevert(abi.encodeWithSelector(Governor.NotStaged.selector, keccak256(abi.encode(update))));
        _governor.cancel(update);
    }

    function test_anUpdateIsStagedOnceAndWhole() public {
        Governor.Update memory update = _update(0, "");
        _governor.stage(update, 0);
        vm.expectRevert(abi.encodeWithSelector(Governor.AlreadyStaged.selector, keccak256(abi.encode(update))));
        _governor.stage(update, 0);
        update.data = new bytes[](2);
        vm.expectRevert(abi.encodeWithSelector(Governor.LengthsDiffer.selector, 1, 1, 2));
        _governor.stage(update, 0);
    }

    function test_onlyTheOwnerStagesAndCancels() public {
        Governor.Update memory update = _update(0, "");
        bytes memory refused = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(0xbad));
        vm.startPrank(address(0xbad));
        vm.expectRevert(refused);
        _governor.stage(update, 0);
        vm.expectRevert(refused);
        _governor.cancel(update);
    }

    function _update(uint256 value, bytes memory data) private view returns (Governor.Update memory update) {
        update = Governor.Update(new address[](1), new uint256[](1), new bytes[](1), 0);
        (update.target[0], update.value[0], update.data[0]) = (address(this), value, data);
    }
}
