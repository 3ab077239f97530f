//! The oddest distinct rows among many, kept as they stream by.

use std::collections::{BTreeMap, HashSet};

use app::job::result::TopRow;
use models::record::RecordBatch;
use models::trained_model::{Detections, Scorer};
use traffic::layout::TableLayout;
use traffic::splitter::Chunk;
use traffic::table::ParsedChunk;

/// Rows that are kept.
pub(crate) const N_TOP: usize = 100;

/// Order of a row: its score first, earlier lines before later ones.
type Rank = (u32, u64);

/// The oddest rows under one model.
#[derive(Default)]
pub(crate) struct Top {
    rows: BTreeMap<Rank, Kept>,
    hashes: HashSet<u64>,
}

struct Kept {
    row: TopRow,
    hash: u64,
    batch: RecordBatch,
    raw_scores: Vec<f32>,
}

/// Bits that order as the numbers do.
fn ordered(score: f32) -> u32 {
    let bits = score.to_bits();
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    }
}

impl Top {
    /// Looks at the rows of a chunk under one model.
    pub(crate) fn add(
        &mut self,
        chunk: &Chunk,
        parsed: &ParsedChunk,
        detections: &Detections,
        risk: &[f32],
        score: &[f32],
        layout: &TableLayout,
    ) {
        for (row, &score) in score.iter().enumerate() {
            let line = parsed.lines.get(row).copied().unwrap_or_default();
            let rank = (ordered(score), u64::MAX - line);
            let is_beaten = self.rows.len() == N_TOP
                && self
                    .rows
                    .first_key_value()
                    .is_some_and(|(least, _)| *least >= rank);
            let hash = detections.row_hash[row];
            if is_beaten || self.hashes.contains(&hash) {
                continue;
            }
            let record = parsed.record(chunk, row).unwrap_or_default();
            let kept = TopRow {
                line,
                row: 0,
                chunk: chunk.index,
                row_in_chunk: row as u64,
                risk: risk[row],
                score,
                label: parsed.labels.of_row(row).map(str::to_owned),
                hash: format!("{hash:016x}"),
                n_copies: 1,
                cells: layout.cells(record),
                reasons: Vec::new(),
            };
            let raw_scores = detections.raw.iter().map(|scores| scores[row]).collect();
            self.hashes.insert(hash);
            self.rows.insert(
                rank,
                Kept {
                    row: kept,
                    hash,
                    batch: parsed.batch.select(&[row]),
                    raw_scores,
                },
            );
            if self.rows.len() > N_TOP
                && let Some((_, dropped)) = self.rows.pop_first()
            {
                self.hashes.remove(&dropped.hash);
            }
        }
    }

    /// The rows with the reasons of this column's score, oddest first.
    pub(crate) fn finish(self, scorer: &mut Scorer, column: usize) -> Vec<TopRow> {
        let mut rows: Vec<TopRow> = self
            .rows
            .into_values()
            .map(|kept| {
                let detections = Detections {
                    raw: kept.raw_scores.iter().map(|&score| vec![score]).collect(),
                    row_hash: vec![kept.hash],
                    ..Detections::default()
                };
                TopRow {
                    reasons: scorer.explain(&kept.batch, &detections, 0, column),
                    ..kept.row
                }
            })
            .collect();
        rows.reverse();
        rows
    }
}
