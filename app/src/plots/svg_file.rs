//! A chart as an SVG file that stands alone: colours of a palette, text sizes of its own, and what was looked at written above it.

use super::palette::{Palette, Rgb};
use super::scene::{Anchor, Rect, TEXT_SIZE, fit_text, wrap_text};
use super::svg_writer::{SvgWriter, escaped, literal};
use super::{Chart, ChartFrame};

/// The font of `style/tokens.css`.
const FONT: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
/// Height of the first line of a heading in CSS pixels.
const TITLE_SIZE: f32 = 16.0;
const TITLE_ROW: f32 = 24.0;
const ROW: f32 = 18.0;
/// Around a chart with a heading.
const MARGIN: f32 = 16.0;
/// Lines of a heading; a filter may be as long as somebody's patience.
const MAX_LINES: usize = 8;
/// Characters of a heading's line that are looked at.
const MAX_LINE: usize = 400;

/// A picture over a part of a chart: the points of the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Its `data:` address.
    pub address: String,
    /// Where it is, in CSS pixels of the chart.
    pub area: Rect,
}

/// A chart as an SVG file of this size in CSS pixels, on the palette's surface, with its summary as the title.
pub fn to_svg(chart: &dyn Chart, width: u32, height: u32, palette: &Palette) -> String {
    let frame = ChartFrame::new(width as f32, height as f32, 1.0);
    to_svg_with_heading(chart, &frame, palette, &[], None)
}

/// As [`to_svg`] for a frame, which may be zoomed, with a margin and with lines above it, the first one large; perhaps with a picture.
pub fn to_svg_with_heading(
    chart: &dyn Chart,
    frame: &ChartFrame,
    palette: &Palette,
    heading: &[String],
    picture: Option<&Picture>,
) -> String {
    let (lines, top) = lay_out(heading, frame.width);
    let margin = if heading.is_empty() { 0.0 } else { MARGIN };
    let (wide, high) = (
        (frame.width + 2.0 * margin).round(),
        (frame.height + top + margin).round(),
    );
    let opening = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" role=\"img\" \
         font-family=\"{FONT}\" font-size=\"{TEXT_SIZE}\" stroke-linejoin=\"round\">\n<title>{}</title>\n\
         <rect width=\"{wide}\" height=\"{high}\" fill=\"{}\"/>\n",
        escaped(&chart.summary()),
        literal(palette.surface)
    );
    let mut writer = SvgWriter::new(opening, literal);
    for Line {
        text,
        y,
        fill,
        attributes,
    } in lines
    {
        let fill = fill(palette);
        writer.text(&text, (margin, y), Anchor::Start, fill, attributes);
    }
    writer.element(&format!("<g transform=\"translate({margin} {top})\">\n"));
    for shape in &chart.scene(frame, palette).shapes {
        writer.shape(shape);
    }
    if let Some(Picture { address, area }) = picture {
        writer.element(&format!(
            "<image x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" preserveAspectRatio=\"none\" href=\"{}\"/>",
            area.left,
            area.top,
            area.width(),
            area.height(),
            escaped(address)
        ));
    }
    writer.element("\n</g>\n</svg>\n");
    writer.finish()
}

/// A line of a heading and how it looks.
struct Line {
    text: String,
    /// The middle of its height.
    y: f32,
    fill: fn(&Palette) -> Rgb,
    attributes: &'static str,
}

/// The lines of a heading, and where the chart begins below them.
fn lay_out(heading: &[String], width: f32) -> (Vec<Line>, f32) {
    let Some((title, rest)) = heading.split_first() else {
        return (Vec::new(), 0.0);
    };
    let short = |text: &str| -> String { text.chars().take(MAX_LINE).collect() };
    // Bold letters are some ten per cent wider.
    let title_width = width * TEXT_SIZE / TITLE_SIZE / 1.1;
    let mut lines = vec![Line {
        text: fit_text(&short(title), title_width),
        y: MARGIN + TITLE_ROW / 2.0,
        fill: |palette| palette.ink,
        attributes: " font-size=\"16\" font-weight=\"600\"",
    }];
    let mut y = MARGIN + TITLE_ROW;
    let texts = rest.iter().flat_map(|text| wrap_text(&short(text), width));
    for text in texts.take(MAX_LINES) {
        lines.push(Line {
            text: fit_text(&text, width),
            y: y + ROW / 2.0,
            fill: |palette| palette.ink_2,
            attributes: "",
        });
        y += ROW;
    }
    (lines, y + 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::legibility::{curves, map};
    use crate::plots::roc::Roc;

    fn roc(name: &str) -> Roc {
        let mut curves = curves(1);
        curves[0].name = name.to_owned();
        Roc {
            curves,
            operating: None,
        }
    }

    #[test]
    fn file_has_a_title_a_surface_and_text_sizes_of_its_own() {
        let svg = to_svg(&roc("ensemble"), 600, 300, &Palette::dark());
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"600\" height=\"300\" viewBox=\"0 0 600 300\""));
        assert!(svg.contains("font-size=\"12\"") && svg.contains("font-family=\"system-ui"));
        assert!(svg.contains("<title>ROC curves, area under the curve: ensemble 0.99"));
        assert!(svg.contains("<rect width=\"600\" height=\"300\" fill=\"#121a2c\"/>"));
        assert!(!svg.contains("var(--"));
    }

    #[test]
    fn heading_stands_above_the_chart_and_is_capped() {
        let frame = ChartFrame::new(600.0, 300.0, 1.0);
        let heading = ["ROC", "kdd.csv", &"filter ".repeat(10_000)].map(str::to_owned);
        let svg = to_svg_with_heading(&roc("m"), &frame, &Palette::light(), &heading, None);
        for text in [
            "font-weight=\"600\" fill=\"#14203a\">ROC</text>",
            ">kdd.csv</text>",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(svg.contains("width=\"632\""));
        assert!(svg.matches("filter").count() < 100);
    }

    /// Labels come from files that somebody else wrote.
    #[test]
    fn hostile_label_is_text_in_the_file_and_in_the_page() {
        let hostile = "</text><script>alert(1)</script>\" onload='x' &amp;\u{8}";
        let chart = roc(hostile);
        let frame = ChartFrame::new(2000.0, 300.0, 1.0);
        let heading = [hostile.to_owned(), hostile.to_owned()];
        let file = to_svg_with_heading(&chart, &frame, &Palette::light(), &heading, None);
        let page = crate::plots::inline_svg::to_inline_svg(&chart, &frame);
        for svg in [file, page] {
            assert!(!svg.contains("<script") && !svg.contains("onload='"));
            assert!(!svg.contains('\u{8}'));
            assert!(svg.contains("&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp;amp;\u{fffd}"));
        }
    }

    #[test]
    fn picture_lies_on_its_area() {
        let frame = ChartFrame::new(700.0, 420.0, 1.0);
        let area = map().area(&frame);
        let picture = Picture {
            address: "data:image/png;base64,AAAA".into(),
            area,
        };
        let svg = to_svg_with_heading(&map(), &frame, &Palette::light(), &[], Some(&picture));
        let wanted = format!(
            "<image x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\"",
            area.left,
            area.top,
            area.width()
        );
        assert!(svg.contains(&wanted) && svg.contains("href=\"data:image/png;base64,AAAA\""));
    }
}
