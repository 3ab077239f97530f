//! The nearest record that is normal: what this connection would have to look like.
//!
//! The distance of two records is the sum over features of how far apart they stand among the rows of the file: for numbers the share
//! of rows between them, for words 1 where they differ. So a feature counts alike whatever its unit, and a step that many rows lie
//! between is long. After Gower (1971), with ranks for ranges.

use crate::column::{Codes, Column, with_codes};
use crate::distribution::value_counts;
use crate::order::by_number;
use crate::row_set::RowSet;
use crate::table::ScoredTable;

/// A record near another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its row.
    pub row: usize,
    /// Sum over features, 0 to their number.
    pub distance: f32,
}

/// Where each value stands among the rows of the file; made once.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Per feature: the share of rows below the middle of each code; `None` of words.
    places: Vec<Places>,
}

#[derive(Clone, Debug)]
enum Places {
    /// By code.
    Coded(Vec<f32>),
    /// By row.
    Rows(Vec<f32>),
    /// Words have none.
    Words,
}

impl Standing {
    /// Of a table.
    pub fn new(table: &ScoredTable) -> Self {
        let all = RowSet::all(table.n_rows());
        let n = table.n_rows().max(1) as f32;
        let places = table.features.iter().map(|column| match column {
            Column::Numbers(_) => {
                let counts = value_counts(column, &all).unwrap_or_default();
                let mut below = 0u64;
                let places = counts.iter().map(|&count| {
                    let middle = below as f32 + count as f32 / 2.0;
                    below += u64::from(count);
                    middle / n
                });
                Places::Coded(places.collect())
            }
            Column::Floats(values) => {
                let rows: Vec<u32> = (0..values.len() as u32).collect();
                let mut places = vec![0.0; values.len()];
                for (rank, row) in by_number(rows, |row| values[row as usize], false)
                    .into_iter()
                    .enumerate()
                {
                    places[row as usize] = rank as f32 / n;
                }
                Places::Rows(places)
            }
            Column::Texts(_) => Places::Words,
        });
        Self {
            places: places.collect(),
        }
    }

    /// The nearest distinct records among some rows, nearest first, at most `n`. The record itself is left out.
    pub fn nearest(
        &self,
        table: &ScoredTable,
        row: usize,
        among: &RowSet,
        n: usize,
    ) -> Vec<Neighbour> {
        let mut candidates = RowSet::none(table.n_groups());
        among.for_each(|row| candidates.insert(table.groups[row] as usize));
        let own_group = table.groups.get(row).map_or(usize::MAX, |&g| g as usize);
        let groups: Vec<usize> = candidates.iter().filter(|&g| g != own_group).collect();
        let mut distances = vec![0.0f32; groups.len()];
        for (column, places) in table.features.iter().zip(&self.places) {
            add_distances(table, column, places, row, &groups, &mut distances);
        }
        let mut order: Vec<usize> = (0..groups.len()).collect();
        let nearer = |&a: &usize, &b: &usize| distances[a].total_cmp(&distances[b]).then(a.cmp(&b));
        if order.len() > n && n > 0 {
            order.select_nth_unstable_by(n - 1, nearer);
        }
        order.truncate(n);
        order.sort_by(nearer);
        let neighbours = order.into_iter().map(|index| Neighbour {
            row: table.first_rows[groups[index]] as usize,
            distance: distances[index],
        });
        neighbours.collect()
    }
}

fn add_distances(
    table: &ScoredTable,
    column: &Column,
    places: &Places,
    row: usize,
    groups: &[usize],
    distances: &mut [f32],
) {
    let first_rows = groups.iter().map(|&group| table.first_rows[group] as usize);
    let add = |codes: &Codes, part: &[f32], distances: &mut [f32]| {
        with_codes!(codes, codes => {
            for (distance, row) in distances.iter_mut().zip(first_rows.clone()) {
                *distance += part[usize::from(codes[row])];
            }
        });
    };
    match (column, places) {
        (Column::Numbers(coded), Places::Coded(places)) => {
            let own = places[coded.codes.get(row)];
            let part: Vec<f32> = places.iter().map(|place| (place - own).abs()).collect();
            add(&coded.codes, &part, distances);
        }
        (Column::Texts(coded), _) => {
            let own = coded.codes.get(row);
            let part: Vec<f32> = (0..coded.values.len())
                .map(|code| f32::from(u8::from(code != own)))
                .collect();
            add(&coded.codes, &part, distances);
        }
        (Column::Floats(_), Places::Rows(places)) => {
            let own = places[row];
            for (distance, row) in distances.iter_mut().zip(first_rows) {
                *distance += (places[row] - own).abs();
            }
        }
        _ => {}
    }
}
