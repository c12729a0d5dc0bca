// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IManager} from "../interfaces/IManager.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {Escrow} from "./Escrow.sol";
import {IOrchestrators} from "./IOrchestrators.sol";
import {Redemption} from "./Redemption.sol";
import {TicketClock} from "./TicketClock.sol";

/// @title See ITicketBroker.
/// @dev TicketClock ← Escrow (Accounts, NamedRecipients) ← Earnings ← Redemption (Tickets), and SessionSigners (Signers)
/// beside them. Siblings' proxies are immutables: an upgrade of this contract names them again.
contract TicketBroker is Redemption {
    constructor(IOrchestrators bondingManager, IRoundsManager roundsManager)
        EIP712("Headwater TicketBroker", "1")
        TicketClock(roundsManager)
        Escrow(bondingManager)
    {}

    function initialize(address controller_, uint256 unlockPeriod_, uint256 ticketValidityPeriod_)
        external
        initializer
    {
        _setController(controller_);
        _setUnlockPeriod(unlockPeriod_);
        _setTicketValidityPeriod(ticketValidityPeriod_);
    }

    /// @inheritdoc IManager
    function targetContractId() external pure override returns (bytes32) {
        return keccak256("TicketBrokerTarget");
    }
}
