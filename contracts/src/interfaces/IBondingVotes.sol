// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

interface IBondingVotes is IERC5805 {
    function delegatedAt(address account, uint256 round) external view returns (address);
}
