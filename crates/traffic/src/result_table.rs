//! Results as CSV: the original columns first, then risk, verdict, scores and reasons.
//!
//! In: chunks with their scores, in file order. Out: CSV bytes that a spreadsheet opens without running anything. The browser's download and
//! `oddflow score --format csv` both come from here.

use models::trained_model::{Detections, Scorer, TrainedModel};

use crate::export::RecordWriter;
use crate::layout::TableLayout;
use crate::splitter::Chunk;
use crate::table::ParsedChunk;

/// Writes the results of one file.
#[derive(Debug)]
pub struct ResultWriter<'a> {
    layout: &'a TableLayout,
    writer: RecordWriter,
    model: usize,
    threshold: f32,
    is_only_anomalies: bool,
}

impl<'a> ResultWriter<'a> {
    /// Starts on a table of this layout; rows of at least risk `threshold` under a model (0 is the ensemble, then the detectors) are
    /// called anomalies.
    pub fn new(
        layout: &'a TableLayout,
        model: usize,
        threshold: f32,
        is_only_anomalies: bool,
    ) -> Self {
        Self {
            layout,
            writer: RecordWriter::new(layout.delimiter),
            model,
            threshold,
            is_only_anomalies,
        }
    }

    /// Appends the line of column names: the file's own, or those of the features where it has none.
    pub fn write_header(&mut self, model: &TrainedModel, text: &mut Vec<u8>) {
        let delimiter = char::from(self.layout.delimiter).to_string();
        let names: Vec<String> = (0..self.layout.n_columns)
            .map(|column| self.layout.column_name(column))
            .collect();
        let ours = ["risk", "verdict", "score"].map(str::to_owned).into_iter();
        let scores = model
            .columns()
            .into_iter()
            .map(|kind| format!("{}_score", kind.name));
        let ours: Vec<String> = ours.chain(scores).chain(["reasons".to_owned()]).collect();
        self.writer
            .write_record_with(text, names.join(&delimiter).as_bytes(), &ours);
    }

    /// Appends the rows of a chunk for which `is_wanted` holds. Reasons are given for anomalies.
    pub fn write_rows(
        &mut self,
        chunk: &Chunk,
        parsed: &ParsedChunk,
        detections: &Detections,
        scorer: &mut Scorer,
        is_wanted: impl Fn(usize) -> bool,
        text: &mut Vec<u8>,
    ) {
        let names: Vec<&str> = self
            .layout
            .view
            .features()
            .map(|feature| feature.name)
            .collect();
        let risks = match self.model.checked_sub(1) {
            Some(member) => detections
                .column_risk
                .get(member)
                .map_or(&[][..], Vec::as_slice),
            None => &detections.risk,
        };
        for (row, (&risk, combined)) in risks.iter().zip(&detections.combined).enumerate() {
            let is_anomaly = risk >= self.threshold;
            if (self.is_only_anomalies && !is_anomaly) || !is_wanted(row) {
                continue;
            }
            let mut cells = vec![
                format!("{risk:.2}"),
                verdict(is_anomaly).to_owned(),
                format!("{combined}"),
            ];
            cells.extend(
                detections
                    .raw
                    .iter()
                    .filter_map(|raw| raw.get(row))
                    .map(|score| format!("{score}")),
            );
            let leading = if is_anomaly {
                scorer.leading_features(&parsed.batch, detections, row, self.model)
            } else {
                Vec::new()
            };
            let reasons = leading.iter().filter_map(|(feature, share)| {
                Some(format!("{} {:.0} %", names.get(*feature)?, share * 100.0))
            });
            cells.push(reasons.collect::<Vec<_>>().join("; "));
            self.writer.write_record_with(
                text,
                parsed.record(chunk, row).unwrap_or_default(),
                &cells,
            );
        }
    }
}

/// The word for a row's side of the threshold.
pub fn verdict(is_anomaly: bool) -> &'static str {
    if is_anomaly { "anomaly" } else { "normal" }
}
