//! A chart as SVG inside a page: colours are the page's own variables, so one drawing serves light, dark and high contrast, and is not
//! made again when the theme changes.

use super::palette::Rgb;
use super::svg_writer::{SvgWriter, literal};
use super::{Chart, ChartFrame, Palette};

/// The page's variables that stand for the colours of [`Palette::light`].
fn variable(colour: Rgb) -> Option<&'static str> {
    let palette = Palette::light();
    let [low, elevated, high, critical] = palette.bands;
    let [point_low, point_elevated, point_high, point_critical] = palette.points;
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
        (point_low, "point-low"),
        (point_elevated, "point-elevated"),
        (point_high, "point-high"),
        (point_critical, "point-critical"),
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
    let opening = format!("<svg viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">");
    let mut writer = SvgWriter::new(opening, colour);
    for shape in &chart.scene(frame, &Palette::light()).shapes {
        writer.shape(shape);
    }
    writer.element("</svg>");
    writer.finish()
}

fn colour(colour: Rgb) -> String {
    match variable(colour) {
        Some(name) => format!("var(--{name})"),
        None => literal(colour),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::scene::{Anchor, Rect};
    use crate::plots::{Scene, Table};

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
             <text x=\"1\" y=\"6\" text-anchor=\"end\" fill=\"var(--ink-2)\">a &lt; b</text></svg>"
        );
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
            colours.extend(palette.points);
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
