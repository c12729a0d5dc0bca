// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {PackedHeap} from "./PackedHeap.sol";
import {Shares} from "./Shares.sol";

/// @title Who is elected: the orchestrators with the most stake, of those with enough of their own.
/// @notice Ranked by floor(stake / 10^12), up to 2^48 - 1 (281 million tokens); an equal does not displace. Changes take
/// effect in the next round, except that who has no stake left leaves at once.
/// @dev The elected are one heap with the least on top, those who wait another with the greatest on top. An id is an
/// orchestrator's while it is in one of them, and is given again then.
library Election {
    using SafeCast for uint256;
    using PackedHeap for PackedHeap.Heap;

    struct UnbondingLock {
        uint128 amount;
        uint32 withdrawRound;
        /// @dev Of an orchestrator's own stake, and so slashable until it is free.
        bool slashable;
    }

    /// @dev All that BondingManager keeps, but for what shares a slot with the controller.
    struct State {
        uint128 currentTotal;
        uint128 nextTotal;
        uint128 minSelfBond;
        uint96 treasuryCut;
        /// @dev The highest id ever given, and the first of those to give again.
        uint16 lastId;
        uint16 freeId;
        uint128 treasuryCeiling;
        uint96 nextTreasuryCut;
        uint16 poolMaxSize;
        mapping(address delegator => Shares.Delegator) delegators;
        mapping(address transcoder => Shares.Transcoder) transcoders;
        mapping(address delegator => mapping(uint256 id => UnbondingLock)) locks;
        mapping(address transcoder => address) rewardCallers;
        /// @dev An id's owner, or the id to give after it.
        mapping(uint256 id => uint256) ids;
        PackedHeap.Heap elected;
        /// @dev By keys turned over, so that the greatest is on top.
        PackedHeap.Heap candidates;
    }

    /// @dev An elected orchestrator's deactivation round.
    uint32 internal constant NEVER = type(uint32).max;

    /// @notice Lets go, or in, whom another size of the pool does.
    function resize(State storage s, uint256 round, uint256 size) internal {
        s.poolMaxSize = size.toUint16();
        while (s.elected.size() > size) _demote(s, round);
        while (s.elected.size() < size && s.candidates.size() != 0) _promote(s, round);
    }

    /// @notice The elected that follows in order of stake, after `account` or, if it is zero, after nobody.
    function following(State storage s, address account) internal view returns (address) {
        if (account == address(0)) return _following(s, type(uint256).max);
        Shares.Transcoder storage t = s.transcoders[account];
        if (t.deactivationRound != NEVER) return address(0);
        return _following(s, _order(s.elected.keyOf(t.id), t.id));
    }

    function bondedBy(State storage s, address account) internal view returns (uint256) {
        Shares.Delegator storage d = s.delegators[account];
        return uint256(d.bonded) + d.waiting;
    }

    /// @notice Puts an orchestrator, or who may be one, in its place after its stake changed.
    function rank(State storage s, address account, uint256 round, uint256 stakeBefore) internal {
        Shares.Transcoder storage t = s.transcoders[account];
        uint256 stake = t.stake;
        uint256 key = stake / Shares.GRAIN;
        uint256 id = t.id;
        bool elected = t.deactivationRound == NEVER;
        if (elected) s.nextTotal = (s.nextTotal + stake - stakeBefore).toUint128();

        // Who has an id is registered, or was until this call, and has nothing bonded then.
        uint256 own = id != 0 || s.delegators[account].delegate == account ? bondedBy(s, account) : 0;
        if (own < s.minSelfBond || key == 0) {
            if (id != 0) _strikeOut(s, account, round, id, elected);
            if ((own == 0 || key == 0) && t.deactivationRound > round) t.deactivationRound = round.toUint32();
        } else if (elected) {
            s.elected.update(key, id);
            _exchange(s, round);
        } else if (id != 0) {
            s.candidates.update(_turned(key), id);
            _exchange(s, round);
        } else {
            _enlist(s, account, round, key);
        }
    }

    function _enlist(State storage s, address account, uint256 round, uint256 key) private {
        uint256 id = _takeId(s, account);
        // All 65,535 ids are taken, each by who bonds the minimum: whoever leaves makes room.
        if (id == 0) return;
        s.transcoders[account].id = id.toUint16();
        if (s.elected.size() < s.poolMaxSize) {
            s.elected.insert(key, id);
            _activate(s, account, round);
            return;
        }
        (uint256 least,) = s.elected.top();
        if (_rankOf(key) > least) {
            uint256 replaced = s.elected.replaceTop(key, id);
            s.candidates.insert(_turned(least), replaced);
            _deactivate(s, _ownerOf(s, replaced), round);
            _activate(s, account, round);
        } else {
            s.candidates.insert(_turned(key), id);
        }
    }

    function _strikeOut(State storage s, address account, uint256 round, uint256 id, bool elected) private {
        s.transcoders[account].id = 0;
        if (elected) {
            s.elected.remove(id);
            _deactivate(s, account, round);
            if (s.candidates.size() != 0) _promote(s, round);
        } else {
            s.candidates.remove(id);
        }
        s.ids[id] = s.freeId;
        s.freeId = id.toUint16();
    }

    /// @dev Lets the best candidate in for the least of the elected, if it has more.
    function _exchange(State storage s, uint256 round) private {
        if (s.candidates.size() == 0) return;
        (uint256 turned, uint256 candidate) = s.candidates.top();
        (uint256 least, uint256 incumbent) = s.elected.top();
        uint256 best = _turned(turned);
        if (best <= least) return;
        s.elected.replaceTop(best, candidate);
        s.candidates.replaceTop(_turned(least), incumbent);
        _deactivate(s, _ownerOf(s, incumbent), round);
        _activate(s, _ownerOf(s, candidate), round);
    }

    function _promote(State storage s, uint256 round) private {
        (uint256 turned, uint256 id) = s.candidates.top();
        s.candidates.remove(id);
        s.elected.insert(_turned(turned), id);
        _activate(s, _ownerOf(s, id), round);
    }

    function _demote(State storage s, uint256 round) private {
        (uint256 key, uint256 id) = s.elected.top();
        s.elected.remove(id);
        s.candidates.insert(_turned(key), id);
        _deactivate(s, _ownerOf(s, id), round);
    }

    function _activate(State storage s, address account, uint256 round) private {
        Shares.Transcoder storage t = s.transcoders[account];
        uint256 next = round + 1;
        // Who comes back in the round in which it went does not miss one.
        if (t.deactivationRound != next || t.activationRound == next) t.activationRound = next.toUint32();
        t.deactivationRound = NEVER;
        s.nextTotal = (s.nextTotal + uint256(t.stake)).toUint128();
        emit IBondingManager.TranscoderActivated(account, t.activationRound);
    }

    function _deactivate(State storage s, address account, uint256 round) private {
        Shares.Transcoder storage t = s.transcoders[account];
        uint256 next = round + 1;
        t.deactivationRound = next.toUint32();
        s.nextTotal = (s.nextTotal - uint256(t.stake)).toUint128();
        emit IBondingManager.TranscoderDeactivated(account, next);
    }

    function _takeId(State storage s, address account) private returns (uint256 id) {
        id = s.freeId;
        if (id != 0) {
            s.freeId = s.ids[id].toUint16();
        } else {
            if (s.lastId == type(uint16).max) return 0;
            id = uint256(s.lastId) + 1;
            s.lastId = id.toUint16();
        }
        s.ids[id] = uint160(account);
    }

    function _ownerOf(State storage s, uint256 id) private view returns (address) {
        return address(uint160(s.ids[id]));
    }

    /// @dev The elected whose place is next below `order`.
    function _following(State storage s, uint256 order) private view returns (address) {
        uint256 best;
        uint256 found;
        uint256 size = s.elected.size();
        for (uint256 i = 0; i < size; i++) {
            (uint256 key, uint256 id) = s.elected.entryAt(i);
            uint256 place = _order(key, id);
            if (place < order && place > best) (best, found) = (place, id);
        }
        return _ownerOf(s, found);
    }

    /// @dev By key, and among equals by id.
    function _order(uint256 key, uint256 id) private pure returns (uint256) {
        return key << 16 | id;
    }

    function _rankOf(uint256 key) private pure returns (uint256) {
        return key > PackedHeap.MAX_KEY ? PackedHeap.MAX_KEY : key;
    }

    function _turned(uint256 key) private pure returns (uint256) {
        return PackedHeap.MAX_KEY - _rankOf(key);
    }
}
