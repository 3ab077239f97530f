//! The values of a categorical feature: a bar per value, the whole file in grey, two parts of the selection in colour; to click for a filter.

use super::count_bars::{Bar, BarPart, CountBars, Form};
use super::frame::{ChartFrame, Legend, LegendEntry, Swatch};
use super::palette::Palette;
use super::scene::{Anchor, Scene};
use super::{Chart, Mark, PageChart, Table, number};

/// Bars that are drawn; the table has every value.
const N_BARS: usize = 10;

/// One value of the feature.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CategoryValue {
    /// `http`.
    pub name: String,
    /// Connections in the whole file.
    pub n_all: u64,
    /// Connections of each part of the selection.
    pub n_parts: [u64; 2],
}

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CategoryBars {
    /// `service`.
    pub feature: String,
    /// In any order.
    pub values: Vec<CategoryValue>,
    /// What the parts of the selection are: normal or usual first, attacks or anomalies second.
    pub part_names: [String; 2],
    /// Indices of the values that a filter names.
    pub chosen: Vec<usize>,
    /// Without legend, axis and caption, for a grid of small charts whose cards carry the names.
    pub is_compact: bool,
}

impl CategoryBars {
    /// Indices of the values, the most frequent first.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        let n_all = |index: &usize| self.values.get(*index).map_or(0, |value| value.n_all);
        order.sort_by_key(|index| std::cmp::Reverse(n_all(index)));
        order
    }

    fn legend(&self, width: f32, palette: &Palette) -> Legend {
        if self.is_compact {
            return Legend::new(Vec::new(), width);
        }
        let part = |(index, name): (usize, &String)| {
            let n: u64 = self
                .values
                .iter()
                .filter_map(|value| value.n_parts.get(index))
                .sum();
            LegendEntry {
                text: format!("{name} {}", number::count(n)),
                colour: palette.series(index),
                swatch: Swatch::Square,
            }
        };
        let mut entries: Vec<LegendEntry> = self.part_names.iter().enumerate().map(part).collect();
        let n_all: u64 = self.values.iter().map(|value| value.n_all).sum();
        entries.push(LegendEntry {
            text: format!("whole file {}", number::count(n_all)),
            colour: palette.line_strong,
            swatch: Swatch::Square,
        });
        Legend::new(entries, width)
    }

    /// The bars with the index of the value of each.
    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> (Legend, CountBars, Vec<usize>) {
        let legend = self.legend(frame.width, palette);
        let form = if self.is_compact {
            Form::Compact
        } else {
            Form::of_width(frame.width)
        };
        let mut rows = self.order();
        let n_shown = if self.is_compact {
            let n_lines = (frame.height / form.pitch()) as usize;
            // The last line says how many are left.
            let n_bars = if rows.len() > n_lines.min(N_BARS) {
                n_lines.saturating_sub(1)
            } else {
                n_lines
            };
            n_bars.clamp(1, N_BARS)
        } else {
            N_BARS
        };
        let rest = rows.split_off(rows.len().min(n_shown));
        let note = match rest.len() {
            0 => String::new(),
            1 => "1 more value".into(),
            n => format!("{} more values", number::count(n as u64)),
        };
        let bar = |index: &usize| {
            let value = self.values.get(*index)?;
            let [a, b] = value.n_parts;
            let n_selected = a.saturating_add(b);
            let text = if self.is_compact {
                number::short(n_selected as f32)
            } else if n_selected < value.n_all && frame.width >= 600.0 {
                format!(
                    "{} of {}",
                    number::count(n_selected),
                    number::count(value.n_all)
                )
            } else {
                number::count(n_selected)
            };
            let parts = value.n_parts.into_iter().enumerate();
            Some(Bar {
                name: value.name.clone(),
                text,
                n_all: value.n_all,
                parts: parts
                    .map(|(index, n)| BarPart {
                        n,
                        colour: palette.series(index),
                    })
                    .collect(),
                is_chosen: self.chosen.contains(index),
            })
        };
        let bars = rows.iter().filter_map(bar).collect();
        let caption = "Length: connections (logarithmic scale).";
        let at = (0.0, legend.height);
        let bars = CountBars::new(bars, note, caption, form, at, frame.width);
        (legend, bars, rows)
    }

    /// Index of the value whose bar is at a place in CSS pixels.
    pub fn value_at(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<usize> {
        let (_, bars, rows) = self.layout(frame, &Palette::light());
        rows.get(bars.row_at((x_px, y_px))?).copied()
    }

    /// What the bar at a place in CSS pixels says.
    pub fn hit(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Mark> {
        let (_, bars, rows) = self.layout(frame, &Palette::light());
        self.mark(&bars, &rows, bars.row_at((x_px, y_px))?)
    }

    fn mark(&self, bars: &CountBars, rows: &[usize], row: usize) -> Option<Mark> {
        let value = self.values.get(*rows.get(row)?)?;
        let [a, b] = &self.part_names;
        let [n_a, n_b] = value.n_parts.map(number::count);
        Some(Mark {
            text: format!(
                "{} {}: {n_a} {a}, {n_b} {b}, {} in the whole file",
                self.feature,
                value.name,
                number::count(value.n_all)
            ),
            at: bars.end_of(row),
        })
    }
}

impl Chart for CategoryBars {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        if self.values.is_empty() {
            let at = (frame.width / 2.0, frame.height / 2.0);
            scene.text("No values", at, Anchor::Middle, palette.ink_2);
            return scene;
        }
        let (legend, bars, _) = self.layout(frame, palette);
        legend.draw(&mut scene, palette);
        bars.draw(&mut scene, palette);
        scene
    }

    fn summary(&self) -> String {
        let order = self.order();
        let Some(first) = order.first().and_then(|index| self.values.get(*index)) else {
            return format!("Values of {}: none.", self.feature);
        };
        let [a, b] = &self.part_names;
        let [n_a, n_b] = first.n_parts.map(number::count);
        let values = match self.values.len() {
            1 => "one value".to_owned(),
            n => format!("{} values", number::count(n as u64)),
        };
        format!(
            "{} has {values}; most frequent is {}: {n_a} {a}, {n_b} {b}, {} in the whole file.",
            self.feature,
            first.name,
            number::count(first.n_all)
        )
    }

    fn table(&self) -> Table {
        let [a, b] = &self.part_names;
        let header = vec![
            self.feature.clone(),
            "whole file".into(),
            a.clone(),
            b.clone(),
        ];
        let row = |value: &CategoryValue| {
            let [n_a, n_b] = value.n_parts.map(number::count);
            vec![value.name.clone(), number::count(value.n_all), n_a, n_b]
        };
        let order = self.order();
        let values = order.iter().filter_map(|index| self.values.get(*index));
        (header, values.map(row).collect())
    }
}

impl PageChart for CategoryBars {
    /// A compact chart takes the height that it is given; this is what its card has.
    fn height(&self, width: f32) -> f32 {
        if self.is_compact || self.values.is_empty() {
            return 130.0;
        }
        let frame = ChartFrame::new(width, 0.0, 1.0);
        self.layout(&frame, &Palette::light()).1.bottom() + 2.0
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let (_, bars, rows) = self.layout(frame, &Palette::light());
        (0..rows.len())
            .filter_map(|row| self.mark(&bars, &rows, row))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::workbench_specimen::services;

    #[test]
    fn clicks_find_the_value_of_the_bar() {
        for (is_compact, width) in [(true, 260.0), (false, 320.0), (false, 900.0)] {
            let chart = services(is_compact);
            let frame = ChartFrame::new(width, chart.height(width), 1.0);
            let (_, bars, rows) = chart.layout(&frame, &Palette::light());
            for (row, index) in rows.iter().enumerate() {
                let (x, y) = bars.end_of(row);
                assert_eq!(chart.value_at(&frame, x, y), Some(*index));
                let hit = chart.hit(&frame, x, y).expect("a bar");
                let name = &chart.values[*index].name;
                assert!(hit.text.starts_with(&format!("service {name}: ")));
            }
            assert_eq!(chart.value_at(&frame, 10.0, frame.height + 9.0), None);
        }
    }

    #[test]
    fn compact_charts_show_as_many_as_fit_and_full_ones_ten() {
        let shown = |chart: &CategoryBars, height| {
            let frame = ChartFrame::new(260.0, height, 1.0);
            chart.layout(&frame, &Palette::light()).2.len()
        };
        assert_eq!(shown(&services(true), 130.0), 6);
        assert_eq!(shown(&services(false), 400.0), N_BARS);
        let mut few = services(true);
        few.values.truncate(2);
        assert_eq!(shown(&few, 130.0), 2);
    }

    #[test]
    fn table_equals_the_counts_in_order_of_frequency() {
        let chart = services(false);
        let (header, rows) = chart.table();
        assert_eq!(header, ["service", "whole file", "normal", "attack"]);
        assert_eq!(rows.len(), chart.values.len());
        assert_eq!(rows[0], ["ecr_i", "281,400", "345", "140,355"]);
        let chart = CategoryBars {
            feature: "flag".into(),
            ..CategoryBars::default()
        };
        assert_eq!(chart.summary(), "Values of flag: none.");
    }
}
