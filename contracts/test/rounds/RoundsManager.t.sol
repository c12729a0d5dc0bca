// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

import {Controller} from "../../src/Controller.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IControlled} from "../../src/interfaces/IControlled.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {RoundsManager} from "../../src/rounds/RoundsManager.sol";
import {Test} from "../Test.sol";

/// @dev This test stands where BondingManager, Minter and TicketBroker do, and notes who was called.
contract RoundsManagerTest is Test {
    uint256 private constant LENGTH = 50;
    uint256 private constant LOCK = 100_000;
    uint256 private constant START = 1000;

    Controller private _controller;
    RoundsManager private _rounds;
    string private _called;
    bytes32 private _brokersHash;

    function setCurrentRoundTotalActiveStake() external {
        assertEq(RoundsManager(msg.sender).lastInitializedRound(), _rounds.currentRound(), "bonding sees the round");
        _called = string.concat(_called, "bonding ");
    }

    function setCurrentRewardTokens() external {
        _called = string.concat(_called, "minter ");
    }

    function startRound(uint64, bytes32 hash, uint64 activeSetSize) external {
        assertEq(activeSetSize, 42, "size of the active set");
        _brokersHash = hash;
        _called = string.concat(_called, "broker ");
    }

    function getTranscoderPoolSize() external pure returns (uint256) {
        return 42;
    }

    function setUp() public {
        vm.roll(START);
        _controller = new Controller(address(this));
        address here = address(this);
        address target = address(new RoundsManager(IBondingManager(here), IMinter(here), ITicketBroker(here)));
        bytes memory start = abi.encodeCall(RoundsManager.initialize, (address(_controller), LENGTH, LOCK));
        _rounds = RoundsManager(address(new ERC1967Proxy(target, start)));
        _controller.addManager(keccak256("RoundsManager"), address(_rounds), 0);
    }

    function test_roundsFollowBlocks() public {
        assertEq(_rounds.currentRound(), 0, "first");
        vm.roll(START + LENGTH - 1);
        assertEq(_rounds.currentRound(), 0, "last block of it");
        vm.roll(START + LENGTH);
        assertEq(_rounds.currentRound(), 1, "next");
        assertEq(_rounds.currentRoundStartBlock(), START + LENGTH, "start");
    }

    function test_initializingTellsTheSiblingsInOrder() public {
        vm.roll(START + LENGTH);
        assertFalse(_rounds.currentRoundInitialized(), "before");
        _rounds.initializeRound();
        assertTrue(_rounds.currentRoundInitialized(), "after");
        assertEq(_called, "bonding minter broker ", "calls");
        assertEq(_brokersHash, _rounds.blockHashForRound(1), "hash");
    }

    function test_aRoundIsInitializedOnce() public {
        vm.roll(START + LENGTH);
        _rounds.initializeRound();
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundAlreadyInitialized.selector, 1));
        _rounds.initializeRound();
    }

    function test_noRoundBeginsWhilePaused() public {
        vm.roll(START + LENGTH);
        _controller.pause();
        vm.expectRevert(IManager.SystemPaused.selector);
        _rounds.initializeRound();
    }

    function test_aRoundsHashNamesItsChainAndItsPast() public {
        vm.roll(START + LENGTH);
        _rounds.initializeRound();
        bytes32 first = _rounds.blockHashForRound(1);
        bytes32 wanted = keccak256(abi.encode(block.chainid, 1, bytes32(0), blockhash(block.number - 1)));
        assertEq(first, wanted, "first");
        vm.roll(START + 5 * LENGTH);
        _rounds.initializeRound();
        wanted = keccak256(abi.encode(block.chainid, 5, first, blockhash(block.number - 1)));
        assertEq(_rounds.blockHashForRound(5), wanted, "fifth, after three that nobody initialized");
        assertEq(_rounds.blockHashForRound(3), bytes32(0), "never initialized");
    }

    function test_theEndOfARoundIsLocked() public {
        vm.roll(START + LENGTH - LENGTH / 10 - 1);
        assertFalse(_rounds.currentRoundLocked(), "before");
        vm.roll(START + LENGTH - LENGTH / 10);
        assertTrue(_rounds.currentRoundLocked(), "within");
    }

    function testFuzz_aNewLengthNeverSkipsRounds(uint256 block_, uint256 length) public {
        vm.roll(START + bound(block_, 0, 100 * LENGTH));
        length = bound(length, 1, _rounds.MAX_ROUND_LENGTH());
        uint256 round = _rounds.currentRound();
        _rounds.setRoundLength(length);
        assertEq(_rounds.currentRound(), round, "the round that runs");
        vm.roll(_rounds.currentRoundStartBlock() + length);
        assertEq(_rounds.currentRound(), round + 1, "the next");
    }

    function test_parametersStayWithinTheirBounds() public {
        uint256 longest = _rounds.MAX_ROUND_LENGTH();
        vm.expectRevert(abi.encodeWithSelector(IControlled.ParameterOutOfBounds.selector, 0, 1, longest));
        _rounds.setRoundLength(0);
        vm.expectRevert(abi.encodeWithSelector(IControlled.ParameterOutOfBounds.selector, 1_000_001, 0, 1_000_000));
        _rounds.setRoundLockAmount(1_000_001);
    }

    function test_nobodyButTheOwnerSetsParameters() public {
        address stranger = address(0xbad);
        bytes memory refused = abi.encodeWithSelector(IControlled.NotAuthorized.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refused);
        _rounds.setRoundLength(1);
        vm.expectRevert(refused);
        _rounds.setRoundLockAmount(1);
        vm.expectRevert(refused);
        _rounds.setLIPUpgradeRound(1, 1);
    }

    function test_anUpgradeRoundIsSetOnce() public {
        _rounds.setLIPUpgradeRound(36, 7);
        assertEq(_rounds.lipUpgradeRound(36), 7, "round");
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.UpgradeRoundAlreadySet.selector, 36, 7));
        _rounds.setLIPUpgradeRound(36, 8);
    }

    function test_onlyRecentBlocksHaveAHash() public {
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.BlockHashUnavailable.selector, block.number));
        _rounds.blockHash(block.number);
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.BlockHashUnavailable.selector, block.number - 257));
        _rounds.blockHash(block.number - 257);
        assertEq(_rounds.blockHash(block.number - 1), blockhash(block.number - 1), "hash");
    }
}
