//! Windows of a file: runs of rows that follow each other, and the order that a control takes away.

use ndarray::{Array2, Axis};

use crate::random::Random;

/// First rows of the windows that lie side by side from `offset` on; what is left at the end is no window.
pub(super) fn window_starts(n_rows: usize, window: usize, offset: usize) -> Vec<usize> {
    (offset..(n_rows + 1).saturating_sub(window))
        .step_by(window)
        .collect()
}

/// The rows at position `step` of each window, one behind the other.
pub(super) fn rows_at_step(rows: &Array2<f32>, starts: &[usize], step: usize, to: &mut Vec<f32>) {
    to.clear();
    for start in starts {
        to.extend(rows.row(start + step));
    }
}

/// Positions 0..`n_rows` in an order that knows nothing of time.
pub(super) fn shuffled_order(n_rows: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n_rows).collect();
    Random::new(seed, 3 << 32).shuffle(&mut order);
    order
}

/// The rows in another order.
pub(super) fn in_order(rows: &Array2<f32>, order: &[usize]) -> Array2<f32> {
    rows.select(Axis(0), order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_lie_side_by_side_and_are_whole() {
        assert_eq!(window_starts(10, 4, 0), [0, 4]);
        assert_eq!(window_starts(10, 4, 3), [3]);
        assert_eq!(window_starts(4, 4, 0), [0]);
        assert!(window_starts(3, 4, 0).is_empty());
        assert!(window_starts(0, 4, 2).is_empty());
    }
}
