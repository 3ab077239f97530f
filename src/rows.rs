//! Scored rows as text: CSV beside the original columns, JSON, or the oddest few for people.
//!
//! In: the chunks of a file with their scores. Out: bytes; rows are formatted on the threads that scored them.

use std::collections::BTreeMap;
use std::io::Write;

use models::calibration::Band;
use models::explain::{Reason, headline};
use models::trained_model::{Detections, Scorer, TrainedModel};
use serde::{Deserialize, Serialize};
use traffic::result_table::{ResultWriter, verdict};

use crate::pipeline::{FormatInput, Formatter, Summary};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowFormat {
    /// Nothing.
    Nothing,
    /// The original columns, then ours.
    Csv,
    /// An object per row, after the separator; without one, each on a line.
    Json {
        /// `,` or nothing.
        separator: &'static str,
    },
    /// The oddest rows of each chunk as JSON lines, to be merged by [`RowFormatter::read_top`].
    Top {
        /// How many.
        n_rows: usize,
    },
}

/// Formats the rows of a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowFormatter {
    /// How.
    pub(crate) format: RowFormat,
    /// Risk at and above which a row is an anomaly.
    pub(crate) threshold: f32,
    /// Leave normal rows out.
    pub(crate) is_only_anomalies: bool,
}

/// A scored row as the API and `--format json` give it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ScoredRow {
    /// Line of the file on which it starts.
    pub(crate) line: u64,
    /// `normal` or `anomaly`, at the threshold asked for.
    pub(crate) verdict: String,
    /// 0..=100; see `models::calibration`.
    pub(crate) risk: f32,
    /// The risk in a word.
    pub(crate) band: String,
    /// The ensemble's raw score.
    pub(crate) score: f32,
    /// Raw score and risk of each detector.
    pub(crate) detectors: Vec<DetectorScore>,
    /// What pushed the score up, strongest first; anomalies only.
    pub(crate) reasons: Vec<Reason>,
}

/// One detector's say on a row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DetectorScore {
    /// Its name.
    pub(crate) detector: String,
    /// Raw score; higher is more anomalous.
    pub(crate) score: f32,
    /// Risk, 0..=100.
    pub(crate) risk: f32,
    /// Of a supervised detector: the probability of an attack, where attacks are as frequent as in the training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) probability: Option<f32>,
    /// What each feature adds to −log₁₀ p, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) evidence: Option<BTreeMap<String, f32>>,
}

/// What each detector, and the hybrid, says of a row; without evidence.
pub(crate) fn detector_scores(
    model: &TrainedModel,
    detections: &Detections,
    row: usize,
) -> Vec<DetectorScore> {
    let kinds = model.columns().into_iter().enumerate();
    kinds
        .map(|(index, kind)| {
            let score = detections.raw[index][row];
            DetectorScore {
                detector: kind.name.to_owned(),
                score,
                risk: detections.column_risk[index][row],
                probability: model.attack_probability(index, score),
                evidence: None,
            }
        })
        .collect()
}

impl RowFormatter {
    /// One row with everything known about it.
    pub(crate) fn row(
        &self,
        input: &FormatInput<'_>,
        row: usize,
        scorer: &mut Scorer,
    ) -> ScoredRow {
        let detections = input.detections;
        let risk = detections.risk[row];
        let is_anomaly = risk >= self.threshold;
        let detectors = detector_scores(scorer.model(), detections, row);
        ScoredRow {
            line: input.parsed.lines.get(row).copied().unwrap_or_default(),
            verdict: verdict(is_anomaly).to_owned(),
            risk,
            band: Band::of(risk).name().to_owned(),
            score: detections.combined[row],
            detectors,
            reasons: if is_anomaly {
                scorer.explain(&input.parsed.batch, detections, row, 0)
            } else {
                Vec::new()
            },
        }
    }

    /// Reads back what [`RowFormat::Top`] wrote for a chunk.
    pub(crate) fn read_top(&self, text: &[u8]) -> Vec<ScoredRow> {
        text.split(|&byte| byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect()
    }

    fn format_csv(&self, input: &FormatInput<'_>, scorer: &mut Scorer, text: &mut Vec<u8>) {
        let mut writer = ResultWriter::new(input.layout, 0, self.threshold, self.is_only_anomalies);
        if input.chunk.index == 0 {
            writer.write_header(scorer.model(), text);
        }
        writer.write_rows(
            input.chunk,
            input.parsed,
            input.detections,
            scorer,
            |row| input.is_wanted(row),
            text,
        );
    }

    fn format_json(
        &self,
        separator: &str,
        input: &FormatInput<'_>,
        scorer: &mut Scorer,
        text: &mut Vec<u8>,
    ) {
        for row in 0..input.detections.risk.len() {
            let is_left_out = self.is_only_anomalies && input.detections.risk[row] < self.threshold;
            if is_left_out || !input.is_wanted(row) {
                continue;
            }
            text.extend_from_slice(separator.as_bytes());
            // Writing numbers and strings to memory does not fail.
            if serde_json::to_writer(&mut *text, &self.row(input, row, scorer)).is_ok()
                && separator.is_empty()
            {
                text.push(b'\n');
            }
        }
    }

    fn format_top(
        &self,
        n_rows: usize,
        input: &FormatInput<'_>,
        scorer: &mut Scorer,
        text: &mut Vec<u8>,
    ) {
        let score = &input.detections.combined;
        let mut order: Vec<usize> = (0..score.len())
            .filter(|&row| input.is_wanted(row))
            .collect();
        if order.len() > n_rows {
            order.select_nth_unstable_by(n_rows, |&a, &b| {
                score[b].total_cmp(&score[a]).then(a.cmp(&b))
            });
            order.truncate(n_rows);
        }
        for row in order {
            if serde_json::to_writer(&mut *text, &self.row(input, row, scorer)).is_ok() {
                text.push(b'\n');
            }
        }
    }
}

impl Formatter for RowFormatter {
    fn format(&self, input: &FormatInput<'_>, scorer: &mut Scorer, text: &mut Vec<u8>) {
        match self.format {
            RowFormat::Nothing => {}
            RowFormat::Csv => self.format_csv(input, scorer, text),
            RowFormat::Json { separator } => self.format_json(separator, input, scorer, text),
            RowFormat::Top { n_rows } => self.format_top(n_rows, input, scorer, text),
        }
    }
}

/// Writes the oddest rows and the summary for people.
pub(crate) fn write_table(
    output: &mut impl Write,
    mut rows: Vec<ScoredRow>,
    summary: &Summary,
) -> std::io::Result<()> {
    rows.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.line.cmp(&b.line)));
    rows.truncate(20);
    writeln!(output, "{:>9}  {:>5}  {:<9} why", "line", "risk", "band")?;
    for row in &rows {
        let why = headline(&row.reasons).map_or("", |reason| &reason.sentence);
        writeln!(
            output,
            "{:>9}  {:>5.1}  {:<9} {why}",
            row.line, row.risk, row.band
        )?;
    }
    writeln!(
        output,
        "\n{} rows scored (view {}), {} anomalies at risk ≥ {}",
        summary.rows, summary.view, summary.anomalies, summary.threshold
    )?;
    if let (Some(filter), Some(matched)) = (&summary.filter, summary.matched) {
        writeln!(output, "{matched} rows match {filter}")?;
    }
    let bands = summary
        .bands
        .iter()
        .map(|(band, n)| format!("{band} {n}"))
        .collect::<Vec<_>>()
        .join(", ");
    writeln!(output, "bands: {bands}")?;
    if summary.rejected + summary.unseen_categories > 0 {
        writeln!(
            output,
            "rows not read: {}; values never seen in training: {}",
            summary.rejected, summary.unseen_categories
        )?;
    }
    writeln!(output, "digest: {}", summary.digest)
}
