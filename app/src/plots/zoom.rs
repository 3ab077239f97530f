//! A part of a chart: how far it is zoomed in, around which values, and what of a line is left of it there.

use super::scene::{Point, Rect};

/// How far a chart is zoomed in, and around what. The default shows all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Zoom {
    /// Steps in from the whole chart; what a step is is up to the chart.
    pub steps: u8,
    /// The x and y value that stay in sight.
    pub centre: (f32, f32),
}

impl Zoom {
    /// One step further in, around some values.
    pub fn further(self, centre: (f32, f32)) -> Self {
        Self {
            steps: self.steps.saturating_add(1),
            centre,
        }
    }

    /// The shown part of 0..1 in both directions: half as much with every step, around the centre as far as the ends allow.
    pub fn halves(self) -> [(f32, f32); 2] {
        let width = 0.5f32.powi(self.steps.into());
        let around = |centre: f32| {
            let start = (centre - width / 2.0).clamp(0.0, 1.0 - width);
            (start, start + width)
        };
        [around(self.centre.0), around(self.centre.1)]
    }
}

/// The pieces of a line that are inside a rectangle.
pub(super) fn clipped(points: &[Point], area: Rect) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut is_open = false;
    for pair in points.windows(2) {
        let [from, to] = *pair else { continue };
        let Some((start, end)) = clipped_segment(from, to, area) else {
            is_open = false;
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if is_open => piece.push(end),
            _ => pieces.push(vec![start, end]),
        }
        // What leaves the rectangle comes back, if at all, elsewhere.
        is_open = end == to;
    }
    pieces
}

/// Liang and Barsky (1984): the part of a segment inside a rectangle, as shares of its length.
fn clipped_segment(from: Point, to: Point, area: Rect) -> Option<(Point, Point)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut start, mut end) = (0.0f32, 1.0f32);
    for (towards, room) in [
        (-dx, from.0 - area.left),
        (dx, area.right - from.0),
        (-dy, from.1 - area.top),
        (dy, area.bottom - from.1),
    ] {
        if towards == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if towards < 0.0 {
            start = start.max(room / towards);
        } else {
            end = end.min(room / towards);
        }
    }
    if start > end {
        return None;
    }
    let at = |share: f32| match share {
        // Exactly the ends, so that pieces join.
        0.0 => from,
        1.0 => to,
        share => (from.0 + dx * share, from.1 + dy * share),
    };
    Some((at(start), at(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect::new(0.0, 0.0, 10.0, 10.0);

    #[test]
    fn line_through_the_area_keeps_what_is_inside() {
        let line = [
            (-5.0, 5.0),
            (5.0, 5.0),
            (5.0, 20.0),
            (8.0, 20.0),
            (8.0, 0.0),
        ];
        assert_eq!(
            clipped(&line, AREA),
            [
                vec![(0.0, 5.0), (5.0, 5.0), (5.0, 10.0)],
                vec![(8.0, 10.0), (8.0, 0.0)]
            ]
        );
        assert!(clipped(&[(11.0, 0.0), (20.0, 5.0)], AREA).is_empty());
    }

    #[test]
    fn line_inside_stays_as_it_is() {
        let line = [(0.0, 10.0), (1.0, 9.0), (10.0, 0.0)];
        assert_eq!(clipped(&line, AREA), [line.to_vec()]);
    }

    #[test]
    fn halves_stay_within_the_whole() {
        let zoom = Zoom::default();
        assert_eq!(zoom.halves(), [(0.0, 1.0), (0.0, 1.0)]);
        let zoom = zoom.further((0.9, 0.5));
        assert_eq!(zoom.halves(), [(0.5, 1.0), (0.25, 0.75)]);
        assert_eq!(
            zoom.further((0.0, 1.0)).halves(),
            [(0.0, 0.25), (0.75, 1.0)]
        );
    }
}
