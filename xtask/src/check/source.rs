//! Telling code, comments and texts apart, for the languages of this workspace.
//!
//! A scanner, not a parser: Rust, TypeScript, JavaScript and Solidity share it. JavaScript's regular expressions are
//! not known to it; a quote inside one is taken for a text that ends with the line at the latest.

use std::ops::Range;
use std::path::Path;

/// What a stretch of source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Neither of the others; white space included.
    Code,
    /// A comment with its marks.
    Comment,
    /// The inside of a string literal, without its quotes (those are code).
    Text,
}

/// A stretch of one kind, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

/// How a language writes texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// Texts over several lines, raw texts, nested comments; `'` opens a character or a lifetime.
    Rust,
    /// Three kinds of quotes; only the backquote's texts span lines.
    Script,
    /// Like `Script` without backquotes.
    Solidity,
}

impl Language {
    /// By file name; `None` for what is not code.
    pub(super) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "rs" => Some(Self::Rust),
            "ts" | "tsx" | "mts" | "js" | "mjs" | "jsx" => Some(Self::Script),
            "sol" => Some(Self::Solidity),
            _ => None,
        }
    }
}

/// Splits a source into its spans, in order and without gaps.
pub(super) fn spans(language: Language, source: &str) -> Vec<Span> {
    let mut scanner = Scanner {
        language,
        source,
        at: 0,
        code_from: 0,
        spans: Vec::new(),
    };
    scanner.scan();
    scanner.spans
}

/// The source with everything but its code blanked out; line breaks stay.
pub(super) fn code_only(language: Language, source: &str) -> String {
    let blank = |text: &str| {
        text.chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect::<String>()
    };
    let part = |span: Span| match span.kind {
        Kind::Code => source[span.range].to_owned(),
        Kind::Comment | Kind::Text => blank(&source[span.range]),
    };
    spans(language, source).into_iter().map(part).collect()
}

/// The number of the line, from 1, in which this byte lies.
pub(super) fn line_of(source: &str, byte: usize) -> usize {
    source[..byte].matches('\n').count() + 1
}

struct Scanner<'a> {
    language: Language,
    source: &'a str,
    at: usize,
    code_from: usize,
    spans: Vec<Span>,
}

impl Scanner<'_> {
    fn scan(&mut self) {
        while self.at < self.source.len() {
            let rest = &self.source[self.at..];
            if rest.starts_with("//") {
                let length = rest.find('\n').unwrap_or(rest.len());
                self.found(Kind::Comment, self.at..self.at + length);
            } else if rest.starts_with("/*") {
                let length = self.block_comment(rest);
                self.found(Kind::Comment, self.at..self.at + length);
            } else if let Some((open, length)) = self.text(rest) {
                let start = self.at + open;
                self.found(Kind::Text, start..start + length);
                // The closing quote must not open the next text; there is none at the end of an unclosed one.
                self.at += self.source[self.at..]
                    .chars()
                    .next()
                    .filter(|c| *c != '\n')
                    .map_or(0, char::len_utf8);
            } else {
                self.at += self.skip(rest);
            }
        }
        self.code_until(self.source.len());
    }

    fn found(&mut self, kind: Kind, range: Range<usize>) {
        self.code_until(range.start);
        self.at = range.end;
        self.code_from = range.end;
        if !range.is_empty() {
            self.spans.push(Span { kind, range });
        }
    }

    fn code_until(&mut self, end: usize) {
        if self.code_from < end {
            self.spans.push(Span {
                kind: Kind::Code,
                range: self.code_from..end,
            });
        }
    }

    fn block_comment(&self, rest: &str) -> usize {
        let mut depth = 0_usize;
        let mut at = 0;
        while at < rest.len() {
            if rest[at..].starts_with("/*") && (depth == 0 || self.language == Language::Rust) {
                depth += 1;
                at += 2;
            } else if rest[at..].starts_with("*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    break;
                }
            } else {
                at += rest[at..].chars().next().map_or(1, char::len_utf8);
            }
        }
        at
    }

    /// If a text opens here: the bytes before its inside, and the bytes of its inside.
    fn text(&self, rest: &str) -> Option<(usize, usize)> {
        let quote = rest.chars().next()?;
        match (self.language, quote) {
            (Language::Rust, 'r') if !self.inside_word() => {
                let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
                let inside = rest[1 + hashes..].strip_prefix('"')?;
                let close = format!("\"{}", "#".repeat(hashes));
                Some((hashes + 2, inside.find(&close).unwrap_or(inside.len())))
            }
            (Language::Rust, '"') | (Language::Script, '`') => Some((1, until(&rest[1..], quote, true))),
            (Language::Script | Language::Solidity, '"' | '\'') => Some((1, until(&rest[1..], quote, false))),
            _ => None,
        }
    }

    /// Bytes that open nothing: one character, or a whole Rust character literal (`'"'` opens no text).
    fn skip(&self, rest: &str) -> usize {
        if self.language == Language::Rust && rest.starts_with('\'') {
            let mut inside = rest[1..].char_indices();
            let first = inside.next().map_or('\'', |(_, c)| c);
            let close = if first == '\\' {
                rest[2..].get(1..).and_then(|t| t.find('\'')).map(|i| i + 4)
            } else {
                inside.next().filter(|(_, c)| *c == '\'').map(|(i, _)| i + 2)
            };
            if let Some(length) = close {
                return length;
            }
        }
        rest.chars().next().map_or(1, char::len_utf8)
    }

    /// Whether the scanner stands after a letter or digit, where `r"` would end a name.
    fn inside_word(&self) -> bool {
        let before = self.source[..self.at].chars().next_back();
        before.is_some_and(|c| c.is_alphanumeric() || c == '_') && !self.source[..self.at].ends_with('b')
    }
}

/// The bytes before an unescaped `quote`; a text of one line ends with its line at the latest.
fn until(inside: &str, quote: char, lines: bool) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if !lines => return at,
            _ if c == quote => return at,
            _ => {}
        }
    }
    inside.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_kind(language: Language, source: &str, kind: Kind) -> Vec<&str> {
        let wanted = spans(language, source)
            .into_iter()
            .filter(|span| span.kind == kind);
        wanted.map(|span| &source[span.range]).collect()
    }

    #[test]
    fn rust_is_split_into_code_comments_and_texts() {
        let source =
            "let a = \"x // \\\" y\"; // one\n/* two /* nested */ still */ let b = r#\"raw \" \"#; b\"z\"";
        assert_eq!(
            of_kind(Language::Rust, source, Kind::Text),
            ["x // \\\" y", "raw \" ", "z"]
        );
        assert_eq!(
            of_kind(Language::Rust, source, Kind::Comment),
            ["// one", "/* two /* nested */ still */"]
        );
    }

    #[test]
    fn character_literals_and_lifetimes_open_no_text() {
        let source = r#"fn f<'a>(x: &'a str) { if c == '"' || c == '\'' || c == '\\' { g("t") } }"#;
        assert_eq!(of_kind(Language::Rust, source, Kind::Text), ["t"]);
    }

    #[test]
    fn scripts_have_three_quotes() {
        let source = "import a from 'x'; const b = \"y\\\"\"; const c = `one\n// two`; // it's\n";
        assert_eq!(
            of_kind(Language::Script, source, Kind::Text),
            ["x", "y\\\"", "one\n// two"]
        );
        assert_eq!(of_kind(Language::Script, source, Kind::Comment), ["// it's"]);
    }

    #[test]
    fn an_unclosed_text_of_one_line_ends_with_it() {
        let source = "const quotes = /[\"]/;\nimport x from \"y\";\n";
        assert_eq!(of_kind(Language::Script, source, Kind::Text), ["]/;", "y"]);
    }

    #[test]
    fn blanking_keeps_code_and_lines_in_place() {
        let source = "a(\"é\\n\"); // é\nb\n";
        assert_eq!(code_only(Language::Rust, source), "a(\"   \");     \nb\n");
    }

    #[test]
    fn an_empty_text_does_not_open_the_next() {
        let source = "f(\"\", \"a\")";
        assert_eq!(of_kind(Language::Rust, source, Kind::Text), ["a"]);
    }
}
