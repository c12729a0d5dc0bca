//! What the system says about a worker that has begun to decode: that it really is in its sandbox.

mod harness;

use harness::{Harness, config, feeding};
use native_transcoder::transcoder::Flow;

/// What `/proc` says of a process, in one of its files.
fn proc(pid: u32, file: &str) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/{file}")).expect("the worker runs")
}

fn field<'a>(status: &'a str, name: &str) -> &'a str {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_default().trim()
}

#[tokio::test]
async fn a_worker_that_decodes_is_confined_and_says_so() {
    let mut harness = Harness::start(config(Flow::Lossless));
    let film = headwater_film::h264().unwrap();
    for unit in feeding(&film[..5], 0) {
        harness.transcoder.feed(unit).await;
    }
    harness.next_frame().await;
    let pid = harness.all.pid;

    let own = proc(std::process::id(), "status");
    assert_eq!(
        field(&own, "Seccomp"),
        "0",
        "the negative control: tests are not confined"
    );
    let status = proc(pid, "status");
    assert_eq!(field(&status, "Seccomp"), "2", "{status}");
    assert_eq!(field(&status, "NoNewPrivs"), "1");
    assert_eq!(
        field(&status, "CapEff").trim_matches('0'),
        "",
        "no capability is left"
    );
    assert!(
        !field(&status, "Uid").split_whitespace().any(|id| id == "0"),
        "{status}"
    );
    let limits = proc(pid, "limits");
    let soft = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
    };
    assert_eq!(soft("Max core file size"), Some(0));
    assert_eq!(soft("Max file size"), Some(0));
    assert!(soft("Max open files") <= Some(16));
    assert!(soft("Max data size").is_some(), "memory has an end");
    // The variables that a shell would have given it are not there.
    assert!(!proc(pid, "environ").contains("HOME="));

    let said = &harness.all.confined;
    assert!(
        said.contains("seccomp on") && said.contains("limits on"),
        "{said}"
    );
    assert!(harness.finish().await.replaced.is_empty());
}
