// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @title The genesis distribution: an equal share for every address of a Merkle tree.
/// @notice Until `callerAllocationStartBlock` everybody claims for themselves. From then on anybody may claim for others
/// and keeps a share that grows linearly, from nothing to everything at `callerAllocationEndBlock`.
contract MerkleMine {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;
    /// @notice Of leaves `keccak256(bytes.concat(keccak256(abi.encode(address))))`, pairs sorted.
    bytes32 public immutable genesisRoot;
    uint256 public immutable tokensPerAllocation;
    uint256 public immutable callerAllocationStartBlock;
    uint256 public immutable callerAllocationEndBlock;

    mapping(address recipient => bool) public generated;

    event Generate(
        address indexed recipient,
        address indexed caller,
        uint256 recipientTokenAmount,
        uint256 callerTokenAmount,
        uint256 block
    );

    /// @notice This share is claimed.
    error AlreadyGenerated(address recipient);
    /// @notice The proof does not lead from this address to the root.
    error NotInGenesis(address recipient);
    /// @notice Until then everybody claims for themselves.
    error CallerAllocationNotStarted(uint256 startBlock);
    /// @notice The window has to begin in the future, and to end after that; every share has to be something.
    error InvalidGenesis(uint256 startBlock, uint256 endBlock, uint256 tokensPerAllocation);

    /// @param tokensPerAllocation_ what each address gets; the contract has to be given all of it
    constructor(IERC20 token_, bytes32 root, uint256 tokensPerAllocation_, uint256 startBlock, uint256 endBlock) {
        if (startBlock <= block.number || endBlock <= startBlock || tokensPerAllocation_ == 0) {
            revert InvalidGenesis(startBlock, endBlock, tokensPerAllocation_);
        }
        token = token_;
        genesisRoot = root;
        tokensPerAllocation = tokensPerAllocation_;
        callerAllocationStartBlock = startBlock;
        callerAllocationEndBlock = endBlock;
    }

    /// @notice Claims the share of `recipient`, all of it for them if they call themselves.
    function generate(address recipient, bytes32[] calldata proof) external {
        if (generated[recipient]) revert AlreadyGenerated(recipient);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(recipient))));
        if (!MerkleProof.verifyCalldata(proof, genesisRoot, leaf)) revert NotInGenesis(recipient);
        generated[recipient] = true;

        uint256 forCaller = msg.sender == recipient ? 0 : callerTokenAmountAtBlock(block.number);
        uint256 forRecipient = tokensPerAllocation - forCaller;
        emit Generate(recipient, msg.sender, forRecipient, forCaller, block.number);
        if (forRecipient > 0) token.safeTransfer(recipient, forRecipient);
        if (forCaller > 0) token.safeTransfer(msg.sender, forCaller);
    }

    /// @notice What somebody who claims for another keeps in a block.
    function callerTokenAmountAtBlock(uint256 blockNumber) public view returns (uint256) {
        if (blockNumber < callerAllocationStartBlock) revert CallerAllocationNotStarted(callerAllocationStartBlock);
        if (blockNumber >= callerAllocationEndBlock) return tokensPerAllocation;
        uint256 period = callerAllocationEndBlock - callerAllocationStartBlock;
        return (tokensPerAllocation * (blockNumber - callerAllocationStartBlock)) / period;
    }
}
