//! The rule about pages: they know the npm package and themselves.

use std::path::{Component, Path};

use super::File;
use crate::check::source::{Kind, Language, line_of, spans};

const PAGES: &str = "web";
const PACKAGE: &str = "@headwater/light-node";
/// The pages' own tests, which run in Node.
const TESTS: &str = "web/test";

/// The imports of pages that reach beyond. Build configuration at the top of the folder is no page.
pub(super) fn check(files: &[File]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files {
        let configuration =
            file.path.parent() == Some(Path::new(PAGES)) && file.path.to_string_lossy().contains(".config.");
        if file.language != Language::Script || !file.path.starts_with(PAGES) || configuration {
            continue;
        }
        for (at, specifier) in imports(&file.text) {
            if !allowed(&file.path, specifier) {
                let (path, line) = (file.path.display(), line_of(&file.text, at));
                broken.push(format!(
                    "{path}:{line} imports {specifier:?}: pages know {PACKAGE} and their own folder only"
                ));
            }
        }
    }
    broken
}

fn allowed(file: &Path, specifier: &str) -> bool {
    if specifier.starts_with("./") || specifier.starts_with("../") {
        return stays_inside(file, specifier);
    }
    let package = specifier.strip_prefix(PACKAGE);
    let test = file.starts_with(TESTS) && specifier.starts_with("node:");
    test || package.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a relative path, seen from this file, stays in the folder of the pages and out of its packages.
fn stays_inside(file: &Path, specifier: &str) -> bool {
    let mut depth = file.components().count() - 1;
    for component in Path::new(specifier).components() {
        match component {
            Component::ParentDir if depth > 1 => depth -= 1,
            Component::ParentDir => return false,
            Component::Normal(name) if name == "node_modules" => return false,
            Component::Normal(_) => depth += 1,
            _ => {}
        }
    }
    true
}

/// What a script imports, in every form: `import … from`, `export … from`, bare `import`, `import()`, `require()`.
fn imports(source: &str) -> Vec<(usize, &str)> {
    let mut code = String::new();
    let mut found = Vec::new();
    for span in spans(Language::Script, source) {
        let text = &source[span.range.clone()];
        match span.kind {
            Kind::Code => code.push_str(text),
            Kind::Comment => {}
            Kind::Text => {
                let before = code.trim_end_matches(['"', '\'', '`']).trim_end();
                if ["from", "import", "import(", "require("]
                    .iter()
                    .any(|opening| ends_with_word(before, opening))
                {
                    found.push((span.range.start, text));
                }
            }
        }
    }
    found
}

fn ends_with_word(code: &str, word: &str) -> bool {
    let before = code.strip_suffix(word).map(|rest| rest.chars().next_back());
    before.is_some_and(|last| !last.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_import_is_seen() {
        let source = "import a from \"a\";\nimport 'b';\nexport * from `c`;\nawait import(\"d\");\nrequire('e');\n\
                      const from = 1; f(\"g\"); Array.from(\"h\"); // import x from \"i\"\nimport type { J } from \"j\";";
        let names: Vec<_> = imports(source).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e", "j"]);
    }

    #[test]
    fn pages_may_import_the_package_and_themselves() {
        let page = File::new(
            "web/src/watch/main.ts",
            "import { LightNode } from '@headwater/light-node';\nimport '@headwater/light-node/player';\n\
             import { meter } from \"../shared/meter\";\nimport \"./main.css\";",
        );
        let configuration = File::new("web/vite.config.ts", "import { defineConfig } from \"vite\";");
        let test = File::new("web/test/link.test.ts", "import test from \"node:test\";");
        assert_eq!(check(&[page, configuration, test]), [] as [&str; 0]);
    }

    #[test]
    fn pages_that_reach_beyond_are_refused() {
        for specifier in [
            "hls.js",
            "../../pkg/src/index",
            "@headwater/light-node-internals",
            "./../../x",
            "node:fs",
            "/abs",
        ] {
            let page = File::new("web/src/main.ts", &format!("\nimport x from \"{specifier}\";"));
            let broken = check(&[page]);
            assert_eq!(broken.len(), 1, "{specifier}");
            assert!(broken[0].starts_with("web/src/main.ts:2 "), "{broken:?}");
        }
    }
}
