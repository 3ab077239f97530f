//! A set of rows, one bit each: what a filter lets through.

use serde::{Deserialize, Serialize};

/// Rows of a table of known length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSet {
    words: Vec<u64>,
    n_rows: usize,
}

impl RowSet {
    /// No row of a table with `n_rows` rows.
    pub fn none(n_rows: usize) -> Self {
        Self {
            words: vec![0; n_rows.div_ceil(64)],
            n_rows,
        }
    }

    /// Every row of a table with `n_rows` rows.
    pub fn all(n_rows: usize) -> Self {
        Self {
            words: vec![u64::MAX; n_rows.div_ceil(64)],
            n_rows,
        }
        .trimmed()
    }

    /// The rows for which `is_in` holds, asked in order.
    pub fn of(n_rows: usize, mut is_in: impl FnMut(usize) -> bool) -> Self {
        let mut set = Self::none(n_rows);
        for (index, word) in set.words.iter_mut().enumerate() {
            let first = index * 64;
            for row in first..(first + 64).min(n_rows) {
                *word |= u64::from(is_in(row)) << (row - first);
            }
        }
        set
    }

    /// Bits beyond the last row are always 0.
    fn trimmed(mut self) -> Self {
        let beyond = self.words.len() * 64 - self.n_rows;
        if let Some(last) = self.words.last_mut() {
            *last &= u64::MAX >> beyond;
        }
        self
    }

    /// Rows of the table.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Rows in the set.
    pub fn len(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// Tells whether no row is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Tells whether a row is in the set; false beyond the table.
    #[inline]
    pub fn contains(&self, row: usize) -> bool {
        self.words
            .get(row / 64)
            .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Puts a row in; nothing beyond the table.
    #[inline]
    pub fn insert(&mut self, row: usize) {
        if row < self.n_rows {
            self.words[row / 64] |= 1 << (row % 64);
        }
    }

    /// The rows in both; the tables must have the same length.
    pub fn and(mut self, other: &Self) -> Self {
        self.words
            .iter_mut()
            .zip(&other.words)
            .for_each(|(word, other)| *word &= other);
        self
    }

    /// The rows in either; the tables must have the same length.
    pub fn or(mut self, other: &Self) -> Self {
        self.words
            .iter_mut()
            .zip(&other.words)
            .for_each(|(word, other)| *word |= other);
        self
    }

    /// The rows that are not in.
    pub fn complement(mut self) -> Self {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.trimmed()
    }

    /// The rows of a part of the table, numbered from its first row; none beyond the table.
    pub fn part(&self, first: usize, n_rows: usize) -> Self {
        Self::of(n_rows, |row| self.contains(first + row))
    }

    /// The rows in the set, rising.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                (rest != 0).then(|| {
                    rest &= rest - 1;
                    index * 64 + bit
                })
            })
        })
    }

    /// Calls `each` with every row in the set, rising. Faster than [`RowSet::iter`] where most rows are in.
    #[inline]
    pub fn for_each(&self, mut each: impl FnMut(usize)) {
        for (index, &word) in self.words.iter().enumerate() {
            let first = index * 64;
            if word == u64::MAX {
                (first..first + 64).for_each(&mut each);
            } else {
                let mut rest = word;
                while rest != 0 {
                    each(first + rest.trailing_zeros() as usize);
                    rest &= rest - 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_a_set(rows in prop::collection::vec(any::<bool>(), 0..300), other in prop::collection::vec(any::<bool>(), 300)) {
            let n = rows.len();
            let a = RowSet::of(n, |row| rows[row]);
            let b = RowSet::of(n, |row| other[row]);
            let wanted: Vec<usize> = (0..n).filter(|&row| rows[row]).collect();
            prop_assert_eq!(a.iter().collect::<Vec<_>>(), wanted.clone());
            let mut each = Vec::new();
            a.for_each(|row| each.push(row));
            prop_assert_eq!(each, wanted.clone());
            prop_assert_eq!(a.len(), wanted.len());
            prop_assert_eq!(a.is_empty(), wanted.is_empty());
            prop_assert!((0..n + 70).all(|row| a.contains(row) == wanted.contains(&row)));
            let either = a.clone().or(&b);
            prop_assert_eq!(either.clone().complement(), a.clone().complement().and(&b.clone().complement()));
            prop_assert_eq!(either.len() + a.clone().and(&b).len(), a.len() + b.len());
            prop_assert_eq!(RowSet::all(n).complement(), RowSet::none(n));
            let part = a.part(n / 3, 90);
            prop_assert!((0..90).all(|row| part.contains(row) == wanted.contains(&(n / 3 + row))));
        }
    }
}
