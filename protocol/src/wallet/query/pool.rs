//! The pool's list in one call. The contracts give it an orchestrator at a time, each naming the next: a hundred round trips
//! for a page. This is a program for the chain's machine that follows the names there. It is run as the code of a contract
//! that is never made (`eth_call` without an address), so nothing has to be deployed, on Livepeer's network either.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolValue};

use crate::chain::BondingManager::getNextTranscoderInPoolCall as Next;

/// As many as one call lists: each costs the node a look at the election's trees, and the answer has to be small enough for
/// a contract's code, 24,576 bytes, which it would become.
pub(super) const MOST: u64 = 100;

/// The call: lists the pool from `first` on, at most [`MOST`], as Solidity's `address[]`. A revert is passed on.
pub(super) fn list(manager: Address, first: Address) -> Vec<u8> {
    let mut program = PROGRAM.to_vec();
    program[SELECTOR..SELECTOR + 4].copy_from_slice(&Next::SELECTOR);
    program.extend((manager, first, U256::from(MOST)).abi_encode());
    program
}

/// Where the program has the selector of the function that names the next.
const SELECTOR: usize = 0x09;

/// Memory: 00 the manager, 20 who is listed now, 40 how many at most, 60 the call, a0 the answer: where its list is, its
/// length, the list.
#[rustfmt::skip]
const PROGRAM: [u8; 0x67] = [
    // Memory 00…60 = the three arguments behind the program. 00:
    0x60, 0x60, 0x80, 0x38, 0x03, 0x60, 0x00, 0x39, // PUSH 60, DUP1, CODESIZE, SUB, PUSH 0, CODECOPY
    // Memory 60 = the selector, filled in above.
    0x63, 0, 0, 0, 0, 0x60, 0xe0, 0x1b, 0x60, 0x60, 0x52, // PUSH4, PUSH e0, SHL, PUSH 60, MSTORE
    // Memory a0 = 20. 13:
    0x60, 0x20, 0x60, 0xa0, 0x52, // PUSH 20, PUSH a0, MSTORE
    // The stack is: how many are listed. 18:
    0x60, 0x00, // PUSH 0
    // Next one, unless it is the zero address. 1a:
    0x5b, 0x60, 0x20, 0x51, // JUMPDEST, PUSH 20, MLOAD
    0x80, 0x15, 0x60, 0x58, 0x57, // DUP1, ISZERO, PUSH 58, JUMPI
    // Or enough are listed. 23:
    0x60, 0x40, 0x51, 0x82, 0x10, 0x15, 0x60, 0x58, 0x57, // PUSH 40, MLOAD, DUP3, LT, ISZERO, PUSH 58, JUMPI
    // Memory e0 + 20 · how many = who; memory 64 = who. 2c:
    0x80, 0x82, 0x60, 0x05, 0x1b, 0x60, 0xe0, 0x01, 0x52, // DUP1, DUP3, PUSH 5, SHL, PUSH e0, ADD, MSTORE
    0x60, 0x64, 0x52, // PUSH 64, MSTORE
    // Memory 20 = who the manager says is next. 38:
    0x60, 0x20, 0x60, 0x20, 0x60, 0x24, 0x60, 0x60, // PUSH 20, PUSH 20, PUSH 24, PUSH 60
    0x60, 0x00, 0x51, 0x5a, 0xfa, 0x60, 0x51, 0x57, // PUSH 0, MLOAD, GAS, STATICCALL, PUSH 51, JUMPI
    // It refused: so does this. 48:
    0x3d, 0x60, 0x00, 0x80, 0x3e, 0x3d, 0x60, 0x00, 0xfd, // RETURNDATASIZE, PUSH 0, DUP1, RETURNDATACOPY, …, REVERT
    // One more. 51:
    0x5b, 0x60, 0x01, 0x01, 0x60, 0x1a, 0x56, // JUMPDEST, PUSH 1, ADD, PUSH 1a, JUMP
    // The answer. 58:
    0x5b, 0x50, 0x80, 0x60, 0xc0, 0x52, // JUMPDEST, POP, DUP1, PUSH c0, MSTORE
    0x60, 0x05, 0x1b, 0x60, 0x40, 0x01, 0x60, 0xa0, 0xf3, // PUSH 5, SHL, PUSH 40, ADD, PUSH a0, RETURN
];
