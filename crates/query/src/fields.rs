//! What a query may ask about: the names, kinds and known values of the columns of a table.
//!
//! In: a list that the caller makes once per table. Out: the number of a field for its name, and the nearest name for a
//! misspelt one. A field's number is its place in the list; queries and rows know fields by it.

use std::borrow::Cow;

/// Edits between a name and the one that is suggested for it, at most.
const MAX_EDITS: usize = 2;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Numbers, compared by size.
    Number,
    /// Texts, such as categories, compared letter by letter.
    Text,
}

/// A column that a query may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name as a person types it; names with blanks or signs of the language are typed in quotes.
    pub name: Cow<'static, str>,
    /// What the field holds.
    pub kind: FieldKind,
    /// Known values of a text field, in the order to suggest them. May be empty; nothing is checked against it.
    pub values: Vec<Cow<'static, str>>,
}

impl Field {
    /// A field of numbers.
    pub fn number(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            kind: FieldKind::Number,
            values: Vec::new(),
        }
    }

    /// A field of texts without known values.
    pub fn text(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            kind: FieldKind::Text,
            values: Vec::new(),
        }
    }
}

/// The fields of a table, in order. Names are to be distinct: of two that are equal only the first is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    list: Vec<Field>,
}

impl Fields {
    /// Takes the fields in their order, by which they are numbered from 0.
    pub fn new(list: Vec<Field>) -> Self {
        Self { list }
    }

    /// The field of this number.
    pub fn get(&self, field: usize) -> Option<&Field> {
        self.list.get(field)
    }

    /// All fields, the first being number 0.
    pub fn iter(&self) -> std::slice::Iter<'_, Field> {
        self.list.iter()
    }

    /// The number of a field by its name: the same letters, or else the same but for ASCII case.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.list
            .iter()
            .position(|field| field.name == name)
            .or_else(|| {
                self.list
                    .iter()
                    .position(|field| field.name.eq_ignore_ascii_case(name))
            })
    }

    /// The numbers of the text fields, which a bare word is looked for in.
    pub fn texts(&self) -> impl Iterator<Item = usize> + '_ {
        self.list
            .iter()
            .enumerate()
            .filter(|(_, field)| field.kind == FieldKind::Text)
            .map(|(number, _)| number)
    }

    /// The name that was probably meant: the one with the fewest edits, at most two and fewer than the letters of `name`.
    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        let max_edits = MAX_EDITS.min(name.len().saturating_sub(1));
        self.list
            .iter()
            .filter(|field| field.name.len().abs_diff(name.len()) <= max_edits)
            .map(|field| (n_edits(name, &field.name), field))
            .filter(|(n_edits, _)| *n_edits <= max_edits)
            .min_by_key(|(n_edits, _)| *n_edits)
            .map(|(_, field)| field.name.as_ref())
    }
}

/// Bytes to insert, delete or replace to make `to` of `from`, ASCII case aside (Levenshtein 1966).
fn n_edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (n_from, a) in from.bytes().enumerate() {
        let mut diagonal = n_from;
        let mut left = n_from + 1;
        let mut cells = row.iter_mut();
        if let Some(first) = cells.next() {
            *first = left;
        }
        for (above, b) in cells.zip(to.bytes()) {
            let replaced = diagonal + usize::from(!a.eq_ignore_ascii_case(&b));
            diagonal = *above;
            left = replaced.min(diagonal + 1).min(left + 1);
            *above = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Field, Fields, n_edits};

    #[test]
    fn counts_edits() {
        assert_eq!(n_edits("", "abc"), 3);
        assert_eq!(n_edits("abc", ""), 3);
        assert_eq!(n_edits("src_bytes", "rc_bytes"), 1);
        assert_eq!(n_edits("rc_bytes", "src_bytes"), 1);
        assert_eq!(n_edits("risks", "risk"), 1);
        assert_eq!(n_edits("kitten", "sitting"), 3);
        assert_eq!(n_edits("Flag", "flag"), 0);
    }

    #[test]
    fn same_case_is_found_before_another() {
        let fields = Fields::new(vec![Field::number("Risk"), Field::number("risk")]);
        assert_eq!(fields.find("risk"), Some(1));
        assert_eq!(fields.find("RISK"), Some(0));
        assert_eq!(fields.find("ris"), None);
    }

    #[test]
    fn suggests_nearest_name_but_none_that_is_far() {
        let fields = Fields::new(vec![Field::number("dst_bytes"), Field::number("src_bytes")]);
        assert_eq!(fields.nearest("src_byte"), Some("src_bytes"));
        assert_eq!(fields.nearest("bytes"), None);
        assert_eq!(Fields::new(vec![Field::text("x")]).nearest("y"), None);
    }
}
