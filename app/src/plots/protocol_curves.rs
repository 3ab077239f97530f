//! The curves of a protocol: ROC, precision and recall, F1 by threshold, calibration.
//!
//! Rates of false alarms are drawn by their logarithm: what tells good models apart happens below 1 %.

use models::calibration::DEFAULT_THRESHOLD;
use models::evaluation::report::{BandPoint, ModelReport, ProtocolReport};

use super::bands::{BandChart, BandCurve, Guide};
use super::frame::{Axis, Spread, Tick};
use super::number::{self, Quantity};
use super::series::{Series, of_protocol};

/// Least rate of false alarms that is drawn.
const LEAST_RATE: f32 = 1e-4;

/// Recall against the rate of false alarms.
pub fn roc(protocol: &ProtocolReport) -> BandChart {
    let title = "false-alarm rate (logarithmic scale)";
    // Steps of equal ratio: a straight line of chance is bent on this axis.
    let chance = (0..=40u8).map(|step| {
        let rate = LEAST_RATE.powf(1.0 - f32::from(step) / 40.0);
        (rate, rate)
    });
    BandChart {
        title: "ROC curves",
        x: (Quantity::rate("false-alarm rate"), rates(title)),
        y: (Quantity::share("recall"), recall_axis(protocol)),
        curves: curves(protocol, said("AUC", "roc_auc"), |model| &model.roc),
        guides: vec![Guide {
            name: "chance".into(),
            points: chance.collect(),
        }],
    }
}

/// Precision against recall.
pub fn precision_recall(protocol: &ProtocolReport) -> BandChart {
    let curves = curves(protocol, said("AP", "average_precision"), |model| {
        &model.precision_recall
    });
    let base = (protocol.n_attacks / protocol.n_test.max(1.0)) as f32;
    let [_, attacks] = &protocol.classes;
    BandChart {
        title: "Precision and recall",
        x: (Quantity::share("recall"), recall_axis(protocol)),
        y: (
            Quantity::share("precision"),
            Axis::percent(format!("precision (share of {attacks} in alarms)")),
        ),
        curves,
        guides: vec![Guide {
            name: format!("{attacks} in all {}", number::percent(base.into())),
            points: vec![(0.0, base), (1.0, base)],
        }],
    }
}

/// F1 by threshold.
pub fn threshold_f1(protocol: &ProtocolReport) -> BandChart {
    let risk = Quantity {
        name: "risk",
        write: |value| number::risk(value as f32),
    };
    let f1 = Quantity {
        name: "F1",
        write: number::fraction,
    };
    BandChart {
        title: "F1 by threshold",
        x: (
            risk,
            Axis::risk("threshold (risk at which an alarm is raised)"),
        ),
        y: (f1, Axis::round_values("F1", 0.0, 1.0)),
        curves: curves(protocol, said("best", "best_f1"), |model| {
            &model.threshold_f1
        }),
        guides: vec![Guide {
            name: format!("risk {DEFAULT_THRESHOLD}, as recommended"),
            points: vec![(DEFAULT_THRESHOLD, 0.0), (DEFAULT_THRESHOLD, 1.0)],
        }],
    }
}

/// The rate of false alarms that came out, against the one that was set.
pub fn calibration(protocol: &ProtocolReport) -> BandChart {
    let realised = |model: &ModelReport| -> String {
        model
            .figures
            .get("false_alarm_rate")
            .map_or(String::new(), |rate| {
                format!("{} at 1 %", number::percent(rate.mean))
            })
    };
    BandChart {
        title: "Calibration",
        x: (
            Quantity::rate("rate that was set"),
            rates("rate that was set (logarithmic scale)"),
        ),
        y: (
            Quantity::rate("rate that came out"),
            rates("rate of false alarms that came out"),
        ),
        curves: curves(protocol, realised, |model| &model.calibration),
        guides: vec![Guide {
            name: "as promised".into(),
            points: vec![(LEAST_RATE, LEAST_RATE), (1.0, 1.0)],
        }],
    }
}

/// A figure with its label, for a legend: `AUC 0.9993`.
fn said(label: &str, figure: &str) -> impl Fn(&ModelReport) -> String {
    move |model| {
        let spread = model.figures.get(figure);
        spread.map_or(String::new(), |spread| {
            format!("{label} {}", number::fraction(spread.mean))
        })
    }
}

/// The models that have this curve, with what stands behind their names.
fn curves(
    protocol: &ProtocolReport,
    figure: impl Fn(&ModelReport) -> String,
    points: fn(&ModelReport) -> &Vec<BandPoint>,
) -> Vec<BandCurve> {
    let curve = |(series, model): (Series, &ModelReport)| BandCurve {
        series,
        figure: figure(model),
        points: points(model).clone(),
    };
    of_protocol(protocol)
        .into_iter()
        .map(curve)
        .filter(|curve| curve.points.len() > 1)
        .collect()
}

fn recall_axis(protocol: &ProtocolReport) -> Axis {
    let [_, attacks] = &protocol.classes;
    Axis::percent(format!("recall (share of {attacks} found)"))
}

/// Rates from 0.01 % to all.
fn rates(title: &str) -> Axis {
    let ticks = [
        (1.0, "100 %"),
        (0.01, "1 %"),
        (LEAST_RATE, "0.01 %"),
        (0.1, "10 %"),
        (0.001, "0.1 %"),
    ];
    Axis {
        min: LEAST_RATE,
        max: 1.0,
        spread: Spread::Logarithm,
        title: title.into(),
        ticks: ticks.map(|(value, text)| Tick::new(value, text)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::Chart as _;
    use crate::plots::specimen;

    #[test]
    fn figures_are_those_of_the_report() {
        let protocol = specimen::protocol("P1");
        let ensemble = &protocol.models[0];
        let auc = number::fraction(ensemble.figures["roc_auc"].mean);
        let summary = roc(&protocol).summary();
        assert!(
            summary.ends_with(&format!("Ensemble AUC {auc}.")),
            "{summary}"
        );
        let rate = number::percent(ensemble.figures["false_alarm_rate"].mean);
        let summary = calibration(&protocol).summary();
        assert!(
            summary.ends_with(&format!("Ensemble {rate} at 1 %.")),
            "{summary}"
        );
    }

    #[test]
    fn models_without_a_curve_are_left_out() {
        let mut protocol = specimen::protocol("P1");
        let n = roc(&protocol).curves.len();
        protocol.models[1].roc.clear();
        assert_eq!(roc(&protocol).curves.len(), n - 1);
        assert!(
            roc(&ProtocolReport::default())
                .summary()
                .ends_with("not measured.")
        );
    }
}
