//! One object out of the halves of a bench.

use serde_json::Value;

/// The key that says that a run does not count, because the machine was busy with something else.
const VOID: &str = "void";

/// Adds an object to another. Objects under one key are merged; a void half makes the whole void; otherwise the later
/// value stands.
pub(super) fn into(results: &mut Value, more: Value) {
    match (results, more) {
        (Value::Object(results), Value::Object(more)) => {
            for (key, value) in more {
                let already_void = key == VOID && results.get(VOID) == Some(&Value::Bool(true));
                if !already_void {
                    into(results.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (results, more) => *results = more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn halves_are_merged_and_void_spreads() {
        let mut results = json!({});
        into(
            &mut results,
            json!({ "server_ms": { "p50": 8 }, "void": true, "spread": { "a": 1 } }),
        );
        into(
            &mut results,
            json!({ "glass_ms": { "p50": 30 }, "void": false, "spread": { "b": 2 } }),
        );
        let wanted = json!({
            "server_ms": { "p50": 8 }, "glass_ms": { "p50": 30 }, "void": true, "spread": { "a": 1, "b": 2 }
        });
        assert_eq!(results, wanted);
        into(&mut results, json!({ "void": true }));
        assert_eq!(results["void"], true);
    }
}
