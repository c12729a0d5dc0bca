//! JSON-RPC over HTTP: the few methods that tests need.

use alloy_primitives::U256;
use reqwest::blocking::Client;
use serde_json::{Value, json};

use crate::Error;

/// A node's RPC.
#[derive(Clone, Debug)]
pub struct Rpc {
    http: Client,
    url: String,
}

impl Rpc {
    /// The node that listens there.
    #[must_use]
    pub fn new(url: &str) -> Self {
        // Without a time limit: a block of a thousand transactions takes what it takes.
        let http = Client::builder()
            .timeout(None)
            .build()
            .expect("the defaults are valid");
        Self {
            http,
            url: url.to_owned(),
        }
    }

    /// One request's result.
    ///
    /// # Errors
    /// The node is gone, or refuses.
    pub fn request(&self, method: &str, params: Value) -> Result<Value, Error> {
        let answer = self.post(&envelope(0, method, &params))?;
        result(method, answer)
    }

    /// The results of many requests of one method, in their order, at the price of one.
    ///
    /// # Errors
    /// The node is gone, or refuses one of them.
    pub fn batch(&self, method: &str, params: &[Value]) -> Result<Vec<Value>, Error> {
        if params.is_empty() {
            return Ok(Vec::new());
        }
        let requests: Vec<Value> = params
            .iter()
            .enumerate()
            .map(|(id, params)| envelope(id, method, params))
            .collect();
        let answer = self.post(&Value::from(requests))?;
        let Value::Array(mut answers) = answer else {
            return Err(Error::Answer {
                method: method.to_owned(),
                answer,
            });
        };
        answers.sort_by_key(|answer| answer["id"].as_u64());
        answers.into_iter().map(|answer| result(method, answer)).collect()
    }

    fn post(&self, body: &Value) -> Result<Value, Error> {
        let request = self
            .http
            .post(&self.url)
            .header("content-type", "application/json");
        let text = request.body(body.to_string()).send()?.text()?;
        serde_json::from_str(&text).map_err(|_| Error::Answer {
            method: "POST".to_owned(),
            answer: text.into(),
        })
    }
}

fn envelope(id: usize, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

fn result(method: &str, mut answer: Value) -> Result<Value, Error> {
    let error = &answer["error"];
    if error.is_null() {
        return Ok(answer["result"].take());
    }
    if let Some(data) = error["data"]
        .as_str()
        .and_then(|data| data.parse::<alloy_primitives::Bytes>().ok())
    {
        return Err(Error::Reverted(headwater_protocol::chain::Revert(data.into())));
    }
    Err(Error::Refused {
        method: method.to_owned(),
        code: error["code"].as_i64().unwrap_or_default(),
        message: error["message"].as_str().unwrap_or_default().to_owned(),
    })
}

/// A number in an answer.
pub(crate) fn quantity(method: &str, value: &Value) -> Result<U256, Error> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    digits
        .and_then(|digits| U256::from_str_radix(digits, 16).ok())
        .ok_or_else(|| Error::Answer {
            method: method.to_owned(),
            answer: value.clone(),
        })
}

/// Bytes, a hash or an address in an answer.
pub(crate) fn parsed<T: core::str::FromStr>(method: &str, value: &Value) -> Result<T, Error> {
    let text = value.as_str().and_then(|text| text.parse().ok());
    text.ok_or_else(|| Error::Answer {
        method: method.to_owned(),
        answer: value.clone(),
    })
}
