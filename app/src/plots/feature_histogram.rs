//! How one numeric feature is distributed: the whole file in grey, two parts of the selection in colour over it; a drag over it brushes a range.
//!
//! Heights are log(1 + count), as in [`super::score_histogram`]: the few are what matters. Parts are drawn over each other, never stacked.
//! The layout depends neither on the brush nor on the selection, so nothing moves under the pointer.

use super::frame::{Axes, Axis, ChartFrame, Legend, LegendEntry, ROW, Spread, Swatch, Tick};
use super::palette::{Palette, Rgb};
use super::scene::{Anchor, Rect, Scene, text_width};
use super::score_histogram::outlines;
use super::series::Dash;
use super::{Chart, Mark, PageChart, Table, number};

/// A part of the selection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartSeries {
    /// `normal`.
    pub name: String,
    /// Connections per bin.
    pub counts: Vec<u64>,
}

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureHistogram {
    /// `src_bytes`.
    pub feature: String,
    /// Edges of the bins, rising, one more than bins.
    pub edges: Vec<f32>,
    /// Tells whether the edges are spread by log(1 + value); without, evenly.
    pub is_log: bool,
    /// Connections of the whole file per bin.
    pub n_all: Vec<u64>,
    /// Normal or usual first, attacks or anomalies second.
    pub parts: [PartSeries; 2],
    /// The range that is filtered for, both ends in the feature's unit.
    pub brush: Option<(f32, f32)>,
    /// Without legend, titles and counts at the axis, for a grid of small charts whose cards carry the names.
    pub is_compact: bool,
}

impl FeatureHistogram {
    fn n_bins(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    fn range(&self) -> (f32, f32) {
        match self.edges.as_slice() {
            [first, .., last] if last > first => (*first, *last),
            [first, ..] => (*first, first + 1.0),
            [] => (0.0, 1.0),
        }
    }

    fn x_axis(&self) -> Axis {
        let (min, max) = self.range();
        let mut axis = Axis::round_values(self.feature.as_str(), min, max);
        // Below zero there is no such logarithm.
        if self.is_log && min >= 0.0 {
            axis.spread = Spread::LogOfOnePlus;
            axis.title.push_str(" (logarithmic scale)");
            let powers = powers_of_ten(max).filter(|&power| power > min);
            axis.ticks = [min, max].into_iter().chain(powers).map(tick).collect();
        }
        for tick in &mut axis.ticks {
            if tick.value.abs() >= 1000.0 {
                tick.text = number::short(tick.value);
            }
        }
        if self.is_compact {
            axis.title.clear();
            axis.ticks = [min, max, self.middle(&axis)].map(tick).into();
        }
        axis
    }

    /// A round value near the middle of an axis.
    fn middle(&self, axis: &Axis) -> f32 {
        let away = |value: f32| (axis.share_of(value) - 0.5).abs();
        axis.ticks
            .iter()
            .map(|tick| tick.value)
            .min_by(|a, b| away(*a).total_cmp(&away(*b)))
            .unwrap_or(axis.value_at(0.5))
    }

    fn y_axis(&self) -> Axis {
        let counts = self.parts.iter().flat_map(|part| &part.counts);
        let tallest = self.n_all.iter().chain(counts).max();
        let tallest = tallest.copied().unwrap_or(0).max(10) as f32;
        let mut ticks = vec![Tick::new(0.0, "0")];
        ticks.extend(powers_of_ten(tallest).map(tick));
        let (max, title) = if self.is_compact {
            ticks.clear();
            (tallest, "")
        } else {
            // Room above the tallest bar for the words of the brush.
            (tallest.powf(1.15), "connections (logarithmic scale)")
        };
        Axis {
            min: 0.0,
            max,
            spread: Spread::LogOfOnePlus,
            title: title.into(),
            ticks,
        }
    }

    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> (Axes, Legend) {
        let entries = if self.is_compact {
            Vec::new()
        } else {
            self.legend_entries(palette)
        };
        let legend = Legend::new(entries, frame.width);
        let mut axes = frame.axes(self.x_axis(), self.y_axis(), legend.height, 0);
        if self.is_compact {
            axes.area = Rect::new(4.0, 4.0, frame.width - 4.0, axes.area.bottom + ROW);
        }
        (axes, legend)
    }

    fn legend_entries(&self, palette: &Palette) -> Vec<LegendEntry> {
        let entry = |name: &str, counts: &[u64], colour, swatch| LegendEntry {
            text: format!("{name} {}", number::count(counts.iter().sum())),
            colour,
            swatch,
        };
        let [a, b] = &self.parts;
        vec![
            entry(
                &a.name,
                &a.counts,
                palette.series(0),
                Swatch::Line(Dash::Solid),
            ),
            entry(
                &b.name,
                &b.counts,
                palette.series(1),
                Swatch::Line(Dash::Long),
            ),
            entry(
                "whole file",
                &self.n_all,
                palette.line_strong,
                Swatch::Square,
            ),
        ]
    }

    fn bins<'a>(&'a self, counts: &'a [u64]) -> impl Iterator<Item = (f32, f32, f32)> {
        let edges = self.edges.windows(2);
        edges.zip(counts).filter_map(|(edges, &n)| match edges {
            // The only bin of a constant feature is as wide as the axis.
            [left, right] if right <= left => Some((*left, left + 1.0, n as f32)),
            [left, right] => Some((*left, *right, n as f32)),
            _ => None,
        })
    }

    /// The edge of a bin that is nearest to a place: where a brush begins or ends. 0 without bins.
    pub fn value_at(&self, frame: &ChartFrame, x_px: f32) -> f32 {
        let (axes, _) = self.layout(frame, &Palette::light());
        let away = |edge: f32| (axes.to_pixel(edge, 0.0).0 - x_px).abs();
        self.edges
            .iter()
            .copied()
            .min_by(|a, b| away(*a).total_cmp(&away(*b)))
            .unwrap_or(0.0)
    }

    /// The bin at a place; `None` beside the axes.
    pub fn bin_at(&self, frame: &ChartFrame, x_px: f32) -> Option<usize> {
        let (axes, _) = self.layout(frame, &Palette::light());
        let Rect { left, right, .. } = axes.area;
        if self.n_bins() == 0 || x_px < left - 4.0 || x_px > right + 4.0 {
            return None;
        }
        // The last edge whose place is not beyond: exact where `value_at` is, whatever the logarithm rounds.
        let n_before = self
            .edges
            .partition_point(|&edge| axes.to_pixel(edge, 0.0).0 <= x_px);
        Some(n_before.saturating_sub(1).min(self.n_bins() - 1))
    }

    /// What the bin at a place in CSS pixels says.
    pub fn hit(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Mark> {
        let (axes, _) = self.layout(frame, &Palette::light());
        if !axes.area.contains((x_px, y_px), 4.0) {
            return None;
        }
        self.mark(&axes, self.bin_at(frame, x_px)?)
    }

    fn mark(&self, axes: &Axes, bin: usize) -> Option<Mark> {
        let (from, to) = (self.edges.get(bin)?, self.edges.get(bin + 1)?);
        let n = |counts: &[u64]| counts.get(bin).copied().unwrap_or(0);
        let n_all = n(&self.n_all);
        let [a, b] = &self.parts;
        Some(Mark {
            text: format!(
                "{} {} to {}: {} {}, {} {}, {} in the whole file",
                self.feature,
                number::value(*from),
                number::value(*to),
                number::count(n(&a.counts)),
                a.name,
                number::count(n(&b.counts)),
                b.name,
                number::count(n_all)
            ),
            at: {
                let (left, y) = axes.to_pixel(*from, n_all as f32);
                (f32::midpoint(left, axes.to_pixel(*to, 0.0).0), y)
            },
        })
    }

    fn draw_brush(&self, scene: &mut Scene, axes: &Axes, palette: &Palette) {
        let Some((from, to)) = self.brush else { return };
        let Rect { top, bottom, .. } = axes.area;
        let (left, right) = (axes.to_pixel(from, 0.0).0, axes.to_pixel(to, 0.0).0);
        let (left, right) = (left.min(right), left.max(right));
        scene.rect(Rect::new(left, top, right, bottom), palette.ink, 0.1);
        for x in [left, right] {
            let edge = Rect::new(x - 1.0, top, x + 1.0, bottom);
            scene.rect(edge, palette.ink, 1.0);
        }
        if self.is_compact {
            return;
        }
        let (from, to) = (from.min(to), from.max(to));
        let text = format!("{} to {}", number::value(from), number::value(to));
        let half = text_width(&text) / 2.0 + 6.0;
        let (least, most) = (axes.area.left + half, axes.area.right - half);
        let middle = f32::midpoint(left, right).clamp(least, most.max(least));
        scene.label(
            &text,
            (middle, top + 9.0),
            Anchor::Middle,
            palette.ink,
            palette.surface,
        );
    }

    fn draw_parts(&self, scene: &mut Scene, axes: &Axes, palette: &Palette) {
        for outline in outlines(self.bins(&self.n_all), axes) {
            scene.polygon(outline, palette.line_strong, 0.75);
        }
        let looks: [(Rgb, Dash); 2] = [
            (palette.series(0), Dash::Solid),
            (palette.series(1), Dash::Long),
        ];
        for (part, (colour, _)) in self.parts.iter().zip(looks) {
            for outline in outlines(self.bins(&part.counts), axes) {
                scene.polygon(outline, colour, 0.34);
            }
        }
        for (part, (colour, dash)) in self.parts.iter().zip(looks) {
            for outline in outlines(self.bins(&part.counts), axes) {
                scene.patterned(&outline, colour, 1.5, dash.lengths());
            }
        }
    }
}

impl Chart for FeatureHistogram {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let (axes, legend) = self.layout(frame, palette);
        let mut scene = axes.scene(&legend, palette);
        if self.n_bins() == 0 {
            axes.draw_empty(&mut scene, palette, "No values");
            return scene;
        }
        self.draw_parts(&mut scene, &axes, palette);
        self.draw_brush(&mut scene, &axes, palette);
        scene
    }

    fn summary(&self) -> String {
        let Self { feature, .. } = self;
        let n_all: u64 = self.n_all.iter().sum();
        let fullest = (0..self.n_bins()).max_by_key(|&bin| {
            let n = self.n_all.get(bin).copied().unwrap_or(0);
            (n, std::cmp::Reverse(bin))
        });
        let edges = fullest.and_then(|bin| Some((self.edges.get(bin)?, self.edges.get(bin + 1)?)));
        let Some((from, to)) = edges else {
            return format!("Distribution of {feature}: no values.");
        };
        let [a, b] = self.parts.each_ref().map(|part| {
            let n: u64 = part.counts.iter().sum();
            format!("{} {}", number::count(n), part.name)
        });
        let (min, max) = self.range();
        let brush = match self.brush {
            Some((from, to)) => format!(
                "; {} to {} is marked",
                number::value(from.min(to)),
                number::value(from.max(to))
            ),
            None => String::new(),
        };
        format!(
            "Distribution of {feature}, {} to {}: {a}, {b}, {} in the whole file, most of them at {} to {}{brush}.",
            number::value(min),
            number::value(max),
            number::count(n_all),
            number::value(*from),
            number::value(*to)
        )
    }

    fn table(&self) -> Table {
        let [a, b] = &self.parts;
        let header = vec![
            format!("{} from", self.feature),
            "to".into(),
            "whole file".into(),
            a.name.clone(),
            b.name.clone(),
        ];
        let row = |bin: usize| {
            let edge = |bin: usize| {
                let edge = self.edges.get(bin).copied();
                edge.map_or("–".into(), number::value)
            };
            let n = |counts: &[u64]| number::count(counts.get(bin).copied().unwrap_or(0));
            vec![
                edge(bin),
                edge(bin + 1),
                n(&self.n_all),
                n(&a.counts),
                n(&b.counts),
            ]
        };
        (header, (0..self.n_bins()).map(row).collect())
    }
}

impl PageChart for FeatureHistogram {
    fn height(&self, width: f32) -> f32 {
        match self.is_compact {
            true => 130.0,
            false if width < 400.0 => 260.0,
            false => 340.0,
        }
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let (axes, _) = self.layout(frame, &Palette::light());
        (0..self.n_bins())
            .filter_map(|bin| self.mark(&axes, bin))
            .collect()
    }
}

/// Powers of ten from 1 up to a value, the greatest first.
fn powers_of_ten(to: f32) -> impl Iterator<Item = f32> {
    let n = to.max(1.0).log10().floor().min(30.0) as i32;
    (0..=n).rev().map(|power| 10f32.powi(power))
}

fn tick(value: f32) -> Tick {
    Tick::new(value, number::short(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::workbench_specimen::bytes;

    #[test]
    fn edges_and_bins_are_found_where_they_are_drawn() {
        for (is_compact, width) in [(true, 260.0), (false, 320.0), (false, 900.0)] {
            let chart = bytes(is_compact);
            let frame = ChartFrame::new(width, chart.height(width), 1.0);
            let (axes, _) = chart.layout(&frame, &Palette::light());
            for bin in 0..chart.n_bins() {
                let (left, _) = axes.to_pixel(chart.edges[bin], 0.0);
                let (right, _) = axes.to_pixel(chart.edges[bin + 1], 0.0);
                let nearly_left = left + (right - left) * 0.3;
                assert_eq!(chart.value_at(&frame, nearly_left), chart.edges[bin]);
                let nearly_right = left + (right - left) * 0.7;
                assert_eq!(chart.value_at(&frame, nearly_right), chart.edges[bin + 1]);
                assert_eq!(chart.bin_at(&frame, nearly_left), Some(bin));
                let mark = chart.mark(&axes, bin).expect("a bin");
                assert_eq!(chart.hit(&frame, mark.at.0, mark.at.1), Some(mark));
            }
            assert_eq!(chart.value_at(&frame, -50.0), chart.edges[0]);
            assert_eq!(chart.bin_at(&frame, -50.0), None);
        }
    }

    #[test]
    fn brush_moves_nothing() {
        let mut chart = bytes(false);
        let frame = ChartFrame::new(500.0, 300.0, 1.0);
        let before = chart.layout(&frame, &Palette::light());
        chart.brush = Some((5e8, 3.0));
        assert_eq!(chart.layout(&frame, &Palette::light()), before);
        assert!(
            chart.summary().ends_with("; 3 to 500,000,000 is marked."),
            "{}",
            chart.summary()
        );
    }

    #[test]
    fn small_charts_have_three_labels_at_one_axis() {
        let chart = bytes(true);
        let frame = ChartFrame::new(260.0, 130.0, 1.0);
        let (axes, _) = chart.layout(&frame, &Palette::light());
        let texts = |axis: &Axis| -> Vec<String> {
            axis.ticks.iter().map(|tick| tick.text.clone()).collect()
        };
        assert_eq!(texts(&axes.x), ["0", "1.38 G", "100 k"]);
        assert!(axes.y.ticks.is_empty());
    }

    #[test]
    fn table_equals_the_counts_and_one_value_is_drawn() {
        let chart = bytes(false);
        let (header, rows) = chart.table();
        assert_eq!(header[0], "src_bytes from");
        for (bin, row) in rows.iter().enumerate() {
            assert_eq!(row[2], number::count(chart.n_all[bin]));
            assert_eq!(row[4], number::count(chart.parts[1].counts[bin]));
        }
        let constant = FeatureHistogram {
            feature: "num_outbound_cmds".into(),
            edges: vec![0.0, 0.0],
            n_all: vec![u64::MAX / 4],
            ..FeatureHistogram::default()
        };
        let frame = ChartFrame::new(500.0, 300.0, 1.0);
        assert_eq!(constant.bin_at(&frame, 250.0), Some(0));
        assert_eq!(constant.table().1.len(), 1);
        assert_eq!(
            FeatureHistogram::default().summary(),
            "Distribution of : no values."
        );
    }
}
