//! Shapes as SVG elements. In: shapes and how colours are written; out: the elements, without the `svg` element around them.
//!
//! Neighbours that look the same share one path, and paths are relative and in tenths of a pixel, so that a page with dozens of charts
//! stays small. Texts may come from a file that somebody else wrote, so every character that means something to HTML or XML is escaped.

use super::palette::Rgb;
use super::scene::{Anchor, Point, Shape, TEXT_SIZE};

/// From the middle of a line of text down to its baseline, as a share of its height: half the height of digits in common fonts.
/// Written into the place, because programs other than browsers ignore `dominant-baseline`.
const BASELINE: f32 = 0.35;

/// Writes shapes one after another.
pub(super) struct SvgWriter {
    svg: String,
    colour: fn(Rgb) -> String,
    /// Attributes and data of the path that the next shape may join.
    open: Option<(String, String)>,
}

impl SvgWriter {
    /// Continues `svg`, with colours as `colour` writes them.
    pub(super) fn new(svg: String, colour: fn(Rgb) -> String) -> Self {
        Self {
            svg,
            colour,
            open: None,
        }
    }

    /// What was written.
    pub(super) fn finish(mut self) -> String {
        self.close();
        self.svg
    }

    /// Writes an element as it is.
    pub(super) fn element(&mut self, element: &str) {
        self.close();
        self.svg.push_str(element);
    }

    /// Writes one shape.
    pub(super) fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Rect {
                rect,
                fill,
                opacity,
            } => {
                let (left, right) = sharp(rect.left, rect.right);
                let (top, bottom) = sharp(rect.top, rect.bottom);
                let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
                self.path(self.filled(*fill, *opacity), &corners, true);
            }
            Shape::Polygon {
                points,
                fill,
                opacity,
            } => self.path(self.filled(*fill, *opacity), points, true),
            Shape::Path {
                points,
                stroke,
                width,
            } => {
                let attributes = format!(
                    "fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"",
                    (self.colour)(*stroke)
                );
                self.path(attributes, points, false);
            }
            Shape::Ring {
                centre: (x, y),
                radius,
                stroke,
                width,
            } => self.element(&format!(
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"/>",
                (self.colour)(*stroke)
            )),
            Shape::Text {
                text,
                at,
                anchor,
                fill,
            } => self.text(text, *at, *anchor, *fill, ""),
        }
    }

    /// Writes a line of text with more attributes, each with a space before it.
    pub(super) fn text(
        &mut self,
        text: &str,
        (x, y): Point,
        anchor: Anchor,
        fill: Rgb,
        attributes: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let y = y + BASELINE * TEXT_SIZE;
        self.element(&format!(
            "<text x=\"{x:.0}\" y=\"{y:.0}\"{anchor}{attributes} fill=\"{}\">{}</text>",
            (self.colour)(fill),
            escaped(text)
        ));
    }

    fn filled(&self, fill: Rgb, opacity: f32) -> String {
        let fill = (self.colour)(fill);
        if opacity >= 1.0 {
            format!("fill=\"{fill}\"")
        } else {
            format!("fill=\"{fill}\" fill-opacity=\"{opacity:.2}\"")
        }
    }

    fn path(&mut self, attributes: String, points: &[Point], is_closed: bool) {
        if self
            .open
            .as_ref()
            .is_none_or(|(open, _)| *open != attributes)
        {
            self.close();
            self.open = Some((attributes, String::new()));
        }
        if let Some((_, data)) = &mut self.open {
            push_points(data, points);
            if is_closed {
                data.push('z');
            }
        }
    }

    fn close(&mut self) {
        if let Some((attributes, data)) = self.open.take() {
            self.svg
                .push_str(&format!("<path {attributes} d=\"{data}\"/>"));
        }
    }
}

/// Both sides of a rectangle. A rule, which is about a pixel wide, is moved to whole pixels: it is neither grey nor gone between two.
fn sharp(from: f32, to: f32) -> (f32, f32) {
    if to - from > 1.25 {
        return (from, to);
    }
    (from.round(), from.round() + (to - from).max(0.5))
}

/// A colour as `#rrggbb`.
pub(super) fn literal([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Text for between tags or quotes. Characters that XML forbids, which would make the whole file unreadable, become "\u{fffd}".
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            '\u{0}'..'\u{20}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// `M` to the first point, from there on steps.
fn push_points(data: &mut String, points: &[Point]) {
    let tenths = |value: f32| (value * 10.0).round() as i32;
    let (mut x, mut y) = (0i32, 0i32);
    for (index, &(x_px, y_px)) in points.iter().enumerate() {
        let to = (tenths(x_px), tenths(y_px));
        let step = (to.0.saturating_sub(x), to.1.saturating_sub(y));
        if index > 0 && step == (0, 0) {
            continue;
        }
        data.push(if index == 0 { 'M' } else { 'l' });
        push_tenths(data, step.0);
        if step.1 >= 0 {
            data.push(' ');
        }
        push_tenths(data, step.1);
        (x, y) = to;
    }
}

fn push_tenths(data: &mut String, tenths: i32) {
    if tenths < 0 {
        data.push('-');
    }
    let (whole, part) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    data.push_str(&whole.to_string());
    if part > 0 {
        data.push('.');
        data.push_str(&part.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_do_not_drift() {
        let mut data = String::new();
        push_points(&mut data, &[(0.0, 0.0), (0.16, -0.16), (0.32, -0.3)]);
        assert_eq!(data, "M0 0l0.2-0.2l0.1-0.1");
    }

    #[test]
    fn no_character_of_a_text_is_markup() {
        assert_eq!(
            escaped("<b a=\"1\" c='2'>&\u{0}\u{1b}\n\u{ffff}é"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\u{fffd}\u{fffd} \u{fffd}é"
        );
    }

    #[test]
    fn places_beyond_all_bounds_are_written_as_numbers() {
        let mut data = String::new();
        push_points(&mut data, &[(f32::INFINITY, f32::NAN), (f32::MIN, 1.0)]);
        assert!(!data.contains("inf") && !data.contains("NaN"), "{data}");
    }
}
