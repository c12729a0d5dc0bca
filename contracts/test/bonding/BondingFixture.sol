// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

import {Controller} from "../../src/Controller.sol";
import {BondingManager} from "../../src/bonding/BondingManager.sol";
import {Siblings} from "../../src/bonding/BondingState.sol";
import {BondingVotes} from "../../src/bonding/BondingVotes.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IBondingVotes} from "../../src/interfaces/IBondingVotes.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {HeadwaterToken} from "../../src/token/HeadwaterToken.sol";
import {Test} from "../Test.sol";
import {HandBroker, HandMinter, HandRounds} from "./Siblings.sol";

/// @title BondingManager and BondingVotes behind their proxies, among siblings moved by hand.
abstract contract BondingFixture is Test {
    uint256 internal constant UNBONDING_PERIOD = 7;
    uint256 internal constant MIN_SELF_BOND = 1 ether;
    uint256 internal constant MINTABLE = 1000 ether;
    uint256 internal constant FIRST_ROUND = 100;
    uint256 internal constant PERC = 1e6;

    Controller internal _controller;
    HeadwaterToken internal _token;
    HandMinter internal _minter;
    HandRounds internal _rounds;
    HandBroker internal _broker;
    BondingManager internal _bonding;
    BondingVotes internal _votes;

    address internal _treasury = address(0x74ea5);
    address internal _verifier = address(0x7e71f);
    address internal _finder = address(0xf17de4);
    address internal _o1 = address(0x0c4e01);
    address internal _o2 = address(0x0c4e02);
    address internal _o3 = address(0x0c4e03);
    address internal _d1 = address(0xde1e01);
    address internal _d2 = address(0xde1e02);

    function setUp() public virtual {
        _deploy(2);
    }

    function _deploy(uint256 poolSize) internal {
        _controller = new Controller(address(this));
        _token = new HeadwaterToken(address(this));
        _minter = new HandMinter(_token);
        _rounds = new HandRounds();
        _broker = new HandBroker();
        _token.grantRole(_token.MINTER_ROLE(), address(this));
        _token.grantRole(_token.MINTER_ROLE(), address(_minter));
        // Each names the other: the votes' proxy comes first, and is upgraded to know of the bonding manager.
        _votes = BondingVotes(_proxy(address(new BondingVotes(IBondingManager(address(0)))), _votesInit()));
        _bonding = BondingManager(_proxy(address(new BondingManager(_siblings())), _bondingInit(poolSize)));
        _controller.addManager(keccak256("BondingManager"), address(_bonding), bytes20(0));
        _controller.addManager(keccak256("BondingVotes"), address(_votes), bytes20(0));
        _controller.setContractInfo(keccak256("BondingVotesTarget"), address(new BondingVotes(_bonding)), bytes20(0));
        _controller.setContractInfo(keccak256("Verifier"), _verifier, bytes20(0));
        _broker.setBonding(_bonding);
        _minter.setMintable(MINTABLE);
        vm.deal(address(_broker), 1e6 ether);
        _begin(FIRST_ROUND);
    }

    function _siblings() internal view returns (Siblings memory) {
        return Siblings(
            _token,
            IMinter(address(_minter)),
            IRoundsManager(address(_rounds)),
            ITicketBroker(address(_broker)),
            IBondingVotes(address(_votes)),
            _treasury
        );
    }

    function _begin(uint256 round) internal {
        _rounds.begin(round, _bonding);
    }

    function _nextRound() internal {
        _begin(_round() + 1);
    }

    function _round() internal view returns (uint256) {
        return _rounds.lastInitializedRound();
    }

    function _bond(address owner, uint256 amount, address to) internal {
        _token.mint(owner, amount);
        vm.prank(owner);
        _token.approve(address(_bonding), amount);
        vm.prank(owner);
        _bonding.bond(amount, to);
    }

    function _unbond(address owner, uint256 amount) internal {
        vm.prank(owner);
        _bonding.unbond(amount);
    }

    function _reward(address transcoder) internal {
        vm.prank(transcoder);
        _bonding.reward();
    }

    function _rates(address transcoder, uint256 rewardCut, uint256 feeShare) internal {
        vm.prank(transcoder);
        _bonding.transcoder(rewardCut, feeShare);
    }

    function _stake(address delegator) internal view returns (uint256) {
        return _bonding.pendingStake(delegator, 0);
    }

    function _fees(address delegator) internal view returns (uint256) {
        return _bonding.pendingFees(delegator, 0);
    }

    function _accrue(address transcoder, uint256 amount) internal {
        _broker.accrue(transcoder, amount, _round());
    }

    function _slash(address transcoder, uint256 share, uint256 finderFee) internal {
        vm.prank(_verifier);
        _bonding.slashTranscoder(transcoder, _finder, share, finderFee);
    }

    function _proxy(address implementation, bytes memory init) private returns (address) {
        return address(new ERC1967Proxy(implementation, init));
    }

    function _votesInit() private view returns (bytes memory) {
        return abi.encodeCall(BondingVotes.initialize, (address(_controller)));
    }

    function _bondingInit(uint256 poolSize) private view returns (bytes memory) {
        return
            abi.encodeCall(BondingManager.initialize, (address(_controller), UNBONDING_PERIOD, poolSize, MIN_SELF_BOND));
    }
}
