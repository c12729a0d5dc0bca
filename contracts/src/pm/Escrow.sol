// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Account, Accounts} from "./Accounts.sol";
import {IOrchestrators} from "./IOrchestrators.sol";
import {NamedRecipients} from "./NamedRecipients.sol";
import {TicketClock} from "./TicketClock.sol";

/// @title Senders' funds: put in, divided, unlocked, taken out.
abstract contract Escrow is TicketClock {
    using Accounts for Account;
    using NamedRecipients for Account;
    using SafeCast for uint256;

    IOrchestrators internal immutable _BONDING_MANAGER;

    mapping(address sender => Account) private _accounts;

    /// @dev Read where funds come in, and nowhere else.
    uint256 private _senderFundsCap;

    constructor(IOrchestrators bondingManager) {
        _BONDING_MANAGER = bondingManager;
    }

    /// @inheritdoc ITicketBroker
    function fundDeposit() external payable {
        _fund(msg.sender, msg.value, 0);
    }

    /// @inheritdoc ITicketBroker
    function fundReserve() external payable {
        _fund(msg.sender, 0, msg.value);
    }

    /// @inheritdoc ITicketBroker
    function fundDepositAndReserve(uint256 depositAmount, uint256 reserveAmount) external payable {
        _fund(msg.sender, depositAmount, reserveAmount);
    }

    /// @inheritdoc ITicketBroker
    function fundDepositAndReserveFor(address account, uint256 depositAmount, uint256 reserveAmount) external payable {
        if (account == address(0)) revert InvalidAddress(account);
        _fund(account, depositAmount, reserveAmount);
    }

    /// @inheritdoc ITicketBroker
    function unlock() external whenSystemNotPaused {
        Account storage account = _accounts[msg.sender];
        if (account.deposit == 0 && account.reserve == 0) revert NothingToWithdraw(msg.sender);
        if (account.withdrawIndex != 0) revert UnlockInProgress(msg.sender);
        (uint256 period, uint256 round) = (unlockPeriod(), _lastRound());
        account.withdrawIndex = (_now() + period).toUint32();
        emit Unlock(msg.sender, round, round + period);
    }

    /// @inheritdoc ITicketBroker
    function cancelUnlock() external whenSystemNotPaused {
        _cancelUnlock(_accounts[msg.sender]);
    }

    /// @inheritdoc ITicketBroker
    function withdraw() external {
        Account storage account = _accounts[msg.sender];
        uint256 withdrawIndex = account.withdrawIndex;
        if (withdrawIndex == 0) revert NoUnlockInProgress(msg.sender);
        if (withdrawIndex > _now()) revert StillLocked(withdrawIndex - _now());
        (uint256 deposit, uint256 reserve) = account.empty();
        emit Withdrawal(msg.sender, deposit, reserve);
        Address.sendValue(payable(msg.sender), deposit + reserve);
    }

    /// @inheritdoc ITicketBroker
    function setReserveRecipients(address[] calldata recipients) external whenSystemNotPaused {
        Account storage account = _accounts[msg.sender];
        // Nobody counts on a reserve that is not there.
        bool atOnce = account.reserve == 0 && account.claimedBy(_now()) == 0;
        uint256 delay = atOnce ? 0 : unlockPeriod();
        account.set(msg.sender, recipients, _now(), atOnce ? 0 : _now() + delay);
        emit ReserveRecipientsSet(msg.sender, recipients, _lastRound() + delay);
    }

    /// @inheritdoc ITicketBroker
    function setSenderFundsCap(uint256 cap) external onlyControllerOwner {
        _senderFundsCap = cap;
        emit ParameterUpdate("senderFundsCap");
    }

    /// @inheritdoc ITicketBroker
    function senderFundsCap() external view returns (uint256) {
        return _senderFundsCap;
    }

    /// @inheritdoc ITicketBroker
    function getSenderInfo(address sender) external view returns (Sender memory, ReserveInfo memory) {
        Account storage account = _accounts[sender];
        uint256 withdrawIndex = account.withdrawIndex;
        return (Sender(account.deposit, withdrawIndex == 0 ? 0 : _roundAt(withdrawIndex)), getReserveInfo(sender));
    }

    /// @inheritdoc ITicketBroker
    function isUnlockInProgress(address sender) external view returns (bool) {
        return _accounts[sender].withdrawIndex != 0;
    }

    /// @inheritdoc ITicketBroker
    function claimableReserve(address reserveHolder, address claimant) external view returns (uint256) {
        if (!_isOrchestrator(claimant)) return 0;
        return _claimable(_accounts[reserveHolder], claimant);
    }

    /// @inheritdoc ITicketBroker
    function claimedReserve(address reserveHolder, address claimant) external view returns (uint256) {
        return _accounts[reserveHolder].claimedBy(claimant, _now());
    }

    /// @inheritdoc ITicketBroker
    function getReserveRecipients(address sender) external view returns (address[] memory) {
        return _accounts[sender].inForce(_now());
    }

    /// @inheritdoc ITicketBroker
    function getReserveInfo(address reserveHolder) public view returns (ReserveInfo memory) {
        Account storage account = _accounts[reserveHolder];
        return ReserveInfo(account.reserve, account.claimedBy(_now()));
    }

    function _isOrchestrator(address recipient) internal view virtual returns (bool);

    function _account(address sender) internal view returns (Account storage) {
        return _accounts[sender];
    }

    /// @dev An orchestrator's allotment, less what it claimed of it in this round.
    function _claimable(Account storage account, address orchestrator) internal view returns (uint256) {
        uint256 index = _now();
        (uint256 named, bool member) = account.find(orchestrator, index);
        if (named == 0) {
            named = _frozenActiveSetSize();
            member = named != 0 && _isActive(orchestrator);
        }
        return member ? account.claimable(orchestrator, index, named) : 0;
    }

    /// @dev Asked for its rounds, because this one is known here and would be read there.
    function _isActive(address orchestrator) private view returns (bool) {
        (uint256 from, uint256 until) = _BONDING_MANAGER.termOf(orchestrator);
        uint256 round = _lastRound();
        return from <= round && round < until;
    }

    function _fund(address sender, uint256 depositAmount, uint256 reserveAmount) private whenSystemNotPaused {
        if (msg.value == 0) revert ZeroAmount(msg.sender);
        // Compared as a difference: the sum of two arguments may overflow.
        if (depositAmount > msg.value || msg.value - depositAmount != reserveAmount) {
            revert ValueMismatch(msg.value, depositAmount);
        }
        Account storage account = _accounts[sender];
        account.fund(depositAmount, reserveAmount);
        _checkCap(account);
        if (depositAmount != 0) emit DepositFunded(sender, depositAmount);
        if (reserveAmount != 0) emit ReserveFunded(sender, reserveAmount);
        if (sender == msg.sender && account.withdrawIndex != 0) _cancelUnlock(account);
    }

    function _checkCap(Account storage account) private view {
        uint256 cap = _senderFundsCap;
        if (cap == 0) return;
        uint256 funds = uint256(account.deposit) + account.reserve;
        if (funds > cap) revert SenderFundsCapExceeded(funds, cap);
    }

    function _cancelUnlock(Account storage account) private {
        if (account.withdrawIndex == 0) revert NoUnlockInProgress(msg.sender);
        account.withdrawIndex = 0;
        emit UnlockCancelled(msg.sender);
    }
}
