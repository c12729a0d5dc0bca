// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title The protocol's owner: every change is staged, waits where everybody sees it, and is carried out whole.
contract Governor is Ownable {
    struct Update {
        address[] target;
        uint256[] value;
        bytes[] data;
        uint256 nonce;
    }

    /// @notice The block from which an update may be executed; 0 if it is not staged.
    mapping(bytes32 updateHash => uint256 block) public updates;

    event UpdateStaged(Update update, uint256 delay);
    event UpdateExecuted(Update update);
    event UpdateCancelled(Update update);

    /// @notice As many values and data as targets.
    error LengthsDiffer(uint256 targets, uint256 values, uint256 data);
    /// @notice The same update is staged; another nonce makes it another.
    error AlreadyStaged(bytes32 updateHash);
    /// @notice Not staged, or executed, or cancelled.
    error NotStaged(bytes32 updateHash);
    /// @notice It may be executed from this block on.
    error TooEarly(uint256 executeBlock);
    /// @notice The ETH sent is not what the calls take.
    error ValueDiffers(uint256 sent, uint256 needed);
    /// @notice One of the calls failed, without saying why.
    error CallFailed(address target);

    constructor(address owner) Ownable(owner) {}

    /// @param delay in blocks
    function stage(Update calldata update, uint256 delay) external onlyOwner {
        (uint256 targets, uint256 values, uint256 data) =
            (update.target.length, update.value.length, update.data.length);
        if (targets != values || targets != data) revert LengthsDiffer(targets, values, data);
        bytes32 updateHash = keccak256(abi.encode(update));
        if (updates[updateHash] != 0) revert AlreadyStaged(updateHash);
        updates[updateHash] = block.number + delay;
        emit UpdateStaged(update, delay);
    }

    /// @notice Carries out every call of an update, or none. Anybody may.
    function execute(Update calldata update) external payable {
        bytes32 updateHash = keccak256(abi.encode(update));
        uint256 executeBlock = updates[updateHash];
        // 0 is what a mapping says of what is not in it.
        // slither-disable-next-line incorrect-equality
        if (executeBlock == 0) revert NotStaged(updateHash);
        if (block.number < executeBlock) revert TooEarly(executeBlock);
        // First: what it calls may come back here.
        delete updates[updateHash];
        emit UpdateExecuted(update);

        uint256 needed = 0;
        for (uint256 i = 0; i < update.target.length; i++) {
            needed += update.value[i];
        }
        if (msg.value != needed) revert ValueDiffers(msg.value, needed);
        for (uint256 i = 0; i < update.target.length; i++) {
            _call(update.target[i], update.value[i], update.data[i]);
        }
    }

    function cancel(Update calldata update) external onlyOwner {
        bytes32 updateHash = keccak256(abi.encode(update));
        if (updates[updateHash] == 0) revert NotStaged(updateHash);
        delete updates[updateHash];
        emit UpdateCancelled(update);
    }

    function _call(address target, uint256 value, bytes calldata data) private {
        // Whom the owner staged, and no more than came with the call.
        // slither-disable-next-line arbitrary-send-eth
        (bool done, bytes memory answer) = target.call{value: value}(data);
        if (done) return;
        if (answer.length == 0) revert CallFailed(target);
        // The reason, as the target put it.
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}
