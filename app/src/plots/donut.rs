//! A ring of shares, clockwise from the top: that of the selection, and around it, thin and pale, that of the whole file where it is more.
//!
//! Slices are numbered around the ring as a legend numbers them; a number without room is left out.

use std::f32::consts::TAU;

use super::number;
use super::palette::{Palette, Rgb};
use super::scene::{Anchor, Point, Rect, Scene, text_rect, text_width};

/// Extent of a donut with its numbers, in CSS pixels.
pub(super) const EXTENT: f32 = 196.0;
const RADIUS: f32 = 80.0;
/// Thickness of the ring of the whole file.
const OUTER: f32 = 6.0;
/// Thickness of the ring of the selection.
const INNER: f32 = 27.0;

/// One group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slice {
    pub(super) n_selected: u64,
    pub(super) n_all: u64,
    pub(super) colour: Rgb,
}

/// The ring.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Donut {
    /// CSS pixels.
    pub(super) centre: Point,
    /// In the order of the legend.
    pub(super) slices: Vec<Slice>,
}

impl Donut {
    fn n_selected(&self) -> u64 {
        self.slices.iter().map(|slice| slice.n_selected).sum()
    }

    fn n_all(&self) -> u64 {
        self.slices.iter().map(|slice| slice.n_all).sum()
    }

    fn is_partial(&self) -> bool {
        self.n_selected() < self.n_all()
    }

    /// Outer radius of the ring of the selection.
    fn radius(&self) -> f32 {
        if self.is_partial() {
            RADIUS - OUTER - 2.0
        } else {
            RADIUS
        }
    }

    fn selected(&self) -> Vec<(f32, f32)> {
        turns(self.slices.iter().map(|slice| slice.n_selected))
    }

    /// The slice of the selection at a place.
    pub(super) fn slice_at(&self, (x, y): Point) -> Option<usize> {
        let (dx, dy) = (x - self.centre.0, y - self.centre.1);
        if !(self.radius() - INNER..=RADIUS).contains(&dx.hypot(dy)) {
            return None;
        }
        let angle = dx.atan2(-dy).rem_euclid(TAU);
        self.selected()
            .into_iter()
            .position(|(from, to)| angle >= from && angle < to)
    }

    /// The middle of a slice of the selection.
    pub(super) fn middle_of(&self, slice: usize) -> Point {
        let (from, to) = self.selected().get(slice).copied().unwrap_or_default();
        let radius = self.radius() - INNER / 2.0;
        on_circle(self.centre, radius, f32::midpoint(from, to))
    }

    pub(super) fn draw(&self, scene: &mut Scene, palette: &Palette) {
        let outer = self.radius();
        for (slice, (from, to)) in self.slices.iter().zip(self.selected()) {
            if to > from {
                let ring = sector(self.centre, outer - INNER, outer, from, to);
                scene.polygon(ring, slice.colour, 1.0);
            }
        }
        if self.is_partial() {
            let all = turns(self.slices.iter().map(|slice| slice.n_all));
            for (slice, (from, to)) in self.slices.iter().zip(all) {
                let ring = sector(self.centre, RADIUS - OUTER, RADIUS, from, to);
                scene.polygon(ring, slice.colour, 0.4);
            }
        }
        self.draw_numbers(scene, palette);
        self.draw_totals(scene, palette);
    }

    fn draw_numbers(&self, scene: &mut Scene, palette: &Palette) {
        let mut taken: Vec<Rect> = Vec::new();
        for (index, (from, to)) in self.selected().into_iter().enumerate() {
            let number = (index + 1).to_string();
            let at = on_circle(self.centre, RADIUS + 10.0, f32::midpoint(from, to));
            let rect = text_rect(&number, at, Anchor::Middle);
            // "3" close to "1" would read as 31.
            let is_free = taken.iter().all(|other| {
                rect.right + 6.0 < other.left
                    || other.right + 6.0 < rect.left
                    || rect.bottom < other.top
                    || other.bottom < rect.top
            });
            if to > from && is_free {
                scene.text(number, at, Anchor::Middle, palette.ink_2);
                taken.push(rect);
            }
        }
    }

    /// How many there are, in the hole.
    fn draw_totals(&self, scene: &mut Scene, palette: &Palette) {
        let hole = 2.0 * (self.radius() - INNER) - 10.0;
        let written = |n: u64, before: &str| {
            let text = format!("{before}{}", number::count(n));
            if text_width(&text) <= hole {
                text
            } else {
                format!("{before}{}", number::short(n as f32))
            }
        };
        let below = if self.is_partial() {
            written(self.n_all(), "of ")
        } else {
            "in all".into()
        };
        let (x, y) = self.centre;
        let above = written(self.n_selected(), "");
        scene.text(above, (x, y - 8.0), Anchor::Middle, palette.ink);
        scene.text(below, (x, y + 9.0), Anchor::Middle, palette.ink_2);
    }
}

/// Part of a whole, 0 of nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// From and to which angle each count goes, clockwise from the top.
fn turns(counts: impl Iterator<Item = u64> + Clone) -> Vec<(f32, f32)> {
    let total: u64 = counts.clone().sum();
    let mut before = 0;
    counts
        .map(|n| {
            let from = share(before, total) as f32 * TAU;
            before += n;
            (from, share(before, total) as f32 * TAU)
        })
        .collect()
}

fn on_circle((x, y): Point, radius: f32, angle: f32) -> Point {
    (x + radius * angle.sin(), y - radius * angle.cos())
}

/// A piece of a ring. A hair is left free at its end so that neighbours stand apart.
fn sector(centre: Point, inner: f32, outer: f32, from: f32, to: f32) -> Vec<Point> {
    const STEP: f32 = 0.05;
    let turn = to - from;
    let to = if turn > 0.06 && turn < TAU - 0.01 {
        to - 0.02
    } else {
        to
    };
    let n = ((to - from) / STEP).ceil().max(1.0) as u16;
    let angles = (0..=n).map(|k| from + (to - from) * f32::from(k) / f32::from(n));
    let mut points: Vec<Point> = angles
        .clone()
        .map(|angle| on_circle(centre, outer, angle))
        .collect();
    points.extend(angles.rev().map(|angle| on_circle(centre, inner, angle)));
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn donut(counts: &[(u64, u64)]) -> Donut {
        let slice = |&(n_selected, n_all): &(u64, u64)| Slice {
            n_selected,
            n_all,
            colour: [0; 3],
        };
        Donut {
            centre: (100.0, 100.0),
            slices: counts.iter().map(slice).collect(),
        }
    }

    #[test]
    fn slices_are_found_where_they_are_drawn() {
        for donut in [
            donut(&[(10, 10), (30, 30), (60, 60)]),
            donut(&[(1, 9), (1, 2)]),
        ] {
            for slice in 0..donut.slices.len() {
                assert_eq!(donut.slice_at(donut.middle_of(slice)), Some(slice));
            }
            assert_eq!(donut.slice_at(donut.centre), None);
            assert_eq!(donut.slice_at((100.0, 5.0)), None);
        }
    }

    #[test]
    fn slices_go_once_around_clockwise_from_the_top() {
        let turns = turns([25, 0, 75].into_iter());
        assert_eq!(turns[0], (0.0, TAU / 4.0));
        assert_eq!(turns[1].0, turns[1].1);
        assert_eq!(turns[2].1, TAU);
        assert_eq!(donut(&[(1, 1), (3, 3)]).slice_at((170.0, 90.0)), Some(0));
    }

    #[test]
    fn nothing_selected_leaves_the_ring_of_the_whole_file() {
        let mut scene = Scene::default();
        donut(&[(0, 3), (0, 5)]).draw(&mut scene, &Palette::light());
        // Two pale slices and two lines of text.
        assert_eq!(scene.shapes.len(), 4);
    }
}
