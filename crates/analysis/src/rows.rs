//! The rows of a table on the screen: which, in which order, and how often each occurs.

use crate::column::Column;
use crate::order::{by_column, by_number};
use crate::row_set::RowSet;
use crate::table::ScoredTable;

/// What rows are sorted by. Rows that are equal in it stay in the order of the chosen model's score, the oddest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// The raw score of a model.
    Score(usize),
    /// A feature, by its position in the view.
    Feature(usize),
    /// The label.
    Label,
    /// Selected rows with the same features.
    Copies,
    /// How far apart the risks of two models are.
    Disagreement([usize; 2]),
    /// Line of the file.
    Line,
}

/// Selected rows in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SortedRows {
    /// Positions in the table.
    pub rows: Vec<u32>,
    /// Selected rows of each group of equal ones.
    pub n_copies: Vec<u32>,
}

impl SortedRows {
    /// Sorts a selection, on top of the order by score of `model`. Of rows with the same features only the first is kept if `is_distinct`.
    pub fn new(
        table: &mut ScoredTable,
        selected: &RowSet,
        model: usize,
        order: RowOrder,
        is_descending: bool,
        is_distinct: bool,
    ) -> Self {
        let mut n_copies = vec![0u32; table.n_groups()];
        selected.for_each(|row| n_copies[table.groups[row] as usize] += 1);
        let base = match order {
            RowOrder::Score(of) => of,
            _ => model,
        };
        table.order(base);
        let table = &*table;
        let mut seen = RowSet::none(if is_distinct { table.n_groups() } else { 0 });
        let mut rows = Vec::with_capacity(selected.len());
        for &row in table.sorted(base) {
            if !selected.contains(row as usize) {
                continue;
            }
            if is_distinct {
                let group = table.groups[row as usize] as usize;
                if seen.contains(group) {
                    continue;
                }
                seen.insert(group);
            }
            rows.push(row);
        }
        let rows = match order {
            RowOrder::Score(_) if is_descending => rows,
            RowOrder::Score(model) => match table.models.get(model) {
                Some(column) => by_number(rows, |row| column.raw[row as usize], false),
                None => rows,
            },
            RowOrder::Feature(index) => match table.features.get(index) {
                Some(column) => by_column(rows, column, is_descending),
                None => rows,
            },
            RowOrder::Label => match &table.labels {
                Some(column @ Column::Texts(_)) => by_column(rows, column, is_descending),
                _ => rows,
            },
            RowOrder::Copies => {
                let copies = |row: u32| n_copies[table.groups[row as usize] as usize] as f32;
                by_number(rows, copies, is_descending)
            }
            RowOrder::Disagreement([first, second]) => {
                match (table.models.get(first), table.models.get(second)) {
                    (Some(first), Some(second)) => {
                        let apart =
                            |row: u32| (first.risk[row as usize] - second.risk[row as usize]).abs();
                        by_number(rows, apart, is_descending)
                    }
                    _ => rows,
                }
            }
            RowOrder::Line => {
                // Rows are in file order by their positions.
                let mut rows = rows;
                rows.sort_unstable();
                if is_descending {
                    rows.reverse();
                }
                rows
            }
        };
        Self { rows, n_copies }
    }
}
