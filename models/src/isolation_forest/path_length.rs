//! c(n): the path length that a node not cut further stands for.

/// Expected path length of an unsuccessful search in a binary tree of `n` points.
///
/// c(n) = 2 H(n − 1) − 2 (n − 1) / n, equation 1 of Liu, Ting and Zhou (2008), with exact harmonic numbers. Returns 0 for `n` < 2.
pub fn average_path_length(n: usize) -> f64 {
    if n < 2 {
        return 0.0;
    }
    let harmonic: f64 = (1..n).rev().map(|k| 1.0 / k as f64).sum();
    2.0 * harmonic - 2.0 * (n - 1) as f64 / n as f64
}

/// c of 0 to `n`.
pub(super) fn average_path_lengths(n: usize) -> Vec<f64> {
    let mut harmonic = 0.0;
    let mut lengths = vec![0.0; n + 1];
    for (n, length) in lengths.iter_mut().enumerate().skip(2) {
        harmonic += 1.0 / (n - 1) as f64;
        *length = 2.0 * harmonic - 2.0 * (n - 1) as f64 / n as f64;
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of `_average_path_length` differ from ours for small n, because scikit-learn approximates H(n − 1) by ln(n − 1) + γ; these
    /// are exact, from benches/peers/isolation_forest_reference.py.
    #[test]
    fn average_path_length_has_its_closed_form() {
        assert_eq!(average_path_length(0), 0.0);
        assert_eq!(average_path_length(1), 0.0);
        assert!((average_path_length(2) - 1.0).abs() < 1e-12);
        assert!((average_path_length(3) - 5.0 / 3.0).abs() < 1e-12);
        assert!((average_path_length(256) - 10.2487).abs() < 1e-4);
    }

    #[test]
    fn the_table_has_the_same_values() {
        for (n, length) in average_path_lengths(1000).into_iter().enumerate() {
            assert!((length - average_path_length(n)).abs() < 1e-12, "c({n})");
        }
    }
}
