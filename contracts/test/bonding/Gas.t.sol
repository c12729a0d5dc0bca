// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NetworkFixture} from "../NetworkFixture.sol";

/// @title What staking costs as whole transactions, in a network as it is deployed, with 100 orchestrators.
/// @dev The limits: half of Livepeer's, and 200,000 a reward.
/// forge-config: default.isolate = true
contract StakingGasTest is NetworkFixture {
    event Measured(string call, uint256 gas);

    uint256 private constant POOL = 100;
    address private constant NEWCOMER = address(0x4e3c0);
    address private constant DELEGATOR = address(0xde1e);

    function setUp() public override {
        super.setUp();
        _network.bondingManager.setTreasuryRewardCutRate(1e26);
        _network.bondingManager.setTreasuryBalanceCeiling(750_000 ether);
        _nextRound();
        for (uint256 i = 0; i < POOL; i++) {
            _enter(i);
        }
        _nextRound();
    }

    function test_aNewOrchestratorInTheLastSeatCostsAtMost250k() public {
        address last = _orchestrator(POOL - 1);
        uint256 stake = _network.bondingManager.transcoderTotalStake(last);
        _unbond(last, stake);
        _nextRound();
        _bond(NEWCOMER, NEWCOMER, 500 ether);
        _check("bond, new orchestrator, room", 250_000);
    }

    function test_aNewOrchestratorInAFullPoolCostsAtMost300k() public {
        _bond(NEWCOMER, NEWCOMER, 5000 ether);
        _check("bond, new orchestrator, full pool", 300_608);
        _bond(address(0x4e3c1), address(0x4e3c1), 5000 ether);
        _check("bond, another", 300_608);
        _bond(address(0x4e3c2), address(0x4e3c2), 1 ether);
        _check("bond, a candidate", 300_608);
    }

    function test_firstDelegationCostsAtMost250k() public {
        _bond(DELEGATOR, _orchestrator(7), 10 ether);
        _check("bond, first, no reward yet ever", 250_000);
        _reward(_orchestrator(7));
        _nextRound();
        _bond(address(0xde1f), _orchestrator(7), 10 ether);
        _check("bond, first, before the reward", 250_000);
        _reward(_orchestrator(7));
        _bond(address(0xde20), _orchestrator(7), 10 ether);
        _check("bond, first, after the reward", 250_000);
    }

    function test_aRewardCostsAtMost200k() public {
        _reward(_orchestrator(7));
        _check("reward, first of all", 230_000);
        _reward(_orchestrator(8));
        _check("reward, first of an orchestrator", 200_000);
        _nextRound();
        _reward(_orchestrator(7));
        _check("reward", 200_000);
        _bond(DELEGATOR, _orchestrator(8), 10 ether);
        _reward(_orchestrator(8));
        _check("reward, after a bond in the round", 200_000);
    }

    function test_stakeMovesForHalfOfWhatLivepeersDoes() public {
        _bond(DELEGATOR, _orchestrator(7), 10 ether);
        _nextRound();
        _bond(DELEGATOR, _orchestrator(7), 10 ether);
        _check("top-up", 222_592);
        _reward(_orchestrator(7));
        _nextRound();
        _nextRound();
        _bond(DELEGATOR, _orchestrator(7), 10 ether);
        _check("top-up", 222_592);
        _nextRound();
        _bond(DELEGATOR, _orchestrator(8), 0);
        _check("change delegate", 558_049);
        _nextRound();
        _unbond(DELEGATOR, 5 ether);
        _check("unbond first", 367_100);
        _nextRound();
        _unbond(DELEGATOR, 5 ether);
        _check("unbond later", 367_100);
        _nextRound();
        vm.prank(DELEGATOR);
        _network.bondingManager.rebond(1);
        _check("rebond", 339_370);
        _reward(_orchestrator(8));
        _nextRound();
        vm.prank(DELEGATOR);
        _network.bondingManager.claimEarnings(0);
        _check("claimEarnings", 132_730);
        for (uint256 i = 0; i < 7; i++) {
            _nextRound();
        }
        vm.prank(DELEGATOR);
        _network.bondingManager.withdrawStake(0);
        _check("withdrawStake", 52_200 + 21_000);
    }

    function test_ratesCostLessThanLivepeers() public {
        vm.prank(_orchestrator(7));
        _network.bondingManager.transcoder(100_000, 500_000);
        _check("transcoder, first", 110_461);
        _nextRound();
        vm.prank(_orchestrator(7));
        _network.bondingManager.transcoder(110_000, 500_000);
        _check("transcoder, again", 110_461);
    }

    /// @dev Six tenths of what Livepeer's takes above 21,000 and calldata. The first eight fill what the broker remembers.
    function test_aRoundBeginsForAtMost151k() public {
        _nextRounds(8);
        vm.roll(block.number + ROUND);
        _network.roundsManager.initializeRound();
        _check("initializeRound", 150_691);
    }

    function _enter(uint256 i) private {
        _bond(_orchestrator(i), _orchestrator(i), 100 ether + uint256(keccak256(abi.encode(i))) % 1000 ether);
        vm.prank(_orchestrator(i));
        _network.bondingManager.transcoder(100_000, 500_000);
    }

    /// @dev Tokens and allowance are left, as mostly: no slot is cleared, so none is refunded.
    function _bond(address owner, address to, uint256 amount) internal override {
        if (amount != 0) {
            _network.token.mint(owner, amount + 1 ether);
            vm.prank(owner);
            _network.token.approve(address(_network.bondingManager), type(uint256).max);
        }
        vm.prank(owner);
        _network.bondingManager.bond(amount, to);
    }

    function _orchestrator(uint256 i) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("orchestrator", i)))));
    }

    function _check(string memory call, uint256 most) private {
        uint256 gas = vm.lastCallGas().total;
        emit Measured(call, gas);
        assertLe(gas, most, call);
    }
}
