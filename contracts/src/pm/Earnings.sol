// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Escrow} from "./Escrow.sol";

/// @title What redeemed tickets paid. The ETH stays here until it is withdrawn.
/// @dev An orchestrator's fees of a round gather in one slot; the BondingManager hears of them when it asks, or with the
/// first ticket of a later round. Who is no orchestrator is owed payments.
abstract contract Earnings is Escrow {
    using SafeCast for uint256;

    /// @param round the round of these fees, in which the recipient was found to be an orchestrator
    struct Fees {
        uint128 amount;
        uint64 round;
    }

    mapping(address transcoder => Fees) private _fees;
    mapping(address recipient => uint256) private _payments;

    /// @dev What the BondingManager knows of and has not paid: it can spend no more, so that no bug of its reaches deposits.
    uint256 private _settled;

    modifier onlyBondingManager() {
        if (msg.sender != address(_BONDING_MANAGER)) revert NotAuthorized(msg.sender);
        _;
    }

    /// @inheritdoc ITicketBroker
    function withdrawPayments(address payable to, uint256 amount) external {
        uint256 owed = _payments[msg.sender];
        if (amount == 0) revert ZeroAmount(msg.sender);
        if (amount > owed) revert AmountExceedsOwed(amount, owed);
        if (to == address(0)) revert InvalidAddress(to);
        _payments[msg.sender] = owed - amount;
        emit PaymentWithdrawn(msg.sender, to, amount);
        Address.sendValue(to, amount);
    }

    /// @inheritdoc ITicketBroker
    function settleFees(address transcoder) external onlyBondingManager {
        Fees storage fees = _fees[transcoder];
        (uint256 amount, uint256 round) = (fees.amount, fees.round);
        fees.amount = 0;
        _settle(transcoder, amount, round);
    }

    /// @inheritdoc ITicketBroker
    function payFees(address payable to, uint256 amount) external onlyBondingManager {
        if (amount > _settled) revert AmountExceedsOwed(amount, _settled);
        _settled -= amount;
        Address.sendValue(to, amount);
    }

    /// @inheritdoc ITicketBroker
    function unsettledFees(address transcoder) external view returns (uint256 amount, uint256 round) {
        return (_fees[transcoder].amount, _fees[transcoder].round);
    }

    /// @inheritdoc ITicketBroker
    function settledFees() external view returns (uint256) {
        return _settled;
    }

    /// @inheritdoc ITicketBroker
    function payments(address recipient) external view returns (uint256) {
        return _payments[recipient];
    }

    /// @dev Asked once a round: who has fees of this round was an orchestrator when it got the first.
    function _isOrchestrator(address recipient) internal view override returns (bool) {
        return _fees[recipient].round == _lastRound() || _BONDING_MANAGER.isRegisteredTranscoder(recipient);
    }

    function _credit(address recipient, bool isOrchestrator, uint256 amount) internal {
        if (!isOrchestrator) {
            _payments[recipient] += amount;
            return;
        }
        Fees storage fees = _fees[recipient];
        (uint256 earlier, uint256 round) = (fees.amount, fees.round);
        if (round == _lastRound()) {
            fees.amount = (earlier + amount).toUint128();
        } else {
            _fees[recipient] = Fees(amount.toUint128(), uint64(_lastRound()));
            _settle(recipient, earlier, round);
        }
    }

    /// @dev The slot holds them no more.
    function _settle(address transcoder, uint256 amount, uint256 round) private {
        if (amount == 0) return;
        _settled += amount;
        emit FeesSettled(transcoder, amount, round);
        _BONDING_MANAGER.updateTranscoderWithFees(transcoder, amount, round);
    }
}
