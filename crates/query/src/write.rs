//! Writes a query as text: what stands in the address and in the input box after a chart was brushed.
//!
//! In: a tree. Out: one text for one query, with as few quotes and parentheses as there can be, that reads as the same
//! tree again.

use crate::area::Area;
use crate::fields::Fields;
use crate::lexer::ends_bare;
use crate::number::push_number;
use crate::number_test::NumberRange;
use crate::parse::AREA;
use crate::pattern::TextPattern;
use crate::query::{Clause, Query, Test};

/// What a part of a query stands in, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Top,
    Or,
    And,
    Not,
}

impl Query {
    /// Writes the query as text that [`Query::parse`] reads as an equal query.
    ///
    /// That holds for trees in the parser's form (see [`Query`]) over the same fields, and within the caps of text and
    /// depth; other trees are read as one in that form that matches the same records. A field that `fields` does not
    /// have is written `#` and its number, which does not parse.
    pub fn to_text(&self, fields: &Fields) -> String {
        let mut text = String::new();
        push_query(&mut text, self, Place::Top, fields);
        if text == "*" {
            text.clear();
        }
        text
    }
}

fn push_query(output: &mut String, query: &Query, place: Place, fields: &Fields) {
    match query {
        Query::Everything => output.push('*'),
        Query::And(members) => match members.as_slice() {
            [] => output.push('*'),
            [only] => push_query(output, only, place, fields),
            _ => push_members(output, members, " ", Place::And, place, fields),
        },
        Query::Or(members) => match members.as_slice() {
            [] => output.push_str("-*"),
            [only] => push_query(output, only, place, fields),
            _ => push_members(output, members, " OR ", Place::Or, place, fields),
        },
        Query::Not(member) => {
            output.push('-');
            push_query(output, member, Place::Not, fields);
        }
        Query::Clause(clause) => push_clause(output, clause, fields),
    }
}

/// Members of an `And` or `Or` (`own`), in parentheses where it stands in something that binds closer.
fn push_members(
    output: &mut String,
    members: &[Query],
    joint: &str,
    own: Place,
    place: Place,
    fields: &Fields,
) {
    let is_enclosed = place > own;
    if is_enclosed {
        output.push('(');
    }
    for (position, member) in members.iter().enumerate() {
        if position > 0 {
            output.push_str(joint);
        }
        push_query(output, member, own, fields);
    }
    if is_enclosed {
        output.push(')');
    }
}

fn push_clause(output: &mut String, clause: &Clause, fields: &Fields) {
    match clause {
        Clause::Field { field, test } => {
            push_field(output, *field, fields);
            output.push(':');
            match test {
                Test::Number(test) => push_list(output, test.ranges(), push_range),
                Test::Text(test) => push_list(output, test.patterns(), push_pattern),
            }
        }
        Clause::Area(area) => push_area(output, area, fields),
        Clause::Word(word) => push_pattern(output, word.pattern()),
    }
}

fn push_list<T>(output: &mut String, items: &[T], push_item: fn(&mut String, &T)) {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            output.push(',');
        }
        push_item(output, item);
    }
}

fn push_range(output: &mut String, range: &NumberRange) {
    let (sign, number) = match *range {
        NumberRange::Any => return output.push_str(".."),
        NumberRange::Equal(number) => ("", number),
        NumberRange::Below(number) => ("<", number),
        NumberRange::AtMost(number) => ("<=", number),
        NumberRange::Above(number) => (">", number),
        NumberRange::AtLeast(number) => (">=", number),
        NumberRange::Between(low, high) => {
            push_number(output, low);
            output.push_str("..");
            return push_number(output, high);
        }
    };
    output.push_str(sign);
    push_number(output, number);
}

fn push_area(output: &mut String, area: &Area, fields: &Fields) {
    output.push_str(AREA);
    output.push(':');
    push_field(output, area.x(), fields);
    output.push(',');
    push_field(output, area.y(), fields);
    for number in area.corners().as_flattened() {
        output.push(',');
        push_number(output, *number);
    }
}

fn push_field(output: &mut String, field: usize, fields: &Fields) {
    match fields.get(field) {
        Some(field) => push_name(output, &field.name),
        None => {
            output.push('#');
            output.push_str(&field.to_string());
        }
    }
}

/// Writes the name of a field, in quotes where it would be read as something else.
pub(crate) fn push_name(output: &mut String, name: &str) {
    let is_bare = is_bare(name) && !name.contains('*') && !name.eq_ignore_ascii_case(AREA);
    push_letters(output, &[name], is_bare);
}

/// Writes a text without wildcards, in quotes where it would be read as something else.
pub(crate) fn push_literal(output: &mut String, text: &str) {
    push_letters(output, &[text], is_bare(text) && !text.contains('*'));
}

fn push_pattern(output: &mut String, pattern: &TextPattern) {
    let pieces: Vec<&str> = pattern.pieces().iter().map(String::as_str).collect();
    let has_star = pieces.iter().any(|piece| piece.contains('*'));
    push_letters(output, &pieces, !has_star && is_bare(&pieces.join("*")));
}

/// Whether letters are read the same with and without quotes, as a word, a name and a value.
fn is_bare(letters: &str) -> bool {
    let is_sign = |letter| ends_bare(letter) || matches!(letter, ':' | '<' | '>' | '=');
    !letters.is_empty()
        && !letters.starts_with('-')
        && !letters.contains(is_sign)
        && !matches!(letters, "AND" | "OR" | "NOT")
}

fn push_letters(output: &mut String, pieces: &[&str], is_bare: bool) {
    if !is_bare {
        output.push('"');
    }
    for (position, piece) in pieces.iter().enumerate() {
        if position > 0 {
            output.push('*');
        }
        if is_bare {
            output.push_str(piece);
            continue;
        }
        for letter in piece.chars() {
            if matches!(letter, '"' | '\\' | '*') {
                output.push('\\');
            }
            output.push(letter);
        }
    }
    if !is_bare {
        output.push('"');
    }
}
