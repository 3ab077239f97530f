//! What charts do to the filter: a brush on a chart is a condition in it, so that text, charts, table and address never differ.

use analysis::distribution::Cut;
use analysis::filter::{ConnectionField, ConnectionFields};
use leptos::prelude::*;
use models::schema::View;
use query::{Area, NumberRange, NumberTest, Query, Test, TextTest};

use super::Workbench;
use app::job::result::FileResult;

/// The names that filters of a file can use.
pub(super) fn fields_of(result: &FileResult) -> Option<ConnectionFields> {
    let view = View::ALL
        .into_iter()
        .find(|view| view.name() == result.view)?;
    let names: Vec<&str> = result
        .models
        .iter()
        .map(|model| model.name.as_str())
        .collect();
    let words = result.features.iter().filter_map(|facts| match &facts.cut {
        Cut::Words { names, n_more } => {
            let n_own = names.len() - usize::from(*n_more > 0);
            Some(names[..n_own].to_vec())
        }
        Cut::Numbers(_) => None,
    });
    let labels = result.selected.counts.labels.iter();
    let labels = labels.map(|label| label.name.clone()).collect();
    let words: Vec<Vec<String>> = words.chain([labels]).collect();
    Some(ConnectionFields::new(view, &names, &words).with_copies())
}

impl Workbench {
    /// Changes the filter in force; a filter that cannot be read gives way to the change alone.
    fn change(self, change: impl FnOnce(Query, &ConnectionFields) -> Query) {
        if let Some(fields) = self.fields.get_untracked() {
            let now = self.parsed.get_untracked();
            self.query.set(change(now, &fields).to_text(&fields.fields));
        }
    }

    /// Lets only numbers in a range through; all again where there is none.
    pub fn brush(self, field: ConnectionField, range: Option<(f32, f32)>) {
        self.change(|query, fields| match fields.number_of(field) {
            Some(number) => {
                let test = range.and_then(|(low, high)| NumberTest::between(low, high));
                query.with_clause(number, test.map(Test::Number))
            }
            None => query,
        });
    }

    /// Lets only some words through; all again where there are none.
    pub fn choose(self, field: ConnectionField, words: &[&str]) {
        self.change(|query, fields| match fields.number_of(field) {
            Some(number) => query.with_clause(number, TextTest::any_of(words).map(Test::Text)),
            None => query,
        });
    }

    /// Lets one more word through, or takes it back.
    pub fn toggle(self, field: ConnectionField, word: &str) {
        let mut words = untrack(|| self.chosen(field));
        match words.iter().position(|chosen| chosen == word) {
            Some(position) => drop(words.remove(position)),
            None => words.push(word.to_owned()),
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.choose(field, &words);
    }

    /// Lets only rows within a polygon of the map through; all again where there is none.
    pub fn enclose(self, axes: [ConnectionField; 2], corners: Option<Vec<[f32; 2]>>) {
        self.change(|query, fields| {
            let numbers = axes.map(|axis| fields.number_of(axis));
            match (numbers, corners) {
                ([Some(x), Some(y)], Some(corners)) => query.with_area(Area::new(x, y, corners)),
                _ => query.with_area(None),
            }
        });
    }

    /// Replaces the filter by rows of one outcome: labelled normal or attack, at or above the threshold or below.
    pub fn show_outcome(self, is_attack: bool, is_found: bool) {
        let threshold = self.threshold.get_untracked();
        let family = if is_attack {
            "-family:normal"
        } else {
            "family:normal"
        };
        let risk = if is_found { ">=" } else { "<" };
        self.query.set(format!("{family} risk:{risk}{threshold}"));
    }

    /// The range of numbers that the filter lets through, where it says one of a field.
    pub fn brushed(self, field: ConnectionField) -> Option<(f32, f32)> {
        self.with_clause(field, |test| match test {
            Test::Number(test) => match test.ranges() {
                [range] => ends(range),
                _ => None,
            },
            Test::Text(_) => None,
        })
    }

    /// The words that the filter lets through, where it says some of a field.
    pub fn chosen(self, field: ConnectionField) -> Vec<String> {
        self.with_clause(field, |test| match test {
            Test::Text(test) => {
                let patterns = test.patterns().iter();
                Some(
                    patterns
                        .filter_map(|word| word.as_literal())
                        .map(str::to_owned)
                        .collect(),
                )
            }
            Test::Number(_) => None,
        })
        .unwrap_or_default()
    }

    /// The polygon that the filter lets through, in the units of these axes.
    pub fn enclosed(self, axes: [ConnectionField; 2]) -> Option<Vec<[f32; 2]>> {
        let (fields, query) = (self.fields.get()?, self.parsed.read());
        let [x, y] = axes.map(|axis| fields.number_of(axis));
        let area = query.area_on(x?, y?)?;
        Some(area.corners().to_vec())
    }

    fn with_clause<T>(
        self,
        field: ConnectionField,
        read: impl FnOnce(&Test) -> Option<T>,
    ) -> Option<T> {
        let (fields, query) = (self.fields.get()?, self.parsed.read());
        read(query.clause_on(fields.number_of(field)?)?)
    }
}

/// Where a range begins and ends; infinite where it does not.
fn ends(range: &NumberRange) -> Option<(f32, f32)> {
    Some(match *range {
        NumberRange::Any => return None,
        NumberRange::Equal(value) => (value, value),
        NumberRange::Below(high) | NumberRange::AtMost(high) => (f32::NEG_INFINITY, high),
        NumberRange::Above(low) | NumberRange::AtLeast(low) => (low, f32::INFINITY),
        NumberRange::Between(low, high) => (low, high),
    })
}
