// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Faucet} from "../../src/token/Faucet.sol";
import {HeadwaterToken} from "../../src/token/HeadwaterToken.sol";
import {Test} from "../Test.sol";

contract FaucetTest is Test {
    address private constant ALICE = address(0xa11ce);

    HeadwaterToken private _token;
    Faucet private _faucet;

    function setUp() public {
        _token = new HeadwaterToken(address(this));
        _token.grantRole(_token.MINTER_ROLE(), address(this));
        _faucet = new Faucet(address(this), _token, 10 ether, 1);
        _token.mint(address(_faucet), 100 ether);
    }

    function test_askersWaitBetweenRequests() public {
        vm.startPrank(ALICE);
        _faucet.request();
        assertEq(_token.balanceOf(ALICE), 10 ether, "first");
        vm.expectRevert(abi.encodeWithSelector(Faucet.RequestTooEarly.selector, block.timestamp + 1 hours));
        _faucet.request();
        vm.warp(block.timestamp + 1 hours);
        _faucet.request();
        assertEq(_token.balanceOf(ALICE), 20 ether, "second");
    }

    function test_theWhitelistedDoNotWait() public {
        _faucet.addToWhitelist(ALICE);
        vm.startPrank(ALICE);
        _faucet.request();
        _faucet.request();
        vm.stopPrank();
        assertEq(_token.balanceOf(ALICE), 20 ether, "both");
        _faucet.removeFromWhitelist(ALICE);
        vm.startPrank(ALICE);
        _faucet.request();
        vm.expectRevert(abi.encodeWithSelector(Faucet.RequestTooEarly.selector, block.timestamp + 1 hours));
        _faucet.request();
    }
}
