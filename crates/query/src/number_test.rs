//! The test of a number field: `>75`, `<=5`, `10..20`, or any of several.
//!
//! In: bounds as `f32`, already rounded as records hold them. Out: whether a number is within one of them. No bound is
//! NaN or infinite, so every test can be written back.

use crate::limits::MAX_VALUES;

/// One comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NumberRange {
    /// Any number at all, written `..`.
    Any,
    /// This number.
    Equal(f32),
    /// Smaller numbers.
    Below(f32),
    /// This number and smaller ones.
    AtMost(f32),
    /// Larger numbers.
    Above(f32),
    /// This number and larger ones.
    AtLeast(f32),
    /// Numbers from the first to the second, both included; the first is not the larger.
    Between(f32, f32),
}

impl NumberRange {
    /// Whether a number is in the range; NaN never is.
    pub fn contains(&self, number: f32) -> bool {
        match *self {
            Self::Any => !number.is_nan(),
            Self::Equal(bound) => number == bound,
            Self::Below(bound) => number < bound,
            Self::AtMost(bound) => number <= bound,
            Self::Above(bound) => number > bound,
            Self::AtLeast(bound) => number >= bound,
            Self::Between(low, high) => low <= number && number <= high,
        }
    }

    fn is_valid(&self) -> bool {
        match *self {
            Self::Any => true,
            Self::Equal(bound)
            | Self::Below(bound)
            | Self::AtMost(bound)
            | Self::Above(bound)
            | Self::AtLeast(bound) => bound.is_finite(),
            Self::Between(low, high) => low.is_finite() && high.is_finite() && low <= high,
        }
    }
}

/// Whether a number is in any of some ranges.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberTest {
    ranges: Vec<NumberRange>,
}

impl NumberTest {
    /// A number in any of these ranges. `None` for no range, more than [`MAX_VALUES`], a bound that is not finite, or a
    /// range from a larger to a smaller number.
    pub fn new(ranges: Vec<NumberRange>) -> Option<Self> {
        let is_valid =
            (1..=MAX_VALUES).contains(&ranges.len()) && ranges.iter().all(NumberRange::is_valid);
        is_valid.then_some(Self { ranges })
    }

    /// A number between these two, both included, in whichever order: what a brush over a chart selects. `None` if one
    /// is not finite.
    pub fn between(one: f32, other: f32) -> Option<Self> {
        Self::new(vec![NumberRange::Between(one.min(other), one.max(other))])
    }

    /// The ranges, at least one.
    pub fn ranges(&self) -> &[NumberRange] {
        &self.ranges
    }

    /// Whether the number is in any of the ranges; NaN never is.
    pub fn matches(&self, number: f32) -> bool {
        self.ranges.iter().any(|range| range.contains(number))
    }
}

#[cfg(test)]
mod tests {
    use super::{NumberRange, NumberTest};

    #[test]
    fn bounds_belong_to_the_range_or_not() {
        let below_at_above =
            |range: NumberRange| [4.0, 5.0, 6.0].map(|number| range.contains(number));
        assert_eq!(below_at_above(NumberRange::Any), [true, true, true]);
        assert_eq!(
            below_at_above(NumberRange::Equal(5.0)),
            [false, true, false]
        );
        assert_eq!(
            below_at_above(NumberRange::Below(5.0)),
            [true, false, false]
        );
        assert_eq!(
            below_at_above(NumberRange::AtMost(5.0)),
            [true, true, false]
        );
        assert_eq!(
            below_at_above(NumberRange::Above(5.0)),
            [false, false, true]
        );
        assert_eq!(
            below_at_above(NumberRange::AtLeast(5.0)),
            [false, true, true]
        );
        assert_eq!(
            below_at_above(NumberRange::Between(5.0, 6.0)),
            [false, true, true]
        );
        assert_eq!(
            below_at_above(NumberRange::Between(4.0, 5.0)),
            [true, true, false]
        );
    }

    #[test]
    fn nan_is_in_no_range() {
        for range in [
            NumberRange::Any,
            NumberRange::Equal(0.0),
            NumberRange::Below(0.0),
            NumberRange::AtMost(0.0),
            NumberRange::Above(0.0),
            NumberRange::AtLeast(0.0),
            NumberRange::Between(0.0, 1.0),
        ] {
            assert!(!range.contains(f32::NAN), "{range:?}");
        }
    }

    #[test]
    fn refuses_what_cannot_be_written() {
        assert_eq!(NumberTest::new(Vec::new()), None);
        assert_eq!(NumberTest::new(vec![NumberRange::Any; 257]), None);
        assert_eq!(NumberTest::new(vec![NumberRange::Above(f32::NAN)]), None);
        assert_eq!(
            NumberTest::new(vec![NumberRange::AtMost(f32::INFINITY)]),
            None
        );
        assert_eq!(NumberTest::new(vec![NumberRange::Between(2.0, 1.0)]), None);
        assert_eq!(NumberTest::between(f32::NAN, f32::NAN), None);
    }

    #[test]
    fn brush_may_be_drawn_in_either_direction() {
        assert_eq!(NumberTest::between(2.0, 1.0), NumberTest::between(1.0, 2.0));
        assert!(NumberTest::between(2.0, 1.0).unwrap().matches(1.5));
    }
}
