//! Rules about packages: what the core and the shells depend on, as cargo resolves it.

use anyhow::{Context, Result, bail};

use crate::repo::Repo;
use crate::setup::WASM_TARGET;

/// The sans-IO core.
const CORE: &str = "headwater-protocol";
/// The shells around it, with their folders. None depends on another.
const SHELLS: [(&str, &str); 3] = [
    ("headwater-light-node", "light-node"),
    ("headwater-signaling", "signaling"),
    ("headwater-native-transcoder", "native-transcoder"),
];
/// What the core depends on neither directly nor through others: runtimes, sockets, JS, codecs.
const NOT_IN_CORE: [&str; 20] = [
    "async-executor",
    "async-io",
    "async-std",
    "embassy-executor",
    "ffmpeg-next",
    "ffmpeg-sys-next",
    "futures-executor",
    "gloo-timers",
    "hyper",
    "js-sys",
    "mio",
    "polling",
    "quinn-udp",
    "smol",
    "socket2",
    "str0m",
    "tokio",
    "wasm-bindgen",
    "web-sys",
    "web-time",
];
/// Features of getrandom that bind it to JS.
const JS_RANDOM: [&str; 2] = ["js", "wasm_js"];

/// A package in a dependency tree, with the features that are on.
#[derive(Debug, PartialEq, Eq)]
struct Package<'a> {
    name: &'a str,
    features: Vec<&'a str>,
}

/// Asks cargo for the trees and judges them.
pub(super) fn check(repo: &Repo) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let host: &[&str] = &["--all-features"];
    for target in [host, &["--all-features", "--target", WASM_TARGET]] {
        broken.extend(core(&parse(&tree(repo, CORE, "normal", target)?)));
    }
    for (shell, folder) in SHELLS {
        if repo.has(&format!("{folder}/Cargo.toml")) {
            let packages = tree(repo, shell, "normal,build,dev", &["--target", "all"])?;
            broken.extend(self::shell(shell, &parse(&packages)));
        }
    }
    broken.dedup();
    Ok(broken)
}

fn core(packages: &[Package<'_>]) -> Vec<String> {
    let mut broken = Vec::new();
    for Package { name, features } in packages {
        if NOT_IN_CORE.contains(name) {
            broken.push(format!(
                "{CORE} depends on {name}: it knows no runtime, socket, JS or codec"
            ));
        }
        if *name == "getrandom" && features.iter().any(|feature| JS_RANDOM.contains(feature)) {
            broken.push(format!(
                "{CORE} depends on getrandom with its JS backend: randomness is an argument"
            ));
        }
    }
    broken
}

fn shell(shell: &str, packages: &[Package<'_>]) -> Vec<String> {
    let others = SHELLS.iter().map(|(name, _)| *name).filter(|name| *name != shell);
    let met = others.filter(|other| packages.iter().any(|package| package.name == *other));
    met.map(|other| format!("{shell} depends on {other}: shells know the core, never each other"))
        .collect()
}

/// Cargo's own view of one package's dependencies; unlike `cargo metadata` it does not mix in features that only
/// other members turn on.
fn tree(repo: &Repo, package: &str, edges: &str, more: &[&str]) -> Result<String> {
    let mut cargo = repo.cargo();
    cargo.args([
        "tree",
        "--package",
        package,
        "--edges",
        edges,
        "--prefix",
        "none",
        "--format",
        "{p}|{f}",
    ]);
    let output = cargo.args(more).output().context("cannot start cargo")?;
    if !output.status.success() {
        bail!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).context("cargo tree does not print UTF-8")
}

/// `name v1.2.3 (path)|feature,feature` per line.
fn parse(tree: &str) -> Vec<Package<'_>> {
    let package = |line| {
        let (package, features) = str::split_once(line, '|')?;
        let features = features
            .trim_end_matches(" (*)")
            .split(',')
            .filter(|feature| !feature.is_empty());
        Some(Package {
            name: package.split(' ').next()?,
            features: features.collect(),
        })
    };
    tree.lines().filter_map(package).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_tree_is_read_with_its_features() {
        let packages = parse(
            "headwater-protocol v0.1.0 (/somewhere)|\nserde v1.0.2|derive,std\nserde v1.0.2|derive,std (*)\n",
        );
        assert_eq!(
            packages[0],
            Package {
                name: CORE,
                features: vec![]
            }
        );
        assert_eq!(packages[1], packages[2]);
        assert_eq!(packages[1].features, ["derive", "std"]);
    }

    #[test]
    fn a_core_with_a_runtime_or_js_is_refused() {
        assert!(core(&parse("serde v1.0.2|std\ngetrandom v0.4.1|std\n")).is_empty());
        for bad in [
            "tokio v1.2.3|rt",
            "js-sys v0.3.1|",
            "getrandom v0.2.1|js",
            "getrandom v0.3.1|std,wasm_js",
        ] {
            assert_eq!(core(&parse(bad)).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_shell_that_depends_on_another_is_refused() {
        let fine = "headwater-light-node v0.1.0|\nheadwater-protocol v0.1.0|\n";
        assert!(shell("headwater-light-node", &parse(fine)).is_empty());
        let bad = "headwater-signaling v0.1.0|\nheadwater-native-transcoder v0.1.0|\n";
        assert_eq!(shell("headwater-signaling", &parse(bad)).len(), 1);
    }
}
