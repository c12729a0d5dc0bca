// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BondingFixture} from "./BondingFixture.sol";

/// @title The treasury's part of rewards, of which each round mints 1,000.
contract TreasuryTest is BondingFixture {
    uint256 private constant TENTH = 1e26;

    function setUp() public override {
        super.setUp();
        _bond(_o1, 100 ether, _o1);
        _nextRound();
    }

    function test_aCutHoldsFromTheNextRound() public {
        _bonding.setTreasuryRewardCutRate(TENTH);
        assertEq(_bonding.treasuryRewardCutRate(), 0, "not yet");
        assertEq(_bonding.nextRoundTreasuryRewardCutRate(), TENTH, "announced");
        _reward(_o1);
        assertEq(_had(), 0, "nothing of this round's");
        _nextRound();
        assertEq(_bonding.treasuryRewardCutRate(), TENTH, "in force");
        _reward(_o1);
        assertEq(_had(), 100 ether, "a tenth of the next");
        assertEq(_stake(_o1), 100 ether + 1000 ether + 900 ether, "the rest is shared");
    }

    function test_aCeilingFoundReachedEndsTheCutWithTheNextRound() public {
        _bonding.setTreasuryRewardCutRate(TENTH);
        _bonding.setTreasuryBalanceCeiling(100 ether);
        _nextRound();
        _reward(_o1);
        assertEq(_had(), 100 ether, "the ceiling is reached");
        _nextRound();
        _reward(_o1);
        assertEq(_had(), 200 ether, "which the next reward finds, and pays once more");
        assertEq(_bonding.nextRoundTreasuryRewardCutRate(), 0, "but no later one will");
        _nextRound();
        _reward(_o1);
        assertEq(_had(), 200 ether, "nothing more");
    }

    function test_aCutThatIsSetAgainAboveTheCeilingEndsAgain() public {
        _token.mint(_treasury, 50 ether);
        _bonding.setTreasuryBalanceCeiling(50 ether);
        _bonding.setTreasuryRewardCutRate(TENTH);
        _reward(_o1);
        _nextRound();
        _reward(_o1);
        assertEq(_had(), 50 ether, "it never came into force");
    }

    function test_belowTheCeilingTheCutStays() public {
        _bonding.setTreasuryRewardCutRate(TENTH);
        _bonding.setTreasuryBalanceCeiling(100 ether + 1);
        _nextRound();
        _reward(_o1);
        _nextRound();
        _reward(_o1);
        assertEq(_bonding.nextRoundTreasuryRewardCutRate(), TENTH, "a wei is missing");
    }

    function test_aCeilingIsHeldInWholeGrainsAndNeverBecomesNone() public {
        _bonding.setTreasuryBalanceCeiling(1);
        assertEq(_bonding.treasuryBalanceCeiling(), 1e12, "rounded up");
        _bonding.setTreasuryBalanceCeiling(3e12);
        assertEq(_bonding.treasuryBalanceCeiling(), 3e12, "whole");
        _bonding.setTreasuryBalanceCeiling(uint256(type(uint64).max) * 1e12);
        assertEq(_bonding.treasuryBalanceCeiling(), uint256(type(uint64).max) * 1e12, "the greatest");
    }

    function test_noCeilingIsNoLimit() public {
        _bonding.setTreasuryRewardCutRate(TENTH);
        _token.mint(_treasury, 1e27);
        _nextRound();
        _reward(_o1);
        assertEq(_had(), 1e27 + 100 ether, "paid all the same");
    }

    function test_theWholeRewardMayGoToTheTreasury() public {
        _bonding.setTreasuryRewardCutRate(1e27);
        _nextRound();
        _reward(_o1);
        assertEq(_had(), MINTABLE, "all");
        assertEq(_stake(_o1), 100 ether, "nothing is shared");
    }

    function _had() private view returns (uint256) {
        return _token.balanceOf(_treasury);
    }
}
