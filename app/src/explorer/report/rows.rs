//! The oddest rows of a filter, packed for the page: column by column as JSON, repeated values once.
//!
//! In: the rows of the filter. Out: at most [`MAX_ROWS`] distinct ones, the oddest first. A column is `{"v": [...]}`, a value per row or
//! one for all, or `{"v": [...], "c": [...]}`, where `c` has the position in `v` of each row's value: whichever is shortest. Where all that
//! takes more than [`MAX_BYTES`], fewer rows are packed; the page says how many.

use std::collections::HashMap;

use analysis::column::Column;
use analysis::rows::{RowOrder, SortedRows};
use models::risk_histogram::step;

use super::super::Explorer;

/// Most rows that a report holds.
pub(super) const MAX_ROWS: usize = 10_000;

/// Rows whose reasons are given.
pub(super) const MAX_EXPLAINED: usize = 200;

/// Most bytes of packed rows: with charts and text a report stays below 2 MB, which goes through every mail server.
const MAX_BYTES: usize = 1_500_000;

/// The oddest rows.
#[derive(Clone, Debug)]
pub(super) struct PackedRows {
    /// Rows packed.
    pub(super) n_rows: usize,
    /// Connections that these stand for, copies included.
    pub(super) n_with_copies: u64,
    /// `[{"name": ..., "v": ...}, ...]`: risk in tenths, line, label where there is one, copies, then the features.
    pub(super) columns: String,
    /// Per row of the first ones, its reasons: `[["...", ...], ...]`.
    pub(super) reasons: String,
}

impl Explorer {
    /// Packs the oddest rows of the filter in force.
    pub(super) fn pack_rows(&mut self) -> PackedRows {
        let model = self.selection.model;
        let order = RowOrder::Score(model);
        let rows = &self.selection.rows;
        let sorted = SortedRows::new(&mut self.table, rows, model, order, true, true);
        let copies = |row: u32| sorted.n_copies[self.table.groups[row as usize] as usize];
        let mut n_rows = sorted.rows.len().min(MAX_ROWS);
        let mut packed = self.pack(&sorted.rows[..n_rows], &copies);
        while packed.len() > MAX_BYTES {
            n_rows /= 2;
            packed = self.pack(&sorted.rows[..n_rows], &copies);
        }
        let rows = sorted.rows.get(..n_rows).unwrap_or_default();
        let n_with_copies = rows.iter().map(|&row| u64::from(copies(row))).sum();
        let explained: Vec<Vec<String>> = rows
            .iter()
            .take(MAX_EXPLAINED)
            .map(|&row| {
                let (record, detections) = self.detected(row as usize);
                let reasons = self.scorer.explain(&record, &detections, 0, model);
                reasons.into_iter().map(|reason| reason.sentence).collect()
            })
            .collect();
        PackedRows {
            n_rows,
            n_with_copies,
            columns: packed,
            reasons: serde_json::to_string(&explained).unwrap_or_default(),
        }
    }

    fn pack(&self, rows: &[u32], copies: &dyn Fn(u32) -> u32) -> String {
        let table = &self.table;
        let risks = table.models.get(self.selection.model);
        let risk = |row: u32| {
            risks
                .and_then(|model| model.risk.get(row as usize))
                .copied()
        };
        let line = |row: u32| table.lines.get(row as usize).copied().unwrap_or_default();
        let mut columns = vec![
            column("risk", rows, |row| {
                step(risk(row).unwrap_or_default()).to_string()
            }),
            column("line", rows, |row| line(row).to_string()),
        ];
        if table.labels.is_some() {
            columns.push(column("label", rows, |row| {
                json(table.label(row as usize).unwrap_or_default())
            }));
        }
        columns.push(column("copies", rows, |row| copies(row).to_string()));
        for (feature, values) in table.view.features().zip(&table.features) {
            columns.push(column(feature.name, rows, |row| cell(values, row)));
        }
        format!("[{}]", columns.join(","))
    }
}

fn cell(values: &Column, row: u32) -> String {
    match values.text(row as usize) {
        Some(word) => json(word),
        None => json(&values.number(row as usize)),
    }
}

fn json(value: &(impl serde::Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// One column; `token` gives the JSON of a row's value.
fn column(name: &str, rows: &[u32], token: impl Fn(u32) -> String) -> String {
    let tokens: Vec<String> = rows.iter().map(|&row| token(row)).collect();
    let mut distinct: Vec<&str> = Vec::new();
    let mut code_of: HashMap<&str, usize> = HashMap::new();
    let codes: Vec<String> = tokens
        .iter()
        .map(|token| {
            let code = *code_of.entry(token).or_insert_with(|| {
                distinct.push(token);
                distinct.len() - 1
            });
            code.to_string()
        })
        .collect();
    let name = json(name);
    if distinct.len() == 1 {
        return format!("{{\"name\":{name},\"v\":[{}]}}", distinct.join(","));
    }
    let plain = format!("{{\"name\":{name},\"v\":[{}]}}", tokens.join(","));
    let coded = format!(
        "{{\"name\":{name},\"v\":[{}],\"c\":[{}]}}",
        distinct.join(","),
        codes.join(",")
    );
    if coded.len() < plain.len() {
        coded
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::column;

    #[test]
    fn a_column_is_as_short_as_it_can_be() {
        let of = |values: &[&str]| {
            let rows: Vec<u32> = (0..values.len() as u32).collect();
            column("x", &rows, |row| values[row as usize].to_owned())
        };
        assert_eq!(of(&["7", "7", "7"]), r#"{"name":"x","v":[7]}"#);
        assert_eq!(of(&["1", "22", "3"]), r#"{"name":"x","v":[1,22,3]}"#);
        assert_eq!(
            of(&["\"http\"", "\"smtp\"", "\"http\"", "\"smtp\"", "\"smtp\""]),
            r#"{"name":"x","v":["http","smtp"],"c":[0,1,0,1,1]}"#
        );
        assert_eq!(of(&[]), r#"{"name":"x","v":[]}"#);
    }
}
