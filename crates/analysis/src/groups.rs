//! Which rows are equal: each hash of features gets a number, in order of appearance.
//!
//! A table of numbers with linear probing: a third of the memory of a map from hash to number, which matters with a million distinct rows.

/// An empty place.
const FREE: u32 = u32::MAX;

/// Numbers hashes.
#[derive(Clone, Debug, Default)]
pub struct GroupBuilder {
    /// Group of each row so far.
    groups: Vec<u32>,
    /// The first row of each group.
    first_rows: Vec<u32>,
    /// The hash of each group.
    hashes: Vec<u64>,
    /// Numbers of groups, or [`FREE`]; a power of two, at most half full.
    places: Vec<u32>,
}

impl GroupBuilder {
    /// Adds a row with this hash.
    pub fn push(&mut self, hash: u64) {
        if self.hashes.len() * 2 >= self.places.len() {
            self.grow();
        }
        let place = self.place(hash);
        let group = match self.places[place] {
            FREE => {
                let group = self.hashes.len() as u32;
                self.places[place] = group;
                self.hashes.push(hash);
                self.first_rows.push(self.groups.len() as u32);
                group
            }
            group => group,
        };
        self.groups.push(group);
    }

    /// Where a hash is, or would go.
    fn place(&self, hash: u64) -> usize {
        let mask = self.places.len() - 1;
        let mut place = hash as usize & mask;
        while self.places[place] != FREE && self.hashes[self.places[place] as usize] != hash {
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        self.places = vec![FREE; (self.places.len() * 2).max(1024)];
        for group in 0..self.hashes.len() {
            let place = self.place(self.hashes[group]);
            self.places[place] = group as u32;
        }
    }

    /// The group of each row, and the first row of each group.
    pub fn finish(self) -> (Vec<u32>, Vec<u32>) {
        (self.groups, self.first_rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equal_hashes_are_one_group(hashes in prop::collection::vec(prop_oneof![0u64..40, any::<u64>()], 0..3000)) {
            let mut builder = GroupBuilder::default();
            hashes.iter().for_each(|&hash| builder.push(hash));
            let (groups, first_rows) = builder.finish();
            prop_assert_eq!(groups.len(), hashes.len());
            for (row, &group) in groups.iter().enumerate() {
                let first = first_rows[group as usize] as usize;
                prop_assert!(first <= row && hashes[first] == hashes[row]);
                prop_assert_eq!(hashes[..first].iter().position(|&hash| hash == hashes[row]), None);
            }
            prop_assert!(first_rows.is_sorted());
        }
    }
}
