// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @dev A sender's funds. 80 bits hold 1.2 million ETH. Times are the clock's indices, `claimIndex` their lowest 16 bits:
/// a claim would be taken for one of today only after 65,536 rounds without another.
/// @param claimed what was claimed of the reserve in the round `claimIndex`
/// @param withdrawIndex when the funds can be withdrawn; 0: not unlocking
/// @param list which of the two lists of named recipients is in force, and `size` how long it is
/// @param nextFrom when the other list, `nextSize` long, comes into force; 0: never
struct Account {
    uint80 deposit;
    uint80 reserve;
    uint80 claimed;
    uint16 claimIndex;
    //
    uint32 withdrawIndex;
    uint32 nextFrom;
    uint8 list;
    uint8 size;
    uint8 nextSize;
    //
    mapping(address claimant => Claim) claims;
    address[8][2] lists;
}

/// @dev What one claimant took of one reserve in the round `index`.
struct Claim {
    uint80 amount;
    uint32 index;
}

/// @title Deposits and reserves.
library Accounts {
    using Math for uint256;
    using SafeCast for uint256;

    function fund(Account storage self, uint256 depositAmount, uint256 reserveAmount) internal {
        self.deposit = (uint256(self.deposit) + depositAmount).toUint80();
        self.reserve = (uint256(self.reserve) + reserveAmount).toUint80();
    }

    /// @dev The whole slot, which is refunded. Nothing was claimed in this round: an unlocked sender's tickets are refused.
    function empty(Account storage self) internal returns (uint256 deposit, uint256 reserve) {
        (deposit, reserve) = (self.deposit, self.reserve);
        (self.deposit, self.reserve, self.claimed, self.claimIndex) = (0, 0, 0, 0);
        self.withdrawIndex = 0;
    }

    function isUnlocked(Account storage self, uint256 index) internal view returns (bool) {
        uint256 withdrawIndex = self.withdrawIndex;
        return withdrawIndex != 0 && withdrawIndex <= index;
    }

    /// @dev What can still be claimed of an equal part of what the reserve was when the round began, and of what it got
    /// since. The parts' sum is never more than the reserve, so each can be paid, whoever claims first.
    /// @param parts at least one
    function claimable(Account storage self, address claimant, uint256 index, uint256 parts)
        internal
        view
        returns (uint256)
    {
        uint256 part = (uint256(self.reserve) + claimedBy(self, index)) / parts;
        return part.saturatingSub(claimedBy(self, claimant, index));
    }

    function claim(Account storage self, address claimant, uint256 index, uint256 amount) internal {
        Claim storage own = self.claims[claimant];
        (own.amount, own.index) = ((_amountIn(own, index) + amount).toUint80(), index.toUint32());
        uint80 claimed = (claimedBy(self, index) + amount).toUint80();
        // Not more than the reserve.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint80 reserve = self.reserve - uint80(amount);
        // At once, which is one write; truncated as the struct says.
        // forge-lint: disable-next-line(unsafe-typecast)
        (self.reserve, self.claimed, self.claimIndex) = (reserve, claimed, uint16(index));
    }

    function claimedBy(Account storage self, uint256 index) internal view returns (uint256) {
        (uint256 claimed, uint256 claimIndex) = (self.claimed, self.claimIndex);
        // forge-lint: disable-next-line(unsafe-typecast)
        return claimIndex == uint16(index) ? claimed : 0;
    }

    function claimedBy(Account storage self, address claimant, uint256 index) internal view returns (uint256) {
        return _amountIn(self.claims[claimant], index);
    }

    function _amountIn(Claim storage own, uint256 index) private view returns (uint256) {
        (uint256 amount, uint256 claimIndex) = (own.amount, own.index);
        return claimIndex == index ? amount : 0;
    }
}
