//! What is wrong with a query and where.
//!
//! In: the text, the bytes that are wrong, a message. Out: a sentence with a position that a person can count to, and the
//! text with carets below it for terminals.

use std::fmt;
use std::ops::Range;

/// Characters of the user's text that a message quotes, so that a message stays one line.
const MAX_QUOTED_CHARS: usize = 40;

/// A query that cannot be read.
///
/// ```
/// use query::{Field, Fields, Query};
///
/// let fields = Fields::new(vec![Field::number("src_bytes")]);
/// let error = Query::parse("src_byte:>5", &fields).unwrap_err();
/// assert_eq!(error.to_string(), r#"at character 1: unknown field "src_byte", did you mean "src_bytes"?"#);
/// assert_eq!(error.caret_lines("src_byte:>5"), "src_byte:>5\n^^^^^^^^");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct QueryError {
    /// The bytes of the text that are wrong, on character boundaries; may be empty.
    pub span: Range<usize>,
    /// The character at which `span` starts, from 1.
    pub character: usize,
    /// The field whose values are wrong.
    pub field: Option<String>,
    /// What was expected and what was found, lower case, without a full stop.
    pub message: String,
}

impl QueryError {
    pub(crate) fn new(text: &str, span: Range<usize>, message: String) -> Self {
        let before = text.get(..span.start).unwrap_or_default();
        Self {
            character: before.chars().count() + 1,
            span,
            field: None,
            message,
        }
    }

    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.field = Some(name.to_owned());
        self
    }

    /// The line of `text` with the mistake, and a line with carets below the wrong characters, without a line end.
    ///
    /// `text` is the text that was parsed. Tabs become blanks, other control characters question marks.
    pub fn caret_lines(&self, text: &str) -> String {
        let before = text.get(..self.span.start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = text.get(line_start..).unwrap_or_default();
        let line = line.lines().next().unwrap_or_default();
        let n_before = before.get(line_start..).unwrap_or_default().chars().count();
        let wrong = text.get(self.span.clone()).unwrap_or_default();
        let wrong = wrong.lines().next().unwrap_or_default();

        let mut lines: String = line.chars().map(printable).collect();
        lines.push('\n');
        lines.extend(std::iter::repeat_n(' ', n_before));
        lines.extend(std::iter::repeat_n('^', wrong.chars().count().max(1)));
        lines
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("at character ")?;
        self.character.fmt(f)?;
        if let Some(field) = &self.field {
            f.write_str(", field ")?;
            f.write_str(&quoted(field))?;
        }
        f.write_str(": ")?;
        f.write_str(&self.message)
    }
}

fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        _ if character.is_control() => '?',
        _ => character,
    }
}

/// The user's text in quotes for a message, shortened.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    quoted.extend(text.chars().take(MAX_QUOTED_CHARS).map(printable));
    if text.chars().nth(MAX_QUOTED_CHARS).is_some() {
        quoted.push('…');
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::{QueryError, quoted};

    #[test]
    fn carets_stand_below_characters_of_the_line_with_the_mistake() {
        let text = "è\n\tøø wrong\tend\nlast";
        let start = text.find("wrong").unwrap();
        let error = QueryError::new(text, start..start + 5, "expected right".into());
        assert_eq!(error.character, 7);
        assert_eq!(error.caret_lines(text), " øø wrong end\n    ^^^^^");
    }

    #[test]
    fn empty_span_at_the_end_gets_one_caret() {
        let error = QueryError::new("ab", 2..2, "expected more".into());
        assert_eq!(error.caret_lines("ab"), "ab\n  ^");
        assert_eq!(error.to_string(), "at character 3: expected more");
    }

    #[test]
    fn carets_of_another_text_do_no_harm() {
        let error = QueryError::new("abcdef", 4..6, "expected more".into());
        assert_eq!(error.caret_lines("é"), "é\n^");
    }

    #[test]
    fn long_texts_are_quoted_in_part() {
        let text = quoted(&"ü".repeat(41));
        assert_eq!(text, format!("\"{}…\"", "ü".repeat(40)));
    }
}
