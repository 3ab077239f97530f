//! A polygon over two number fields: what a lasso on the map selects.
//!
//! In: two fields and corners. Out: whether a point is inside by the even-odd rule, so that a lasso that crosses itself
//! leaves out what it goes around twice.

use crate::limits::MAX_CORNERS;

/// Corners of the simplest polygon.
const MIN_CORNERS: usize = 3;

/// Points inside a polygon.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    x: usize,
    y: usize,
    corners: Vec<[f32; 2]>,
}

impl Area {
    /// The polygon of these corners, its last joined to its first, over the fields numbered `x` and `y`. `None` for fewer
    /// than 3 or more than [`MAX_CORNERS`] corners, or a coordinate that is not finite.
    pub fn new(x: usize, y: usize, corners: Vec<[f32; 2]>) -> Option<Self> {
        let is_valid = (MIN_CORNERS..=MAX_CORNERS).contains(&corners.len())
            && corners
                .as_flattened()
                .iter()
                .all(|number| number.is_finite());
        is_valid.then_some(Self { x, y, corners })
    }

    /// The number of the field that runs from left to right.
    pub fn x(&self) -> usize {
        self.x
    }

    /// The number of the field that runs upwards.
    pub fn y(&self) -> usize {
        self.y
    }

    /// The corners in order.
    pub fn corners(&self) -> &[[f32; 2]] {
        &self.corners
    }

    /// Whether a point is inside: whether a ray from it to the right crosses an odd number of edges (Shimrat 1962).
    ///
    /// Of two areas that share an edge exactly one has the points on it. NaN is never inside.
    pub fn contains(&self, x: f32, y: f32) -> bool {
        let (x, y) = (f64::from(x), f64::from(y));
        let Some(last) = self.corners.last() else {
            return false;
        };
        let mut is_inside = false;
        let mut from = last.map(f64::from);
        for corner in &self.corners {
            let to = corner.map(f64::from);
            // From below to above, so that an edge shared by two areas gives the same crossing for both.
            let ([x0, y0], [x1, y1]) = if from[1] < to[1] {
                (from, to)
            } else {
                (to, from)
            };
            if y0 <= y && y < y1 && x < x0 + (y - y0) * (x1 - x0) / (y1 - y0) {
                is_inside = !is_inside;
            }
            from = to;
        }
        is_inside
    }
}

#[cfg(test)]
mod tests {
    use super::Area;
    use proptest::prelude::{prop_assert_eq, proptest};

    fn area(corners: &[[f32; 2]]) -> Area {
        Area::new(0, 1, corners.to_vec()).unwrap()
    }

    #[test]
    fn lasso_around_a_corner_leaves_it_out() {
        let angle = area(&[
            [0.0, 0.0],
            [4.0, 0.0],
            [4.0, 1.0],
            [1.0, 1.0],
            [1.0, 4.0],
            [0.0, 4.0],
        ]);
        assert!(angle.contains(0.5, 3.0) && angle.contains(3.0, 0.5));
        assert!(
            !angle.contains(3.0, 3.0) && !angle.contains(-1.0, 0.5) && !angle.contains(5.0, 0.5)
        );
    }

    #[test]
    fn what_is_gone_around_twice_is_outside() {
        let star = area(&[
            [0.0, 3.0],
            [-2.0, -3.0],
            [3.0, 1.0],
            [-3.0, 1.0],
            [2.0, -3.0],
        ]);
        assert!(star.contains(0.0, 2.0));
        assert!(!star.contains(0.0, 0.0));
    }

    #[test]
    fn points_without_coordinates_are_outside() {
        let square = area(&[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]);
        assert!(square.contains(0.5, 0.5));
        assert!(!square.contains(f32::NAN, 0.5) && !square.contains(0.5, f32::NAN));
        assert!(!square.contains(f32::INFINITY, 0.5) && !square.contains(0.5, f32::NEG_INFINITY));
    }

    #[test]
    fn refuses_what_is_no_polygon() {
        assert_eq!(Area::new(0, 1, vec![[0.0; 2]; 2]), None);
        assert_eq!(Area::new(0, 1, vec![[0.0; 2]; 257]), None);
        assert_eq!(
            Area::new(0, 1, vec![[0.0; 2], [1.0; 2], [f32::NAN, 2.0]]),
            None
        );
        assert!(Area::new(0, 1, vec![[0.0; 2]; 256]).is_some());
    }

    proptest! {
        /// A square cut along a line: each point of the square is in one of the parts, also on the cut.
        #[test]
        fn neighbours_share_no_point_and_leave_none_out(low in 0.0_f32..8.0, high in 0.0_f32..8.0, x in 0_u8..8, y in 0_u8..8) {
            let left = area(&[[0.0, 0.0], [low, 0.0], [high, 8.0], [0.0, 8.0]]);
            let right = area(&[[high, 8.0], [low, 0.0], [8.0, 0.0], [8.0, 8.0]]);
            let (x, y) = (f32::from(x), f32::from(y));
            prop_assert_eq!(left.contains(x, y), !right.contains(x, y));
        }
    }
}
