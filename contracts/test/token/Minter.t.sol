// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Controller} from "../../src/Controller.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IControlled} from "../../src/interfaces/IControlled.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {HeadwaterToken} from "../../src/token/HeadwaterToken.sol";
import {Minter} from "../../src/token/Minter.sol";
import {Test} from "../Test.sol";

contract MinterTest is Test {
    uint256 private constant PPB = 1_000_000_000;
    uint256 private constant SUPPLY = 10_000_000 ether;
    uint256 private constant INFLATION = 200_000;
    uint256 private constant CHANGE = 500;
    address private constant BROKER = address(0xb0c);

    Controller private _controller;
    HeadwaterToken private _token;
    Minter private _minter;
    uint256 private _bonded;

    /// @dev This test stands where BondingManager and RoundsManager do.
    function getTotalBonded() external view returns (uint256) {
        return _bonded;
    }

    function setUp() public {
        _controller = new Controller(address(this));
        _token = new HeadwaterToken(address(this));
        _minter = _newMinter();
        _token.grantRole(_token.MINTER_ROLE(), address(_minter));
        _token.grantRole(_token.MINTER_ROLE(), address(this));
        _token.mint(address(this), SUPPLY);
    }

    function test_inflationRisesWhileTooLittleIsBonded() public {
        _bonded = SUPPLY / 2 - 1 ether;
        _minter.setCurrentRewardTokens();
        assertEq(_minter.inflation(), INFLATION + CHANGE, "inflation");
        assertEq(_minter.currentMintableTokens(), SUPPLY * (INFLATION + CHANGE) / PPB, "mintable");
    }

    function test_inflationFallsWhileTooMuchIsBonded() public {
        _bonded = SUPPLY / 2 + 1 ether;
        _minter.setCurrentRewardTokens();
        assertEq(_minter.inflation(), INFLATION - CHANGE, "inflation");
    }

    function test_roundsBeginHoweverLargeTheSupplyIs() public {
        _token.mint(address(this), uint256(1) << 150);
        _minter.setCurrentRewardTokens();
        assertEq(_minter.currentMintableTokens(), type(uint96).max, "as much as stakes have room for");
        _minter.createReward(1, 1);
        assertEq(_minter.currentMintedTokens(), type(uint96).max, "all of it");
    }

    function test_inflationStaysAtTheTarget() public {
        _bonded = SUPPLY / 2;
        _minter.setCurrentRewardTokens();
        assertEq(_minter.inflation(), INFLATION, "inflation");
    }

    function testFuzz_inflationStaysWithinItsBounds(uint256 bonded, uint8 rounds) public {
        _bonded = bound(bonded, 0, SUPPLY);
        _minter.setInflationChange(_minter.MAX_INFLATION_CHANGE());
        for (uint256 i = 0; i < rounds; i++) {
            uint256 before = _minter.inflation();
            _minter.setCurrentRewardTokens();
            uint256 inflation = _minter.inflation();
            assertLe(inflation, PPB, "most");
            uint256 moved = inflation > before ? inflation - before : before - inflation;
            assertLe(moved, _minter.MAX_INFLATION_CHANGE(), "one step");
        }
    }

    function test_rewardsAreSharesOfTheRound() public {
        _minter.setCurrentRewardTokens();
        uint256 mintable = _minter.currentMintableTokens();
        assertEq(_minter.createReward(1, 3), mintable / 3, "a third");
        assertEq(_token.balanceOf(address(_minter)), mintable / 3, "kept");
        assertEq(_minter.currentMintedTokens(), mintable / 3, "minted");
    }

    function test_whatARoundAllowsIsMintedAndNotAWeiMore() public {
        _minter.setCurrentRewardTokens();
        uint256 mintable = _minter.currentMintableTokens();
        _minter.createReward(mintable - 1, mintable);
        vm.expectRevert(abi.encodeWithSelector(IMinter.NothingLeftToMint.selector, 2, 1));
        _minter.createReward(2, mintable);
        _minter.createReward(1, mintable);
        assertEq(_minter.currentMintedTokens(), mintable, "all of it");
    }

    /// @dev Half of what is tried is too much.
    function testFuzz_aRoundNeverMintsMoreThanItAllows(uint256 first, uint256 second, uint256 whole) public {
        whole = bound(whole, 1, type(uint128).max);
        (first, second) = (bound(first, 0, whole), bound(second, 0, whole));
        _minter.setCurrentRewardTokens();
        uint256 mintable = _minter.currentMintableTokens();
        uint256 left = mintable - _minter.createReward(first, whole);
        uint256 wanted = mintable * second / whole;
        if (wanted > left) vm.expectRevert(abi.encodeWithSelector(IMinter.NothingLeftToMint.selector, wanted, left));
        _minter.createReward(second, whole);
        assertLe(_minter.currentMintedTokens(), mintable, "minted");
    }

    function test_siblingsAloneMoveTokensAndEther() public {
        address stranger = address(0xbad);
        bytes memory refused = abi.encodeWithSelector(IControlled.NotAuthorized.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refused);
        _minter.createReward(1, 1);
        vm.expectRevert(refused);
        _minter.trustedTransferTokens(stranger, 1);
        vm.expectRevert(refused);
        _minter.trustedBurnTokens(1);
        vm.expectRevert(refused);
        _minter.trustedWithdrawETH(payable(stranger), 1);
        vm.expectRevert(refused);
        _minter.setCurrentRewardTokens();
        vm.expectRevert(refused);
        _minter.setTargetBondingRate(1);
        vm.expectRevert(refused);
        _minter.setInflationChange(1);
        vm.expectRevert(refused);
        _minter.migrateToNewMinter(stranger);
    }

    function test_etherGoesInAndComesOut() public {
        vm.deal(address(this), 3 ether);
        _minter.depositETH{value: 3 ether}();
        vm.prank(BROKER);
        _minter.trustedWithdrawETH(payable(address(0xe0a)), 1 ether);
        assertEq(address(0xe0a).balance, 1 ether, "paid");
        // This contract takes no ether.
        vm.expectRevert(abi.encodeWithSelector(IMinter.TransferFailed.selector, address(this), 1 ether));
        _minter.trustedWithdrawETH(payable(address(this)), 1 ether);
    }

    function test_parametersStayWithinTheirBounds() public {
        vm.expectRevert(abi.encodeWithSelector(IControlled.ParameterOutOfBounds.selector, PPB + 1, 0, PPB));
        _minter.setTargetBondingRate(PPB + 1);
        uint256 most = _minter.MAX_INFLATION_CHANGE();
        vm.expectRevert(abi.encodeWithSelector(IControlled.ParameterOutOfBounds.selector, most + 1, 0, most));
        _minter.setInflationChange(most + 1);
    }

    function test_migrationTakesEverythingAndTheRightToMint() public {
        vm.deal(address(this), 1 ether);
        _minter.depositETH{value: 1 ether}();
        _token.transfer(address(_minter), 5 ether);
        Minter next = _newMinter();
        vm.expectRevert(IMinter.SystemNotPaused.selector);
        _minter.migrateToNewMinter(address(next));
        _controller.pause();
        _minter.migrateToNewMinter(address(next));
        assertEq(_token.balanceOf(address(next)), 5 ether, "tokens");
        assertEq(address(next).balance, 1 ether, "ether");
        assertFalse(_token.hasRole(_token.MINTER_ROLE(), address(_minter)), "may still mint");
    }

    function test_migrationGoesToAMinterOfTheSameController() public {
        _controller.pause();
        vm.expectRevert(abi.encodeWithSelector(IMinter.NotAMinter.selector, address(0xe0a)));
        _minter.migrateToNewMinter(address(0xe0a));
        vm.expectRevert(abi.encodeWithSelector(IMinter.NotAMinter.selector, address(_minter)));
        _minter.migrateToNewMinter(address(_minter));
        Controller other = new Controller(address(this));
        _controller = other;
        Minter foreign = _newMinter();
        vm.expectRevert(abi.encodeWithSelector(IMinter.NotAMinter.selector, address(foreign)));
        _minter.migrateToNewMinter(address(foreign));
    }

    function _newMinter() private returns (Minter) {
        IBondingManager here = IBondingManager(address(this));
        address controller = address(_controller);
        return new Minter(controller, _token, here, address(this), BROKER, INFLATION, CHANGE, PPB / 2);
    }
}
