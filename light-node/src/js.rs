//! JS values: made, called and read.
//!
//! Calls that may throw go through [`call`]: an exception that crosses Rust frames uncaught skips their destructors, and
//! an API that a browser lacks must be an error, not a trap.

use headwater_protocol::Code;
use js_sys::{Array, Error, Function, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::Failure;

/// `target[name](...arguments)`.
pub(crate) fn call(target: &JsValue, name: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = get(target, name)
        .dyn_into()
        .map_err(|_| Error::new(&format!("this browser has no {name}()")))?;
    let arguments: Array = arguments.iter().copied().collect();
    Reflect::apply(&method, target, &arguments)
}

/// `target[name]`, undefined where there is none.
pub(crate) fn get(target: &JsValue, name: &str) -> JsValue {
    Reflect::get(target, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A text among `options`; `None` where there is none.
pub(crate) fn text(options: &JsValue, name: &str) -> Result<Option<String>, Failure> {
    let value = get(options, name);
    match value.as_string() {
        None if !value.is_null() && !value.is_undefined() => Err(unfit(name, "text")),
        text => Ok(text),
    }
}

/// A whole number up to 2^53 among `options`; `None` where there is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be whole, not negative and small enough"
)]
pub(crate) fn whole<T: TryFrom<u64>>(options: &JsValue, name: &str) -> Result<Option<T>, Failure> {
    let value = get(options, name);
    match value.as_f64() {
        None if value.is_null() || value.is_undefined() => Ok(None),
        Some(number) if number.fract() == 0.0 && (0.0..=9e15).contains(&number) => T::try_from(number as u64)
            .map(Some)
            .map_err(|_| unfit(name, "smaller")),
        _ => Err(unfit(name, "a whole number")),
    }
}

fn unfit(name: &str, wanted: &str) -> Failure {
    Failure::new(
        Code::InvalidArgument,
        ["\"", name, "\" has to be ", wanted].concat(),
    )
}

/// `target[name] = value`, where the browser has it and takes it.
pub(crate) fn set(target: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(target, &name.into(), value);
}

/// `{[name]: value, …}`.
pub(crate) fn record(fields: &[(&str, &JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        set(&object, name, value);
    }
    object.into()
}

/// A plain object with `value`'s fields.
pub(crate) fn object<T: Serialize>(value: &T) -> JsValue {
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .unwrap_or(JsValue::UNDEFINED)
}

/// What a thrown value says.
pub(crate) fn words(thrown: &JsValue) -> String {
    get(thrown, "message")
        .as_string()
        .or_else(|| thrown.as_string())
        .unwrap_or_default()
}
