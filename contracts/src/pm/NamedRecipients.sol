// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Account} from "./Accounts.sol";

/// @title The few among whom a sender divides its reserve, instead of the active set.
library NamedRecipients {
    using SafeCast for uint256;

    /// @dev One part of eight is still worth a ticket, and looking through eight costs less than asking for the active set.
    uint256 internal constant MAX = 8;

    /// @dev In force from `from` on, until then the list before; `from` 0: at once.
    function set(Account storage self, address sender, address[] calldata recipients, uint256 index, uint256 from)
        internal
    {
        if (recipients.length > MAX) revert ITicketBroker.TooManyRecipients(recipients.length);
        (uint8 list, uint8 size) = _inForce(self, index);
        _write(self.lists[1 - list], sender, recipients);
        uint8 written = recipients.length.toUint8();
        (self.list, self.size, self.nextSize) = from == 0 ? (1 - list, written, 0) : (list, size, written);
        self.nextFrom = from.toUint32();
    }

    function inForce(Account storage self, uint256 index) internal view returns (address[] memory recipients) {
        (uint8 list, uint8 size) = _inForce(self, index);
        recipients = new address[](size);
        for (uint256 i = 0; i < size; i++) {
            recipients[i] = self.lists[list][i];
        }
    }

    /// @return named how many there are; 0: the active set counts
    /// @return member whether `recipient` is one of them
    function find(Account storage self, address recipient, uint256 index)
        internal
        view
        returns (uint256 named, bool member)
    {
        uint8 list;
        (list, named) = _inForce(self, index);
        for (uint256 i = 0; i < named && !member; i++) {
            member = self.lists[list][i] == recipient;
        }
    }

    function _inForce(Account storage self, uint256 index) private view returns (uint8 list, uint8 size) {
        (uint256 from, uint8 nextSize) = (self.nextFrom, self.nextSize);
        (list, size) = (self.list, self.size);
        if (from != 0 && from <= index) (list, size) = (1 - list, nextSize);
    }

    function _write(address[8] storage list, address sender, address[] calldata recipients) private {
        for (uint256 i = 0; i < recipients.length; i++) {
            address recipient = recipients[i];
            if (recipient == address(0) || recipient == sender) revert ITicketBroker.InvalidAddress(recipient);
            for (uint256 j = 0; j < i; j++) {
                if (recipients[j] == recipient) revert ITicketBroker.DuplicateRecipient(recipient);
            }
            list[i] = recipient;
        }
    }
}
