//! The frame that all charts share: margins, axes, ticks, grid, axis titles and legend, in one style.
//!
//! The title of the vertical axis stands upright above it: it reads without turning the head and costs no width on a phone.

use super::palette::{Palette, Rgb};
use super::scene::{Anchor, Point, Rect, Scene, fit_text, text_rect, text_width};
use super::series::Dash;
use super::zoom::{self, Zoom};

/// Height of a line of text with its spacing.
pub const ROW: f32 = 20.0;
const GAP: f32 = 8.0;
/// Least space between two tick labels.
const TICK_SPACE: f32 = 8.0;
const SWATCH: f32 = 16.0;

/// The size of a chart, and how much of it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChartFrame {
    /// CSS pixels.
    pub width: f32,
    /// CSS pixels.
    pub height: f32,
    /// Device pixels per CSS pixel; layout does not depend on it.
    pub scale: f32,
    /// How far it is zoomed in; charts without a zoom show everything.
    pub zoom: Zoom,
}

impl ChartFrame {
    /// At least 160 × 120, showing everything.
    pub fn new(width: f32, height: f32, scale: f32) -> Self {
        Self {
            width: width.max(160.0),
            height: height.max(120.0),
            scale: scale.max(0.5),
            zoom: Zoom::default(),
        }
    }

    /// The same, zoomed in.
    pub fn zoomed(self, zoom: Zoom) -> Self {
        Self { zoom, ..self }
    }

    /// Places axes between `top` and `bottom_rows` lines of text kept free below the titles.
    pub fn axes(&self, x: Axis, y: Axis, top: f32, bottom_rows: usize) -> Axes {
        let widest = y
            .ticks
            .iter()
            .map(|tick| text_width(&tick.text))
            .fold(0.0, f32::max);
        let title = if y.title.is_empty() { 0.0 } else { ROW };
        let area = Rect {
            left: (widest + GAP).max(12.0),
            top: top + title + 8.0,
            right: self.width - 22.0,
            bottom: self.height - (2 + bottom_rows) as f32 * ROW - 8.0,
        };
        let area = Rect {
            bottom: area.bottom.max(area.top + 20.0),
            ..area
        };
        Axes {
            area,
            x,
            y,
            width: self.width,
        }
    }
}

/// How values are spread over an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Evenly.
    Linear,
    /// By their square root: stretches what is near zero.
    SquareRoot,
    /// By log(1 + value): shows 0, 1 and 100,000 on one axis.
    LogOfOnePlus,
    /// By their logarithm, from a least value above 0 on.
    Logarithm,
}

/// A value on an axis and what is written there.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The value.
    pub value: f32,
    /// What is written.
    pub text: String,
}

impl Tick {
    /// A value and its text.
    pub fn new(value: f32, text: impl Into<String>) -> Self {
        Self {
            value,
            text: text.into(),
        }
    }
}

/// One axis. Ticks are in order of importance: a later one that would touch an earlier one is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Value at its start.
    pub min: f32,
    /// Value at its end.
    pub max: f32,
    /// How values are spread.
    pub spread: Spread,
    /// What is measured, with the unit.
    pub title: String,
    /// Labelled values.
    pub ticks: Vec<Tick>,
}

impl Axis {
    /// Shares from 0 to 1, labelled in per cent.
    pub fn percent(title: impl Into<String>) -> Self {
        let ticks = [0, 100, 50, 25, 75]
            .map(|percent| Tick::new(percent as f32 / 100.0, format!("{percent} %")));
        Self {
            min: 0.0,
            max: 1.0,
            spread: Spread::Linear,
            title: title.into(),
            ticks: ticks.into(),
        }
    }

    /// A part of the shares from 0 to 1, labelled in per cent.
    pub fn percent_between(title: impl Into<String>, (min, max): (f32, f32)) -> Self {
        if (min, max) == (0.0, 1.0) {
            return Self::percent(title);
        }
        let percents = Self::round_values(title, min * 100.0, max * 100.0);
        let ticks = percents.ticks.into_iter();
        Self {
            min,
            max,
            ticks: ticks
                .map(|tick| Tick::new(tick.value / 100.0, format!("{} %", tick.text)))
                .collect(),
            ..percents
        }
    }

    /// Risk from 0 to 100.
    pub fn risk(title: impl Into<String>) -> Self {
        let ticks = [0u8, 100, 50, 25, 75].map(|risk| Tick::new(risk.into(), risk.to_string()));
        Self {
            min: 0.0,
            max: 100.0,
            spread: Spread::Linear,
            title: title.into(),
            ticks: ticks.into(),
        }
    }

    /// Any range, with about five round values.
    pub fn round_values(title: impl Into<String>, min: f32, max: f32) -> Self {
        let range = (max - min).max(f32::MIN_POSITIVE);
        let power = 10f32.powf((range / 5.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|factor| factor * power)
            .into_iter()
            .find(|step| range / step <= 6.5)
            .unwrap_or(10.0 * power);
        let decimals = (-step.log10().floor()).clamp(0.0, 6.0) as usize;
        let (first, last) = ((min / step).ceil() as i32, (max / step).floor() as i32);
        // At most seven, whatever rounding does.
        let ticks = (first..=last).take(7).map(|k| {
            let text = format!("{:.decimals$}", k as f32 * step).replace('-', "−");
            Tick::new(k as f32 * step, text)
        });
        Self {
            min,
            max,
            spread: Spread::Linear,
            title: title.into(),
            ticks: ticks.collect(),
        }
    }

    fn spread(&self, value: f32) -> f32 {
        match self.spread {
            Spread::Linear => value,
            Spread::SquareRoot => value.max(0.0).sqrt(),
            Spread::LogOfOnePlus => value.max(0.0).ln_1p(),
            Spread::Logarithm => value.max(f32::MIN_POSITIVE).ln(),
        }
    }

    /// Where a value is: 0 at the axis's start, 1 at its end, never beyond.
    pub fn share_of(&self, value: f32) -> f32 {
        self.share_beyond(value).clamp(0.0, 1.0)
    }

    /// Where a value is, also beyond the axis's ends.
    fn share_beyond(&self, value: f32) -> f32 {
        let (min, max) = (self.spread(self.min), self.spread(self.max));
        let range = if max > min { max - min } else { 1.0 };
        (self.spread(value) - min) / range
    }

    /// Tells whether a value is on the axis.
    fn holds(&self, value: f32) -> bool {
        value >= self.min && value <= self.max
    }

    /// The value at a share of the axis.
    pub fn value_at(&self, share: f32) -> f32 {
        let (min, max) = (self.spread(self.min), self.spread(self.max));
        let spread = min + share * (max - min);
        match self.spread {
            Spread::Linear => spread,
            Spread::SquareRoot => spread * spread,
            Spread::LogOfOnePlus => spread.exp_m1(),
            Spread::Logarithm => spread.exp(),
        }
    }
}

/// Two axes and the rectangle between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Axes {
    /// Where data is drawn.
    pub area: Rect,
    /// To the right.
    pub x: Axis,
    /// Upwards.
    pub y: Axis,
    width: f32,
}

impl Axes {
    /// The place of a pair of values.
    pub fn to_pixel(&self, x: f32, y: f32) -> (f32, f32) {
        let Rect { left, bottom, .. } = self.area;
        (
            left + self.x.share_of(x) * self.area.width(),
            bottom - self.y.share_of(y) * self.area.height(),
        )
    }

    /// The place of a pair of values, outside the area if they are beyond the axes: for lines that are cut at its border.
    pub fn to_pixel_beyond(&self, x: f32, y: f32) -> (f32, f32) {
        let Rect { left, bottom, .. } = self.area;
        (
            left + self.x.share_beyond(x) * self.area.width(),
            bottom - self.y.share_beyond(y) * self.area.height(),
        )
    }

    /// Tells whether a pair of values is on the axes.
    pub fn holds(&self, x: f32, y: f32) -> bool {
        self.x.holds(x) && self.y.holds(y)
    }

    /// The pieces of a line that are in the area; half a pixel more, so that a line along its border stays.
    pub fn clipped(&self, points: &[Point]) -> Vec<Vec<Point>> {
        let area = Rect {
            left: self.area.left - 0.5,
            top: self.area.top - 0.5,
            right: self.area.right + 0.5,
            bottom: self.area.bottom + 0.5,
        };
        zoom::clipped(points, area)
    }

    /// The values at a place.
    pub fn to_data(&self, x_px: f32, y_px: f32) -> (f32, f32) {
        let Rect { left, bottom, .. } = self.area;
        (
            self.x.value_at((x_px - left) / self.area.width()),
            self.y.value_at((bottom - y_px) / self.area.height()),
        )
    }

    /// Draws grid, ticks and titles, below the data.
    pub fn draw(&self, scene: &mut Scene, palette: &Palette) {
        let Rect {
            left,
            top,
            right,
            bottom,
        } = self.area;
        let mut taken: Vec<Rect> = Vec::new();
        for tick in &self.y.ticks {
            let (_, y) = self.to_pixel(self.x.min, tick.value);
            let at = (left - GAP, y);
            if is_free(&mut taken, text_rect(&tick.text, at, Anchor::End), 2.0) {
                scene.rect(
                    Rect {
                        left,
                        top: y,
                        right,
                        bottom: y + 1.0,
                    },
                    palette.line,
                    1.0,
                );
                scene.text(tick.text.as_str(), at, Anchor::End, palette.ink_3);
            }
        }
        taken.clear();
        for tick in &self.x.ticks {
            let (x, _) = self.to_pixel(tick.value, self.y.min);
            // Labels at the ends stay inside the chart.
            let half = text_width(&tick.text) / 2.0;
            let at = (x.clamp(half, (self.width - half).max(half)), bottom + 16.0);
            if is_free(
                &mut taken,
                text_rect(&tick.text, at, Anchor::Middle),
                TICK_SPACE,
            ) {
                let mark = Rect {
                    left: x,
                    top: bottom,
                    right: x + 1.0,
                    bottom: bottom + 5.0,
                };
                scene.rect(mark, palette.line_strong, 1.0);
                scene.text(tick.text.as_str(), at, Anchor::Middle, palette.ink_3);
            }
        }
        let axis = Rect {
            left,
            top: bottom,
            right: right + 1.0,
            bottom: bottom + 1.0,
        };
        scene.rect(axis, palette.line_strong, 1.0);
        if !self.y.title.is_empty() {
            let title = fit_text(&self.y.title, self.width);
            scene.text(title, (0.0, top - 18.0), Anchor::Start, palette.ink_2);
        }
        if self.x.title.is_empty() {
            return;
        }
        let title = fit_text(&self.x.title, self.width);
        let half = text_width(&title) / 2.0;
        let middle = f32::midpoint(left, right).clamp(half, (self.width - half).max(half));
        scene.text(
            title,
            (middle, bottom + 36.0),
            Anchor::Middle,
            palette.ink_2,
        );
    }

    /// A scene with the axes and a legend, for the data to come.
    pub fn scene(&self, legend: &Legend, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        self.draw(&mut scene, palette);
        legend.draw(&mut scene, palette);
        scene
    }

    /// Says in the middle of an empty chart why it is empty.
    pub fn draw_empty(&self, scene: &mut Scene, palette: &Palette, why: &str) {
        let Rect {
            left,
            top,
            right,
            bottom,
        } = self.area;
        let at = (f32::midpoint(left, right), f32::midpoint(top, bottom));
        let why = fit_text(why, self.area.width() / 1.15);
        scene.label(&why, at, Anchor::Middle, palette.ink_2, palette.surface);
    }
}

fn is_free(taken: &mut Vec<Rect>, rect: Rect, space: f32) -> bool {
    let touches = |other: &Rect| {
        rect.left < other.right + space
            && other.left < rect.right + space
            && rect.top < other.bottom + space
            && other.top < rect.bottom + space
    };
    let is_free = !taken.iter().any(touches);
    if is_free {
        taken.push(rect);
    }
    is_free
}

/// How a legend entry shows its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swatch {
    /// A piece of line.
    Line(Dash),
    /// A square.
    Square,
    /// Two stripes, for areas that are striped.
    Stripes,
    /// The ring of an operating point.
    Ring,
}

/// One legend entry.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendEntry {
    /// Name, with a figure where there is one.
    pub text: String,
    /// Its colour.
    pub colour: Rgb,
    /// How the colour is shown.
    pub swatch: Swatch,
}

/// Entries in rows above a chart, as many to a row as fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Legend {
    entries: Vec<(LegendEntry, f32, f32)>,
    /// Space it takes.
    pub height: f32,
}

impl Legend {
    /// Lays entries out over a width.
    pub fn new(entries: Vec<LegendEntry>, width: f32) -> Self {
        let (mut x, mut y) = (0.0, ROW / 2.0);
        let n_entries = entries.len();
        let place = |mut entry: LegendEntry| {
            entry.text = fit_text(&entry.text, width - SWATCH - 6.0);
            let wide = SWATCH + 6.0 + text_width(&entry.text);
            if x > 0.0 && x + wide > width {
                (x, y) = (0.0, y + ROW);
            }
            let placed = (entry, x, y);
            x += wide + 18.0;
            placed
        };
        let entries = entries.into_iter().map(place).collect();
        Self {
            entries,
            height: if n_entries == 0 {
                0.0
            } else {
                y + ROW / 2.0 + 4.0
            },
        }
    }

    /// Draws it at the top.
    pub fn draw(&self, scene: &mut Scene, palette: &Palette) {
        for (entry, x, y) in &self.entries {
            let (x, y) = (*x, *y);
            match entry.swatch {
                Swatch::Line(dash) => {
                    let ends = [(x, y), (x + SWATCH, y)];
                    scene.patterned(&ends, entry.colour, 3.0, dash.lengths());
                }
                Swatch::Square => {
                    let rect = Rect {
                        left: x,
                        top: y - 6.0,
                        right: x + 12.0,
                        bottom: y + 6.0,
                    };
                    scene.rect(rect, entry.colour, 1.0);
                }
                Swatch::Stripes => {
                    for top in [y - 5.0, y + 2.0] {
                        let stripe = Rect::new(x, top, x + 12.0, top + 3.0);
                        scene.rect(stripe, entry.colour, 1.0);
                    }
                }
                Swatch::Ring => scene.ring((x + SWATCH / 2.0, y), entry.colour, palette.surface),
            }
            let wide = match entry.swatch {
                Swatch::Square | Swatch::Stripes => 12.0,
                Swatch::Line(_) | Swatch::Ring => SWATCH,
            };
            scene.text(
                entry.text.as_str(),
                (x + wide + 6.0, y),
                Anchor::Start,
                palette.ink_2,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_and_values_convert_both_ways() {
        for spread in [
            Spread::Linear,
            Spread::SquareRoot,
            Spread::LogOfOnePlus,
            Spread::Logarithm,
        ] {
            let x = Axis {
                spread,
                min: if spread == Spread::Logarithm {
                    0.001
                } else {
                    0.0
                },
                ..Axis::percent("x")
            };
            let axes = ChartFrame::new(400.0, 300.0, 2.0).axes(x, Axis::percent("y"), 0.0, 0);
            for value in [axes.x.min, 0.01, 0.3, 1.0] {
                let (x_px, y_px) = axes.to_pixel(value, 0.25);
                let (x, y) = axes.to_data(x_px, y_px);
                assert!(
                    (x - value).abs() < 1e-4 && (y - 0.25).abs() < 1e-4,
                    "{spread:?} {value} {x}"
                );
            }
        }
    }

    #[test]
    fn round_values_are_round() {
        let texts = |min, max| -> Vec<String> {
            Axis::round_values("", min, max)
                .ticks
                .into_iter()
                .map(|tick| tick.text)
                .collect()
        };
        assert_eq!(texts(-3.2, 8.9), ["−2", "0", "2", "4", "6", "8"]);
        assert_eq!(texts(0.0, 0.5), ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert!(texts(f32::NAN, 1.0).len() < 8);
    }

    #[test]
    fn legend_wraps_on_a_phone() {
        let entry = LegendEntry {
            text: "autoencoder AUC 0.9996".into(),
            colour: [0; 3],
            swatch: Swatch::Line(Dash::Solid),
        };
        let entries = vec![entry.clone(), entry.clone(), entry];
        assert_eq!(Legend::new(entries.clone(), 900.0).height, ROW + 4.0);
        assert_eq!(Legend::new(entries, 320.0).height, 3.0 * ROW + 4.0);
        assert_eq!(Legend::new(Vec::new(), 320.0).height, 0.0);
    }
}
