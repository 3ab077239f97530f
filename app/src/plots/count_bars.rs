//! Rows of bars by counts, what [`super::shares`] and [`super::category_bars`] share: the whole file in grey, the selection in colour
//! over it, count and share as text.
//!
//! Counts span five orders of magnitude, so lengths are log(1 + count); axis and caption say so. Two parts of a selection lie below each
//! other in a row, never end to end: lengths on such an axis do not add up.

use super::frame::{Axis, ROW, Spread, Tick};
use super::number;
use super::palette::{Palette, Rgb};
use super::scene::{Anchor, Point, Rect, Scene, fit_text, text_width, wrap_text};

/// Narrower than this, a name stands above its bar.
const LEAST_BESIDE: f32 = 420.0;
const GAP: f32 = 8.0;

/// How rows are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Name, bar and text in one line.
    Beside,
    /// Name and text above the bar.
    Above,
    /// One low line, without axis and caption.
    Compact,
}

impl Form {
    /// For a width in CSS pixels.
    pub(super) fn of_width(width: f32) -> Self {
        if width < LEAST_BESIDE {
            Form::Above
        } else {
            Form::Beside
        }
    }

    /// Height of a row.
    pub(super) fn pitch(self) -> f32 {
        match self {
            Form::Beside => 22.0,
            Form::Above => 36.0,
            Form::Compact => 17.0,
        }
    }

    /// Top and bottom of the bar in its row.
    fn bar(self) -> (f32, f32) {
        match self {
            Form::Beside => (4.0, 18.0),
            Form::Above => (19.0, 31.0),
            Form::Compact => (3.0, 14.0),
        }
    }
}

/// A part of what is selected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BarPart {
    pub(super) n: u64,
    pub(super) colour: Rgb,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bar {
    pub(super) name: String,
    /// What stands at its end.
    pub(super) text: String,
    /// Connections in the whole file.
    pub(super) n_all: u64,
    /// Of the selection, from top to bottom.
    pub(super) parts: Vec<BarPart>,
    /// Marked as chosen.
    pub(super) is_chosen: bool,
}

impl Bar {
    /// Its name, with a mark where it is chosen.
    fn label(&self) -> String {
        let mark = if self.is_chosen { "✓ " } else { "" };
        format!("{mark}{}", self.name)
    }
}

/// Rows with their axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CountBars {
    bars: Vec<Bar>,
    note: String,
    caption: Vec<String>,
    form: Form,
    /// All of it, down to the caption.
    bounds: Rect,
    /// Where names end, bars start and bars end.
    names: f32,
    left: f32,
    right: f32,
    axis: Axis,
}

impl CountBars {
    /// Lays rows out from `at` on; `note` stands below them ("3 more types"), `caption` below the axis.
    pub(super) fn new(
        bars: Vec<Bar>,
        note: String,
        caption: &str,
        form: Form,
        (left, top): Point,
        width: f32,
    ) -> Self {
        let widest = |text: fn(&Bar) -> String| {
            let widths = bars.iter().map(|bar| text_width(&text(bar)));
            widths.fold(0.0, f32::max)
        };
        let right = left + width;
        let (names, ends) = match form {
            Form::Above => (0.0, 0.0),
            Form::Beside | Form::Compact => (
                // A hair more, for what rounding takes.
                (widest(Bar::label) + GAP + 1.0).min(width * 0.36),
                widest(|bar| bar.text.clone()) + GAP,
            ),
        };
        let tallest = bars.iter().map(|bar| bar.n_all).max().unwrap_or(0).max(1);
        let powers = (0..20).map_while(|power| 10u64.checked_pow(power));
        let mut ticks: Vec<Tick> = powers
            .take_while(|&n| n <= tallest)
            .map(|n| Tick::new(n as f32, number::short(n as f32)))
            .collect();
        ticks.reverse();
        let axis = Axis {
            min: 0.0,
            max: tallest as f32,
            spread: Spread::LogOfOnePlus,
            title: String::new(),
            ticks,
        };
        let caption = match form {
            Form::Compact => Vec::new(),
            Form::Beside | Form::Above => wrap_text(caption, width),
        };
        let n_rows = bars.len() as f32;
        let n_lines = match form {
            Form::Compact => usize::from(!note.is_empty()),
            Form::Beside | Form::Above => 1 + usize::from(!note.is_empty()) + caption.len(),
        };
        let bottom = top + n_rows * form.pitch() + n_lines as f32 * ROW;
        let start = left + names;
        Self {
            bars,
            note,
            caption,
            form,
            bounds: Rect::new(left, top, right, bottom),
            names: start - GAP,
            left: start,
            right: (right - ends).max(start + 20.0),
            axis,
        }
    }

    /// Where it ends.
    pub(super) fn bottom(&self) -> f32 {
        self.bounds.bottom
    }

    /// The row at a place in CSS pixels.
    pub(super) fn row_at(&self, at: Point) -> Option<usize> {
        if !self.bounds.contains(at, 0.0) {
            return None;
        }
        let row = ((at.1 - self.bounds.top) / self.form.pitch()) as usize;
        (row < self.bars.len()).then_some(row)
    }

    /// The end of a row's bar.
    pub(super) fn end_of(&self, row: usize) -> Point {
        let n = self.bars.get(row).map_or(0, |bar| bar.n_all);
        let (above, below) = self.form.bar();
        (self.x(n), self.top_of(row) + f32::midpoint(above, below))
    }

    fn top_of(&self, row: usize) -> f32 {
        self.bounds.top + row as f32 * self.form.pitch()
    }

    fn x(&self, n: u64) -> f32 {
        self.left + self.axis.share_of(n as f32) * (self.right - self.left)
    }

    pub(super) fn draw(&self, scene: &mut Scene, palette: &Palette) {
        for (row, bar) in self.bars.iter().enumerate() {
            self.draw_grid(scene, palette, row);
            self.draw_bar(scene, palette, row, bar);
        }
        let mut y = self.top_of(self.bars.len()) + ROW / 2.0;
        if self.form != Form::Compact {
            self.draw_ticks(scene, palette, y);
            y += ROW;
        }
        if !self.note.is_empty() {
            let note = fit_text(&self.note, self.bounds.width());
            let at = (self.bounds.left, y);
            scene.text(note, at, Anchor::Start, palette.ink_2);
            y += ROW;
        }
        for line in &self.caption {
            let at = (self.bounds.left, y);
            scene.text(line.as_str(), at, Anchor::Start, palette.ink_3);
            y += ROW;
        }
    }

    /// Lines at powers of ten, behind a row's bar.
    fn draw_grid(&self, scene: &mut Scene, palette: &Palette, row: usize) {
        let y = self.top_of(row);
        let (top, bottom) = match self.form {
            Form::Above => (y + 18.0, y + 32.0),
            Form::Beside | Form::Compact => (y, y + self.form.pitch()),
        };
        for tick in &self.axis.ticks {
            let x = self.left + self.axis.share_of(tick.value) * (self.right - self.left);
            scene.rect(Rect::new(x, top, x + 1.0, bottom), palette.line, 1.0);
        }
        let axis = Rect::new(self.left - 1.0, top, self.left, bottom);
        scene.rect(axis, palette.line_strong, 1.0);
    }

    fn draw_bar(&self, scene: &mut Scene, palette: &Palette, row: usize, bar: &Bar) {
        let y = self.top_of(row);
        let (above, below) = self.form.bar();
        let (top, bottom) = (y + above, y + below);
        scene.rect(
            Rect::new(self.left, top, self.x(bar.n_all), bottom),
            palette.line_strong,
            1.0,
        );
        let pitch = (bottom - top) / bar.parts.len().max(1) as f32;
        for (index, part) in bar.parts.iter().enumerate() {
            if part.n > 0 {
                let top = top + index as f32 * pitch;
                let strip = Rect::new(self.left, top, self.x(part.n), top + pitch);
                scene.rect(strip, part.colour, 1.0);
            }
        }
        let (middle, room) = match self.form {
            Form::Above => (y + 9.0, self.bounds.width() - text_width(&bar.text) - GAP),
            Form::Beside | Form::Compact => {
                (f32::midpoint(top, bottom), self.names - self.bounds.left)
            }
        };
        let colour = if bar.is_chosen {
            palette.ink
        } else {
            palette.ink_2
        };
        let name = fit_text(&bar.label(), room);
        let (name_at, name_anchor, text_x) = match self.form {
            Form::Above => ((self.bounds.left, middle), Anchor::Start, self.bounds.right),
            Form::Beside | Form::Compact => ((self.names, middle), Anchor::End, self.bounds.right),
        };
        scene.text(name, name_at, name_anchor, colour);
        scene.text(bar.text.as_str(), (text_x, middle), Anchor::End, colour);
    }

    fn draw_ticks(&self, scene: &mut Scene, palette: &Palette, y: f32) {
        // From the longest on, as many as have room.
        let mut free_to = self.bounds.right;
        for tick in &self.axis.ticks {
            let half = text_width(&tick.text) / 2.0;
            let x = self.left + self.axis.share_of(tick.value) * (self.right - self.left);
            let x = x.clamp(self.bounds.left + half, self.bounds.right - half);
            if x + half <= free_to {
                scene.text(tick.text.as_str(), (x, y), Anchor::Middle, palette.ink_3);
                free_to = x - half - GAP;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(form: Form) -> CountBars {
        let bar = |n_all| Bar {
            name: format!("type {n_all}"),
            text: number::count(n_all),
            n_all,
            parts: vec![BarPart {
                n: n_all / 2,
                colour: [0; 3],
            }],
            is_chosen: false,
        };
        let bars = [1_000, 10, 0].map(bar).into();
        CountBars::new(bars, "2 more".into(), "caption", form, (10.0, 20.0), 300.0)
    }

    #[test]
    fn rows_are_found_where_they_are_drawn() {
        for form in [Form::Beside, Form::Above, Form::Compact] {
            let bars = bars(form);
            for row in 0..3 {
                assert_eq!(bars.row_at(bars.end_of(row)), Some(row), "{form:?}");
            }
            assert_eq!(bars.row_at((50.0, bars.bottom() - 2.0)), None);
            assert_eq!(bars.row_at((5.0, 25.0)), None);
        }
    }

    #[test]
    fn lengths_are_logarithms_of_one_plus_the_count() {
        let bars = bars(Form::Above);
        let length = |row| bars.end_of(row).0 - bars.left;
        let expected = 11f32.ln() / 1001f32.ln();
        assert!((length(1) / length(0) - expected).abs() < 1e-4);
        assert_eq!(length(2), 0.0);
    }
}
