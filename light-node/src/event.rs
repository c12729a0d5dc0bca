//! What the package is told.

use headwater_protocol::Code;
use headwater_protocol::session::client;
use js_sys::Function;
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::js;

/// The page's side of a session: `emit(type, detail)`.
#[derive(Clone, Debug)]
pub(crate) struct Emitter(Function);

impl Emitter {
    pub(crate) fn new(emit: Function) -> Self {
        Self(emit)
    }

    /// Tells it. What its listeners throw is theirs: the package reports it, and this end goes on.
    pub(crate) fn emit(&self, kind: &str, detail: &JsValue) {
        let _ = self.0.call2(&JsValue::UNDEFINED, &kind.into(), detail);
    }

    pub(crate) fn state(&self, event: client::Event) {
        if let Some(state) = State::of(event) {
            self.emit("state", &js::object(&state));
        }
    }

    pub(crate) fn said(&self, kind: &str, code: Code, message: &str) {
        self.emit(kind, &js::object(&Said { code, message }));
    }
}

/// `State` in the package's `types.ts`, its errors still in parts.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
enum State {
    Connecting,
    Live { resumed: bool },
    Waiting,
    Retrying { code: Code, after: f64, attempt: u32 },
    Ended { code: Code },
    Failed { code: Code, detail: String },
}

impl State {
    fn of(event: client::Event) -> Option<Self> {
        Some(match event {
            client::Event::Connecting => Self::Connecting,
            client::Event::Live { resumed } => Self::Live { resumed },
            client::Event::Waiting => Self::Waiting,
            client::Event::Retrying { code, after, attempt } => Self::Retrying {
                code,
                after: after.as_secs_f64() * 1000.0,
                attempt,
            },
            client::Event::Ended(code) => Self::Ended { code },
            client::Event::Failed(code, detail) => Self::Failed { code, detail },
            // A newer core's event that this shell has no word for.
            _ => return None,
        })
    }
}

/// A notice, or an error that ends nothing.
#[derive(Debug, Serialize)]
struct Said<'a> {
    code: Code,
    message: &'a str,
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    #[test]
    fn states_are_spelled_as_the_package_reads_them() {
        let spelled = |event| serde_json::to_value(State::of(event).unwrap()).unwrap();
        assert_eq!(
            spelled(client::Event::Retrying {
                code: Code::ConnectionLost,
                after: Duration::from_millis(250),
                attempt: 1
            }),
            serde_json::json!({"state": "retrying", "code": "connection_lost", "after": 250.0, "attempt": 1})
        );
        assert_eq!(
            spelled(client::Event::Live { resumed: true }),
            serde_json::json!({"state": "live", "resumed": true})
        );
    }
}
