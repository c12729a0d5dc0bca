// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {BondingState} from "./BondingState.sol";
import {PackedHeap} from "./PackedHeap.sol";
import {Shares} from "./Shares.sol";

/// @title Who is elected: the orchestrators with the most stake, of those with enough of their own.
/// @notice Ranked by floor(stake / 10^12), up to 2^48 - 1 (281 million tokens); an equal does not displace. Changes take
/// effect in the next round, except that who has no stake left leaves at once.
/// @dev The elected are one heap with the least on top, those who wait another with the greatest on top. An id is an
/// orchestrator's while it is in one of them, and is given again then.
abstract contract ActiveSet is BondingState {
    using SafeCast for uint256;
    using PackedHeap for PackedHeap.Heap;

    /// @dev An elected orchestrator's deactivation round.
    uint32 internal constant _NEVER = type(uint32).max;
    /// @dev Each costs about 60,000 gas to let in or out.
    uint256 private constant _MAX_RESIZE = 20;

    /// @dev An id's owner, or the id to give after it.
    mapping(uint256 id => uint256) private _ids;
    PackedHeap.Heap private _elected;
    /// @dev By keys turned over, so that the greatest is on top.
    PackedHeap.Heap private _candidates;

    /// @inheritdoc IBondingManager
    function setNumActiveTranscoders(uint256 numActiveTranscoders) external onlyControllerOwner {
        uint256 size = _poolMaxSize;
        uint256 least = size > _MAX_RESIZE ? size - _MAX_RESIZE : 1;
        uint256 most = size + _MAX_RESIZE;
        _setPoolMaxSize(_bounded(numActiveTranscoders, least, most > _MAX_POOL ? _MAX_POOL : most));
        while (_elected.size() > numActiveTranscoders) _demote();
        while (_elected.size() < numActiveTranscoders && _candidates.size() != 0) _promote();
    }

    /// @inheritdoc IBondingManager
    function getTranscoderPoolSize() external view returns (uint256) {
        return _elected.size();
    }

    /// @inheritdoc IBondingManager
    function getTranscoderPoolMaxSize() external view returns (uint256) {
        return _poolMaxSize;
    }

    /// @inheritdoc IBondingManager
    function getFirstTranscoderInPool() external view returns (address) {
        return _following(type(uint256).max);
    }

    /// @inheritdoc IBondingManager
    function getNextTranscoderInPool(address transcoder) external view returns (address) {
        Shares.Transcoder storage t = _transcoders[transcoder];
        if (t.deactivationRound != _NEVER) return address(0);
        return _following(_order(_elected.keyOf(t.id), t.id));
    }

    function _setPoolMaxSize(uint256 poolMaxSize) internal {
        _poolMaxSize = _bounded(poolMaxSize, 1, _MAX_POOL).toUint16();
        emit ParameterUpdate("numActiveTranscoders");
    }

    /// @dev Puts an orchestrator, or who may be one, in its place after its stake changed.
    function _rank(address account, uint256 stakeBefore) internal {
        Shares.Transcoder storage t = _transcoders[account];
        uint256 stake = t.stake;
        uint256 key = stake / Shares.GRAIN;
        uint256 id = t.id;
        bool elected = t.deactivationRound == _NEVER;
        if (elected) _nextTotal = (_nextTotal + stake - stakeBefore).toUint128();

        // Who has an id is registered, or was until this call, and has nothing bonded then.
        uint256 own = id != 0 || _isRegistered(account) ? _bondedBy(account) : 0;
        if (own < _minSelfBond || key == 0) {
            if (id != 0) _strikeOut(account, t, id, elected);
            if ((own == 0 || key == 0) && t.deactivationRound > _round) t.deactivationRound = _round;
        } else if (elected) {
            _elected.update(key, id);
            _exchange();
        } else if (id != 0) {
            _candidates.update(_turned(key), id);
            _exchange();
        } else {
            _enlist(account, t, key);
        }
    }

    function _enlist(address account, Shares.Transcoder storage t, uint256 key) private {
        uint256 id = _takeId(account);
        // All 65,535 ids are taken, each by who bonds the minimum: whoever leaves makes room.
        if (id == 0) return;
        t.id = id.toUint16();
        if (_elected.size() < _poolMaxSize) {
            _elected.insert(key, id);
            _activate(account);
            return;
        }
        (uint256 least,) = _elected.top();
        if (_rankOf(key) > least) {
            uint256 replaced = _elected.replaceTop(key, id);
            _candidates.insert(_turned(least), replaced);
            _deactivate(_ownerOf(replaced));
            _activate(account);
        } else {
            _candidates.insert(_turned(key), id);
        }
    }

    function _strikeOut(address account, Shares.Transcoder storage t, uint256 id, bool elected) private {
        t.id = 0;
        if (elected) {
            _elected.remove(id);
            _deactivate(account);
            if (_candidates.size() != 0) _promote();
        } else {
            _candidates.remove(id);
        }
        _ids[id] = _freeId;
        _freeId = id.toUint16();
    }

    /// @dev Lets the best candidate in for the least of the elected, if it has more.
    function _exchange() private {
        if (_candidates.size() == 0) return;
        (uint256 turned, uint256 candidate) = _candidates.top();
        (uint256 least, uint256 incumbent) = _elected.top();
        uint256 best = _turned(turned);
        if (best <= least) return;
        _elected.replaceTop(best, candidate);
        _candidates.replaceTop(_turned(least), incumbent);
        _deactivate(_ownerOf(incumbent));
        _activate(_ownerOf(candidate));
    }

    function _promote() private {
        (uint256 turned, uint256 id) = _candidates.top();
        _candidates.remove(id);
        _elected.insert(_turned(turned), id);
        _activate(_ownerOf(id));
    }

    function _demote() private {
        (uint256 key, uint256 id) = _elected.top();
        _elected.remove(id);
        _candidates.insert(_turned(key), id);
        _deactivate(_ownerOf(id));
    }

    function _activate(address account) private {
        Shares.Transcoder storage t = _transcoders[account];
        uint256 next = uint256(_round) + 1;
        // Who comes back in the round in which it went does not miss one.
        if (t.deactivationRound != next || t.activationRound == next) t.activationRound = next.toUint32();
        t.deactivationRound = _NEVER;
        _nextTotal = (_nextTotal + uint256(t.stake)).toUint128();
        emit TranscoderActivated(account, t.activationRound);
    }

    function _deactivate(address account) private {
        Shares.Transcoder storage t = _transcoders[account];
        uint256 next = uint256(_round) + 1;
        t.deactivationRound = next.toUint32();
        _nextTotal = (_nextTotal - uint256(t.stake)).toUint128();
        emit TranscoderDeactivated(account, next);
    }

    function _takeId(address account) private returns (uint256 id) {
        id = _freeId;
        if (id != 0) {
            _freeId = _ids[id].toUint16();
        } else {
            if (_lastId == type(uint16).max) return 0;
            id = uint256(_lastId) + 1;
            _lastId = id.toUint16();
        }
        _ids[id] = uint160(account);
    }

    function _ownerOf(uint256 id) private view returns (address) {
        return address(uint160(_ids[id]));
    }

    function _bondedBy(address account) internal view returns (uint256) {
        Shares.Delegator storage d = _delegators[account];
        return uint256(d.bonded) + d.waiting;
    }

    /// @dev The elected whose place is next below `order`.
    function _following(uint256 order) private view returns (address) {
        uint256 best;
        uint256 found;
        uint256 size = _elected.size();
        for (uint256 i = 0; i < size; i++) {
            (uint256 key, uint256 id) = _elected.entryAt(i);
            uint256 place = _order(key, id);
            if (place < order && place > best) (best, found) = (place, id);
        }
        return _ownerOf(found);
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
