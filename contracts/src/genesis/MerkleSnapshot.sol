// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {Controlled} from "../Controlled.sol";

/// @title Roots of lists that governance vouches for.
contract MerkleSnapshot is Controlled {
    mapping(bytes32 id => bytes32 root) public snapshot;

    constructor(address controller_) {
        _setController(controller_);
    }

    function setSnapshot(bytes32 id, bytes32 root) external onlyControllerOwner {
        snapshot[id] = root;
    }

    /// @notice Whether `leaf` is in the list. Pairs are sorted before they are hashed.
    function verify(bytes32 id, bytes32[] calldata proof, bytes32 leaf) external view returns (bool) {
        return MerkleProof.verifyCalldata(proof, snapshot[id], leaf);
    }
}
