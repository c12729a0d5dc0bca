// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

import {Controller} from "../../src/Controller.sol";
import {HeadwaterGovernor} from "../../src/governance/HeadwaterGovernor.sol";
import {OverridableCounting} from "../../src/governance/OverridableCounting.sol";
import {Treasury} from "../../src/governance/Treasury.sol";
import {HeadwaterToken} from "../../src/token/HeadwaterToken.sol";
import {Test} from "../Test.sol";

/// @dev Where BondingVotes stands: votes that the test sets, at every round alike.
contract Stakes {
    uint48 public clock = 10;
    mapping(address account => uint256) public stake;
    mapping(address account => address) public delegate;
    uint256 public total;

    function setClock(uint48 round) external {
        clock = round;
    }

    function bond(address account, address to, uint256 amount) external {
        stake[account] += amount;
        delegate[account] = to;
        // An orchestrator's votes are all that is delegated to it.
        if (to != account) stake[to] += amount;
        total += amount;
    }

    function getPastVotes(address account, uint256) external view returns (uint256) {
        return stake[account];
    }

    function getPastTotalSupply(uint256) external view returns (uint256) {
        return total;
    }

    function delegatedAt(address account, uint256) external view returns (address) {
        return delegate[account];
    }
}

contract HeadwaterGovernorTest is Test {
    address private constant ORCHESTRATOR = address(0x0c);
    address private constant ALICE = address(0xa11ce);
    address private constant BOB = address(0xb0b);
    uint8 private constant AGAINST = 0;
    uint8 private constant FOR = 1;
    uint8 private constant ABSTAIN = 2;

    HeadwaterGovernor private _governor;
    HeadwaterToken private _token;
    Treasury private _treasury;
    Stakes private _stakes;

    function setUp() public {
        // Timelocks use the first second of time to mark what is done.
        vm.warp(1_000_000);
        Controller controller = new Controller(address(this));
        _stakes = new Stakes();
        controller.setContractInfo(keccak256("BondingVotes"), address(_stakes), 0);
        bytes memory start = abi.encodeWithSignature(
            "initialize(uint256,address[],address[],address)", 0, new address[](0), new address[](0), address(this)
        );
        _treasury = Treasury(payable(address(new ERC1967Proxy(address(new Treasury()), start))));
        controller.setContractInfo(keccak256("Treasury"), address(_treasury), 0);

        HeadwaterGovernor target = new HeadwaterGovernor(address(controller));
        start = abi.encodeCall(HeadwaterGovernor.initialize, (1, 10, 100 ether, 333_300, 500_000));
        _governor = HeadwaterGovernor(payable(address(new ERC1967Proxy(address(target), start))));
        _treasury.grantRole(_treasury.PROPOSER_ROLE(), address(_governor));
        _treasury.grantRole(_treasury.EXECUTOR_ROLE(), address(_governor));
        _treasury.grantRole(_treasury.CANCELLER_ROLE(), address(_governor));

        _token = new HeadwaterToken(address(this));
        _token.grantRole(_token.MINTER_ROLE(), address(this));
        _token.mint(address(_treasury), 1000 ether);

        _stakes.bond(ORCHESTRATOR, ORCHESTRATOR, 100 ether);
        _stakes.bond(ALICE, ORCHESTRATOR, 60 ether);
        _stakes.bond(BOB, BOB, 140 ether);
    }

    function test_aProposalThatPassesPaysFromTheTreasury() public {
        uint256 id = _open();
        _vote(ORCHESTRATOR, id, FOR);
        _vote(BOB, id, AGAINST);
        _stakes.setClock(22);
        (address[] memory targets, uint256[] memory values, bytes[] memory calls) = _payment();
        _governor.queue(targets, values, calls, keccak256("pay alice"));
        _governor.execute(targets, values, calls, keccak256("pay alice"));
        assertEq(_token.balanceOf(ALICE), 500 ether, "paid");
    }

    function test_aDelegatorWhoVotesLaterTakesItsStakeBack() public {
        uint256 id = _open();
        _vote(ORCHESTRATOR, id, FOR);
        _assertVotes(id, 0, 160 ether, 0);
        _vote(ALICE, id, AGAINST);
        _assertVotes(id, 60 ether, 100 ether, 0);
    }

    function test_aDelegatorWhoVotesFirstKeepsItsStake() public {
        uint256 id = _open();
        _vote(ALICE, id, ABSTAIN);
        _vote(ORCHESTRATOR, id, FOR);
        _assertVotes(id, 0, 100 ether, 60 ether);
    }

    function test_anOverrideCanTurnTheResult() public {
        uint256 id = _open();
        _vote(ORCHESTRATOR, id, FOR);
        _vote(BOB, id, AGAINST);
        _vote(ALICE, id, AGAINST);
        _stakes.setClock(22);
        assertEq(uint256(_governor.state(id)), uint256(IGovernor.ProposalState.Defeated), "state");
    }

    function testFuzz_everyStakeCountsOnceWhateverTheOrder(uint8[3] memory choices, uint256 order) public {
        uint256 id = _open();
        address[3] memory voters = [ORCHESTRATOR, ALICE, BOB];
        for (uint256 i = 3; i > 0; i--) {
            uint256 pick = order % i;
            order /= i;
            _vote(voters[pick], id, choices[pick] % 3);
            (voters[pick], choices[pick]) = (voters[i - 1], choices[i - 1]);
        }
        (uint256 against, uint256 inFavour, uint256 abstain) = _governor.proposalVotes(id);
        assertEq(against + inFavour + abstain, 300 ether, "all votes");
    }

    function test_aQuotaIsNotMetByLessThanItSays() public {
        // Half of an odd number of votes: 160 for, and a wei more against.
        _stakes.bond(BOB, BOB, 20 ether + 1);
        uint256 id = _open();
        _vote(ORCHESTRATOR, id, FOR);
        _vote(BOB, id, AGAINST);
        _stakes.setClock(22);
        assertEq(uint256(_governor.state(id)), uint256(IGovernor.ProposalState.Defeated), "state");
    }

    function test_tooFewVotesAreNoQuorum() public {
        _stakes.bond(address(0x51ee9), address(0x51ee9), 1000 ether);
        uint256 id = _open();
        _vote(BOB, id, FOR);
        _stakes.setClock(22);
        assertEq(uint256(_governor.state(id)), uint256(IGovernor.ProposalState.Defeated), "state");
    }

    function test_votesAreFinalAndOfThreeKinds() public {
        uint256 id = _open();
        vm.expectRevert(abi.encodeWithSelector(OverridableCounting.InvalidVoteType.selector, 3));
        vm.prank(BOB);
        _governor.castVote(id, 3);
        _vote(BOB, id, FOR);
        assertTrue(_governor.hasVoted(id, BOB), "voted");
        vm.expectRevert(OverridableCounting.VoteAlreadyCast.selector);
        vm.prank(BOB);
        _governor.castVote(id, FOR);
    }

    function test_proposingTakesStake() public {
        (address[] memory targets, uint256[] memory values, bytes[] memory calls) = _payment();
        vm.expectRevert(
            abi.encodeWithSelector(IGovernor.GovernorInsufficientProposerVotes.selector, ALICE, 60 ether, 100 ether)
        );
        vm.prank(ALICE);
        _governor.propose(targets, values, calls, "pay alice");
    }

    /// @dev Proposed, and past its delay.
    function _open() private returns (uint256 id) {
        (address[] memory targets, uint256[] memory values, bytes[] memory calls) = _payment();
        vm.prank(BOB);
        id = _governor.propose(targets, values, calls, "pay alice");
        _stakes.setClock(12);
    }

    function _payment() private view returns (address[] memory targets, uint256[] memory values, bytes[] memory calls) {
        (targets, values, calls) = (new address[](1), new uint256[](1), new bytes[](1));
        (targets[0], calls[0]) = (address(_token), abi.encodeCall(_token.transfer, (ALICE, 500 ether)));
    }

    function _vote(address who, uint256 id, uint8 support) private {
        vm.prank(who);
        _governor.castVote(id, support);
    }

    function _assertVotes(uint256 id, uint256 against, uint256 inFavour, uint256 abstain) private view {
        (uint256 gotAgainst, uint256 gotFor, uint256 gotAbstain) = _governor.proposalVotes(id);
        assertEq(gotAgainst, against, "against");
        assertEq(gotFor, inFavour, "for");
        assertEq(gotAbstain, abstain, "abstain");
    }
}
