//! Bootstrap intervals over groups of equal rows.
//!
//! Equal rows get equal scores, so that a flood of 100,000 copies is one observation and not 100,000. A resample gives each group a weight
//! drawn from a Poisson distribution with mean 1 (Hanley and MacGibbon, 2006), and all of its rows that weight.

use std::collections::BTreeMap;

use super::LabelledScore;
use crate::random::Random;

/// Resamples of an interval: the standard error of either end is then about 2 % of the interval's width (5 % with 200).
const N_RESAMPLES: usize = 1000;

/// The stream of the weights among those of a seed.
pub(super) const STREAM: u64 = 3 << 32;

/// The weights that the groups of a test have in each resample, the same for all models.
#[derive(Clone, Debug)]
pub struct Resamples {
    /// The group of each row, numbered from 0 in the order of the rows.
    group_of: Vec<usize>,
    /// For each resample, the weight of each group.
    weights: Vec<Vec<u8>>,
}

/// Rows of one group that a model scored alike.
struct EqualRows {
    raw: f32,
    is_attack: bool,
    is_found: bool,
    group: usize,
    n: f64,
}

impl Resamples {
    /// Draws them for a test, given the group of each row as any number.
    pub fn draw(groups: &[usize], seed: u64) -> Self {
        let (group_of, n_groups) = number_groups(groups.iter().copied());
        let mut random = Random::new(seed, STREAM);
        let mut weights = || (0..n_groups).map(|_| poisson(&mut random)).collect();
        Self {
            weights: (0..N_RESAMPLES).map(|_| weights()).collect(),
            group_of,
        }
    }

    /// 95 % intervals of a model's `roc_auc average_precision recall false_alarm_rate precision f1`.
    ///
    /// `scores` has one score per row; `is_attack` one entry per label.
    pub(super) fn intervals(
        &self,
        scores: &[LabelledScore],
        is_attack: &[bool],
        threshold: f32,
    ) -> BTreeMap<&'static str, [f64; 2]> {
        let rows = self.equal_rows(scores, is_attack, threshold);
        let mut drawn: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
        for weights in &self.weights {
            for (name, value) in figures(&rows, weights) {
                drawn.entry(name).or_default().push(value);
            }
        }
        drawn
            .into_iter()
            .map(|(name, mut values)| (name, interval(&mut values)))
            .collect()
    }

    /// The rows of a test, the oddest first.
    fn equal_rows(
        &self,
        scores: &[LabelledScore],
        is_attack: &[bool],
        threshold: f32,
    ) -> Vec<EqualRows> {
        let mut rows: Vec<EqualRows> = scores
            .iter()
            .zip(&self.group_of)
            .map(|(score, &group)| EqualRows {
                raw: score.raw,
                is_attack: is_attack.get(score.label as usize).copied().unwrap_or(true),
                is_found: score.risk >= threshold,
                group,
                n: 1.0,
            })
            .collect();
        let kind = |row: &EqualRows| (row.group, row.is_attack, row.is_found);
        rows.sort_unstable_by(|a, b| b.raw.total_cmp(&a.raw).then_with(|| kind(a).cmp(&kind(b))));
        rows.dedup_by(|next, first| {
            let is_equal = next.raw == first.raw && kind(next) == kind(first);
            first.n += if is_equal { next.n } else { 0.0 };
            is_equal
        });
        rows
    }
}

fn figures(rows: &[EqualRows], weights: &[u8]) -> [(&'static str, f64); 6] {
    let mut areas = Areas::default();
    let (mut found_tp, mut found_fp) = (0.0f64, 0.0f64);
    for tied in rows.chunk_by(|a, b| a.raw == b.raw) {
        let (mut attacks, mut normals) = (0.0, 0.0);
        for row in tied {
            let weight = row.n * f64::from(weights[row.group]);
            let count = if row.is_attack {
                &mut attacks
            } else {
                &mut normals
            };
            *count += weight;
            if row.is_found {
                let count = if row.is_attack {
                    &mut found_tp
                } else {
                    &mut found_fp
                };
                *count += weight;
            }
        }
        areas.add(attacks, normals);
    }
    let Areas { tp, fp, .. } = areas;
    let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    [
        ("roc_auc", areas.roc_auc()),
        ("average_precision", areas.average_precision()),
        ("recall", ratio(found_tp, tp)),
        ("false_alarm_rate", ratio(found_fp, fp)),
        ("precision", ratio(found_tp, found_tp + found_fp)),
        ("f1", ratio(2.0 * found_tp, found_tp + found_fp + tp)),
    ]
}

/// Numbers groups from 0 in the order in which they first come; returns the number of each entry and how many there are.
pub(super) fn number_groups(groups: impl Iterator<Item = usize>) -> (Vec<usize>, usize) {
    let mut number_of: BTreeMap<usize, usize> = BTreeMap::new();
    let numbers = groups
        .map(|group| {
            let next = number_of.len();
            *number_of.entry(group).or_insert(next)
        })
        .collect();
    (numbers, number_of.len())
}

/// The 2.5 % and 97.5 % quantiles of what resamples gave, whose order is lost; `values` must not be empty.
pub(super) fn interval(values: &mut [f64]) -> [f64; 2] {
    let last = values.len() - 1;
    [0.025, 0.975].map(|share| {
        let rank = (last as f64 * share).round() as usize;
        *values.select_nth_unstable_by(rank, f64::total_cmp).1
    })
}

/// The areas under both curves, added up from the oddest tie to the least odd one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Areas {
    /// Weight of the attacks so far.
    pub(super) tp: f64,
    /// Weight of the normal records so far.
    pub(super) fp: f64,
    area: f64,
    precision_sum: f64,
}

impl Areas {
    /// Adds the weights of the attacks and of the normal records that share a score.
    pub(super) fn add(&mut self, attacks: f64, normals: f64) {
        self.area += normals * (self.tp + attacks / 2.0);
        self.tp += attacks;
        self.fp += normals;
        if attacks > 0.0 {
            self.precision_sum += attacks * self.tp / (self.tp + self.fp);
        }
    }

    /// As [`super::Ranking::roc_auc`].
    pub(super) fn roc_auc(&self) -> f64 {
        let pairs = self.tp * self.fp;
        if pairs > 0.0 { self.area / pairs } else { 0.5 }
    }

    /// As [`super::Ranking::average_precision`].
    pub(super) fn average_precision(&self) -> f64 {
        if self.tp > 0.0 {
            self.precision_sum / self.tp
        } else {
            0.0
        }
    }
}

/// The Poisson distribution with mean 1 added up: the shares at most 0, 1 ... 19. What is beyond is 20, one in 10¹⁸.
const AT_MOST: [f64; 20] = {
    let mut at_most = [0.0; 20];
    // e⁻¹.
    let mut term = 0.367_879_441_171_442_33;
    let (mut sum, mut k) = (term, 0);
    while k < at_most.len() {
        at_most[k] = sum;
        k += 1;
        term /= k as f64;
        sum += term;
    }
    at_most
};

/// Poisson with mean 1, by inversion.
///
/// The first steps are counted without a branch, as none could foresee which way it goes: 145,000 draws are a good part of a resample.
pub(super) fn poisson(random: &mut Random) -> u8 {
    let draw = random.uniform();
    let (common, rare) = AT_MOST.split_at(4);
    let count = |steps: &[f64]| -> u8 { steps.iter().map(|&step| u8::from(draw >= step)).sum() };
    let k = count(common);
    if k < 4 { k } else { k + count(rare) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_ranking_has_no_spread_and_a_random_one_has() {
        let mut random = Random::new(1, 0);
        let scores = |perfect: bool, random: &mut Random| -> Vec<LabelledScore> {
            (0..2_000)
                .map(|row| {
                    let raw = if perfect {
                        (row % 2) as f32
                    } else {
                        random.uniform() as f32
                    };
                    LabelledScore {
                        raw,
                        risk: 100.0 * raw,
                        label: row % 2,
                    }
                })
                .collect()
        };
        let groups: Vec<usize> = (0..2_000).collect();
        let resamples = Resamples::draw(&groups, 1);
        let of =
            |scores: &[LabelledScore]| resamples.intervals(scores, &[false, true], 50.0)["roc_auc"];
        assert_eq!(of(&scores(true, &mut random)), [1.0, 1.0]);
        let [low, high] = of(&scores(false, &mut random));
        assert!(low < 0.5 && high > 0.5 && high - low < 0.1, "{low} {high}");
    }

    #[test]
    fn copies_do_not_narrow_an_interval() {
        let row = |row: usize| LabelledScore {
            raw: (row % 7) as f32,
            risk: 0.0,
            label: u32::from(row.is_multiple_of(3)),
        };
        let width = |n_copies: usize| {
            let scores: Vec<LabelledScore> = (0..300 * n_copies)
                .map(|copy| row(copy / n_copies))
                .collect();
            let groups: Vec<usize> = (0..300 * n_copies).map(|copy| copy / n_copies).collect();
            let resamples = Resamples::draw(&groups, 1);
            let [low, high] = resamples.intervals(&scores, &[false, true], 50.0)["roc_auc"];
            high - low
        };
        assert!((width(1) - width(10)).abs() < 1e-9);
    }

    #[test]
    fn groups_may_have_any_numbers() {
        let score = |row: u32| LabelledScore {
            raw: (row % 5) as f32,
            risk: 0.0,
            label: row % 2,
        };
        let scores: Vec<LabelledScore> = (0..100).map(score).collect();
        let of = |factor: usize| {
            let groups: Vec<usize> = (0..100).map(|row| row / 2 * factor).collect();
            Resamples::draw(&groups, 1).intervals(&scores, &[false, true], 50.0)
        };
        assert_eq!(of(1), of(1_000_000));
    }

    #[test]
    fn poisson_is_the_inversion_step_by_step() {
        let (mut random, mut again) = (Random::new(9, 0), Random::new(9, 0));
        for _ in 0..50_000 {
            let draw = again.uniform();
            let (mut k, mut term) = (0u8, libm::exp(-1.0));
            let mut sum = term;
            while draw >= sum && k < 20 {
                k += 1;
                term /= f64::from(k);
                sum += term;
            }
            assert_eq!(poisson(&mut random), k);
        }
    }

    #[test]
    fn poisson_has_mean_one() {
        let mut random = Random::new(2, 0);
        let mean = (0..50_000)
            .map(|_| f64::from(poisson(&mut random)))
            .sum::<f64>()
            / 50_000.0;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
    }
}
