//! Scores of both classes as shares per bin, drawn over each other; the outline of those to be found is dashed.
//!
//! Heights are square roots of shares: the few that overlap are what matters, and on an even axis they would not be seen.

use models::calibration::DEFAULT_THRESHOLD;
use models::evaluation::report::Histogram;

use super::frame::{Axes, Axis, ChartFrame, Legend, LegendEntry, Spread, Swatch, Tick};
use super::palette::{Palette, Rgb};
use super::scene::Scene;
use super::score_histogram::outlines;
use super::series::Dash;
use super::{Chart, Mark, PageChart, Table, columns, number};

/// What a distribution is of.
#[derive(Clone, Debug, PartialEq)]
pub enum Score {
    /// Risk, with the shares of both classes at the usual threshold and above.
    Risk([f64; 2]),
    /// Something else, with its unit.
    Other(String),
}

/// One model's scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// The model, for people.
    pub model: String,
    /// What is along the horizontal axis.
    pub score: Score,
    /// What the two classes are called, in the plural; those to be found are the second.
    pub classes: [String; 2],
    /// Shares by score.
    pub histogram: Histogram,
}

impl Distribution {
    fn series<'a>(&'a self, palette: &Palette) -> [(&'a str, &'a [f32], Rgb, Dash); 2] {
        let [normal, attack] = &self.classes;
        let Histogram {
            normal: usual,
            attack: odd,
            ..
        } = &self.histogram;
        [
            (normal, usual, palette.series(0), Dash::Solid),
            (attack, odd, palette.series(1), Dash::Long),
        ]
    }

    fn is_empty(&self) -> bool {
        self.histogram.edges.len() < 2
    }

    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> (Axes, Legend) {
        let entry = |(name, _, colour, dash): (&str, _, Rgb, Dash)| LegendEntry {
            text: name.into(),
            colour,
            swatch: Swatch::Line(dash),
        };
        let legend = Legend::new(self.series(palette).map(entry).into(), frame.width);
        let x = match (&self.score, self.histogram.edges.as_slice()) {
            (Score::Other(title), [first, .., last]) => {
                Axis::round_values(title.as_str(), *first, *last)
            }
            (Score::Other(title), _) => Axis::round_values(title.as_str(), 0.0, 1.0),
            (Score::Risk(_), _) => Axis::risk("risk (0 to 100)"),
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
        match &self.score {
            Score::Risk(_) => "risk",
            Score::Other(what) => what,
        }
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
        for (_, shares, colour, _) in series {
            for outline in outlines(self.bins(shares), &axes) {
                scene.polygon(outline, colour, 0.3);
            }
        }
        for (_, shares, colour, dash) in series {
            for outline in outlines(self.bins(shares), &axes) {
                scene.patterned(&outline, colour, 1.5, dash.lengths());
            }
        }
        if let Score::Risk(_) = self.score {
            let ends = [
                axes.to_pixel(DEFAULT_THRESHOLD, axes.y.max),
                axes.to_pixel(DEFAULT_THRESHOLD, 0.0),
            ];
            scene.dashed(&ends, palette.ink, 1.5);
        }
        scene
    }

    fn summary(&self) -> String {
        if self.is_empty() {
            return format!("{}, {}: not measured.", self.model, self.what());
        }
        let [normal, attack] = &self.classes;
        match &self.score {
            Score::Other(what) => format!(
                "Distribution of the {what} of {normal} and {attack}, {}.",
                self.model
            ),
            Score::Risk(above) => {
                let [n_normal, n_attack] = above.map(number::percent);
                format!(
                    "{}: {n_attack} of the {attack} and {n_normal} of the {normal} are at risk {DEFAULT_THRESHOLD} and above.",
                    self.model
                )
            }
        }
    }

    fn table(&self) -> Table {
        let value = |value: f32| match self.score {
            Score::Risk(_) => number::risk(value),
            Score::Other(_) => format!("{value:.3}"),
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
        let [normal, attack] = self.classes.each_ref().map(String::as_str);
        (columns(["from", "to", normal, attack]), rows)
    }
}

impl PageChart for Distribution {
    fn height(&self, width: f32) -> f32 {
        if width < 400.0 { 230.0 } else { 330.0 }
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let (axes, _) = self.layout(frame, &Palette::light());
        let (_, rows) = self.table();
        let [normal, attack] = &self.classes;
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
                let [from, to, n_normal, n_attack] = <[String; 4]>::try_from(row).ok()?;
                Some(Mark {
                    text: format!("{from} to {to}: {n_normal} of {normal}, {n_attack} of {attack}"),
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
    fn summary_says_what_is_above_the_threshold_and_never_all_for_less() {
        let mut protocol = specimen::protocol("P1");
        let model = protocol.models.swap_remove(0);
        let chart = Distribution {
            model: model.title,
            score: Score::Risk([0.0097, 0.99997]),
            classes: protocol.classes,
            histogram: model.risk_histogram,
        };
        assert_eq!(
            chart.summary(),
            "Ensemble: 99.997 % of the attacks and 1.0 % of the normal connections are at risk 50 and above."
        );
        assert_eq!(chart.table().1.len(), 50);
    }
}
