//! ROC curves: recall against the rate of false alarms, over all thresholds.
//!
//! Useful models live at false-alarm rates around 1 %, a hundredth of an even axis. The axis is therefore spread by square roots, which
//! gives the first per cent a tenth of the width and still begins at 0 and ends at 100 %; its title says so, and the curve of chance
//! is drawn bent as it then is. The vertical axis is even and complete. A zoom ends the axis at a tenth, a hundredth or a thousandth: what
//! is of interest is always near 0.

use super::curve::{
    Curve, CurvePoint, OperatingPoint, draw_bands, draw_curves, nearest, outcome, range_at, thinned,
};
use super::frame::{Axes, Axis, ChartFrame, Legend, LegendEntry, Spread, Swatch, Tick};
use super::palette::Palette;
use super::scene::{Anchor, Point, Rect, Scene};
use super::series::Dash;
use super::zoom::Zoom;
use super::{Chart, Hit, Table, columns, number};

/// Steps of a zoom: the false-alarm rate to 0.1 %.
const MAX_ZOOM: u8 = 3;

/// ROC curves of several models, the chosen one first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roc {
    /// One per model.
    pub curves: Vec<Curve>,
    /// The threshold in force.
    pub operating: Option<OperatingPoint>,
}

impl Roc {
    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> (Axes, Legend) {
        let entry = |curve: &Curve| LegendEntry {
            text: format!("{} AUC {}", curve.name, number::fraction(curve.roc_auc)),
            colour: palette.series(curve.colour),
            swatch: Swatch::Line(Dash::Solid),
        };
        let mut entries: Vec<LegendEntry> = self.curves.iter().map(entry).collect();
        entries.extend(
            self.operating
                .map(|operating| operating.legend_entry(palette, frame.width)),
        );
        let legend = Legend::new(entries, frame.width);
        let x = false_alarm_axis(frame.zoom.steps);
        let y = Axis::percent("recall (share of attacks found)");
        (frame.axes(x, y, legend.height, 0), legend)
    }

    /// Where data is drawn.
    pub fn plot_area(&self, frame: &ChartFrame) -> Rect {
        self.layout(frame, &Palette::light()).0.area
    }

    /// One step further in than the frame is; `None` at the last. Every step begins at 0, wherever the pointer is.
    pub fn zoom_in(&self, frame: &ChartFrame, _at: Option<Point>) -> Option<Zoom> {
        (frame.zoom.steps < MAX_ZOOM).then(|| frame.zoom.further((0.0, 1.0)))
    }

    /// The nearest curve point to a place in CSS pixels; `None` outside the axes.
    pub fn hit(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Hit> {
        let (axes, _) = self.layout(frame, &Palette::light());
        nearest(
            &self.curves,
            &axes,
            (x_px, y_px),
            |point| (point.false_alarm_rate, point.recall),
            |bands| &bands.roc,
        )
    }
}

impl Chart for Roc {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let (axes, legend) = self.layout(frame, palette);
        let mut scene = axes.scene(&legend, palette);
        if self.curves.is_empty() {
            axes.draw_empty(&mut scene, palette, "No labelled connections");
            return scene;
        }
        draw_chance(&mut scene, &axes, palette);
        draw_bands(&mut scene, &self.curves, &axes, palette, |bands| &bands.roc);
        draw_curves(&mut scene, &self.curves, &axes, palette, |curve| {
            bent(&curve.points, &axes)
        });
        if let Some(OperatingPoint { at, .. }) = self.operating
            && axes.holds(at.false_alarm_rate, at.recall)
        {
            scene.ring(
                axes.to_pixel(at.false_alarm_rate, at.recall),
                palette.ink,
                palette.surface,
            );
        }
        scene
    }

    fn summary(&self) -> String {
        let Some(first) = self.curves.first() else {
            return "ROC curve: no labelled connections.".into();
        };
        let areas: Vec<String> = self
            .curves
            .iter()
            .map(|curve| format!("{} {}", curve.name, number::fraction(curve.roc_auc)))
            .collect();
        let areas = areas.join(", ");
        match &self.operating {
            Some(operating) => {
                let name = self
                    .curves
                    .get(operating.curve)
                    .unwrap_or(first)
                    .name
                    .as_str();
                let risk = number::risk(operating.at.threshold);
                format!(
                    "ROC curves, area under the curve: {areas}; {name} at risk {risk} and above: {}.",
                    outcome(&operating.at)
                )
            }
            None => format!("ROC curves, area under the curve: {areas}."),
        }
    }

    fn table(&self) -> Table {
        let has_bands = self.curves.iter().any(|curve| !curve.bands.roc.is_empty());
        let row = |curve: &Curve, point: &CurvePoint| {
            let mut row = vec![
                curve.name.clone(),
                number::risk(point.threshold),
                number::percent(point.false_alarm_rate.into()),
                number::percent(point.recall.into()),
            ];
            if has_bands {
                let range = range_at(&curve.bands.roc, point.false_alarm_rate);
                row.push(range.unwrap_or_else(|| "–".into()));
            }
            row
        };
        let rows = self.curves.iter().flat_map(|curve| {
            thinned(&curve.points, 50)
                .into_iter()
                .map(move |point| row(curve, point))
        });
        let mut header = columns(["model", "risk at least", "false-alarm rate", "recall"]);
        header.extend(has_bands.then(|| "recall in 95 % of resamples".to_owned()));
        (header, rows.collect())
    }
}

/// Rates of false alarms from 0 to a power of ten.
fn false_alarm_axis(steps: u8) -> Axis {
    let parts = 10f64.powi(steps.min(MAX_ZOOM).into());
    let ticks = [0.0, 100.0, 1.0, 10.0, 50.0, 25.0, 5.0, 0.1].map(|percent| {
        let percent = percent / parts;
        let text = match percent {
            0.0 => "0".to_owned(),
            percent => format!("{percent} %"),
        };
        Tick::new((percent / 100.0) as f32, text)
    });
    Axis {
        min: 0.0,
        max: (1.0 / parts) as f32,
        spread: Spread::SquareRoot,
        title: "false-alarm rate (square-root scale)".into(),
        ticks: ticks.into(),
    }
}

/// Recall equals the rate of false alarms.
fn draw_chance(scene: &mut Scene, axes: &Axes, palette: &Palette) {
    let end = axes.x.max;
    let chance: Vec<Point> = (0..=60u8)
        .map(|k| (f32::from(k) / 60.0).powi(2) * end)
        .map(|rate| axes.to_pixel(rate, rate))
        .collect();
    scene.dashed(&chance, palette.line_strong, 1.5);
    let at = if end < 1.0 {
        // The line lies along the axis: there is room above it only.
        let (x, y) = axes.to_pixel(0.62 * end, 0.62 * end);
        (x, y - 10.0)
    } else {
        let (x, y) = axes.to_pixel(0.62, 0.56);
        (x + 8.0, y + 8.0)
    };
    scene.text("chance", at, Anchor::Start, palette.ink_3);
}

/// A curve from the origin through its points; straight pieces of an even axis are bent on this one, so long ones get points between.
fn bent(points: &[CurvePoint], axes: &Axes) -> Vec<(f32, f32)> {
    const N_PIECES: u8 = 24;
    let mut placed = vec![axes.to_pixel_beyond(0.0, 0.0)];
    let (mut x, mut y) = (0.0, 0.0);
    for point in points {
        let (dx, dy) = (point.false_alarm_rate - x, point.recall - y);
        let pieces = if dx.abs() > 0.001 * axes.x.max {
            N_PIECES
        } else {
            1
        };
        for piece in 1..=pieces {
            // Squares: the bend is where the rate is small.
            let share = (f32::from(piece) / f32::from(pieces)).powi(2);
            placed.push(axes.to_pixel_beyond(x + dx * share, y + dy * share));
        }
        (x, y) = (point.false_alarm_rate, point.recall);
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::legibility::curves;
    use crate::plots::scene::Shape;
    use crate::plots::to_svg;
    use crate::plots::workbench_specimen::banded_curves;

    #[test]
    fn svg_has_axes_curves_and_figures() {
        let roc = Roc {
            curves: curves(3),
            operating: None,
        };
        let svg = to_svg(&roc, 600, 300, &Palette::light());
        for text in [
            "false-alarm rate (square-root scale)",
            "recall (share of attacks found)",
            "ensemble AUC 0.99",
            "chance",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        // The curve and its piece in the legend.
        assert_eq!(svg.matches("stroke=\"#0072b2\"").count(), 2);
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn hit_finds_the_point_it_is_drawn_at() {
        let roc = Roc {
            curves: curves(1),
            operating: None,
        };
        let frame = ChartFrame::new(600.0, 300.0, 2.0);
        let (axes, _) = roc.layout(&frame, &Palette::light());
        let point = roc.curves[0].points[roc.curves[0].points.len() / 2];
        let (x, y) = axes.to_pixel(point.false_alarm_rate, point.recall);
        let hit = roc.hit(&frame, x, y).expect("inside");
        assert_eq!(hit.threshold, point.threshold);
        assert!(
            (hit.x_px - x).abs() < 0.01 && hit.text.starts_with("ensemble: recall "),
            "{}",
            hit.text
        );
        assert_eq!(roc.hit(&frame, 1.0, 299.0), None);
    }

    #[test]
    fn zoom_ends_the_axis_at_a_power_of_ten_and_cuts_the_curve_there() {
        let roc = Roc {
            curves: curves(1),
            operating: None,
        };
        let mut frame = ChartFrame::new(600.0, 300.0, 1.0);
        let mut ends = Vec::new();
        while let Some(zoom) = roc.zoom_in(&frame, None) {
            frame = frame.zoomed(zoom);
            let (axes, _) = roc.layout(&frame, &Palette::light());
            ends.push(axes.x.max);
            for shape in roc.scene(&frame, &Palette::light()).shapes {
                if let crate::plots::scene::Shape::Path { points, .. } = shape {
                    assert!(points.iter().all(|point| point.0 <= axes.area.right + 0.5));
                }
            }
            // Only points that are shown are found.
            let at = (axes.area.right, axes.area.top);
            if let Some(hit) = roc.hit(&frame, at.0, at.1) {
                let of = |point: &&CurvePoint| point.threshold == hit.threshold;
                let point = roc.curves[0].points.iter().find(of).unwrap();
                assert!(point.false_alarm_rate <= axes.x.max);
            }
        }
        assert_eq!(ends, [0.1, 0.01, 0.001]);
    }

    #[test]
    fn table_holds_both_ends() {
        let roc = Roc {
            curves: curves(1),
            operating: None,
        };
        let (header, rows) = roc.table();
        assert_eq!(header.len(), 4);
        assert_eq!(rows.last().map(|row| row[3].as_str()), Some("100.0 %"));
        assert!(rows.len() <= 52);
    }

    #[test]
    fn bands_lie_below_the_lines_and_are_said() {
        let roc = Roc {
            curves: banded_curves(),
            operating: None,
        };
        let frame = ChartFrame::new(600.0, 300.0, 1.0);
        let scene = roc.scene(&frame, &Palette::light());
        let is_band = |shape: &Shape| matches!(shape, Shape::Polygon { .. });
        let is_line = |shape: &Shape| matches!(shape, Shape::Path { width, .. } if *width == 2.25);
        let last_band = scene.shapes.iter().rposition(is_band).expect("a band");
        let first_line = scene.shapes.iter().position(is_line).expect("a line");
        assert!(last_band < first_line);
        assert_eq!(
            scene.shapes.iter().filter(|shape| is_band(shape)).count(),
            2
        );
        let (axes, _) = roc.layout(&frame, &Palette::light());
        let (x, y) = axes.to_pixel(0.01, 0.98);
        let hit = roc.hit(&frame, x, y).expect("inside");
        assert!(hit.text.contains("; in 95 % of resamples "), "{}", hit.text);
        let (header, rows) = roc.table();
        assert_eq!(header[4], "recall in 95 % of resamples");
        assert!(rows.iter().all(|row| row.len() == 5));
    }
}
