//! Puts the scorers' answers together: columns of a whole file, counts, curves, digest.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use app::job::result::{FileResult, LabelResult, ModelResult, RankingResult, RejectedRow, TopRow};
use models::calibration::risk;
use models::digest::ScoreDigest;
use models::evaluation::{Ranking, is_normal_label};
use models::risk_histogram::{RiskHistogram, Truth, step};
use models::trained_model::{Detections, TrainedModel};
use traffic::layout::TableLayout;
use traffic::row_error::{RejectedRows, RowError};

use crate::columns::ScoredColumns;
use crate::top::N_TOP;

/// Points of a curve: more than a chart has pixels for.
const N_CURVE_POINTS: usize = 400;

/// Labels that are told apart; later ones count as the last.
const MAX_LABELS: usize = 64;

/// The scores of a file so far.
#[derive(Default)]
pub(crate) struct Collected {
    /// All columns, in file order.
    pub(crate) columns: ScoredColumns,
    /// Rows that could not be read.
    pub(crate) rejected: RejectedRows,
    n_unseen_categories: u64,
    digest: ScoreDigest,
    label_names: Vec<String>,
    label_codes: HashMap<String, u32>,
    risks: Vec<RiskHistogram>,
    /// Per label and model: rows per risk step.
    label_risks: Vec<Vec<BTreeMap<u16, u32>>>,
    /// Position of the first row of each chunk.
    chunk_starts: Vec<u64>,
}

/// What a scorer said of a chunk besides the columns.
pub(crate) struct ChunkFacts {
    pub(crate) label_names: Vec<String>,
    pub(crate) rejected: RejectedRows,
    pub(crate) n_unseen_categories: u64,
}

impl Collected {
    /// Number of rows.
    pub(crate) fn n_rows(&self) -> u64 {
        self.columns.hashes.len() as u64
    }

    /// Adds the next chunk in file order.
    pub(crate) fn add(&mut self, columns: ScoredColumns, facts: ChunkFacts) {
        self.chunk_starts.push(self.n_rows());
        self.rejected.merge(&facts.rejected);
        self.n_unseen_categories += facts.n_unseen_categories;
        self.digest.update(&Detections {
            risk: columns.risks.first().cloned().unwrap_or_default(),
            raw: columns.raw.iter().skip(1).cloned().collect(),
            ..Detections::default()
        });
        let codes: Vec<u32> = facts
            .label_names
            .iter()
            .map(|name| self.label_code(name))
            .collect();
        let labels: Vec<u32> = columns
            .labels
            .iter()
            .map(|&label| codes.get(label as usize).copied().unwrap_or_default())
            .collect();
        self.count(&columns, &labels);
        append(&mut self.columns.risks, columns.risks);
        append(&mut self.columns.raw, columns.raw);
        for (all, part) in self.columns.position.iter_mut().zip(columns.position) {
            all.extend(part);
        }
        self.columns.hashes.extend(columns.hashes);
        self.columns.labels.extend(labels);
    }

    fn label_code(&mut self, name: &str) -> u32 {
        if let Some(&code) = self.label_codes.get(name) {
            return code;
        }
        let code = self.label_names.len().min(MAX_LABELS - 1);
        if code == self.label_names.len() {
            self.label_names.push(name.to_owned());
            self.label_risks.push(Vec::new());
        }
        self.label_codes.insert(name.to_owned(), code as u32);
        code as u32
    }

    fn count(&mut self, columns: &ScoredColumns, labels: &[u32]) {
        let is_normal: Vec<bool> = self
            .label_names
            .iter()
            .map(|name| is_normal_label(name))
            .collect();
        let n_models = columns.risks.len();
        self.risks.resize(n_models, RiskHistogram::default());
        for counts in &mut self.label_risks {
            counts.resize(n_models, BTreeMap::new());
        }
        for (model, risks) in columns.risks.iter().enumerate() {
            let mut last = (u32::MAX, 0, 0);
            for (row, &risk) in risks.iter().enumerate() {
                let label = labels.get(row).copied();
                let truth = match label.map(|label| is_normal[label as usize]) {
                    Some(true) => Truth::Normal,
                    Some(false) => Truth::Attack,
                    None => Truth::Unknown,
                };
                self.risks[model].add(risk, truth);
                // Runs of equal rows are common: they are added up before the map is touched.
                if let Some(label) = label {
                    let step = step(risk) as u16;
                    if (label, step) != (last.0, last.1) {
                        self.add_run(model, last);
                        last = (label, step, 0);
                    }
                    last.2 += 1;
                }
            }
            self.add_run(model, last);
        }
    }

    fn add_run(&mut self, model: usize, (label, step, n_rows): (u32, u16, u32)) {
        if n_rows > 0 {
            *self.label_risks[label as usize][model]
                .entry(step)
                .or_default() += n_rows;
        }
    }

    /// Works out what the page shows. `top` are the scorers' oddest rows per model.
    pub(crate) fn result(
        &self,
        name: &str,
        layout: &TableLayout,
        model: &TrainedModel,
        top: Vec<Vec<Vec<TopRow>>>,
        millis: f64,
    ) -> FileResult {
        let copies = self.copies_of(&top);
        let titles = std::iter::once(("ensemble", "Ensemble")).chain(
            model
                .columns()
                .into_iter()
                .map(|kind| (kind.name, kind.title)),
        );
        let models = titles
            .enumerate()
            .map(|(index, (name, title))| ModelResult {
                name: name.to_owned(),
                title: title.to_owned(),
                risks: self.risks.get(index).cloned().unwrap_or_default(),
                ranking: self.ranking(index, model),
                top: self.merge_top(top.iter().filter_map(|scorer| scorer.get(index)), &copies),
            });
        let mut labels: Vec<LabelResult> = self
            .label_names
            .iter()
            .zip(&self.label_risks)
            .map(|(name, risks)| LabelResult {
                name: name.clone(),
                is_normal: is_normal_label(name),
                n_rows: risks
                    .first()
                    .map_or(0, |steps| steps.values().map(|&n| u64::from(n)).sum()),
                risks: risks
                    .iter()
                    .map(|steps| steps.iter().map(|(&step, &n)| (step, n)).collect())
                    .collect(),
            })
            .collect();
        labels.sort_by(|a, b| b.n_rows.cmp(&a.n_rows).then_with(|| a.name.cmp(&b.name)));
        FileResult {
            name: name.to_owned(),
            view: layout.view.name().to_owned(),
            n_rows: self.n_rows(),
            n_distinct: self
                .columns
                .hashes
                .iter()
                .collect::<std::collections::HashSet<_, BuildHasherDefault<AsIs>>>()
                .len() as u64,
            n_rejected: self.rejected.n_rejected,
            errors: self.rejected.rows.iter().map(rejected_row).collect(),
            n_unseen_categories: self.n_unseen_categories,
            incomplete: None,
            digest: self.digest.clone().finish(),
            millis,
            models: models.collect(),
            labels,
            explained: model.projection.explained,
            columns: (0..layout.n_columns)
                .map(|column| layout.column_name(column))
                .collect(),
        }
    }

    /// Curves of one model; `None` unless there are labels of both kinds.
    fn ranking(&self, index: usize, model: &TrainedModel) -> Option<RankingResult> {
        if !self.risks.get(index)?.has_both_labels() {
            return None;
        }
        let is_attack: Vec<bool> = self
            .label_names
            .iter()
            .map(|name| !is_normal_label(name))
            .collect();
        let raw = self.columns.raw.get(index)?;
        let ranking = Ranking::new(
            raw.iter()
                .zip(&self.columns.labels)
                .map(|(&raw, &label)| (raw, is_attack[label as usize]))
                .collect(),
        );
        let calibration = match index {
            0 => &model.ensemble,
            _ => model.column_calibrations().get(index - 1).copied()?,
        };
        let mut curve = ranking.curve(N_CURVE_POINTS);
        for point in &mut curve {
            point.threshold = risk(calibration.p_value(point.threshold));
        }
        Some(RankingResult {
            roc_auc: ranking.roc_auc(),
            average_precision: ranking.average_precision(),
            n_attacks: ranking.n_attacks(),
            n_normal: ranking.n_normal(),
            curve,
        })
    }

    /// How often each of the oddest rows occurs in the file.
    fn copies_of(&self, top: &[Vec<Vec<TopRow>>]) -> HashMap<u64, u64> {
        let hashes = top
            .iter()
            .flatten()
            .flatten()
            .filter_map(|row| u64::from_str_radix(&row.hash, 16).ok());
        let mut copies: HashMap<u64, u64> = hashes.map(|hash| (hash, 0)).collect();
        for hash in &self.columns.hashes {
            if let Some(n_copies) = copies.get_mut(hash) {
                *n_copies += 1;
            }
        }
        copies
    }

    fn merge_top<'a>(
        &self,
        scorers: impl Iterator<Item = &'a Vec<TopRow>>,
        copies: &HashMap<u64, u64>,
    ) -> Vec<TopRow> {
        let mut rows: Vec<TopRow> = scorers.flatten().cloned().collect();
        rows.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.line.cmp(&b.line)));
        let mut seen = std::collections::HashSet::new();
        rows.retain(|row| seen.insert(row.hash.clone()));
        rows.truncate(N_TOP);
        for row in &mut rows {
            row.row = self
                .chunk_starts
                .get(row.chunk as usize)
                .map_or(0, |start| start + row.row_in_chunk);
            row.n_copies = u64::from_str_radix(&row.hash, 16)
                .ok()
                .and_then(|hash| copies.get(&hash).copied())
                .unwrap_or(1);
        }
        rows
    }
}

fn rejected_row(error: &RowError) -> RejectedRow {
    RejectedRow {
        line: error.line,
        column: error.column.clone(),
        problem: error.problem.to_string(),
    }
}

fn append(all: &mut Vec<Vec<f32>>, parts: Vec<Vec<f32>>) {
    all.resize(parts.len(), Vec::new());
    for (all, part) in all.iter_mut().zip(parts) {
        all.extend(part);
    }
}

/// For keys that are hashes already.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
