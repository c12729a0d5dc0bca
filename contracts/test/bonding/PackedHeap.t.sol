// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {PackedHeap} from "../../src/bonding/PackedHeap.sol";
import {Test} from "../Test.sol";

contract PackedHeapTest is Test {
    using PackedHeap for PackedHeap.Heap;

    PackedHeap.Heap private _heap;
    /// @dev The naive model: each id's key, plus one.
    mapping(uint256 id => uint256 key) private _model;

    uint256 private constant _IDS = 24;

    function testFuzz_behavesAsTheNaiveModel(uint256 seed) public {
        for (uint256 i = 0; i < 60; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            _act(seed % 8, 1 + (seed >> 8) % _IDS, (seed >> 64) % ((seed >> 16) % 2 == 0 ? 16 : PackedHeap.MAX_KEY));
            _check();
        }
    }

    function test_comesOutInOrder() public {
        for (uint256 i = 0; i < 1000; i++) {
            _heap.insert(uint256(keccak256(abi.encode(i))) % 10_000, i + 1);
        }
        uint256 last;
        for (uint256 i = 0; i < 1000; i++) {
            (uint256 key, uint256 id) = _heap.top();
            assertGe(key, last, "in order");
            last = key;
            _heap.remove(id);
        }
        assertEq(_heap.size(), 0, "all out");
    }

    function test_keysBeyondTheGreatestAreIt() public {
        _heap.insert(type(uint256).max, 1);
        assertEq(_heap.keyOf(1), PackedHeap.MAX_KEY, "saturated");
    }

    function test_refusesWhatItHasOrLacks() public {
        _heap.insert(1, 7);
        vm.expectRevert(abi.encodeWithSelector(PackedHeap.IdTaken.selector, 7));
        this.insert(2, 7);
        vm.expectRevert(abi.encodeWithSelector(PackedHeap.NoSuchId.selector, 0));
        this.insert(2, 0);
        vm.expectRevert(abi.encodeWithSelector(PackedHeap.NoSuchId.selector, 8));
        this.remove(8);
        _heap.remove(7);
        vm.expectRevert(PackedHeap.Empty.selector);
        this.top();
    }

    function insert(uint256 key, uint256 id) external {
        _heap.insert(key, id);
    }

    function remove(uint256 id) external {
        _heap.remove(id);
    }

    function top() external view returns (uint256, uint256) {
        return _heap.top();
    }

    function _act(uint256 action, uint256 id, uint256 key) private {
        if (_model[id] == 0) {
            if (action == 0 && _heap.size() != 0) _model[_heap.replaceTop(key, id)] = 0;
            else _heap.insert(key, id);
            _model[id] = key + 1;
        } else if (action < 3) {
            _heap.remove(id);
            _model[id] = 0;
        } else {
            _heap.update(key, id);
            _model[id] = key + 1;
        }
    }

    function _check() private view {
        uint256 size;
        uint256 smallest = type(uint256).max;
        for (uint256 id = 1; id <= _IDS; id++) {
            uint256 key = _model[id];
            assertTrue(_heap.contains(id) == (key != 0), "contains");
            if (key == 0) continue;
            size++;
            assertEq(_heap.keyOf(id), key - 1, "key");
            if (key - 1 < smallest) smallest = key - 1;
        }
        assertEq(_heap.size(), size, "size");
        if (size == 0) return;
        (uint256 top_,) = _heap.top();
        assertEq(top_, smallest, "top");
    }
}
