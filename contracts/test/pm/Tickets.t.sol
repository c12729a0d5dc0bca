// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {Tickets} from "../../src/pm/Tickets.sol";
import {Test} from "../Test.sol";

/// @title The draw, with a probability that no signed ticket could be made to have: its signature covers it.
contract TicketsTest is Test {
    function wins(ITicketBroker.Ticket calldata ticket, bytes calldata sig, uint256 rand) external pure returns (bool) {
        return Tickets.wins(ticket, sig, rand);
    }

    function testFuzz_whatIsDrawnHasToBeLessThanTheProbability(bytes calldata sig, uint256 rand) public view {
        ITicketBroker.Ticket memory ticket;
        ticket.winProb = uint256(keccak256(abi.encodePacked(sig, rand)));
        assertFalse(this.wins(ticket, sig, rand), "equal");
        ticket.winProb++;
        assertTrue(this.wins(ticket, sig, rand), "one less");
    }
}
