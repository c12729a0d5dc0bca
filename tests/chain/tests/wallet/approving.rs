//! A session key's approval is its sender's, to the last field.

use alloy_primitives::{Address, U256};
use headwater_protocol::chain::ticket::SignerApproval;
use headwater_protocol::wallet::{Network as Described, approval};
use headwater_protocol::{Code, hex};
use headwater_test_chain::{Error, Network, UNIT};
use serde_json::json;

use crate::page::{Page, leave, units};

#[test]
fn an_approval_of_which_any_field_is_changed_is_nobodys() -> Result<(), Error> {
    let network = Network::deploy()?;
    network.next_round()?;
    let page = Page::open(&network, 7)?;
    let good = SignerApproval {
        sender: page.account(),
        signer: Address::repeat_byte(2),
        maxDepositSpend: UNIT,
        validUntilRound: U256::from(99),
        anyRecipient: true,
        nonce: U256::from(1),
    };
    let sign = |described: &Described| {
        let hash = approval::hash(&good, described).expect("a hash");
        hex::encode(&page.key.sign(&hash).0)
    };
    let signature = sign(&page.described);
    let submit = |approval: &SignerApproval, signature: &str| {
        let mut submit = leave("submitApproval", approval);
        submit["signature"] = signature.into();
        submit
    };

    let one = U256::ONE;
    let SignerApproval {
        sender: _,
        signer: _,
        maxDepositSpend,
        validUntilRound,
        anyRecipient,
        nonce,
    } = good.clone();
    let other = Address::repeat_byte(3);
    let with = |change: &dyn Fn(&mut SignerApproval)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };
    let changed = [
        with(&|a| a.sender = other),
        with(&|a| a.signer = other),
        with(&|a| a.maxDepositSpend = maxDepositSpend + one),
        with(&|a| a.validUntilRound = validUntilRound + one),
        with(&|a| a.anyRecipient = !anyRecipient),
        with(&|a| a.nonce = nonce + one),
    ];
    let elsewhere = Described {
        chain_id: 1,
        ..page.described.clone()
    };
    let submitter = Page::open(&network, 8)?;
    let forged =
        (changed.iter().map(|changed| submit(changed, &signature))).chain([submit(&good, &sign(&elsewhere))]);
    for forged in forged {
        let (code, message) = submitter.refused(forged.clone());
        let named = message.starts_with("The approval is not signed by the account that pays");
        assert_eq!((code, named), (Code::Reverted, true), "{forged}: {message}");
    }
    // Bytes that are no signature at all.
    for bytes in [
        String::from("0x"),
        signature[..130].to_owned(),
        format!("{}1d", &signature[..130]),
    ] {
        let (code, _) = submitter.refused(submit(&good, &bytes));
        assert_eq!(code, Code::Reverted, "{bytes}");
    }
    // By transaction it is the sender's own word, and nobody else's.
    let (code, message) = submitter.refused(leave("approveSigner", &good));
    assert_ne!(code, Code::Internal, "{message}");

    let signer = json!({ "ask": "signer", "address": page.address(), "signer": good.signer });
    assert_eq!(page.ask(signer.clone())?["approved"], false);
    submitter.act(submit(&good, &signature))?;
    assert_eq!(page.ask(signer.clone())?["approved"], true);
    // Once more changes nothing.
    submitter.act(submit(&good, &signature))?;
    assert_eq!(page.ask(signer)?["depositLeft"], units(1));
    Ok(())
}
