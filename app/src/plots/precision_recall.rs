//! Precision against recall, over all thresholds.
//!
//! Drawn in steps, as average precision is computed: between two thresholds that exist, no precision is made up.

use super::curve::{
    Curve, CurvePoint, OperatingPoint, draw_bands, draw_curves, nearest, outcome, range_at, thinned,
};
use super::frame::{Axes, Axis, ChartFrame, Legend, LegendEntry, Swatch};
use super::palette::Palette;
use super::scene::{Anchor, Point, Rect, Scene};
use super::series::Dash;
use super::zoom::Zoom;
use super::{Chart, Hit, Table, columns, number};

/// Steps of a zoom: a sixteenth of each axis.
const MAX_ZOOM: u8 = 4;

/// Precision and recall of several models, the chosen one first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PrecisionRecall {
    /// One per model.
    pub curves: Vec<Curve>,
    /// The threshold in force.
    pub operating: Option<OperatingPoint>,
    /// Share of attacks among the labelled records, 0..1: the precision of calling everything an anomaly.
    pub base_rate: f64,
}

impl PrecisionRecall {
    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> (Axes, Legend) {
        let entry = |curve: &Curve| LegendEntry {
            text: format!(
                "{} AP {}",
                curve.name,
                number::fraction(curve.average_precision)
            ),
            colour: palette.series(curve.colour),
            swatch: Swatch::Line(Dash::Solid),
        };
        let mut entries: Vec<LegendEntry> = self.curves.iter().map(entry).collect();
        entries.extend(
            self.operating
                .map(|operating| operating.legend_entry(palette, frame.width)),
        );
        let legend = Legend::new(entries, frame.width);
        let [recall, precision] = frame.zoom.halves();
        let x = Axis::percent_between("recall (share of attacks found)", recall);
        let y = Axis::percent_between("precision (share of attacks in alarms)", precision);
        (frame.axes(x, y, legend.height, 0), legend)
    }

    /// Where data is drawn.
    pub fn plot_area(&self, frame: &ChartFrame) -> Rect {
        self.layout(frame, &Palette::light()).0.area
    }

    /// Half of what the frame shows, around a place in CSS pixels or else the threshold in force; `None` at the last step.
    pub fn zoom_in(&self, frame: &ChartFrame, at: Option<Point>) -> Option<Zoom> {
        let (axes, _) = self.layout(frame, &Palette::light());
        let in_force = self.operating.map(|of| (of.at.recall, of.at.precision));
        let centre = at.map(|(x, y)| axes.to_data(x, y)).or(in_force);
        // Without either where good models are.
        (frame.zoom.steps < MAX_ZOOM).then(|| frame.zoom.further(centre.unwrap_or((1.0, 1.0))))
    }

    /// The nearest curve point to a place in CSS pixels; `None` outside the axes.
    pub fn hit(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Hit> {
        let (axes, _) = self.layout(frame, &Palette::light());
        nearest(
            &self.curves,
            &axes,
            (x_px, y_px),
            |point| (point.recall, point.precision),
            |bands| &bands.precision_recall,
        )
    }
}

impl PrecisionRecall {
    /// The precision of calling everything an anomaly.
    fn draw_base_rate(&self, scene: &mut Scene, axes: &Axes, palette: &Palette) {
        let base = self.base_rate as f32;
        if !axes.holds(axes.x.min, base) {
            return;
        }
        let ends = [
            axes.to_pixel(axes.x.min, base),
            axes.to_pixel(axes.x.max, base),
        ];
        scene.dashed(&ends, palette.line_strong, 1.5);
        let [(left, y), (right, _)] = ends;
        // Below the line where there is room: curves are above it.
        let below = if y + 22.0 < axes.area.bottom {
            11.0
        } else {
            -11.0
        };
        let text = format!("attacks in all: {}", number::percent(self.base_rate));
        scene.label(
            &text,
            (f32::midpoint(left, right), y + below),
            Anchor::Middle,
            palette.ink_3,
            palette.surface,
        );
    }
}

impl Chart for PrecisionRecall {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let (axes, legend) = self.layout(frame, palette);
        let mut scene = axes.scene(&legend, palette);
        if self.curves.is_empty() {
            axes.draw_empty(&mut scene, palette, "No labelled connections");
            return scene;
        }
        draw_bands(&mut scene, &self.curves, &axes, palette, |bands| {
            &bands.precision_recall
        });
        draw_curves(&mut scene, &self.curves, &axes, palette, |curve| {
            steps(&curve.points, &axes)
        });
        self.draw_base_rate(&mut scene, &axes, palette);
        if let Some(OperatingPoint { at, .. }) = self.operating
            && axes.holds(at.recall, at.precision)
        {
            scene.ring(
                axes.to_pixel(at.recall, at.precision),
                palette.ink,
                palette.surface,
            );
        }
        scene
    }

    fn summary(&self) -> String {
        let Some(first) = self.curves.first() else {
            return "Precision and recall: no labelled connections.".into();
        };
        let areas: Vec<String> = self
            .curves
            .iter()
            .map(|curve| {
                format!(
                    "{} {}",
                    curve.name,
                    number::fraction(curve.average_precision)
                )
            })
            .collect();
        let areas = areas.join(", ");
        let base = number::percent(self.base_rate);
        match &self.operating {
            Some(operating) => {
                let name = self
                    .curves
                    .get(operating.curve)
                    .unwrap_or(first)
                    .name
                    .as_str();
                let risk = number::risk(operating.at.threshold);
                let outcome = outcome(&operating.at);
                format!(
                    "Precision against recall, average precision: {areas}; {base} of all are attacks; {name} at risk {risk} and above: {outcome}."
                )
            }
            None => format!(
                "Precision against recall, average precision: {areas}; {base} of all are attacks."
            ),
        }
    }

    fn table(&self) -> Table {
        let has_bands = self
            .curves
            .iter()
            .any(|curve| !curve.bands.precision_recall.is_empty());
        let row = |curve: &Curve, point: &CurvePoint| {
            let mut row = vec![
                curve.name.clone(),
                number::risk(point.threshold),
                number::percent(point.recall.into()),
                number::percent(point.precision.into()),
            ];
            if has_bands {
                let range = range_at(&curve.bands.precision_recall, point.recall);
                row.push(range.unwrap_or_else(|| "–".into()));
            }
            row
        };
        let rows = self.curves.iter().flat_map(|curve| {
            thinned(&curve.points, 50)
                .into_iter()
                .map(move |point| row(curve, point))
        });
        let mut header = columns(["model", "risk at least", "recall", "precision"]);
        header.extend(has_bands.then(|| "precision in 95 % of resamples".to_owned()));
        (header, rows.collect())
    }
}

/// The precision of each threshold holds from the recall of the one above it to its own.
fn steps(points: &[CurvePoint], axes: &Axes) -> Vec<(f32, f32)> {
    let mut recall = 0.0;
    let mut placed = Vec::with_capacity(2 * points.len());
    for point in points {
        placed.push(axes.to_pixel_beyond(recall, point.precision));
        placed.push(axes.to_pixel_beyond(point.recall, point.precision));
        recall = point.recall;
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

    fn chart(n_models: usize) -> PrecisionRecall {
        PrecisionRecall {
            curves: curves(n_models),
            operating: None,
            base_rate: 0.02,
        }
    }

    #[test]
    fn svg_has_axes_curves_and_base_rate() {
        let svg = to_svg(&chart(2), 600, 300, &Palette::light());
        for text in [
            "precision (share of attacks in alarms)",
            "attacks in all: 2.0 %",
            "ensemble AP ",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        // The curve and its piece in the legend.
        assert_eq!(svg.matches("stroke=\"#0072b2\"").count(), 2);
    }

    #[test]
    fn hit_finds_the_point_it_is_drawn_at() {
        let chart = chart(1);
        let frame = ChartFrame::new(320.0, 260.0, 1.0);
        let (axes, _) = chart.layout(&frame, &Palette::light());
        let point = chart.curves[0].points[3];
        let (x, y) = axes.to_pixel(point.recall, point.precision);
        let hit = chart.hit(&frame, x, y).expect("inside");
        assert!((hit.x_px - x).abs() < 0.01 && (hit.y_px - y).abs() < 0.01);
    }

    #[test]
    fn zoom_halves_the_axes_around_the_pointer() {
        let chart = chart(1);
        let frame = ChartFrame::new(320.0, 260.0, 1.0);
        let (axes, _) = chart.layout(&frame, &Palette::light());
        let zoom = chart.zoom_in(&frame, Some(axes.to_pixel(0.5, 0.75)));
        let frame = frame.zoomed(zoom.unwrap());
        let (axes, _) = chart.layout(&frame, &Palette::light());
        let ends = [axes.x.min, axes.x.max, axes.y.min, axes.y.max];
        for (end, wanted) in ends.into_iter().zip([0.25, 0.75, 0.5, 1.0]) {
            assert!((end - wanted).abs() < 1e-4, "{ends:?}");
        }
        assert!(axes.y.ticks.iter().any(|tick| tick.text == "80 %"));
        let last = frame.zoomed(Zoom {
            steps: MAX_ZOOM,
            ..frame.zoom
        });
        assert_eq!(chart.zoom_in(&last, None), None);
    }

    #[test]
    fn table_ends_where_everything_is_called_an_anomaly() {
        let (_, rows) = chart(1).table();
        assert_eq!(rows.last().map(|row| row[2].as_str()), Some("100.0 %"));
        assert_eq!(PrecisionRecall::default().table().1.len(), 0);
    }

    #[test]
    fn bands_are_drawn_and_in_the_table() {
        let chart = PrecisionRecall {
            curves: banded_curves(),
            ..chart(0)
        };
        let frame = ChartFrame::new(600.0, 300.0, 1.0);
        let scene = chart.scene(&frame, &Palette::light());
        let is_band = |shape: &&Shape| matches!(shape, Shape::Polygon { .. });
        assert_eq!(scene.shapes.iter().filter(is_band).count(), 2);
        let (header, rows) = chart.table();
        assert_eq!(header[4], "precision in 95 % of resamples");
        assert!(rows[10][4].contains(" to "), "{:?}", rows[10]);
    }
}
