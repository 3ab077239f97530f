//! What a selection of rows looks like under one model: everything that depends on the filter and not on the threshold, kept by steps
//! of risk so that any threshold can be asked without touching the rows again.

use models::evaluation::Ranking;
use models::risk_histogram::{N_STEPS, RiskHistogram, Truth};
use serde::{Deserialize, Serialize};

use crate::column::{Column, with_codes};
use crate::row_set::RowSet;
use crate::table::ScoredTable;

/// Counts of a selection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SelectionCounts {
    /// Rows.
    pub n_rows: u64,
    /// Distinct rows.
    pub n_distinct: u64,
    /// Their risks under the model.
    pub risks: RiskHistogram,
    /// Per label of the file, most frequent in the file first.
    pub labels: Vec<LabelCounts>,
}

/// The selected rows of one label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelCounts {
    /// The label.
    pub name: String,
    /// Whether it means an attack.
    pub is_attack: bool,
    /// Rows of the file.
    pub n_all: u64,
    /// Rows of the selection.
    pub n_rows: u64,
    /// Pairs of a step of risk (tenths) and selected rows on it, rising.
    pub steps: Vec<(u16, u32)>,
}

impl LabelCounts {
    /// Selected rows at or above a threshold of risk.
    pub fn n_found(&self, threshold: f32) -> u64 {
        let least = models::risk_histogram::step(threshold) as u16;
        let found = self.steps.iter().filter(|(step, _)| *step >= least);
        found.map(|(_, n)| u64::from(*n)).sum()
    }
}

/// What is known about a row.
#[inline]
pub fn truth(table: &ScoredTable, row: usize) -> Truth {
    match table.is_attack(row) {
        Some(true) => Truth::Attack,
        Some(false) => Truth::Normal,
        None => Truth::Unknown,
    }
}

/// Counts the rows of a selection under a model.
pub fn count(table: &mut ScoredTable, rows: &RowSet, model: usize) -> SelectionCounts {
    let n_distinct = n_distinct(table, rows);
    table.prepare_steps(model);
    let steps = table.steps(model);
    let labels = match &table.labels {
        Some(Column::Texts(labels)) => labels,
        _ => {
            let mut counts = [vec![0; N_STEPS], vec![0; N_STEPS], vec![0; N_STEPS]];
            rows.for_each(|row| counts[2][usize::from(steps[row])] += 1);
            let [normal, attack, unknown] = counts;
            return SelectionCounts {
                n_rows: rows.len() as u64,
                n_distinct,
                risks: RiskHistogram::from_counts(normal, attack, unknown),
                labels: Vec::new(),
            };
        }
    };
    let n_labels = labels.values.len();
    let (mut by_label, mut all) = (vec![0u32; n_labels * N_STEPS], vec![0u64; n_labels]);
    with_codes!(&labels.codes, codes => {
        rows.for_each(|row| by_label[usize::from(codes[row]) * N_STEPS + usize::from(steps[row])] += 1);
        codes.iter().for_each(|&code| all[usize::from(code)] += 1);
    });
    let mut counts = [vec![0u32; N_STEPS], vec![0; N_STEPS], vec![0; N_STEPS]];
    let of_label = by_label
        .chunks_exact(N_STEPS)
        .zip(&labels.values)
        .zip(&table.is_attack_label)
        .zip(all);
    let mut labels: Vec<LabelCounts> = of_label
        .map(|(((by_step, name), &is_attack), n_all)| {
            for (sum, n) in counts[usize::from(is_attack)].iter_mut().zip(by_step) {
                *sum += n;
            }
            let steps = by_step.iter().enumerate().filter(|(_, n)| **n > 0);
            LabelCounts {
                name: name.clone(),
                is_attack,
                n_all,
                n_rows: by_step.iter().map(|&n| u64::from(n)).sum(),
                steps: steps.map(|(step, &n)| (step as u16, n)).collect(),
            }
        })
        .collect();
    labels.sort_by(|a, b| b.n_all.cmp(&a.n_all).then_with(|| a.name.cmp(&b.name)));
    let [normal, attack, unknown] = counts;
    SelectionCounts {
        n_rows: rows.len() as u64,
        n_distinct,
        risks: RiskHistogram::from_counts(normal, attack, unknown),
        labels,
    }
}

/// Distinct rows of a selection.
fn n_distinct(table: &ScoredTable, rows: &RowSet) -> u64 {
    let mut seen = RowSet::none(table.n_groups());
    rows.for_each(|row| seen.insert(table.groups[row] as usize));
    seen.len() as u64
}

/// The first selected row of each set of rows with the same features and the same class.
pub fn distinct(table: &ScoredTable, rows: &RowSet) -> RowSet {
    let mut seen = RowSet::none(2 * table.n_groups());
    let mut first = RowSet::none(table.n_rows());
    rows.for_each(|row| {
        let is_attack = usize::from(table.is_attack(row) == Some(true));
        let kind = 2 * table.groups[row] as usize + is_attack;
        if !seen.contains(kind) {
            seen.insert(kind);
            first.insert(row);
        }
    });
    first
}

/// How a model ranks the attacks of a selection; `None` unless it has rows of both kinds.
pub fn ranking(table: &mut ScoredTable, rows: &RowSet, model: usize) -> Option<Ranking> {
    table.labels.as_ref()?;
    table.order(model);
    let table = &*table;
    let raw = &table.models.get(model)?.raw;
    let sorted = table.sorted(model).iter().map(|&row| row as usize);
    let selected = sorted.filter(|&row| rows.contains(row));
    let ranking = Ranking::of_descending(
        selected.map(|row| (raw[row], table.is_attack(row).unwrap_or_default())),
    );
    (ranking.n_attacks() > 0 && ranking.n_normal() > 0).then_some(ranking)
}

/// Two models' counts over the same selection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairCounts {
    /// Risks under the first model.
    pub first: RiskHistogram,
    /// Risks under the second model.
    pub second: RiskHistogram,
    /// The lesser of the two risks: rows that both models find at a threshold.
    pub both: RiskHistogram,
}

/// Counts where two models agree.
pub fn count_pair(table: &mut ScoredTable, rows: &RowSet, models: [usize; 2]) -> PairCounts {
    models.iter().for_each(|&model| table.prepare_steps(model));
    let [first, second] = models.map(|model| table.steps(model));
    let mut counts = vec![0u32; 9 * N_STEPS];
    rows.for_each(|row| {
        let kind = match truth(table, row) {
            Truth::Normal => 0,
            Truth::Attack => 1,
            Truth::Unknown => 2,
        };
        let (a, b) = (usize::from(first[row]), usize::from(second[row]));
        counts[kind * N_STEPS + a] += 1;
        counts[(3 + kind) * N_STEPS + b] += 1;
        counts[(6 + kind) * N_STEPS + a.min(b)] += 1;
    });
    let mut parts = counts.chunks_exact(N_STEPS).map(<[u32]>::to_vec);
    let mut histogram = || {
        let mut next = || parts.next().unwrap_or_default();
        RiskHistogram::from_counts(next(), next(), next())
    };
    PairCounts {
        first: histogram(),
        second: histogram(),
        both: histogram(),
    }
}
