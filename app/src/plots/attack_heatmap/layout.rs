//! Where rows, columns and names of the heat map are.

use models::evaluation::report::AttackRow;

use super::super::frame::ROW;
use super::super::number;
use super::super::scene::{fit_text, text_width, wrap_text};
use super::{AttackHeatmap, HeatRow};

/// Height of a row.
pub(super) const CELL: f32 = 22.0;
/// Cells are wide enough for "100".
const LEAST_COLUMN: f32 = 26.0;

/// Where things are.
pub(super) struct Layout {
    /// Lines of names above the columns.
    pub(super) names: Vec<Vec<String>>,
    /// Lines that say which number is which model; none where the names fit.
    pub(super) key: Vec<String>,
    pub(super) top: f32,
    pub(super) left: f32,
    pub(super) column: f32,
}

/// Tops of what stands in a row.
pub(super) struct Placed<'a> {
    /// Names of families.
    pub(super) families: Vec<(f32, &'static str)>,
    /// Attack types.
    pub(super) rows: Vec<(f32, &'a HeatRow)>,
}

impl AttackHeatmap {
    pub(super) fn layout(&self, width: f32) -> Layout {
        let widest = self
            .rows()
            .map(|row| text_width(&label(row, width)))
            .fold(0.0, f32::max);
        let n = self.models.len().max(1) as f32;
        let left = (widest + 10.0).min(width - n * LEAST_COLUMN);
        let column = ((width - left) / n).min(130.0);
        let names: Vec<Vec<String>> = self
            .models
            .iter()
            .map(|name| wrap_text(name, column - 6.0))
            .collect();
        let fits = names
            .iter()
            .flatten()
            .all(|line| text_width(line) <= column - 4.0);
        let (names, key) = if fits {
            (names, Vec::new())
        } else {
            let numbered = |(index, name): (usize, &String)| format!("{} = {name}", index + 1);
            let key: Vec<String> = self.models.iter().enumerate().map(numbered).collect();
            let key = key.iter().map(|line| fit_text(line, width)).collect();
            (
                (1..=self.models.len())
                    .map(|n| vec![n.to_string()])
                    .collect(),
                key,
            )
        };
        let n_lines = names.iter().map(Vec::len).max().unwrap_or(0);
        Layout {
            top: (key.len() + n_lines) as f32 * ROW + 6.0,
            names,
            key,
            left,
            column,
        }
    }

    /// Where rows and families' names are below the columns' names.
    pub(super) fn placed(&self, layout: &Layout) -> Placed<'_> {
        let mut y = layout.top;
        let (mut families, mut rows) = (Vec::new(), Vec::new());
        for (family, of_family) in &self.families {
            families.push((y, *family));
            y += ROW + 2.0;
            for row in of_family {
                rows.push((y, row));
                y += CELL;
            }
            y += 6.0;
        }
        Placed { families, rows }
    }
}

/// The type with its number of rows where there is room; "new" where the training data do not have it.
pub(super) fn label(row: &HeatRow, width: f32) -> String {
    let AttackRow {
        attack,
        is_known,
        n,
        ..
    } = &row.attack;
    let new = if *is_known { "" } else { " (new)" };
    if width < 500.0 {
        return format!("{attack}{new}");
    }
    format!("{attack}{new} · {}", number::count(n.round() as u64))
}
