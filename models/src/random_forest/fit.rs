//! Fitting: samples with replacement, a tree on each, and what the rows left out say.
//!
//! In: labelled rows by feature. Out: a [`RandomForest`] and the [`OutOfBag`] scores. A row is left out of about 37 % of the samples;
//! the trees that never saw it score it as they would a new row (Breiman, 2001, section 3.1), which is what the probabilities are
//! fitted on.

use super::bins::FeatureBins;
use super::grow::{BinnedRows, Drawn, grow};
use super::isotonic::{Isotonic, Scored};
use super::tree::{LEAF, Tree, WHOLE};
use super::{MAX_FEATURES, RandomForest, RandomForestParams};
use crate::evaluation::Ranking;
use crate::preprocess::N_LANES;
use crate::random::Random;
use crate::schema::FeatureKind;

/// Fewest rows that a forest is fitted on.
const MIN_ROWS: usize = 16;

/// Largest weight of a row.
const MAX_WEIGHT: f32 = 1e6;

/// Scores of the training rows by the trees that did not see them.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfBag {
    /// One per row; `None` where every tree saw it.
    pub scores: Vec<Option<f32>>,
}

impl OutOfBag {
    /// The rows that have a score, ranked; `is_attack` as at the fit.
    pub fn ranking(&self, is_attack: &[bool]) -> Ranking {
        let scored = self.scores.iter().zip(is_attack);
        Ranking::new(
            scored
                .filter_map(|(score, &is_attack)| Some(((*score)?, is_attack)))
                .collect(),
        )
    }
}

impl RandomForest {
    /// Grows a forest.
    ///
    /// `features[feature][row]` are finite numbers, or codes of categories with unseen as −1; `kinds` says which. Rows that stand for
    /// many copies carry a weight, others 1. O(trees × rows × candidates × depth).
    ///
    /// # Errors
    /// A sentence that says what cannot be learnt from: too few rows, one class, columns that are all constant, a value that is not a
    /// finite number, a parameter out of range.
    pub fn fit(
        features: &[Vec<f32>],
        kinds: &[FeatureKind],
        is_attack: &[bool],
        weights: &[f32],
        params: &RandomForestParams,
    ) -> Result<(Self, OutOfBag), String> {
        params.validate()?;
        check_rows(features, kinds, is_attack, weights)?;
        let bins: Vec<FeatureBins> = features
            .iter()
            .zip(kinds)
            .map(|(column, kind)| match kind {
                FeatureKind::Category => FeatureBins::of_categories(column, is_attack, weights),
                _ => FeatureBins::of_numbers(column),
            })
            .collect();
        if bins.iter().all(|bins| bins.n_bins() < 2) {
            return Err("random forest: every feature has the same value in all rows".into());
        }
        let rows = binned(features, &bins);
        let mut votes = Votes::new(is_attack.len());
        let mut importance = vec![0.0; features.len()];
        let mut trees = Vec::with_capacity(params.n_trees);
        for tree in 0..params.n_trees {
            let mut random = Random::new(params.seed, tree as u64);
            let counts = sample_with_replacement(is_attack.len(), &mut random);
            let drawn = drawn_rows(&counts, is_attack, weights);
            let grown = grow(&rows, drawn, random, params);
            votes.add(&grown.tree, &rows, &counts)?;
            for (sum, decrease) in importance.iter_mut().zip(grown.importance) {
                *sum += decrease;
            }
            trees.push(grown.tree);
        }
        let out_of_bag = votes.scores();
        let calibration = calibrate(&out_of_bag, is_attack, weights)?;
        let whole: f64 = importance.iter().sum();
        let importance = importance
            .iter()
            .map(|sum| {
                if whole > 0.0 {
                    (sum / whole) as f32
                } else {
                    0.0
                }
            })
            .collect();
        let forest = Self::from_parts(bins, trees, importance, calibration)?;
        Ok((forest, out_of_bag))
    }
}

fn check_rows(
    features: &[Vec<f32>],
    kinds: &[FeatureKind],
    is_attack: &[bool],
    weights: &[f32],
) -> Result<(), String> {
    let n_rows = is_attack.len();
    if features.is_empty() || features.len() > MAX_FEATURES || features.len() != kinds.len() {
        return Err(format!(
            "random forest: expected 1 to {MAX_FEATURES} features with their kinds, found {} and {}",
            features.len(),
            kinds.len()
        ));
    }
    if n_rows < MIN_ROWS || u32::try_from(n_rows).is_err() {
        return Err(format!(
            "random forest: expected at least {MIN_ROWS} rows to learn from, found {n_rows}"
        ));
    }
    if weights.len() != n_rows || features.iter().any(|column| column.len() != n_rows) {
        return Err(format!(
            "random forest: expected {n_rows} weights and {n_rows} values of every feature"
        ));
    }
    let n_attacks = is_attack.iter().filter(|&&is_attack| is_attack).count();
    if n_attacks == 0 || n_attacks == n_rows {
        return Err(format!(
            "random forest: expected normal rows and attacks to tell apart, found {} and {n_attacks}",
            n_rows - n_attacks
        ));
    }
    if weights
        .iter()
        .any(|&weight| !(weight > 0.0 && weight <= MAX_WEIGHT))
    {
        return Err("random forest: expected weights above 0, at most 10⁶".into());
    }
    for (index, (column, kind)) in features.iter().zip(kinds).enumerate() {
        let is_category = *kind == FeatureKind::Category;
        let is_sound = |&value: &f32| value.is_finite() && (!is_category || value < MAX_CODE);
        if let Some(row) = column.iter().position(|value| !is_sound(value)) {
            return Err(format!(
                "random forest: row {row}, feature {index}: expected a finite number or code, found {}",
                column[row]
            ));
        }
    }
    Ok(())
}

/// Codes are below it: a place in the order must be exact as `f32`, and a stray number must not become a huge table.
pub(super) const MAX_CODE: f32 = 65_536.0;

fn binned(features: &[Vec<f32>], bins: &[FeatureBins]) -> BinnedRows {
    let columns = features.iter().zip(bins);
    BinnedRows {
        columns: columns
            .map(|(column, bins)| column.iter().map(|&value| bins.bin(value)).collect())
            .collect(),
        n_bins: bins.iter().map(FeatureBins::n_bins).collect(),
    }
}

/// How often each row is drawn.
fn sample_with_replacement(n_rows: usize, random: &mut Random) -> Vec<u16> {
    let mut counts = vec![0u16; n_rows];
    for _ in 0..n_rows {
        let count = &mut counts[random.below(n_rows)];
        *count = count.saturating_add(1);
    }
    counts
}

fn drawn_rows(counts: &[u16], is_attack: &[bool], weights: &[f32]) -> Vec<Drawn> {
    counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(row, &count)| Drawn::new(row, is_attack[row], weights[row], count))
        .collect()
}

/// Sums of the shares that trees gave to rows they did not see.
struct Votes {
    sums: Vec<u32>,
    counts: Vec<u16>,
}

impl Votes {
    fn new(n_rows: usize) -> Self {
        Self {
            sums: vec![0; n_rows],
            counts: vec![0; n_rows],
        }
    }

    fn add(&mut self, tree: &Tree, rows: &BinnedRows, drawn: &[u16]) -> Result<(), String> {
        let left = tree.left_children()?;
        let nodes: Vec<(u16, u8, u8)> = left
            .into_iter()
            .zip(tree.features.iter().zip(&tree.bins))
            .map(|(left, (&feature, &bin))| match feature {
                // No bin is above the last.
                LEAF => (left, 0, u8::MAX),
                _ => (left, feature, bin),
            })
            .collect();
        let left_out: Vec<usize> = (0..drawn.len()).filter(|&row| drawn[row] == 0).collect();
        // Side by side, so that the rows do not wait for each other's memory.
        for rows_here in left_out.chunks(N_LANES) {
            let mut at = [0u16; N_LANES];
            let mut before = [u16::MAX; N_LANES];
            while at != before {
                before = at;
                for (at, &row) in at.iter_mut().zip(rows_here) {
                    let (left, feature, bin) = nodes[usize::from(*at)];
                    *at = left + u16::from(rows.columns[usize::from(feature)][row] > bin);
                }
            }
            for (&row, leaf) in rows_here.iter().zip(at) {
                self.sums[row] += u32::from(tree.shares[usize::from(leaf)]);
                self.counts[row] += 1;
            }
        }
        Ok(())
    }

    fn scores(&self) -> OutOfBag {
        let score = |(&sum, &count): (&u32, &u16)| {
            (count > 0).then(|| sum as f32 / (f32::from(count) * f32::from(WHOLE)))
        };
        OutOfBag {
            scores: self.sums.iter().zip(&self.counts).map(score).collect(),
        }
    }
}

fn calibrate(
    out_of_bag: &OutOfBag,
    is_attack: &[bool],
    weights: &[f32],
) -> Result<Isotonic, String> {
    let rows: Vec<Scored> = out_of_bag
        .scores
        .iter()
        .zip(is_attack.iter().zip(weights))
        .filter_map(|(score, (&is_attack, &weight))| {
            Some(Scored {
                score: (*score)?,
                is_attack,
                weight,
            })
        })
        .collect();
    if rows.is_empty() {
        return Err("random forest: every tree saw every row; expected more trees or rows".into());
    }
    Ok(Isotonic::fit(rows))
}
