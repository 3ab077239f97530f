//! A query as a tree, and whether a record matches it.
//!
//! In: a tree from the parser or from a chart, and a row. Out: yes or no. Whoever holds columns walks the tree and asks
//! the tests at its leaves instead.

use crate::area::Area;
use crate::fields::Fields;
use crate::number_test::NumberTest;
use crate::text_test::{TextTest, WordTest};

/// Which records.
///
/// The parser and [`Query::all_of`] and [`Query::any_of`] make trees in one form: no `And` within an `And`, no `Or`
/// within an `Or`, two members at least in each, no `Everything` in an `And`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Query {
    /// Every record: the empty text, and `*` within others.
    #[default]
    Everything,
    /// Records that match all of these.
    And(Vec<Query>),
    /// Records that match any of these.
    Or(Vec<Query>),
    /// Records that do not match this, also for a number that is missing.
    Not(Box<Query>),
    /// Records that meet one condition.
    Clause(Clause),
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    /// `field:value`.
    Field {
        /// The number of the field.
        field: usize,
        /// What its value is to be.
        test: Test,
    },
    /// `area:x,y,...`: points of two number fields in a polygon.
    Area(Area),
    /// A bare word: any text field has it.
    Word(WordTest),
}

/// What the value of a field is to be, by the field's kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// For number fields.
    Number(NumberTest),
    /// For text fields.
    Text(TextTest),
}

/// A record, as far as queries look at it.
pub trait Row {
    /// The value of a number field; NaN if it is missing.
    fn number(&self, field: usize) -> f32;
    /// The value of a text field; empty if it is missing.
    fn text(&self, field: usize) -> &str;
}

impl Query {
    /// Records that match all of these: every record for none, and the member itself for one.
    pub fn all_of(members: Vec<Query>) -> Self {
        let mut flat = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Self::Everything => {}
                Self::And(inner) => flat.extend(inner),
                _ => flat.push(member),
            }
        }
        if flat.len() > 1 {
            return Self::And(flat);
        }
        flat.pop().unwrap_or_default()
    }

    /// Records that match any of these: no record for none, and the member itself for one.
    pub fn any_of(members: Vec<Query>) -> Self {
        let mut flat = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Self::Or(inner) => flat.extend(inner),
                _ => flat.push(member),
            }
        }
        if flat.len() > 1 {
            return Self::Or(flat);
        }
        flat.pop()
            .unwrap_or_else(|| Self::Not(Box::new(Self::Everything)))
    }

    /// Whether a row matches. `fields` are those that the query was parsed with: a word looks into the text fields.
    pub fn matches(&self, row: &impl Row, fields: &Fields) -> bool {
        match self {
            Self::Everything => true,
            Self::And(members) => members.iter().all(|member| member.matches(row, fields)),
            Self::Or(members) => members.iter().any(|member| member.matches(row, fields)),
            Self::Not(member) => !member.matches(row, fields),
            Self::Clause(clause) => clause.matches(row, fields),
        }
    }

    /// The numbers of the fields that decide, ascending, each once; with a word that is all text fields.
    pub fn fields_used(&self, fields: &Fields) -> Vec<usize> {
        let mut used = Vec::new();
        self.collect_fields(fields, &mut used);
        used.sort_unstable();
        used.dedup();
        used
    }

    fn collect_fields(&self, fields: &Fields, used: &mut Vec<usize>) {
        match self {
            Self::Everything => {}
            Self::And(members) | Self::Or(members) => {
                for member in members {
                    member.collect_fields(fields, used);
                }
            }
            Self::Not(member) => member.collect_fields(fields, used),
            Self::Clause(Clause::Field { field, .. }) => used.push(*field),
            Self::Clause(Clause::Area(area)) => used.extend([area.x(), area.y()]),
            Self::Clause(Clause::Word(_)) => used.extend(fields.texts()),
        }
    }
}

impl Clause {
    /// Whether a row meets the condition.
    pub fn matches(&self, row: &impl Row, fields: &Fields) -> bool {
        match self {
            Self::Field { field, test } => match test {
                Test::Number(test) => test.matches(row.number(*field)),
                Test::Text(test) => test.matches(row.text(*field)),
            },
            Self::Area(area) => area.contains(row.number(area.x()), row.number(area.y())),
            Self::Word(word) => fields.texts().any(|field| word.matches(row.text(field))),
        }
    }
}
