//! The page's clocks and timers.

use core::time::Duration;

use headwater_protocol::Millis;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    // globalThis has these in pages and in workers alike.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Closure<dyn FnMut()>, ms: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
}

/// Milliseconds since the page was opened; never goes back.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a page is open for less than 2^53 ms, and not before its own start"
)]
pub(crate) fn now() -> Millis {
    Millis(performance_now() as u64)
}

/// Milliseconds since the Unix epoch, by the visitor's clock.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a clock before 1970 is as wrong as one at 1970"
)]
pub(crate) fn wall() -> Millis {
    Millis(js_sys::Date::now() as u64)
}

/// A timer that is stopped by dropping it.
#[derive(Debug)]
pub(crate) struct Timer {
    id: JsValue,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    pub(crate) fn after(wait: Duration, callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::new(callback);
        // Rounded up: a timer that fires a fraction early would only be set again.
        let id = set_timeout(&callback, wait.as_secs_f64() * 1000.0 + 1.0);
        Self {
            id,
            _callback: callback,
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.id);
    }
}
