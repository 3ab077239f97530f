//! A column of a table in memory: as small as its values allow, and quick to count, filter and sort.
//!
//! Most columns of connection tables have few distinct values: rates have two decimals, counts end at 511, most flags are 0. Such a
//! column is a sorted list of its distinct values and one code of 8 or 16 bits per row. A question is then answered once per distinct
//! value instead of once per row, and half a million rows of 41 features take some 25 MB instead of 81.

use std::collections::HashMap;

/// A code per row: the position of its value in a sorted list.
#[derive(Clone, Debug, PartialEq)]
pub enum Codes {
    /// At most 256 distinct values.
    Byte(Vec<u8>),
    /// At most 65,536 distinct values.
    Short(Vec<u16>),
}

/// Most distinct values that codes can tell apart.
pub const MAX_CODES: usize = 1 << 16;

impl Codes {
    fn push(&mut self, code: usize) {
        match self {
            Codes::Byte(codes) => match u8::try_from(code) {
                Ok(code) => codes.push(code),
                Err(_) => {
                    let mut wide: Vec<u16> = codes.iter().map(|&code| u16::from(code)).collect();
                    wide.push(code as u16);
                    *self = Codes::Short(wide);
                }
            },
            Codes::Short(codes) => codes.push(code as u16),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Codes::Byte(codes) => codes.len(),
            Codes::Short(codes) => codes.len(),
        }
    }

    /// Tells whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code of a row, which must be there.
    #[inline]
    pub fn get(&self, row: usize) -> usize {
        match self {
            Codes::Byte(codes) => usize::from(codes[row]),
            Codes::Short(codes) => usize::from(codes[row]),
        }
    }

    /// Replaces every code by what a table says.
    fn map(&mut self, new: &[u16]) {
        match self {
            Codes::Byte(codes) => codes
                .iter_mut()
                .for_each(|code| *code = new[usize::from(*code)] as u8),
            Codes::Short(codes) => codes
                .iter_mut()
                .for_each(|code| *code = new[usize::from(*code)]),
        }
    }

    fn shrink(&mut self) {
        match self {
            Codes::Byte(codes) => codes.shrink_to_fit(),
            Codes::Short(codes) => codes.shrink_to_fit(),
        }
    }
}

/// Calls a generic function with the codes as a slice of whatever width they have.
macro_rules! with_codes {
    ($codes:expr, $slice:ident => $body:expr) => {
        match $codes {
            $crate::column::Codes::Byte($slice) => $body,
            $crate::column::Codes::Short($slice) => $body,
        }
    };
}
pub(crate) use with_codes;

/// Distinct values, rising, and a code per row.
#[derive(Clone, Debug, PartialEq)]
pub struct Coded<V> {
    /// Rising.
    pub values: Vec<V>,
    /// Positions in `values`.
    pub codes: Codes,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers with few distinct values.
    Numbers(Coded<f32>),
    /// Numbers with many distinct values.
    Floats(Vec<f32>),
    /// Words.
    Texts(Coded<String>),
}

impl Column {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Numbers(column) => column.codes.len(),
            Column::Floats(values) => values.len(),
            Column::Texts(column) => column.codes.len(),
        }
    }

    /// Tells whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number in a row, which must be there; of words their code.
    #[inline]
    pub fn number(&self, row: usize) -> f32 {
        match self {
            Column::Numbers(column) => column.values[column.codes.get(row)],
            Column::Floats(values) => values[row],
            Column::Texts(column) => column.codes.get(row) as f32,
        }
    }

    /// The word in a row, which must be there; none of numbers.
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Column::Texts(column) => Some(&column.values[column.codes.get(row)]),
            Column::Numbers(_) | Column::Floats(_) => None,
        }
    }

    /// Bytes that it takes.
    pub fn n_bytes(&self) -> usize {
        let of_codes = |codes: &Codes| match codes {
            Codes::Byte(codes) => codes.len(),
            Codes::Short(codes) => 2 * codes.len(),
        };
        match self {
            Column::Numbers(column) => of_codes(&column.codes) + 4 * column.values.len(),
            Column::Floats(values) => 4 * values.len(),
            Column::Texts(column) => of_codes(&column.codes) + 24 * column.values.len(),
        }
    }
}

/// Collects numbers row by row; finite ones, and never −0.
#[derive(Clone, Debug)]
pub enum NumberBuilder {
    /// While there are few distinct values: them in order of appearance, a code per row, and where each is.
    Coded {
        /// In order of appearance.
        coded: Coded<f32>,
        /// From the bits of a value to its code.
        code_of: HashMap<u32, u16, NearlyAsIs>,
        /// The last value's bits and code: runs of equal values are common.
        last: Option<(u32, usize)>,
    },
    /// From the moment that there are too many.
    Floats(Vec<f32>),
}

impl Default for NumberBuilder {
    fn default() -> Self {
        Self::Coded {
            coded: Coded {
                values: Vec::new(),
                codes: Codes::Byte(Vec::new()),
            },
            code_of: HashMap::default(),
            last: None,
        }
    }
}

impl NumberBuilder {
    /// Adds the values of further rows.
    pub fn extend(&mut self, values: impl Iterator<Item = f32>) {
        for value in values {
            self.push(value);
        }
    }

    fn push(&mut self, value: f32) {
        match self {
            Self::Floats(values) => values.push(value),
            Self::Coded {
                coded,
                code_of,
                last,
            } => {
                let bits = value.to_bits();
                let code = match last {
                    Some((same, code)) if *same == bits => *code,
                    _ => {
                        let next = coded.values.len();
                        if next == MAX_CODES && !code_of.contains_key(&bits) {
                            let mut values: Vec<f32> = (0..coded.codes.len())
                                .map(|row| coded.values[coded.codes.get(row)])
                                .collect();
                            values.push(value);
                            *self = Self::Floats(values);
                            return;
                        }
                        let code = *code_of.entry(bits).or_insert(next as u16);
                        if usize::from(code) == next {
                            coded.values.push(value);
                        }
                        usize::from(code)
                    }
                };
                *last = Some((bits, code));
                coded.codes.push(code);
            }
        }
    }

    /// The column.
    pub fn finish(self) -> Column {
        match self {
            Self::Floats(mut values) => {
                values.shrink_to_fit();
                Column::Floats(values)
            }
            Self::Coded { coded, .. } => Column::Numbers(sorted(coded, f32::total_cmp)),
        }
    }
}

/// Collects words row by row.
#[derive(Clone, Debug)]
pub struct TextBuilder {
    coded: Coded<String>,
    code_of: HashMap<String, usize>,
    /// Words told apart; later ones count as [`OTHER`].
    max_values: usize,
}

/// Stands for the words beyond the most that are told apart.
pub const OTHER: &str = "(other)";

impl TextBuilder {
    /// Tells at most `max_values` words apart, 2 to [`MAX_CODES`].
    pub fn new(max_values: usize) -> Self {
        Self {
            coded: Coded {
                values: Vec::new(),
                codes: Codes::Byte(Vec::new()),
            },
            code_of: HashMap::new(),
            max_values: max_values.clamp(2, MAX_CODES),
        }
    }

    /// The number that a word has in this builder; to be pushed once per row that has it.
    pub fn code(&mut self, word: &str) -> usize {
        if let Some(&code) = self.code_of.get(word) {
            return code;
        }
        let next = self.coded.values.len();
        if next >= self.max_values {
            return next - 1;
        }
        let kept = if next + 1 == self.max_values {
            OTHER
        } else {
            word
        };
        self.coded.values.push(kept.to_owned());
        self.code_of.insert(kept.to_owned(), next);
        next
    }

    /// Adds a row whose word has this number.
    pub fn push(&mut self, code: usize) {
        self.coded.codes.push(code);
    }

    /// The words so far, by number.
    pub fn words(&self) -> &[String] {
        &self.coded.values
    }

    /// The column.
    pub fn finish(self) -> Column {
        Column::Texts(sorted(self.coded, Ord::cmp))
    }
}

/// Sorts the values and says so in the codes.
fn sorted<V>(mut coded: Coded<V>, compare: impl Fn(&V, &V) -> std::cmp::Ordering) -> Coded<V> {
    let mut order: Vec<usize> = (0..coded.values.len()).collect();
    order.sort_by(|&a, &b| compare(&coded.values[a], &coded.values[b]));
    let mut new = vec![0u16; order.len()];
    for (to, &from) in order.iter().enumerate() {
        new[from] = to as u16;
    }
    let mut values: Vec<Option<V>> = coded.values.into_iter().map(Some).collect();
    coded.values = order
        .iter()
        .filter_map(|&from| values[from].take())
        .collect();
    coded.codes.map(&new);
    coded.codes.shrink();
    coded
}

/// Spreads the bits of a number over a word; std's default is made against hostile keys and several times slower.
///
/// A file whose numbers collide on purpose makes its own reading slow, no one else's: there are at most 65,536 keys.
#[derive(Clone, Debug, Default)]
pub struct NearlyAsIs;

/// The state of [`NearlyAsIs`].
#[derive(Debug, Default)]
pub struct Spread(u64);

impl std::hash::BuildHasher for NearlyAsIs {
    type Hasher = Spread;

    fn build_hasher(&self) -> Spread {
        Spread(0)
    }
}

impl std::hash::Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(u32::from(byte));
        }
    }

    fn write_u32(&mut self, bits: u32) {
        // The multiplier of SplitMix64; the upper half is well mixed, and std takes its seven control bits from the top.
        let mixed = (self.0 ^ u64::from(bits)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        self.0 = mixed ^ mixed >> 32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column_of(values: &[f32]) -> Column {
        let mut builder = NumberBuilder::default();
        builder.extend(values.iter().copied());
        builder.finish()
    }

    proptest! {
        #[test]
        fn numbers_come_back_and_codes_are_ranks(values in prop::collection::vec(-50i16..500, 0..800)) {
            let values: Vec<f32> = values.into_iter().map(|value| f32::from(value) / 4.0).collect();
            let column = column_of(&values);
            prop_assert_eq!(column.len(), values.len());
            for (row, &value) in values.iter().enumerate() {
                prop_assert_eq!(column.number(row), value);
            }
            let Column::Numbers(coded) = column else { return Err(TestCaseError::fail("coded")); };
            prop_assert!(coded.values.is_sorted());
            prop_assert_eq!(matches!(coded.codes, Codes::Byte(_)), coded.values.len() <= 256);
        }
    }

    #[test]
    fn too_many_distinct_numbers_are_kept_as_they_are() {
        let values: Vec<f32> = (0..MAX_CODES + 5).map(|i| i as f32 * 0.5).collect();
        let just = column_of(&values[..MAX_CODES]);
        assert!(matches!(&just, Column::Numbers(coded) if coded.values.len() == MAX_CODES));
        assert_eq!(just.number(MAX_CODES - 1), values[MAX_CODES - 1]);
        assert_eq!(column_of(&values), Column::Floats(values));
    }

    #[test]
    fn words_beyond_the_most_are_one() {
        let mut builder = TextBuilder::new(3);
        for word in ["tcp", "udp", "icmp", "sctp", "tcp", "gre"] {
            let code = builder.code(word);
            builder.push(code);
        }
        let column = builder.finish();
        let words: Vec<_> = (0..6).filter_map(|row| column.text(row)).collect();
        assert_eq!(words, ["tcp", "udp", OTHER, OTHER, "tcp", OTHER]);
    }
}
