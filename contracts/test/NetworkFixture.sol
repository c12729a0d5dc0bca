// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Deployment, Network, Parameters} from "../script/Deployment.sol";
import {ITicketBroker} from "../src/interfaces/ITicketBroker.sol";
import {Test} from "./Test.sol";

/// @title A whole network, as it is deployed, with what its users do.
abstract contract NetworkFixture is Deployment, Test {
    /// @dev Blocks.
    uint256 internal constant ROUND = 50;

    Network internal _network;

    uint256 private constant _SENDER_KEY = 0x5e4de4;
    uint256 private _tickets;

    /// @dev Holds a million tokens, to give away.
    function setUp() public virtual {
        vm.warp(1_000_000);
        Parameters memory parameters = _parameters();
        Network memory network = _deploy(parameters, address(this), vm.getNonce(address(this)), _placeOf);
        _wire(network, parameters);
        _network = network;
        network.token.grantRole(network.token.MINTER_ROLE(), address(this));
        network.token.mint(address(this), 1_000_000 ether);
    }

    function _parameters() internal pure virtual returns (Parameters memory) {
        return Parameters({
            roundLength: ROUND,
            roundLockAmount: 100_000,
            unbondingPeriod: 7,
            numActiveTranscoders: 100,
            minSelfBond: 1 ether,
            unlockPeriod: 2,
            ticketValidityPeriod: 2,
            inflation: 218_500,
            inflationChange: 500,
            targetBondingRate: 500_000_000,
            votingDelay: 1,
            votingPeriod: 10,
            proposalThreshold: 100 ether,
            quorum: 333_300,
            quota: 500_000,
            treasuryDelay: 0
        });
    }

    function _nextRound() internal {
        vm.roll(block.number + ROUND);
        _network.roundsManager.initializeRound();
    }

    function _nextRounds(uint256 rounds) internal {
        for (uint256 i = 0; i < rounds; i++) {
            _nextRound();
        }
    }

    function _bond(address who, address to, uint256 amount) internal virtual {
        _network.token.transfer(who, amount);
        vm.startPrank(who);
        _network.token.approve(address(_network.bondingManager), amount);
        _network.bondingManager.bond(amount, to);
        vm.stopPrank();
    }

    function _unbond(address who, uint256 amount) internal {
        vm.prank(who);
        _network.bondingManager.unbond(amount);
    }

    function _reward(address transcoder) internal {
        vm.prank(transcoder);
        _network.bondingManager.reward();
    }

    function _stake(address who) internal view returns (uint256) {
        return _network.bondingManager.pendingStake(who, 0);
    }

    function _fees(address who) internal view returns (uint256) {
        return _network.bondingManager.pendingFees(who, 0);
    }

    /// @dev From a deposit that is made for it, by a ticket that always wins.
    function _pay(address recipient, uint256 amount) internal {
        ITicketBroker.Ticket memory ticket = _ticket(recipient, amount);
        vm.deal(ticket.sender, amount);
        vm.prank(ticket.sender);
        _network.ticketBroker.fundDeposit{value: amount}();
        _network.ticketBroker.redeemWinningTicket(ticket, _signed(ticket), ticket.senderNonce);
    }

    /// @dev Always wins, and is like no other; its nonce is also its recipientRand.
    function _ticket(address recipient, uint256 amount) internal returns (ITicketBroker.Ticket memory) {
        _tickets++;
        uint256 round = _network.roundsManager.lastInitializedRound();
        return ITicketBroker.Ticket({
            recipient: recipient,
            sender: vm.addr(_SENDER_KEY),
            faceValue: amount,
            winProb: type(uint256).max,
            senderNonce: _tickets,
            recipientRandHash: keccak256(abi.encode(_tickets)),
            auxData: abi.encode(round, _network.roundsManager.blockHashForRound(round))
        });
    }

    function _signed(ITicketBroker.Ticket memory ticket) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_SENDER_KEY, _network.ticketBroker.getTicketHash(ticket));
        return abi.encodePacked(r, s, v);
    }

    function _placeOf(uint256 nonce) private view returns (address) {
        return vm.computeCreateAddress(address(this), nonce);
    }
}
