//! Rules about Rust names: the crates that may be replaced one day are named in one place each.

use std::path::Path;

use super::File;
use crate::check::source::{Language, code_only, line_of};

/// A name, and where it may stand.
struct Rule {
    names: &'static [&'static str],
    home: Home,
    why: &'static str,
}

enum Home {
    /// Below this path.
    Below(&'static str),
    /// Nowhere below this path.
    Outside(&'static str),
}

const RULES: [Rule; 5] = [
    Rule {
        names: &["ffmpeg_next", "ffmpeg_sys_next"],
        home: Home::Below("native-transcoder/src/worker/libav"),
        why: "libav only ever runs in the worker process",
    },
    Rule {
        names: &["str0m"],
        home: Home::Below("native-transcoder/src/webrtc"),
        why: "the rest of the server speaks in sessions and frames",
    },
    Rule {
        names: &["web_sys"],
        home: Home::Below("light-node"),
        why: "the browser is known to its shell alone",
    },
    Rule {
        names: &[
            "alloy_consensus",
            "alloy_json_rpc",
            "alloy_provider",
            "alloy_rpc_client",
            "alloy_transport",
            "alloy_transport_http",
        ],
        home: Home::Below("settlement/src/chain"),
        why: "one folder talks to the chain",
    },
    Rule {
        names: &[
            "SystemTime",
            "std::fs",
            "std::process",
            "std::thread",
            "std::time::Instant",
            "TcpListener",
            "TcpStream",
            "UdpSocket",
            "async fn",
            "async move",
        ],
        home: Home::Outside("protocol/src"),
        why: "the core reads no clock, opens no socket and spawns nothing",
    },
];

/// The places where a name stands that may not.
pub(super) fn check(files: &[File]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files.iter().filter(|file| file.language == Language::Rust) {
        let code = code_only(file.language, &file.text);
        for rule in &RULES {
            for name in rule.names {
                let Some(at) = word(&code, name) else { continue };
                if !rule.home.has(&file.path) {
                    let (path, line) = (file.path.display(), line_of(&code, at));
                    broken.push(format!(
                        "{path}:{line} names {name}, which belongs {}: {}",
                        rule.home.text(),
                        rule.why
                    ));
                }
            }
        }
    }
    broken
}

impl Home {
    fn has(&self, path: &Path) -> bool {
        match self {
            Self::Below(home) => path.starts_with(home),
            Self::Outside(home) => !path.starts_with(home),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Below(home) => format!("below {home}"),
            Self::Outside(home) => format!("outside {home}"),
        }
    }
}

/// Where `name` stands as a whole word.
fn word(code: &str, name: &str) -> Option<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let whole = |at: &usize| {
        !code[..*at].chars().next_back().is_some_and(part)
            && !code[at + name.len()..].chars().next().is_some_and(part)
    };
    code.match_indices(name).map(|(at, _)| at).find(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_at_home_in_comments_and_in_texts_are_fine() {
        let files = [
            File::new(
                "native-transcoder/src/worker/libav/decode.rs",
                "use ffmpeg_next as ffmpeg;",
            ),
            File::new("native-transcoder/src/webrtc/mod.rs", "use str0m::Rtc;"),
            File::new(
                "native-transcoder/src/lib.rs",
                "//! See `str0m`.\nconst A: &str = \"ffmpeg_next\"; mod my_str0m;",
            ),
            File::new(
                "light-node/src/lib.rs",
                "use web_sys::Window; use std::time::Instant;",
            ),
            File::new(
                "settlement/src/chain/client.rs",
                "use alloy_rpc_client::RpcClient;",
            ),
        ];
        assert_eq!(check(&files), [] as [&str; 0]);
    }

    #[test]
    fn names_elsewhere_are_refused() {
        for (path, text) in [
            (
                "native-transcoder/src/worker/pipeline.rs",
                "use ffmpeg_next as ffmpeg;",
            ),
            ("tests/client/src/lib.rs", "use str0m::Rtc;"),
            ("protocol/src/lib.rs", "use web_sys::Window;"),
            ("protocol/src/lib.rs", "let now = std::time::Instant::now();"),
            ("protocol/src/lib.rs", "async fn run() {}"),
            ("light-node/src/lib.rs", "use alloy_provider::Provider;"),
            (
                "settlement/src/redeemer/service.rs",
                "use alloy_consensus::TxEip1559;",
            ),
        ] {
            assert_eq!(check(&[File::new(path, text)]).len(), 1, "{path}: {text}");
        }
    }
}
