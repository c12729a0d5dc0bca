//! What a page asks of a wallet: [`headwater_protocol::wallet`] on JavaScript's objects. Amounts are decimal strings of
//! wei, in both directions; bytes are `0x…`.

use headwater_protocol::wallet::{
    Call, Context, Intent, Invalid, Network, Query, Words, approval as leave, developer, refusal as refused,
};
use headwater_protocol::{Code, hex};
use js_sys::JSON;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use crate::error::Failure;
use crate::{js, key};

/// `{to, data, value, words}` of an intent: what `eth_sendTransaction` takes besides `from`, and what the page shows
/// first. `context` may say more for the words: `{round, unlockPeriod, unbondingPeriod, amount, account}`.
///
/// # Errors
/// `{code, detail}`: `invalid_argument`.
#[wasm_bindgen]
pub fn transaction(network: &JsValue, intent: &JsValue, context: &JsValue) -> Result<JsValue, JsValue> {
    let network = read_network(network)?;
    let intent: Intent = read("intent", intent)?;
    let transaction = intent.transaction(&network).map_err(invalid)?;
    let words = intent.words(&network, &read_context(context)?).map_err(invalid)?;
    let value = ["0x", &format!("{:x}", transaction.value)].concat();
    Ok(js::record(&[
        ("to", &transaction.to.to_string().into()),
        ("data", &hex::encode(&transaction.data).into()),
        ("value", &value.into()),
        ("words", &js::object(&words)),
    ]))
}

/// `{typedData, words}` of `{sender, signer, maxDepositSpend, validUntilRound, anyRecipient, nonce}`: what
/// `eth_signTypedData_v4` takes, and what the page shows first.
///
/// # Errors
/// `{code, detail}`: `invalid_argument`.
#[wasm_bindgen]
pub fn approval(network: &JsValue, approval: &JsValue, context: &JsValue) -> Result<JsValue, JsValue> {
    let network = read_network(network)?;
    let approval = leave::read(&read("approval", approval)?).map_err(invalid)?;
    let words: Words = leave::words(&approval, &network, &read_context(context)?).map_err(invalid)?;
    let typed = leave::typed_data(&approval, &network).map_err(invalid)?;
    Ok(js::record(&[
        ("typedData", &JSON::parse(&typed)?),
        ("words", &js::object(&words)),
    ]))
}

/// `{to, data}[]`: the calls of a query, all to be made at one block. One without `to` is a program, which `eth_call` runs
/// all the same.
///
/// # Errors
/// `{code, detail}`: `invalid_argument`.
#[wasm_bindgen]
pub fn query(network: &JsValue, query: &JsValue) -> Result<Vec<JsValue>, JsValue> {
    let query: Query = read("query", query)?;
    let calls = query.calls(&read_network(network)?).map_err(invalid)?;
    let call = |call: &Call| {
        let record = js::record(&[("data", &hex::encode(&call.data).into())]);
        if let Some(to) = call.to {
            js::set(&record, "to", &to.to_string().into());
        }
        record
    };
    Ok(calls.iter().map(call).collect())
}

/// The object that these results of a query's calls, in order, make.
///
/// # Errors
/// `{code, detail}`: `invalid_argument`; `chain_unreachable` for results that no such contract gives.
#[wasm_bindgen]
pub fn answer(network: &JsValue, query: &JsValue, results: Vec<String>) -> Result<JsValue, JsValue> {
    let query: Query = read("query", query)?;
    let results: Option<Vec<Vec<u8>>> = results.iter().map(|result| hex::bytes(result)).collect();
    let results = results.ok_or_else(|| unfit("results"))?;
    let answer = query.answer(&read_network(network)?, &results).map_err(invalid)?;
    Ok(js::object(&answer))
}

/// `{code, message}`: why a contract refused, from what the call gave back (`0x…`).
#[wasm_bindgen]
#[must_use]
pub fn refusal(data: &str) -> JsValue {
    js::object(&refused::refusal(&hex::bytes(data).unwrap_or_default()))
}

/// A transaction, with `chainId`, `nonce`, `gas`, `maxFeePerGas` and `maxPriorityFeePerGas`, signed for
/// `eth_sendRawTransaction`.
///
/// # Errors
/// `{code, detail}`: `invalid_argument`.
#[wasm_bindgen(js_name = developerSign)]
pub fn developer_sign(secret: &[u8], transaction: &JsValue) -> Result<String, JsValue> {
    let unsigned: developer::Unsigned = read("transaction", transaction)?;
    Ok(hex::encode(&unsigned.sign(&key::restore(secret)?)))
}

/// An approval's typed data, as [`approval`] gives it, signed. Nothing else is.
///
/// # Errors
/// `{code, detail}`: `invalid_argument`.
#[wasm_bindgen(js_name = developerSignTypedData)]
pub fn developer_sign_typed_data(secret: &[u8], typed: &JsValue) -> Result<String, JsValue> {
    let hash = leave::typed_hash(&read("typedData", typed)?).map_err(invalid)?;
    Ok(hex::encode(&key::restore(secret)?.sign(&hash).0))
}

/// The account of a developer wallet's key.
///
/// # Errors
/// `{code, detail}`: `invalid_argument`.
#[wasm_bindgen(js_name = developerAddress)]
pub fn developer_address(secret: &[u8]) -> Result<String, JsValue> {
    Ok(key::restore(secret)?.address().to_string())
}

fn read_network(value: &JsValue) -> Result<Network, Failure> {
    read("network", value)
}

fn read_context(value: &JsValue) -> Result<Context, Failure> {
    if value.is_undefined() || value.is_null() {
        return Ok(Context::default());
    }
    read("context", value)
}

/// By way of text: a second reader of JSON for objects would be 20 KB of the package.
fn read<T: DeserializeOwned>(name: &str, value: &JsValue) -> Result<T, Failure> {
    let text = JSON::stringify(value).map_err(|thrown| Failure::thrown(Code::InvalidArgument, &thrown))?;
    let text = text.as_string().ok_or_else(|| unfit(name))?;
    serde_json::from_str(&text)
        .map_err(|e| Failure::new(Code::InvalidArgument, [name, ": ", &e.to_string()].concat()))
}

fn unfit(name: &str) -> Failure {
    Failure::new(
        Code::InvalidArgument,
        ["\"", name, "\" is missing or no such thing"].concat(),
    )
}

fn invalid(invalid: Invalid) -> Failure {
    let code = match invalid {
        Invalid::Answer(_) => Code::ChainUnreachable,
        _ => Code::InvalidArgument,
    };
    Failure::new(code, invalid.to_string())
}
