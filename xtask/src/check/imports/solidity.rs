//! The rule about contracts: Rust and TypeScript know them by `contracts/abi/*.json` alone.

use std::path::Path;

use super::File;
use crate::check::source::{Kind, Language, line_of, spans};

/// Texts that name a contract's source or build output. The contracts' own scripts may, and xtask and the test chain,
/// which run their tools.
pub(super) fn check(files: &[File]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files {
        let own = ["contracts", "xtask", "tests/chain"]
            .iter()
            .any(|folder| file.path.starts_with(folder));
        if own || file.language == Language::Solidity {
            continue;
        }
        for span in spans(file.language, &file.text)
            .into_iter()
            .filter(|span| span.kind == Kind::Text)
        {
            let text = &file.text[span.range.clone()];
            if reaches_in(text) {
                let (path, line) = (file.path.display(), line_of(&file.text, span.range.start));
                broken.push(format!(
                    "{path}:{line} names {text:?}: contracts are known by contracts/abi/*.json only"
                ));
            }
        }
    }
    broken
}

/// What everybody may read: the ABI, and what is known of Livepeer's interface, which is no source of ours.
const OPEN: [&str; 2] = ["contracts/abi/", "contracts/test/fixtures/"];

fn reaches_in(text: &str) -> bool {
    let path = !text.contains(char::is_whitespace);
    let source = path
        && Path::new(text)
            .extension()
            .is_some_and(|extension| extension == "sol");
    let inside = text.match_indices("contracts/").any(|(at, _)| {
        let whole = at == 0 || text[..at].ends_with('/');
        whole && !OPEN.iter().any(|open| text[at..].starts_with(open))
    });
    source || (path && inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_abi_may_be_read_from_everywhere() {
        let files = [
            File::new(
                "native-transcoder/src/chain/abi.rs",
                "sol!(\"../contracts/abi/TicketBroker.json\"); // a.sol",
            ),
            File::new(
                "pkg/src/stake.ts",
                "import abi from '../../contracts/abi/Minter.json';",
            ),
            File::new(
                "pkg/test/wallet.test.mjs",
                "read('../../contracts/test/fixtures/livepeer-interface.md')",
            ),
            File::new("pkg/src/npm.ts", "f('@openzeppelin/some-contracts/x.json')"),
            File::new("tests/chain/src/deploy.rs", "run(\"script/Deploy.s.sol\")"),
            File::new("contracts/script/size.mjs", "read('contracts/src/Minter.sol')"),
        ];
        assert_eq!(check(&files), [] as [&str; 0]);
    }

    #[test]
    fn sources_and_build_output_of_contracts_are_refused() {
        for text in [
            "contracts/src/Minter.sol",
            "../contracts/out/Minter.json",
            "Minter.sol",
        ] {
            assert_eq!(
                check(&[File::new("pkg/src/a.ts", &format!("f('{text}')"))]).len(),
                1,
                "{text}"
            );
            assert_eq!(
                check(&[File::new("light-node/src/a.rs", &format!("f(\"{text}\")"))]).len(),
                1,
                "{text}"
            );
        }
    }
}
