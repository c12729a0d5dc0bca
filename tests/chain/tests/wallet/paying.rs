//! Deposit, reserve and session keys.

use alloy_primitives::{Address, U256};
use headwater_protocol::chain::ticket::{self, SignerApproval, Ticket};
use headwater_protocol::chain::{RoundsManager, TicketBroker};
use headwater_protocol::key::SessionKey;
use headwater_protocol::wallet::approval;
use headwater_protocol::{Code, hex};
use headwater_test_chain::{Error, Network, UNIT};
use serde_json::json;

use crate::page::{Page, leave, number, units};

#[test]
fn a_sender_funds_approves_revokes_and_withdraws_from_a_page() -> Result<(), Error> {
    let network = Network::deploy()?;
    network.next_round()?;
    let page = Page::open(&network, 7)?;
    let address = page.address();

    page.act(json!({ "do": "fund", "deposit": units(3), "reserve": units(2) }))?;
    page.act(json!({ "do": "fund", "deposit": units(1), "reserve": "0" }))?;
    page.act(json!({ "do": "fundFor", "account": address, "deposit": "0", "reserve": "5" }))?;
    let sender = page.ask(json!({ "ask": "sender", "address": address }))?;
    assert_eq!(sender["deposit"], units(4));
    assert_eq!(
        sender["reserve"],
        (UNIT * U256::from(2) + U256::from(5)).to_string()
    );
    assert_eq!(sender["unlocking"], false);

    // By transaction, and by a signature that anybody submits.
    let round = page.ask(json!({ "ask": "rounds" }))?;
    let (now, period) = (number(&round["round"]), number(&round["unlockPeriod"]));
    let approved = |signer: u8, nonce: u64| SignerApproval {
        sender: page.account(),
        signer: Address::repeat_byte(signer),
        maxDepositSpend: UNIT,
        validUntilRound: now + U256::from(9),
        anyRecipient: true,
        nonce: U256::from(nonce),
    };
    page.act(leave("approveSigner", &approved(1, 0)))?;
    let typed = approval::typed_data(&approved(2, 1), &page.described).unwrap();
    let hash = approval::typed_hash(&serde_json::from_str(&typed).unwrap()).unwrap();
    let mut signed = leave("submitApproval", &approved(2, 1));
    signed["signature"] = hex::encode(&page.key.sign(&hash).0).into();
    Page::open(&network, 8)?.act(signed.clone())?;
    for (signer, nonce) in [(1, "0"), (2, "1")] {
        let signer = Address::repeat_byte(signer);
        let state = page.ask(json!({ "ask": "signer", "address": address, "signer": signer }))?;
        assert_eq!(state["approved"], true);
        assert_eq!(state["depositLeft"], units(1));
        assert_eq!(state["anyRecipient"], true);
        assert_eq!(state["voidFromRound"], "0");
        let used = page.ask(json!({ "ask": "nonce", "address": address, "nonce": nonce }))?;
        assert_eq!(used, json!({ "used": true, "signer": signer.to_string() }));
    }
    signed["nonce"] = "2".into();
    let (code, message) = page.refused(signed);
    assert_eq!(code, Code::Reverted);
    assert!(message.starts_with("The approval is not signed"), "{message}");
    page.act(json!({ "do": "revokeSigner", "nonce": "1" }))?;
    let state =
        page.ask(json!({ "ask": "signer", "address": address, "signer": Address::repeat_byte(2) }))?;
    assert_eq!(state["voidFromRound"], (now + period).to_string());

    page.act(json!({ "do": "setReserveRecipients", "recipients": [Address::repeat_byte(3), Address::repeat_byte(4)] }))?;

    page.act(json!({ "do": "unlock" }))?;
    page.act(json!({ "do": "cancelUnlock" }))?;
    page.act(json!({ "do": "unlock" }))?;
    let (code, message) = page.refused(json!({ "do": "withdraw" }));
    assert_eq!(
        (code, message.contains("locked for 2 more rounds")),
        (Code::TooEarly, true),
        "{message}"
    );
    network.next_round()?;
    network.next_round()?;
    let sender = page.ask(json!({ "ask": "sender", "address": address }))?;
    let named = json!([
        Address::repeat_byte(3).to_string(),
        Address::repeat_byte(4).to_string()
    ]);
    assert_eq!(sender["reserveRecipients"], named, "after their rounds");
    page.act(json!({ "do": "withdraw" }))?;
    assert_eq!(
        network.chain.balance(page.key.address().into())?,
        UNIT * U256::from(100)
    );
    Ok(())
}

#[test]
fn a_contract_wallet_approves_a_session_key_by_transaction_and_pays_by_its_tickets() -> Result<(), Error> {
    let network = Network::deploy()?;
    network.next_round()?;
    network.next_round()?;
    let orchestrator = Page::open(&network, 1)?;
    orchestrator.act(json!({ "do": "approveTokens", "amount": units(30) }))?;
    orchestrator.act(json!({ "do": "bond", "amount": units(30), "to": orchestrator.address() }))?;
    orchestrator.act(json!({ "do": "transcoder", "rewardCut": "0", "feeShare": "1000000" }))?;
    network.next_round()?;

    let page = Page::of_contract(&network, 0xc0)?;
    page.act(json!({ "do": "fund", "deposit": units(3), "reserve": units(2) }))?;
    let session = SessionKey::from_bytes(&[0x51; 32]).expect("a key");
    let round = network.round()?;
    let approval = SignerApproval {
        sender: page.account(),
        signer: session.address().into(),
        maxDepositSpend: UNIT,
        validUntilRound: round + U256::from(9),
        anyRecipient: false,
        nonce: U256::ZERO,
    };
    // No signature is a contract's.
    let hash = approval::hash(&approval, &page.described).expect("a hash");
    let mut signed = leave("submitApproval", &approval);
    signed["signature"] = hex::encode(&page.key.sign(&hash).0).into();
    let (_, message) = page.refused(signed);
    assert!(
        message.ends_with("a contract wallet approves by transaction."),
        "{message}"
    );
    page.act(leave("approveSigner", &approval))?;

    let rand = U256::from(7);
    let asked = RoundsManager::blockHashForRoundCall { round };
    let hash = network.chain.call(network.rounds_manager, &asked)?;
    let domain = ticket::domain(page.described.chain_id, network.ticket_broker);
    let pay = |nonce: u64| {
        let ticket = Ticket {
            recipient: orchestrator.account(),
            sender: page.account(),
            faceValue: UNIT,
            winProb: U256::MAX,
            senderNonce: U256::from(nonce),
            recipientRandHash: ticket::recipient_rand_hash(rand),
            creationRound: round,
            creationRoundBlockHash: hash,
        };
        let redeem = TicketBroker::redeemWinningTicketCall {
            ticket: (&ticket).into(),
            sig: ticket::sign(&session, &ticket, &domain).into(),
            recipientRand: rand,
        };
        let finder = Address::repeat_byte(0xf1);
        network.chain.send(finder, network.ticket_broker, &redeem)
    };
    let left = || {
        let sender = page.ask(json!({ "ask": "sender", "address": page.address() }))?;
        Ok::<_, Error>((
            number(&sender["deposit"]) / UNIT,
            number(&sender["reserve"]) / UNIT,
        ))
    };
    let of = |deposit: u64, reserve: u64| (U256::from(deposit), U256::from(reserve));
    pay(1)?;
    assert_eq!(left()?, of(2, 2));
    // The approval's limit is spent: the deposit is safe, and the reserve, which no limit reduces, pays on.
    pay(2)?;
    assert_eq!(left()?, of(2, 1));

    // What it paid is the orchestrator's to take, from the next round on.
    network.next_round()?;
    orchestrator.act(json!({ "do": "claimEarnings", "round": network.round()?.to_string() }))?;
    let earned = orchestrator.ask(json!({ "ask": "delegator", "address": orchestrator.address() }))?;
    let fees = number(&earned["pendingFees"]);
    // Shares of fees round down.
    let paid = UNIT * U256::from(2);
    assert!(paid - U256::from(100) <= fees && fees <= paid, "{fees}");
    let before = network.chain.balance(orchestrator.account())?;
    orchestrator
        .act(json!({ "do": "withdrawFees", "amount": fees.to_string(), "to": orchestrator.address() }))?;
    assert_eq!(network.chain.balance(orchestrator.account())?, before + fees);

    page.act(json!({ "do": "revokeSigner", "nonce": "0" }))?;
    page.act(json!({ "do": "unlock" }))?;
    let unlocking = page.ask(json!({ "ask": "sender", "address": page.address() }))?;
    while network.round()?.to_string() != unlocking["withdrawRound"] {
        network.next_round()?;
    }
    page.act(json!({ "do": "withdraw" }))?;
    assert_eq!(network.chain.balance(page.account())?, UNIT * U256::from(98));
    Ok(())
}
