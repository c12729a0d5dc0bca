// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Shares} from "../../src/bonding/Shares.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @title Earnings that are huge beside the stake that earns them: nobody's stake may be locked by a factor's bound.
contract OverflowTest is BondingFixture {
    /// @dev The least that has a rank.
    uint256 private constant DUST = 1e12;

    function setUp() public override {
        super.setUp();
        _bonding.setMinSelfBond(DUST);
        _bond(_o1, DUST, _o1);
        _rates(_o1, 0, PERC);
        _nextRound();
    }

    function test_aRewardThatNoFactorHoldsIsTheOrchestrators() public {
        _bond(_d1, DUST, _o1);
        _nextRound();
        _minter.setMintable(1e24);
        _reward(_o1);
        assertEq(_stake(_d1), DUST, "no share");
        assertEq(_stake(_o1), DUST + 1e24, "all is commission");
        _unbond(_d1, DUST);
        _unbond(_o1, DUST + 1e24);
    }

    function test_feesThatNoFactorHoldsAreTheOrchestrators() public {
        _bond(_d1, DUST, _o1);
        _nextRound();
        _accrue(_o1, 1e24);
        assertEq(_fees(_d1), 0, "no share");
        assertEq(_fees(_o1), 1e24, "all");
        vm.prank(_o1);
        _bonding.withdrawFees(payable(_o1), 1e24);
        _unbond(_d1, DUST);
    }

    function test_belowAGrainNothingIsShared() public {
        _bond(_d1, 5 ether, _o1);
        _nextRound();
        // Waits, and keeps the pool above a grain.
        _bond(_d2, 5 ether, _o1);
        _unbond(_o1, DUST - 1);
        _unbond(_d1, 5 ether);
        _accrue(_o1, 1 ether);
        _reward(_o1);
        // Of 5 tokens, one wei is left to earn.
        assertEq(_stake(_o1), 1 + MINTABLE / (5 ether + DUST), "its own");
        assertEq(_fees(_o1), 1 ether, "and the fees");
    }

    function test_aFactorThatGrewForLongLocksNobody() public {
        _bond(_d1, DUST, _o1);
        _nextRound();
        // A hundredfold each time, which 2^128 holds five times; the stake itself is far below its own bound.
        for (uint256 i = 0; i < 8; i++) {
            _minter.setMintable(99 * _bonding.transcoderTotalStake(_o1));
            _reward(_o1);
            _accrue(_o1, 1 ether);
            _nextRound();
        }
        uint256 stake = _stake(_d1);
        assertEq(stake, DUST * 100 ** 5, "as far as the factor goes");
        assertGe(_stake(_o1), stake, "then the orchestrator's");
        vm.prank(_d1);
        _bonding.claimEarnings(0);
        assertEq(_stake(_d1), stake, "claimed");
        _unbond(_d1, stake);
        assertEq(_bonding.transcoderTotalStake(_o1), _stake(_o1), "nothing is owed twice");
    }

    function testFuzz_earningsOfAnySizeLeaveEverybodyTheirStake(
        uint256 stake,
        uint256 minted,
        uint256 fees,
        uint256 cut
    ) public {
        stake = bound(stake, 1, 1e27);
        _bond(_d1, stake, _o1);
        _rates(_o1, bound(cut, 0, PERC), bound(cut >> 128, 0, PERC));
        _nextRound();
        _minter.setMintable(bound(minted, 0, 1e27));
        fees = bound(fees, 1, 1e24);
        _accrue(_o1, fees);
        _reward(_o1);
        _nextRound();
        assertGe(_stake(_d1), stake, "no less than before");
        assertLe(_stake(_d1) + _stake(_o1), _bonding.transcoderTotalStake(_o1), "no more than there is");
        assertLe(_fees(_d1) + _fees(_o1), fees, "nor of the fees");
        _unbond(_d1, _stake(_d1));
        _unbond(_o1, _stake(_o1));
        assertLe(_bonding.transcoderTotalStake(_o1), 4, "all but what was rounded away");
    }

    function test_moreStakeThanASlotHoldsIsRefused() public {
        uint256 most = type(uint96).max - _bonding.transcoderTotalStake(_o1);
        _token.mint(_d1, most + 1);
        vm.prank(_d1);
        _token.approve(address(_bonding), most + 1);
        vm.expectPartialRevert(bytes4(keccak256("SafeCastOverflowedUintDowncast(uint8,uint256)")));
        vm.prank(_d1);
        _bonding.bond(most + 1, _o1);
        vm.prank(_d1);
        _bonding.bond(most, _o1);
        assertEq(Shares.GRAIN, DUST, "the unit of ranks");
    }
}
