// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A heap of small entries, smallest key first, that can be updated in its midst.
/// @notice Four children to a node, and the four in one slot: looking for the smallest child is one read. An entry is a
/// 48-bit key and a 16-bit id; `places` says where an id is, so that neither updates nor removals search.
/// @dev Entry `i` lies in lane `(i + 3) % 4` of slot `(i + 3) / 4`, so that the children of `i` fill slot `i + 1`, and
/// the root shares slot 0 with the size. Cost grows with the logarithm, to base 4, of the size.
library PackedHeap {
    struct Heap {
        mapping(uint256 slot => uint256 entries) slots;
        mapping(uint256 slot => uint256 places) places;
    }

    uint256 internal constant MAX_KEY = type(uint48).max;

    uint256 private constant _LANE = type(uint64).max;
    uint256 private constant _PLACE = type(uint16).max;

    /// @notice This id is not in the heap, or is 0, which none may have.
    error NoSuchId(uint256 id);
    /// @notice This id is in the heap.
    error IdTaken(uint256 id);
    /// @notice The heap is empty.
    error Empty();

    function size(Heap storage heap) internal view returns (uint256) {
        return heap.slots[0] & _PLACE;
    }

    /// @notice The entry with the smallest key.
    function top(Heap storage heap) internal view returns (uint256 key, uint256 id) {
        if (size(heap) == 0) revert Empty();
        return entryAt(heap, 0);
    }

    /// @notice The entries in no order, by index from 0 to `size` - 1.
    function entryAt(Heap storage heap, uint256 index) internal view returns (uint256 key, uint256 id) {
        uint256 entry = _get(heap, index);
        return (entry >> 16, entry & _PLACE);
    }

    function contains(Heap storage heap, uint256 id) internal view returns (bool) {
        return _place(heap, id) != 0;
    }

    function keyOf(Heap storage heap, uint256 id) internal view returns (uint256 key) {
        (key,) = entryAt(heap, _indexOf(heap, id));
    }

    function insert(Heap storage heap, uint256 key, uint256 id) internal {
        if (id == 0 || id > _PLACE) revert NoSuchId(id);
        if (contains(heap, id)) revert IdTaken(id);
        uint256 index = size(heap);
        heap.slots[0] += 1;
        _up(heap, index, _entry(key, id));
    }

    function update(Heap storage heap, uint256 key, uint256 id) internal {
        uint256 index = _indexOf(heap, id);
        uint256 entry = _entry(key, id);
        uint256 old = _get(heap, index);
        if (entry == old) return;
        if (entry < old) _up(heap, index, entry);
        else _down(heap, index, entry);
    }

    function remove(Heap storage heap, uint256 id) internal {
        uint256 index = _indexOf(heap, id);
        uint256 removed = _get(heap, index);
        uint256 last = size(heap) - 1;
        uint256 entry = _get(heap, last);
        _set(heap, last, 0);
        heap.slots[0] -= 1;
        _setPlace(heap, id, 0);
        if (index == last) return;
        if (entry >> 16 < removed >> 16) _up(heap, index, entry);
        else _down(heap, index, entry);
    }

    /// @notice Removes the entry with the smallest key and inserts another, in one go.
    /// @return replaced the id that is out
    function replaceTop(Heap storage heap, uint256 key, uint256 id) internal returns (uint256 replaced) {
        (, replaced) = top(heap);
        if (id == 0 || id > _PLACE) revert NoSuchId(id);
        if (contains(heap, id)) revert IdTaken(id);
        _setPlace(heap, replaced, 0);
        _down(heap, 0, _entry(key, id));
    }

    /// @dev Puts `entry` at `index` or above.
    function _up(Heap storage heap, uint256 index, uint256 entry) private {
        while (index != 0) {
            uint256 parent = (index - 1) / 4;
            uint256 above = _get(heap, parent);
            if (above >> 16 <= entry >> 16) break;
            _put(heap, index, above);
            index = parent;
        }
        _put(heap, index, entry);
    }

    /// @dev Puts `entry` at `index` or below.
    function _down(Heap storage heap, uint256 index, uint256 entry) private {
        uint256 length = size(heap);
        while (4 * index + 1 < length) {
            (uint256 child, uint256 below) = _smallestChild(heap, index, length);
            if (below >> 16 >= entry >> 16) break;
            _put(heap, index, below);
            index = child;
        }
        _put(heap, index, entry);
    }

    function _smallestChild(Heap storage heap, uint256 index, uint256 length)
        private
        view
        returns (uint256 child, uint256 entry)
    {
        uint256 entries = heap.slots[index + 1];
        uint256 first = 4 * index + 1;
        entry = type(uint256).max;
        for (uint256 lane = 0; lane < 4 && first + lane < length; lane++) {
            uint256 candidate = (entries >> (lane * 64)) & _LANE;
            if (candidate < entry) (child, entry) = (first + lane, candidate);
        }
    }

    function _put(Heap storage heap, uint256 index, uint256 entry) private {
        _set(heap, index, entry);
        _setPlace(heap, entry & _PLACE, index + 1);
    }

    function _get(Heap storage heap, uint256 index) private view returns (uint256) {
        return (heap.slots[(index + 3) / 4] >> ((index + 3) % 4 * 64)) & _LANE;
    }

    function _set(Heap storage heap, uint256 index, uint256 entry) private {
        uint256 shift = (index + 3) % 4 * 64;
        uint256 slot = (index + 3) / 4;
        heap.slots[slot] = heap.slots[slot] & ~(_LANE << shift) | (entry << shift);
    }

    /// @dev One more than the index; 0 where the id is not in the heap.
    function _place(Heap storage heap, uint256 id) private view returns (uint256) {
        return (heap.places[id / 16] >> (id % 16 * 16)) & _PLACE;
    }

    function _setPlace(Heap storage heap, uint256 id, uint256 place) private {
        uint256 shift = id % 16 * 16;
        heap.places[id / 16] = heap.places[id / 16] & ~(_PLACE << shift) | (place << shift);
    }

    function _indexOf(Heap storage heap, uint256 id) private view returns (uint256) {
        uint256 place = _place(heap, id);
        if (place == 0) revert NoSuchId(id);
        return place - 1;
    }

    /// @dev Keys beyond the greatest are it.
    function _entry(uint256 key, uint256 id) private pure returns (uint256) {
        return (key > MAX_KEY ? MAX_KEY : key) << 16 | id;
    }
}
