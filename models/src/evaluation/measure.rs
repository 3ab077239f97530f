//! From the scores of several seeds to one [`ModelReport`] per model.
//!
//! [`Measurement`] takes the test of one seed after the other and keeps figures and curves, never rows.

use std::collections::{BTreeMap, BTreeSet};

pub use super::bootstrap::Resamples;
use super::curves::{self, Curve};
use super::report::{AttackRow, Histogram, ModelReport, Spread};
use super::{AttackFamily, Confusion, LabelledScore, Ranking, is_normal_label};
use crate::calibration::{DEFAULT_THRESHOLD, risk};

/// A model's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelName {
    /// In files.
    pub name: String,
    /// For people.
    pub title: String,
    /// Tells whether it is there to be beaten.
    pub is_baseline: bool,
}

/// The labels of a test.
#[derive(Clone, Copy, Debug)]
pub struct TestLabels<'a> {
    /// What the label indices mean.
    pub names: &'a [String],
    /// Attack types that the training data have.
    pub known: &'a BTreeSet<String>,
}

/// Everything known of one model under one protocol.
#[derive(Clone, Debug)]
pub struct Measurement {
    model: ModelName,
    figures: BTreeMap<String, Vec<f64>>,
    intervals: BTreeMap<&'static str, [f64; 2]>,
    confusion: Confusion,
    attacks: BTreeMap<String, AttackCounts>,
    roc: Vec<Curve>,
    precision_recall: Vec<Curve>,
    threshold_f1: Vec<Curve>,
    calibration: Vec<Curve>,
    risk_histograms: Vec<Histogram>,
    score_histogram: Histogram,
}

#[derive(Clone, Debug, Default)]
struct AttackCounts {
    is_known: bool,
    n: Vec<f64>,
    recall: Vec<f64>,
}

/// Calibrated false-alarm rates beside that of the default threshold, with their names.
const OTHER_RATES: [(f64, &str); 3] = [
    (0.1, "10_percent"),
    (0.05, "5_percent"),
    (0.001, "0.1_percent"),
];

impl Measurement {
    /// Nothing measured yet.
    pub fn new(model: ModelName) -> Self {
        Self {
            model,
            figures: BTreeMap::new(),
            intervals: BTreeMap::new(),
            confusion: Confusion::default(),
            attacks: BTreeMap::new(),
            roc: Vec::new(),
            precision_recall: Vec::new(),
            threshold_f1: Vec::new(),
            calibration: Vec::new(),
            risk_histograms: Vec::new(),
            score_histogram: Histogram::default(),
        }
    }

    /// Adds the test of a seed, one score per row. The first has what intervals are worked out from.
    pub fn add(
        &mut self,
        scores: &[LabelledScore],
        labels: &TestLabels<'_>,
        resamples: Option<&Resamples>,
    ) {
        let is_attack: Vec<bool> = labels
            .names
            .iter()
            .map(|label| !is_normal_label(label))
            .collect();
        let attack =
            |score: &LabelledScore| is_attack.get(score.label as usize).copied().unwrap_or(true);
        let ranking = |value: &dyn Fn(&LabelledScore) -> f32| {
            Ranking::new(
                scores
                    .iter()
                    .map(|score| (value(score), attack(score)))
                    .collect(),
            )
        };
        let by_raw = ranking(&|score| score.raw);
        let by_risk = ranking(&|score| score.risk);
        let confusion = by_risk.confusion_at(DEFAULT_THRESHOLD);
        if let Some(resamples) = resamples {
            self.intervals = resamples.intervals(scores, &is_attack, DEFAULT_THRESHOLD);
        }
        let is_first = self.roc.is_empty();
        if is_first {
            self.confusion = confusion;
            self.score_histogram = curves::histogram(
                &curves::score_edges(scores),
                scores.iter().map(|score| (score.raw, attack(score))),
            );
        }
        self.roc.push(curves::roc(&by_raw));
        self.precision_recall
            .push(curves::precision_recall(&by_raw));
        self.threshold_f1.push(curves::threshold_f1(&by_risk));
        self.calibration.push(curves::calibration(&by_risk));
        self.risk_histograms.push(curves::histogram(
            &curves::risk_edges(),
            scores.iter().map(|score| (score.risk, attack(score))),
        ));
        let macro_recall = self.add_attacks(scores, labels, &is_attack);
        let figures = [
            ("roc_auc", by_raw.roc_auc()),
            ("average_precision", by_raw.average_precision()),
            (
                "best_f1",
                by_raw.best_f1().map_or(0.0, |(_, best)| best.f1()),
            ),
            ("f1_at_ratio", by_raw.confusion_at_ratio().f1()),
            ("accuracy", confusion.accuracy()),
            ("balanced_accuracy", confusion.balanced_accuracy()),
            ("mcc", confusion.matthews_correlation()),
            ("precision", confusion.precision()),
            ("recall", confusion.recall()),
            ("f1", confusion.f1()),
            ("false_alarm_rate", confusion.false_alarm_rate()),
            ("macro_recall", macro_recall),
        ];
        for (name, value) in figures {
            self.push(name, value);
        }
        for (rate, name) in OTHER_RATES {
            let confusion = by_risk.confusion_at(risk(rate));
            self.push(&format!("recall_at_{name}"), confusion.recall());
            self.push(
                &format!("false_alarm_rate_at_{name}"),
                confusion.false_alarm_rate(),
            );
        }
    }

    fn push(&mut self, name: &str, value: f64) {
        self.figures.entry(name.to_owned()).or_default().push(value);
    }

    /// Counts what was found of each attack type; returns the mean of their recalls.
    fn add_attacks(
        &mut self,
        scores: &[LabelledScore],
        labels: &TestLabels<'_>,
        is_attack: &[bool],
    ) -> f64 {
        let mut counts = vec![(0u64, 0u64); labels.names.len()];
        for score in scores {
            if let Some((n, found)) = counts.get_mut(score.label as usize) {
                *n += 1;
                *found += u64::from(score.risk >= DEFAULT_THRESHOLD);
            }
        }
        let mut recalls = Vec::new();
        for ((name, (n, found)), _) in labels
            .names
            .iter()
            .zip(counts)
            .zip(is_attack)
            .filter(|((_, (n, _)), is_attack)| **is_attack && *n > 0)
        {
            let recall = found as f64 / n as f64;
            recalls.push(recall);
            let attack = self.attacks.entry(name.clone()).or_default();
            attack.is_known |= labels.known.contains(name);
            attack.n.push(n as f64);
            attack.recall.push(recall);
        }
        recalls.iter().sum::<f64>() / recalls.len().max(1) as f64
    }

    /// What was measured.
    pub fn finish(self) -> ModelReport {
        let figures = self
            .figures
            .into_iter()
            .map(|(name, values)| {
                let interval = self.intervals.get(name.as_str()).copied();
                let spread = Spread {
                    interval,
                    ..Spread::of(&values)
                };
                (name, spread)
            })
            .collect();
        let mut recall_by_attack: Vec<AttackRow> = self
            .attacks
            .into_iter()
            .map(|(attack, counts)| AttackRow {
                family: AttackFamily::of(&attack).name().to_owned(),
                is_known: counts.is_known,
                n: Spread::of(&counts.n).mean,
                recall: Spread::of(&counts.recall),
                attack,
            })
            .collect();
        recall_by_attack.sort_by(|a, b| b.n.total_cmp(&a.n).then_with(|| a.attack.cmp(&b.attack)));
        ModelReport {
            name: self.model.name,
            title: self.model.title,
            is_baseline: self.model.is_baseline,
            figures,
            confusion: self.confusion,
            recall_by_attack,
            roc: curves::band(&self.roc),
            precision_recall: curves::band(&self.precision_recall),
            threshold_f1: curves::band(&self.threshold_f1),
            calibration: curves::band(&self.calibration),
            risk_histogram: mean_histogram(&self.risk_histograms),
            score_histogram: self.score_histogram,
        }
    }
}

fn mean_histogram(histograms: &[Histogram]) -> Histogram {
    let Some(first) = histograms.first() else {
        return Histogram::default();
    };
    let mean = |shares: &dyn Fn(&Histogram) -> &Vec<f32>| {
        (0..shares(first).len())
            .map(|bin| {
                let sum: f32 = histograms
                    .iter()
                    .map(|histogram| shares(histogram)[bin])
                    .sum();
                curves::rounded(sum / histograms.len() as f32)
            })
            .collect()
    };
    Histogram {
        edges: first.edges.clone(),
        normal: mean(&|histogram| &histogram.normal),
        attack: mean(&|histogram| &histogram.attack),
    }
}
