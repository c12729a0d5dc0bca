// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {HeadwaterToken} from "../../src/token/HeadwaterToken.sol";
import {Test} from "../Test.sol";

contract HeadwaterTokenTest is Test {
    address private constant ALICE = address(0xa11ce);
    address private constant BOB = address(0xb0b);

    HeadwaterToken private _token;

    function setUp() public {
        _token = new HeadwaterToken(address(this));
        _token.grantRole(_token.MINTER_ROLE(), address(this));
        _token.mint(ALICE, 100);
    }

    function test_onlyMintersMint() public {
        bytes32 role = _token.MINTER_ROLE();
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, BOB, role));
        vm.prank(BOB);
        _token.mint(BOB, 1);
    }

    function test_burningTakesFromTheSupply() public {
        vm.prank(ALICE);
        _token.burn(40);
        assertEq(_token.balanceOf(ALICE), 60, "balance");
        assertEq(_token.totalSupply(), 60, "supply");
    }

    function test_burningForAnotherTakesAnAllowance() public {
        vm.prank(ALICE);
        _token.approve(BOB, 30);
        vm.prank(BOB);
        _token.burnFrom(ALICE, 30);
        assertEq(_token.allowance(ALICE, BOB), 0, "allowance");
        vm.expectRevert();
        vm.prank(BOB);
        _token.burnFrom(ALICE, 1);
    }

    function test_allowancesRiseAndFall() public {
        vm.startPrank(ALICE);
        _token.increaseAllowance(BOB, 50);
        _token.decreaseAllowance(BOB, 20);
        assertEq(_token.allowance(ALICE, BOB), 30, "allowance");
        vm.expectRevert(abi.encodeWithSelector(HeadwaterToken.AllowanceBelowZero.selector, BOB, 30, 31));
        _token.decreaseAllowance(BOB, 31);
    }

    function test_aPermitIsAnAllowanceBySignature() public {
        uint256 key = 7;
        address owner = vm.addr(key);
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 content = keccak256(abi.encode(typeHash, owner, BOB, 5, 0, block.timestamp));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", _token.DOMAIN_SEPARATOR(), content));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        _token.permit(owner, BOB, 5, block.timestamp, v, r, s);
        assertEq(_token.allowance(owner, BOB), 5, "allowance");
        vm.expectRevert();
        _token.permit(owner, BOB, 5, block.timestamp, v, r, s);
    }
}
