//! Two models on the same labelled records: which ranks better, by how much, and whether that is more than chance.
//!
//! In: one [`PairedObservation`] per distinct record, with its scores under models A and B. Out: a [`PairedComparison`]: areas under both
//! curves and their differences with intervals, and bands around the curves. [`PairedBootstrap`] is asked for a few resamples at a time, so
//! that a browser's worker can show what it has and stop.
//!
//! Resampling is that of [`super::measure::Resamples`]: a resample gives each group of equal records a weight drawn from a Poisson
//! distribution with mean 1 (Hanley and MacGibbon, 2006), under both models the same one, which is what pairs them. A flood of copies is one
//! observation. That is why DeLong's test (1988) is not here: it takes all records as independent, and 100,000 copies of one
//! packet would make any difference significant.
//!
//! Each model's order is sorted once; a resample is one walk along it. Weights are not kept, figures of resamples are.

use serde::{Deserialize, Serialize};

use super::bootstrap::{Areas, STREAM, interval, number_groups, poisson};
use super::curves;
pub use super::mcnemar::mcnemar;
use crate::random::Random;

/// Resamples that are kept at most: 12 MB of figures, and a p value of 1 in 10,000 at the least.
pub const MAX_RESAMPLES: usize = 10_000;

/// Most draws for a resample that has both classes. The worst data, one group each, need 2.5 on average.
const MAX_DRAWS: usize = 1000;

/// Records that are equal in all features and in the label, with what the two models say of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedObservation {
    /// Raw score under model A; higher is more anomalous.
    pub raw_a: f32,
    /// Raw score under model B, on a scale of its own.
    pub raw_b: f32,
    /// Whether the label says attack.
    pub is_attack: bool,
    /// Any number that records with equal features share, whatever their labels.
    pub group: usize,
    /// How many copies there are.
    pub n: u32,
}

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Of the records themselves.
    pub value: f64,
    /// The 2.5 % and 97.5 % quantiles of the resamples; twice the value before the first of them.
    pub interval: [f64; 2],
}

/// A figure of model A less that of model B.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The difference and its 95 % interval.
    pub estimate: Estimate,
    /// Two-sided p value: twice the share of resamples whose difference is 0 or on the other side of it, from 1 / (resamples + 1) to 1.
    pub p_value: f64,
}

/// One point of a curve with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// False-alarm rate or recall, 0..=1.
    pub x: f32,
    /// Recall or precision of the records themselves, 0..=1.
    pub value: f32,
    /// The 2.5 % quantile of the resamples.
    pub low: f32,
    /// The 97.5 % quantile of the resamples.
    pub high: f32,
}

/// How well one model ranks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankingEstimate {
    /// Area under the ROC curve.
    pub roc_auc: Estimate,
    /// Average precision.
    pub average_precision: Estimate,
    /// x = false-alarm rate, y = recall; x is 0, then 10⁻⁴ to 1 evenly as logarithms, and 0.05, 0.1 ... 0.95 besides.
    pub roc: Vec<CurvePoint>,
    /// x = recall, y = precision; x is 0.02, 0.04 ... 0.98, 0.99, 0.995, 1.
    pub precision_recall: Vec<CurvePoint>,
}

/// Two models side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairedComparison {
    /// Resamples behind all intervals.
    pub n_resamples: usize,
    /// Model A.
    pub a: RankingEstimate,
    /// Model B.
    pub b: RankingEstimate,
    /// Area under A's ROC curve less that under B's.
    pub roc_auc: Difference,
    /// A's average precision less B's.
    pub average_precision: Difference,
}

/// Compares two models on the same records, a few resamples at a time.
#[derive(Clone, Debug)]
pub struct PairedBootstrap {
    random: Random,
    grid: Grid,
    /// Attacks and normal records of each group.
    groups: Vec<[u64; 2]>,
    weights: Vec<u8>,
    models: [Ranked; 2],
}

/// Where curves are read.
#[derive(Clone, Debug)]
struct Grid {
    false_alarm_rates: Vec<f64>,
    recalls: Vec<f64>,
}

/// One model's order of the records, and what it gave.
#[derive(Clone, Debug)]
struct Ranked {
    /// The oddest first.
    entries: Vec<Entry>,
    /// Of the records themselves.
    observed: Figures,
    /// Of each resample.
    drawn: Vec<Figures>,
}

/// Records of one group with one score.
#[derive(Clone, Copy, Debug)]
struct Entry {
    group: u32,
    n_attacks: u32,
    n_normal: u32,
    /// Whether the next entry has another score.
    ends_tie: bool,
}

#[derive(Clone, Debug, Default)]
struct Figures {
    roc_auc: f64,
    average_precision: f64,
    /// Recall at each false-alarm rate of the grid, then precision at each recall.
    curves: Vec<f32>,
}

impl PairedBootstrap {
    /// Sorts the observations by both models and works out the figures of the records themselves. O(n log n).
    ///
    /// The same observations in the same order and the same seed give the same figures.
    pub fn new(observations: &[PairedObservation], seed: u64) -> Self {
        let (group_of, n_groups) = number_groups(observations.iter().map(|seen| seen.group));
        let mut groups = vec![[0; 2]; n_groups];
        for (seen, &group) in observations.iter().zip(&group_of) {
            groups[group][usize::from(!seen.is_attack)] += u64::from(seen.n);
        }
        let mut bootstrap = Self {
            random: Random::new(seed, STREAM),
            grid: Grid::new(),
            groups,
            weights: vec![1; n_groups],
            models: [
                Ranked::new(observations, &group_of, |seen| seen.raw_a),
                Ranked::new(observations, &group_of, |seen| seen.raw_b),
            ],
        };
        let totals = bootstrap.totals();
        for model in &mut bootstrap.models {
            model.observed = model.walk(&bootstrap.weights, totals, &bootstrap.grid);
        }
        bootstrap
    }

    /// Draws some more resamples, up to [`MAX_RESAMPLES`] in all. O(n) each.
    pub fn step(&mut self, n_resamples: usize) {
        for _ in 0..n_resamples.min(MAX_RESAMPLES - self.n_done()) {
            let totals = self.draw();
            for model in &mut self.models {
                let figures = model.walk(&self.weights, totals, &self.grid);
                model.drawn.push(figures);
            }
        }
    }

    /// Resamples drawn so far.
    pub fn n_done(&self) -> usize {
        self.models[0].drawn.len()
    }

    /// What the resamples so far say.
    pub fn result(&self) -> PairedComparison {
        let [a, b] = &self.models;
        PairedComparison {
            n_resamples: self.n_done(),
            a: a.estimate(&self.grid),
            b: b.estimate(&self.grid),
            roc_auc: difference(a, b, |figures| figures.roc_auc),
            average_precision: difference(a, b, |figures| figures.average_precision),
        }
    }

    /// Draws the weights of a resample; returns its attacks and normal records.
    ///
    /// A resample without one of the classes has no curve and is drawn again, unless the records themselves lack the class.
    fn draw(&mut self) -> [u64; 2] {
        for _ in 1..MAX_DRAWS {
            for weight in &mut self.weights {
                *weight = poisson(&mut self.random);
            }
            let totals = self.totals();
            if totals.iter().all(|&total| total > 0) {
                return totals;
            }
            let has_class = |class: usize| self.groups.iter().any(|group| group[class] > 0);
            if !(has_class(0) && has_class(1)) {
                return totals;
            }
        }
        self.weights.fill(1);
        self.totals()
    }

    /// Attacks and normal records with the present weights.
    fn totals(&self) -> [u64; 2] {
        let mut totals = [0; 2];
        for (group, &weight) in self.groups.iter().zip(&self.weights) {
            totals[0] += group[0] * u64::from(weight);
            totals[1] += group[1] * u64::from(weight);
        }
        totals
    }
}

impl Grid {
    fn new() -> Self {
        let linear = (1..20).map(|step| f64::from(step) / 20.0);
        let mut false_alarm_rates: Vec<f64> = curves::false_alarm_rates().chain(linear).collect();
        false_alarm_rates.sort_unstable_by(f64::total_cmp);
        false_alarm_rates.dedup_by(|next, first| *next - *first < 1e-9);
        Self {
            false_alarm_rates,
            recalls: curves::recalls().collect(),
        }
    }
}

impl Ranked {
    fn new(
        observations: &[PairedObservation],
        group_of: &[usize],
        raw: impl Fn(&PairedObservation) -> f32,
    ) -> Self {
        // −0 and 0 are one score.
        let mut order: Vec<(f32, usize, usize)> = observations
            .iter()
            .zip(group_of)
            .enumerate()
            .map(|(index, (seen, &group))| (raw(seen) + 0.0, group, index))
            .collect();
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut entries: Vec<Entry> = Vec::with_capacity(order.len());
        for tied in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            for rows in tied.chunk_by(|a, b| a.1 == b.1) {
                let n_of = |is_attack: bool| {
                    let seen = rows.iter().map(|row| &observations[row.2]);
                    seen.filter(|seen| seen.is_attack == is_attack)
                        .fold(0u32, |sum, seen| sum.saturating_add(seen.n))
                };
                entries.push(Entry {
                    group: rows[0].1 as u32,
                    n_attacks: n_of(true),
                    n_normal: n_of(false),
                    ends_tie: false,
                });
            }
            if let Some(last) = entries.last_mut() {
                last.ends_tie = true;
            }
        }
        Self {
            entries,
            observed: Figures::default(),
            drawn: Vec::new(),
        }
    }

    /// The figures with these weights of the groups, which sum to these attacks and normal records.
    ///
    /// Curves are read as [`super::Ranking::recall_at`] and [`super::Ranking::precision_at`] read them.
    fn walk(&self, weights: &[u8], totals: [u64; 2], grid: &Grid) -> Figures {
        let [all_attacks, all_normal] = totals.map(|total| total as f64);
        let n_rates = grid.false_alarm_rates.len();
        let mut curves = vec![0.0f32; n_rates + grid.recalls.len()];
        let (recall_at, precision_at) = curves.split_at_mut(n_rates);
        let mut rates = recall_at
            .iter_mut()
            .zip(grid.false_alarm_rates.iter().map(|rate| rate * all_normal))
            .peekable();
        let mut recalls = precision_at
            .iter_mut()
            .zip(grid.recalls.iter().map(|recall| recall * all_attacks))
            .peekable();
        let mut areas = Areas::default();
        let (mut attacks, mut normals) = (0u64, 0u64);
        for entry in &self.entries {
            let weight = u64::from(weights[entry.group as usize]);
            attacks += weight * u64::from(entry.n_attacks);
            normals += weight * u64::from(entry.n_normal);
            if !entry.ends_tie || attacks + normals == 0 {
                continue;
            }
            let (new_attacks, new_normals) = (attacks as f64, normals as f64);
            (attacks, normals) = (0, 0);
            while let Some((recall, wanted)) =
                rates.next_if(|(_, wanted)| areas.fp + new_normals > *wanted)
            {
                let share = (wanted - areas.fp) / new_normals;
                *recall = ((areas.tp + share * new_attacks) / all_attacks.max(1.0)) as f32;
            }
            areas.add(new_attacks, new_normals);
            while let Some((precision, _)) = recalls.next_if(|(_, wanted)| areas.tp >= *wanted) {
                // Without attacks every recall is reached at once, with nothing found.
                *precision = (areas.tp / (areas.tp + areas.fp)) as f32;
            }
        }
        for (recall, _) in rates {
            *recall = (areas.tp / all_attacks.max(1.0)) as f32;
        }
        Figures {
            roc_auc: areas.roc_auc(),
            average_precision: areas.average_precision(),
            curves,
        }
    }

    fn estimate(&self, grid: &Grid) -> RankingEstimate {
        let n_rates = grid.false_alarm_rates.len();
        let points = |xs: &[f64], first: usize| {
            let point = |(index, &x): (usize, &f64)| {
                let of = |figures: &Figures| {
                    f64::from(figures.curves.get(first + index).copied().unwrap_or(0.0))
                };
                let Estimate { value, interval } = estimate(of(&self.observed), &self.drawn, of);
                CurvePoint {
                    x: x as f32,
                    value: value as f32,
                    low: interval[0] as f32,
                    high: interval[1] as f32,
                }
            };
            xs.iter().enumerate().map(point).collect()
        };
        let areas = |of: fn(&Figures) -> f64| estimate(of(&self.observed), &self.drawn, of);
        RankingEstimate {
            roc_auc: areas(|figures| figures.roc_auc),
            average_precision: areas(|figures| figures.average_precision),
            roc: points(&grid.false_alarm_rates, 0),
            precision_recall: points(&grid.recalls, n_rates),
        }
    }
}

fn estimate<T>(value: f64, drawn: &[T], of: impl Fn(&T) -> f64) -> Estimate {
    let mut values: Vec<f64> = drawn.iter().map(of).collect();
    Estimate {
        value,
        interval: if values.is_empty() {
            [value; 2]
        } else {
            interval(&mut values)
        },
    }
}

fn difference(a: &Ranked, b: &Ranked, of: fn(&Figures) -> f64) -> Difference {
    let value = of(&a.observed) - of(&b.observed);
    let drawn: Vec<f64> = a
        .drawn
        .iter()
        .zip(&b.drawn)
        .map(|(a, b)| of(a) - of(b))
        .collect();
    // A difference of 0 is on no side: all resamples are beyond it.
    let n_beyond = drawn.iter().filter(|drawn| **drawn * value <= 0.0).count();
    let share = n_beyond as f64 / drawn.len().max(1) as f64;
    let least = 1.0 / (drawn.len() + 1) as f64;
    Difference {
        estimate: estimate(value, &drawn, |drawn| *drawn),
        p_value: (2.0 * share).clamp(least, 1.0),
    }
}
