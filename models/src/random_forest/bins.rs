//! Bins of one feature: at most 255 steps that a split can lie between.
//!
//! In: a column of training rows. Out: [`FeatureBins`], the ascending edges between the steps. Up to 255 distinct values get a bin each,
//! so flags, rates of two decimals and small counts are split exactly. A category becomes a number first: its place among the
//! categories ordered by attack share (Fisher, 1958, and section 9.2.4 of Hastie, Tibshirani and Friedman: for two classes, a cut in
//! this order is the best of all subsets).

/// Most bins that a feature can have: a bin is a `u8`.
pub(super) const MAX_BINS: usize = 255;

/// Edges between the bins of one feature, and the order of its categories.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FeatureBins {
    /// Ascending; a value lies in the bin of the first edge that is not below it, or in the last bin.
    pub(super) edges: Vec<f32>,
    /// Of a category: its order. `None` for numbers.
    pub(super) order: Option<CategoryOrder>,
}

/// Places of the categories, ascending by attack share.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CategoryOrder {
    /// Place of a category that no training row had.
    pub(super) unseen: f32,
    /// Place of each code.
    pub(super) by_code: Vec<f32>,
}

impl FeatureBins {
    /// Finds the bins of a numeric column of finite numbers.
    pub(super) fn of_numbers(column: &[f32]) -> Self {
        Self {
            edges: edges_of(column.to_vec()),
            order: None,
        }
    }

    /// Orders the categories of a column of codes (unseen: below 0) by the attack share of their rows, and finds the bins.
    pub(super) fn of_categories(column: &[f32], is_attack: &[bool], weights: &[f32]) -> Self {
        let order = CategoryOrder::fit(column, is_attack, weights);
        let places = column.iter().map(|&code| order.place(code)).collect();
        Self {
            edges: edges_of(places),
            order: Some(order),
        }
    }

    /// What the edges are compared with: a number itself, the place of a category.
    pub(super) fn value(&self, feature: f32) -> f32 {
        match &self.order {
            Some(order) => order.place(feature),
            None => feature,
        }
    }

    /// The bin of a feature's value.
    pub(super) fn bin(&self, feature: f32) -> u8 {
        let value = self.value(feature);
        self.edges.partition_point(|&edge| edge < value) as u8
    }

    /// Number of bins.
    pub(super) fn n_bins(&self) -> usize {
        self.edges.len() + 1
    }
}

impl CategoryOrder {
    /// One pseudo-row of the average attack share is added to each category, so that a rare one is not extreme by chance, and a
    /// category without rows lies where an average one does.
    fn fit(column: &[f32], is_attack: &[bool], weights: &[f32]) -> Self {
        let n_codes = column
            .iter()
            .fold(0, |n, &code| n.max((code + 1.0).max(0.0) as usize));
        // The last place stands for unseen.
        let mut sums = vec![[0.0f64; 2]; n_codes + 1];
        for ((&code, &is_attack), &weight) in column.iter().zip(is_attack).zip(weights) {
            let index = if code < 0.0 { n_codes } else { code as usize };
            sums[index][usize::from(is_attack)] += f64::from(weight);
        }
        let total = sums.iter().fold([0.0f64; 2], |total, sums| {
            [total[0] + sums[0], total[1] + sums[1]]
        });
        let prior = total[1] / (total[0] + total[1]);
        let share =
            |index: usize| (sums[index][1] + prior) / (sums[index][0] + sums[index][1] + 1.0);
        let mut codes: Vec<usize> = (0..=n_codes).collect();
        codes.sort_by(|&a, &b| share(a).total_cmp(&share(b)).then(a.cmp(&b)));
        let mut places = vec![0.0; n_codes + 1];
        for (place, &code) in codes.iter().enumerate() {
            places[code] = place as f32;
        }
        Self {
            unseen: places.pop().unwrap_or(0.0),
            by_code: places,
        }
    }

    fn place(&self, code: f32) -> f32 {
        self.by_code
            .get(code as usize)
            .filter(|_| code >= 0.0)
            .copied()
            .unwrap_or(self.unseen)
    }
}

/// Edges between the distinct values of a column; of more than [`MAX_BINS`] values, between bins of about equal mass.
///
/// A value's mass is the mean of its share of the rows and of the distinct values: a frequent value gets a bin of its own, and the
/// tail is not left to one.
fn edges_of(mut column: Vec<f32>) -> Vec<f32> {
    column.sort_unstable_by(f32::total_cmp);
    let values: Vec<(f32, usize)> = column
        .chunk_by(|a, b| a == b)
        .map(|equal| (equal[0], equal.len()))
        .collect();
    let mass = |count: usize| 0.5 / values.len() as f64 + 0.5 * count as f64 / column.len() as f64;
    let mut edges = Vec::new();
    let (mut in_bin, mut left) = (0.0, 1.0);
    for pair in values.windows(2) {
        let [(value, count), (next, next_count)] = [pair[0], pair[1]];
        in_bin += mass(count);
        let n_bins_left = MAX_BINS - edges.len();
        let target = left / n_bins_left as f64;
        let is_full = in_bin >= target || in_bin + mass(next_count) > 1.5 * target;
        if values.len() <= MAX_BINS || (is_full && n_bins_left > 1) {
            edges.push(between(value, next));
            left -= in_bin;
            in_bin = 0.0;
        }
    }
    edges
}

/// The middle of two numbers, or the lower one where rounding would reach the upper.
fn between(low: f32, high: f32) -> f32 {
    let middle = ((f64::from(low) + f64::from(high)) / 2.0) as f32;
    if middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_get_a_bin_each() {
        let bins = FeatureBins::of_numbers(&[3.0, 0.0, 1.0, 1.0, 3.0]);
        assert_eq!(bins.edges, [0.5, 2.0]);
        assert_eq!(
            [-7.0, 0.0, 0.5, 0.6, 2.0, 9.0].map(|value| bins.bin(value)),
            [0, 0, 0, 1, 1, 2]
        );
    }

    #[test]
    fn constant_column_has_one_bin() {
        assert_eq!(FeatureBins::of_numbers(&[4.0; 9]).n_bins(), 1);
    }

    #[test]
    fn edges_lie_between_neighbouring_numbers() {
        let next = f32::from_bits(1.0f32.to_bits() + 1);
        let bins = FeatureBins::of_numbers(&[1.0, next]);
        assert_eq!((bins.bin(1.0), bins.bin(next)), (0, 1));
    }

    #[test]
    fn frequent_values_among_many_get_a_bin_of_their_own() {
        let mut column: Vec<f32> = (0..5_000).map(|value| value as f32).collect();
        column.extend([1_032.0; 2_000]);
        let bins = FeatureBins::of_numbers(&column);
        assert!(
            (200..=MAX_BINS).contains(&bins.n_bins()),
            "{}",
            bins.n_bins()
        );
        assert!(bins.bin(1_031.0) < bins.bin(1_032.0));
        assert!(bins.bin(1_032.0) < bins.bin(1_033.0));
        assert!(bins.bin(4_900.0) < bins.bin(4_999.0));
    }

    #[test]
    fn categories_are_ordered_by_attack_share_and_unseen_ones_lie_at_the_average() {
        let column = [0.0, 0.0, 1.0, 1.0, 2.0, 2.0];
        let is_attack = [true, true, false, false, true, false];
        let bins = FeatureBins::of_categories(&column, &is_attack, &[1.0; 6]);
        let places = [0.0, 1.0, 2.0, -1.0, 77.0].map(|code| bins.value(code));
        assert_eq!(places, [3.0, 0.0, 1.0, 2.0, 2.0]);
    }

    #[test]
    fn unseen_categories_of_training_rows_have_a_share_of_their_own() {
        let column = [-1.0, -1.0, 0.0, 0.0];
        let bins = FeatureBins::of_categories(&column, &[true, true, false, false], &[1.0; 4]);
        assert!(bins.value(-1.0) > bins.value(0.0));
    }
}
