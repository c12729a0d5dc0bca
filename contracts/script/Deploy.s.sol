// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {MerkleMine} from "../src/genesis/MerkleMine.sol";
import {MerkleSnapshot} from "../src/genesis/MerkleSnapshot.sol";
import {Governor} from "../src/governance/Governor.sol";
import {Treasury} from "../src/governance/Treasury.sol";
import {TicketBroker} from "../src/pm/TicketBroker.sol";
import {Faucet} from "../src/token/Faucet.sol";
import {HeadwaterToken} from "../src/token/HeadwaterToken.sol";
import {Addresses, Extras} from "./Addresses.sol";
import {CHEATS} from "./Cheats.sol";
import {Config, Configs, FaucetTerms, GenesisTerms} from "./Config.sol";
import {Deployment, Network} from "./Deployment.sol";
import {Wiring} from "./Wiring.sol";

/// @title Deploys a network, or goes on with one that was interrupted, and hands it over to its owner.
/// @notice `cargo xtask deploy` runs this with forge; the sender deploys. The environment:
///
/// - `DEPLOY_CONFIG`: the configuration's path
/// - `DEPLOY_OWNER`: the owner, if not the configuration's
/// - `DEPLOY_NONCE`: the sender's nonce when the deployment began, to go on with it
/// - `DEPLOY_ADDRESSES`: where to write the addresses
///
/// Each step asks the chain whether it was done, so a deployment goes on wherever it was left. Once the contracts are
/// there, the sender may do other things in between; before, its nonce gives them their places.
contract Deploy is Deployment {
    /// @notice `check` found a step that was never done; deploying goes on with it.
    error Unfinished(uint256 step, address missing);

    address private _deployer;
    uint256 private _nonce;
    bool private _checking;

    Extras private _extras;
    /// @dev Of all that is to be minted at the start: what was, and what is due up to the present step.
    uint256 private _minted;
    uint256 private _due;

    function run() external {
        Config memory config = _prepare();
        CHEATS.startBroadcast(_deployer);
        Network memory network = _build(config);
        CHEATS.stopBroadcast();
        if (CHEATS.envExists("DEPLOY_ADDRESSES")) {
            string memory json = Addresses.json(network, _extras, _deployer, _nonce);
            CHEATS.writeFile(CHEATS.envString("DEPLOY_ADDRESSES"), json);
        }
    }

    /// @notice Reads back what `run` did, and begins a round on a copy of the chain. Sends nothing.
    function check() external {
        Config memory config = _prepare();
        _checking = true;
        // Nothing is left to do, so nothing is done here: who is no owner could not.
        Network memory network = _build(config);
        Wiring.check(network, config, _finalOwner(config), _deployer);
    }

    function _prepare() private returns (Config memory) {
        _deployer = msg.sender;
        bool resumed = CHEATS.envExists("DEPLOY_NONCE");
        _nonce = resumed ? CHEATS.envUint("DEPLOY_NONCE") : CHEATS.getNonce(_deployer);
        address owner = CHEATS.envExists("DEPLOY_OWNER") ? CHEATS.envAddress("DEPLOY_OWNER") : address(0);
        return Configs.read(CHEATS.envString("DEPLOY_CONFIG"), owner);
    }

    function _build(Config memory config) private returns (Network memory network) {
        network = _deploy(config.parameters, _deployer, _nonce, _placeOf);
        _wire(network, config.parameters);
        _makeExtras(network, config);
        _endow(network.token, config);
        _cap(network.ticketBroker, config.senderFundsCap);
        _handOver(network, _finalOwner(config));
    }

    function _makeExtras(Network memory network, Config memory config) private {
        bytes memory code = abi.encodePacked(type(MerkleSnapshot).creationCode, abi.encode(address(network.controller)));
        _extras.merkleSnapshot = _make(code);
        _register(network.controller, "MerkleSnapshot", _extras.merkleSnapshot);
        if (config.staged) {
            _extras.governor = _make(abi.encodePacked(type(Governor).creationCode, abi.encode(config.owner)));
            _register(network.controller, "Governor", _extras.governor);
        }
        FaucetTerms memory faucet = config.faucet;
        if (faucet.supply != 0) {
            bytes memory terms = abi.encode(config.owner, network.token, faucet.requestAmount, faucet.requestWait);
            _extras.faucet = _make(abi.encodePacked(type(Faucet).creationCode, terms));
        }
        GenesisTerms memory genesis = config.genesis;
        if (genesis.root != 0) {
            bytes memory terms = abi.encode(
                network.token,
                genesis.root,
                genesis.tokensPerShare,
                block.number + genesis.callersAfter,
                block.number + genesis.callersUntil
            );
            _extras.merkleMine = _make(abi.encodePacked(type(MerkleMine).creationCode, terms));
        }
    }

    /// @dev What was minted is told by the supply: nobody earns before there is a round with an orchestrator.
    function _endow(HeadwaterToken token, Config memory config) private {
        _minted = token.totalSupply();
        _mint(token, _extras.faucet, config.faucet.supply);
        _mint(token, _extras.merkleMine, config.genesis.shares * config.genesis.tokensPerShare);
        for (uint256 i = 0; i < config.endowed.length; i++) {
            _mint(token, config.endowed[i], config.endowments[i]);
        }
        if (token.hasRole(token.MINTER_ROLE(), _deployer)) token.renounceRole(token.MINTER_ROLE(), _deployer);
    }

    function _mint(HeadwaterToken token, address to, uint256 amount) private {
        _due += amount;
        if (amount == 0 || _due <= _minted) return;
        _grant(token, token.MINTER_ROLE(), _deployer);
        token.mint(to, amount);
    }

    function _cap(TicketBroker broker, uint256 cap) private {
        if (broker.senderFundsCap() != cap) broker.setSenderFundsCap(cap);
    }

    /// @dev The deployer keeps nothing, unless it is the owner. The Treasury answers to nobody but itself.
    function _handOver(Network memory network, address owner) private {
        (HeadwaterToken token, Treasury treasury) = (network.token, network.treasury);
        bytes32 admin = token.DEFAULT_ADMIN_ROLE();
        if (treasury.hasRole(admin, _deployer)) treasury.renounceRole(admin, _deployer);
        if (owner == _deployer) return;
        if (token.hasRole(admin, _deployer)) {
            _grant(token, admin, owner);
            token.renounceRole(admin, _deployer);
        }
        if (network.controller.owner() == _deployer) network.controller.transferOwnership(owner);
    }

    function _finalOwner(Config memory config) private view returns (address) {
        return config.staged ? _extras.governor : config.owner;
    }

    function _made(uint256 step) internal view override returns (address place) {
        place = _placeOf(_nonce + step);
        if (_checking && place.code.length == 0) revert Unfinished(step, place);
    }

    function _placeOf(uint256 nonce) private view returns (address) {
        return CHEATS.computeCreateAddress(_deployer, nonce);
    }
}
