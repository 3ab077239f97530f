//! Models side by side: figures between 0 and 1, one bar each, with their standard deviation; baselines grey.

use std::collections::BTreeMap;

use models::evaluation::report::{ModelReport, ProtocolReport, SequenceReport, Spread};

use super::frame::{ChartFrame, LegendEntry, ROW, Swatch};
use super::palette::Palette;
use super::row_names::RowNames;
use super::scene::{Anchor, Rect, Scene, fit_text, text_width};
use super::series::{Dash, Series, Tone, of_protocol};
use super::{Chart, Mark, PageChart, Table, number};

/// The figures that are compared, in order: name in the report and for people.
const FIGURES: [(&str, &str); 5] = [
    ("precision", "precision"),
    ("recall", "recall"),
    ("f1", "F1"),
    ("roc_auc", "ROC AUC"),
    ("average_precision", "avg. precision"),
];
/// Least height of a bar that its value can stand beside.
const MIN_BAR: f32 = 14.0;
/// Greatest height of a bar.
const MAX_BAR: f32 = 24.0;
/// Space between two groups of bars.
const GROUP_GAP: f32 = 14.0;

/// One model's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedModel {
    /// Who it is.
    pub series: Series,
    /// By name, 0..1.
    pub figures: BTreeMap<String, Spread>,
}

/// Grouped bars, one group per figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The figures that are drawn: name in the report and for people.
    pub figures: Vec<(&'static str, &'static str)>,
    /// In the order they are drawn; the first is the one that matters most.
    pub models: Vec<ComparedModel>,
}

/// Where the bars are.
struct Layout {
    names: RowNames,
    area: Rect,
    group: f32,
    pitch: f32,
}

impl Comparison {
    /// The models and baselines of a protocol.
    pub fn of_protocol(protocol: &ProtocolReport) -> Self {
        let model = |(series, model): (Series, &ModelReport)| ComparedModel {
            series,
            figures: model.figures.clone(),
        };
        Self {
            figures: FIGURES.into(),
            models: of_protocol(protocol).into_iter().map(model).collect(),
        }
    }

    /// The sequence model in true order and its control; figures that nobody has are left out.
    pub fn of_sequences(reports: &[&SequenceReport]) -> Self {
        let mut figures = FIGURES.to_vec();
        figures.retain(|(figure, _)| {
            reports
                .iter()
                .any(|report| report.figures.contains_key(*figure))
        });
        let model = |(index, report): (usize, &&SequenceReport)| ComparedModel {
            series: Series {
                title: report.title.clone(),
                tone: Tone::Ours(index),
                dash: Dash::Solid,
            },
            figures: report.figures.clone(),
        };
        Self {
            models: reports.iter().enumerate().map(model).collect(),
            figures,
        }
    }

    /// Says which baselines rank the records better than the first model does; `None` where none does.
    pub fn outranked(&self) -> Option<String> {
        let (first, others) = self.models.split_first()?;
        let least = first.figures.get("roc_auc")?.mean;
        let better = others
            .iter()
            .filter(|model| model.series.is_baseline())
            .filter_map(|model| Some((&model.series.title, model.figures.get("roc_auc")?.mean)))
            .filter(|(_, auc)| *auc > least)
            .map(|(title, auc)| format!("{title} ({})", number::fraction_to(auc, 4)));
        let better: Vec<String> = better.collect();
        let rank = if better.len() == 1 { "ranks" } else { "rank" };
        (!better.is_empty()).then(|| {
            format!(
                "By ROC AUC {} {rank} better here than {} ({}).",
                better.join(" and "),
                first.series.title,
                number::fraction_to(least, 4)
            )
        })
    }

    fn names(&self, width: f32, palette: &Palette) -> RowNames {
        let entry = |model: &ComparedModel| LegendEntry {
            text: model.series.title.clone(),
            colour: model.series.colour(palette),
            swatch: Swatch::Square,
        };
        RowNames::new(self.models.iter().map(entry).collect(), width)
    }

    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> Layout {
        let names = self.names(frame.width, palette);
        let widest = self
            .figures
            .iter()
            .map(|(_, name)| text_width(name))
            .fold(0.0, f32::max);
        let area = Rect::new(
            widest + 14.0 + names.width,
            names.legend.height + 4.0,
            frame.width - text_width("0.99999") - 10.0,
            frame.height - 2.0 * ROW - 4.0,
        );
        let group = area.height() / self.figures.len().max(1) as f32;
        let pitch = (group - GROUP_GAP + 2.0) / self.models.len().max(1) as f32;
        Layout {
            names,
            area,
            group,
            pitch: pitch.clamp(1.0, MAX_BAR),
        }
    }

    /// Every bar with the index of its model, the name of its figure, and its value.
    fn bars(&self, layout: &Layout) -> Vec<(Rect, usize, &'static str, Spread)> {
        let Layout {
            area, group, pitch, ..
        } = layout;
        let mut bars = Vec::new();
        for (index, (figure, name)) in self.figures.iter().enumerate() {
            let middle = area.top + (index as f32 + 0.5) * group;
            let top = middle - self.models.len() as f32 * pitch / 2.0;
            for (row, model) in self.models.iter().enumerate() {
                let Some(value) = model.figures.get(*figure).copied() else {
                    continue;
                };
                let top = top + row as f32 * pitch;
                let bar = Rect::new(
                    area.left,
                    top,
                    layout.x(value.mean),
                    top + (pitch - 2.0).max(1.0),
                );
                bars.push((bar, row, *name, value));
            }
        }
        bars
    }
}

impl Layout {
    fn x(&self, value: f64) -> f32 {
        let share = if value.is_finite() {
            value.clamp(0.0, 1.0) as f32
        } else {
            0.0
        };
        self.area.left + share * self.area.width()
    }
}

impl Chart for Comparison {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        let layout = self.layout(frame, palette);
        let Layout {
            names,
            area,
            group,
            pitch,
        } = &layout;
        names.legend.draw(&mut scene, palette);
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
        for (value, text) in [(0.0, "0"), (0.5, "0.5"), (1.0, "1")] {
            let x = layout.x(value);
            scene.rect(
                Rect::new(x, area.top, x + 1.0, area.bottom),
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
        for (index, (_, name)) in self.figures.iter().enumerate() {
            let at = (0.0, area.top + (index as f32 + 0.5) * group);
            scene.text(*name, at, Anchor::Start, palette.ink_2);
        }
        for (bar, row, _, value) in self.bars(&layout) {
            let Some(model) = self.models.get(row) else {
                continue;
            };
            scene.rect(bar, model.series.colour(palette), 1.0);
            let middle = f32::midpoint(bar.top, bar.bottom);
            if *pitch >= MIN_BAR {
                let at = (area.left - 6.0, middle);
                scene.text(names.name(row), at, Anchor::End, palette.ink_2);
            }
            let end = layout.x(value.mean + value.sd);
            if value.sd > 0.0 {
                let whisker = Rect::new(
                    layout.x(value.mean - value.sd),
                    middle - 1.0,
                    end,
                    middle + 1.0,
                );
                scene.rect(whisker, palette.ink, 1.0);
            }
            if *pitch >= MIN_BAR {
                let at = (end.max(bar.right) + 6.0, middle);
                let text = number::fraction(value.mean);
                scene.label(&text, at, Anchor::Start, palette.ink, palette.surface);
            }
        }
        scene
    }

    fn summary(&self) -> String {
        let Some(first) = self.models.first() else {
            return "No models to compare.".into();
        };
        let n = self.models.len();
        let models = if n == 1 { "model" } else { "models" };
        let mut parts = vec![format!("{n} {models} compared")];
        let value = |figure: &str| first.figures.get(figure).map(|value| value.mean);
        if let Some((recall, rate)) = value("recall").zip(value("false_alarm_rate")) {
            parts.push(format!(
                "{}: recall {} at {} false alarms",
                first.series.title,
                number::percent(recall),
                number::percent(rate)
            ));
        }
        // The first of equals.
        let best = self
            .models
            .iter()
            .filter_map(|model| Some((model, model.figures.get("roc_auc")?.mean)))
            .reduce(|best, next| if next.1 > best.1 { next } else { best });
        if let Some((best, auc)) = best {
            parts.push(format!(
                "highest ROC AUC: {}, {}",
                best.series.title,
                number::fraction_to(auc, 4)
            ));
        }
        let sentence = format!("{}.", parts.join("; "));
        match self.outranked() {
            Some(outranked) => format!("{sentence} {outranked}"),
            None => sentence,
        }
    }

    fn table(&self) -> Table {
        let mut header = vec!["model".to_owned()];
        header.extend(self.figures.iter().map(|(_, name)| (*name).to_owned()));
        let row = |model: &ComparedModel| {
            let mut row = vec![model.series.title.clone()];
            row.extend(self.figures.iter().map(|(figure, _)| {
                let value = model.figures.get(*figure).copied();
                value.map_or("–".into(), spread)
            }));
            row
        };
        (header, self.models.iter().map(row).collect())
    }
}

/// Mean and standard deviation: `0.9996 ± 0.00021`.
fn spread(value: Spread) -> String {
    let mean = number::fraction_to(value.mean, 4);
    format!("{mean}{}", number::deviation(value.sd))
}

impl PageChart for Comparison {
    /// Bars are neither thin nor fat.
    fn height(&self, width: f32) -> f32 {
        let group = self.models.len().max(1) as f32 * (MIN_BAR + 2.0) + GROUP_GAP;
        self.names(width, &Palette::light()).legend.height
            + self.figures.len() as f32 * group
            + 2.0 * ROW
            + 8.0
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let layout = self.layout(frame, &Palette::light());
        let mark = |(bar, row, figure, value): (Rect, usize, &str, Spread)| {
            let title = &self.models.get(row)?.series.title;
            Some(Mark {
                text: format!("{title}: {figure} {}", spread(value)),
                at: (bar.right, f32::midpoint(bar.top, bar.bottom)),
            })
        };
        self.bars(&layout).into_iter().filter_map(mark).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::inline_svg::to_inline_svg;
    use crate::plots::specimen;

    #[test]
    fn svg_has_values_and_baselines_are_grey() {
        let chart = Comparison::of_protocol(&specimen::protocol("P1"));
        let frame = ChartFrame::new(960.0, chart.height(960.0), 1.0);
        let svg = to_inline_svg(&chart, &frame);
        assert!(svg.contains("avg. precision") && svg.contains("0.9996"));
        assert!(svg.contains("<path fill=\"var(--line-strong)\""));
        assert_eq!(chart.marks(&frame).len(), 5 * 9);
    }

    #[test]
    fn table_equals_the_figures() {
        let protocol = specimen::protocol("P1");
        let chart = Comparison::of_protocol(&protocol);
        let (header, rows) = chart.table();
        assert_eq!((header.len(), rows.len()), (6, 9));
        assert_eq!(rows[0][4], spread(protocol.models[0].figures["roc_auc"]));
        assert!(Comparison::default().summary().contains("No models"));
    }

    #[test]
    fn says_the_price_of_recall_and_which_baseline_ranks_better() {
        let mut protocol = specimen::protocol("P1");
        let summary = Comparison::of_protocol(&protocol).summary();
        assert!(
            summary
                .starts_with("9 models compared; Ensemble: recall 98.2 % at 1.0 % false alarms;")
                && summary.ends_with("highest ROC AUC: Ensemble, 0.9996."),
            "{summary}"
        );
        for model in &mut protocol.models[7..] {
            model
                .figures
                .insert("roc_auc".into(), Spread::of(&[0.9998]));
        }
        let summary = Comparison::of_protocol(&protocol).summary();
        assert!(
            summary.contains("highest ROC AUC: Histogram per feature, 0.9998. By ROC AUC Histogram per feature (0.9998) and Isolation Forest, plain (0.9998) rank better here than Ensemble (0.9996)."),
            "{summary}"
        );
    }

    #[test]
    fn what_was_not_measured_is_left_out() {
        let mut protocol = specimen::protocol("P1");
        protocol.models[0].figures.remove("f1");
        let chart = Comparison::of_protocol(&protocol);
        assert_eq!(chart.table().1[0][3], "–");
        let frame = ChartFrame::new(960.0, chart.height(960.0), 1.0);
        assert_eq!(chart.marks(&frame).len(), 44);
    }
}
