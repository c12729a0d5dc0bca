//! What a page does with tickets, for `page.mjs` to call and time. Without wasm-bindgen: numbers in, numbers out.

use core::cell::RefCell;

use headwater_protocol::key::{SessionKey, Signature, keccak256};
use headwater_protocol::pm::Payment;
use headwater_protocol::session::registry::SessionId;

use crate::stall::Stall;

thread_local! {
    static PAYMENTS: RefCell<Vec<(SessionId, Payment)>> = const { RefCell::new(Vec::new()) };
    static KEY: SessionKey = SessionKey::from_bytes(&[7; 32]).expect("it is a key");
}

/// Signs so many tickets, one a payment, as a page pays, and keeps them. The sum of their recovery bytes, so that nothing
/// is left out.
#[unsafe(no_mangle)]
extern "C" fn sign_tickets(count: u32) -> u32 {
    let signed = Stall::open(1).payments(count, 1);
    let sum = signed
        .iter()
        .map(|(_, payment)| last(&payment.tickets[0].signature))
        .sum();
    PAYMENTS.set(signed);
    sum
}

/// Signs so many hashes and nothing else.
#[unsafe(no_mangle)]
extern "C" fn sign_hashes(count: u32) -> u32 {
    KEY.with(|key| {
        (0..count)
            .map(|n| last(&key.sign(&keccak256(&n.to_be_bytes()))))
            .sum()
    })
}

/// Checks and credits what [`sign_tickets`] kept: how many were good.
#[unsafe(no_mangle)]
extern "C" fn validate() -> u32 {
    let mut stall = Stall::open(1);
    for (session, payment) in PAYMENTS.take() {
        stall.take(session, payment, Signature::recover);
    }
    u32::try_from(stall.accepted()).unwrap_or(u32::MAX)
}

fn last(signature: &Signature) -> u32 {
    signature.0[64].into()
}
