// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NetworkFixture} from "./NetworkFixture.sol";

/// @title A whole network, as it is deployed.
contract IntegrationTest is NetworkFixture {
    address private constant ORCHESTRATOR = address(0x0ac1e);
    address private constant DELEGATOR = address(0xde1e);
    address private constant FINDER = address(0xf1d);

    function test_anOrchestratorIsElectedRewardedAndPaidAndItsDelegatorClaimsAShare() public {
        _nextRound();
        _register();
        _bond(DELEGATOR, ORCHESTRATOR, 300 ether);
        assertFalse(_network.bondingManager.isActiveTranscoder(ORCHESTRATOR), "elected before its round");
        _nextRound();
        assertTrue(_network.bondingManager.isActiveTranscoder(ORCHESTRATOR), "elected");

        vm.prank(ORCHESTRATOR);
        _network.bondingManager.reward();
        uint256 minted = _network.minter.currentMintedTokens();
        assertGe(minted, 1 ether, "a reward");
        // A tenth is the orchestrator's; of the rest the delegator has three quarters.
        uint256 gained = _network.bondingManager.pendingStake(DELEGATOR, 0) - 300 ether;
        assertNear(gained, minted * 9 / 10 * 3 / 4, 1e6, "the delegator's reward");

        _pay(ORCHESTRATOR, 1 ether);
        _nextRound();
        vm.prank(DELEGATOR);
        _network.bondingManager.claimEarnings(0);
        (, uint256 fees,,,,,) = _network.bondingManager.getDelegator(DELEGATOR);
        assertNear(fees, 0.4 ether * 3 / 4, 1e6, "the delegator's fees");
        vm.prank(DELEGATOR);
        _network.bondingManager.withdrawFees(payable(DELEGATOR), fees);
        assertEq(DELEGATOR.balance, fees, "paid out");
    }

    function test_aSlashedOrchestratorLosesItsOwnStakeAndItsDelegatorNone() public {
        _nextRound();
        _register();
        _bond(DELEGATOR, ORCHESTRATOR, 300 ether);
        _nextRound();
        _network.controller.setContractInfo(keccak256("Verifier"), address(this), 0);
        uint256 supply = _network.token.totalSupply();
        _network.bondingManager.slashTranscoder(ORCHESTRATOR, FINDER, 500_000, 50_000);
        assertNear(_network.bondingManager.pendingStake(ORCHESTRATOR, 0), 50 ether, 1e6, "its own stake");
        assertNear(_network.bondingManager.pendingStake(DELEGATOR, 0), 300 ether, 1e6, "the delegator's");
        assertNear(_network.token.balanceOf(FINDER), 2.5 ether, 1e6, "the finder's fee");
        assertNear(supply - _network.token.totalSupply(), 47.5 ether, 1e6, "burned");
    }

    function test_theTreasuryPaysWhatPassesAndAnOverrideTurnsAVote() public {
        _nextRound();
        _register();
        _bond(DELEGATOR, ORCHESTRATOR, 300 ether);
        _nextRound();
        _nextRound();
        _network.token.transfer(address(_network.treasury), 10 ether);
        (address[] memory targets, uint256[] memory values, bytes[] memory calls) =
            (new address[](1), new uint256[](1), new bytes[](1));
        targets[0] = address(_network.token);
        calls[0] = abi.encodeCall(_network.token.transfer, (FINDER, 10 ether));
        vm.prank(ORCHESTRATOR);
        uint256 proposal = _network.governor.propose(targets, values, calls, "pay");
        _nextRound();
        _nextRound();
        vm.prank(ORCHESTRATOR);
        _network.governor.castVote(proposal, 0);
        vm.prank(DELEGATOR);
        _network.governor.castVote(proposal, 1);
        (uint256 against, uint256 inFavour,) = _network.governor.proposalVotes(proposal);
        assertEq(against, 100 ether, "the orchestrator's own");
        assertEq(inFavour, 300 ether, "the delegator's, taken back");
        for (uint256 i = 0; i < 11; i++) {
            _nextRound();
        }
        _network.governor.queue(targets, values, calls, keccak256("pay"));
        _network.governor.execute(targets, values, calls, keccak256("pay"));
        assertEq(_network.token.balanceOf(FINDER), 10 ether, "paid");
    }

    function test_aRoundCostsLittleToBegin() public {
        _nextRound();
        _register();
        _nextRound();
        vm.roll(block.number + ROUND);
        uint256 before = gasleft();
        _network.roundsManager.initializeRound();
        // Livepeer's takes 237,110; of what exceeds 21,000 at most three fifths.
        assertLe(before - gasleft(), (237_110 - 21_000) * 6 / 10, "gas");
    }

    /// @dev With 100 tokens of its own, a tenth of the rewards and six tenths of the fees for itself.
    function _register() private {
        _bond(ORCHESTRATOR, ORCHESTRATOR, 100 ether);
        vm.prank(ORCHESTRATOR);
        _network.bondingManager.transcoder(100_000, 400_000);
    }
}
