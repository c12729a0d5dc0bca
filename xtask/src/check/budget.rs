//! The package's size against the budget in git. A change that needs more raises it in the same commit, and says why.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::repo::Repo;
use crate::size;
use crate::step::Steps;

const FILE: &str = "pkg/size-budget.json";

/// Compares, if there is a budget.
pub(super) fn check(repo: &Repo, steps: &mut Steps) -> Result<()> {
    if !repo.has(FILE) {
        steps.skip("size budget", "pkg/size-budget.json is not there yet");
        return Ok(());
    }
    let sizes = size::measure(repo, steps)?.json();
    steps.note(&format!("the package is {sizes} bytes"));
    steps.work("size budget", || {
        let text = fs::read_to_string(repo.path(FILE))?;
        let budget = serde_json::from_str(&text).with_context(|| format!("{FILE} is not JSON"))?;
        within(&sizes, &budget)
    })
}

/// Every measured size needs a budget, and stays within it.
fn within(sizes: &Value, budget: &Value) -> Result<()> {
    let mut over = Vec::new();
    for (name, size) in sizes.as_object().into_iter().flatten() {
        let size = size
            .as_u64()
            .with_context(|| format!("{name} is not a number of bytes"))?;
        let most = budget[name]
            .as_u64()
            .with_context(|| format!("{FILE} has no number for {name}"))?;
        if size > most {
            over.push(format!("{name} is {size} bytes, its budget {most}"));
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    bail!(
        "{}; make it smaller, or raise {FILE} in the commit that needs it and say why",
        over.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_budget_may_be_met_but_not_passed_or_left_out() {
        let budget = json!({ "wasm_gzip": 100, "js_gzip": 10 });
        assert!(within(&json!({ "wasm_gzip": 100, "js_gzip": 9 }), &budget).is_ok());
        let error = within(&json!({ "wasm_gzip": 101, "js_gzip": 9 }), &budget)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("wasm_gzip is 101 bytes, its budget 100"),
            "{error}"
        );
        assert!(within(&json!({ "css_gzip": 1 }), &budget).is_err());
    }
}
