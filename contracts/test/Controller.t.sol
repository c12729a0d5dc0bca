// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";

import {Controller} from "../src/Controller.sol";
import {IControlled} from "../src/interfaces/IControlled.sol";
import {IController} from "../src/interfaces/IController.sol";
import {ServiceRegistry} from "../src/registry/ServiceRegistry.sol";
import {Test} from "./Test.sol";

/// @dev What the next version of a contract may look like.
contract LouderServiceRegistry is ServiceRegistry {
    function version() external pure returns (uint256) {
        return 2;
    }
}

contract ControllerTest is Test {
    bytes32 private constant ID = keccak256("ServiceRegistry");
    bytes32 private constant TARGET = keccak256("ServiceRegistryTarget");
    bytes20 private constant COMMIT = bytes20(uint160(0xc0ffee));

    Controller private _controller;
    ServiceRegistry private _registry;

    function setUp() public {
        _controller = new Controller(address(this));
        address implementation = address(new ServiceRegistry());
        bytes memory start = abi.encodeCall(ServiceRegistry.initialize, (address(_controller)));
        _registry = ServiceRegistry(address(new ERC1967Proxy(implementation, start)));
        _controller.addManager(ID, address(_registry), COMMIT);
    }

    function test_aContractIsFoundByItsName() public view {
        (address found, bytes20 commit) = _controller.getContractInfo(ID);
        assertEq(found, address(_registry), "address");
        assertEq(bytes32(commit), bytes32(COMMIT), "commit");
        assertEq(_controller.getContract(ID), address(_registry), "address alone");
        assertEq(_controller.getContract(keccak256("Nobody")), address(0), "unknown");
    }

    function test_registeringATargetUpgradesItsProxyAndKeepsItsState() public {
        _registry.setServiceURI("https://node.example");
        _controller.setContractInfo(TARGET, address(new LouderServiceRegistry()), COMMIT);
        assertEq(LouderServiceRegistry(address(_registry)).version(), 2, "version");
        assertEq(_registry.getServiceURI(address(this)), "https://node.example", "state");
    }

    function test_nobodyButTheOwnerChangesAnything() public {
        address stranger = address(0xbad);
        bytes memory refused = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refused);
        _controller.setContractInfo(TARGET, address(1), COMMIT);
        vm.expectRevert(refused);
        _controller.updateController(ID, stranger);
        vm.expectRevert(refused);
        _controller.addManager(ID, stranger, COMMIT);
        vm.expectRevert(refused);
        _controller.pause();
        vm.expectRevert(refused);
        _controller.unpause();
    }

    function test_nobodyButTheControllerUpgradesOrPausesAManager() public {
        bytes memory refused = abi.encodeWithSelector(IControlled.NotAuthorized.selector, address(this));
        address next = address(new LouderServiceRegistry());
        vm.expectRevert(refused);
        _registry.upgradeToAndCall(next, "");
        vm.expectRevert(refused);
        _registry.setPaused(true);
        vm.expectRevert(refused);
        _registry.setController(address(this));
    }

    function test_aManagerInitializesOnceAndItsImplementationNever() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        _registry.initialize(address(this));
        ServiceRegistry implementation = new ServiceRegistry();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        implementation.initialize(address(this));
    }

    function test_pausingTwiceIsRefused() public {
        _controller.pause();
        assertTrue(_controller.paused(), "paused");
        vm.expectRevert(abi.encodeWithSelector(IController.PauseUnchanged.selector, true));
        _controller.pause();
        _controller.unpause();
        vm.expectRevert(abi.encodeWithSelector(IController.PauseUnchanged.selector, false));
        _controller.unpause();
    }

    function test_aManagerThatMovedAwayKeepsNobodyFromPausing() public {
        Controller other = new Controller(address(this));
        _controller.updateController(ID, address(other));
        assertEq(_registry.controller(), address(other), "controller");
        _controller.pause();
        assertTrue(_controller.paused(), "paused");
    }

    function test_anUnknownContractCannotBeHandedOver() public {
        bytes32 unknown = keccak256("Nobody");
        vm.expectRevert(abi.encodeWithSelector(IController.UnknownContract.selector, unknown));
        _controller.updateController(unknown, address(1));
    }

    function test_moreManagersThanAPauseReachesAreRefused() public {
        uint256 most = _controller.MAX_MANAGERS();
        for (uint256 i = 1; i < most; i++) {
            _controller.addManager(bytes32(i), address(_registry), COMMIT);
        }
        vm.expectRevert(abi.encodeWithSelector(IController.TooManyManagers.selector, most));
        _controller.addManager(ID, address(_registry), COMMIT);
    }
}
