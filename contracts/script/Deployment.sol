// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
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

/// @title Makes a whole network and wires it, in steps of one transaction each.
/// @notice Siblings know each other as immutables, so their addresses have to be known before they are made: they are those
/// of the deployer's next contracts, which is why the order here is fixed. What is done already is passed over, so that
/// the same steps go on where they were interrupted.
abstract contract Deployment {
    /// @notice A contract came to lie elsewhere than its siblings were told: something else was sent meanwhile.
    error Misplaced(string name, address placed, address announced);

    bytes20 private constant _NO_COMMIT = 0;

    /// @dev Contracts made and calls sent so far, or passed over.
    uint256 private _steps;

    /// @param owner of the Controller and admin of the token and the Treasury, until governance takes over
    /// @param nonce the deployer's next
    /// @param placeOf where the deployer's contract with a given nonce comes to lie
    function _deploy(
        Parameters memory parameters,
        address owner,
        uint256 nonce,
        function(uint256) view returns (address) placeOf
    ) internal returns (Network memory network) {
        // A proxy comes after its implementation.
        network.roundsManager = RoundsManager(placeOf(nonce + 3));
        network.ticketBroker = TicketBroker(payable(placeOf(nonce + 5)));
        network.bondingVotes = BondingVotes(placeOf(nonce + 7));
        network.treasury = Treasury(payable(placeOf(nonce + 9)));
        network.bondingManager = BondingManager(payable(placeOf(nonce + 11)));
        network.minter = Minter(placeOf(nonce + 12));

        network.controller = Controller(_make(abi.encodePacked(type(Controller).creationCode, abi.encode(owner))));
        network.token = HeadwaterToken(_make(abi.encodePacked(type(HeadwaterToken).creationCode, abi.encode(owner))));
        _makeRoundsManager(network, parameters);
        _makeTicketBroker(network, parameters);
        _makeBondingVotes(network);
        _makeTreasury(network, parameters, owner);
        _makeBondingManager(network, parameters);
        _makeMinter(network, parameters);
        bytes memory start = abi.encodeCall(ServiceRegistry.initialize, (address(network.controller)));
        network.serviceRegistry = ServiceRegistry(_behindProxy(type(ServiceRegistry).creationCode, start));
        network.pollCreator =
            PollCreator(_make(abi.encodePacked(type(PollCreator).creationCode, abi.encode(network.bondingManager))));
    }

    /// @dev By the owner: registers everything, and lets the Minter mint. Governance comes last, since it asks for the others.
    function _wire(Network memory network, Parameters memory parameters) internal {
        Controller controller = network.controller;
        _register(controller, "LivepeerToken", address(network.token));
        _register(controller, "Minter", address(network.minter));
        _register(controller, "Treasury", address(network.treasury));
        _register(controller, "PollCreator", address(network.pollCreator));
        _manage(controller, "RoundsManager", address(network.roundsManager));
        _manage(controller, "TicketBroker", address(network.ticketBroker));
        _manage(controller, "BondingVotes", address(network.bondingVotes));
        _manage(controller, "BondingManager", address(network.bondingManager));
        _manage(controller, "ServiceRegistry", address(network.serviceRegistry));
        _grant(network.token, network.token.MINTER_ROLE(), address(network.minter));

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
        bytes memory target = abi.encodePacked(type(HeadwaterGovernor).creationCode, abi.encode(controller));
        network.governor = HeadwaterGovernor(payable(_behindProxy(target, start)));
        _manage(controller, "LivepeerGovernor", address(network.governor));
        _grant(network.treasury, network.treasury.PROPOSER_ROLE(), address(network.governor));
        _grant(network.treasury, network.treasury.CANCELLER_ROLE(), address(network.governor));
        _grant(network.treasury, network.treasury.EXECUTOR_ROLE(), address(network.governor));
    }

    /// @dev Where something lies already, that is taken for what this step makes.
    function _make(bytes memory code) internal returns (address made) {
        made = _made(_steps);
        if (made.code.length == 0) {
            assembly ("memory-safe") {
                made := create(0, add(code, 32), mload(code))
                if iszero(made) {
                    // The constructor's reason.
                    let free := mload(0x40)
                    returndatacopy(free, 0, returndatasize())
                    revert(free, returndatasize())
                }
            }
        }
        _steps++;
    }

    function _register(Controller controller, string memory name, address registered) internal {
        bytes32 id = keccak256(bytes(name));
        if (controller.getContract(id) != registered) controller.setContractInfo(id, registered, _NO_COMMIT);
        _steps++;
    }

    function _grant(IAccessControl where, bytes32 role, address to) internal {
        if (!where.hasRole(role, to)) where.grantRole(role, to);
        _steps++;
    }

    /// @dev Where a step that was done left its contract; nowhere, where nothing is ever done already.
    function _made(uint256) internal view virtual returns (address) {
        return address(0);
    }

    function _manage(Controller controller, string memory name, address proxy) private {
        bytes32 id = keccak256(bytes(name));
        if (controller.getContract(id) != proxy) controller.addManager(id, proxy, _NO_COMMIT);
        _steps++;
    }

    function _makeRoundsManager(Network memory network, Parameters memory parameters) private {
        bytes memory target = abi.encodePacked(
            type(RoundsManager).creationCode, abi.encode(network.bondingManager, network.minter, network.ticketBroker)
        );
        bytes memory start = abi.encodeCall(
            RoundsManager.initialize, (address(network.controller), parameters.roundLength, parameters.roundLockAmount)
        );
        _at("RoundsManager", address(network.roundsManager), _behindProxy(target, start));
    }

    function _makeTicketBroker(Network memory network, Parameters memory parameters) private {
        bytes memory target = abi.encodePacked(
            type(TicketBroker).creationCode, abi.encode(network.bondingManager, network.roundsManager)
        );
        bytes memory start = abi.encodeCall(
            TicketBroker.initialize,
            (address(network.controller), parameters.unlockPeriod, parameters.ticketValidityPeriod)
        );
        _at("TicketBroker", address(network.ticketBroker), _behindProxy(target, start));
    }

    function _makeBondingVotes(Network memory network) private {
        bytes memory target = abi.encodePacked(type(BondingVotes).creationCode, abi.encode(network.bondingManager));
        bytes memory start = abi.encodeCall(BondingVotes.initialize, (address(network.controller)));
        _at("BondingVotes", address(network.bondingVotes), _behindProxy(target, start));
    }

    function _makeTreasury(Network memory network, Parameters memory parameters, address owner) private {
        bytes memory start = abi.encodeCall(
            TimelockControllerUpgradeable.initialize,
            (parameters.treasuryDelay, new address[](0), new address[](0), owner)
        );
        _at("Treasury", address(network.treasury), _behindProxy(type(Treasury).creationCode, start));
    }

    function _makeBondingManager(Network memory network, Parameters memory parameters) private {
        Siblings memory siblings = Siblings(
            network.token,
            network.minter,
            network.roundsManager,
            network.ticketBroker,
            network.bondingVotes,
            address(network.treasury)
        );
        bytes memory target = abi.encodePacked(type(BondingManager).creationCode, abi.encode(siblings));
        bytes memory start = abi.encodeCall(
            BondingManager.initialize,
            (
                address(network.controller),
                parameters.unbondingPeriod,
                parameters.numActiveTranscoders,
                parameters.minSelfBond
            )
        );
        _at("BondingManager", address(network.bondingManager), _behindProxy(target, start));
    }

    function _makeMinter(Network memory network, Parameters memory parameters) private {
        bytes memory arguments = abi.encode(
            network.controller,
            network.token,
            network.bondingManager,
            network.roundsManager,
            network.ticketBroker,
            parameters.inflation,
            parameters.inflationChange,
            parameters.targetBondingRate
        );
        _at("Minter", address(network.minter), _make(abi.encodePacked(type(Minter).creationCode, arguments)));
    }

    function _behindProxy(bytes memory target, bytes memory start) private returns (address) {
        return _make(abi.encodePacked(type(ERC1967Proxy).creationCode, abi.encode(_make(target), start)));
    }

    function _at(string memory name, address announced, address placed) private pure {
        if (placed != announced) revert Misplaced(name, placed, announced);
    }
}
