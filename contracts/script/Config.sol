// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {CHEATS} from "./Cheats.sol";
import {Parameters} from "./Deployment.sol";

/// @dev What a file in config/ says; config/README.md has the units.
struct Config {
    uint256 chainId;
    address owner;
    bool staged;
    Parameters parameters;
    uint256 senderFundsCap;
    FaucetTerms faucet;
    GenesisTerms genesis;
    address[] endowed;
    uint256[] endowments;
}

/// @dev No faucet without a supply.
struct FaucetTerms {
    uint256 supply;
    uint256 requestAmount;
    uint256 requestWait;
}

/// @dev No genesis distribution without a root. Both ends of the callers' window are blocks from the deployment.
struct GenesisTerms {
    bytes32 root;
    uint256 shares;
    uint256 tokensPerShare;
    uint256 callersAfter;
    uint256 callersUntil;
}

/// @title Reads a network's configuration.
library Configs {
    /// @notice The network has no owner: the file names none, and none was given.
    error NoOwner(string path);
    /// @notice The file is for another chain.
    error OtherChain(uint256 chainId, uint256 wanted);
    /// @notice As many amounts as addresses.
    error EndowmentsDiffer(uint256 addresses, uint256 amounts);

    /// @param owner what the file says if zero
    function read(string memory path, address owner) internal view returns (Config memory config) {
        string memory json = CHEATS.readFile(path);
        config.chainId = CHEATS.parseJsonUint(json, ".chainId");
        if (config.chainId != block.chainid) revert OtherChain(block.chainid, config.chainId);
        config.owner = owner == address(0) ? CHEATS.parseJsonAddress(json, ".owner") : owner;
        if (config.owner == address(0)) revert NoOwner(path);
        config.staged = CHEATS.parseJsonBool(json, ".staged");
        config.parameters = _parameters(json);
        config.senderFundsCap = CHEATS.parseJsonUint(json, ".senderFundsCap");
        config.faucet = FaucetTerms({
            supply: CHEATS.parseJsonUint(json, ".faucet.supply"),
            requestAmount: CHEATS.parseJsonUint(json, ".faucet.requestAmount"),
            requestWait: CHEATS.parseJsonUint(json, ".faucet.requestWait")
        });
        config.genesis = GenesisTerms({
            root: CHEATS.parseJsonBytes32(json, ".genesis.root"),
            shares: CHEATS.parseJsonUint(json, ".genesis.shares"),
            tokensPerShare: CHEATS.parseJsonUint(json, ".genesis.tokensPerShare"),
            callersAfter: CHEATS.parseJsonUint(json, ".genesis.callersAfter"),
            callersUntil: CHEATS.parseJsonUint(json, ".genesis.callersUntil")
        });
        config.endowed = CHEATS.parseJsonAddressArray(json, ".endowments.to");
        config.endowments = CHEATS.parseJsonUintArray(json, ".endowments.amounts");
        if (config.endowed.length != config.endowments.length) {
            revert EndowmentsDiffer(config.endowed.length, config.endowments.length);
        }
    }

    function _parameters(string memory json) private pure returns (Parameters memory) {
        return Parameters({
            roundLength: CHEATS.parseJsonUint(json, ".parameters.roundLength"),
            roundLockAmount: CHEATS.parseJsonUint(json, ".parameters.roundLockAmount"),
            unbondingPeriod: CHEATS.parseJsonUint(json, ".parameters.unbondingPeriod"),
            numActiveTranscoders: CHEATS.parseJsonUint(json, ".parameters.numActiveTranscoders"),
            minSelfBond: CHEATS.parseJsonUint(json, ".parameters.minSelfBond"),
            unlockPeriod: CHEATS.parseJsonUint(json, ".parameters.unlockPeriod"),
            ticketValidityPeriod: CHEATS.parseJsonUint(json, ".parameters.ticketValidityPeriod"),
            inflation: CHEATS.parseJsonUint(json, ".parameters.inflation"),
            inflationChange: CHEATS.parseJsonUint(json, ".parameters.inflationChange"),
            targetBondingRate: CHEATS.parseJsonUint(json, ".parameters.targetBondingRate"),
            votingDelay: CHEATS.parseJsonUint(json, ".parameters.votingDelay"),
            votingPeriod: CHEATS.parseJsonUint(json, ".parameters.votingPeriod"),
            proposalThreshold: CHEATS.parseJsonUint(json, ".parameters.proposalThreshold"),
            quorum: CHEATS.parseJsonUint(json, ".parameters.quorum"),
            quota: CHEATS.parseJsonUint(json, ".parameters.quota"),
            treasuryDelay: CHEATS.parseJsonUint(json, ".parameters.treasuryDelay")
        });
    }
}
