// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {Shares} from "./Shares.sol";
import {Tournament} from "./Tournament.sol";

/// @title Who is elected: the orchestrators with the most stake, of those with enough of their own.
/// @notice Ranked by floor(stake / 10^12), up to 2^48 - 1 (281 million tokens); an equal does not displace. Changes take
/// effect in the next round, except that who has no stake left leaves at once.
/// @dev The elected are one tournament, which the least wins, and those who wait another, which the greatest wins. Who is
/// let in takes the seat of whom it displaces.
library Election {
    using SafeCast for uint256;
    using Tournament for Tournament.Field;

    struct UnbondingLock {
        uint128 amount;
        uint32 withdrawRound;
        /// @dev Of an orchestrator's own stake, and so slashable until it is free.
        bool slashable;
    }

    /// @dev All that BondingManager keeps, but for what shares a slot with the controller.
    struct State {
        uint96 currentTotal;
        uint96 nextTotal;
        /// @dev How many are elected, how many wait, and how many can be elected.
        uint16 size;
        uint16 waiting;
        uint16 poolMaxSize;
        /// @dev What a reward asks for: the treasury's cuts, and its ceiling by `Shares.GRAIN`.
        uint96 treasuryCut;
        uint96 nextTreasuryCut;
        uint64 treasuryCeiling;
        mapping(address delegator => Shares.Delegator) delegators;
        mapping(address transcoder => Shares.Transcoder) transcoders;
        mapping(address delegator => mapping(uint256 id => UnbondingLock)) locks;
        mapping(address transcoder => address) rewardCallers;
        /// @dev By keys turned over, so that the least wins.
        Tournament.Field elected;
        Tournament.Field candidates;
    }

    /// @dev An elected orchestrator's deactivation round.
    uint32 internal constant NEVER = type(uint32).max;

    /// @dev So many have a seat at most, each of whom bonds the minimum: whoever leaves makes room.
    uint256 private constant _MAX_SEATS = type(uint16).max;

    /// @notice Lets go, or in, whom another size of the pool does.
    function resize(State storage s, uint256 round, uint256 size) internal {
        s.poolMaxSize = size.toUint16();
        while (s.size > size) _demote(s, round);
        while (s.size < size && s.waiting != 0) _promote(s, round);
    }

    /// @notice The elected that follows in order of stake, after `account` or, if it is zero, after nobody.
    function following(State storage s, address account) internal view returns (address) {
        if (account == address(0)) return _following(s, type(uint256).max);
        Shares.Transcoder storage t = s.transcoders[account];
        if (t.deactivationRound != NEVER) return address(0);
        return _following(s, _order(_turned(s.elected.keyOf(t.seat)), t.seat));
    }

    function bondedBy(State storage s, address account) internal view returns (uint256) {
        Shares.Delegator storage d = s.delegators[account];
        return uint256(d.bonded) + d.waiting;
    }

    /// @notice Puts an orchestrator, or who may be one, in its place after its stake changed.
    function rank(State storage s, address account, uint256 round, uint256 stakeBefore, uint256 minSelfBond) internal {
        Shares.Transcoder storage t = s.transcoders[account];
        uint256 stake = t.stake;
        uint256 key = _keyOf(stake);
        uint256 seat = t.seat;
        bool elected = t.deactivationRound == NEVER;
        if (elected) s.nextTotal = (uint256(s.nextTotal) + stake - stakeBefore).toUint96();

        // Who has a seat is registered, or was until this call, and has nothing bonded then.
        uint256 own = seat != 0 || s.delegators[account].delegate == account ? bondedBy(s, account) : 0;
        if (own < minSelfBond || key == 0) {
            if (seat != 0) _strikeOut(s, account, round, seat, elected);
            if ((own == 0 || key == 0) && t.deactivationRound > round) t.deactivationRound = round.toUint32();
        } else if (seat == 0) {
            _enlist(s, account, round, key);
        } else {
            if (elected) s.elected.set(seat, _turned(key), s.size);
            else s.candidates.set(seat, key, s.waiting);
            // Elsewhere nobody of the elected can have come to have less than a candidate.
            bool fell = stake < stakeBefore;
            if (elected == fell) _exchange(s, round);
        }
    }

    function _enlist(State storage s, address account, uint256 round, uint256 key) private {
        uint256 size = s.size;
        if (size + s.waiting >= _MAX_SEATS) return;
        if (size < s.poolMaxSize) {
            _elect(s, account, round, key);
            return;
        }
        (uint256 seat, uint256 least) = s.elected.winner(size);
        if (key <= _turned(least)) {
            _queue(s, account, key);
            return;
        }
        address incumbent = s.elected.holders[seat];
        _deactivate(s, incumbent, round);
        _replace(s, seat, account, round, key);
        _queue(s, incumbent, _turned(least));
    }

    function _strikeOut(State storage s, address account, uint256 round, uint256 seat, bool elected) private {
        s.transcoders[account].seat = 0;
        if (!elected) {
            _leaveQueue(s, seat);
            return;
        }
        _deactivate(s, account, round);
        if (s.waiting == 0) {
            _leaveElected(s, seat);
        } else {
            (address next, uint256 key) = _takeBest(s);
            _replace(s, seat, next, round, key);
        }
    }

    /// @dev Lets the best candidate in for the least of the elected, if it has more.
    function _exchange(State storage s, uint256 round) private {
        (uint256 size, uint256 waiting) = (s.size, s.waiting);
        if (waiting == 0) return;
        uint256 key = s.candidates.best(waiting);
        uint256 least = _turned(s.elected.best(size));
        if (key <= least) return;
        (uint256 queued,) = s.candidates.winner(waiting);
        (uint256 seat,) = s.elected.winner(size);
        address candidate = s.candidates.holders[queued];
        address incumbent = s.elected.holders[seat];
        _deactivate(s, incumbent, round);
        _replace(s, seat, candidate, round, key);
        s.candidates.give(queued, incumbent, least, waiting);
        s.transcoders[incumbent].seat = queued.toUint16();
    }

    function _promote(State storage s, uint256 round) private {
        (address candidate, uint256 key) = _takeBest(s);
        _elect(s, candidate, round, key);
    }

    function _demote(State storage s, uint256 round) private {
        (uint256 seat, uint256 least) = s.elected.winner(s.size);
        address incumbent = s.elected.holders[seat];
        _leaveElected(s, seat);
        _deactivate(s, incumbent, round);
        _queue(s, incumbent, _turned(least));
    }

    /// @dev Into a seat of the elected of its own.
    function _elect(State storage s, address account, uint256 round, uint256 key) private {
        uint256 size = uint256(s.size) + 1;
        s.size = size.toUint16();
        s.elected.add(account, _turned(key), size);
        s.transcoders[account].seat = size.toUint16();
        _activate(s, account, round);
    }

    /// @dev Into another's seat of the elected.
    function _replace(State storage s, uint256 seat, address account, uint256 round, uint256 key) private {
        s.elected.give(seat, account, _turned(key), s.size);
        s.transcoders[account].seat = seat.toUint16();
        _activate(s, account, round);
    }

    function _leaveElected(State storage s, uint256 seat) private {
        uint256 size = s.size;
        address moved = s.elected.remove(seat, size);
        if (moved != address(0)) s.transcoders[moved].seat = seat.toUint16();
        s.size = (size - 1).toUint16();
    }

    function _queue(State storage s, address account, uint256 key) private {
        uint256 waiting = uint256(s.waiting) + 1;
        s.waiting = waiting.toUint16();
        s.candidates.add(account, key, waiting);
        s.transcoders[account].seat = waiting.toUint16();
    }

    function _leaveQueue(State storage s, uint256 seat) private {
        uint256 waiting = s.waiting;
        address moved = s.candidates.remove(seat, waiting);
        if (moved != address(0)) s.transcoders[moved].seat = seat.toUint16();
        s.waiting = (waiting - 1).toUint16();
    }

    /// @dev The best candidate, who is one no more.
    function _takeBest(State storage s) private returns (address candidate, uint256 key) {
        uint256 seat;
        (seat, key) = s.candidates.winner(s.waiting);
        candidate = s.candidates.holders[seat];
        _leaveQueue(s, seat);
    }

    function _activate(State storage s, address account, uint256 round) private {
        Shares.Transcoder storage t = s.transcoders[account];
        uint256 next = round + 1;
        // Who comes back in the round in which it went does not miss one.
        if (t.deactivationRound != next || t.activationRound == next) t.activationRound = next.toUint32();
        t.deactivationRound = NEVER;
        s.nextTotal = (uint256(s.nextTotal) + uint256(t.stake)).toUint96();
        emit IBondingManager.TranscoderActivated(account, t.activationRound);
    }

    function _deactivate(State storage s, address account, uint256 round) private {
        Shares.Transcoder storage t = s.transcoders[account];
        uint256 next = round + 1;
        t.deactivationRound = next.toUint32();
        s.nextTotal = (uint256(s.nextTotal) - uint256(t.stake)).toUint96();
        emit IBondingManager.TranscoderDeactivated(account, next);
    }

    /// @dev The elected whose place is next below `order`.
    function _following(State storage s, uint256 order) private view returns (address) {
        uint256 best;
        uint256 found;
        uint256 size = s.size;
        for (uint256 seat = 1; seat <= size; seat++) {
            uint256 place = _order(_turned(s.elected.keyOf(seat)), seat);
            if (place < order && place > best) (best, found) = (place, seat);
        }
        return found == 0 ? address(0) : s.elected.holders[found];
    }

    /// @dev By key, and among equals by seat.
    function _order(uint256 key, uint256 seat) private pure returns (uint256) {
        return key << 16 | seat;
    }

    /// @dev 0 where there is no rank.
    function _keyOf(uint256 stake) private pure returns (uint256 key) {
        key = stake / Shares.GRAIN;
        if (key > Tournament.MAX_KEY) key = Tournament.MAX_KEY;
    }

    function _turned(uint256 key) private pure returns (uint256) {
        return Tournament.MAX_KEY + 1 - key;
    }
}
