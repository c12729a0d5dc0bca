// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {
    TimelockControllerUpgradeable
} from "@openzeppelin/contracts-upgradeable/governance/TimelockControllerUpgradeable.sol";

import {Controller} from "../src/Controller.sol";
import {Siblings} from "../src/bonding/BondingState.sol";
import {BondingManager} from "../src/bonding/BondingManager.sol";
import {BondingVotes} from "../src/bonding/BondingVotes.sol";
import {HeadwaterGovernor} from "../src/governance/HeadwaterGovernor.sol";
import {PollCreator} from "../src/governance/PollCreator.sol";
import {Treasury} from "../src/governance/Treasury.sol";
import {IOrchestrators} from "../src/pm/IOrchestrators.sol";
import {TicketBroker} from "../src/pm/TicketBroker.sol";
import {ServiceRegistry} from "../src/registry/ServiceRegistry.sol";
import {RoundsManager} from "../src/rounds/RoundsManager.sol";
import {HeadwaterToken} from "../src/token/HeadwaterToken.sol";
import {Minter} from "../src/token/Minter.sol";

/// @dev What a network is made with; SPEC.md has units and bounds.
struct Parameters {
    uint256 roundLength;
    uint256 roundLockAmount;
    uint256 unbondingPeriod;
    uint256 numActiveTranscoders;
    uint256 minSelfBond;
    uint256 unlockPeriod;
    uint256 ticketValidityPeriod;
    uint256 inflation;
    uint256 inflationChange;
    uint256 targetBondingRate;
    uint256 votingDelay;
    uint256 votingPeriod;
    uint256 proposalThreshold;
    uint256 quorum;
    uint256 quota;
    uint256 treasuryDelay;
}

/// @dev What was made; proxies where there are some.
struct Network {
    Controller controller;
    HeadwaterToken token;
    Minter minter;
    BondingManager bondingManager;
    BondingVotes bondingVotes;
    RoundsManager roundsManager;
    TicketBroker ticketBroker;
    ServiceRegistry serviceRegistry;
    Treasury treasury;
    HeadwaterGovernor governor;
    PollCreator pollCreator;
}

/// @title Makes a whole network and wires it.
/// @notice Siblings know each other as immutables, so their addresses have to be known before they are made: they are those
/// of the deployer's next contracts, which is why the order here is fixed.
abstract contract Deployment {
    /// @notice A contract came to lie elsewhere than its siblings were told: something else was sent meanwhile.
    error Misplaced(string name, address placed, address announced);

    bytes20 private constant _NO_COMMIT = 0;

    /// @param owner of the Controller and admin of the token and the Treasury, until governance takes over
    /// @param nonce the deployer's next
    /// @param placeOf where the deployer's contract with a given nonce comes to lie
    function _deploy(
        Parameters memory parameters,
        address owner,
        uint256 nonce,
        function(uint256) view returns (address) placeOf
    ) internal returns (Network memory network) {
        network.controller = new Controller(owner);
        network.token = new HeadwaterToken(owner);
        // A proxy comes after its implementation.
        network.roundsManager = RoundsManager(placeOf(nonce + 3));
        network.ticketBroker = TicketBroker(payable(placeOf(nonce + 5)));
        network.bondingVotes = BondingVotes(placeOf(nonce + 7));
        network.treasury = Treasury(payable(placeOf(nonce + 9)));
        network.bondingManager = BondingManager(payable(placeOf(nonce + 11)));
        network.minter = Minter(placeOf(nonce + 12));

        _makeRoundsManager(network, parameters);
        _makeTicketBroker(network, parameters);
        _makeBondingVotes(network);
        _makeTreasury(network, parameters, owner);
        _makeBondingManager(network, parameters);
        _makeMinter(network, parameters);
        bytes memory start = abi.encodeCall(ServiceRegistry.initialize, (address(network.controller)));
        network.serviceRegistry = ServiceRegistry(_proxy(address(new ServiceRegistry()), start));
        network.pollCreator = new PollCreator(network.bondingManager);
    }

    /// @dev By the owner: registers everything, and lets the Minter mint. Governance comes last, since it asks for the others.
    function _wire(Network memory network, Parameters memory parameters) internal {
        Controller controller = network.controller;
        controller.setContractInfo(keccak256("LivepeerToken"), address(network.token), _NO_COMMIT);
        controller.setContractInfo(keccak256("Minter"), address(network.minter), _NO_COMMIT);
        controller.setContractInfo(keccak256("Treasury"), address(network.treasury), _NO_COMMIT);
        controller.setContractInfo(keccak256("PollCreator"), address(network.pollCreator), _NO_COMMIT);
        controller.addManager(keccak256("RoundsManager"), address(network.roundsManager), _NO_COMMIT);
        controller.addManager(keccak256("TicketBroker"), address(network.ticketBroker), _NO_COMMIT);
        controller.addManager(keccak256("BondingVotes"), address(network.bondingVotes), _NO_COMMIT);
        controller.addManager(keccak256("BondingManager"), address(network.bondingManager), _NO_COMMIT);
        controller.addManager(keccak256("ServiceRegistry"), address(network.serviceRegistry), _NO_COMMIT);
        network.token.grantRole(network.token.MINTER_ROLE(), address(network.minter));

        bytes memory start = abi.encodeCall(
            HeadwaterGovernor.initialize,
            (
                parameters.votingDelay,
                parameters.votingPeriod,
                parameters.proposalThreshold,
                parameters.quorum,
                parameters.quota
            )
        );
        network.governor =
            HeadwaterGovernor(payable(_proxy(address(new HeadwaterGovernor(address(controller))), start)));
        controller.addManager(keccak256("LivepeerGovernor"), address(network.governor), _NO_COMMIT);
        network.treasury.grantRole(network.treasury.PROPOSER_ROLE(), address(network.governor));
        network.treasury.grantRole(network.treasury.CANCELLER_ROLE(), address(network.governor));
        network.treasury.grantRole(network.treasury.EXECUTOR_ROLE(), address(network.governor));
    }

    function _makeRoundsManager(Network memory network, Parameters memory parameters) private {
        RoundsManager target = new RoundsManager(network.bondingManager, network.minter, network.ticketBroker);
        bytes memory start = abi.encodeCall(
            RoundsManager.initialize, (address(network.controller), parameters.roundLength, parameters.roundLockAmount)
        );
        _at("RoundsManager", address(network.roundsManager), _proxy(address(target), start));
    }

    function _makeTicketBroker(Network memory network, Parameters memory parameters) private {
        IOrchestrators orchestrators = IOrchestrators(address(network.bondingManager));
        TicketBroker target = new TicketBroker(orchestrators, network.roundsManager);
        bytes memory start = abi.encodeCall(
            TicketBroker.initialize,
            (address(network.controller), parameters.unlockPeriod, parameters.ticketValidityPeriod)
        );
        _at("TicketBroker", address(network.ticketBroker), _proxy(address(target), start));
    }

    function _makeBondingVotes(Network memory network) private {
        BondingVotes target = new BondingVotes(network.bondingManager);
        bytes memory start = abi.encodeCall(BondingVotes.initialize, (address(network.controller)));
        _at("BondingVotes", address(network.bondingVotes), _proxy(address(target), start));
    }

    function _makeTreasury(Network memory network, Parameters memory parameters, address owner) private {
        bytes memory start = abi.encodeCall(
            TimelockControllerUpgradeable.initialize,
            (parameters.treasuryDelay, new address[](0), new address[](0), owner)
        );
        _at("Treasury", address(network.treasury), _proxy(address(new Treasury()), start));
    }

    function _makeBondingManager(Network memory network, Parameters memory parameters) private {
        BondingManager target = new BondingManager(
            Siblings(
                network.token,
                network.minter,
                network.roundsManager,
                network.ticketBroker,
                network.bondingVotes,
                address(network.treasury)
            )
        );
        bytes memory start = abi.encodeCall(
            BondingManager.initialize,
            (
                address(network.controller),
                parameters.unbondingPeriod,
                parameters.numActiveTranscoders,
                parameters.minSelfBond
            )
        );
        _at("BondingManager", address(network.bondingManager), _proxy(address(target), start));
    }

    function _makeMinter(Network memory network, Parameters memory parameters) private {
        Minter minter = new Minter(
            address(network.controller),
            network.token,
            network.bondingManager,
            address(network.roundsManager),
            address(network.ticketBroker),
            parameters.inflation,
            parameters.inflationChange,
            parameters.targetBondingRate
        );
        _at("Minter", address(network.minter), address(minter));
    }

    function _proxy(address implementation, bytes memory start) private returns (address) {
        return address(new ERC1967Proxy(implementation, start));
    }

    function _at(string memory name, address announced, address placed) private pure {
        if (placed != announced) revert Misplaced(name, placed, announced);
    }
}
