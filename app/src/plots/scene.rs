//! What a chart draws, as a list of shapes in CSS pixels.
//!
//! Charts build a scene without knowing what it is written as (SVG in a page, SVG in a file), and tests can look for texts that overlap or
//! leave the frame.

use super::palette::Rgb;

/// Height of all text in CSS pixels.
pub const TEXT_SIZE: f32 = 12.0;

/// A place in CSS pixels from the top left.
pub type Point = (f32, f32);

/// An upright rectangle in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Smallest x.
    pub left: f32,
    /// Smallest y.
    pub top: f32,
    /// Largest x.
    pub right: f32,
    /// Largest y.
    pub bottom: f32,
}

impl Rect {
    /// From its four sides.
    pub const fn new(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self {
            left,
            top,
            right,
            bottom,
        }
    }

    /// Its extent along x.
    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    /// Its extent along y.
    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// Tells whether a place is inside or at most `margin` outside.
    pub fn contains(&self, (x, y): Point, margin: f32) -> bool {
        x >= self.left - margin
            && x <= self.right + margin
            && y >= self.top - margin
            && y <= self.bottom + margin
    }
}

/// Which end of a text its place names; the middle of its height always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// One thing to draw.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A filled rectangle; also every straight rule, which stays sharp this way.
    Rect { rect: Rect, fill: Rgb, opacity: f32 },
    /// A line through points.
    Path {
        points: Vec<Point>,
        stroke: Rgb,
        width: f32,
    },
    /// A filled polygon.
    Polygon {
        points: Vec<Point>,
        fill: Rgb,
        opacity: f32,
    },
    /// A circle's outline.
    Ring {
        centre: Point,
        radius: f32,
        stroke: Rgb,
        width: f32,
    },
    /// One line of text.
    Text {
        text: String,
        at: Point,
        anchor: Anchor,
        fill: Rgb,
    },
}

/// Shapes, the first at the bottom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// In drawing order.
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// Adds a filled rectangle.
    pub fn rect(&mut self, rect: Rect, fill: Rgb, opacity: f32) {
        self.shapes.push(Shape::Rect {
            rect,
            fill,
            opacity,
        });
    }

    /// Adds a line through points; nothing for fewer than two.
    pub fn path(&mut self, points: Vec<Point>, stroke: Rgb, width: f32) {
        if points.len() > 1 {
            self.shapes.push(Shape::Path {
                points,
                stroke,
                width,
            });
        }
    }

    /// Adds a filled polygon.
    pub fn polygon(&mut self, points: Vec<Point>, fill: Rgb, opacity: f32) {
        self.shapes.push(Shape::Polygon {
            points,
            fill,
            opacity,
        });
    }

    /// Adds a text.
    pub fn text(&mut self, text: impl Into<String>, at: Point, anchor: Anchor, fill: Rgb) {
        self.shapes.push(Shape::Text {
            text: text.into(),
            at,
            anchor,
            fill,
        });
    }

    /// Adds a text on a patch of the surface's colour, to be read over anything.
    pub fn label(&mut self, text: &str, at: Point, anchor: Anchor, fill: Rgb, surface: Rgb) {
        let rect = text_rect(text, at, anchor);
        let patch = Rect {
            left: rect.left - 4.0,
            right: rect.right + 4.0,
            ..rect
        };
        self.rect(patch, surface, 0.88);
        self.text(text, at, anchor, fill);
    }

    /// Adds the ring of an operating point, with a halo so that it stands out from the curves.
    pub fn ring(&mut self, centre: Point, stroke: Rgb, halo: Rgb) {
        self.shapes.push(Shape::Ring {
            centre,
            radius: 5.5,
            stroke: halo,
            width: 5.0,
        });
        self.shapes.push(Shape::Ring {
            centre,
            radius: 5.5,
            stroke,
            width: 2.0,
        });
    }

    /// Adds a dashed line along a path.
    pub fn dashed(&mut self, points: &[Point], stroke: Rgb, width: f32) {
        self.patterned(points, stroke, width, &[4.0, 4.0]);
    }

    /// Adds a line along a path in dashes and gaps of these lengths, an even number of them; without any a whole line.
    pub fn patterned(&mut self, points: &[Point], stroke: Rgb, width: f32, lengths: &[f32]) {
        let mut lengths = lengths.iter().copied().cycle();
        let Some(first) = lengths.next() else {
            self.path(points.to_vec(), stroke, width);
            return;
        };
        let mut dash: Vec<Point> = Vec::new();
        let (mut is_on, mut left) = (true, first);
        for pair in points.windows(2) {
            let [mut from, to] = *pair else { continue };
            loop {
                let (dx, dy) = (to.0 - from.0, to.1 - from.1);
                let length = dx.hypot(dy);
                if is_on && dash.is_empty() {
                    dash.push(from);
                }
                let end = if length <= left {
                    to
                } else {
                    (from.0 + dx * left / length, from.1 + dy * left / length)
                };
                if is_on {
                    dash.push(end);
                }
                if length <= left {
                    left -= length;
                    break;
                }
                if is_on {
                    self.path(std::mem::take(&mut dash), stroke, width);
                }
                (is_on, left, from) = (!is_on, lengths.next().unwrap_or(first), end);
            }
        }
        self.path(dash, stroke, width);
    }
}

/// How wide a text is drawn at most, in CSS pixels.
///
/// Nothing here can measure a font, so these are the widths of DejaVu Sans, the widest font that `system-ui` commonly means.
pub fn text_width(text: &str) -> f32 {
    text.chars().map(ems).sum::<f32>() * TEXT_SIZE
}

/// The width of a character as a share of the text's height.
fn ems(c: char) -> f32 {
    match c {
        ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | 'i' | 'l' | 'j' | '·' => 0.32,
        'f' | 't' | 'r' | '(' | ')' | '-' => 0.4,
        's' | 'z' | 'c' | 'k' | 'v' | 'x' | 'y' => 0.58,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.97,
        '≥' | '<' | '>' | '=' | '+' | '−' => 0.84,
        c if c.is_ascii_uppercase() => 0.72,
        _ => 0.635,
    }
}

/// The box that a text takes.
pub fn text_rect(text: &str, (x, y): Point, anchor: Anchor) -> Rect {
    let width = text_width(text);
    let left = match anchor {
        Anchor::Start => x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    let half = TEXT_SIZE * 0.62;
    Rect {
        left,
        top: y - half,
        right: left + width,
        bottom: y + half,
    }
}

/// The text, cut with "…" where it is wider than `width`.
pub fn fit_text(text: &str, width: f32) -> String {
    if text_width(text) <= width {
        return text.to_owned();
    }
    // Room for the "…". One pass: a label of a file may be as long as a line of it.
    let mut left = width - TEXT_SIZE;
    let cut: String = text
        .chars()
        .take_while(|&c| {
            left -= ems(c) * TEXT_SIZE;
            left >= 0.0
        })
        .collect();
    format!("{}…", cut.trim_end())
}

/// The text in lines no wider than `width`, broken between words.
pub fn wrap_text(text: &str, width: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(line) + text_width(word) + 4.0 <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_and_wraps_text_to_the_width() {
        assert_eq!(fit_text("recall", 100.0), "recall");
        let cut = fit_text("a very long name of a model", 80.0);
        assert!(cut.ends_with('…') && text_width(&cut) <= 80.0, "{cut}");
        let lines = wrap_text("12 points beyond the frame are drawn on its border", 160.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| text_width(line) <= 160.0));
    }

    #[test]
    fn dashes_cover_half_of_a_line() {
        let mut scene = Scene::default();
        scene.dashed(&[(0.0, 0.0), (40.0, 0.0)], [0, 0, 0], 1.0);
        assert_eq!(scene.shapes.len(), 5);
    }
}
