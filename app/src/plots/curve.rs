//! Curves over all thresholds of a model: where they come from, how they are drawn, which point is under the pointer.

use models::evaluation::report::BandPoint;
use models::evaluation::{Confusion, Ranking};
use models::risk_histogram::RiskHistogram;

use super::Hit;
use super::bands::{point_at, without_small_steps};
use super::frame::{Axes, LegendEntry, Swatch};
use super::number;
use super::palette::Palette;
use super::scene::{Rect, Scene, text_width};

/// Thresholds that a curve of a ranking keeps: more than a screen has pixels.
const N_POINTS: usize = 800;

/// What happens at one threshold, as shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Risk at and above which records are called anomalies.
    pub threshold: f32,
    /// Share of the normal records called anomalies.
    pub false_alarm_rate: f32,
    /// Share of the attacks found.
    pub recall: f32,
    /// Share of the anomalies that are attacks.
    pub precision: f32,
}

impl CurvePoint {
    /// From the four outcomes.
    pub fn new(threshold: f32, confusion: &Confusion) -> Self {
        Self {
            threshold,
            false_alarm_rate: confusion.false_alarm_rate() as f32,
            recall: confusion.recall() as f32,
            precision: confusion.precision() as f32,
        }
    }
}

/// Between which values a curve lies in 95 % of bootstrap resamples of the records; empty where that was not worked out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurveBands {
    /// Recall by rising rate of false alarms.
    pub roc: Vec<BandPoint>,
    /// Precision by rising recall.
    pub precision_recall: Vec<BandPoint>,
}

/// Which of its bands a chart draws.
pub(super) type BandOf = fn(&CurveBands) -> &[BandPoint];

/// One model's curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The model.
    pub name: String,
    /// Index into the palette's series.
    pub colour: usize,
    /// Area under the ROC curve.
    pub roc_auc: f64,
    /// Average precision.
    pub average_precision: f64,
    /// By falling threshold, both rates rising.
    pub points: Vec<CurvePoint>,
    /// How far it may be off.
    pub bands: CurveBands,
}

impl Curve {
    /// From a ranking by risk.
    pub fn of_ranking(name: &str, colour: usize, ranking: &Ranking) -> Self {
        let point = |operating: models::evaluation::Operating| {
            let confusion = Confusion {
                true_positives: operating.true_positives,
                false_positives: operating.false_positives,
                true_negatives: ranking.n_normal() - operating.false_positives,
                false_negatives: ranking.n_attacks() - operating.true_positives,
            };
            CurvePoint::new(operating.threshold, &confusion)
        };
        Self {
            name: name.to_owned(),
            colour,
            roc_auc: ranking.roc_auc(),
            average_precision: ranking.average_precision(),
            points: ranking.curve(N_POINTS).into_iter().map(point).collect(),
            bands: CurveBands::default(),
        }
    }

    /// From counts by tenths of risk: thresholds between 0 and 100, the figures those of risks rounded down to a tenth.
    pub fn of_histogram(name: &str, colour: usize, histogram: &RiskHistogram) -> Self {
        let mut points: Vec<CurvePoint> = Vec::new();
        let (mut roc_auc, mut average_precision) = (0.0, 0.0);
        let mut before = histogram.confusion_at(f32::INFINITY);
        (before.true_positives, before.false_positives) = (0, 0);
        let (mut last_recall, mut last_rate) = (0.0, 0.0);
        for tenth in (0..=1000u16).rev() {
            let threshold = f32::from(tenth) / 10.0;
            let confusion = histogram.confusion_at(threshold);
            let counts = (confusion.true_positives, confusion.false_positives);
            if counts == (before.true_positives, before.false_positives) {
                continue;
            }
            let (recall, rate) = (confusion.recall(), confusion.false_alarm_rate());
            roc_auc += (rate - last_rate) * (recall + last_recall) / 2.0;
            average_precision += (recall - last_recall) * confusion.precision();
            (last_recall, last_rate, before) = (recall, rate, confusion);
            points.push(CurvePoint::new(threshold, &confusion));
        }
        if !histogram.has_both_labels() {
            roc_auc = 0.5;
        }
        Self {
            name: name.to_owned(),
            colour,
            roc_auc,
            average_precision,
            points,
            bands: CurveBands::default(),
        }
    }
}

/// The threshold in force, for one of the curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatingPoint {
    /// Index of the curve.
    pub curve: usize,
    /// What happens there.
    pub at: CurvePoint,
}

impl OperatingPoint {
    /// The legend's words for the ring, the longest that fits.
    pub(super) fn legend_entry(&self, palette: &Palette, width: f32) -> LegendEntry {
        let risk = number::risk(self.at.threshold);
        let recall = number::percent(self.at.recall.into());
        let long = format!("risk ≥ {risk}: {}", outcome(&self.at));
        let text = if text_width(&long) < width - 24.0 {
            long
        } else {
            format!("risk ≥ {risk}: recall {recall}")
        };
        LegendEntry {
            text,
            colour: palette.ink,
            swatch: Swatch::Ring,
        }
    }
}

/// "recall 99.2 %, precision 99.8 %, 1.0 % false alarms".
pub(super) fn outcome(point: &CurvePoint) -> String {
    format!(
        "recall {}, precision {}, {} false alarms",
        number::percent(point.recall.into()),
        number::percent(point.precision.into()),
        number::percent(point.false_alarm_rate.into())
    )
}

/// Draws each curve's points, placed by `place`, cut at the axes, the first curve on top: it is the one the reader chose.
pub(super) fn draw_curves(
    scene: &mut Scene,
    curves: &[Curve],
    axes: &Axes,
    palette: &Palette,
    place: impl Fn(&Curve) -> Vec<(f32, f32)>,
) {
    for curve in curves.iter().rev() {
        let placed = place(curve);
        let mut points: Vec<(f32, f32)> = Vec::new();
        for point in &placed {
            // Less than half a pixel adds nothing but noise.
            if points
                .last()
                .is_none_or(|last| distance(*last, *point) >= 0.5)
            {
                points.push(*point);
            }
        }
        points.extend(placed.last());
        for piece in axes.clipped(&points) {
            scene.path(piece, palette.series(curve.colour), 2.25);
        }
    }
}

/// Draws the band of each curve, below all lines.
pub(super) fn draw_bands(
    scene: &mut Scene,
    curves: &[Curve],
    axes: &Axes,
    palette: &Palette,
    band_of: BandOf,
) {
    for curve in curves.iter().rev() {
        let band = band_of(&curve.bands);
        if band.len() < 2 {
            continue;
        }
        let place = |value: fn(&BandPoint) -> f32| {
            without_small_steps(band.iter().map(|point| {
                let (x, y) = axes.to_pixel(point.x, value(point));
                // A zoom leaves parts of the band outside.
                let Rect {
                    left,
                    top,
                    right,
                    bottom,
                } = axes.area;
                (x.clamp(left, right), y.clamp(top, bottom))
            }))
        };
        let mut outline = place(|point| point.high);
        outline.extend(place(|point| point.low).into_iter().rev());
        scene.polygon(outline, palette.series(curve.colour), 0.18);
    }
}

/// Between which values a curve lies at a place, in words: `97.9 % to 98.6 %`.
pub(super) fn range_at(band: &[BandPoint], x: f32) -> Option<String> {
    let at = point_at(band, x)?;
    let [low, high] = [at.low, at.high].map(|value| number::percent(value.into()));
    Some(format!("{low} to {high}"))
}

/// The point of any curve nearest to a place in the chart.
pub(super) fn nearest(
    curves: &[Curve],
    axes: &Axes,
    at: (f32, f32),
    values: impl Fn(&CurvePoint) -> (f32, f32),
    band_of: BandOf,
) -> Option<Hit> {
    if !axes.area.contains(at, 12.0) {
        return None;
    }
    let mut best: Option<(f32, &Curve, &CurvePoint, (f32, f32))> = None;
    for curve in curves {
        for point in &curve.points {
            let (x, y) = values(point);
            if !axes.holds(x, y) {
                continue;
            }
            let place = axes.to_pixel(x, y);
            let away = distance(place, at);
            if best.as_ref().is_none_or(|(least, ..)| away < *least) {
                best = Some((away, curve, point, place));
            }
        }
    }
    let (_, curve, point, (x_px, y_px)) = best?;
    let risk = number::risk(point.threshold);
    let mut text = format!("{}: {}, risk ≥ {risk}", curve.name, outcome(point));
    if let Some(range) = range_at(band_of(&curve.bands), values(point).0) {
        text.push_str(&format!("; in 95 % of resamples {range}"));
    }
    Some(Hit {
        text,
        threshold: point.threshold,
        x_px,
        y_px,
    })
}

fn distance(a: (f32, f32), b: (f32, f32)) -> f32 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// About `n` of a curve's points, spread over it, with both ends: what a table shows.
pub(super) fn thinned<T>(points: &[T], n: usize) -> Vec<&T> {
    let last = points.len().saturating_sub(1);
    let step = points.len().div_ceil(n.max(2)).max(1);
    points
        .iter()
        .enumerate()
        .filter(|(index, _)| index % step == 0 || *index == last)
        .map(|(_, point)| point)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::risk_histogram::Truth;

    #[test]
    fn histogram_and_ranking_agree() {
        let scored: Vec<(f32, bool)> = (0..1000u16)
            .map(|i| (f32::from(i % 990) / 10.0, i % 7 < 2 || i > 900))
            .collect();
        let mut histogram = RiskHistogram::default();
        for &(risk, is_attack) in &scored {
            histogram.add(
                risk,
                if is_attack {
                    Truth::Attack
                } else {
                    Truth::Normal
                },
            );
        }
        let ranking = Ranking::new(scored);
        let (a, b) = (
            Curve::of_histogram("m", 0, &histogram),
            Curve::of_ranking("m", 0, &ranking),
        );
        assert!(
            (a.roc_auc - b.roc_auc).abs() < 1e-9,
            "{} {}",
            a.roc_auc,
            b.roc_auc
        );
        assert!((a.average_precision - b.average_precision).abs() < 1e-9);
        assert_eq!(a.points.last(), b.points.last());
        assert!(
            Curve::of_histogram("m", 0, &RiskHistogram::default())
                .points
                .is_empty()
        );
    }
}
