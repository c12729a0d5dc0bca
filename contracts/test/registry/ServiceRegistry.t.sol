// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

import {ServiceRegistry} from "../../src/registry/ServiceRegistry.sol";
import {Test} from "../Test.sol";

contract ServiceRegistryTest is Test {
    function testFuzz_everybodySaysWhereTheyAreReached(address one, string memory uri, string memory later) public {
        vm.assume(one != address(this));
        bytes memory start = abi.encodeCall(ServiceRegistry.initialize, (address(this)));
        ServiceRegistry registry = ServiceRegistry(address(new ERC1967Proxy(address(new ServiceRegistry()), start)));
        vm.startPrank(one);
        registry.setServiceURI(uri);
        assertEq(registry.getServiceURI(one), uri, "first");
        registry.setServiceURI(later);
        assertEq(registry.getServiceURI(one), later, "changed");
        assertEq(registry.getServiceURI(address(this)), "", "another's");
    }
}
