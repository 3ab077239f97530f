//! What the two axes of the map are made of: the features that weigh most on each component, to the right for more, to the left for less.

use super::frame::{ChartFrame, ROW};
use super::palette::Palette;
use super::scene::{Anchor, Rect, Scene, fit_text, text_width};
use super::{Chart, Mark, PageChart, Table, number};

/// Features that are drawn per component; the table has them all.
const N_BARS: usize = 10;
const BAR: f32 = 13.0;
/// Narrower than this, the second panel stands below the first.
const LEAST_BESIDE: f32 = 640.0;
/// In a panel narrower than this, names stand above their bars: cut, many would be the same.
const LEAST_NAMED: f32 = 400.0;
const GAP: f32 = 24.0;

/// How a feature weighs on both components.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loading {
    /// `src_bytes`.
    pub feature: String,
    /// Weight on the first and on the second component, −1..1.
    pub weights: [f32; 2],
}

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loadings {
    /// Share of the variance along each component, 0..1.
    pub explained: [f32; 2],
    /// In any order.
    pub features: Vec<Loading>,
}

/// Where one component's bars are.
struct Panel<'a> {
    title: String,
    left: f32,
    top: f32,
    /// Where names end, where 0 is, and the length of the greatest weight.
    names: f32,
    zero: f32,
    reach: f32,
    right: f32,
    is_above: bool,
    greatest: f32,
    rows: Vec<(&'a str, f32)>,
}

impl Panel<'_> {
    fn x(&self, weight: f32) -> f32 {
        self.zero + (weight / self.greatest).clamp(-1.0, 1.0) * self.reach
    }

    /// Height of a row.
    fn pitch(&self) -> f32 {
        if self.is_above { 34.0 } else { 22.0 }
    }

    fn top_of(&self, row: usize) -> f32 {
        self.top + ROW + 4.0 + row as f32 * self.pitch()
    }

    /// The middle of a bar.
    fn middle_of(&self, row: usize) -> f32 {
        self.top_of(row) + if self.is_above { 24.0 } else { 11.0 }
    }

    fn bottom(&self) -> f32 {
        self.top_of(self.rows.len())
    }

    fn draw(&self, scene: &mut Scene, palette: &Palette) {
        let at = (self.left, self.top + ROW / 2.0);
        let title = fit_text(&self.title, self.right - self.left);
        scene.text(title, at, Anchor::Start, palette.ink_2);
        for (row, &(name, weight)) in self.rows.iter().enumerate() {
            let middle = self.middle_of(row);
            let end = self.x(weight);
            let (start, end) = (self.zero.min(end), self.zero.max(end));
            let bar = Rect::new(start, middle - BAR / 2.0, end, middle + BAR / 2.0);
            scene.rect(bar, palette.series(usize::from(weight >= 0.0)), 0.85);
            // Short of the name above it.
            let beyond = BAR / 2.0 + if self.is_above { 1.0 } else { 4.0 };
            let (top, bottom) = (middle - beyond, middle + beyond);
            let axis = Rect::new(self.zero - 0.5, top, self.zero + 0.5, bottom);
            scene.rect(axis, palette.line_strong, 1.0);
            let figure = written(weight);
            let (at, anchor, room) = if self.is_above {
                let room = self.right - self.left - text_width(&figure) - 8.0;
                ((self.left, middle - 16.0), Anchor::Start, room)
            } else {
                ((self.names, middle), Anchor::End, self.names - self.left)
            };
            scene.text(fit_text(name, room), at, anchor, palette.ink);
            scene.text(figure, (self.right, at.1), Anchor::End, palette.ink_2);
        }
    }
}

impl Loadings {
    /// The features that weigh most on a component.
    fn top(&self, component: usize) -> Vec<(&str, f32)> {
        let mut rows: Vec<(&str, f32)> = self
            .features
            .iter()
            .filter_map(|loading| {
                let weight = *loading.weights.get(component)?;
                weight
                    .is_finite()
                    .then_some((loading.feature.as_str(), weight))
            })
            .collect();
        rows.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        rows.truncate(N_BARS);
        rows
    }

    fn panels(&self, width: f32) -> [Panel<'_>; 2] {
        let is_beside = width >= LEAST_BESIDE;
        let room = if is_beside {
            (width - GAP) / 2.0
        } else {
            width
        };
        let tops = [0, 1].map(|component| self.top(component));
        // Both on one scale.
        let weights = tops.iter().flatten().map(|(_, weight)| weight.abs());
        let greatest = weights.fold(1e-6, f32::max);
        let is_above = room < LEAST_NAMED;
        let mut below = 0.0;
        let mut components = ["first", "second"].into_iter().zip(self.explained);
        let mut index = 0.0;
        tops.map(|rows| {
            let (name, share) = components.next().unwrap_or_default();
            let (left, top) = if is_beside {
                (index * (room + GAP), 0.0)
            } else {
                (0.0, below)
            };
            index += 1.0;
            let widest = rows
                .iter()
                .map(|(name, _)| text_width(name))
                .fold(0.0, f32::max);
            let right = left + room;
            let (names, bars) = if is_above {
                (left, (left, right))
            } else {
                // A hair more, for what rounding takes.
                let names = left + (widest + 1.0).min(room * 0.5);
                (names, (names + 8.0, right - text_width("−0.00") - 8.0))
            };
            let panel = Panel {
                title: format!("{name} component ({:.0} % of variance)", share * 100.0),
                left,
                top,
                names,
                zero: f32::midpoint(bars.0, bars.1),
                reach: ((bars.1 - bars.0) / 2.0).max(8.0),
                right,
                is_above,
                greatest,
                rows,
            };
            below = panel.bottom() + GAP;
            panel
        })
    }

    /// What the row at a place in CSS pixels says.
    pub fn hit(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Mark> {
        for panel in self.panels(frame.width) {
            for row in 0..panel.rows.len() {
                let (top, bottom) = (panel.top_of(row), panel.top_of(row + 1));
                let band = Rect::new(panel.left, top, panel.right, bottom);
                if band.contains((x_px, y_px), 0.0) {
                    return mark(&panel, row);
                }
            }
        }
        None
    }
}

fn mark(panel: &Panel<'_>, row: usize) -> Option<Mark> {
    let (name, weight) = panel.rows.get(row)?;
    Some(Mark {
        text: format!("{name}: {} on the {}", written(*weight), panel.title),
        at: (panel.x(*weight), panel.middle_of(row)),
    })
}

impl Chart for Loadings {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        if self.features.is_empty() {
            let at = (frame.width / 2.0, frame.height / 2.0);
            scene.text("No map yet", at, Anchor::Middle, palette.ink_2);
            return scene;
        }
        for panel in self.panels(frame.width) {
            panel.draw(&mut scene, palette);
        }
        scene
    }

    fn summary(&self) -> String {
        let said = |component: usize| {
            let rows: Vec<String> = self
                .top(component)
                .into_iter()
                .take(3)
                .map(|(name, weight)| format!("{name} {}", written(weight)))
                .collect();
            rows.join(", ")
        };
        if self.features.is_empty() {
            return "Weights of features on the map's axes: no map yet.".into();
        }
        format!(
            "Weights of {} features on the map's axes; most on the first: {}; most on the second: {}.",
            self.features.len(),
            said(0),
            said(1)
        )
    }

    fn table(&self) -> Table {
        let header = ["feature", "first component", "second component"];
        let row = |loading: &Loading| {
            let [first, second] = loading.weights.map(written);
            vec![loading.feature.clone(), first, second]
        };
        (
            super::columns(header),
            self.features.iter().map(row).collect(),
        )
    }
}

impl PageChart for Loadings {
    fn height(&self, width: f32) -> f32 {
        let bottoms = self.panels(width).map(|panel| panel.bottom());
        bottoms.into_iter().fold(120.0, f32::max) + 2.0
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let panels = self.panels(frame.width);
        panels
            .iter()
            .flat_map(|panel| (0..panel.rows.len()).filter_map(move |row| mark(panel, row)))
            .collect()
    }
}

fn written(weight: f32) -> String {
    if !weight.is_finite() {
        return number::value(weight);
    }
    let text = format!("{weight:.2}");
    if text == "-0.00" {
        return "0.00".into();
    }
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::workbench_specimen::loadings;

    #[test]
    fn each_panel_has_its_ten_heaviest_features_in_order() {
        let chart = loadings();
        for panel in chart.panels(900.0) {
            assert_eq!(panel.rows.len(), N_BARS);
            assert!(
                panel
                    .rows
                    .windows(2)
                    .all(|pair| pair[0].1.abs() >= pair[1].1.abs())
            );
        }
        assert_eq!(chart.table().1.len(), chart.features.len());
        assert!(
            chart
                .summary()
                .contains("most on the first: serror_rate 0.44"),
            "{}",
            chart.summary()
        );
    }

    #[test]
    fn rows_are_found_where_they_are_drawn() {
        for width in [320.0, 500.0, 900.0] {
            let chart = loadings();
            let frame = ChartFrame::new(width, chart.height(width), 1.0);
            let marks = chart.marks(&frame);
            assert_eq!(marks.len(), 2 * N_BARS);
            for mark in marks {
                let (x, y) = mark.at;
                assert_eq!(chart.hit(&frame, x, y), Some(mark));
            }
        }
    }

    #[test]
    fn weights_of_nothing_and_of_no_number_are_written() {
        let chart = Loadings {
            explained: [0.0; 2],
            features: vec![Loading {
                feature: "land".into(),
                weights: [-0.0, f32::NAN],
            }],
        };
        assert_eq!(chart.table().1[0], ["land", "0.00", "–"]);
        assert_eq!(chart.panels(320.0)[1].rows.len(), 0);
        assert!(Loadings::default().table().1.is_empty());
    }
}
