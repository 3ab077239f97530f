//! Which feature each feature is looked at with: mutual information and the maximum-spanning tree of Chow and Liu.
//!
//! "Approximating Discrete Probability Distributions with Dependence Trees" (IEEE Transactions on Information Theory, 1968): among all
//! distributions whose features hang together as a tree, the one along the spanning tree with the most mutual information is nearest to the
//! observed one. The tree is grown by Prim's algorithm (1957).

/// Mutual information below this is rounding: the two features are independent.
const MIN_INFORMATION: f64 = 1e-9;

/// Features with more pairs of bins than this are not looked at together: a table for them would be empty, and large.
const MAX_PAIRS: usize = 1 << 20;

/// Tells whether two features can be looked at together.
pub(super) fn is_countable(parent: &BinnedColumn, child: &BinnedColumn) -> bool {
    parent.n_bins.saturating_mul(child.n_bins) <= MAX_PAIRS
}

/// Bin indices of one feature, row by row, and how many bins there are.
#[derive(Debug)]
pub(super) struct BinnedColumn {
    pub(super) indices: Vec<u32>,
    pub(super) n_bins: usize,
}

/// How many rows have each pair of bins: `parent.n_bins` × `child.n_bins`.
pub(super) fn count_pairs(parent: &BinnedColumn, child: &BinnedColumn) -> Vec<u32> {
    let mut counts = vec![0; parent.n_bins * child.n_bins];
    for (&parent, &index) in parent.indices.iter().zip(&child.indices) {
        counts[parent as usize * child.n_bins + index as usize] += 1;
    }
    counts
}

/// Mutual information in nats: Σ p(a, b) ln(p(a, b) / p(a) p(b)), section III of the paper, by counted shares. 0 where there are too many pairs.
fn mutual_information(a: &BinnedColumn, b: &BinnedColumn) -> f64 {
    if !is_countable(a, b) {
        return 0.0;
    }
    let counts = count_pairs(a, b);
    let n_rows = a.indices.len() as f64;
    let mut columns = vec![0u32; b.n_bins];
    for row in counts.chunks_exact(b.n_bins) {
        for (total, count) in columns.iter_mut().zip(row) {
            *total += count;
        }
    }
    counts
        .chunks_exact(b.n_bins)
        .map(|row| {
            let total = f64::from(row.iter().sum::<u32>());
            row.iter()
                .zip(&columns)
                .filter(|(count, _)| **count > 0)
                .map(|(&count, &column)| {
                    let count = f64::from(count);
                    count * libm::log(count * n_rows / (total * f64::from(column)))
                })
                .sum::<f64>()
        })
        .sum::<f64>()
        / n_rows
}

/// The parent of each feature in the tree; `None` at the root, and for a feature that is independent of all before it.
///
/// The root is the feature with the most mutual information in all. Of equally good edges the first is taken.
pub(super) fn chow_liu_parents(columns: &[BinnedColumn]) -> Vec<Option<usize>> {
    let n = columns.len();
    let mut information = vec![0.0; n * n];
    for a in 0..n {
        for b in 0..a {
            let shared = mutual_information(&columns[a], &columns[b]);
            information[a * n + b] = shared;
            information[b * n + a] = shared;
        }
    }
    let total = |a: usize| information[a * n..][..n].iter().sum::<f64>();
    let root = (1..n).fold(0, |best, a| if total(a) > total(best) { a } else { best });

    let mut parents = vec![None; n];
    let mut is_placed = vec![false; n];
    // Of each feature outside the tree: its best edge into it.
    let mut best: Vec<(f64, usize)> = (0..n).map(|a| (information[root * n + a], root)).collect();
    if let Some(placed) = is_placed.get_mut(root) {
        *placed = true;
    }
    for _ in 1..n {
        let next =
            (0..n)
                .filter(|&a| !is_placed[a])
                .fold(None, |next: Option<usize>, a| match next {
                    Some(chosen) if best[a].0 <= best[chosen].0 => Some(chosen),
                    _ => Some(a),
                });
        let Some(next) = next else { break };
        is_placed[next] = true;
        if best[next].0 > MIN_INFORMATION {
            parents[next] = Some(best[next].1);
        }
        for (a, best) in best.iter_mut().enumerate() {
            if information[next * n + a] > best.0 {
                *best = (information[next * n + a], next);
            }
        }
    }
    parents
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(indices: &[u32]) -> BinnedColumn {
        BinnedColumn {
            n_bins: indices.iter().max().map_or(1, |max| *max as usize + 1),
            indices: indices.to_vec(),
        }
    }

    #[test]
    fn mutual_information_has_its_closed_form() {
        let coin = column(&[0, 0, 1, 1]);
        assert!((mutual_information(&coin, &coin) - core::f64::consts::LN_2).abs() < 1e-15);
        assert!(mutual_information(&coin, &column(&[0, 1, 0, 1])).abs() < 1e-15);
    }

    #[test]
    fn a_chain_is_found_and_an_independent_feature_has_no_parent() {
        // b repeats a but for one row of eight, c repeats b but for another, d is independent of all.
        let parents = chow_liu_parents(&[
            column(&[0, 0, 0, 0, 1, 1, 1, 1]),
            column(&[0, 0, 0, 1, 1, 1, 1, 1]),
            column(&[0, 0, 1, 1, 1, 1, 1, 1]),
            column(&[0; 8]),
        ]);
        assert_eq!(parents, [Some(1), None, Some(1), None]);
    }

    #[test]
    fn no_feature_and_one_feature_make_no_edge() {
        assert!(chow_liu_parents(&[]).is_empty());
        assert_eq!(chow_liu_parents(&[column(&[0, 1])]), [None]);
    }
}
