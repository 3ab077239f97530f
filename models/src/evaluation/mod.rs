//! How well scores separate attacks from normal records: ROC, precision and recall, confusion.
//!
//! In: a score and a label per record. Out: [`Ranking`], from which every figure and curve is read. Definitions as in scikit-learn
//! (ties share a threshold, average precision without interpolation), compared with it in the tests.

mod bootstrap;
mod curves;
mod mcnemar;
pub mod measure;
pub mod paired;
pub mod report;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Counts of the four outcomes at one threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confusion {
    /// Attacks called anomalies.
    pub true_positives: u64,
    /// Normal records called anomalies: false alarms.
    pub false_positives: u64,
    /// Normal records called normal.
    pub true_negatives: u64,
    /// Attacks called normal: misses.
    pub false_negatives: u64,
}

impl Confusion {
    /// Share of the records called right.
    pub fn accuracy(&self) -> f64 {
        ratio(self.true_positives + self.true_negatives, self.total())
    }

    /// Share of the anomalies that are attacks.
    pub fn precision(&self) -> f64 {
        ratio(
            self.true_positives,
            self.true_positives + self.false_positives,
        )
    }

    /// Share of the attacks that are found.
    pub fn recall(&self) -> f64 {
        ratio(
            self.true_positives,
            self.true_positives + self.false_negatives,
        )
    }

    /// Share of the normal records called anomalies.
    pub fn false_alarm_rate(&self) -> f64 {
        ratio(
            self.false_positives,
            self.false_positives + self.true_negatives,
        )
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        ratio(
            2 * self.true_positives,
            2 * self.true_positives + self.false_positives + self.false_negatives,
        )
    }

    /// Mean of recall and of the share of normal records called normal: 0.5 for whoever always says the same.
    pub fn balanced_accuracy(&self) -> f64 {
        f64::midpoint(self.recall(), 1.0 - self.false_alarm_rate())
    }

    /// Matthews' correlation coefficient (1975), −1..=1; 0 where a verdict or a class is missing.
    pub fn matthews_correlation(&self) -> f64 {
        let [tp, fp, tn, fn_] = [
            self.true_positives,
            self.false_positives,
            self.true_negatives,
            self.false_negatives,
        ]
        .map(|count| count as f64);
        let product = (tp + fp) * (tp + fn_) * (tn + fp) * (tn + fn_);
        if product == 0.0 {
            0.0
        } else {
            (tp * tn - fp * fn_) / libm::sqrt(product)
        }
    }

    /// Number of records.
    pub fn total(&self) -> u64 {
        self.true_positives + self.false_positives + self.true_negatives + self.false_negatives
    }
}

/// 0 where there is nothing to divide by, as scikit-learn's `zero_division=0`.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// One threshold of a ranking: everything at or above it is called an anomaly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operating {
    /// The score.
    pub threshold: f32,
    /// Attacks at or above it.
    pub true_positives: u64,
    /// Normal records at or above it.
    pub false_positives: u64,
}

/// Scores in descending order with the counts at each distinct one.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    points: Vec<Operating>,
    n_attacks: u64,
    n_normal: u64,
}

impl Ranking {
    /// Sorts pairs of score and "is an attack". O(n log n).
    pub fn new(mut scored: Vec<(f32, bool)>) -> Self {
        scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        Self::of_descending(scored.into_iter())
    }

    /// From pairs of score and "is an attack" in descending order of score.
    pub fn of_descending(scored: impl Iterator<Item = (f32, bool)>) -> Self {
        let mut points: Vec<Operating> = Vec::new();
        let (mut n_attacks, mut n_normal) = (0, 0);
        for (score, is_attack) in scored {
            n_attacks += u64::from(is_attack);
            n_normal += u64::from(!is_attack);
            let point = Operating {
                threshold: score,
                true_positives: n_attacks,
                false_positives: n_normal,
            };
            match points.last_mut() {
                Some(last) if last.threshold == score => *last = point,
                _ => points.push(point),
            }
        }
        Self {
            points,
            n_attacks,
            n_normal,
        }
    }

    /// Number of attacks.
    pub fn n_attacks(&self) -> u64 {
        self.n_attacks
    }

    /// Number of normal records.
    pub fn n_normal(&self) -> u64 {
        self.n_normal
    }

    /// Area under the ROC curve, by trapezoids; 0.5 where one of the classes is missing.
    pub fn roc_auc(&self) -> f64 {
        if self.n_attacks == 0 || self.n_normal == 0 {
            return 0.5;
        }
        let mut area = 0.0;
        let (mut tp, mut fp) = (0, 0);
        for point in &self.points {
            area += (point.false_positives - fp) as f64 * (point.true_positives + tp) as f64 / 2.0;
            (tp, fp) = (point.true_positives, point.false_positives);
        }
        area / (self.n_attacks as f64 * self.n_normal as f64)
    }

    /// Average precision: Σ (recallₙ − recallₙ₋₁) × precisionₙ; 0 where there is no attack.
    pub fn average_precision(&self) -> f64 {
        let mut sum = 0.0;
        let mut tp = 0;
        for point in &self.points {
            sum += (point.true_positives - tp) as f64
                * ratio(
                    point.true_positives,
                    point.true_positives + point.false_positives,
                );
            tp = point.true_positives;
        }
        if self.n_attacks == 0 {
            0.0
        } else {
            sum / self.n_attacks as f64
        }
    }

    /// Counts when every score at or above `threshold` is called an anomaly.
    pub fn confusion_at(&self, threshold: f32) -> Confusion {
        let above = self
            .points
            .partition_point(|point| point.threshold >= threshold);
        let (tp, fp) = above
            .checked_sub(1)
            .and_then(|last| self.points.get(last))
            .map_or((0, 0), |point| {
                (point.true_positives, point.false_positives)
            });
        self.confusion(tp, fp)
    }

    /// The threshold with the highest F1, the highest of them where several share it; `None` without attacks.
    pub fn best_f1(&self) -> Option<(f32, Confusion)> {
        let f1 = |point: &Operating| {
            ratio(
                2 * point.true_positives,
                self.n_attacks + point.true_positives + point.false_positives,
            )
        };
        let best = self
            .points
            .iter()
            .fold(None, |best: Option<&Operating>, point| match best {
                Some(best) if f1(best) >= f1(point) => Some(best),
                _ => Some(point),
            })?;
        (self.n_attacks > 0).then(|| {
            (
                best.threshold,
                self.confusion(best.true_positives, best.false_positives),
            )
        })
    }

    /// Counts when as many records as there are attacks are called anomalies, the oddest first; ties with the last are in.
    pub fn confusion_at_ratio(&self) -> Confusion {
        if self.n_attacks == 0 {
            return self.confusion(0, 0);
        }
        let last = self
            .points
            .iter()
            .find(|point| point.true_positives + point.false_positives >= self.n_attacks);
        last.map_or_else(Confusion::default, |point| {
            self.confusion(point.true_positives, point.false_positives)
        })
    }

    /// Recall at a false-alarm rate, on the straight line between two thresholds where it lies there.
    pub fn recall_at(&self, false_alarm_rate: f64) -> f64 {
        let wanted = false_alarm_rate * self.n_normal as f64;
        let above = self
            .points
            .partition_point(|point| point.false_positives as f64 <= wanted);
        let (tp, fp) = above
            .checked_sub(1)
            .and_then(|last| self.points.get(last))
            .map_or((0, 0), |point| {
                (point.true_positives, point.false_positives)
            });
        let beyond = self.points.get(above).map_or(0.0, |next| {
            let share = (wanted - fp as f64) / (next.false_positives - fp) as f64;
            share * (next.true_positives - tp) as f64
        });
        (tp as f64 + beyond) / self.n_attacks.max(1) as f64
    }

    /// Precision at the highest threshold with at least this recall; 0 without attacks.
    pub fn precision_at(&self, recall: f64) -> f64 {
        let wanted = recall * self.n_attacks as f64;
        let first = self
            .points
            .partition_point(|point| (point.true_positives as f64) < wanted);
        self.points.get(first).map_or(0.0, |point| {
            ratio(
                point.true_positives,
                point.true_positives + point.false_positives,
            )
        })
    }

    /// At most about `n_points` thresholds that keep the shape of both curves: evenly spread over false alarms and over recall, the
    /// corners and both ends always among them.
    pub fn curve(&self, n_points: usize) -> Vec<Operating> {
        let n_steps = (n_points / 2).max(2) as u64;
        let step_of = |count: u64, total: u64| (count * n_steps).checked_div(total).unwrap_or(0);
        let mut kept: Vec<Operating> = Vec::new();
        let mut last_step = None;
        for (index, point) in self.points.iter().enumerate() {
            let step = (
                step_of(point.true_positives, self.n_attacks),
                step_of(point.false_positives, self.n_normal),
            );
            if last_step != Some(step) || index + 1 == self.points.len() {
                // The point before a jump is a corner.
                if let Some(before) = index
                    .checked_sub(1)
                    .and_then(|before| self.points.get(before))
                    && kept.last() != Some(before)
                {
                    kept.push(*before);
                }
                kept.push(*point);
            }
            last_step = Some(step);
        }
        kept
    }

    fn confusion(&self, true_positives: u64, false_positives: u64) -> Confusion {
        Confusion {
            true_positives,
            false_positives,
            true_negatives: self.n_normal - false_positives,
            false_negatives: self.n_attacks - true_positives,
        }
    }
}

/// How many records of one attack type there are and how many were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackRecall {
    /// Records of the type.
    pub n: u64,
    /// Those at or above the threshold.
    pub found: u64,
}

/// The figures of one model on labelled records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFigures {
    /// `ensemble`, or a detector's name.
    pub model: String,
    /// Area under the ROC curve of the raw scores.
    pub roc_auc: f64,
    /// Average precision of the raw scores.
    pub average_precision: f64,
    /// Risk at and above which records are called anomalies, for all that follows.
    pub threshold: f32,
    /// Counts of the four outcomes.
    pub confusion: Confusion,
    /// Share called right.
    pub accuracy: f64,
    /// Share of the anomalies that are attacks.
    pub precision: f64,
    /// Share of the attacks found.
    pub recall: f64,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
    /// Share of normal records called anomalies: what the threshold's p became on these records.
    pub false_alarm_rate: f64,
    /// The F1 that the best threshold in hindsight would give.
    pub best_f1: f64,
    /// Recall and false-alarm rate at the calibrated rates of 10 %, 1 % and 0.1 %.
    pub at_calibrated_rates: Vec<CalibratedRate>,
    /// By attack type.
    pub recall_by_attack: BTreeMap<String, AttackRecall>,
}

/// What a threshold calibrated on normal training records does on the records at hand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibratedRate {
    /// The false-alarm rate it was calibrated for.
    pub nominal: f64,
    /// The false-alarm rate that came out.
    pub realised: f64,
    /// Share of the attacks found.
    pub recall: f64,
}

/// One labelled record's scores under one model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelledScore {
    /// Raw score.
    pub raw: f32,
    /// Risk.
    pub risk: f32,
    /// Index of the record's label.
    pub label: u32,
}

impl ModelFigures {
    /// Computes every figure. `labels` names the label indices; see [`is_normal_label`].
    pub fn compute(
        model: &str,
        scores: &[LabelledScore],
        labels: &[String],
        threshold: f32,
    ) -> Self {
        let is_normal: Vec<bool> = labels.iter().map(|label| is_normal_label(label)).collect();
        let is_attack = |score: &LabelledScore| {
            !is_normal
                .get(score.label as usize)
                .copied()
                .unwrap_or(false)
        };
        let by_raw = Ranking::new(
            scores
                .iter()
                .map(|score| (score.raw, is_attack(score)))
                .collect(),
        );
        let by_risk = Ranking::new(
            scores
                .iter()
                .map(|score| (score.risk, is_attack(score)))
                .collect(),
        );
        let confusion = by_risk.confusion_at(threshold);
        let rate = |nominal: f64| {
            let confusion = by_risk.confusion_at(crate::calibration::risk(nominal));
            CalibratedRate {
                nominal,
                realised: confusion.false_alarm_rate(),
                recall: confusion.recall(),
            }
        };
        let mut recall_by_attack: BTreeMap<String, AttackRecall> = BTreeMap::new();
        for score in scores.iter().filter(|score| is_attack(score)) {
            let label = labels
                .get(score.label as usize)
                .map_or("(unknown)", String::as_str);
            if !recall_by_attack.contains_key(label) {
                recall_by_attack.insert(label.to_owned(), AttackRecall::default());
            }
            if let Some(recall) = recall_by_attack.get_mut(label) {
                recall.n += 1;
                recall.found += u64::from(score.risk >= threshold);
            }
        }
        Self {
            model: model.to_owned(),
            roc_auc: by_raw.roc_auc(),
            average_precision: by_raw.average_precision(),
            threshold,
            confusion,
            accuracy: confusion.accuracy(),
            precision: confusion.precision(),
            recall: confusion.recall(),
            f1: confusion.f1(),
            false_alarm_rate: confusion.false_alarm_rate(),
            best_f1: by_raw
                .best_f1()
                .map_or(0.0, |(_, confusion)| confusion.f1()),
            at_calibrated_rates: [0.1, 0.01, 0.001].into_iter().map(rate).collect(),
            recall_by_attack,
        }
    }
}

/// The four families of attacks of the KDD files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttackFamily {
    /// Denial of service.
    Dos,
    /// Probing.
    Probe,
    /// Remote to local.
    R2l,
    /// User to root.
    U2r,
    /// Not one of the types of the KDD files.
    Other,
}

impl AttackFamily {
    /// The family of an attack type, as its label names it without the closing dot.
    pub fn of(attack: &str) -> AttackFamily {
        match attack {
            "back" | "land" | "neptune" | "pod" | "smurf" | "teardrop" | "apache2" | "mailbomb"
            | "processtable" | "udpstorm" | "worm" => Self::Dos,
            "ipsweep" | "nmap" | "portsweep" | "satan" | "mscan" | "saint" => Self::Probe,
            "ftp_write" | "guess_passwd" | "imap" | "multihop" | "phf" | "spy" | "warezclient"
            | "warezmaster" | "httptunnel" | "named" | "sendmail" | "snmpgetattack"
            | "snmpguess" | "xlock" | "xsnoop" => Self::R2l,
            "buffer_overflow" | "loadmodule" | "perl" | "rootkit" | "ps" | "sqlattack"
            | "xterm" => Self::U2r,
            _ => Self::Other,
        }
    }

    /// Its usual short name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dos => "dos",
            Self::Probe => "probe",
            Self::R2l => "r2l",
            Self::U2r => "u2r",
            Self::Other => "other",
        }
    }
}

/// Tells whether a label means "normal": `normal`, `benign` or `0`, in any case, with or without a closing dot.
pub fn is_normal_label(label: &str) -> bool {
    let label = label.trim().trim_end_matches('.');
    ["normal", "benign", "0"]
        .iter()
        .any(|normal| label.eq_ignore_ascii_case(normal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(scored: &[(f32, u8)]) -> Ranking {
        Ranking::new(
            scored
                .iter()
                .map(|&(score, label)| (score, label == 1))
                .collect(),
        )
    }

    #[test]
    fn perfect_and_inverted_rankings() {
        assert_eq!(ranking(&[(3.0, 1), (2.0, 1), (1.0, 0)]).roc_auc(), 1.0);
        assert_eq!(ranking(&[(3.0, 0), (2.0, 1), (1.0, 1)]).roc_auc(), 0.0);
        assert_eq!(ranking(&[(1.0, 0), (1.0, 1)]).roc_auc(), 0.5);
        assert_eq!(ranking(&[(1.0, 1)]).roc_auc(), 0.5);
        assert_eq!(ranking(&[]).average_precision(), 0.0);
    }

    #[test]
    fn counts_at_a_threshold_include_it() {
        let confusion = ranking(&[(3.0, 1), (2.0, 0), (2.0, 1), (1.0, 0)]).confusion_at(2.0);
        assert_eq!(
            confusion,
            Confusion {
                true_positives: 2,
                false_positives: 1,
                true_negatives: 1,
                false_negatives: 0
            }
        );
        assert!((confusion.f1() - 0.8).abs() < 1e-12);
        assert_eq!(ranking(&[(1.0, 1)]).confusion_at(5.0).recall(), 0.0);
    }

    #[test]
    fn best_f1_is_no_worse_than_any_threshold() {
        let ranking = ranking(&[(5.0, 1), (4.0, 0), (3.0, 1), (2.0, 0), (1.0, 0)]);
        let (threshold, best) = ranking.best_f1().expect("there are attacks");
        assert_eq!(threshold, 3.0);
        assert!((1..=5).all(|t| ranking.confusion_at(t as f32).f1() <= best.f1()));
    }

    #[test]
    fn a_short_curve_keeps_ends_and_corners() {
        let scored: Vec<(f32, bool)> = (0..10_000)
            .map(|i| (i as f32, i % 100 > 50 || i > 9_000))
            .collect();
        let ranking = Ranking::new(scored);
        let curve = ranking.curve(200);
        assert!(curve.len() < 700, "{}", curve.len());
        let last = curve.last().expect("not empty");
        assert_eq!(
            (last.true_positives, last.false_positives),
            (ranking.n_attacks(), ranking.n_normal())
        );
        assert!(
            curve
                .windows(2)
                .all(|pair| pair[0].threshold > pair[1].threshold)
        );
    }

    #[test]
    fn knows_normal_labels_and_families() {
        assert!(
            is_normal_label("normal.") && is_normal_label(" BENIGN") && !is_normal_label("smurf.")
        );
        assert_eq!(AttackFamily::of("saint"), AttackFamily::Probe);
        assert_eq!(AttackFamily::of("zero-day"), AttackFamily::Other);
    }
}
