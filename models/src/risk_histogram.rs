//! Risks of many records in steps of a tenth: small, exact at every threshold that can be set, and quick to ask.
//!
//! In: a risk and, where there is one, a label per record. Out: counts at any threshold, so that all panels of a page can follow a slider
//! without touching the records again.

use serde::{Deserialize, Serialize};

use crate::evaluation::Confusion;

/// Steps of a tenth from 0 to 100.
pub const N_STEPS: usize = 1001;

/// What is known about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Labelled normal.
    Normal,
    /// Labelled as some attack.
    Attack,
    /// Not labelled.
    Unknown,
}

/// Counts by risk, for normal, attack and unlabelled records apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskHistogram {
    normal: Vec<u32>,
    attack: Vec<u32>,
    unknown: Vec<u32>,
}

impl Default for RiskHistogram {
    fn default() -> Self {
        Self {
            normal: vec![0; N_STEPS],
            attack: vec![0; N_STEPS],
            unknown: vec![0; N_STEPS],
        }
    }
}

/// The step that a risk falls into: ⌊10 × risk⌋. A record is at or above a threshold of whole tenths exactly when its step is.
pub fn step(risk: f32) -> usize {
    // 10 × risk may miss a whole number by the error of an f32 below 1000, under 10⁻⁴: the comparison decides.
    let step = ((f64::from(risk) * 10.0 + 1e-4) as usize).min(N_STEPS - 1);
    step - usize::from(step > 0 && risk < step as f32 / 10.0)
}

impl RiskHistogram {
    /// From the number of records on each step: normal ones, attacks, and those without a label. What is missing counts as 0.
    pub fn from_counts(mut normal: Vec<u32>, mut attack: Vec<u32>, mut unknown: Vec<u32>) -> Self {
        for counts in [&mut normal, &mut attack, &mut unknown] {
            counts.resize(N_STEPS, 0);
        }
        Self {
            normal,
            attack,
            unknown,
        }
    }

    /// Adds a record.
    pub fn add(&mut self, risk: f32, truth: Truth) {
        self.counts_mut(truth)[step(risk)] += 1;
    }

    fn counts(&self, truth: Truth) -> &[u32] {
        match truth {
            Truth::Normal => &self.normal,
            Truth::Attack => &self.attack,
            Truth::Unknown => &self.unknown,
        }
    }

    fn counts_mut(&mut self, truth: Truth) -> &mut [u32] {
        match truth {
            Truth::Normal => &mut self.normal,
            Truth::Attack => &mut self.attack,
            Truth::Unknown => &mut self.unknown,
        }
    }

    /// Number of records of one kind.
    pub fn total(&self, truth: Truth) -> u64 {
        self.counts(truth).iter().map(|&n| u64::from(n)).sum()
    }

    /// Number of records of one kind at or above a threshold.
    pub fn at_or_above(&self, threshold: f32, truth: Truth) -> u64 {
        self.counts(truth)[step(threshold)..]
            .iter()
            .map(|&n| u64::from(n))
            .sum()
    }

    /// Number of records, of any kind, at or above a threshold.
    pub fn n_anomalies(&self, threshold: f32) -> u64 {
        [Truth::Normal, Truth::Attack, Truth::Unknown]
            .into_iter()
            .map(|truth| self.at_or_above(threshold, truth))
            .sum()
    }

    /// Tells whether there are labelled records of both kinds.
    pub fn has_both_labels(&self) -> bool {
        self.total(Truth::Normal) > 0 && self.total(Truth::Attack) > 0
    }

    /// The four outcomes of the labelled records.
    pub fn confusion_at(&self, threshold: f32) -> Confusion {
        let (true_positives, false_positives) = (
            self.at_or_above(threshold, Truth::Attack),
            self.at_or_above(threshold, Truth::Normal),
        );
        Confusion {
            true_positives,
            false_positives,
            true_negatives: self.total(Truth::Normal) - false_positives,
            false_negatives: self.total(Truth::Attack) - true_positives,
        }
    }

    /// The threshold, in whole tenths, with the highest F1, the highest of them where several share it; `None` without attacks.
    pub fn best_f1_threshold(&self) -> Option<f32> {
        let thresholds = (0..N_STEPS).map(|step| step as f32 / 10.0);
        let best = thresholds.max_by(|&a, &b| {
            self.confusion_at(a)
                .f1()
                .total_cmp(&self.confusion_at(b).f1())
        });
        best.filter(|_| self.total(Truth::Attack) > 0)
    }

    /// Counts of one kind in `n_bins` bins of equal width, risk 0 to 100.
    pub fn bins(&self, n_bins: usize, truth: Truth) -> Vec<u64> {
        let mut bins = vec![0; n_bins.max(1)];
        let last = bins.len() - 1;
        for (step, &n) in self.counts(truth).iter().enumerate() {
            bins[(step * n_bins / (N_STEPS - 1)).min(last)] += u64::from(n);
        }
        bins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_comparing_each_risk() {
        let risks: Vec<f32> = (0..=1000)
            .map(|k| k as f32 * 0.1)
            .chain([49.999, 50.0, 50.001, 100.0])
            .collect();
        let mut histogram = RiskHistogram::default();
        risks
            .iter()
            .for_each(|&risk| histogram.add(risk, Truth::Unknown));
        for threshold in [0.0f32, 0.1, 25.0, 49.9, 50.0, 50.1, 74.3, 100.0] {
            let expected = risks.iter().filter(|&&risk| risk >= threshold).count() as u64;
            assert_eq!(histogram.n_anomalies(threshold), expected, "at {threshold}");
        }
    }

    #[test]
    fn the_number_below_a_threshold_is_below_it() {
        for tenths in 1..=1000u16 {
            let threshold = f32::from(tenths) / 10.0;
            assert_eq!(step(threshold), usize::from(tenths));
            assert_eq!(step(threshold.next_down()), usize::from(tenths) - 1);
        }
    }

    #[test]
    fn counts_outcomes_and_finds_the_best_threshold() {
        let mut histogram = RiskHistogram::default();
        for (risk, truth) in [
            (10.0, Truth::Normal),
            (60.0, Truth::Normal),
            (70.0, Truth::Attack),
            (90.0, Truth::Attack),
        ] {
            histogram.add(risk, truth);
        }
        assert_eq!(
            histogram.confusion_at(50.0),
            Confusion {
                true_positives: 2,
                false_positives: 1,
                true_negatives: 1,
                false_negatives: 0
            }
        );
        assert_eq!(histogram.best_f1_threshold(), Some(70.0));
        assert_eq!(histogram.bins(4, Truth::Attack), [0, 0, 1, 1]);
    }
}
