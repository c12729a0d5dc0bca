// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {Controller} from "../src/Controller.sol";
import {IControlled} from "../src/interfaces/IControlled.sol";
import {Addresses} from "./Addresses.sol";
import {CHEATS} from "./Cheats.sol";
import {Config} from "./Config.sol";
import {Network, Parameters} from "./Deployment.sol";

/// @title Whether a network is what its configuration says, and in its owner's hands alone.
library Wiring {
    bytes32 private constant _ADMIN = 0;

    error WrongAddress(string what, address found, address wanted);
    error WrongParameter(string name, uint256 found, uint256 wanted);
    /// @notice Somebody lacks a role, or kept one.
    error WrongRole(string what, address who, bool wanted);
    /// @notice The first round did not begin.
    error NoRound(uint256 round);

    function check(Network memory network, Config memory config, address owner, address deployer) internal {
        _registry(network, owner);
        _parameters(network, config);
        _roles(network, owner, deployer);
        _life(network, config.parameters);
    }

    function _registry(Network memory network, address owner) private view {
        Controller controller = network.controller;
        _same("the Controller's owner", controller.owner(), owner);
        _registered(controller, "LivepeerToken", address(network.token));
        _registered(controller, "Minter", address(network.minter));
        _registered(controller, "Treasury", address(network.treasury));
        _registered(controller, "PollCreator", address(network.pollCreator));
        _managed(controller, "RoundsManager", address(network.roundsManager));
        _managed(controller, "TicketBroker", address(network.ticketBroker));
        _managed(controller, "BondingVotes", address(network.bondingVotes));
        _managed(controller, "BondingManager", address(network.bondingManager));
        _managed(controller, "ServiceRegistry", address(network.serviceRegistry));
        _managed(controller, "LivepeerGovernor", address(network.governor));
        _same("LivepeerGovernor's timelock", network.governor.timelock(), address(network.treasury));
        _same("LivepeerGovernor's votes", address(network.governor.votes()), address(network.bondingVotes));
    }

    function _parameters(Network memory network, Config memory config) private view {
        Parameters memory wanted = config.parameters;
        _equal("roundLength", network.roundsManager.roundLength(), wanted.roundLength);
        _equal("roundLockAmount", network.roundsManager.roundLockAmount(), wanted.roundLockAmount);
        _equal("unbondingPeriod", network.bondingManager.unbondingPeriod(), wanted.unbondingPeriod);
        _equal("numActiveTranscoders", network.bondingManager.getTranscoderPoolMaxSize(), wanted.numActiveTranscoders);
        _equal("minSelfBond", network.bondingManager.minSelfBond(), wanted.minSelfBond);
        _equal("unlockPeriod", network.ticketBroker.unlockPeriod(), wanted.unlockPeriod);
        _equal("ticketValidityPeriod", network.ticketBroker.ticketValidityPeriod(), wanted.ticketValidityPeriod);
        _equal("senderFundsCap", network.ticketBroker.senderFundsCap(), config.senderFundsCap);
        // Inflation itself moves with every round.
        _equal("inflationChange", network.minter.inflationChange(), wanted.inflationChange);
        _equal("targetBondingRate", network.minter.targetBondingRate(), wanted.targetBondingRate);
        _equal("votingDelay", network.governor.votingDelay(), wanted.votingDelay);
        _equal("votingPeriod", network.governor.votingPeriod(), wanted.votingPeriod);
        _equal("proposalThreshold", network.governor.proposalThreshold(), wanted.proposalThreshold);
        _equal("quorum", network.governor.quorumNumerator(), wanted.quorum);
        _equal("quota", network.governor.quota(), wanted.quota);
        _equal("treasuryDelay", network.treasury.getMinDelay(), wanted.treasuryDelay);
    }

    function _roles(Network memory network, address owner, address deployer) private view {
        _role(network.token, "the token's admin", _ADMIN, owner, true);
        _role(network.token, "the token's admin", _ADMIN, deployer, owner == deployer);
        _role(network.token, "minter", network.token.MINTER_ROLE(), address(network.minter), true);
        _role(network.token, "minter", network.token.MINTER_ROLE(), deployer, false);
        _role(network.treasury, "the Treasury's admin", _ADMIN, deployer, false);
        _role(network.treasury, "proposer", network.treasury.PROPOSER_ROLE(), address(network.governor), true);
        _role(network.treasury, "canceller", network.treasury.CANCELLER_ROLE(), address(network.governor), true);
        _role(network.treasury, "executor", network.treasury.EXECUTOR_ROLE(), address(network.governor), true);
    }

    /// @dev Siblings are immutables that nobody can read, so they are asked to work together, on this copy of the chain:
    /// a round begins, and somebody bonds to itself.
    function _life(Network memory network, Parameters memory parameters) private {
        CHEATS.roll(block.number + parameters.roundLength);
        network.roundsManager.initializeRound();
        uint256 round = network.roundsManager.currentRound();
        if (network.roundsManager.lastInitializedRound() != round) revert NoRound(round);

        address someone = address(uint160(uint256(keccak256("somebody"))));
        CHEATS.prank(address(network.minter));
        network.token.mint(someone, parameters.minSelfBond);
        CHEATS.prank(someone);
        network.token.approve(address(network.bondingManager), parameters.minSelfBond);
        CHEATS.prank(someone);
        network.bondingManager.bond(parameters.minSelfBond, someone);
        _equal("votes of who bonded", network.bondingVotes.getVotes(someone), parameters.minSelfBond);
    }

    function _registered(Controller controller, string memory name, address wanted) private view {
        _same(name, controller.getContract(keccak256(bytes(name))), wanted);
    }

    function _managed(Controller controller, string memory name, address proxy) private view {
        _registered(controller, name, proxy);
        _same(name, IControlled(proxy).controller(), address(controller));
        if (Addresses.implementationOf(proxy).code.length == 0) {
            revert WrongAddress(name, Addresses.implementationOf(proxy), proxy);
        }
    }

    function _role(IAccessControl where, string memory what, bytes32 role, address who, bool wanted) private view {
        if (where.hasRole(role, who) != wanted) revert WrongRole(what, who, wanted);
    }

    function _same(string memory what, address found, address wanted) private pure {
        if (found != wanted) revert WrongAddress(what, found, wanted);
    }

    function _equal(string memory name, uint256 found, uint256 wanted) private pure {
        if (found != wanted) revert WrongParameter(name, found, wanted);
    }
}
