//! Where two models differ: the risk of one against that of the other, with both thresholds and how many lie in each quarter. The points
//! are an image that goes into [`ScoreScatterView::area`] or its device pixels, below [`ScoreScatterView::overlay`].

use super::frame::{Axes, Axis, ChartFrame};
use super::map::PixelArea;
use super::palette::Palette;
use super::scene::{Anchor, Point, Rect, Scene, fit_text, text_width};
use super::{Chart, Mark, PageChart, Table, columns, number};

/// Height of a line of a quarter's words.
const LINE: f32 = 16.0;

/// How many connections each pair of verdicts has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuadrantCounts {
    /// Anomalies for both models.
    pub both: u64,
    /// Anomalies for the first model alone.
    pub only_a: u64,
    /// Anomalies for the second model alone.
    pub only_b: u64,
    /// Anomalies for none.
    pub neither: u64,
}

impl QuadrantCounts {
    fn total(&self) -> u64 {
        [self.both, self.only_a, self.only_b, self.neither]
            .into_iter()
            .fold(0, u64::saturating_add)
    }
}

/// The frame of the scatter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreScatterView {
    /// The model to the right and the model upwards.
    pub names: [String; 2],
    /// Their thresholds, risk 0..100.
    pub thresholds: [f32; 2],
    /// What the quarters hold.
    pub counts: QuadrantCounts,
}

/// One quarter of the plane.
struct Quadrant {
    name: String,
    n: u64,
    is_right: bool,
    is_upper: bool,
}

impl ScoreScatterView {
    fn layout(&self, frame: &ChartFrame) -> Axes {
        let [a, b] = self
            .names
            .each_ref()
            .map(|name| Axis::risk(format!("risk by {name}")));
        frame.axes(a, b, 0.0, 0)
    }

    fn quadrants(&self) -> [Quadrant; 4] {
        let [a, b] = &self.names;
        let quadrant = |name: String, n, is_right, is_upper| Quadrant {
            name,
            n,
            is_right,
            is_upper,
        };
        let counts = self.counts;
        [
            quadrant("both".into(), counts.both, true, true),
            quadrant(format!("only {a}"), counts.only_a, true, false),
            quadrant(format!("only {b}"), counts.only_b, false, true),
            quadrant("neither".into(), counts.neither, false, false),
        ]
    }

    /// Where the points go, in CSS pixels.
    pub fn area(&self, frame: &ChartFrame) -> Rect {
        self.layout(frame).area
    }

    /// Where the points go, in device pixels of a canvas that is `frame.scale` times as dense.
    pub fn pixel_area(&self, frame: &ChartFrame) -> PixelArea {
        PixelArea::of(self.area(frame), frame.scale)
    }

    /// The two risks at a place in CSS pixels.
    pub fn to_data(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> (f32, f32) {
        self.layout(frame).to_data(x_px, y_px)
    }

    /// The place of two risks in CSS pixels.
    pub fn to_pixel(&self, frame: &ChartFrame, x: f32, y: f32) -> Point {
        self.layout(frame).to_pixel(x, y)
    }

    /// What the quarter at a place in CSS pixels holds; `None` outside the axes.
    pub fn hit(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Mark> {
        let axes = self.layout(frame);
        if self.counts.total() == 0 || !axes.area.contains((x_px, y_px), 4.0) {
            return None;
        }
        let [x, y] = self.lines(&axes);
        self.quadrants()
            .into_iter()
            .find(|quadrant| quadrant.is_right == (x_px >= x) && quadrant.is_upper == (y_px <= y))
            .map(|quadrant| self.mark(&axes, &quadrant))
    }

    fn mark(&self, axes: &Axes, quadrant: &Quadrant) -> Mark {
        let share = quadrant.n as f64 / self.counts.total().max(1) as f64;
        Mark {
            text: format!(
                "anomaly for {}: {} connections, {}",
                quadrant.name,
                number::count(quadrant.n),
                number::percent(share)
            ),
            at: {
                let [x, y] = self.lines(axes);
                let Rect {
                    left,
                    top,
                    right,
                    bottom,
                } = axes.area;
                (
                    f32::midpoint(x, if quadrant.is_right { right } else { left }),
                    f32::midpoint(y, if quadrant.is_upper { top } else { bottom }),
                )
            },
        }
    }

    /// Where the thresholds stand: x of the first, y of the second.
    fn lines(&self, axes: &Axes) -> [f32; 2] {
        let [a, b] = self.thresholds;
        let (x, y) = axes.to_pixel(a, b);
        [x, y]
    }

    /// Threshold lines and counts, to be painted over the points.
    pub fn overlay(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        let axes = self.layout(frame);
        let Rect {
            left,
            top,
            right,
            bottom,
        } = axes.area;
        let [x, y] = self.lines(&axes);
        scene.dashed(&[(x, top), (x, bottom)], palette.ink, 1.5);
        scene.dashed(&[(left, y), (right, y)], palette.ink, 1.5);
        // In the corners of the plane, where each has room whatever the thresholds are.
        let room = axes.area.width() / 2.0 - 14.0;
        for quadrant in self.quadrants() {
            let mut count = number::count(quadrant.n);
            if text_width(&count) > room {
                count = number::short(quadrant.n as f32);
            }
            let name = fit_text(&quadrant.name, room);
            let (anchor, x) = if quadrant.is_right {
                (Anchor::End, right - 8.0)
            } else {
                (Anchor::Start, left + 8.0)
            };
            let y = if quadrant.is_upper {
                top + 12.0
            } else {
                bottom - 12.0 - LINE
            };
            for (line, y) in [(count, y), (name, y + LINE)] {
                let (ink, surface) = (palette.ink, palette.surface);
                scene.label(&line, (x, y), anchor, ink, surface);
            }
        }
        scene
    }
}

impl Chart for ScoreScatterView {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        let axes = self.layout(frame);
        axes.draw(&mut scene, palette);
        if self.counts.total() == 0 {
            axes.draw_empty(&mut scene, palette, "No connections scored by both");
            return scene;
        }
        let Rect {
            left, top, bottom, ..
        } = axes.area;
        let upright = Rect::new(left, top, left + 1.0, bottom);
        scene.rect(upright, palette.line_strong, 1.0);
        scene.shapes.extend(self.overlay(frame, palette).shapes);
        scene
    }

    fn summary(&self) -> String {
        if self.counts.total() == 0 {
            return "Risks of two models: no connections scored by both.".into();
        }
        let [a, b] = &self.names;
        let [at_a, at_b] = self.thresholds.map(number::risk);
        let counts = self
            .quadrants()
            .map(|quadrant| format!("{} for {}", number::count(quadrant.n), quadrant.name));
        format!(
            "Risk by {b} against risk by {a}, {} connections; anomalies at {at_b} and {at_a}: {}.",
            number::count(self.counts.total()),
            counts.join(", ")
        )
    }

    fn table(&self) -> Table {
        let total = self.counts.total();
        let row = |quadrant: Quadrant| {
            let share = quadrant.n as f64 / total.max(1) as f64;
            vec![
                quadrant.name,
                number::count(quadrant.n),
                number::percent(share),
            ]
        };
        let rows = if total == 0 {
            Vec::new()
        } else {
            self.quadrants().map(row).into()
        };
        (columns(["anomaly for", "connections", "share"]), rows)
    }
}

impl PageChart for ScoreScatterView {
    fn height(&self, width: f32) -> f32 {
        (width * 0.9).clamp(260.0, 520.0)
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        if self.counts.total() == 0 {
            return Vec::new();
        }
        let axes = self.layout(frame);
        self.quadrants()
            .iter()
            .map(|quadrant| self.mark(&axes, quadrant))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::workbench_specimen::scatter;

    #[test]
    fn pixels_and_risks_convert_both_ways_and_fit_the_image() {
        let view = scatter();
        let frame = ChartFrame::new(500.0, view.height(500.0), 1.5);
        let (x, y) = view.to_pixel(&frame, 30.0, 72.5);
        let (a, b) = view.to_data(&frame, x, y);
        assert!((a - 30.0).abs() < 1e-3 && (b - 72.5).abs() < 1e-3);
        let (area, pixels) = (view.area(&frame), view.pixel_area(&frame));
        assert!((pixels.width as f32 - area.width() * 1.5).abs() <= 1.0);
        assert!((pixels.top as f32 - area.top * 1.5).abs() <= 0.5);
    }

    #[test]
    fn quarters_are_found_by_the_thresholds() {
        let view = scatter();
        let frame = ChartFrame::new(500.0, view.height(500.0), 1.0);
        for (a, b, expected) in [
            (90.0, 90.0, "anomaly for both: 390,021 connections, 78.9 %"),
            (90.0, 10.0, "anomaly for only Ensemble: "),
            (10.0, 90.0, "anomaly for only Autoencoder: "),
            (10.0, 10.0, "anomaly for neither: "),
            // At a threshold is above it.
            (50.0, 62.0, "anomaly for both: "),
        ] {
            let (x, y) = view.to_pixel(&frame, a, b);
            let hit = view.hit(&frame, x, y).expect("inside");
            assert!(hit.text.starts_with(expected), "{}", hit.text);
        }
        assert_eq!(view.hit(&frame, 250.0, frame.height), None);
    }

    #[test]
    fn table_and_summary_have_the_counts() {
        let view = scatter();
        let (_, rows) = view.table();
        assert_eq!(rows[1][..2], ["only Ensemble", "4,000"]);
        assert!(
            view.summary()
                .ends_with("4,000 for only Ensemble, 5 for only Autoencoder, 99,995 for neither."),
            "{}",
            view.summary()
        );
        assert!(ScoreScatterView::default().table().1.is_empty());
    }
}
