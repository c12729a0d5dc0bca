//! A network's configuration, as far as deploying says what it is about to do. The script reads the rest.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// What a file in `contracts/config` says.
pub(super) struct Config {
    pub(super) chain_id: u64,
    pub(super) owner: String,
    pub(super) staged: bool,
    /// Names and values.
    pub(super) parameters: Vec<(String, String)>,
}

impl Config {
    /// Reads a file. `owner` goes before the file's.
    pub(super) fn read(path: &Path, owner: Option<&str>) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text, owner).with_context(|| {
            format!(
                "{} is no configuration: contracts/config/README.md says what is",
                path.display()
            )
        })
    }

    fn parse(text: &str, owner: Option<&str>) -> Result<Self> {
        let json: Value = serde_json::from_str(text)?;
        let owner = owner.or_else(|| json["owner"].as_str()).unwrap_or_default();
        if owner.trim_start_matches("0x").trim_start_matches('0').is_empty() {
            bail!("it names no owner: give one with --owner ADDRESS");
        }
        let mut parameters: Vec<(String, String)> = json["parameters"]
            .as_object()
            .context("\"parameters\" is missing")?
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect();
        parameters.push(("senderFundsCap".to_owned(), plain(&json["senderFundsCap"])));
        Ok(Self {
            chain_id: json["chainId"].as_u64().context("\"chainId\" is missing")?,
            owner: owner.to_owned(),
            staged: json["staged"].as_bool().context("\"staged\" is missing")?,
            parameters,
        })
    }
}

/// A number, whether it stands in quotes or not.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"chainId": 5, "owner": "0x0000000000000000000000000000000000000000", "staged": false,
        "parameters": {"roundLength": 20, "minSelfBond": "1000000000000000000"}, "senderFundsCap": "7"}"#;

    #[test]
    fn a_network_without_an_owner_is_refused() {
        assert!(Config::parse(TEXT, None).is_err());
        assert_eq!(Config::parse(TEXT, Some("0x12")).unwrap().owner, "0x12");
        assert_eq!(
            Config::parse(&TEXT.replace("0x00", "0x10"), None)
                .unwrap()
                .owner
                .len(),
            42
        );
    }

    #[test]
    fn numbers_are_shown_as_they_stand() {
        let config = Config::parse(TEXT, Some("0x12")).unwrap();
        assert_eq!(config.chain_id, 5);
        let shown: Vec<&str> = config
            .parameters
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(shown.len(), 3);
        assert!(shown.contains(&"20") && shown.contains(&"1000000000000000000") && shown.contains(&"7"));
    }
}
