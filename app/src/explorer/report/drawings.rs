//! The charts of a report: each drawn for a wide and for a narrow screen, and where the script moves the mark of the threshold.
//!
//! In: charts. Out: SVG whose `data-area` is the rectangle of its data (left, top, right, bottom in its own units) and whose `data-axes` says
//! what is along them: `risk` from left to right; `roc`, the square root of the false-alarm rate and recall; `pr`, recall and precision.

use analysis::distribution::{Cut, Distribution};
use analysis::selection::SelectionCounts;
use models::evaluation::Confusion;

use crate::job::result::{FeatureFacts, FileResult, RankingResult};
use crate::plots::category_bars::{CategoryBars, CategoryValue};
use crate::plots::curve::{Curve, CurveBands, CurvePoint};
use crate::plots::feature_histogram::{FeatureHistogram, PartSeries};
use crate::plots::inline_svg::to_inline_svg;
use crate::plots::precision_recall::PrecisionRecall;
use crate::plots::roc::Roc;
use crate::plots::scene::Rect;
use crate::plots::score_histogram::ScoreHistogram;
use crate::plots::threshold_curves::ThresholdCurves;
use crate::plots::{Chart, ChartFrame, escaped};

/// Classes in the style sheet with the width and height of their drawings in CSS pixels.
const DRAWINGS: [(&str, f32, f32); 2] = [("wide", 530.0, 320.0), ("narrow", 320.0, 340.0)];

/// Size of the drawing of a feature.
const FEATURE_SIZE: (f32, f32) = (310.0, 130.0);

/// A threshold that charts do not draw: the script has a mark of its own.
const NOT_DRAWN: f32 = f32::INFINITY;

/// What is along the axes of a chart that has a mark.
#[derive(Clone, Copy, Debug)]
enum Along {
    Risk,
    Roc,
    PrecisionRecall,
}

/// How risk is distributed.
pub(super) fn risk_histogram(counts: &SelectionCounts, threshold: f32) -> String {
    let of = |threshold| ScoreHistogram::new(&counts.risks, threshold);
    let chart = of(NOT_DRAWN);
    let area = |frame: &ChartFrame| chart.plot_area(frame);
    drawn(
        &chart,
        &of(threshold).summary(),
        Along::Risk,
        area,
        |area| upright(area, threshold),
    )
}

/// What each threshold does.
pub(super) fn threshold_curves(counts: &SelectionCounts, threshold: f32) -> String {
    let mut chart = ThresholdCurves::new(&counts.risks, threshold, None);
    let summary = chart.summary();
    chart.threshold = NOT_DRAWN;
    let area = |frame: &ChartFrame| chart.plot_area(frame);
    drawn(&chart, &summary, Along::Risk, area, |area| {
        upright(area, threshold)
    })
}

/// The ROC curves of all models, the chosen one first.
pub(super) fn roc(
    result: &FileResult,
    rankings: &[Option<RankingResult>],
    model: usize,
    at: &Confusion,
) -> String {
    let chart = Roc {
        curves: curves(result, rankings, model),
        operating: None,
    };
    let area = |frame: &ChartFrame| chart.plot_area(frame);
    drawn(&chart, &chart.summary(), Along::Roc, area, |area| {
        ring(area, at.false_alarm_rate().sqrt(), at.recall())
    })
}

/// Precision and recall of all models, the chosen one first.
pub(super) fn precision_recall(
    result: &FileResult,
    rankings: &[Option<RankingResult>],
    model: usize,
    at: &Confusion,
) -> String {
    let n_attacks = at.true_positives + at.false_negatives;
    let chart = PrecisionRecall {
        curves: curves(result, rankings, model),
        operating: None,
        base_rate: n_attacks as f64 / at.total().max(1) as f64,
    };
    let area = |frame: &ChartFrame| chart.plot_area(frame);
    drawn(
        &chart,
        &chart.summary(),
        Along::PrecisionRecall,
        area,
        |area| ring(area, at.recall(), at.precision()),
    )
}

/// Both drawings of a chart with its sentence, each with its mark.
fn drawn(
    chart: &dyn Chart,
    summary: &str,
    along: Along,
    area_of: impl Fn(&ChartFrame) -> Rect,
    mark: impl Fn(Rect) -> String,
) -> String {
    let axes = match along {
        Along::Risk => "risk",
        Along::Roc => "roc",
        Along::PrecisionRecall => "pr",
    };
    let mut html = format!("<figure role=\"img\" aria-label=\"{}\">", escaped(summary));
    for (class, width, height) in DRAWINGS {
        let frame = ChartFrame::new(width, height, 1.0);
        let area = area_of(&frame);
        let Rect {
            left,
            top,
            right,
            bottom,
        } = area;
        let svg = to_inline_svg(chart, &frame);
        let attributes = format!(
            "<svg class=\"{class}\" data-axes=\"{axes}\" data-area=\"{left:.1} {top:.1} {right:.1} {bottom:.1}\" "
        );
        html.push_str(&svg.replacen("<svg ", &attributes, 1).replacen(
            "</svg>",
            &format!("{}</svg>", mark(area)),
            1,
        ));
    }
    html.push_str("</figure>");
    html
}

/// The mark of a threshold across an axis of risk.
fn upright(area: Rect, threshold: f32) -> String {
    let x = area.left + area.width() * threshold / 100.0;
    format!(
        "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
        area.top, area.bottom
    )
}

/// The mark of a threshold on a curve, at shares of both axes.
fn ring(area: Rect, x: f64, y: f64) -> String {
    format!(
        "<circle class=\"mark\" r=\"6\" cx=\"{:.1}\" cy=\"{:.1}\"/>",
        area.left + area.width() * x as f32,
        area.bottom - area.height() * y as f32
    )
}

fn curves(result: &FileResult, rankings: &[Option<RankingResult>], model: usize) -> Vec<Curve> {
    let models = result.models.iter().zip(rankings).enumerate();
    let mut curves: Vec<Curve> = models
        .filter_map(|(colour, (name, ranking))| {
            let ranking = ranking.as_ref()?;
            let point = |at: &models::evaluation::Operating| {
                let confusion = Confusion {
                    true_positives: at.true_positives,
                    false_positives: at.false_positives,
                    true_negatives: ranking.n_normal.saturating_sub(at.false_positives),
                    false_negatives: ranking.n_attacks.saturating_sub(at.true_positives),
                };
                CurvePoint::new(at.threshold, &confusion)
            };
            Some(Curve {
                name: name.title.clone(),
                colour,
                roc_auc: ranking.roc_auc,
                average_precision: ranking.average_precision,
                points: ranking.curve.iter().map(point).collect(),
                bands: CurveBands::default(),
            })
        })
        .collect();
    curves.sort_by_key(|curve| curve.colour != model);
    curves
}

/// How a feature is distributed in two parts of the selection, named by `parts`, whose counts per bin are given.
pub(super) fn feature(
    facts: &FeatureFacts,
    parts: &[String; 2],
    counts: &[Vec<u64>; 2],
) -> (String, String) {
    let all = facts.all.iter().map(|&n| u64::from(n));
    let of = |part: usize, bin: usize| counts[part].get(bin).copied().unwrap_or_default();
    let chart: Box<dyn Chart> = match &facts.cut {
        Cut::Numbers(bins) => Box::new(FeatureHistogram {
            feature: facts.name.clone(),
            edges: bins.edges.clone(),
            is_log: bins.is_log,
            n_all: all.collect(),
            parts: [0, 1].map(|part| PartSeries {
                name: parts[part].clone(),
                counts: counts[part].clone(),
            }),
            brush: None,
            is_compact: true,
        }),
        Cut::Words { names, .. } => Box::new(CategoryBars {
            feature: facts.name.clone(),
            values: names
                .iter()
                .zip(all)
                .enumerate()
                .map(|(bin, (name, n_all))| CategoryValue {
                    name: name.clone(),
                    n_all,
                    n_parts: [of(0, bin), of(1, bin)],
                })
                .collect(),
            part_names: parts.clone(),
            chosen: Vec::new(),
            is_compact: true,
        }),
    };
    let (width, height) = FEATURE_SIZE;
    let frame = ChartFrame::new(width, height, 1.0);
    (to_inline_svg(&*chart, &frame), chart.summary())
}

/// Counts per bin of the two parts: normal rows and attacks where there are labels, else below and from the threshold on.
pub(super) fn parts_of(
    distribution: &Distribution,
    n_bins: usize,
    has_labels: bool,
    threshold: f32,
) -> [Vec<u64>; 2] {
    let by_truth = |kind: usize| {
        let counts = distribution.by_truth.chunks_exact(3);
        let counts = counts.map(|of_bin| of_bin.get(kind).copied().unwrap_or_default());
        counts.map(u64::from).collect()
    };
    if has_labels {
        return [by_truth(0), by_truth(1)];
    }
    let above = |bin| u64::from(distribution.n_at_or_above(bin, threshold));
    let all = |bin| u64::from(distribution.n_at_or_above(bin, 0.0));
    [
        (0..n_bins).map(|bin| all(bin) - above(bin)).collect(),
        (0..n_bins).map(above).collect(),
    ]
}

/// The colours of the two parts, as variables of the style sheet are named.
pub(super) const PART_COLOURS: [&str; 2] = ["s1", "s2"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::Palette;

    /// The style sheet draws the legend in these, the charts in the palette's first two.
    #[test]
    fn colours_of_parts_are_those_of_the_charts() {
        let chart = ScoreHistogram {
            normal: vec![1],
            attack: vec![1],
            ..ScoreHistogram::default()
        };
        let svg = to_inline_svg(&chart, &ChartFrame::new(300.0, 200.0, 1.0));
        for name in PART_COLOURS {
            assert!(svg.contains(&format!("var(--{name})")));
        }
        assert!(Palette::light().series.len() > PART_COLOURS.len());
    }
}
