// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Tokens for whoever asks, on test networks.
contract Faucet is Ownable {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;
    uint256 public immutable requestAmount;
    /// @notice Hours between two requests of an address.
    uint256 public immutable requestWait;

    mapping(address requester => uint256 timestamp) public nextValidRequest;
    /// @notice Who need not wait: automated tests.
    mapping(address requester => bool) public isWhitelisted;

    event Request(address indexed to, uint256 amount);

    /// @notice Too early; ask again at this time.
    error RequestTooEarly(uint256 nextValidRequest);

    constructor(address owner, IERC20 token_, uint256 requestAmount_, uint256 requestWait_) Ownable(owner) {
        token = token_;
        requestAmount = requestAmount_;
        requestWait = requestWait_;
    }

    function addToWhitelist(address addr) external onlyOwner {
        isWhitelisted[addr] = true;
    }

    function removeFromWhitelist(address addr) external onlyOwner {
        isWhitelisted[addr] = false;
    }

    /// @notice Sends `requestAmount` to the caller.
    function request() external {
        if (!isWhitelisted[msg.sender]) {
            uint256 next = nextValidRequest[msg.sender];
            if (block.timestamp < next) revert RequestTooEarly(next);
            nextValidRequest[msg.sender] = block.timestamp + requestWait * 1 hours;
        }
        emit Request(msg.sender, requestAmount);
        token.safeTransfer(msg.sender, requestAmount);
    }
}
