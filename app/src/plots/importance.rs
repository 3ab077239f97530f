//! What a supervised detector looks at: features by their importance, measured in two ways side by side, each with its spread over the seeds.

use models::evaluation::report::{FeatureImportance, ImportanceReport, Spread};

use super::frame::{ChartFrame, ROW};
use super::palette::{Palette, Rgb};
use super::scene::{Anchor, Rect, Scene, fit_text, text_width, wrap_text};
use super::{Chart, Mark, PageChart, Table, columns};

/// Features that are drawn; the table has them all.
const N_SHOWN: usize = 15;
const PITCH: f32 = 22.0;
const BAR: f32 = 13.0;
/// The two measures, as titles of their panels.
const MEASURES: [&str; 2] = ["impurity taken away", "ROC AUC lost if shuffled"];

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Importance(pub ImportanceReport);

/// Where one measure's bars are.
struct Panel {
    left: f32,
    right: f32,
    greatest: f64,
    value: fn(&FeatureImportance) -> Spread,
    write: fn(f64) -> String,
}

impl Panel {
    fn x(&self, value: f64) -> f32 {
        let share = (value / self.greatest).clamp(0.0, 1.0) as f32;
        self.left + share * (self.right - self.left)
    }
}

impl Importance {
    fn shown(&self) -> &[FeatureImportance] {
        let n = self.0.features.len().min(N_SHOWN);
        self.0.features.get(..n).unwrap_or_default()
    }

    fn panels(&self, width: f32) -> (f32, [Panel; 2]) {
        let widest = self
            .shown()
            .iter()
            .map(|feature| text_width(&feature.feature))
            .fold(0.0, f32::max);
        let names = (widest + 8.0).min(width * 0.42);
        let room = (width - names) / 2.0;
        let panel =
            |index: usize, value: fn(&FeatureImportance) -> Spread, write: fn(f64) -> String| {
                let greatest = self
                    .shown()
                    .iter()
                    .map(|feature| value(feature).max.max(value(feature).mean))
                    .fold(1e-6, f64::max);
                let left = names + index as f32 * room + 4.0;
                // Beside the longest bar stands its value.
                let right = (left + room - text_width("0.0000") - 16.0).max(left + 10.0);
                Panel {
                    left,
                    right,
                    greatest,
                    value,
                    write,
                }
            };
        let impurity = panel(
            0,
            |feature| feature.impurity,
            |value| format!("{:.1} %", value * 100.0),
        );
        let permutation = panel(
            1,
            |feature| feature.permutation,
            // A loss by chance below 0 is no loss of −0.
            |value| format!("{:.4}", if value > -5e-5 { value.max(0.0) } else { value }),
        );
        (names, [impurity, permutation])
    }

    /// Lines of the titles above the panels.
    fn titles(panels: &[Panel; 2]) -> [Vec<String>; 2] {
        let room = panels[1].left - panels[0].left - 10.0;
        MEASURES.map(|title| wrap_text(title, room))
    }

    fn top(panels: &[Panel; 2]) -> f32 {
        Self::titles(panels).iter().map(Vec::len).max().unwrap_or(1) as f32 * ROW + 4.0
    }

    fn colour(index: usize, palette: &Palette) -> Rgb {
        palette.series(index)
    }
}

impl Chart for Importance {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        let (names, panels) = self.panels(frame.width);
        let top = Self::top(&panels);
        if self.shown().is_empty() {
            let at = (frame.width / 2.0, frame.height / 2.0);
            scene.text("Not measured", at, Anchor::Middle, palette.ink_2);
            return scene;
        }
        for (panel, lines) in panels.iter().zip(Self::titles(&panels)) {
            for (row, line) in lines.into_iter().enumerate() {
                let at = (panel.left, (row as f32 + 0.5) * ROW);
                scene.text(line, at, Anchor::Start, palette.ink_2);
            }
            let axis = Rect::new(panel.left - 1.0, top, panel.left, frame.height - 2.0);
            scene.rect(axis, palette.line_strong, 1.0);
        }
        for (row, feature) in self.shown().iter().enumerate() {
            let middle = top + (row as f32 + 0.5) * PITCH;
            let name = fit_text(&feature.feature, names - 8.0);
            scene.text(name, (names - 6.0, middle), Anchor::End, palette.ink);
            for (index, panel) in panels.iter().enumerate() {
                let spread = (panel.value)(feature);
                let end = panel.x(spread.mean);
                let bar = Rect::new(panel.left, middle - BAR / 2.0, end, middle + BAR / 2.0);
                scene.rect(bar, Self::colour(index, palette), 0.8);
                let whisker = Rect::new(
                    panel.x(spread.min),
                    middle - 0.75,
                    panel.x(spread.max),
                    middle + 0.75,
                );
                scene.rect(whisker, palette.ink, 1.0);
                let at = (panel.x(spread.max).max(end) + 5.0, middle);
                scene.text((panel.write)(spread.mean), at, Anchor::Start, palette.ink_2);
            }
        }
        scene
    }

    fn summary(&self) -> String {
        let [by_impurity, by_permutation] = [
            |feature: &FeatureImportance| feature.impurity.mean,
            |feature: &FeatureImportance| feature.permutation.mean,
        ]
        .map(|value| {
            self.0
                .features
                .iter()
                .max_by(|a, b| value(a).total_cmp(&value(b)))
        });
        match (by_impurity, by_permutation) {
            (Some(first), Some(second)) => format!(
                "Importance of {} features of view {}: most impurity is taken away by {}, most ROC AUC lost without {}.",
                self.0.features.len(),
                self.0.view,
                first.feature,
                second.feature
            ),
            _ => "Importance of features: not measured.".into(),
        }
    }

    fn table(&self) -> Table {
        let row = |feature: &FeatureImportance| {
            let FeatureImportance {
                feature,
                impurity,
                permutation,
            } = feature;
            vec![
                feature.clone(),
                format!(
                    "{:.2} ± {:.2} %",
                    impurity.mean * 100.0,
                    impurity.sd * 100.0
                ),
                format!("{:.5} ± {:.5}", permutation.mean, permutation.sd),
            ]
        };
        let [impurity, permutation] = MEASURES;
        (
            columns(["feature", impurity, permutation]),
            self.0.features.iter().map(row).collect(),
        )
    }
}

impl PageChart for Importance {
    fn height(&self, width: f32) -> f32 {
        let (_, panels) = self.panels(width);
        Self::top(&panels) + self.shown().len().max(2) as f32 * PITCH + 6.0
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let (_, panels) = self.panels(frame.width);
        let top = Self::top(&panels);
        let mut marks = Vec::new();
        for (row, feature) in self.shown().iter().enumerate() {
            for (panel, measure) in panels.iter().zip(MEASURES) {
                let Spread { mean, min, max, .. } = (panel.value)(feature);
                let [mean_text, min, max] = [mean, min, max].map(panel.write);
                marks.push(Mark {
                    text: format!(
                        "{}: {measure} {mean_text} ({min} to {max})",
                        feature.feature
                    ),
                    at: (panel.x(mean), top + (row as f32 + 0.5) * PITCH),
                });
            }
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::specimen;

    #[test]
    fn table_has_every_feature_and_bars_the_first() {
        let mut report = specimen::report().importance.swap_remove(0);
        let more = (0..30).map(|k| FeatureImportance {
            feature: format!("feature {k}"),
            ..FeatureImportance::default()
        });
        report.features.extend(more);
        let chart = Importance(report);
        assert_eq!(chart.table().1.len(), 37);
        let frame = ChartFrame::new(960.0, chart.height(960.0), 1.0);
        assert_eq!(chart.marks(&frame).len(), 2 * N_SHOWN);
        assert!(
            chart.summary().contains("taken away by count"),
            "{}",
            chart.summary()
        );
    }
}
