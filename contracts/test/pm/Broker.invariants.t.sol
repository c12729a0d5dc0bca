// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Controller} from "../../src/Controller.sol";
import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {Test} from "../Test.sol";
import {BrokerFixture} from "./BrokerFixture.sol";
import {HandBonding, HandRounds} from "./Siblings.sol";

/// @title Many users over many rounds: senders, their session keys, recipients of each kind, the pause, and thieves.
contract BrokerHandler is Test {
    uint256 private constant SENDERS = 4;
    uint256 private constant RECIPIENTS = 8;

    ITicketBroker private immutable _broker;
    HandRounds private immutable _rounds;
    HandBonding private immutable _bonding;
    Controller private immutable _controller;

    struct Spent {
        ITicketBroker.Ticket ticket;
        bytes sig;
        uint256 rand;
    }

    Spent[] private _spent;
    address[SENDERS] private _senders;
    address[SENDERS] private _sessions;
    uint256 private _nonce;
    uint256 private _approvals;

    /// @dev What went in and out of deposits, reserves and earnings, as the handler saw it.
    uint256 public funded;
    uint256 public withdrawn;
    uint256 public paidOut;
    mapping(address sender => uint256) public capOf;
    mapping(address sender => uint256) public sessionSpent;

    constructor(ITicketBroker broker, HandRounds rounds, HandBonding bonding, Controller controller) {
        (_broker, _rounds, _bonding, _controller) = (broker, rounds, bonding, controller);
        for (uint256 i = 0; i < SENDERS; i++) {
            (_senders[i], _sessions[i]) = (vm.addr(senderKey(i)), vm.addr(sessionKey(i)));
        }
        for (uint256 i = 0; i < RECIPIENTS; i++) {
            // Four active, two registered, two relays.
            _bonding.set(recipient(i), i < 6, i < 4);
        }
    }

    function senderKey(uint256 seed) public pure returns (uint256) {
        return 0x5e4de5 + (seed % SENDERS);
    }

    function sender(uint256 seed) public view returns (address) {
        return _senders[seed % SENDERS];
    }

    function sessionKey(uint256 seed) public pure returns (uint256) {
        return 0x5e5510 + (seed % SENDERS);
    }

    function recipient(uint256 seed) public pure returns (address) {
        return address(uint160(0x4ec0 + (seed % RECIPIENTS)));
    }

    function fund(uint256 who, uint256 deposit, uint256 reserve) external {
        (deposit, reserve) = (bound(deposit, 0, 5 ether), bound(reserve, 0, 5 ether));
        vm.deal(sender(who), deposit + reserve);
        vm.prank(sender(who));
        try _broker.fundDepositAndReserve{value: deposit + reserve}(deposit, reserve) {
            funded += deposit + reserve;
        } catch {}
    }

    function unlock(uint256 who) external {
        vm.prank(sender(who));
        try _broker.unlock() {} catch {}
    }

    function cancelUnlock(uint256 who) external {
        vm.prank(sender(who));
        try _broker.cancelUnlock() {} catch {}
    }

    function withdraw(uint256 who) external {
        uint256 before = sender(who).balance;
        vm.prank(sender(who));
        try _broker.withdraw() {} catch {}
        withdrawn += sender(who).balance - before;
    }

    function nameRecipients(uint256 who, uint256 count, uint256 first) external {
        address[] memory named = new address[](bound(count, 0, 8));
        for (uint256 i = 0; i < named.length; i++) {
            named[i] = recipient(first % RECIPIENTS + i);
        }
        vm.prank(sender(who));
        try _broker.setReserveRecipients(named) {} catch {}
    }

    /// @dev One session key a sender: the cap that is measured is the first one's.
    function approve(uint256 who, uint256 cap, bool anyRecipient) public {
        cap = bound(cap, 0, 4 ether);
        ITicketBroker.SignerApproval memory approval = ITicketBroker.SignerApproval(
            sender(who), _sessions[who % SENDERS], cap, type(uint256).max, anyRecipient, _approvals++
        );
        vm.prank(sender(who));
        try _broker.approveSigner(approval) {
            capOf[sender(who)] = cap;
        } catch {}
    }

    function redeem(uint256 who, uint256 whom, uint256 faceValue, bool bySession, bool partially) public {
        Spent memory draw = _draw(who, whom, faceValue, bySession);
        uint256 before = _deposit(sender(who));
        bool paid;
        if (partially) {
            vm.prank(draw.ticket.recipient);
            try _broker.redeemWinningTicketPartially(draw.ticket, draw.sig, draw.rand) {
                paid = true;
            } catch {}
        } else {
            try _broker.redeemWinningTicket(draw.ticket, draw.sig, draw.rand) {
                paid = true;
            } catch {}
        }
        if (!paid) return;
        _spent.push(draw);
        if (bySession) sessionSpent[sender(who)] += before - _deposit(sender(who));
    }

    /// @dev As a page does: approve once, pay often, beyond the cap too.
    function payBySession(uint256 who, uint256 whom, uint256 cap) external {
        approve(who, cap, cap % 2 == 0);
        for (uint256 i = 0; i < 3; i++) {
            redeem(who, whom % RECIPIENTS + i, cap >> (8 * i), true, false);
        }
    }

    /// @dev An allotment, to its last wei. It must be paid whatever was claimed before.
    function claimAllotment(uint256 who, uint256 whom) external {
        if (_controller.paused()) return;
        address account = sender(who);
        (ITicketBroker.Sender memory info,) = _broker.getSenderInfo(account);
        uint256 allotment = _broker.claimableReserve(account, recipient(whom));
        if (allotment == 0 || (info.withdrawRound != 0 && info.withdrawRound <= _rounds.lastInitializedRound())) {
            return;
        }
        Spent memory draw = _draw(who, whom, 0, false);
        draw.ticket.faceValue = info.deposit + allotment;
        draw.sig = _sign(senderKey(who), draw.ticket);
        _broker.redeemWinningTicket(draw.ticket, draw.sig, draw.rand);
        _spent.push(draw);
    }

    function redeemTwice(uint256 which) external {
        if (_spent.length == 0) return;
        Spent memory draw = _spent[which % _spent.length];
        try _broker.redeemWinningTicket(draw.ticket, draw.sig, draw.rand) {
            assertTrue(false, "a ticket paid twice");
        } catch {}
    }

    function nextRound(uint256 skipped) external {
        if (_controller.paused()) {
            _rounds.pass(1);
            return;
        }
        _rounds.pass(1 + (skipped % 3));
        // Who joined or left changes the set at the round's start only.
        uint64 active;
        for (uint256 i = 0; i < RECIPIENTS; i++) {
            bool registered = _bonding.isRegisteredTranscoder(recipient(i));
            bool joins = registered && (skipped >> i) & 1 == 1;
            _bonding.set(recipient(i), registered, joins);
            if (joins) active++;
        }
        _rounds.initializeRound(active);
    }

    function leave(uint256 whom) external {
        _bonding.set(recipient(whom), false, false);
    }

    function register(uint256 whom) external {
        address who = recipient(whom);
        if (!_bonding.isRegisteredTranscoder(who)) _bonding.set(who, true, false);
    }

    /// @dev Whoever could withdraw before the pause still can: asked of everybody, and undone.
    function pause() external {
        if (_controller.paused()) return;
        bool[4] memory free;
        for (uint256 i = 0; i < SENDERS; i++) {
            free[i] = this.canWithdraw(i);
        }
        _controller.pause();
        for (uint256 i = 0; i < SENDERS; i++) {
            assertTrue(this.canWithdraw(i) == free[i], "a pause locked what was free, or freed what was locked");
        }
    }

    function unpause() external {
        if (_controller.paused()) _controller.unpause();
    }

    function settle(uint256 whom) external {
        _bonding.settle(recipient(whom));
    }

    function payFees(uint256 whom, uint256 amount) external {
        amount = bound(amount, 0, _bonding.fees(recipient(whom)));
        _bonding.pay(recipient(whom), payable(address(0xfee5)), amount);
        paidOut += amount;
    }

    function payTooMuch(uint256 amount) external {
        amount = bound(amount, _broker.settledFees() + 1, type(uint256).max);
        try _bonding.payUnowed(payable(address(0xbad)), amount) {
            assertTrue(false, "more than was settled");
        } catch {}
    }

    function withdrawPayments(uint256 whom, uint256 amount) external {
        uint256 owed = _broker.payments(recipient(whom));
        if (owed == 0) return;
        amount = bound(amount, 1, owed);
        vm.prank(recipient(whom));
        _broker.withdrawPayments(payable(address(0xfee5)), amount);
        paidOut += amount;
    }

    function canWithdraw(uint256 who) external returns (bool can) {
        try this.tryWithdraw(who) {}
        catch (bytes memory answer) {
            can = answer.length == 32 && abi.decode(answer, (bool));
        }
    }

    function tryWithdraw(uint256 who) external {
        if (msg.sender != address(this)) return;
        vm.prank(sender(who));
        bool can;
        try _broker.withdraw() {
            can = true;
        } catch {}
        bytes memory answer = abi.encode(can);
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    function held() external view returns (uint256 sum) {
        for (uint256 i = 0; i < SENDERS; i++) {
            (ITicketBroker.Sender memory info, ITicketBroker.ReserveInfo memory reserve) =
                _broker.getSenderInfo(sender(i));
            sum += info.deposit + reserve.fundsRemaining;
        }
        sum += _broker.settledFees();
        for (uint256 i = 0; i < RECIPIENTS; i++) {
            (uint256 amount,) = _broker.unsettledFees(recipient(i));
            sum += amount + _broker.payments(recipient(i));
        }
    }

    function allotments(uint256 who) external view returns (uint256 sum, uint256 reserve) {
        for (uint256 i = 0; i < RECIPIENTS; i++) {
            sum += _broker.claimableReserve(sender(who), recipient(i));
        }
        reserve = _broker.getReserveInfo(sender(who)).fundsRemaining;
    }

    function bondingFees() external view returns (uint256 sum) {
        for (uint256 i = 0; i < RECIPIENTS; i++) {
            sum += _bonding.fees(recipient(i));
        }
    }

    function _deposit(address who) private view returns (uint256) {
        (ITicketBroker.Sender memory info,) = _broker.getSenderInfo(who);
        return info.deposit;
    }

    function _draw(uint256 who, uint256 whom, uint256 faceValue, bool bySession) private returns (Spent memory draw) {
        uint256 round = _rounds.lastInitializedRound();
        draw.rand = uint256(keccak256(abi.encode(_nonce)));
        draw.ticket = ITicketBroker.Ticket({
            recipient: recipient(whom),
            sender: sender(who),
            faceValue: bound(faceValue, 1, 3 ether),
            winProb: type(uint256).max,
            senderNonce: _nonce++,
            recipientRandHash: keccak256(abi.encode(draw.rand)),
            auxData: abi.encode(round, _rounds.blockHashForRound(round))
        });
        draw.sig = _sign(bySession ? sessionKey(who) : senderKey(who), draw.ticket);
    }

    function _sign(uint256 key, ITicketBroker.Ticket memory ticket) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _broker.getTicketHash(ticket));
        return abi.encodePacked(r, s, v);
    }
}

/// @dev A handler's revert is a failure: what may fail, it tries.
/// forge-config: default.invariant.fail-on-revert = true
contract BrokerInvariants is BrokerFixture {
    BrokerHandler private _handler;

    function setUp() public override {
        super.setUp();
        _bonding.set(_orchestrator, false, false);
        _bonding.set(_inactive, false, false);
        _handler = new BrokerHandler(_broker, _rounds, _bonding, _controller);
        _controller.transferOwnership(address(_handler));
        _rounds.pass(1);
        _rounds.initializeRound(4);
        targetContract(address(_handler));
    }

    /// @dev ETH held = deposits + reserves + fees not settled, settled and owed: to the wei, for nobody sends more.
    function invariant_solvent() public view {
        assertEq(address(_broker).balance, _handler.held(), "held");
        assertEq(address(_broker).balance, _handler.funded() - _handler.withdrawn() - _handler.paidOut(), "in and out");
    }

    function invariant_bondingManagerKnowsWhatIsSettled() public view {
        assertEq(_broker.settledFees(), _handler.bondingFees(), "settled");
    }

    function invariant_allotmentsCanAllBePaid() public view {
        for (uint256 i = 0; i < 4; i++) {
            (uint256 sum, uint256 reserve) = _handler.allotments(i);
            assertLe(sum, reserve, "allotments");
        }
    }

    function invariant_signersStayWithinTheirCaps() public view {
        for (uint256 i = 0; i < 4; i++) {
            address sender = _handler.sender(i);
            assertLe(_handler.sessionSpent(sender), _handler.capOf(sender), "spent");
        }
    }
}
