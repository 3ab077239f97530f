//! A chart as SVG inside a page: colours are the page's own variables, so one drawing serves light, dark and high contrast.
//!
//! Written without plotters: its SVG backend knows neither variables nor groups of shapes. Neighbours that look the same share one path,
//! and paths are relative and in tenths of a pixel, so that a page with dozens of charts stays small.

use super::palette::Rgb;
use super::scene::{Anchor, Point, Scene, Shape};
use super::{Chart, ChartFrame, Palette};

/// The page's variables that stand for the colours of [`Palette::light`].
fn variable(colour: Rgb) -> Option<&'static str> {
    let palette = Palette::light();
    let [low, elevated, high, critical] = palette.bands;
    let [s1, s2, s3, s4, s5, s6] = palette.series;
    let names = [
        (palette.surface, "surface"),
        (palette.ink, "ink"),
        (palette.ink_2, "ink-2"),
        (palette.ink_3, "ink-3"),
        (palette.line, "line"),
        (palette.line_strong, "line-strong"),
        (low, "low"),
        (elevated, "elevated"),
        (high, "high"),
        (critical, "critical"),
        (s1, "s1"),
        (s2, "s2"),
        (s3, "s3"),
        (s4, "s4"),
        (s5, "s5"),
        (s6, "s6"),
    ];
    names
        .into_iter()
        .find_map(|(of, name)| (of == colour).then_some(name))
}

/// The drawing of a chart, without its title: the element around it carries [`Chart::summary`] as its name.
pub fn to_inline_svg(chart: &dyn Chart, frame: &ChartFrame) -> String {
    let (width, height) = (frame.width.round(), frame.height.round());
    let mut writer = Writer {
        svg: format!("<svg viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">"),
        open: None,
    };
    let Scene { shapes } = chart.scene(frame, &Palette::light());
    for shape in &shapes {
        writer.shape(shape);
    }
    writer.close();
    writer.svg.push_str("</svg>");
    writer.svg
}

/// Writes shapes one after another.
struct Writer {
    svg: String,
    /// Attributes and data of the path that the next shape may join.
    open: Option<(String, String)>,
}

impl Writer {
    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Rect {
                rect,
                fill,
                opacity,
            } => {
                // A rule never vanishes between two pixels.
                let (right, bottom) = (
                    rect.right.max(rect.left + 0.5),
                    rect.bottom.max(rect.top + 0.5),
                );
                let corners = [
                    (rect.left, rect.top),
                    (right, rect.top),
                    (right, bottom),
                    (rect.left, bottom),
                ];
                self.path(filled(*fill, *opacity), &corners, true);
            }
            Shape::Polygon {
                points,
                fill,
                opacity,
            } => self.path(filled(*fill, *opacity), points, true),
            Shape::Path {
                points,
                stroke,
                width,
            } => {
                let attributes = format!(
                    "fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"",
                    colour(*stroke)
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
                colour(*stroke)
            )),
            Shape::Text {
                text,
                at: (x, y),
                anchor,
                fill,
            } => {
                let anchor = match anchor {
                    Anchor::Start => "",
                    Anchor::Middle => " text-anchor=\"middle\"",
                    Anchor::End => " text-anchor=\"end\"",
                };
                let text = text.replace('&', "&amp;").replace('<', "&lt;");
                self.element(&format!(
                    "<text x=\"{x:.0}\" y=\"{y:.0}\"{anchor} fill=\"{}\">{text}</text>",
                    colour(*fill)
                ));
            }
        }
    }

    fn element(&mut self, element: &str) {
        self.close();
        self.svg.push_str(element);
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

fn filled(fill: Rgb, opacity: f32) -> String {
    let fill = colour(fill);
    if opacity >= 1.0 {
        format!("fill=\"{fill}\"")
    } else {
        format!("fill=\"{fill}\" fill-opacity=\"{opacity:.2}\"")
    }
}

fn colour(colour: Rgb) -> String {
    let [r, g, b] = colour;
    match variable(colour) {
        Some(name) => format!("var(--{name})"),
        None => format!("#{r:02x}{g:02x}{b:02x}"),
    }
}

/// `M` to the first point, from there on steps.
fn push_points(data: &mut String, points: &[Point]) {
    let tenths = |value: f32| (value * 10.0).round() as i32;
    let (mut x, mut y) = (0, 0);
    for (index, &(x_px, y_px)) in points.iter().enumerate() {
        let to = (tenths(x_px), tenths(y_px));
        let step = (to.0 - x, to.1 - y);
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
    use crate::plots::Table;
    use crate::plots::scene::Rect;

    struct Two;

    impl Chart for Two {
        fn scene(&self, _: &ChartFrame, palette: &Palette) -> Scene {
            let mut scene = Scene::default();
            for left in [0.0, 10.0] {
                let rect = Rect::new(left, 0.0, left + 4.5, 2.0);
                scene.rect(rect, palette.series(0), 1.0);
            }
            scene.text("a < b", (1.0, 2.0), Anchor::End, palette.ink_2);
            scene
        }

        fn summary(&self) -> String {
            String::new()
        }

        fn table(&self) -> Table {
            Table::default()
        }
    }

    #[test]
    fn neighbours_share_a_path_and_colours_are_variables() {
        let svg = to_inline_svg(&Two, &ChartFrame::new(200.0, 150.0, 1.0));
        assert_eq!(
            svg,
            "<svg viewBox=\"0 0 200 150\" aria-hidden=\"true\"><path fill=\"var(--s1)\" d=\"M0 0l4.5 0l0 2l-4.5 0zM10 0l4.5 0l0 2l-4.5 0z\"/>\
             <text x=\"1\" y=\"2\" text-anchor=\"end\" fill=\"var(--ink-2)\">a &lt; b</text></svg>"
        );
    }

    #[test]
    fn steps_do_not_drift() {
        let mut data = String::new();
        push_points(&mut data, &[(0.0, 0.0), (0.16, -0.16), (0.32, -0.3)]);
        assert_eq!(data, "M0 0l0.2-0.2l0.1-0.1");
    }

    /// The variables are those of the style sheet, in both themes.
    #[test]
    fn palette_equals_the_tokens() {
        let tokens = include_str!("../../../style/tokens.css");
        let (light, dark) = tokens.split_once("@media").unwrap();
        let pairs = |palette: Palette| {
            let mut colours = vec![
                palette.surface,
                palette.ink,
                palette.ink_2,
                palette.ink_3,
                palette.line,
                palette.line_strong,
            ];
            colours.extend(palette.bands);
            colours.extend(palette.series);
            colours
        };
        let names = pairs(Palette::light())
            .into_iter()
            .map(|of| variable(of).unwrap());
        for ((name, light_colour), dark_colour) in names
            .zip(pairs(Palette::light()))
            .zip(pairs(Palette::dark()))
        {
            for (sheet, [r, g, b]) in [(light, light_colour), (dark, dark_colour)] {
                assert!(
                    sheet.contains(&format!("--{name}: #{r:02x}{g:02x}{b:02x};")),
                    "{name}"
                );
            }
        }
    }
}
