//! A file answers one question: above 400 code lines it warns, above 600 it fails.
//!
//! Code lines are neither blank nor comment, and end where the first inline test module begins.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::source::{Kind, Language, code_only, line_of, spans};
use crate::repo::Repo;
use crate::step::Steps;

/// The rule of thumb that the median is held against.
const MEDIAN: usize = 150;
/// From here on a file is named.
const WARN: usize = 400;
/// From here on it is refused.
const FAIL: usize = 600;
/// Contracts are audited line by line: they are refused where others are named.
const FAIL_SOLIDITY: usize = 400;

/// Counts every file.
pub(super) fn check(repo: &Repo, steps: &mut Steps) -> Result<()> {
    let mut sizes = Vec::new();
    for path in repo.files(".")? {
        if let Some(language) = Language::of(&path) {
            let source = fs::read_to_string(repo.path(&path))
                .with_context(|| format!("cannot read {}", path.display()))?;
            sizes.push((path, language, code_lines(language, &source)));
        }
    }
    let mut counts: Vec<usize> = sizes.iter().map(|(_, _, lines)| *lines).collect();
    counts.sort_unstable();
    let median = counts.get(counts.len() / 2).copied().unwrap_or_default();
    steps.note(&format!(
        "{} code files, median {median} code lines (reach: at most {MEDIAN})",
        counts.len()
    ));
    let (warned, refused) = judge(&sizes);
    for line in warned {
        steps.note(&line);
    }
    steps.work("file sizes", || {
        if refused.is_empty() {
            Ok(())
        } else {
            bail!("{}", refused.join("\n"))
        }
    })
}

/// The files to name, and those to refuse.
fn judge(sizes: &[(PathBuf, Language, usize)]) -> (Vec<String>, Vec<String>) {
    let (mut warned, mut refused) = (Vec::new(), Vec::new());
    for (path, language, lines) in sizes {
        let fail = if *language == Language::Solidity {
            FAIL_SOLIDITY
        } else {
            FAIL
        };
        let line = format!(
            "{}: {lines} code lines; split it by question (at most {fail})",
            path.display()
        );
        if *lines > fail {
            refused.push(line);
        } else if *lines > WARN {
            warned.push(line);
        }
    }
    (warned, refused)
}

fn code_lines(language: Language, source: &str) -> usize {
    let end = if language == Language::Rust {
        test_module(source)
    } else {
        None
    }
    .unwrap_or(source.len());
    let mut lines = Vec::new();
    for span in spans(language, source)
        .into_iter()
        .filter(|span| span.kind != Kind::Comment)
    {
        let mut at = span.range.start;
        for piece in source[span.range].split_inclusive('\n') {
            if at < end && !piece.trim().is_empty() {
                lines.push(line_of(source, at));
            }
            at += piece.len();
        }
    }
    lines.dedup();
    lines.len()
}

/// Where the first inline test module begins. `#[cfg(test)] mod tests;` is none: its file is counted by itself.
fn test_module(source: &str) -> Option<usize> {
    const MARK: &str = "#[cfg(test)]";
    let code = code_only(Language::Rust, source);
    let inline = |at: &usize| {
        let mut rest = code[at + MARK.len()..].trim_start();
        while let Some((_, after)) = rest.strip_prefix("#[").and_then(|rest| rest.split_once(']')) {
            rest = after.trim_start();
        }
        let name = rest.strip_prefix("mod ").unwrap_or(";");
        name.find(['{', ';'])
            .is_some_and(|end| name[end..].starts_with('{'))
    };
    let at = code.match_indices(MARK).map(|(at, _)| at).find(inline)?;
    // Blanked characters may be shorter than the originals: only the line is the same in both.
    let line = line_of(&code, at);
    source
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum::<usize>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_and_comments_are_not_counted() {
        let source = "//! Doc.\n\nuse a; // why\n/* b\n\n c */\nfn f() {\n    g(\"one\n// two\");\n}\n";
        assert_eq!(code_lines(Language::Rust, source), 5);
    }

    #[test]
    fn the_inline_test_module_ends_the_count() {
        let tests = "#[cfg(test)]\n#[allow(x)]\nmod tests {\n    fn g() {}\n}\n";
        assert_eq!(
            code_lines(
                Language::Rust,
                &format!("// é\nfn f() {{}}\n{tests}fn h() {{}}\n")
            ),
            1
        );
    }

    #[test]
    fn a_test_module_in_its_own_file_does_not_end_the_count() {
        let source = "#[cfg(test)]\nmod tests;\n#[cfg(test)]\nuse b;\nfn f() {}\n";
        assert_eq!(code_lines(Language::Rust, source), 5);
        assert_eq!(
            code_lines(Language::Rust, "// #[cfg(test)]\n// mod tests {\nfn f() {}\n"),
            1
        );
    }

    #[test]
    fn a_file_is_named_above_400_and_refused_above_600_or_400_in_solidity() {
        let file = |name: &str, lines| (PathBuf::from(name), Language::of(name.as_ref()).unwrap(), lines);
        let (warned, refused) = judge(&[file("a.rs", 400), file("b.rs", 401), file("c.ts", 600)]);
        assert_eq!((warned.len(), refused.len()), (2, 0));
        let (warned, refused) = judge(&[file("a.rs", 601), file("b.sol", 401), file("c.sol", 400)]);
        assert_eq!((warned.len(), refused.len()), (0, 2));
    }
}
