// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";

import {CHEATS} from "./Cheats.sol";
import {Network} from "./Deployment.sol";

/// @dev What a network need not have; zero: it has none.
struct Extras {
    address merkleSnapshot;
    address governor;
    address faucet;
    address merkleMine;
}

/// @title A network's addresses as JSON: `{chainId, block, deployer, nonce, contracts, implementations}`.
/// @notice `block` and `nonce` are those at which it began: no event of the network is older.
library Addresses {
    /// @param nonce the deployer's when it began
    function json(Network memory network, Extras memory extras, address deployer, uint256 nonce)
        internal
        returns (string memory)
    {
        CHEATS.serializeUint("network", "chainId", block.chainid);
        CHEATS.serializeUint("network", "block", block.number);
        CHEATS.serializeAddress("network", "deployer", deployer);
        CHEATS.serializeUint("network", "nonce", nonce);
        CHEATS.serializeString("network", "contracts", _contracts(network, extras));
        return CHEATS.serializeString("network", "implementations", _implementations(network));
    }

    /// @dev What is behind a proxy.
    function implementationOf(address proxy) internal view returns (address) {
        return address(uint160(uint256(CHEATS.load(proxy, ERC1967Utils.IMPLEMENTATION_SLOT))));
    }

    function _contracts(Network memory network, Extras memory extras) private returns (string memory) {
        _extra("MerkleSnapshot", extras.merkleSnapshot);
        _extra("Governor", extras.governor);
        _extra("Faucet", extras.faucet);
        _extra("MerkleMine", extras.merkleMine);
        CHEATS.serializeAddress("contracts", "Controller", address(network.controller));
        CHEATS.serializeAddress("contracts", "LivepeerToken", address(network.token));
        CHEATS.serializeAddress("contracts", "Minter", address(network.minter));
        CHEATS.serializeAddress("contracts", "BondingManager", address(network.bondingManager));
        CHEATS.serializeAddress("contracts", "BondingVotes", address(network.bondingVotes));
        CHEATS.serializeAddress("contracts", "RoundsManager", address(network.roundsManager));
        CHEATS.serializeAddress("contracts", "TicketBroker", address(network.ticketBroker));
        CHEATS.serializeAddress("contracts", "ServiceRegistry", address(network.serviceRegistry));
        CHEATS.serializeAddress("contracts", "Treasury", address(network.treasury));
        CHEATS.serializeAddress("contracts", "PollCreator", address(network.pollCreator));
        return CHEATS.serializeAddress("contracts", "LivepeerGovernor", address(network.governor));
    }

    function _extra(string memory name, address where) private {
        if (where != address(0)) CHEATS.serializeAddress("contracts", name, where);
    }

    function _implementations(Network memory network) private returns (string memory) {
        _implementation("BondingManager", address(network.bondingManager));
        _implementation("BondingVotes", address(network.bondingVotes));
        _implementation("RoundsManager", address(network.roundsManager));
        _implementation("TicketBroker", address(network.ticketBroker));
        _implementation("ServiceRegistry", address(network.serviceRegistry));
        _implementation("Treasury", address(network.treasury));
        return _implementation("LivepeerGovernor", address(network.governor));
    }

    function _implementation(string memory name, address proxy) private returns (string memory) {
        return CHEATS.serializeAddress("implementations", name, implementationOf(proxy));
    }
}
