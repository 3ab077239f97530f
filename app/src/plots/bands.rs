//! Curves of several models over the same axes, each a mean with a band from the least to the greatest of several seeds.

use models::evaluation::report::BandPoint;

use super::curve::thinned;
use super::frame::{Axes, Axis, ChartFrame, Legend, LegendEntry, Swatch};
use super::number::Quantity;
use super::palette::Palette;
use super::scene::{Point, Scene};
use super::series::{Dash, Series};
use super::{Chart, Mark, PageChart, Table};

/// Points of a curve that can be read off one by one.
const N_MARKS: usize = 24;
/// Rows of the table.
const N_ROWS: usize = 16;
/// Height below the legend.
const PLOT_HEIGHT: f32 = 330.0;

/// One model's curve.
#[derive(Clone, Debug, PartialEq)]
pub struct BandCurve {
    /// Who it is.
    pub series: Series,
    /// Its figure in the legend: `AUC 0.9993`.
    pub figure: String,
    /// By rising x.
    pub points: Vec<BandPoint>,
}

/// A dashed line to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct Guide {
    /// What it is.
    pub name: String,
    /// Its ends, as values.
    pub points: Vec<Point>,
}

/// The chart.
#[derive(Clone, Debug)]
pub struct BandChart {
    /// What it shows, for the summary: `ROC curves`.
    pub title: &'static str,
    /// To the right.
    pub x: (Quantity, Axis),
    /// Upwards.
    pub y: (Quantity, Axis),
    /// The most important first.
    pub curves: Vec<BandCurve>,
    /// What to compare with.
    pub guides: Vec<Guide>,
}

impl BandChart {
    fn legend(&self, width: f32, palette: &Palette) -> Legend {
        let curves = self
            .curves
            .iter()
            .map(|curve| curve.series.line_entry(&curve.figure, palette));
        let guides = self.guides.iter().map(|guide| LegendEntry {
            text: guide.name.clone(),
            colour: palette.ink_3,
            swatch: Swatch::Line(Dash::Dotted),
        });
        Legend::new(curves.chain(guides).collect(), width)
    }

    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> (Axes, Legend) {
        let legend = self.legend(frame.width, palette);
        let axes = frame.axes(self.x.1.clone(), self.y.1.clone(), legend.height, 0);
        (axes, legend)
    }

    /// The mean of a point, with its range where it has one: `98.2 % (97.9 % to 98.6 %)`.
    fn say(&self, point: &BandPoint) -> String {
        let y = &self.y.0;
        let mean = y.say(point.mean);
        if point.low < point.high {
            format!("{mean} ({} to {})", y.say(point.low), y.say(point.high))
        } else {
            mean
        }
    }

    /// The points from the axis's start on: those before it would lie on one another.
    fn shown<'a>(&self, curve: &'a BandCurve) -> &'a [BandPoint] {
        let start = self.x.1.min;
        let first = curve.points.partition_point(|point| point.x < start);
        curve
            .points
            .get(first.saturating_sub(1)..)
            .unwrap_or_default()
    }
}

impl Chart for BandChart {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let (axes, legend) = self.layout(frame, palette);
        let mut scene = axes.scene(&legend, palette);
        if self.curves.is_empty() {
            axes.draw_empty(&mut scene, palette, "Not measured");
            return scene;
        }
        for guide in &self.guides {
            let placed: Vec<Point> = guide
                .points
                .iter()
                .map(|&(x, y)| axes.to_pixel(x, y))
                .collect();
            scene.patterned(&placed, palette.ink_3, 1.5, Dash::Dotted.lengths());
        }
        // The first on top.
        for curve in self.curves.iter().rev() {
            let points = self.shown(curve);
            let place = |value: fn(&BandPoint) -> f32| {
                let placed = points
                    .iter()
                    .map(|point| axes.to_pixel(point.x, value(point)));
                without_small_steps(placed)
            };
            let colour = curve.series.colour(palette);
            if !curve.series.is_baseline() {
                let mut band = place(|point| point.high);
                band.extend(place(|point| point.low).into_iter().rev());
                scene.polygon(band, colour, 0.14);
            }
            let width = if curve.series.is_baseline() {
                1.5
            } else {
                2.25
            };
            scene.patterned(
                &place(|point| point.mean),
                colour,
                width,
                curve.series.dash.lengths(),
            );
        }
        scene
    }

    fn summary(&self) -> String {
        let Some(first) = self.curves.first() else {
            return format!("{}: not measured.", self.title);
        };
        let models = match self.curves.len() {
            1 => "one model".to_owned(),
            n => format!("{n} models"),
        };
        let (x, y) = (self.x.0.name, self.y.0.name);
        let figure = format!("{} {}", first.series.title, first.figure);
        format!(
            "{} of {models}, {y} against {x}; {}.",
            self.title,
            figure.trim_end()
        )
    }

    fn table(&self) -> Table {
        let mut header = vec![self.x.0.name.to_owned()];
        header.extend(self.curves.iter().map(|curve| curve.series.title.clone()));
        let Some(first) = self.curves.first() else {
            return (header, Vec::new());
        };
        let row = |at: &BandPoint| {
            let values = self.curves.iter().map(|curve| {
                point_at(&curve.points, at.x).map_or("–".into(), |point| self.say(&point))
            });
            let mut row = vec![self.x.0.say(at.x)];
            row.extend(values);
            row
        };
        let rows = thinned(self.shown(first), N_ROWS)
            .into_iter()
            .map(row)
            .collect();
        (header, rows)
    }
}

impl PageChart for BandChart {
    fn height(&self, width: f32) -> f32 {
        self.legend(width, &Palette::light()).height + PLOT_HEIGHT.min(width)
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let (axes, _) = self.layout(frame, &Palette::light());
        let (x, y) = (&self.x.0, &self.y.0);
        let mark = |curve: &BandCurve, point: &BandPoint| {
            let text = format!(
                "{}: {} {} at {} {}",
                curve.series.title,
                y.name,
                self.say(point),
                x.name,
                x.say(point.x)
            );
            Mark {
                text,
                at: axes.to_pixel(point.x, point.mean),
            }
        };
        let of_curve = |curve| {
            let curve: &BandCurve = curve;
            thinned(self.shown(curve), N_MARKS)
                .into_iter()
                .map(|point| mark(curve, point))
                .collect::<Vec<_>>()
        };
        self.curves.iter().flat_map(of_curve).collect()
    }
}

/// Points less than a pixel from the one before add bytes and nothing to see.
pub(super) fn without_small_steps(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    let mut last = None;
    for point in points {
        if kept
            .last()
            .is_none_or(|kept| (kept.0 - point.0).hypot(kept.1 - point.1) >= 1.0)
        {
            kept.push(point);
        }
        last = Some(point);
    }
    kept.extend(last);
    kept
}

/// Mean and range at a place between two points, or `None` beyond the ends.
pub(super) fn point_at(points: &[BandPoint], x: f32) -> Option<BandPoint> {
    let after = points.partition_point(|point| point.x < x);
    let right = points.get(after)?;
    let left = points.get(after.saturating_sub(1))?;
    let range = right.x - left.x;
    if range <= 0.0 {
        return (right.x - x).abs().le(&1e-6).then_some(*right);
    }
    let share = (x - left.x) / range;
    let between = |left: f32, right: f32| left + (right - left) * share;
    Some(BandPoint {
        x,
        mean: between(left.mean, right.mean),
        low: between(left.low, right.low),
        high: between(left.high, right.high),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::inline_svg::to_inline_svg;
    use crate::plots::protocol_curves::roc;
    use crate::plots::specimen;

    #[test]
    fn svg_has_a_band_and_a_line_per_model_and_no_band_for_baselines() {
        let protocol = specimen::protocol("P1");
        let chart = roc(&protocol);
        let frame = ChartFrame::new(540.0, chart.height(540.0), 1.0);
        let svg = to_inline_svg(&chart, &frame);
        for series in ["--s1", "--s4"] {
            assert_eq!(
                svg.matches(&format!("fill=\"var({series})\" fill-opacity"))
                    .count(),
                1
            );
        }
        assert!(!svg.contains("fill=\"var(--ink-3)\" fill-opacity"));
    }

    #[test]
    fn marks_say_model_value_and_range_and_lie_inside() {
        let chart = roc(&specimen::protocol("P1"));
        let frame = ChartFrame::new(540.0, chart.height(540.0), 1.0);
        let (axes, _) = chart.layout(&frame, &Palette::light());
        let marks = chart.marks(&frame);
        assert!(marks.len() <= chart.curves.len() * (N_MARKS + 1));
        assert!(marks.iter().all(|mark| axes.area.contains(mark.at, 0.5)));
        assert!(
            marks[3].text.starts_with("Ensemble: recall ") && marks[3].text.contains(" to "),
            "{}",
            marks[3].text
        );
    }

    #[test]
    fn rows_of_the_table_are_at_different_rates_and_have_the_range() {
        let (_, rows) = roc(&specimen::protocol("P1")).table();
        for (row, next) in rows.iter().zip(&rows[1..]) {
            assert_ne!(row[0], next[0]);
        }
        assert!(rows[3][1].contains(" to "), "{:?}", rows[3]);
    }

    #[test]
    fn reads_values_between_points() {
        let point = |x, mean| BandPoint {
            x,
            mean,
            ..BandPoint::default()
        };
        let points = [point(0.0, 0.0), point(0.5, 1.0)];
        let mean_at = |x| point_at(&points, x).map(|point| point.mean);
        assert_eq!(mean_at(0.25), Some(0.5));
        assert_eq!(mean_at(0.0), Some(0.0));
        assert_eq!(mean_at(0.75), None);
        assert_eq!(point_at(&[], 0.5), None);
    }
}
