//! What could be typed next: names of fields, and values of a text field after its name.
//!
//! In: the text so far, correct or not, and the position of the cursor. Out: a few texts and what they replace, for the
//! list below an input box.

use std::ops::Range;

use crate::fields::{Field, FieldKind, Fields};
use crate::lexer::{Lexer, Token, TokenKind};
use crate::parse::AREA;
use crate::pattern::TextPattern;
use crate::write::{push_literal, push_name};

/// Most suggestions at a time: as many as fit below an input box.
pub const MAX_SUGGESTIONS: usize = 12;

/// Fields that an area names before its corners.
const N_AREA_FIELDS: usize = 2;

/// Something to type at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The name or value as a person reads it.
    pub label: String,
    /// What to put in place of `replaces`: quoted where need be, names with `:`.
    pub insert: String,
    /// Bytes of the text to replace, on character boundaries. The cursor goes behind what was put there.
    pub replaces: Range<usize>,
}

/// What stands at the cursor.
enum Place<'a> {
    /// A condition begins: names fit.
    Term,
    /// A value of this name, after so many commas.
    Values { name: &'a str, n_commas: usize },
    /// Nothing fits.
    Elsewhere,
}

/// The completions at a cursor: those that begin with what stands before it, then those that contain it.
///
/// At most [`MAX_SUGGESTIONS`], in the order of the fields or of the field's values. A cursor within a character or
/// beyond the end counts as one before.
pub fn suggest(text: &str, cursor_byte: usize, fields: &Fields) -> Vec<Suggestion> {
    let cursor = text.floor_char_boundary(cursor_byte);
    let (place, replaces) = find_place(text, cursor);
    let typed = text.get(replaces.start..cursor).unwrap_or_default();
    let typed = typed.trim_matches('"');
    let is_before_colon = text.as_bytes().get(replaces.end) == Some(&b':');

    match place {
        Place::Term => ranked(fields.iter().map(name_of), typed, |name| {
            let mut insert = String::new();
            push_name(&mut insert, name);
            if !is_before_colon {
                insert.push(':');
            }
            (insert, replaces.clone())
        }),
        Place::Values { name, n_commas } if name.eq_ignore_ascii_case(AREA) => {
            let is_number =
                |field: &&Field| field.kind == FieldKind::Number && n_commas < N_AREA_FIELDS;
            ranked(
                fields.iter().filter(is_number).map(name_of),
                typed,
                |name| {
                    let mut insert = String::new();
                    push_name(&mut insert, name);
                    (insert, replaces.clone())
                },
            )
        }
        Place::Values { name, .. } => {
            let values = fields
                .find(&plain(name))
                .and_then(|field| fields.get(field))
                .map(|field| field.values.as_slice())
                .unwrap_or_default();
            ranked(values.iter().map(|value| value.as_ref()), typed, |value| {
                let mut insert = String::new();
                push_literal(&mut insert, value);
                (insert, replaces.clone())
            })
        }
        Place::Elsewhere => Vec::new(),
    }
}

fn name_of(field: &Field) -> &str {
    &field.name
}

/// A name without its quotes.
fn plain(name: &str) -> String {
    let quoted = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'));
    match quoted.map(TextPattern::from_quoted) {
        Some(Ok(pattern)) => pattern.pieces().join("*"),
        _ => name.to_owned(),
    }
}

/// Where the cursor is, and the bytes that a suggestion replaces.
fn find_place(text: &str, cursor: usize) -> (Place<'_>, Range<usize>) {
    let mut place = Place::Term;
    let mut word = "";
    let mut end = 0;
    let mut touched = TokenKind::Open;
    for token in Lexer::new(text) {
        if token.start >= cursor {
            break;
        }
        if token.start > end {
            place = Place::Term;
        }
        if is_word(&token) && cursor <= token.end {
            return (place, token.span());
        }
        place = match (token.kind, place) {
            (TokenKind::Colon, _) => Place::Values {
                name: word,
                n_commas: 0,
            },
            (TokenKind::Comma, Place::Values { name, n_commas }) => Place::Values {
                name,
                n_commas: n_commas + 1,
            },
            (_, place @ Place::Values { .. }) if is_word(&token) => place,
            _ => Place::Term,
        };
        word = token.slice(text);
        end = token.end;
        touched = token.kind;
    }
    if cursor > end {
        return (Place::Term, cursor..cursor);
    }
    match touched {
        TokenKind::Close => (Place::Elsewhere, cursor..cursor),
        _ => (place, cursor..cursor),
    }
}

fn is_word(token: &Token) -> bool {
    use TokenKind::{And, Bare, Not, Or, Quoted, Unclosed};
    matches!(token.kind, Bare | Quoted | Unclosed | And | Or | Not)
}

/// Candidates that begin with what was typed, then those that have it elsewhere, ASCII case aside.
fn ranked<'a>(
    candidates: impl Iterator<Item = &'a str>,
    typed: &str,
    complete: impl Fn(&str) -> (String, Range<usize>),
) -> Vec<Suggestion> {
    let typed = typed.to_ascii_lowercase();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for candidate in candidates {
        match candidate.to_ascii_lowercase().find(&typed) {
            Some(0) => first.push(candidate),
            Some(_) => second.push(candidate),
            None => {}
        }
    }
    first.extend(second);
    first.truncate(MAX_SUGGESTIONS);
    let suggestions = first.into_iter().map(|label| {
        let (insert, replaces) = complete(label);
        Suggestion {
            label: label.to_owned(),
            insert,
            replaces,
        }
    });
    suggestions.collect()
}
