// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {TicketBroker} from "../../src/pm/TicketBroker.sol";
import {Tickets} from "../../src/pm/Tickets.sol";
import {BrokerFixture} from "./BrokerFixture.sol";

/// @title What nodes and pages sign is what the broker reads: tests/fixtures/tickets.json.
contract SignedBytesTest is BrokerFixture {
    using Tickets for ITicketBroker.Ticket;

    /// @dev Of ERC-1967, where a proxy keeps what it runs.
    bytes32 private constant IMPLEMENTATION = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    string private _json;
    TicketBroker private _there;

    function setUp() public override {
        super.setUp();
        _json = vm.readFile("../tests/fixtures/tickets.json");
        vm.chainId(vm.parseJsonUint(_json, ".domain.chainId"));
        // Hashes are a place's: the broker's own proxy, where they say.
        _there = TicketBroker(payable(vm.parseJsonAddress(_json, ".domain.verifyingContract")));
        vm.etch(address(_there), address(_broker).code);
        vm.store(address(_there), IMPLEMENTATION, vm.load(address(_broker), IMPLEMENTATION));
        _there.initialize(address(_controller), UNLOCK_PERIOD, VALIDITY);
    }

    function test_TicketsHaveTheSameHashSignerDrawAndValue() public view {
        uint256 count;
        for (; vm.keyExists(_json, _at("tickets", count)); count++) {
            (ITicketBroker.Ticket memory ticket, string memory path) = _ticketAt(count);
            bytes32 hash = vm.parseJsonBytes32(_json, string.concat(path, ".hash"));
            bytes memory sig = vm.parseJsonBytes(_json, string.concat(path, ".signature"));
            uint256 rand = vm.parseJsonUint(_json, string.concat(path, ".recipientRand"));

            assertEq(_there.getTicketHash(ticket), hash, string.concat("hash of ", path));
            (address signer,,) = this.signerOf(hash, sig);
            assertEq(signer, ticket.sender, string.concat("signer of ", path));
            assertEq(keccak256(abi.encode(rand)), ticket.recipientRandHash, string.concat("number of ", path));
            bool won = vm.parseJsonBool(_json, string.concat(path, ".wins"));
            assertTrue(this.wins(ticket, sig, rand) == won, string.concat("draw of ", path));
            (uint256 wei_, uint256 parts) = Math.mul512(ticket.faceValue, ticket.winProb);
            assertEq(wei_, vm.parseJsonUint(_json, string.concat(path, ".expectedValue.wei")), path);
            assertEq(parts, vm.parseJsonUint(_json, string.concat(path, ".expectedValue.parts")), path);
        }
        assertTrue(count > 3, "there are tickets");
    }

    function test_ApprovalsAreTaken() public {
        uint256 count;
        for (; vm.keyExists(_json, _at("approvals", count)); count++) {
            string memory path = _at("approvals", count);
            ITicketBroker.SignerApproval memory approval = ITicketBroker.SignerApproval({
                sender: vm.parseJsonAddress(_json, string.concat(path, ".sender")),
                signer: vm.parseJsonAddress(_json, string.concat(path, ".signer")),
                maxDepositSpend: vm.parseJsonUint(_json, string.concat(path, ".maxDepositSpend")),
                validUntilRound: vm.parseJsonUint(_json, string.concat(path, ".validUntilRound")),
                anyRecipient: vm.parseJsonBool(_json, string.concat(path, ".anyRecipient")),
                nonce: vm.parseJsonUint(_json, string.concat(path, ".nonce"))
            });
            _there.approveSignerBySig(approval, vm.parseJsonBytes(_json, string.concat(path, ".signature")));
            ITicketBroker.SignerInfo memory info = _there.getSigner(approval.sender, approval.signer);
            assertTrue(info.approved, path);
            assertEq(info.depositLeft, approval.maxDepositSpend, path);
        }
        assertTrue(count > 2, "there are approvals");
    }

    /// @dev The libraries read calldata.
    function wins(ITicketBroker.Ticket calldata ticket, bytes calldata sig, uint256 rand) external pure returns (bool) {
        return ticket.wins(sig, rand);
    }

    function signerOf(bytes32 hash, bytes calldata sig) external pure returns (address, bytes4, bytes32) {
        return Tickets.signerOf(hash, sig);
    }

    function _ticketAt(uint256 place) private view returns (ITicketBroker.Ticket memory ticket, string memory path) {
        path = _at("tickets", place);
        ticket = ITicketBroker.Ticket({
            recipient: vm.parseJsonAddress(_json, string.concat(path, ".recipient")),
            sender: vm.parseJsonAddress(_json, string.concat(path, ".sender")),
            faceValue: vm.parseJsonUint(_json, string.concat(path, ".faceValue")),
            winProb: vm.parseJsonUint(_json, string.concat(path, ".winProb")),
            senderNonce: vm.parseJsonUint(_json, string.concat(path, ".senderNonce")),
            recipientRandHash: vm.parseJsonBytes32(_json, string.concat(path, ".recipientRandHash")),
            auxData: vm.parseJsonBytes(_json, string.concat(path, ".auxData"))
        });
    }

    function _at(string memory list, uint256 place) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(place), "]");
    }
}
