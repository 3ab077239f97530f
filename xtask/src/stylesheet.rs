//! One small style sheet out of several readable ones: imports put in place, comments and needless
//! white space dropped. Rules are never rewritten.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Returns the style sheet at `path` with the files that it imports in their place.
///
/// # Errors
///
/// Names the file when it is missing, imports itself, has an import that is neither `"file.css"` nor
/// `"file.css" layer(name)`, or a relative `url()`, which would point elsewhere in the site.
pub(crate) fn flatten(path: &Path) -> Result<String> {
    flatten_within(path, &mut Vec::new())
}

fn flatten_within(path: &Path, importers: &mut Vec<PathBuf>) -> Result<String> {
    let shown = path.display();
    if importers.iter().any(|importer| importer == path) {
        bail!("{shown}: imports itself");
    }
    let text = fs::read_to_string(path).with_context(|| shown.to_string())?;
    let minified = minify(&text);
    if let Some(url) = relative_url(&minified) {
        bail!("{shown}: url({url}) is relative, expected one that starts with / or data:");
    }
    importers.push(path.to_path_buf());
    let mut flat = String::new();
    let mut rest = minified.as_str();
    // Imports come first in a style sheet; only layer statements may stand between them.
    while rest.starts_with("@import") || (rest.starts_with("@layer") && is_statement(rest)) {
        let (statement, after) = rest.split_once(';').unwrap_or((rest, ""));
        rest = after;
        let Some(import) = statement.strip_prefix("@import") else {
            flat.push_str(statement);
            flat.push(';');
            continue;
        };
        let import = parse_import(import)
            .with_context(|| format!("{shown}: unexpected import {statement}"))?;
        let imported = flatten_within(&path.with_file_name(import.file), importers)?;
        match import.layer {
            Some(layer) => flat.push_str(&format!("@layer {layer}{{{imported}}}")),
            None => flat.push_str(&imported),
        }
    }
    if rest.contains("@import") {
        bail!("{shown}: an import after the first rule has no effect");
    }
    importers.pop();
    flat.push_str(rest);
    Ok(flat)
}

/// Whether a minified at-rule ends with `;` rather than with a block.
fn is_statement(rule: &str) -> bool {
    rule.find(['{', ';'])
        .is_some_and(|end| rule[end..].starts_with(';'))
}

struct Import<'a> {
    file: &'a str,
    layer: Option<&'a str>,
}

/// Reads what stands between `@import` and `;`.
fn parse_import(text: &str) -> Option<Import<'_>> {
    let text = text.trim();
    let quote = text.chars().next().filter(|c| is_quote(*c))?;
    let (file, after) = text[1..].split_once(quote)?;
    let layer = match after.trim() {
        "" => None,
        after => Some(after.strip_prefix("layer(")?.strip_suffix(')')?),
    };
    let is_local = !file.contains("//");
    is_local.then_some(Import { file, layer })
}

/// The first `url()` whose meaning depends on where the style sheet lies.
fn relative_url(text: &str) -> Option<&str> {
    text.split("url(")
        .skip(1)
        .filter_map(|after| after.split(')').next())
        .map(|url| url.trim_matches(is_quote))
        .find(|url| {
            !["/", "#", "data:"]
                .iter()
                .any(|start| url.starts_with(start))
        })
}

/// Drops comments and white space where no reading of CSS needs them.
fn minify(text: &str) -> String {
    let mut minified = String::with_capacity(text.len());
    let mut gap = Gap::None;
    let mut rest = text.trim();
    while let Some(next) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
            gap = if gap == Gap::Space { gap } else { Gap::Comment };
        } else if next.is_ascii_whitespace() {
            rest = rest.trim_ascii_start();
            gap = Gap::Space;
        } else {
            let length = if is_quote(next) {
                quoted_length(rest, next)
            } else {
                next.len_utf8()
            };
            let (token, after) = rest.split_at(length);
            push_gap(&mut minified, gap, next);
            if next == '}' && minified.ends_with(';') {
                minified.pop();
            }
            minified.push_str(token);
            rest = after;
            gap = Gap::None;
        }
    }
    minified
}

/// What stood between two tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    Comment,
    Space,
}

fn push_gap(minified: &mut String, gap: Gap, next: char) {
    let Some(previous) = minified.chars().next_back() else {
        return;
    };
    match gap {
        // A space before `:` or around `>`, `+` and `-` can carry meaning; here it never does.
        Gap::Space if !"{};,:".contains(previous) && !"{};,".contains(next) => minified.push(' '),
        // `a/**/b` is two tokens, `ab` one.
        Gap::Comment if is_name(previous) && is_name(next) => minified.push_str("/**/"),
        _ => {}
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || "-_%.#".contains(c)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'')
}

/// Bytes up to and including the closing quote of the string that `text` starts with.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (position, c) in text.char_indices().skip(1) {
        if c == quote && !is_escaped {
            return position + 1;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::tempfolder;

    fn flatten_files(name: &str, files: &[(&str, &str)]) -> Result<String> {
        let folder = tempfolder(name)?;
        for (file, text) in files {
            fs::write(folder.join(file), text)?;
        }
        let flat = flatten(&folder.join("main.css"));
        fs::remove_dir_all(&folder)?;
        flat
    }

    #[test]
    fn drops_comments_and_needless_space() {
        let css = "/* a */\n.card > p , a :hover {\n  margin: 0 auto ;\n  color: red;\n}\n";
        assert_eq!(minify(css), ".card > p,a :hover{margin:0 auto;color:red}");
    }

    #[test]
    fn keeps_what_space_decides() {
        let css = "a { width: calc(1px + 2px); --x: a  b; }\n@media (width >= 40rem) and print { }";
        assert_eq!(
            minify(css),
            "a{width:calc(1px + 2px);--x:a b}@media (width >= 40rem) and print{}"
        );
    }

    #[test]
    fn leaves_strings_alone() {
        let css = r#"a::after { content: "/*  \" ; */ é" }"#;
        assert_eq!(minify(css), r#"a::after{content:"/*  \" ; */ é"}"#);
    }

    #[test]
    fn comment_still_separates_tokens() {
        assert_eq!(minify("a{margin:1px/* */2px}"), "a{margin:1px/**/2px}");
    }

    #[test]
    fn imports_take_the_place_of_their_statement() -> Result<()> {
        let flat = flatten_files(
            "css-imports",
            &[
                (
                    "main.css",
                    "@layer base, page;\n@import \"tokens.css\" layer(base);\n@import 'page.css';\np { a: b }",
                ),
                ("tokens.css", ":root { --x: 1 }"),
                ("page.css", "h1 { c: d; }"),
            ],
        )?;
        assert_eq!(
            flat,
            "@layer base,page;@layer base{:root{--x:1}}h1{c:d}p{a:b}"
        );
        Ok(())
    }

    #[test]
    fn refuses_an_import_of_itself() {
        let flat = flatten_files("css-cycle", &[("main.css", "@import \"main.css\";")]);
        assert!(flat.is_err_and(|error| error.to_string().ends_with("imports itself")));
    }

    #[test]
    fn refuses_a_relative_url_and_another_host() {
        for css in [
            "a { background: url(x.png) }",
            "@import \"https://example.org/x.css\";",
            "@import url(\"x.css\");",
        ] {
            assert!(flatten_files("css-refused", &[("main.css", css)]).is_err());
        }
    }
}
