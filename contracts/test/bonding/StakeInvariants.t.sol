// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BondingManager} from "../../src/bonding/BondingManager.sol";
import {BondingVotes} from "../../src/bonding/BondingVotes.sol";
import {HeadwaterToken} from "../../src/token/HeadwaterToken.sol";
import {Test} from "../Test.sol";
import {HandBroker, HandMinter} from "./Siblings.sol";
import {StakeActors} from "./StakeActors.sol";

/// @title The actors, with what the invariants look at.
contract SeenStakeActors is StakeActors {
    function seen() external view returns (BondingManager, BondingVotes, HeadwaterToken, HandMinter, HandBroker) {
        return (_bonding, _votes, _token, _minter, _broker);
    }

    function round() external view returns (uint256) {
        return _round();
    }
}

/// @title What holds whatever users do.
contract StakeInvariants is Test {
    SeenStakeActors private _actors;
    BondingManager private _bonding;
    BondingVotes private _votes;
    HeadwaterToken private _token;
    HandMinter private _minter;
    HandBroker private _broker;
    uint256 private _users;

    function setUp() public {
        _actors = new SeenStakeActors();
        (_bonding, _votes, _token, _minter, _broker) = _actors.seen();
        _users = _actors.USERS();
        targetContract(address(_actors));
    }

    /// @dev Each settlement, reward and slash may round away 2 wei of a stake, and no more.
    function invariant_stakesAddUp() public view {
        uint256 slack = 2 * _actors.operations() + 2 * _users;
        for (uint256 o = 0; o < _users; o++) {
            address transcoder = _actors.user(o);
            uint256 sum;
            uint256 votes;
            for (uint256 d = 0; d < _users; d++) {
                address delegator = _actors.user(d);
                (,, address delegate,,,,) = _bonding.getDelegator(delegator);
                if (delegate != transcoder) continue;
                uint256 stake = _bonding.pendingStake(delegator, 0);
                sum += stake;
                if (delegator == transcoder || !_bonding.isRegisteredTranscoder(transcoder)) continue;
                uint256 vote = _votes.getVotes(delegator);
                assertNear(vote, stake, slack, "a delegator's votes are its stake");
                votes += vote;
            }
            uint256 whole = _bonding.transcoderTotalStake(transcoder);
            assertLe(sum, whole, "parts never exceed the whole");
            assertLe(whole - sum, slack, "and are no less than rounding makes them");
            if (!_bonding.isRegisteredTranscoder(transcoder)) continue;
            assertEq(_votes.getVotes(transcoder), whole, "an orchestrator's votes are all its stake");
            assertLe(votes, whole, "overrides never exceed them");
        }
    }

    function invariant_theElectedAreTheTop() public view {
        uint256 total;
        uint256 elected;
        uint256 eligible;
        uint256 least = type(uint256).max;
        uint256 best;
        for (uint256 i = 0; i < _users; i++) {
            address account = _actors.user(i);
            uint256 stake = _bonding.transcoderTotalStake(account);
            (,,,,, uint256 deactivation,,,,) = _bonding.getTranscoder(account);
            (uint256 own,,,,,,) = _bonding.getDelegator(account);
            bool may = _bonding.isRegisteredTranscoder(account) && own >= _bonding.minSelfBond();
            if (may) eligible++;
            if (deactivation == type(uint256).max) {
                assertTrue(may, "only who may");
                elected++;
                total += stake;
                if (stake / 1e12 < least) least = stake / 1e12;
            } else if (may && stake / 1e12 > best) {
                best = stake / 1e12;
            }
        }
        uint256 size = _bonding.getTranscoderPoolMaxSize();
        assertEq(elected, eligible < size ? eligible : size, "as many as may");
        assertEq(_bonding.getTranscoderPoolSize(), elected, "counted");
        assertLe(best, least, "nobody outside has more than one inside");
        assertEq(_bonding.nextRoundTotalActiveStake(), total, "the next round's total");
        assertEq(_votes.getTotalActiveStakeAt(_actors.round()), _bonding.currentRoundTotalActiveStake(), "supply");
    }

    function invariant_everythingOwedIsHeld() public view {
        uint256 owed;
        uint256 fees;
        for (uint256 i = 0; i < _users; i++) {
            address account = _actors.user(i);
            owed += _bonding.transcoderTotalStake(account);
            fees += _bonding.pendingFees(account, 0) + _actors.paid(account);
            (,,,,,, uint256 next) = _bonding.getDelegator(account);
            for (uint256 id = 0; id < next; id++) {
                (uint256 amount,) = _bonding.getDelegatorUnbondingLock(account, id);
                owed += amount;
            }
        }
        assertGe(_token.balanceOf(address(_minter)), owed, "tokens");
        assertLe(fees, _actors.feesEver(), "no more fees than came");
        assertLe(_actors.feesEver() - fees, 3 * _actors.operations(), "and all of them but for rounding");
    }

    function invariant_slashingLeavesEverybodyElseWhole() public view {
        assertEq(_actors.harmed(), 0, "somebody else's stake, fees or locks changed");
    }
}
