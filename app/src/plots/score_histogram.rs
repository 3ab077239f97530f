//! How risk is distributed: counts in 50 bins, normal and attack over each other where there are labels.
//!
//! Counts span five orders of magnitude, and the few are what matters, so heights are log(1 + count); the axis says so. Series are drawn
//! over each other, never stacked: heights on such an axis do not add up.

use models::calibration::Band;
use models::risk_histogram::{RiskHistogram, Truth};

use super::frame::{Axes, Axis, ChartFrame, Legend, LegendEntry, Spread, Swatch, Tick};
use super::palette::{Palette, Rgb};
use super::scene::{Anchor, Rect, Scene, text_width};
use super::{Chart, Hit, Table, columns, number};

/// Bins of two points of risk.
pub const N_BINS: usize = 50;

/// Counts per bin and the threshold in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreHistogram {
    /// Records labelled normal, per bin.
    pub normal: Vec<u64>,
    /// Records labelled as some attack, per bin.
    pub attack: Vec<u64>,
    /// Records without a label, per bin.
    pub unlabelled: Vec<u64>,
    /// Risk at and above which records are called anomalies; beyond 100 it is not drawn.
    pub threshold: f32,
}

struct Series<'a> {
    name: &'static str,
    counts: &'a [u64],
    n: u64,
    colour: Rgb,
}

impl ScoreHistogram {
    /// From counts by tenths of risk.
    pub fn new(histogram: &RiskHistogram, threshold: f32) -> Self {
        Self {
            normal: histogram.bins(N_BINS, Truth::Normal),
            attack: histogram.bins(N_BINS, Truth::Attack),
            unlabelled: histogram.bins(N_BINS, Truth::Unknown),
            threshold,
        }
    }

    /// Those with records.
    fn series(&self, palette: &Palette) -> Vec<Series<'_>> {
        let has_labels = self.normal.iter().chain(&self.attack).any(|&n| n > 0);
        let unlabelled = if has_labels {
            ("unlabelled", palette.ink_3)
        } else {
            ("connections", palette.series(0))
        };
        let all = [
            ("normal", &self.normal, palette.series(0)),
            ("attack", &self.attack, palette.series(1)),
            (unlabelled.0, &self.unlabelled, unlabelled.1),
        ];
        all.into_iter()
            .map(|(name, counts, colour)| Series {
                name,
                counts,
                n: counts.iter().sum(),
                colour,
            })
            .filter(|series| series.n > 0)
            .collect()
    }

    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> (Axes, Legend) {
        let entry = |series: &Series<'_>| LegendEntry {
            text: format!("{} {}", series.name, number::count(series.n)),
            colour: series.colour,
            swatch: Swatch::Square,
        };
        let series = self.series(palette);
        let legend = Legend::new(series.iter().map(entry).collect(), frame.width);
        let tallest = series
            .iter()
            .flat_map(|series| series.counts)
            .copied()
            .max()
            .unwrap_or(0)
            .max(10);
        let powers: Vec<u64> = (0..20)
            .map_while(|power| 10u64.checked_pow(power))
            .take_while(|&n| n <= tallest)
            .collect();
        let mut ticks = vec![Tick::new(0.0, "0")];
        ticks.extend(
            powers
                .iter()
                .rev()
                .map(|&n| Tick::new(n as f32, number::tick_count(n))),
        );
        let y = Axis {
            min: 0.0,
            // Room above the tallest bar for the names of the bands.
            max: (tallest as f32).powf(1.18).max(30.0),
            spread: Spread::LogOfOnePlus,
            title: "connections (logarithmic scale)".into(),
            ticks,
        };
        let x = Axis::risk("risk (0 to 100)");
        (frame.axes(x, y, legend.height, 0), legend)
    }

    /// Where data is drawn.
    pub fn plot_area(&self, frame: &ChartFrame) -> Rect {
        self.layout(frame, &Palette::light()).0.area
    }

    /// The bin at a place in CSS pixels; its threshold is the bin's lower edge.
    pub fn hit(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Hit> {
        let palette = Palette::light();
        let (axes, _) = self.layout(frame, &palette);
        if !axes.area.contains((x_px, y_px), 4.0) {
            return None;
        }
        let width = 100.0 / N_BINS as f32;
        let bin = ((axes.to_data(x_px, y_px).0 / width) as usize).min(N_BINS - 1);
        let (low, high) = (bin as f32 * width, (bin + 1) as f32 * width);
        let of = |series: &Series<'_>| {
            let n = series.counts.get(bin).copied().unwrap_or(0);
            (
                n,
                format!(
                    "{} {}",
                    number::count(n),
                    if n == 1 && series.name == "connections" {
                        "connection"
                    } else {
                        series.name
                    }
                ),
            )
        };
        let counts: Vec<(u64, String)> = self.series(&palette).iter().map(of).collect();
        let tallest = counts.iter().map(|(n, _)| *n).max()?;
        let texts: Vec<String> = counts.into_iter().map(|(_, text)| text).collect();
        let (x_px, y_px) = axes.to_pixel(low + width / 2.0, tallest as f32);
        let text = format!(
            "risk {} to {}: {}",
            number::risk(low),
            number::risk(high),
            texts.join(", ")
        );
        Some(Hit {
            text,
            threshold: low,
            x_px,
            y_px,
        })
    }

    fn draw_bands(&self, scene: &mut Scene, axes: &Axes, palette: &Palette) {
        for (band, low) in Band::ALL.into_iter().zip([0.0, 25.0, 50.0, 75.0]) {
            let colour = palette.band(band);
            let (left, top) = axes.to_pixel(low, axes.y.max);
            let (right, bottom) = axes.to_pixel(low + 25.0, 0.0);
            scene.rect(
                Rect {
                    left,
                    top,
                    right,
                    bottom,
                },
                colour,
                0.07,
            );
            scene.rect(
                Rect {
                    left,
                    top,
                    right: right - 1.0,
                    bottom: top + 3.0,
                },
                colour,
                1.0,
            );
            scene.text(
                band.name(),
                (f32::midpoint(left, right), top + 13.0),
                Anchor::Middle,
                colour,
            );
        }
    }

    fn draw_threshold(&self, scene: &mut Scene, axes: &Axes, palette: &Palette) {
        if self.threshold > axes.x.max {
            return;
        }
        let (x, top) = axes.to_pixel(self.threshold, axes.y.max);
        let (_, bottom) = axes.to_pixel(0.0, 0.0);
        scene.dashed(&[(x, top + 22.0), (x, bottom)], palette.ink, 1.5);
        let text = format!("alarm at risk {}", number::risk(self.threshold));
        // To the left where the right has no room.
        let wide = text_width(&text) + 14.0;
        let (anchor, away) = if x + wide < axes.area.right {
            (Anchor::Start, 8.0)
        } else {
            (Anchor::End, -8.0)
        };
        scene.label(
            &text,
            (x + away, top + 32.0),
            anchor,
            palette.ink,
            palette.surface,
        );
    }
}

impl Chart for ScoreHistogram {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        let (axes, legend) = self.layout(frame, palette);
        self.draw_bands(&mut scene, &axes, palette);
        axes.draw(&mut scene, palette);
        legend.draw(&mut scene, palette);
        let series = self.series(palette);
        if series.is_empty() {
            axes.draw_empty(&mut scene, palette, "No connections scored yet");
            return scene;
        }
        let outlines: Vec<Vec<Vec<(f32, f32)>>> = series
            .iter()
            .map(|series| outlines(bins(series.counts), &axes))
            .collect();
        for (series, outlines) in series.iter().zip(&outlines) {
            for outline in outlines {
                scene.polygon(outline.clone(), series.colour, 0.34);
            }
        }
        for (series, outlines) in series.iter().zip(outlines) {
            for outline in outlines {
                scene.path(outline, series.colour, 1.5);
            }
        }
        self.draw_threshold(&mut scene, &axes, palette);
        scene
    }

    fn summary(&self) -> String {
        let series = self.series(&Palette::light());
        if series.is_empty() {
            return "Distribution of risk: no connections scored yet.".into();
        }
        let first = (self.threshold / (100.0 / N_BINS as f32)).ceil() as usize;
        let edge = number::risk(first as f32 * 100.0 / N_BINS as f32);
        let of = |series: &Series<'_>| {
            let above: u64 = series.counts.iter().skip(first).sum();
            format!(
                "{} of {} {}",
                number::count(above),
                number::count(series.n),
                series.name
            )
        };
        let parts: Vec<String> = series.iter().map(of).collect();
        format!(
            "Distribution of risk: {} at risk {edge} and above.",
            parts.join(", ")
        )
    }

    fn table(&self) -> Table {
        let series = self.series(&Palette::light());
        let mut header = columns(["risk from", "to"]);
        header.extend(series.iter().map(|series| series.name.to_owned()));
        let width = 100.0 / N_BINS as f32;
        let row = |bin: usize| {
            let mut row = vec![
                number::risk(bin as f32 * width),
                number::risk((bin + 1) as f32 * width),
            ];
            row.extend(
                series
                    .iter()
                    .map(|series| number::count(series.counts.get(bin).copied().unwrap_or(0))),
            );
            row
        };
        let n_rows = if series.is_empty() { 0 } else { N_BINS };
        (header, (0..n_rows).map(row).collect())
    }
}

/// One closed outline for every run of bins (start, end, height) that are not empty.
pub(super) fn outlines(
    bins: impl Iterator<Item = (f32, f32, f32)>,
    axes: &Axes,
) -> Vec<Vec<(f32, f32)>> {
    let mut outlines: Vec<Vec<(f32, f32)>> = Vec::new();
    let mut open: Vec<(f32, f32)> = Vec::new();
    let mut end = 0.0;
    for (left, right, height) in bins {
        if height > 0.0 {
            if open.is_empty() {
                open.push(axes.to_pixel(left, 0.0));
            }
            open.push(axes.to_pixel(left, height));
            open.push(axes.to_pixel(right, height));
        } else if !open.is_empty() {
            open.push(axes.to_pixel(left, 0.0));
            outlines.push(std::mem::take(&mut open));
        }
        end = right;
    }
    if !open.is_empty() {
        open.push(axes.to_pixel(end, 0.0));
        outlines.push(open);
    }
    outlines
}

/// Counts as bins of equal width.
fn bins(counts: &[u64]) -> impl Iterator<Item = (f32, f32, f32)> {
    let width = 100.0 / N_BINS as f32;
    counts.iter().enumerate().map(move |(bin, &n)| {
        let left = bin as f32 * width;
        (left, left + width, n as f32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::legibility::histogram;
    use crate::plots::to_svg;

    #[test]
    fn svg_names_bands_threshold_and_series() {
        let svg = to_svg(&histogram(true), 600, 300, &Palette::light());
        for text in [
            "low",
            "elevated",
            "high",
            "critical",
            "alarm at risk 50",
            "logarithmic scale",
            "normal ",
            "attack ",
            "10 k",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        let unlabelled = to_svg(&histogram(false), 600, 300, &Palette::light());
        assert!(unlabelled.contains("connections ") && !unlabelled.contains("attack "));
    }

    #[test]
    fn hit_names_the_bin_and_its_counts() {
        let chart = histogram(true);
        let frame = ChartFrame::new(600.0, 300.0, 1.0);
        let (axes, _) = chart.layout(&frame, &Palette::light());
        for bin in [0, 25, 49] {
            let (x, y) = axes.to_pixel(bin as f32 * 2.0 + 1.0, 5.0);
            let hit = chart.hit(&frame, x, y).expect("inside");
            assert_eq!(hit.threshold, bin as f32 * 2.0);
            assert!(
                hit.text
                    .contains(&format!("{} normal", number::count(chart.normal[bin]))),
                "{}",
                hit.text
            );
        }
        assert_eq!(chart.hit(&frame, 2.0, 2.0), None);
    }

    #[test]
    fn table_equals_the_counts() {
        let chart = histogram(true);
        let (header, rows) = chart.table();
        assert_eq!(header, ["risk from", "to", "normal", "attack"]);
        for (bin, row) in rows.iter().enumerate() {
            assert_eq!(
                [&row[2], &row[3]],
                [
                    &number::count(chart.normal[bin]),
                    &number::count(chart.attack[bin])
                ]
            );
        }
        assert!(ScoreHistogram::default().table().1.is_empty());
    }
}
