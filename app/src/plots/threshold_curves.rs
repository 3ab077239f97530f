//! What every threshold would do: precision, recall, F1 and false alarms against risk, and on request what mistakes would cost.
//!
//! Without labels of both kinds only the share of alarms is known; it is drawn beside the share that normal traffic alone would give,
//! 10^(−risk / 25) by the definition of risk (`models::calibration`).

use models::evaluation::Confusion;
use models::risk_histogram::RiskHistogram;

use super::frame::{Axes, Axis, ChartFrame, Legend, LegendEntry, Spread, Swatch, Tick};
use super::palette::{Palette, Rgb};
use super::scene::{Anchor, Point, Rect, Scene, text_width};
use super::series::Dash;
use super::{Chart, Hit, Mark, PageChart, Table, number};

/// Thresholds that are counted at: every tenth of risk, as they can be set.
const N_THRESHOLDS: u16 = 1001;
/// Thresholds that are drawn and pointed at: every half point.
const DRAWN_STEP: usize = 5;
/// Rows of the table: every five points.
const ROW_STEP: usize = 50;
/// Least share of alarms that is drawn: that of normal traffic at risk 100.
const LEAST_SHARE: f32 = 1e-4;

/// What a mistake costs, in any unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Of an attack called normal, from 0 on.
    pub miss: f64,
    /// Of a normal connection called an anomaly, from 0 on.
    pub false_alarm: f64,
}

impl Cost {
    fn of(&self, confusion: &Confusion) -> f64 {
        self.miss * confusion.false_negatives as f64
            + self.false_alarm * confusion.false_positives as f64
    }
}

/// The chart.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdCurves {
    /// The threshold in force, 0..100; one beyond is not drawn.
    pub threshold: f32,
    /// What mistakes cost; draws their sum as a curve.
    pub cost: Option<Cost>,
    n: u64,
    is_labelled: bool,
    best_f1: Option<f32>,
    /// By rising threshold.
    outcomes: Vec<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Outcome {
    threshold: f32,
    n_alarms: u64,
    confusion: Confusion,
}

/// One line of the chart.
struct Line {
    name: &'static str,
    colour: Rgb,
    dash: Dash,
    value: fn(&ThresholdCurves, &Outcome) -> Option<f64>,
}

impl Default for ThresholdCurves {
    fn default() -> Self {
        Self::new(
            &RiskHistogram::default(),
            models::calibration::DEFAULT_THRESHOLD,
            None,
        )
    }
}

impl ThresholdCurves {
    /// Counts what happens at every threshold, once; setting [`Self::threshold`] or [`Self::cost`] later counts nothing again.
    pub fn new(histogram: &RiskHistogram, threshold: f32, cost: Option<Cost>) -> Self {
        let outcome = |step: u16| {
            let threshold = f32::from(step) / 10.0;
            Outcome {
                threshold,
                n_alarms: histogram.n_anomalies(threshold),
                confusion: histogram.confusion_at(threshold),
            }
        };
        let is_labelled = histogram.has_both_labels();
        Self {
            threshold,
            cost,
            n: histogram.n_anomalies(0.0),
            is_labelled,
            best_f1: histogram.best_f1_threshold().filter(|_| is_labelled),
            outcomes: (0..N_THRESHOLDS).map(outcome).collect(),
        }
    }

    /// The threshold with the highest F1, in whole tenths; `None` without labels of both kinds.
    pub fn best_f1_threshold(&self) -> Option<f32> {
        self.best_f1
    }

    /// The threshold at which mistakes cost least, the highest of equals, in whole tenths; `None` without labels or costs.
    pub fn least_cost_threshold(&self) -> Option<f32> {
        let cost = self.cost.filter(|_| self.is_labelled)?;
        let outcomes = self.outcomes.iter().rev();
        outcomes
            .min_by(|a, b| cost.of(&a.confusion).total_cmp(&cost.of(&b.confusion)))
            .map(|outcome| outcome.threshold)
    }

    fn lines(&self, palette: &Palette) -> Vec<Line> {
        let line = |name, colour, dash, value| Line {
            name,
            colour,
            dash,
            value,
        };
        if !self.is_labelled {
            return vec![
                line(
                    "at or above",
                    palette.series(0),
                    Dash::Solid,
                    |curves, at| Some(at.n_alarms as f64 / curves.n.max(1) as f64),
                ),
                line(
                    "expected of normal traffic",
                    palette.ink_3,
                    Dash::Long,
                    |_, at| Some(expected(at.threshold)),
                ),
            ];
        }
        let mut lines = vec![
            line("precision", palette.series(0), Dash::Solid, |_, at| {
                // Without alarms there is none to be right or wrong.
                let n_alarms = at.confusion.true_positives + at.confusion.false_positives;
                (n_alarms > 0).then(|| at.confusion.precision())
            }),
            line("recall", palette.series(1), Dash::Mixed, |_, at| {
                Some(at.confusion.recall())
            }),
            line("F1", palette.series(2), Dash::Solid, |_, at| {
                Some(at.confusion.f1())
            }),
            line("false alarms", palette.series(3), Dash::Long, |_, at| {
                Some(at.confusion.false_alarm_rate())
            }),
        ];
        if self.cost.is_some() {
            lines.push(line("cost", palette.ink_2, Dash::Dotted, |curves, at| {
                curves.cost_share(&at.confusion)
            }));
        }
        lines
    }

    /// The cost as a share of the greatest over all thresholds.
    fn cost_share(&self, confusion: &Confusion) -> Option<f64> {
        let cost = self.cost?;
        let costs = self.outcomes.iter().map(|at| cost.of(&at.confusion));
        let greatest = costs.fold(0.0, f64::max);
        Some(if greatest > 0.0 {
            cost.of(confusion) / greatest
        } else {
            0.0
        })
    }

    /// What happens at a threshold, rounded to a tenth; `None` beyond 100.
    fn outcome_at(&self, threshold: f32) -> Option<&Outcome> {
        if threshold > 100.0 {
            return None;
        }
        let step = (threshold * 10.0).round();
        let step = step.clamp(0.0, f32::from(N_THRESHOLDS - 1));
        self.outcomes.get(step as usize)
    }

    fn say(&self, line: &Line, at: &Outcome) -> String {
        let value = (line.value)(self, at);
        match (line.name, value) {
            (name, None) => format!("{name} –"),
            ("F1", Some(value)) => format!("F1 {}", number::fraction(value)),
            ("cost", Some(value)) => format!("cost {} of most", number::percent(value)),
            ("precision" | "recall", Some(value)) => {
                format!("{} {}", line.name, number::percent(value))
            }
            (name, Some(value)) => format!("{name} {}", number::rate(value)),
        }
    }

    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> (Axes, Legend) {
        let at = self.outcome_at(self.threshold);
        let entry = |line: &Line| LegendEntry {
            text: at.map_or(line.name.to_owned(), |at| self.say(line, at)),
            colour: line.colour,
            swatch: Swatch::Line(line.dash),
        };
        let mut entries: Vec<LegendEntry> = self.lines(palette).iter().map(entry).collect();
        entries.extend(
            self.rings(palette)
                .into_iter()
                .map(|(text, _, colour)| LegendEntry {
                    text,
                    colour,
                    swatch: Swatch::Ring,
                }),
        );
        let legend = Legend::new(entries, frame.width);
        let x = Axis::risk("threshold (risk 0 to 100)");
        let y = if self.is_labelled {
            let title = match self.cost {
                Some(_) => "shares; cost as a share of the most",
                None => "precision, recall, F1, false-alarm rate",
            };
            Axis::percent(title)
        } else {
            shares_axis()
        };
        (frame.axes(x, y, legend.height, 0), legend)
    }

    /// Words, threshold and colour of the best points.
    fn rings(&self, palette: &Palette) -> Vec<(String, f32, Rgb)> {
        let best = self.best_f1.map(|threshold| {
            let text = format!("best F1 at risk {}", number::risk(threshold));
            (text, threshold, palette.series(2))
        });
        let least = self.least_cost_threshold().map(|threshold| {
            let text = format!("least cost at risk {}", number::risk(threshold));
            (text, threshold, palette.ink_2)
        });
        best.into_iter().chain(least).collect()
    }

    /// Pieces of a line where it has values.
    fn pieces(&self, line: &Line, axes: &Axes) -> Vec<Vec<Point>> {
        let mut pieces: Vec<Vec<Point>> = vec![Vec::new()];
        for at in self.outcomes.iter().step_by(DRAWN_STEP) {
            let value = (line.value)(self, at).map(|value| value as f32);
            // On the axis of shares nothing has no place.
            let is_drawn = |value: &f32| self.is_labelled || *value > 0.0;
            match (value.filter(is_drawn), pieces.last_mut()) {
                (Some(value), Some(piece)) => piece.push(axes.to_pixel(at.threshold, value)),
                _ => pieces.push(Vec::new()),
            }
        }
        pieces
    }

    /// Where data is drawn.
    pub fn plot_area(&self, frame: &ChartFrame) -> Rect {
        self.layout(frame, &Palette::light()).0.area
    }

    /// The threshold at a place in CSS pixels, with what it would do; `None` outside the axes.
    pub fn hit(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Hit> {
        let (axes, _) = self.layout(frame, &Palette::light());
        if !axes.area.contains((x_px, y_px), 8.0) || self.n == 0 {
            return None;
        }
        let under = axes.to_data(x_px, y_px).0;
        let at = self.outcome_at((under * 2.0).round() / 2.0)?;
        let mark = self.mark(&axes, at)?;
        Some(Hit {
            text: mark.text,
            threshold: at.threshold,
            x_px: mark.at.0,
            y_px: mark.at.1,
        })
    }

    fn mark(&self, axes: &Axes, at: &Outcome) -> Option<Mark> {
        let lines = self.lines(&Palette::light());
        let said: Vec<String> = lines.iter().map(|line| self.say(line, at)).collect();
        // On F1 where there is one, else on the share of alarms.
        let on = lines.get(if self.is_labelled { 2 } else { 0 })?;
        let value = (on.value)(self, at).unwrap_or(0.0) as f32;
        Some(Mark {
            text: format!(
                "risk ≥ {}: {} alarms, {}",
                number::risk(at.threshold),
                number::count(at.n_alarms),
                said.join(", ")
            ),
            at: axes.to_pixel(at.threshold, value),
        })
    }

    fn draw_threshold(&self, scene: &mut Scene, axes: &Axes, palette: &Palette) {
        if self.threshold > axes.x.max {
            return;
        }
        let Rect { top, bottom, .. } = axes.area;
        let (x, _) = axes.to_pixel(self.threshold, 0.0);
        scene.dashed(&[(x, top), (x, bottom)], palette.ink, 1.5);
        let text = format!("risk {}", number::risk(self.threshold));
        let wide = text_width(&text) + 14.0;
        let (anchor, away) = if x + wide < axes.area.right {
            (Anchor::Start, 8.0)
        } else {
            (Anchor::End, -8.0)
        };
        // Where no curve is likely: those of labelled connections crowd at both ends, what is expected ends far below.
        let y = if self.is_labelled {
            f32::midpoint(top, bottom)
        } else {
            top + 12.0
        };
        let at = (x + away, y);
        scene.label(&text, at, anchor, palette.ink, palette.surface);
    }
}

impl Chart for ThresholdCurves {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let (axes, legend) = self.layout(frame, palette);
        let mut scene = axes.scene(&legend, palette);
        if self.n == 0 {
            axes.draw_empty(&mut scene, palette, "No connections scored yet");
            return scene;
        }
        let lines = self.lines(palette);
        for line in lines.iter().rev() {
            let width = if line.name == "F1" { 3.0 } else { 2.0 };
            for piece in self.pieces(line, &axes) {
                scene.patterned(&piece, line.colour, width, line.dash.lengths());
            }
        }
        self.draw_threshold(&mut scene, &axes, palette);
        let ring_at = |threshold: f32, name: &str| {
            let line = lines.iter().find(|line| line.name == name)?;
            let at = self.outcome_at(threshold)?;
            let value = (line.value)(self, at)? as f32;
            Some((axes.to_pixel(at.threshold, value), line.colour))
        };
        let best = self.best_f1.and_then(|at| ring_at(at, "F1"));
        let least = self
            .least_cost_threshold()
            .and_then(|at| ring_at(at, "cost"));
        for (centre, colour) in best.into_iter().chain(least) {
            scene.ring(centre, colour, palette.surface);
        }
        scene
    }

    fn summary(&self) -> String {
        let at = self.outcome_at(self.threshold).filter(|_| self.n > 0);
        let Some(at) = at else {
            return "What each threshold does: no connections scored yet.".into();
        };
        let lines = self.lines(&Palette::light());
        let said: Vec<String> = lines.iter().map(|line| self.say(line, at)).collect();
        let rings = self.rings(&Palette::light());
        let best: String = rings
            .into_iter()
            .map(|(text, ..)| format!("; {text}"))
            .collect();
        format!(
            "At risk {} and above {} of {} connections, {}{best}.",
            number::risk(self.threshold),
            number::count(at.n_alarms),
            number::count(self.n),
            said.join(", ")
        )
    }

    fn table(&self) -> Table {
        let lines = self.lines(&Palette::light());
        let mut header = vec!["risk at least".to_owned(), "alarms".into()];
        header.extend(lines.iter().map(|line| line.name.to_owned()));
        if self.n == 0 {
            return (header, Vec::new());
        }
        let cell = |line: &Line, at: &Outcome| match (line.value)(self, at) {
            None => "–".into(),
            Some(value) if line.name == "F1" => number::fraction(value),
            Some(value) => number::rate(value),
        };
        let row = |at: &Outcome| {
            let mut row = vec![number::risk(at.threshold), number::count(at.n_alarms)];
            row.extend(lines.iter().map(|line| cell(line, at)));
            row
        };
        let outcomes = self.outcomes.iter().step_by(ROW_STEP);
        (header, outcomes.map(row).collect())
    }
}

impl PageChart for ThresholdCurves {
    fn height(&self, width: f32) -> f32 {
        let frame = ChartFrame::new(width, 400.0, 1.0);
        self.layout(&frame, &Palette::light()).1.height + width.clamp(260.0, 330.0)
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let (axes, _) = self.layout(frame, &Palette::light());
        let outcomes = self.outcomes.iter().step_by(ROW_STEP / 2);
        outcomes
            .filter(|_| self.n > 0)
            .filter_map(|at| self.mark(&axes, at))
            .collect()
    }
}

/// Share of normal traffic at or above a risk.
fn expected(risk: f32) -> f64 {
    10f64.powf(-f64::from(risk) / 25.0)
}

fn shares_axis() -> Axis {
    let ticks = [
        (1.0, "100 %"),
        (LEAST_SHARE, "0.01 %"),
        (0.01, "1 %"),
        (0.1, "10 %"),
        (0.001, "0.1 %"),
    ];
    Axis {
        min: LEAST_SHARE,
        max: 1.0,
        spread: Spread::Logarithm,
        title: "share at or above the risk (logarithmic scale)".into(),
        ticks: ticks.map(|(value, text)| Tick::new(value, text)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::workbench_specimen::{risks, threshold_curves};

    #[test]
    fn values_are_those_of_the_histogram() {
        let chart = threshold_curves(true);
        let (header, rows) = chart.table();
        assert_eq!(
            header,
            [
                "risk at least",
                "alarms",
                "precision",
                "recall",
                "F1",
                "false alarms",
                "cost"
            ]
        );
        assert_eq!(rows.len(), 21);
        let confusion = risks(true).confusion_at(50.0);
        let row = &rows[10];
        assert_eq!(row[0], "50");
        assert_eq!(
            row[1],
            number::count(confusion.true_positives + confusion.false_positives)
        );
        assert_eq!(row[3], number::rate(confusion.recall()));
        assert_eq!(row[4], number::fraction(confusion.f1()));
        let at = ThresholdCurves {
            threshold: 48.3,
            ..chart
        };
        let recall = number::percent(risks(true).confusion_at(48.3).recall());
        assert!(
            at.summary().starts_with("At risk 48.3 and above ")
                && at.summary().contains(&format!("recall {recall}"))
        );
    }

    #[test]
    fn hit_gives_the_threshold_under_the_pointer() {
        for (is_labelled, width) in [(true, 320.0), (false, 900.0)] {
            let chart = threshold_curves(is_labelled);
            let frame = ChartFrame::new(width, chart.height(width), 1.0);
            let (axes, _) = chart.layout(&frame, &Palette::light());
            for threshold in [0.0, 12.5, 50.0, 100.0] {
                let (x, _) = axes.to_pixel(threshold, 0.5);
                let hit = chart.hit(&frame, x, axes.area.top + 5.0).expect("inside");
                assert_eq!(hit.threshold, threshold);
                assert!((hit.x_px - x).abs() < 0.01);
                let start = format!("risk ≥ {}: ", number::risk(threshold));
                assert!(hit.text.starts_with(&start), "{}", hit.text);
            }
            assert_eq!(chart.hit(&frame, 1.0, 1.0), None);
        }
    }

    #[test]
    fn least_cost_moves_with_the_prices() {
        let mut chart = threshold_curves(true);
        let mut least = |miss, false_alarm| {
            chart.cost = Some(Cost { miss, false_alarm });
            chart.least_cost_threshold().expect("labels and costs")
        };
        let (cautious, calm) = (least(1_000.0, 1.0), least(1.0, 1_000.0));
        assert!(cautious < calm, "{cautious} {calm}");
        assert_eq!(least(0.0, 0.0), 100.0);
        assert_eq!(threshold_curves(false).least_cost_threshold(), None);
    }

    #[test]
    fn without_labels_alarms_stand_beside_what_is_expected() {
        let chart = threshold_curves(false);
        let (header, rows) = chart.table();
        assert_eq!(header[2..], ["at or above", "expected of normal traffic"]);
        assert_eq!(
            [&rows[5][3], &rows[10][3], &rows[20][3]],
            ["10.0 %", "1.0 %", "0.010 %"]
        );
        assert!(ThresholdCurves::default().table().1.is_empty());
    }
}
