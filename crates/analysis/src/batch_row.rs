//! Which rows of a batch a query lets through, row by row: where a file streams by and is never whole.
//!
//! In: a query and a batch of records with their scores. Out: a [`RowSet`] of the batch. [`crate::filter`] finds the same
//! rows in a whole table, column by column; a test holds both to it.

use models::record::{Column, RecordBatch, UNSEEN, Vocabulary};
use models::schema::{FeatureKind, View};
use models::trained_model::Detections;
use query::{FieldKind, Query, QueryError, Row};

use crate::filter::{ConnectionField, ConnectionFields, family};
use crate::row_set::RowSet;

/// A query about rows that stream by. `risk` means the ensemble's.
#[derive(Clone, Debug)]
pub struct RowFilter {
    query: Query,
    fields: ConnectionFields,
    /// Categories that the query looks at, by position in the view, which have words that a model may not know.
    categories: Vec<usize>,
}

/// Rows with their scores, as far as queries look at them.
#[derive(Clone, Copy, Debug)]
pub struct BatchRows<'a> {
    /// The features.
    pub batch: &'a RecordBatch,
    /// What the model says of them.
    pub detections: &'a Detections,
    /// The words of the view's categories, in its order.
    pub vocabularies: &'a [Vocabulary],
    /// Line of the file on which each row starts.
    pub lines: &'a [u64],
    /// Labels that `labels` refers to.
    pub label_names: &'a [String],
    /// A code per row; empty without labels.
    pub labels: &'a [u32],
}

impl RowFilter {
    /// Reads a query about connections of a view that a model with these score columns (`ensemble` first) has scored.
    ///
    /// # Errors
    /// What is wrong with the query and where; also a use of `copies`, which nobody knows while a file streams by.
    pub fn parse(text: &str, view: View, models: &[&str]) -> Result<Self, QueryError> {
        let fields = ConnectionFields::new(view, models, &[]);
        let query = Query::parse(text, &fields.fields).map_err(|error| explained(error, text))?;
        let is_category = |index: &usize| {
            let feature = view.features().nth(*index);
            feature.is_some_and(|feature| feature.kind == FeatureKind::Category)
        };
        let used = query.fields_used(&fields.fields).into_iter();
        let categories = used
            .filter_map(|field| match fields.meaning(field) {
                Some(ConnectionField::Feature(index)) => Some(index),
                _ => None,
            })
            .filter(is_category)
            .collect();
        Ok(Self {
            query,
            fields,
            categories,
        })
    }

    /// The rows that match. `word_of(row, feature)` is asked for words that the vocabularies do not have.
    pub fn rows(
        &self,
        rows: &BatchRows<'_>,
        mut word_of: impl FnMut(usize, usize) -> String,
    ) -> RowSet {
        let mut words: Vec<(usize, String)> = Vec::new();
        RowSet::of(rows.batch.n_rows(), |row| {
            words.clear();
            for &feature in &self.categories {
                let column = rows.batch.columns().get(feature);
                if let Some(Column::Category(codes)) = column
                    && codes.get(row) == Some(&UNSEEN)
                {
                    words.push((feature, word_of(row, feature)));
                }
            }
            let row = BatchRow {
                rows,
                row,
                fields: &self.fields,
                words: &words,
            };
            self.query.matches(&row, &self.fields.fields)
        })
    }
}

/// Says of `copies` what it is instead of that it is unknown.
fn explained(error: QueryError, text: &str) -> QueryError {
    let is_copies = text
        .get(error.span.clone())
        .is_some_and(|name| name.trim_matches('"').eq_ignore_ascii_case("copies"));
    if !(is_copies && error.message.starts_with("unknown field")) {
        return error;
    }
    QueryError {
        message: "\"copies\" counts equal rows of the whole file, which only the page knows; leave it out here"
            .to_owned(),
        ..error
    }
}

/// One row for the query.
struct BatchRow<'a> {
    rows: &'a BatchRows<'a>,
    row: usize,
    fields: &'a ConnectionFields,
    /// Words that the vocabularies do not have, by feature.
    words: &'a [(usize, String)],
}

impl BatchRow<'_> {
    fn label(&self) -> &str {
        let code = self.rows.labels.get(self.row);
        let name = code.and_then(|&code| self.rows.label_names.get(code as usize));
        name.map_or("", String::as_str)
    }

    fn word(&self, feature: usize) -> &str {
        let Some(Column::Category(codes)) = self.rows.batch.columns().get(feature) else {
            return "";
        };
        let code = codes.get(self.row).copied().unwrap_or(UNSEEN);
        if code == UNSEEN {
            let mut words = self.words.iter();
            return words
                .find(|(of, _)| *of == feature)
                .map_or("", |(_, word)| word);
        }
        // A vocabulary per category of the view, in its order.
        let before = self.rows.batch.columns().iter().take(feature);
        let category = before
            .filter(|column| matches!(column, Column::Category(_)))
            .count();
        let vocabulary = self.rows.vocabularies.get(category);
        vocabulary
            .and_then(|words| words.value(code))
            .unwrap_or_default()
    }
}

impl Row for BatchRow<'_> {
    fn number(&self, field: usize) -> f32 {
        let detections = self.rows.detections;
        let of =
            |values: Option<&Vec<f32>>| values.and_then(|values| values.get(self.row)).copied();
        let number = match self.fields.meaning(field) {
            Some(ConnectionField::Feature(index)) => match self.rows.batch.columns().get(index) {
                Some(Column::Numeric(values)) => of(Some(values)),
                _ => None,
            },
            Some(ConnectionField::Risk | ConnectionField::RiskOf(0)) => of(Some(&detections.risk)),
            Some(ConnectionField::RiskOf(model)) => of(detections.column_risk.get(model - 1)),
            Some(ConnectionField::Component(component)) => of(detections.position.get(component)),
            Some(ConnectionField::Line) => self.rows.lines.get(self.row).map(|&line| line as f32),
            Some(ConnectionField::Label | ConnectionField::Family | ConnectionField::Copies)
            | None => None,
        };
        number.unwrap_or(f32::NAN)
    }

    fn text(&self, field: usize) -> &str {
        let is_text = |field| {
            let field = self.fields.fields.get(field);
            field.is_some_and(|field| field.kind == FieldKind::Text)
        };
        match self.fields.meaning(field) {
            Some(ConnectionField::Feature(index)) if is_text(field) => self.word(index),
            Some(ConnectionField::Label) => self.label(),
            Some(ConnectionField::Family) if !self.label().is_empty() => family(self.label()),
            _ => "",
        }
    }
}
