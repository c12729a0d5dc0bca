// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {MerkleMine} from "../../src/genesis/MerkleMine.sol";
import {MerkleSnapshot} from "../../src/genesis/MerkleSnapshot.sol";
import {HeadwaterToken} from "../../src/token/HeadwaterToken.sol";
import {Test} from "../Test.sol";

contract MerkleMineTest is Test {
    address private constant ALICE = address(0xa11ce);
    address private constant BOB = address(0xb0b);
    uint256 private constant SHARE = 2.4417 ether;
    uint256 private constant START = 500_000;
    uint256 private constant END = 3_000_000;

    HeadwaterToken private _token;
    MerkleMine private _mine;
    bytes32 private _root;

    function setUp() public {
        _token = new HeadwaterToken(address(this));
        _token.grantRole(_token.MINTER_ROLE(), address(this));
        _root = _pair(_leaf(ALICE), _leaf(BOB));
        _mine = new MerkleMine(_token, _root, SHARE, START, END);
        _token.mint(address(_mine), 2 * SHARE);
    }

    function test_everybodyGetsAllOfTheirOwnShare() public {
        vm.prank(ALICE);
        _mine.generate(ALICE, _proof(BOB));
        assertEq(_token.balanceOf(ALICE), SHARE, "share");
        vm.roll(END + 1);
        vm.prank(BOB);
        _mine.generate(BOB, _proof(ALICE));
        assertEq(_token.balanceOf(BOB), SHARE, "late, but their own");
    }

    function test_aShareIsClaimedOnce() public {
        vm.startPrank(ALICE);
        _mine.generate(ALICE, _proof(BOB));
        vm.expectRevert(abi.encodeWithSelector(MerkleMine.AlreadyGenerated.selector, ALICE));
        _mine.generate(ALICE, _proof(BOB));
    }

    function test_strangersAndForgedProofsGetNothing() public {
        vm.expectRevert(abi.encodeWithSelector(MerkleMine.NotInGenesis.selector, address(this)));
        _mine.generate(address(this), _proof(BOB));
        // A node of the tree is not an address.
        vm.expectRevert(abi.encodeWithSelector(MerkleMine.NotInGenesis.selector, ALICE));
        _mine.generate(ALICE, new bytes32[](0));
    }

    function test_nobodyClaimsForAnotherBeforeTheWindow() public {
        vm.roll(START - 1);
        vm.expectRevert(abi.encodeWithSelector(MerkleMine.CallerAllocationNotStarted.selector, START));
        _mine.generate(ALICE, _proof(BOB));
    }

    function test_whoClaimsForAnotherKeepsAGrowingShare() public {
        vm.roll(START + (END - START) / 4);
        _mine.generate(ALICE, _proof(BOB));
        assertEq(_token.balanceOf(address(this)), SHARE / 4, "caller");
        assertEq(_token.balanceOf(ALICE), SHARE - SHARE / 4, "recipient");
        vm.roll(END);
        _mine.generate(BOB, _proof(ALICE));
        assertEq(_token.balanceOf(BOB), 0, "recipient, at the end");
    }

    function testFuzz_nothingIsLostOrMadeInTheSplit(uint256 block_) public {
        vm.roll(bound(block_, START, 2 * END));
        _mine.generate(ALICE, _proof(BOB));
        assertEq(_token.balanceOf(ALICE) + _token.balanceOf(address(this)), SHARE, "both");
    }

    function test_aGenesisHasAWindowAheadAndSharesThatAreSomething() public {
        vm.roll(START);
        vm.expectRevert(abi.encodeWithSelector(MerkleMine.InvalidGenesis.selector, START, END, SHARE));
        new MerkleMine(_token, _root, SHARE, START, END);
        vm.expectRevert(abi.encodeWithSelector(MerkleMine.InvalidGenesis.selector, END, END, SHARE));
        new MerkleMine(_token, _root, SHARE, END, END);
        vm.expectRevert(abi.encodeWithSelector(MerkleMine.InvalidGenesis.selector, END, END + 1, 0));
        new MerkleMine(_token, _root, 0, END, END + 1);
    }

    function test_aSnapshotVouchesForItsLeaves() public {
        MerkleSnapshot snapshots = new MerkleSnapshot(address(this));
        snapshots.setSnapshot("LIP-52", _root);
        assertTrue(snapshots.verify("LIP-52", _proof(BOB), _leaf(ALICE)), "in it");
        assertFalse(snapshots.verify("LIP-52", _proof(BOB), _leaf(address(this))), "not in it");
        assertFalse(snapshots.verify("LIP-73", _proof(BOB), _leaf(ALICE)), "another list");
    }

    /// @dev This test stands where the Controller does: it owns itself.
    function owner() external view returns (address) {
        return address(this);
    }

    function _leaf(address who) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(who))));
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function _proof(address sibling) private pure returns (bytes32[] memory proof) {
        proof = new bytes32[](1);
        proof[0] = _leaf(sibling);
    }
}
