//! The test rows on the map, as counts on a grid.

use std::collections::{BTreeMap, HashSet};

use models::evaluation::report::MapGrid;
use models::trained_model::{Detections, TrainedModel};
use models::training::LabelledRecords;

const N_COLUMNS: usize = 96;
const N_ROWS: usize = 64;

/// Counts distinct normal records and attacks per cell. The grid ends at the 0.5 % and 99.5 % quantiles of the places; what is beyond is in
/// the cells at the edge.
pub(super) fn map_grid(
    model: &TrainedModel,
    detections: &Detections,
    records: &LabelledRecords,
    rows: &[usize],
) -> MapGrid {
    let is_normal = records.is_normal();
    let mut seen = HashSet::new();
    let places: Vec<(f32, f32, bool)> = rows
        .iter()
        .enumerate()
        .filter(|&(index, &row)| seen.insert((detections.row_hash[index], is_normal[row])))
        .map(|(index, &row)| {
            let [x, y] = &detections.position;
            (x[index], y[index], is_normal[row])
        })
        .collect();
    let ends = |axis: &dyn Fn(&(f32, f32, bool)) -> f32| {
        let mut values: Vec<f32> = places.iter().map(axis).collect();
        values.sort_unstable_by(f32::total_cmp);
        let at = |share: f64| {
            let last = values.len().saturating_sub(1) as f64;
            values.get((last * share) as usize).copied().unwrap_or(0.0)
        };
        [at(0.005), at(0.995)]
    };
    let (x, y) = (ends(&|place| place.0), ends(&|place| place.1));
    let cell = |value: f32, [low, high]: [f32; 2], n: usize| {
        let share = (value - low) / (high - low).max(f32::MIN_POSITIVE);
        ((share * n as f32) as usize).min(n - 1)
    };
    let mut counts: BTreeMap<(usize, usize), [u32; 2]> = BTreeMap::new();
    for (place_x, place_y, is_normal) in places {
        let place = (cell(place_y, y, N_ROWS), cell(place_x, x, N_COLUMNS));
        counts.entry(place).or_default()[usize::from(!is_normal)] += 1;
    }
    let cells = counts
        .into_iter()
        .map(|((row, column), [normal, attack])| [column as u32, row as u32, normal, attack]);
    MapGrid {
        n_columns: N_COLUMNS,
        n_rows: N_ROWS,
        x,
        y,
        explained: model.projection.explained,
        cells: cells.collect(),
    }
}
