//! The page's clocks and timers.

use core::cell::Cell;
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

thread_local! {
    /// What both clocks said last, and how far the page's fell behind.
    static CLOCKS: Cell<Option<Clocks>> = const { Cell::new(None) };
}

#[derive(Clone, Copy, Debug)]
struct Clocks {
    page: f64,
    wall: f64,
    slept: f64,
}

/// How far the wall clock has to get ahead of the page's, in milliseconds, to mean a sleep: more than a clock that is
/// being set right by the network moves at once.
const SLEEP_MS: f64 = 1_000.0;

impl Clocks {
    /// What the page's clock says, made to go on in sleep.
    fn read(before: Option<Self>, page: f64, wall: f64) -> Self {
        let before = before.unwrap_or(Self {
            page,
            wall,
            slept: 0.0,
        });
        let missed = (wall - before.wall) - (page - before.page);
        let slept = before.slept + if missed > SLEEP_MS { missed } else { 0.0 };
        Self { page, wall, slept }
    }
}

/// Milliseconds since the page was opened; never goes back. `performance.now()` stands still while some systems sleep;
/// this goes on. A wall clock that is set forward by hand looks the same, and costs no more than a look at the connection.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a page is open for less than 2^53 ms, and not before its own start"
)]
pub(crate) fn now() -> Millis {
    let clocks = Clocks::read(CLOCKS.get(), performance_now(), js_sys::Date::now());
    CLOCKS.set(Some(clocks));
    Millis((clocks.page + clocks.slept) as u64)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn after(moments: &[(f64, f64)]) -> f64 {
        let last = moments.iter().fold(None, |before, (page, wall)| {
            Some(Clocks::read(before, *page, *wall))
        });
        last.map_or(0.0, |clocks| clocks.page + clocks.slept)
    }

    #[test]
    fn a_sleep_in_which_the_pages_clock_stood_still_is_counted() {
        let hour = 3_600_000.0;
        assert_eq!(after(&[(10.0, 1e12), (20.0, 1e12 + hour)]), 20.0 + hour - 10.0);
        // And once only.
        assert_eq!(
            after(&[(10.0, 1e12), (20.0, 1e12 + hour), (30.0, 1e12 + hour + 10.0)]),
            30.0 + hour - 10.0
        );
    }

    #[test]
    fn a_wall_clock_that_is_set_right_or_back_changes_nothing() {
        assert_eq!(after(&[(0.0, 1e12), (1_000.0, 1e12 + 1_900.0)]), 1_000.0);
        assert_eq!(
            after(&[
                (0.0, 1e12),
                (1_000.0, 1e12 - 1e9),
                (2_000.0, 1e12 - 1e9 + 1_000.0)
            ]),
            2_000.0
        );
    }
}
