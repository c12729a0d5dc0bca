// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

import {Controller} from "../../src/Controller.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {IOrchestrators} from "../../src/pm/IOrchestrators.sol";
import {TicketBroker} from "../../src/pm/TicketBroker.sol";
import {Test} from "../Test.sol";
import {HandBonding, HandRounds} from "./Siblings.sol";

/// @title A broker behind its proxy, a sender with a session key, and recipients of each kind.
abstract contract BrokerFixture is Test {
    uint256 internal constant UNLOCK_PERIOD = 2;
    uint256 internal constant VALIDITY = 2;
    uint64 internal constant ACTIVE_SET = 10;

    uint256 internal constant SENDER_KEY = 0x5e4de5;
    uint256 internal constant SESSION_KEY = 0x5e5510;

    Controller internal _controller;
    HandRounds internal _rounds;
    HandBonding internal _bonding;
    TicketBroker internal _broker;

    address internal _sender = vm.addr(SENDER_KEY);
    address internal _session = vm.addr(SESSION_KEY);
    address internal _orchestrator = address(0x0c4e571);
    address internal _inactive = address(0x1dae);
    address internal _relay = address(0x4e1a7);

    uint256 private _nonce;

    function setUp() public virtual {
        _controller = new Controller(address(this));
        _rounds = new HandRounds();
        _bonding = new HandBonding();
        _broker = TicketBroker(payable(address(_newBroker())));
        _controller.addManager(keccak256("TicketBroker"), address(_broker), bytes20(0));
        _rounds.setBroker(_broker);
        _bonding.setBroker(_broker);
        _bonding.set(_orchestrator, true, true);
        _bonding.set(_inactive, true, false);
        _rounds.pass(100);
        _rounds.initializeRound(ACTIVE_SET);
        vm.deal(_sender, 1000 ether);
    }

    function _newBroker() internal returns (ERC1967Proxy) {
        return new ERC1967Proxy(
            address(_newImplementation()),
            abi.encodeCall(TicketBroker.initialize, (address(_controller), UNLOCK_PERIOD, VALIDITY))
        );
    }

    function _newImplementation() internal returns (TicketBroker) {
        return new TicketBroker(IOrchestrators(address(_bonding)), IRoundsManager(address(_rounds)));
    }

    function _nextRound() internal {
        _rounds.pass(1);
        _rounds.initializeRound(ACTIVE_SET);
    }

    function _nextRounds(uint256 rounds) internal {
        for (uint256 i = 0; i < rounds; i++) {
            _nextRound();
        }
    }

    function _fund(uint256 deposit, uint256 reserve) internal {
        vm.prank(_sender);
        _broker.fundDepositAndReserve{value: deposit + reserve}(deposit, reserve);
    }

    function _auxData() internal view returns (bytes memory) {
        uint256 round = _rounds.lastInitializedRound();
        return abi.encode(round, _rounds.blockHashForRound(round));
    }

    /// @dev It wins, and differs from every other.
    function _ticket(address recipient, uint256 faceValue) internal returns (ITicketBroker.Ticket memory) {
        _nonce++;
        return ITicketBroker.Ticket({
            recipient: recipient,
            sender: _sender,
            faceValue: faceValue,
            winProb: type(uint256).max,
            senderNonce: _nonce,
            recipientRandHash: keccak256(abi.encode(_rand(_nonce))),
            auxData: _auxData()
        });
    }

    function _rand(uint256 nonce) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("rand", nonce)));
    }

    function _sign(uint256 key, bytes32 hash) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, hash);
        return abi.encodePacked(r, s, v);
    }

    function _sign(uint256 key, ITicketBroker.Ticket memory ticket) internal view returns (bytes memory) {
        return _sign(key, _broker.getTicketHash(ticket));
    }

    /// @dev The broker's EIP-712 message of a struct's hash.
    function _typedData(bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Headwater TicketBroker"),
                keccak256("1"),
                block.chainid,
                address(_broker)
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }

    function _redeem(ITicketBroker.Ticket memory ticket, uint256 key) internal {
        _broker.redeemWinningTicket(ticket, _sign(key, ticket), _rand(ticket.senderNonce));
    }

    /// @dev With the sender's own signature.
    function _redeem(address recipient, uint256 faceValue) internal {
        _redeem(_ticket(recipient, faceValue), SENDER_KEY);
    }

    function _expectRefusal(ITicketBroker.Ticket memory ticket, uint256 key, bytes memory failure) internal {
        bytes memory sig = _sign(key, ticket);
        vm.expectRevert(failure);
        _broker.redeemWinningTicket(ticket, sig, _rand(ticket.senderNonce));
    }

    function _expectRefusal(address recipient, uint256 faceValue, bytes memory failure) internal {
        _expectRefusal(_ticket(recipient, faceValue), SENDER_KEY, failure);
    }

    function _deposit() internal view returns (uint256) {
        (ITicketBroker.Sender memory info,) = _broker.getSenderInfo(_sender);
        return info.deposit;
    }

    function _reserve() internal view returns (uint256) {
        return _broker.getReserveInfo(_sender).fundsRemaining;
    }

    function _withdrawRound() internal view returns (uint256) {
        (ITicketBroker.Sender memory info,) = _broker.getSenderInfo(_sender);
        return info.withdrawRound;
    }

    function _unsettled(address transcoder) internal view returns (uint256 amount) {
        (amount,) = _broker.unsettledFees(transcoder);
    }

    function _approval(uint256 maxDepositSpend) internal view returns (ITicketBroker.SignerApproval memory) {
        return ITicketBroker.SignerApproval({
            sender: _sender,
            signer: _session,
            maxDepositSpend: maxDepositSpend,
            validUntilRound: 1000,
            anyRecipient: false,
            nonce: 7
        });
    }

    function _approve(uint256 maxDepositSpend) internal {
        vm.prank(_sender);
        _broker.approveSigner(_approval(maxDepositSpend));
    }

    function _error(bytes4 selector, uint256 value) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, value);
    }

    function _error(bytes4 selector, address value) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, value);
    }

    function _error(bytes4 selector, bytes32 value) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, value);
    }
}
