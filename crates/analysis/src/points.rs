//! Rows as points of a map: where they are, what class they are in, and which one is near a place.

use models::calibration::Band;
use models::raster::{FAINT, N_CLASSES};

use crate::column::Column;
use crate::filter::family;
use crate::row_set::RowSet;
use crate::table::ScoredTable;

/// The values of a feature along an axis: heavy-tailed ones as log₁₀(1 + value), words by their rank.
pub fn axis_of_feature(table: &ScoredTable, feature: usize) -> Vec<f32> {
    let is_log = table
        .feature(feature)
        .is_some_and(|feature| feature.kind.is_heavy_tailed());
    let scaled = |value: f32| {
        if is_log {
            libm::log1pf(value.max(0.0)) * std::f32::consts::LOG10_E
        } else {
            value
        }
    };
    match table.features.get(feature) {
        Some(Column::Numbers(coded)) => {
            let values: Vec<f32> = coded.values.iter().map(|&value| scaled(value)).collect();
            (0..coded.codes.len())
                .map(|row| values[coded.codes.get(row)])
                .collect()
        }
        Some(Column::Floats(values)) => values.iter().map(|&value| scaled(value)).collect(),
        Some(column @ Column::Texts(_)) => {
            (0..column.len()).map(|row| column.number(row)).collect()
        }
        None => Vec::new(),
    }
}

/// How points are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointClass {
    /// By the bands of a model's risk.
    Risk(usize),
    /// By label: normal, floods (dos), probes, and intrusions of any other kind.
    Label,
    /// By how far the risks of two models are apart: less than 10, 25, 50, and more.
    Disagreement([usize; 2]),
}

/// The names of the classes, the first at the bottom.
pub fn class_names(class: PointClass) -> [&'static str; N_CLASSES] {
    match class {
        PointClass::Risk(_) => {
            [Band::Low, Band::Elevated, Band::High, Band::Critical].map(Band::name)
        }
        PointClass::Label => ["normal", "dos", "probe", "intrusion"],
        PointClass::Disagreement(_) => ["under 10 apart", "under 25", "under 50", "50 and more"],
    }
}

/// The class of every row; rows outside the selection are faint.
pub fn classes(table: &ScoredTable, selected: &RowSet, class: PointClass) -> Vec<u8> {
    let mut classes = vec![FAINT; table.n_rows()];
    let risk_of = |model: usize| table.models.get(model).map_or(&[][..], |model| &model.risk);
    match class {
        PointClass::Risk(model) => {
            let risk = risk_of(model);
            selected.for_each(|row| {
                classes[row] = risk.get(row).map_or(0, |&risk| Band::of(risk) as u8);
            });
        }
        PointClass::Label => {
            if let Some(Column::Texts(labels)) = &table.labels {
                let of_label: Vec<u8> = labels.values.iter().map(|label| class_of(label)).collect();
                selected.for_each(|row| classes[row] = of_label[labels.codes.get(row)]);
            } else {
                selected.for_each(|row| classes[row] = 0);
            }
        }
        PointClass::Disagreement([first, second]) => {
            let (first, second) = (risk_of(first), risk_of(second));
            selected.for_each(|row| {
                let apart = match (first.get(row), second.get(row)) {
                    (Some(first), Some(second)) => (first - second).abs(),
                    _ => 0.0,
                };
                let limits = [10.0, 25.0, 50.0];
                classes[row] = limits.iter().filter(|limit| apart >= **limit).count() as u8;
            });
        }
    }
    classes
}

fn class_of(label: &str) -> u8 {
    match family(label) {
        "normal" => 0,
        "dos" => 1,
        "probe" => 2,
        _ => 3,
    }
}

/// Selected rows per class.
pub fn count_classes(classes: &[u8]) -> [u64; N_CLASSES] {
    let mut counts = [0; N_CLASSES];
    for &class in classes {
        if let Some(count) = counts.get_mut(usize::from(class)) {
            *count += 1;
        }
    }
    counts
}

/// The selected row nearest to a place, and the number of selected rows at the very same place as it.
///
/// Distances count in units of `reach` along each axis; nothing further than 1 is found. Of several at one place it is the one of the
/// highest class, then the first.
pub fn nearest(
    [x, y]: [&[f32]; 2],
    classes: &[u8],
    at: [f32; 2],
    reach: [f32; 2],
) -> Option<(usize, u32)> {
    let mut best: Option<(f32, u8, usize)> = None;
    let mut n_here = 0;
    for (row, ((&x, &y), &class)) in x.iter().zip(y).zip(classes).enumerate() {
        let (dx, dy) = ((x - at[0]) / reach[0], (y - at[1]) / reach[1]);
        let distance = dx * dx + dy * dy;
        if class == FAINT || distance.is_nan() || distance > 1.0 {
            continue;
        }
        match best {
            Some((least, _, _)) if distance > least => {}
            Some((least, highest, _)) if distance == least => {
                n_here += 1;
                if class > highest {
                    best = Some((distance, class, row));
                }
            }
            _ => (best, n_here) = (Some((distance, class, row)), 1),
        }
    }
    best.map(|(_, _, row)| (row, n_here))
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f32; 5] = [0.0, 1.0, 1.0, 5.0, f32::NAN];
    const Y: [f32; 5] = [0.0, 1.0, 1.0, 5.0, 0.0];

    #[test]
    fn the_highest_class_of_several_rows_at_one_place_is_found() {
        let classes = [0, 1, 3, 0, 0];
        let found = nearest([&X, &Y], &classes, [1.1, 0.9], [0.5, 0.5]);
        assert_eq!(found, Some((2, 2)));
    }

    #[test]
    fn faint_and_far_rows_are_not_found() {
        let found = |classes: [u8; 5], at| nearest([&X, &Y], &classes, at, [0.5, 0.5]);
        assert_eq!(found([0, FAINT, FAINT, 0, 0], [1.0, 1.0]), None);
        assert_eq!(found([0; 5], [3.0, 3.0]), None);
        assert_eq!(found([0; 5], [5.0, 5.4]), Some((3, 1)));
    }

    #[test]
    fn only_told_classes_are_counted() {
        assert_eq!(count_classes(&[0, 3, 3, FAINT]), [1, 0, 0, 2]);
    }
}
