//! Models side by side: five figures between 0 and 1, one bar each.

use models::evaluation::ModelFigures;

use super::frame::{ChartFrame, Legend, LegendEntry, ROW, Swatch};
use super::palette::Palette;
use super::scene::{Anchor, Rect, Scene, fit_text, text_width};
use super::{Chart, Table, number};

/// The figures that are compared, in order.
pub const FIGURES: [&str; 5] = ["precision", "recall", "F1", "ROC AUC", "avg. precision"];
/// Least height of a bar that its value can stand beside.
const MIN_BAR: f32 = 14.0;
/// Greatest height of a bar.
const MAX_BAR: f32 = 24.0;

/// One model's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedModel {
    /// The model.
    pub name: String,
    /// Index into the palette's series.
    pub colour: usize,
    /// One per entry of [`FIGURES`], 0..1.
    pub values: [f64; 5],
}

/// Grouped bars, one group per figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// In the order they are drawn.
    pub models: Vec<ComparedModel>,
}

impl Comparison {
    /// From computed figures, colours in their order.
    pub fn new(figures: &[ModelFigures]) -> Self {
        let model = |(colour, figures): (usize, &ModelFigures)| ComparedModel {
            name: figures.model.clone(),
            colour,
            values: [
                figures.precision,
                figures.recall,
                figures.f1,
                figures.roc_auc,
                figures.average_precision,
            ],
        };
        Self {
            models: figures.iter().enumerate().map(model).collect(),
        }
    }

    fn legend(&self, width: f32, palette: &Palette) -> Legend {
        let entry = |model: &ComparedModel| LegendEntry {
            text: model.name.clone(),
            colour: palette.series(model.colour),
            swatch: Swatch::Square,
        };
        Legend::new(self.models.iter().map(entry).collect(), width)
    }

    /// The height in CSS pixels at which bars are neither thin nor fat.
    pub fn height(&self, width: f32) -> f32 {
        let group = self.models.len().max(1) as f32 * (MIN_BAR + 2.0) + 14.0;
        self.legend(width, &Palette::light()).height
            + FIGURES.len() as f32 * group
            + 2.0 * ROW
            + 8.0
    }
}

impl Chart for Comparison {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        let legend = self.legend(frame.width, palette);
        legend.draw(&mut scene, palette);
        let names = FIGURES
            .iter()
            .map(|name| text_width(name))
            .fold(0.0, f32::max);
        let area = Rect {
            left: names + 10.0,
            top: legend.height + 4.0,
            right: frame.width - text_width("0.99999") - 10.0,
            bottom: frame.height - 2.0 * ROW - 4.0,
        };
        if self.models.is_empty() {
            let at = (frame.width / 2.0, frame.height / 2.0);
            scene.text(
                fit_text("No models to compare", frame.width),
                at,
                Anchor::Middle,
                palette.ink_2,
            );
            return scene;
        }
        for (share, text) in [(0.0f32, "0"), (0.5, "0.5"), (1.0, "1")] {
            let x = area.left + share * area.width();
            scene.rect(
                Rect {
                    left: x,
                    top: area.top,
                    right: x + 1.0,
                    bottom: area.bottom,
                },
                palette.line,
                1.0,
            );
            scene.text(text, (x, area.bottom + 13.0), Anchor::Middle, palette.ink_3);
        }
        let middle = f32::midpoint(area.left, area.right);
        scene.text(
            "0 to 1, higher is better",
            (middle, area.bottom + 33.0),
            Anchor::Middle,
            palette.ink_2,
        );
        let group = area.height() / FIGURES.len() as f32;
        let n_models = self.models.len() as f32;
        let pitch = ((group - 12.0) / n_models).clamp(1.0, MAX_BAR);
        for (index, name) in FIGURES.iter().enumerate() {
            let middle = area.top + (index as f32 + 0.5) * group;
            let top = middle - n_models * pitch / 2.0;
            scene.text(
                *name,
                (area.left - 10.0, middle),
                Anchor::End,
                palette.ink_2,
            );
            for (row, model) in self.models.iter().enumerate() {
                let value = model.values.get(index).copied().unwrap_or(f64::NAN);
                let top = top + row as f32 * pitch;
                let thickness = (pitch - 2.0).max(1.0);
                let share = if value.is_finite() {
                    value.clamp(0.0, 1.0) as f32
                } else {
                    0.0
                };
                let bar = Rect {
                    left: area.left,
                    top,
                    right: area.left + share * area.width(),
                    bottom: top + thickness,
                };
                scene.rect(bar, palette.series(model.colour), 1.0);
                if pitch >= MIN_BAR {
                    let at = (bar.right + 6.0, top + thickness / 2.0);
                    scene.label(
                        &number::fraction(value),
                        at,
                        Anchor::Start,
                        palette.ink,
                        palette.surface,
                    );
                }
            }
        }
        scene
    }

    fn summary(&self) -> String {
        let best = self
            .models
            .iter()
            .max_by(|a, b| a.values[2].total_cmp(&b.values[2]));
        match best {
            Some(best) => {
                let [precision, recall, f1, ..] = best.values.map(number::fraction);
                let n = self.models.len();
                let models = if n == 1 { "model" } else { "models" };
                format!(
                    "{n} {models} compared; highest F1: {} with {f1}, precision {precision}, recall {recall}.",
                    best.name
                )
            }
            None => "No models to compare.".into(),
        }
    }

    fn table(&self) -> Table {
        let mut header = vec!["model"];
        header.extend(FIGURES);
        let row = |model: &ComparedModel| {
            let mut row = vec![model.name.clone()];
            row.extend(model.values.map(number::fraction));
            row
        };
        (header, self.models.iter().map(row).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::legibility::comparison;
    use crate::plots::to_svg;

    #[test]
    fn svg_has_a_bar_and_a_value_per_figure_and_model() {
        let chart = comparison(3);
        let height = chart.height(600.0) as u32;
        let svg = to_svg(&chart, 600, height, &Palette::light()).unwrap();
        // Bars and one legend square.
        assert_eq!(svg.matches("fill=\"#0072B2\"").count(), 6);
        assert!(svg.contains("avg. precision") && svg.contains("0.9998"));
    }

    #[test]
    fn table_equals_the_figures() {
        let chart = comparison(2);
        let (header, rows) = chart.table();
        assert_eq!((header.len(), rows.len()), (6, 2));
        assert_eq!(rows[0][4], number::fraction(chart.models[0].values[3]));
        assert!(Comparison::default().summary().contains("No models"));
    }
}
