// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Who has the greatest key, among seats whose keys change.
/// @notice A tournament tree: a node is one slot with the keys of five seats, or the greatest keys of five nodes below. A
/// seat's key changes in its leaf, and above only as long as the greatest does: mostly it is one slot that is written, and
/// nobody else moves. Above one node or two there is none. Cost grows with the logarithm, to base 5, of the number of seats.
/// @dev Seats count from 1, and are taken without gaps. Whoever calls knows how many are taken (`size`), up to 65,535. Node
/// `n` of level `l`, counted from the leaves, is above seats 5^(l+1)·n + 1 and on. Lanes of no seat are 0.
library Tournament {
    struct Field {
        mapping(uint256 levelAndNode => uint256 keys) nodes;
        /// @dev Who has a seat. Seats that are free again keep whom they had: a slot in use is cheaper to write.
        mapping(uint256 seat => address) holders;
    }

    /// @notice Keys go from 1 to here.
    uint256 internal constant MAX_KEY = type(uint48).max;

    uint256 private constant _LANES = 5;
    uint256 private constant _LANE_BITS = 48;
    /// @dev So many nodes need none above them: to read two is cheaper than to write one more.
    uint256 private constant _TOPS = 2;

    /// @notice The greatest key, 0 if no seat is taken.
    function best(Field storage field, uint256 size) internal view returns (uint256 key) {
        if (size == 0) return 0;
        (uint256 level, uint256 last) = _top(size);
        key = _greatest(field.nodes[_node(level, 0)]);
        if (last == 0) return key;
        uint256 other = _greatest(field.nodes[_node(level, 1)]);
        if (other > key) key = other;
    }

    /// @notice A seat with the greatest key, 0 if none is taken.
    function winner(Field storage field, uint256 size) internal view returns (uint256 seat, uint256 key) {
        if (size == 0) return (0, 0);
        (uint256 level, uint256 index) = _top(size);
        if (index != 0 && _greatest(field.nodes[_node(level, 1)]) <= _greatest(field.nodes[_node(level, 0)])) {
            index = 0;
        }
        for (level++; level != 0; level--) {
            uint256 lane;
            (lane, key) = _winner(field.nodes[_node(level - 1, index)]);
            index = index * _LANES + lane;
        }
        seat = index + 1;
    }

    function keyOf(Field storage field, uint256 seat) internal view returns (uint256) {
        uint256 index = seat - 1;
        return (field.nodes[_node(0, index / _LANES)] >> (index % _LANES * _LANE_BITS)) & MAX_KEY;
    }

    /// @notice Changes a seat's key.
    function set(Field storage field, uint256 seat, uint256 key, uint256 size) internal {
        // Seats begin with 1, and levels are few.
        unchecked {
            uint256 index = seat - 1;
            uint256 last = size - 1;
            for (uint256 level = 0;; level++) {
                uint256 shift = index % _LANES * _LANE_BITS;
                (index, last) = (index / _LANES, last / _LANES);
                uint256 node = _node(level, index);
                uint256 before = field.nodes[node];
                uint256 others = before & ~(MAX_KEY << shift);
                uint256 present = others | key << shift;
                if (present == before) return;
                field.nodes[node] = present;
                if (last < _TOPS) return;
                uint256 was = (before >> shift) & MAX_KEY;
                uint256 greatest = _greatest(others);
                // Another's is greater than both: above, nothing changes.
                if (greatest >= key && greatest >= was) return;
                if (greatest > key) key = greatest;
            }
        }
    }

    /// @notice Gives a seat to another.
    function give(Field storage field, uint256 at, address holder, uint256 key, uint256 size) internal {
        field.holders[at] = holder;
        set(field, at, key, size);
    }

    /// @notice Takes the seat after the last.
    /// @param size with the new one
    function add(Field storage field, address holder, uint256 key, uint256 size) internal {
        (uint256 before,) = size == 1 ? (0, 0) : _top(size - 1);
        (uint256 level,) = _top(size);
        if (level != before) {
            // The tree grows by a level, whose first lanes are the topmost nodes so far.
            uint256 first = _greatest(field.nodes[_node(before, 0)]);
            uint256 second = _greatest(field.nodes[_node(before, 1)]);
            field.nodes[_node(level, 0)] = second << _LANE_BITS | first;
        }
        give(field, size, holder, key, size);
    }

    /// @notice Frees a seat, to which the holder of the last one moves.
    /// @param size with the seat that goes
    /// @return moved who moved to `at`; zero if it was the last
    function remove(Field storage field, uint256 at, uint256 size) internal returns (address moved) {
        if (at != size) {
            moved = field.holders[size];
            give(field, at, moved, keyOf(field, size), size);
        }
        set(field, size, 0, size);
    }

    function _winner(uint256 keys) private pure returns (uint256 lane, uint256 key) {
        key = _greatest(keys);
        while ((keys >> (lane * _LANE_BITS)) & MAX_KEY != key) lane++;
    }

    /// @dev Lane by lane: as a loop it costs twice as much, at each level of each change.
    function _greatest(uint256 keys) private pure returns (uint256 key) {
        key = keys & MAX_KEY;
        uint256 other = (keys >> _LANE_BITS) & MAX_KEY;
        if (other > key) key = other;
        other = (keys >> (2 * _LANE_BITS)) & MAX_KEY;
        if (other > key) key = other;
        other = (keys >> (3 * _LANE_BITS)) & MAX_KEY;
        if (other > key) key = other;
        other = keys >> (4 * _LANE_BITS);
        if (other > key) key = other;
    }

    /// @dev The topmost level, and its last node.
    function _top(uint256 size) private pure returns (uint256 level, uint256 last) {
        for (last = (size - 1) / _LANES; last >= _TOPS; last /= _LANES) {
            level++;
        }
    }

    function _node(uint256 level, uint256 index) private pure returns (uint256) {
        return level << 16 | index;
    }
}
