//! Figures of cross-validation as boxes: median, quartiles and every fold, one panel per figure, one box per way of splitting.

use models::evaluation::report::FoldReport;

use super::frame::{Axis, ChartFrame, LegendEntry, ROW, Swatch};
use super::palette::Palette;
use super::row_names::RowNames;
use super::scene::{Anchor, Rect, Scene};
use super::{Chart, Mark, PageChart, Table, columns, number};

/// The figures that are shown, with their names for people: none of them at a calibrated rate.
pub const FIGURES: [(&str, &str); 5] = [
    ("accuracy", "accuracy"),
    ("f1", "F1"),
    ("roc_auc", "ROC AUC"),
    ("recall", "recall"),
    ("precision", "precision"),
];
const PITCH: f32 = 26.0;
const BOX: f32 = 14.0;

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoxPlot {
    /// Ways of splitting, the honest one first.
    pub reports: Vec<FoldReport>,
}

/// Five numbers of a sorted sample.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Quartiles([f64; 5]);

impl Quartiles {
    /// By linear interpolation, as NumPy does; `None` of nothing.
    fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)? as f64;
        let at = |share: f64| {
            let place = share * last;
            let low = sorted
                .get(place.floor() as usize)
                .copied()
                .unwrap_or_default();
            let high = sorted
                .get(place.ceil() as usize)
                .copied()
                .unwrap_or_default();
            low + (high - low) * place.fract()
        };
        Some(Self([0.0, 0.25, 0.5, 0.75, 1.0].map(at)))
    }
}

/// One figure's rows and its axis.
struct Panel {
    name: &'static str,
    top: f32,
    axis: Axis,
    /// Index of the way of splitting, and its values.
    rows: Vec<(usize, Vec<f64>)>,
}

impl BoxPlot {
    /// A way of splitting in words, with the view where there are several.
    fn split(&self, report: &FoldReport) -> String {
        let FoldReport {
            view, description, ..
        } = report;
        if self.reports.iter().all(|other| other.view == *view) {
            description.clone()
        } else {
            format!("{view}: {description}")
        }
    }

    fn names(&self, width: f32, palette: &Palette) -> RowNames {
        let entry = |(index, report): (usize, &FoldReport)| {
            let leaks = if report.leak.is_some() {
                " (leaks)"
            } else {
                ""
            };
            LegendEntry {
                text: format!("{}{leaks}", self.split(report)),
                colour: palette.series(index),
                swatch: Swatch::Square,
            }
        };
        RowNames::new(self.reports.iter().enumerate().map(entry).collect(), width)
    }

    fn panels(&self, names: &RowNames) -> Vec<Panel> {
        let mut top = names.legend.height + 4.0;
        let mut panels = Vec::new();
        for (figure, name) in FIGURES {
            let values = |report: &FoldReport| {
                report
                    .figures
                    .get(figure)
                    .cloned()
                    .filter(|values| !values.is_empty())
            };
            let rows: Vec<_> = self
                .reports
                .iter()
                .enumerate()
                .filter_map(|(index, report)| Some((index, values(report)?)))
                .collect();
            if rows.is_empty() {
                continue;
            }
            let all = || rows.iter().flat_map(|(_, values)| values).copied();
            let (least, most) = (all().fold(1.0, f64::min), all().fold(0.0, f64::max));
            let margin = ((most - least) * 0.08).max(1e-5);
            let axis = Axis::round_values(
                name,
                (least - margin) as f32,
                (most + margin).min(1.0) as f32,
            );
            let n_rows = rows.len();
            panels.push(Panel {
                name,
                top,
                axis,
                rows,
            });
            top += ROW + n_rows as f32 * PITCH + 26.0;
        }
        panels
    }
}

fn x_of(axis: &Axis, names: &RowNames, width: f32, value: f64) -> f32 {
    let left = names.width + 6.0;
    left + axis.share_of(value as f32) * (width - 28.0 - left)
}

impl Chart for BoxPlot {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        let names = self.names(frame.width, palette);
        names.legend.draw(&mut scene, palette);
        let panels = self.panels(&names);
        if panels.is_empty() {
            let at = (frame.width / 2.0, frame.height / 2.0);
            scene.text("Not measured", at, Anchor::Middle, palette.ink_2);
        }
        for Panel {
            name,
            top,
            axis,
            rows,
        } in panels
        {
            let x = |value: f64| x_of(&axis, &names, frame.width, value);
            scene.text(name, (0.0, top + ROW / 2.0), Anchor::Start, palette.ink_2);
            let top = top + ROW;
            let bottom = top + rows.len() as f32 * PITCH;
            let mut free = 0.0;
            for tick in &axis.ticks {
                let at = x(tick.value.into());
                let half = super::scene::text_width(&tick.text) / 2.0;
                scene.rect(Rect::new(at, top, at + 1.0, bottom), palette.line, 1.0);
                if at - half >= free && at + half <= frame.width {
                    scene.text(
                        tick.text.as_str(),
                        (at, bottom + 9.0),
                        Anchor::Middle,
                        palette.ink_3,
                    );
                    free = at + half + 10.0;
                }
            }
            for (row, (index, values)) in rows.iter().enumerate() {
                let Some(Quartiles([least, first, median, third, most])) = Quartiles::of(values)
                else {
                    continue;
                };
                let middle = top + (row as f32 + 0.5) * PITCH;
                let at = (names.width - 4.0, middle);
                scene.text(names.name(*index), at, Anchor::End, palette.ink_2);
                let colour = palette.series(*index);
                let bar =
                    |left, right, half: f32| Rect::new(left, middle - half, right, middle + half);
                scene.rect(bar(x(least), x(most), 0.75), colour, 1.0);
                scene.rect(
                    bar(x(first), x(third).max(x(first) + 1.0), BOX / 2.0),
                    colour,
                    0.35,
                );
                for value in values {
                    scene.rect(bar(x(*value) - 1.0, x(*value) + 1.0, 3.0), colour, 0.8);
                }
                scene.rect(
                    bar(x(median) - 1.0, x(median) + 1.0, BOX / 2.0 + 2.0),
                    palette.ink,
                    1.0,
                );
            }
        }
        scene
    }

    fn summary(&self) -> String {
        let medians: Vec<String> = self
            .table()
            .1
            .into_iter()
            .filter(|row| row.get(1).is_some_and(|figure| figure == "accuracy"))
            .filter_map(|row| Some(format!("{} {}", row.first()?.to_lowercase(), row.get(4)?)))
            .collect();
        if medians.is_empty() {
            return "Cross-validation: not measured.".into();
        }
        format!(
            "Cross-validation, median accuracy over all folds: {}.",
            medians.join(", ")
        )
    }

    fn table(&self) -> Table {
        let mut rows = Vec::new();
        for report in &self.reports {
            for (figure, name) in FIGURES {
                let Some(Quartiles(five)) = report
                    .figures
                    .get(figure)
                    .and_then(|values| Quartiles::of(values))
                else {
                    continue;
                };
                let mut row = vec![self.split(report), name.to_owned()];
                row.extend(five.map(|value| format!("{value:.5}")));
                rows.push(row);
            }
        }
        (
            columns([
                "split",
                "figure",
                "least",
                "first quartile",
                "median",
                "third quartile",
                "most",
            ]),
            rows,
        )
    }
}

impl PageChart for BoxPlot {
    fn height(&self, width: f32) -> f32 {
        let panels = self.panels(&self.names(width, &Palette::light()));
        panels.last().map_or(140.0, |panel| {
            panel.top + ROW + panel.rows.len() as f32 * PITCH + 22.0
        })
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let names = self.names(frame.width, &Palette::light());
        let mut marks = Vec::new();
        for Panel {
            name,
            top,
            axis,
            rows,
        } in self.panels(&names)
        {
            for (row, (index, values)) in rows.iter().enumerate() {
                let Some(Quartiles([least, first, median, third, most])) = Quartiles::of(values)
                else {
                    continue;
                };
                let split = self
                    .reports
                    .get(*index)
                    .map_or(String::new(), |report| self.split(report));
                let [least, first, median_text, third, most] =
                    [least, first, median, third, most].map(number::fraction);
                marks.push(Mark {
                    text: format!("{split}, {name}: median {median_text}, half of the folds {first} to {third}, all {least} to {most}"),
                    at: (x_of(&axis, &names, frame.width, median), top + ROW + (row as f32 + 0.5) * PITCH),
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
    fn quartiles_are_numpys() {
        // numpy.quantile([4, 1, 3, 2], [0, .25, .5, .75, 1]), NumPy 2.4
        assert_eq!(
            Quartiles::of(&[4.0, 1.0, 3.0, 2.0]),
            Some(Quartiles([1.0, 1.75, 2.5, 3.25, 4.0]))
        );
        assert_eq!(Quartiles::of(&[]), None);
    }

    #[test]
    fn the_honest_split_comes_first_and_the_other_is_labelled() {
        let chart = BoxPlot {
            reports: specimen::report().folds,
        };
        assert!(
            chart.summary().contains("equal rows in the same fold 0."),
            "{}",
            chart.summary()
        );
        assert_eq!(chart.table().1.len(), 10);
        let frame = ChartFrame::new(960.0, chart.height(960.0), 1.0);
        let svg = crate::plots::inline_svg::to_inline_svg(&chart, &frame);
        assert!(svg.contains("All rows, split at random (leaks)"));
    }
}
