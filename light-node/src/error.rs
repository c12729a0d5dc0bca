//! Errors on their way to JS.

use headwater_protocol::Code;
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::js;

/// What JS catches: a plain `{code, detail}`. The package makes it an `Error`, with the code's message and remedy,
/// which it has from the same list of codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// Something that the browser threw.
    pub(crate) fn thrown(code: Code, value: &JsValue) -> Self {
        Self::new(code, js::words(value))
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        js::object(&failure)
    }
}
