//! Curves and histograms on fixed grids, so that those of several seeds can be laid over one another.

use super::report::{BandPoint, Histogram};
use super::{LabelledScore, Ranking};
use crate::calibration::risk;

/// Points of a curve: x and y.
pub(super) type Curve = Vec<(f32, f32)>;

/// Nominal false-alarm rates of the calibration plot.
const NOMINAL: [f64; 9] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/// False-alarm rates that are dense near 0: 0, then 61 from 10⁻⁴ to 1, evenly spaced as logarithms.
pub(super) fn false_alarm_rates() -> impl Iterator<Item = f64> {
    let rates = (0..=60).map(|step| libm::pow(10.0, -4.0 + f64::from(step) / 15.0));
    std::iter::once(0.0).chain(rates)
}

/// Recalls 0.02, 0.04 ... 0.98, 0.99, 0.995, 1.
pub(super) fn recalls() -> impl Iterator<Item = f64> {
    let recalls = (1..50).map(|step| f64::from(step) / 50.0);
    recalls.chain([0.99, 0.995, 1.0])
}

/// Recall at [`false_alarm_rates`].
pub(super) fn roc(ranking: &Ranking) -> Curve {
    false_alarm_rates()
        .map(|rate| (rate as f32, ranking.recall_at(rate) as f32))
        .collect()
}

/// Precision at [`recalls`].
pub(super) fn precision_recall(ranking: &Ranking) -> Curve {
    recalls()
        .map(|recall| (recall as f32, ranking.precision_at(recall) as f32))
        .collect()
}

/// F1 at risks 0, 2 ... 100 as threshold.
pub(super) fn threshold_f1(by_risk: &Ranking) -> Curve {
    (0..=50)
        .map(|step| {
            let threshold = f32::from(2 * step as u8);
            (threshold, by_risk.confusion_at(threshold).f1() as f32)
        })
        .collect()
}

/// The false-alarm rate that comes out at nominal ones.
pub(super) fn calibration(by_risk: &Ranking) -> Curve {
    NOMINAL
        .iter()
        .map(|&nominal| {
            let realised = by_risk.confusion_at(risk(nominal)).false_alarm_rate();
            (nominal as f32, realised as f32)
        })
        .collect()
}

/// Five decimals are more than a chart can show, and half of the file.
pub(super) fn rounded(value: f32) -> f32 {
    (value * 1e5).round() / 1e5
}

/// Mean and range of curves with the same x.
pub(super) fn band(curves: &[Curve]) -> Vec<BandPoint> {
    let Some(first) = curves.first() else {
        return Vec::new();
    };
    (0..first.len())
        .map(|index| {
            let values = curves
                .iter()
                .filter_map(|curve| curve.get(index))
                .map(|point| point.1);
            let n = values.clone().count().max(1) as f32;
            BandPoint {
                x: rounded(first[index].0),
                mean: rounded(values.clone().sum::<f32>() / n),
                low: rounded(values.clone().fold(f32::INFINITY, f32::min)),
                high: rounded(values.fold(f32::NEG_INFINITY, f32::max)),
            }
        })
        .collect()
}

/// Ends of the bins of a risk histogram: 0, 2 ... 100.
pub(super) fn risk_edges() -> Vec<f32> {
    (0..=50).map(|step| f32::from(2 * step as u8)).collect()
}

/// Ends of 50 bins from the lowest score to the 99.9 % quantile; what is beyond belongs to the last.
pub(super) fn score_edges(scores: &[LabelledScore]) -> Vec<f32> {
    let mut sorted: Vec<f32> = scores.iter().map(|score| score.raw).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.get(sorted.len() * 999 / 1000)) else {
        return Vec::new();
    };
    let width = (high - low).max(1e-6) / 50.0;
    (0..=50).map(|step| low + width * step as f32).collect()
}

/// Counts scores into bins; those outside go to the first or last.
pub(super) fn histogram(edges: &[f32], scored: impl Iterator<Item = (f32, bool)>) -> Histogram {
    let n_bins = edges.len().saturating_sub(1);
    let mut counts = [vec![0u64; n_bins], vec![0u64; n_bins]];
    for (score, is_attack) in scored {
        let bin = edges.partition_point(|&edge| edge <= score);
        if let Some(count) = counts[usize::from(is_attack)].get_mut(bin.clamp(1, n_bins.max(1)) - 1)
        {
            *count += 1;
        }
    }
    let [normal, attack] = counts.map(|counts| {
        let total = counts.iter().sum::<u64>().max(1) as f32;
        counts
            .iter()
            .map(|&count| rounded(count as f32 / total))
            .collect()
    });
    Histogram {
        edges: edges.to_vec(),
        normal,
        attack,
    }
}
