//! Scores of normal records and attacks as shares per bin, drawn over each other.
//!
//! Heights are square roots of shares: the few that overlap are what matters, and on an even axis they would not be seen.

use models::evaluation::report::Histogram;

use super::frame::{Axes, Axis, ChartFrame, Legend, LegendEntry, Spread, Swatch, Tick};
use super::palette::{Palette, Rgb};
use super::protocol_curves::USUAL_RISK;
use super::scene::Scene;
use super::score_histogram::outlines;
use super::{Chart, Mark, PageChart, Table, columns, number};

/// One model's scores.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    /// The model, for people.
    pub model: String,
    /// What is along the horizontal axis, with its unit; `None` for risk.
    pub score: Option<String>,
    /// Shares by score.
    pub histogram: Histogram,
}

impl Distribution {
    fn series<'a>(&'a self, palette: &Palette) -> [(&'static str, &'a [f32], Rgb); 2] {
        [
            ("normal", &self.histogram.normal, palette.series(0)),
            ("attack", &self.histogram.attack, palette.series(1)),
        ]
    }

    fn is_empty(&self) -> bool {
        self.histogram.edges.len() < 2
    }

    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> (Axes, Legend) {
        let entry = |(name, _, colour): (&str, _, Rgb)| LegendEntry {
            text: name.into(),
            colour,
            swatch: Swatch::Square,
        };
        let legend = Legend::new(self.series(palette).map(entry).into(), frame.width);
        let x = match (&self.score, self.histogram.edges.as_slice()) {
            (Some(title), [first, .., last]) => Axis::round_values(title.as_str(), *first, *last),
            (Some(title), _) => Axis::round_values(title.as_str(), 0.0, 1.0),
            (None, _) => Axis::risk("risk (0 to 100)"),
        };
        let shares = [1.0, 0.5, 0.25, 0.1];
        let tallest = self.histogram.normal.iter().chain(&self.histogram.attack);
        let tallest = tallest.copied().fold(0.0, f32::max);
        // The least of the labelled shares that all bins are below.
        let max = shares
            .into_iter()
            .rev()
            .find(|share| *share >= tallest)
            .unwrap_or(1.0);
        let ticks = [max, 0.01, 0.1, 0.25, 0.5]
            .into_iter()
            .filter(|share| *share <= max);
        let y = Axis {
            min: 0.0,
            max,
            spread: Spread::SquareRoot,
            title: "share of records (square-root scale)".into(),
            ticks: ticks
                .map(|share| Tick::new(share, format!("{:.0} %", share * 100.0)))
                .collect(),
        };
        (frame.axes(x, y, legend.height, 0), legend)
    }

    fn bins<'a>(&'a self, shares: &'a [f32]) -> impl Iterator<Item = (f32, f32, f32)> {
        let edges = self.histogram.edges.windows(2);
        edges.zip(shares).filter_map(|(edges, share)| match edges {
            [left, right] => Some((*left, *right, *share)),
            _ => None,
        })
    }

    fn what(&self) -> &str {
        self.score.as_deref().unwrap_or("risk")
    }

    /// Share at and above the usual threshold.
    fn above(&self, shares: &[f32]) -> f64 {
        self.bins(shares)
            .filter(|(left, ..)| *left >= USUAL_RISK)
            .map(|(_, _, share)| f64::from(share))
            .sum()
    }
}

impl Chart for Distribution {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let (axes, legend) = self.layout(frame, palette);
        let mut scene = axes.scene(&legend, palette);
        if self.is_empty() {
            axes.draw_empty(&mut scene, palette, "Not measured");
            return scene;
        }
        let series = self.series(palette);
        for (_, shares, colour) in series {
            for outline in outlines(self.bins(shares), &axes) {
                scene.polygon(outline, colour, 0.3);
            }
        }
        for (_, shares, colour) in series {
            for outline in outlines(self.bins(shares), &axes) {
                scene.path(outline, colour, 1.5);
            }
        }
        if self.score.is_none() {
            let ends = [
                axes.to_pixel(USUAL_RISK, axes.y.max),
                axes.to_pixel(USUAL_RISK, 0.0),
            ];
            scene.dashed(&ends, palette.ink, 1.5);
        }
        scene
    }

    fn summary(&self) -> String {
        if self.is_empty() {
            return format!("{}, {}: not measured.", self.model, self.what());
        }
        if self.score.is_some() {
            return format!(
                "Distribution of the {} of normal records and attacks, {}.",
                self.what(),
                self.model
            );
        }
        let [normal, attack] = [&self.histogram.normal, &self.histogram.attack]
            .map(|shares| number::percent(self.above(shares)));
        format!(
            "{}: {attack} of the attacks and {normal} of the normal records are at risk 50 and above.",
            self.model
        )
    }

    fn table(&self) -> Table {
        let value = |value: f32| {
            if self.score.is_some() {
                format!("{value:.3}")
            } else {
                number::risk(value)
            }
        };
        let row = |(normal, attack): ((f32, f32, f32), &f32)| {
            vec![
                value(normal.0),
                value(normal.1),
                number::percent(normal.2.into()),
                number::percent((*attack).into()),
            ]
        };
        let rows = self
            .bins(&self.histogram.normal)
            .zip(&self.histogram.attack)
            .map(row)
            .collect();
        (columns(["from", "to", "normal", "attack"]), rows)
    }
}

impl PageChart for Distribution {
    fn height(&self, width: f32) -> f32 {
        if width < 400.0 { 230.0 } else { 330.0 }
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let (axes, _) = self.layout(frame, &Palette::light());
        let (_, rows) = self.table();
        let tallest = self
            .histogram
            .normal
            .iter()
            .zip(&self.histogram.attack)
            .map(|(a, b)| a.max(*b));
        self.bins(&self.histogram.normal)
            .zip(tallest)
            .zip(rows)
            .filter_map(|(((left, right, _), height), row)| {
                let [from, to, normal, attack] = <[String; 4]>::try_from(row).ok()?;
                Some(Mark {
                    text: format!("{from} to {to}: {normal} of normal, {attack} of attacks"),
                    at: axes.to_pixel(f32::midpoint(left, right), height),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::specimen;

    #[test]
    fn summary_counts_what_is_above_the_threshold() {
        let model = specimen::protocol("P1").models.swap_remove(0);
        let chart = Distribution {
            model: model.title,
            score: None,
            histogram: model.risk_histogram,
        };
        assert!(
            chart
                .summary()
                .contains("of the attacks and 1.0 % of the normal records"),
            "{}",
            chart.summary()
        );
        assert_eq!(chart.table().1.len(), 50);
    }
}
