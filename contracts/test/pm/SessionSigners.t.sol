// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IControlled} from "../../src/interfaces/IControlled.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {BrokerFixture} from "./BrokerFixture.sol";

contract SessionSignersTest is BrokerFixture {
    function setUp() public override {
        super.setUp();
        _fund(10 ether, 20 ether);
    }

    function test_approvedSignersTicketPays() public {
        vm.expectEmit(address(_broker));
        emit ITicketBroker.SignerApproved(_sender, _session, 5 ether, 1000, false, 7);
        _approve(5 ether);
        _redeem(_ticket(_orchestrator, 1 ether), SESSION_KEY);
        assertEq(_deposit(), 9 ether, "deposit");
        assertEq(_left(), 4 ether, "left of the cap");
    }

    function test_beforeApprovalNothingPays() public {
        _expectRefusal(
            _ticket(_orchestrator, 1 ether), SESSION_KEY, _error(ITicketBroker.SignerNotApproved.selector, _session)
        );
    }

    function test_oneSendersSignerIsNotAnothers() public {
        _approve(5 ether);
        ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, 1 ether);
        ticket.sender = address(0x07e4);
        _expectRefusal(ticket, SESSION_KEY, _error(ITicketBroker.SignerNotApproved.selector, _session));
    }

    function test_spentCapLeavesTheAllotment() public {
        _approve(1 ether);
        _redeem(_ticket(_orchestrator, 1.5 ether), SESSION_KEY);
        assertEq(_deposit(), 9 ether, "deposit: as far as the cap");
        assertEq(_reserve(), 19.5 ether, "reserve: the rest");
        _redeem(_ticket(_orchestrator, 1.5 ether), SESSION_KEY);
        assertEq(_deposit(), 9 ether, "deposit: no more");
        assertEq(_reserve(), 18 ether, "reserve: the whole allotment");
        _expectRefusal(
            _ticket(_orchestrator, 1), SESSION_KEY, _error(ITicketBroker.InsufficientFunds.selector, uint256(0))
        );
        _redeem(_orchestrator, 9 ether);
    }

    function testFuzz_capIsNeverExceeded(uint256 cap, uint256[8] memory faceValues) public {
        cap = bound(cap, 0, 12 ether);
        _approve(cap);
        for (uint256 i = 0; i < faceValues.length; i++) {
            ITicketBroker.Ticket memory ticket = _ticket(_orchestrator, bound(faceValues[i], 1, 5 ether));
            bytes memory sig = _sign(SESSION_KEY, ticket);
            try _broker.redeemWinningTicket(ticket, sig, _rand(ticket.senderNonce)) {} catch {}
        }
        uint256 spent = 10 ether - _deposit();
        assertLe(spent, cap, "taken from the deposit");
        assertEq(_left(), cap - spent, "left of the cap");
    }

    function test_aBatchChargesEachSignerWhatItsTicketsTook() public {
        uint256 otherKey = 0x07e4;
        ITicketBroker.SignerApproval memory other = _approval(5 ether);
        (other.signer, other.nonce) = (vm.addr(otherKey), 8);
        _approve(1 ether);
        vm.prank(_sender);
        _broker.approveSigner(other);
        uint256[5] memory keys = [SESSION_KEY, otherKey, SESSION_KEY, SENDER_KEY, SESSION_KEY];
        ITicketBroker.Ticket[] memory tickets = new ITicketBroker.Ticket[](keys.length);
        bytes[] memory sigs = new bytes[](keys.length);
        uint256[] memory rands = new uint256[](keys.length);
        for (uint256 i = 0; i < keys.length; i++) {
            tickets[i] = _ticket(_orchestrator, 0.6 ether);
            sigs[i] = _sign(keys[i], tickets[i]);
            rands[i] = _rand(tickets[i].senderNonce);
        }
        _broker.batchRedeemWinningTickets(tickets, sigs, rands);
        assertEq(_unsettled(_orchestrator), 3 ether, "all paid");
        assertEq(_left(), 0, "the cap is spent");
        assertEq(_broker.getSigner(_sender, other.signer).depositLeft, 4.4 ether, "the other's is less by its own");
        assertEq(_deposit(), 10 ether - 1 ether - 0.6 ether - 0.6 ether, "deposit");
        assertEq(_reserve(), 20 ether - 0.8 ether, "the rest is the reserve's");
    }

    function test_aBatchAsksAnewForEachRecipientAndRound() public {
        _approve(5 ether);
        _nextRound();
        ITicketBroker.SignerApproval memory brief = _approval(5 ether);
        uint256 briefKey = 0xb41ef;
        (brief.signer, brief.nonce) = (vm.addr(briefKey), 9);
        brief.validUntilRound = _rounds.lastInitializedRound();
        vm.prank(_sender);
        _broker.approveSigner(brief);
        uint256[4] memory keys = [SESSION_KEY, SESSION_KEY, briefKey, briefKey];
        ITicketBroker.Ticket[] memory tickets = new ITicketBroker.Ticket[](4);
        bytes[] memory sigs = new bytes[](4);
        uint256[] memory rands = new uint256[](4);
        for (uint256 i = 0; i < 4; i++) {
            if (i == 3) _nextRound();
            tickets[i] = _ticket(i == 1 ? _relay : _orchestrator, 0.6 ether);
            sigs[i] = _sign(keys[i], tickets[i]);
            rands[i] = _rand(tickets[i].senderNonce);
        }
        _broker.batchRedeemWinningTickets(tickets, sigs, rands);
        assertEq(_unsettled(_orchestrator), 1.2 ether, "not after the round it is good until");
        assertEq(_broker.payments(_relay), 0, "nor to a relay");
    }

    function test_largestCapIsNoLimit() public {
        _approve(type(uint256).max);
        _redeem(_ticket(_orchestrator, 10 ether), SESSION_KEY);
        assertEq(_deposit(), 0, "deposit");
    }

    function test_onlyOrchestratorsByDefault() public {
        _approve(5 ether);
        _expectRefusal(
            _ticket(_relay, 1 ether), SESSION_KEY, _error(ITicketBroker.RecipientNotOrchestrator.selector, _relay)
        );
        _redeem(_ticket(_inactive, 1 ether), SESSION_KEY);
    }

    function test_anyRecipientIfTheSenderSaysSo() public {
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        approval.anyRecipient = true;
        vm.prank(_sender);
        _broker.approveSigner(approval);
        _redeem(_ticket(_relay, 1 ether), SESSION_KEY);
        assertEq(_broker.payments(_relay), 1 ether, "owed");
    }

    // Approvals by signature.

    function test_signedApprovalIsSubmittedByAnybody() public {
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        bytes memory sig = _signApproval(SENDER_KEY, approval);
        vm.prank(address(0x57a4e4));
        _broker.approveSignerBySig(approval, sig);
        _redeem(_ticket(_orchestrator, 1 ether), SESSION_KEY);
        (bool used, address signer) = _broker.getSignerNonce(_sender, 7);
        assertTrue(used, "nonce");
        assertEq(signer, _session, "signer");
    }

    function test_resubmissionChangesNothing() public {
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        bytes memory sig = _signApproval(SENDER_KEY, approval);
        _broker.approveSignerBySig(approval, sig);
        _redeem(_ticket(_orchestrator, 1 ether), SESSION_KEY);
        vm.prank(_sender);
        _broker.revokeSigner(7);
        _broker.approveSignerBySig(approval, sig);
        vm.prank(_sender);
        _broker.approveSigner(approval);
        assertEq(_left(), 4 ether, "the cap is not refilled");
        assertEq(_broker.getSigner(_sender, _session).voidFromRound, 102, "the revocation stays");
    }

    function test_nonceIsNotUsedForAnotherApproval() public {
        _approve(5 ether);
        ITicketBroker.SignerApproval memory approval = _approval(6 ether);
        vm.startPrank(_sender);
        vm.expectRevert(_error(ITicketBroker.NonceUsed.selector, uint256(7)));
        _broker.approveSigner(approval);
        approval = _approval(5 ether);
        approval.signer = address(0x5167);
        vm.expectRevert(_error(ITicketBroker.NonceUsed.selector, uint256(7)));
        _broker.approveSigner(approval);
        vm.stopPrank();
    }

    function test_signerIsNotBoundTwice() public {
        _approve(5 ether);
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        approval.nonce = 8;
        vm.expectRevert(_error(ITicketBroker.SignerBound.selector, _session));
        vm.prank(_sender);
        _broker.approveSigner(approval);
    }

    function test_noncesComeInAnyOrder() public {
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        uint256[3] memory nonces = [type(uint256).max, 0, 12];
        for (uint256 i = 0; i < 3; i++) {
            approval.nonce = nonces[i];
            approval.signer = address(uint160(0x5161 + i));
            vm.prank(_sender);
            _broker.approveSigner(approval);
            assertTrue(_broker.getSigner(_sender, approval.signer).approved, "approved");
        }
    }

    function test_approvalByAnotherIsRefused() public {
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        vm.expectRevert(_error(IControlled.NotAuthorized.selector, address(this)));
        _broker.approveSigner(approval);
        bytes memory sig = _signApproval(0xbad, approval);
        vm.expectRevert(_error(ITicketBroker.ApprovalNotSigned.selector, vm.addr(0xbad)));
        _broker.approveSignerBySig(approval, sig);
    }

    function test_malformedApprovalSignaturesAreRefused() public {
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        bytes memory sig = _signApproval(SENDER_KEY, approval);
        vm.expectRevert(_error(ECDSA.ECDSAInvalidSignatureLength.selector, uint256(66)));
        _broker.approveSignerBySig(approval, bytes.concat(sig, hex"00"));
        sig[64] = 0x1d;
        vm.expectRevert(ECDSA.ECDSAInvalidSignature.selector);
        _broker.approveSignerBySig(approval, sig);
    }

    function test_approvalForAnotherChainIsRefused() public {
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        bytes memory sig = _signApproval(SENDER_KEY, approval);
        vm.chainId(here);
        vm.expectPartialRevert(ITicketBroker.ApprovalNotSigned.selector);
        _broker.approveSignerBySig(approval, sig);
    }

    function test_zeroSignerAndTheSenderItselfAreRefused() public {
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        approval.signer = address(0);
        vm.startPrank(_sender);
        vm.expectRevert(_error(ITicketBroker.InvalidAddress.selector, address(0)));
        _broker.approveSigner(approval);
        approval.signer = _sender;
        vm.expectRevert(_error(ITicketBroker.InvalidAddress.selector, _sender));
        _broker.approveSigner(approval);
        vm.stopPrank();
    }

    function test_approvalThatIsOverIsRefused() public {
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        approval.validUntilRound = 99;
        vm.expectRevert(_error(ITicketBroker.SignerExpired.selector, uint256(99)));
        vm.prank(_sender);
        _broker.approveSigner(approval);
    }

    // Expiry and revocation.

    function test_expiryIsTestedAgainstTheCreationRound() public {
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        approval.validUntilRound = 100;
        vm.prank(_sender);
        _broker.approveSigner(approval);
        ITicketBroker.Ticket memory intime = _ticket(_orchestrator, 1 ether);
        _nextRound();
        ITicketBroker.Ticket memory late = _ticket(_orchestrator, 1 ether);
        _redeem(intime, SESSION_KEY);
        _expectRefusal(late, SESSION_KEY, _error(ITicketBroker.SignerExpired.selector, uint256(100)));
    }

    function test_revocationVoidsTicketsMadeAnUnlockPeriodLater() public {
        _approve(5 ether);
        vm.expectEmit(address(_broker));
        emit ITicketBroker.SignerRevoked(_sender, _session, 7, 102);
        vm.prank(_sender);
        _broker.revokeSigner(7);
        _nextRound();
        ITicketBroker.Ticket memory before = _ticket(_orchestrator, 1 ether);
        _nextRound();
        ITicketBroker.Ticket memory later = _ticket(_orchestrator, 1 ether);
        _redeem(before, SESSION_KEY);
        _expectRefusal(later, SESSION_KEY, _error(ITicketBroker.SignerVoid.selector, uint256(102)));
    }

    function test_revocationComesOnce() public {
        _approve(5 ether);
        vm.startPrank(_sender);
        _broker.revokeSigner(7);
        vm.expectRevert(_error(ITicketBroker.AlreadyRevoked.selector, uint256(7)));
        _broker.revokeSigner(7);
        vm.stopPrank();
    }

    function test_unusedNonceIsRevokedForever() public {
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        bytes memory sig = _signApproval(SENDER_KEY, approval);
        vm.prank(_sender);
        _broker.revokeSigner(7);
        vm.expectRevert(_error(ITicketBroker.NonceUsed.selector, uint256(7)));
        _broker.approveSignerBySig(approval, sig);
        vm.expectRevert(_error(ITicketBroker.AlreadyRevoked.selector, uint256(7)));
        vm.prank(_sender);
        _broker.revokeSigner(7);
    }

    function test_revokesButDoesNotApproveWhilePaused() public {
        _approve(5 ether);
        ITicketBroker.SignerApproval memory approval = _approval(5 ether);
        bytes memory sig = _signApproval(SENDER_KEY, approval);
        _controller.pause();
        vm.startPrank(_sender);
        vm.expectRevert(IManager.SystemPaused.selector);
        _broker.approveSigner(approval);
        vm.expectRevert(IManager.SystemPaused.selector);
        _broker.approveSignerBySig(approval, sig);
        _broker.revokeSigner(7);
        vm.stopPrank();
    }

    function _left() private view returns (uint256) {
        return _broker.getSigner(_sender, _session).depositLeft;
    }

    function _signApproval(uint256 key, ITicketBroker.SignerApproval memory approval)
        private
        view
        returns (bytes memory)
    {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "SignerApproval(address sender,address signer,uint256 maxDepositSpend,uint256 validUntilRound,bool anyRecipient,uint256 nonce)"
                ),
                approval
            )
        );
        return _sign(key, _typedData(structHash));
    }
}
