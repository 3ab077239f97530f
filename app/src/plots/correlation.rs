//! How features go together: Spearman's rank correlation of every pair as a heat map, blue for opposite, orange for alike.
//!
//! Names with their numbers stand at the rows, numbers at the columns. Where cells are lower than a line of text, every second or third
//! is labelled, on a phone by its number alone, and the pointer gives the rest.

use super::frame::{ChartFrame, ROW};
use super::palette::{Palette, Rgb};
use super::scene::{Anchor, Point, Rect, Scene, fit_text, text_width, wrap_text};
use super::{Chart, Mark, PageChart, Table, columns, number};

/// Least height of a labelled row.
const LINE: f32 = 16.0;
/// Cells from this height on have names: lower ones need the width, and every third name says little.
const LEAST_NAMED: f32 = 8.0;
const LARGEST_CELL: f32 = 44.0;
/// Cells from this width on have their value written in them.
const WRITTEN_CELL: f32 = 38.0;
/// Pairs that can be read off one by one.
const N_MARKS: usize = 40;
/// How strong a correlation of one is drawn where its value is written over it.
const WRITTEN_OPACITY: f32 = 0.55;

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Correlation {
    /// Features in the order in which they are shown.
    pub names: Vec<String>,
    /// −1..1 row by row, as many rows and columns as names; NaN where a feature is constant.
    pub matrix: Vec<f32>,
}

struct Layout {
    key: Vec<String>,
    top: f32,
    left: f32,
    cell: f32,
    /// Every how many rows and columns a label has room.
    row_step: usize,
    column_step: usize,
    /// Tells whether names stand at the rows, beside the numbers.
    has_names: bool,
}

impl Correlation {
    /// Between two features; NaN where one is constant or there is none.
    pub fn between(&self, row: usize, column: usize) -> f32 {
        let n = self.names.len();
        if row >= n || column >= n {
            return f32::NAN;
        }
        let index = row * n + column;
        self.matrix.get(index).copied().unwrap_or(f32::NAN)
    }

    fn label(&self, index: usize) -> String {
        let name = self.names.get(index).map_or("", String::as_str);
        format!("{name} {}", index + 1)
    }

    fn layout(&self, width: f32) -> Layout {
        let n = self.names.len().max(1);
        let widest = (0..n)
            .map(|index| text_width(&self.label(index)))
            .fold(0.0, f32::max);
        // Half a number stands out to the right of the last column.
        let cell = |left: f32| ((width - left - 8.0) / n as f32).min(LARGEST_CELL);
        let named = (widest + 12.0).min(width * 0.38);
        let numbered = text_width(&n.to_string()) + 10.0;
        let has_names = cell(named) >= LEAST_NAMED;
        let left = if has_names { named } else { numbered };
        let cell = cell(left);
        let row_step = (LINE / cell).ceil().max(1.0) as usize;
        let column_step = ((text_width(&n.to_string()) + 4.0) / cell).ceil().max(1.0) as usize;
        let mut key =
            "Spearman's rank correlation: −1 opposite order, 1 same order, × constant.".to_owned();
        if row_step > 1 {
            key.push_str(" Point at a cell to see its features.");
        }
        let key = wrap_text(&key, width);
        Layout {
            top: (key.len() + 2) as f32 * ROW + 10.0,
            key,
            left,
            cell,
            row_step,
            column_step,
            has_names,
        }
    }

    /// The two features, row and column, of the cell at a place in CSS pixels.
    pub fn pair_at(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<(usize, usize)> {
        let Layout {
            top, left, cell, ..
        } = self.layout(frame.width);
        if x_px < left || y_px < top {
            return None;
        }
        let (row, column) = ((y_px - top) / cell, (x_px - left) / cell);
        let (row, column) = (row as usize, column as usize);
        let n = self.names.len();
        (row < n && column < n).then_some((row, column))
    }

    /// What the cell at a place in CSS pixels says: `src_bytes × dst_bytes: 0.63`.
    pub fn hit(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Mark> {
        let (row, column) = self.pair_at(frame, x_px, y_px)?;
        Some(self.mark(&self.layout(frame.width), row, column))
    }

    fn mark(&self, layout: &Layout, row: usize, column: usize) -> Mark {
        let name = |index: usize| self.names.get(index).map_or("", String::as_str);
        let value = self.between(row, column);
        let value = if value.is_finite() {
            written(value)
        } else {
            "constant, no correlation".into()
        };
        Mark {
            text: format!("{} × {}: {value}", name(row), name(column)),
            at: layout.middle_of(row, column),
        }
    }

    /// Pairs of different features, those that go together most first, constant ones last.
    fn pairs(&self) -> Vec<(usize, usize, f32)> {
        let n = self.names.len();
        let mut pairs: Vec<(usize, usize, f32)> = (0..n)
            .flat_map(|row| (row + 1..n).map(move |column| (row, column)))
            .map(|(row, column)| (row, column, self.between(row, column)))
            .collect();
        let size = |value: f32| if value.is_finite() { value.abs() } else { -1.0 };
        pairs.sort_by(|a, b| size(b.2).total_cmp(&size(a.2)));
        pairs
    }

    fn draw_cells(&self, scene: &mut Scene, layout: &Layout, palette: &Palette) {
        let Layout {
            top, left, cell, ..
        } = *layout;
        let is_written = cell >= WRITTEN_CELL;
        let gap = if cell >= 8.0 { 1.0 } else { 0.0 };
        let n = self.names.len();
        let extent = n as f32 * cell;
        let ground = Rect::new(left - 1.0, top - 1.0, left + extent, top + extent);
        scene.rect(ground, palette.line, 1.0);
        let ground = Rect::new(left, top, left + extent - gap, top + extent - gap);
        scene.rect(ground, palette.surface, 1.0);
        for (row, column) in (0..n).flat_map(|row| (0..n).map(move |column| (row, column))) {
            let (x, y) = (left + column as f32 * cell, top + row as f32 * cell);
            let value = self.between(row, column);
            if !value.is_finite() {
                let (x, y) = (x + cell / 2.0, y + cell / 2.0);
                let arm = (cell * 0.2).min(3.0);
                for rise in [arm, -arm] {
                    let ends = vec![(x - arm, y - rise), (x + arm, y + rise)];
                    scene.path(ends, palette.ink_3, 1.0);
                }
                continue;
            }
            let rect = Rect::new(x, y, x + cell - gap, y + cell - gap);
            let (colour, opacity) = colour(value, palette);
            let strongest = if is_written { WRITTEN_OPACITY } else { 1.0 };
            if opacity >= 0.02 {
                scene.rect(rect, colour, opacity * strongest);
            }
            if is_written {
                let at = layout.middle_of(row, column);
                scene.text(written(value), at, Anchor::Middle, palette.ink);
            }
        }
    }

    fn draw_labels(&self, scene: &mut Scene, layout: &Layout, palette: &Palette) {
        let n = self.names.len();
        for row in (0..n).step_by(layout.row_step) {
            let number = (row + 1).to_string();
            let (_, y) = layout.middle_of(row, 0);
            let right = layout.left - 6.0;
            scene.text(number.as_str(), (right, y), Anchor::End, palette.ink_3);
            if !layout.has_names {
                continue;
            }
            let end = right - text_width(&number) - 5.0;
            let name = self.names.get(row).map_or("", String::as_str);
            scene.text(fit_text(name, end), (end, y), Anchor::End, palette.ink);
        }
        for column in (0..n).step_by(layout.column_step) {
            let (x, _) = layout.middle_of(0, column);
            let at = (x, layout.top - 10.0);
            scene.text((column + 1).to_string(), at, Anchor::Middle, palette.ink_3);
        }
    }

    /// The scale with its ends and middle, below the key.
    fn draw_scale(scene: &mut Scene, layout: &Layout, width: f32, palette: &Palette) {
        const N_STEPS: i8 = 20;
        const STEP: f32 = 8.0;
        let y = (layout.key.len() as f32 + 0.5) * ROW;
        let left = text_width("−1") + 6.0;
        for step in 0..=N_STEPS {
            let value = f32::from(step) / f32::from(N_STEPS) * 2.0 - 1.0;
            let (colour, opacity) = colour(value, palette);
            let x = left + f32::from(step) * STEP;
            let rect = Rect::new(x, y - 6.0, x + STEP, y + 6.0);
            scene.rect(rect, palette.surface, 1.0);
            scene.rect(rect, colour, opacity);
        }
        let right = left + f32::from(N_STEPS + 1) * STEP;
        scene.text("−1", (left - 6.0, y), Anchor::End, palette.ink_2);
        let note = fit_text("1", width - right - 6.0);
        scene.text(note, (right + 6.0, y), Anchor::Start, palette.ink_2);
        let middle = f32::midpoint(left, right);
        scene.text("0", (middle, y), Anchor::Middle, palette.ink_2);
    }
}

impl Layout {
    fn middle_of(&self, row: usize, column: usize) -> Point {
        (
            self.left + (column as f32 + 0.5) * self.cell,
            self.top + (row as f32 + 0.5) * self.cell,
        )
    }
}

impl Chart for Correlation {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        if self.names.is_empty() {
            let at = (frame.width / 2.0, frame.height / 2.0);
            scene.text("No numeric features", at, Anchor::Middle, palette.ink_2);
            return scene;
        }
        let layout = self.layout(frame.width);
        for (index, line) in layout.key.iter().enumerate() {
            let at = (0.0, (index as f32 + 0.5) * ROW);
            scene.text(line.as_str(), at, Anchor::Start, palette.ink_2);
        }
        Self::draw_scale(&mut scene, &layout, frame.width, palette);
        self.draw_cells(&mut scene, &layout, palette);
        self.draw_labels(&mut scene, &layout, palette);
        scene
    }

    fn summary(&self) -> String {
        let n = self.names.len();
        let n_constant = (0..n)
            .filter(|&index| !self.between(index, index).is_finite())
            .count();
        let constant = match n_constant {
            0 => String::new(),
            1 => "; 1 feature is constant".into(),
            n => format!("; {n} features are constant"),
        };
        match self.pairs().first() {
            Some(&(row, column, value)) if value.is_finite() => {
                let name = |index: usize| self.names.get(index).map_or("", String::as_str);
                format!(
                    "Rank correlations of {n} features; strongest: {} × {} {}{constant}.",
                    name(row),
                    name(column),
                    written(value)
                )
            }
            _ => format!("Rank correlations of {n} features: none to compare{constant}."),
        }
    }

    fn table(&self) -> Table {
        let name = |index: usize| self.names.get(index).cloned().unwrap_or_default();
        let row = |(row, column, value): (usize, usize, f32)| {
            let value = if value.is_finite() {
                signed(value, 3)
            } else {
                "–".into()
            };
            vec![name(row), name(column), value]
        };
        (
            columns(["feature", "with", "rank correlation"]),
            self.pairs().into_iter().map(row).collect(),
        )
    }
}

impl PageChart for Correlation {
    fn height(&self, width: f32) -> f32 {
        if self.names.is_empty() {
            return 120.0;
        }
        let layout = self.layout(width);
        // The last label of a row may be higher than its cell.
        layout.top + self.names.len() as f32 * layout.cell + LINE / 2.0
    }

    /// The pairs that go together most: all would be hundreds of stops for a keyboard.
    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let layout = self.layout(frame.width);
        self.pairs()
            .into_iter()
            .take(N_MARKS)
            .map(|(row, column, _)| self.mark(&layout, row, column))
            .collect()
    }
}

/// Colour and strength of a correlation over the surface.
fn colour(value: f32, palette: &Palette) -> (Rgb, f32) {
    let series = usize::from(value >= 0.0);
    (palette.series(series), value.abs().min(1.0))
}

/// With two decimals, never 1 for what is not.
fn written(value: f32) -> String {
    signed(value, 2)
}

fn signed(value: f32, decimals: usize) -> String {
    let text = number::fraction_to(value.abs().into(), decimals);
    let is_zero = text.chars().all(|c| c == '0' || c == '.');
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::workbench_specimen::correlation;

    #[test]
    fn cells_are_found_where_they_are_drawn() {
        for (n, width) in [(41, 320.0), (41, 900.0), (5, 500.0), (1, 320.0)] {
            let chart = correlation(n);
            let frame = ChartFrame::new(width, chart.height(width), 1.0);
            let layout = chart.layout(width);
            for (row, column) in [(0, 0), (0, n - 1), (n - 1, 0), (n / 2, n / 3)] {
                let (x, y) = layout.middle_of(row, column);
                assert!(x < width && y < frame.height);
                assert_eq!(chart.pair_at(&frame, x, y), Some((row, column)));
                let hit = chart.hit(&frame, x, y).expect("a cell");
                let start = format!("{} × {}: ", chart.names[row], chart.names[column]);
                assert!(hit.text.starts_with(&start), "{}", hit.text);
            }
            assert_eq!(chart.pair_at(&frame, 1.0, layout.top + 1.0), None);
        }
    }

    #[test]
    fn labels_are_thinned_and_a_hint_given_where_cells_are_small() {
        let chart = correlation(41);
        let (narrow, wide) = (chart.layout(320.0), chart.layout(900.0));
        assert!(narrow.row_step > 1 && wide.row_step == 1);
        assert!(!narrow.has_names && wide.has_names && chart.layout(600.0).has_names);
        assert!(correlation(6).layout(320.0).has_names);
        assert!(narrow.key.join(" ").ends_with("see its features."));
        assert!(!wide.key.join(" ").contains("Point at"));
    }

    #[test]
    fn table_has_every_pair_with_the_strongest_first_and_constants_last() {
        let chart = Correlation {
            names: ["a", "b", "c"].map(str::to_owned).into(),
            matrix: vec![
                1.0,
                -0.9996,
                f32::NAN,
                -0.9996,
                1.0,
                f32::NAN,
                f32::NAN,
                f32::NAN,
                f32::NAN,
            ],
        };
        let (_, rows) = chart.table();
        assert_eq!(rows[0], ["a", "b", "−0.9996"]);
        assert_eq!(rows[2][2], "–");
        assert_eq!(
            chart.summary(),
            "Rank correlations of 3 features; strongest: a × b −0.9996; 1 feature is constant."
        );
        assert_eq!(correlation(41).table().1.len(), 41 * 40 / 2);
    }

    #[test]
    fn zero_has_no_sign_and_what_is_missing_is_no_number() {
        assert_eq!([-0.0, -0.5, 1.0].map(written), ["0.00", "−0.50", "1.00"]);
        let chart = Correlation {
            names: vec!["a".into()],
            matrix: Vec::new(),
        };
        assert!(chart.between(0, 0).is_nan() && chart.between(4, 0).is_nan());
        assert!(Correlation::default().table().1.is_empty());
    }
}
