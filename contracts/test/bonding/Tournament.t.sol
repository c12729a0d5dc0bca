// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Tournament} from "../../src/bonding/Tournament.sol";
import {Test} from "../Test.sol";

contract TournamentTest is Test {
    using Tournament for Tournament.Field;

    Tournament.Field private _field;
    uint256 private _size;
    /// @dev The naive model: each seat's key and holder.
    mapping(uint256 seat => uint256) private _keys;
    mapping(uint256 seat => address) private _holders;

    uint256 private constant _MOST = 150;

    function testFuzz_behavesAsTheNaiveModel(uint256 seed) public {
        // Half of the runs start with three levels.
        for (uint256 i = 0; i < (seed % 2) * 23; i++) {
            _add(1 + i, address(uint160(1000 + i)));
        }
        for (uint256 i = 0; i < 40; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            _act(seed % 8, seed >> 8, 1 + (seed >> 64) % ((seed >> 16) % 2 == 0 ? 16 : Tournament.MAX_KEY));
            _check();
        }
    }

    function test_comesOutInOrderThroughEveryHeight() public {
        for (uint256 i = 0; i < _MOST; i++) {
            _add(1 + uint256(keccak256(abi.encode(i))) % 1000, address(uint160(1 + i)));
        }
        uint256 last = type(uint256).max;
        while (_size != 0) {
            (uint256 seat, uint256 key) = _field.winner(_size);
            assertEq(_field.best(_size), key, "best");
            assertLe(key, last, "in order");
            last = key;
            _remove(seat);
        }
        assertEq(_field.best(0), 0, "nobody");
    }

    function test_growsAgainAfterItShrank() public {
        for (uint256 i = 0; i < 3; i++) {
            for (uint256 j = 0; j < 26; j++) {
                _add(1 + (i * 31 + j * 17) % 29, address(uint160(1 + j)));
                _check();
            }
            while (_size > i) {
                _remove(1 + _size / 2);
                _check();
            }
        }
    }

    function test_aChangeThatIsNotTheGreatestIsOneWrite() public {
        for (uint256 i = 0; i < 100; i++) {
            _add(1000 + i, address(uint160(1 + i)));
        }
        bytes32 root = vm.load(address(this), _nodeSlot(2, 0));
        bytes32 above = vm.load(address(this), _nodeSlot(1, 0));
        _field.set(2, 7, 100);
        assertEq(_field.keyOf(2), 7, "the key");
        assertEq(vm.load(address(this), _nodeSlot(1, 0)), above, "not above");
        _field.set(5, 7, 100);
        assertTrue(vm.load(address(this), _nodeSlot(1, 0)) != above, "the greatest of five is above");
        assertEq(vm.load(address(this), _nodeSlot(2, 0)), root, "but no further than it matters");
    }

    function _act(uint256 action, uint256 pick, uint256 key) private {
        if (_size == 0 || (action < 3 && _size < _MOST)) {
            _add(key, address(uint160(pick)));
        } else if (action < 5) {
            _remove(1 + pick % _size);
        } else {
            _field.set(1 + pick % _size, key, _size);
            _keys[1 + pick % _size] = key;
        }
    }

    function _add(uint256 key, address holder) private {
        _size++;
        _field.add(holder, key, _size);
        (_keys[_size], _holders[_size]) = (key, holder);
    }

    function _remove(uint256 seat) private {
        address moved = _field.remove(seat, _size);
        assertEq(moved, seat == _size ? address(0) : _holders[_size], "who moved");
        (_keys[seat], _holders[seat]) = (_keys[_size], _holders[_size]);
        _size--;
    }

    function _check() private view {
        uint256 greatest;
        for (uint256 seat = 1; seat <= _size; seat++) {
            assertEq(_field.keyOf(seat), _keys[seat], "key");
            assertEq(_field.holders[seat], _holders[seat], "holder");
            if (_keys[seat] > greatest) greatest = _keys[seat];
        }
        (uint256 winner, uint256 key) = _field.winner(_size);
        assertEq(key, greatest, "the greatest");
        if (_size != 0) assertEq(_keys[winner], greatest, "whose");
    }

    function _nodeSlot(uint256 level, uint256 index) private pure returns (bytes32) {
        uint256 field;
        assembly ("memory-safe") {
            field := _field.slot
        }
        return keccak256(abi.encode(level << 16 | index, field));
    }
}
