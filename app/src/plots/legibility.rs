//! Tests that hold for every chart: at any width no text leaves the chart and no two touch. Also the made-up data the charts are tested with.

use models::evaluation::Ranking;
use models::evaluation::report::{EvaluationReport, ProtocolReport};
use models::random::Random;

use super::attack_heatmap::AttackHeatmap;
use super::box_plot::BoxPlot;
use super::comparison::Comparison;
use super::curve::{Curve, CurvePoint, OperatingPoint};
use super::density_map::DensityMap;
use super::distribution::{Distribution, Score};
use super::importance::Importance;
use super::map::MapView;
use super::precision_recall::PrecisionRecall;
use super::roc::Roc;
use super::scene::{Rect, Shape, text_rect};
use super::score_histogram::{N_BINS, ScoreHistogram};
use super::workbench_specimen;
use super::{
    Chart, ChartFrame, Mark, PageChart, Palette, Zoom, protocol_curves, specimen, to_svg,
    to_svg_with_heading,
};
use models::raster::Bounds;

const NAMES: [&str; 3] = ["ensemble", "autoencoder", "isolation forest"];

/// Curves of models that find nearly everything, with 2 % attacks.
pub(super) fn curves(n_models: usize) -> Vec<Curve> {
    let curve = |(colour, name): (usize, &&str)| {
        let mut random = Random::new(colour as u64, 0);
        let scored = (0..20_000).map(|i| {
            let is_attack = i % 50 == 0;
            let normal = -(1.0 - random.uniform()).log10() as f32 * 25.0;
            let hidden = random.uniform() < 0.004 * (1 + 6 * colour) as f64;
            let attack = 100.0 - normal * (0.9 + 0.5 * colour as f32);
            (
                if is_attack && !hidden {
                    attack.max(normal)
                } else {
                    normal
                }
                .clamp(0.0, 100.0),
                is_attack,
            )
        });
        Curve::of_ranking(name, colour, &Ranking::new(scored.collect()))
    };
    NAMES.iter().take(n_models).enumerate().map(curve).collect()
}

pub(super) fn operating() -> Option<OperatingPoint> {
    let at = CurvePoint {
        threshold: 50.0,
        false_alarm_rate: 0.0098,
        recall: 0.9921,
        precision: 0.674,
    };
    Some(OperatingPoint { curve: 0, at })
}

pub(super) fn histogram(is_labelled: bool) -> ScoreHistogram {
    let counts = |of: &dyn Fn(f32) -> f32| -> Vec<u64> {
        (0..N_BINS).map(|bin| of(bin as f32 * 2.0) as u64).collect()
    };
    let normal = counts(&|risk| 97_000.0 * 0.17 * 10f32.powf(-risk / 25.0));
    let attack = counts(&|risk| 3.0 + 90_000.0 * (-((risk - 92.0) / 9.0).powi(2)).exp());
    let none = vec![0; N_BINS];
    if is_labelled {
        ScoreHistogram {
            normal,
            attack,
            unlabelled: none,
            threshold: 50.0,
        }
    } else {
        ScoreHistogram {
            unlabelled: normal,
            normal: none.clone(),
            attack: none,
            threshold: 97.5,
        }
    }
}

pub(super) fn map() -> MapView {
    let bounds = Bounds {
        x: (-4.2, 11.7),
        y: (-3.1, 6.4),
        n_beyond: 12,
    };
    MapView {
        bounds,
        axes: [
            "first component (41 % of variance)".into(),
            "second component (17 % of variance)".into(),
        ],
        class_names: ["low", "elevated", "high", "critical"].map(str::to_owned),
        n_by_class: [300_021, 80_000, 37_000, 77_000],
        n_rows: 500_021,
        is_by_label: false,
    }
}

fn charts() -> Vec<(&'static str, Box<dyn Chart>)> {
    let precision_recall = |n, base_rate| PrecisionRecall {
        curves: curves(n),
        operating: operating(),
        base_rate,
    };
    let mut charts: Vec<(&'static str, Box<dyn Chart>)> = vec![
        (
            "roc",
            Box::new(Roc {
                curves: curves(3),
                operating: operating(),
            }),
        ),
        (
            "roc-one",
            Box::new(Roc {
                curves: curves(1),
                operating: operating(),
            }),
        ),
        ("roc-empty", Box::new(Roc::default())),
        ("pr", Box::new(precision_recall(3, 0.02))),
        ("pr-one", Box::new(precision_recall(1, 0.803))),
        ("pr-empty", Box::new(PrecisionRecall::default())),
        ("scores", Box::new(histogram(true))),
        ("scores-unlabelled", Box::new(histogram(false))),
        (
            "scores-empty",
            Box::new(ScoreHistogram {
                threshold: 50.0,
                ..ScoreHistogram::default()
            }),
        ),
        ("map", Box::new(map())),
        ("map-empty", Box::new(MapView::default())),
    ];
    charts.extend(workbench_specimen::charts());
    charts
}

/// The charts of the page about the models: for a protocol with everything and for one with nothing.
fn page_charts() -> Vec<(String, Box<dyn PageChart>)> {
    let empty = (EvaluationReport::default(), ProtocolReport::default());
    let full = (specimen::report(), specimen::protocol("P1"));
    let of = |(report, protocol): (EvaluationReport, ProtocolReport), end: &str| {
        let model = protocol.models.first().cloned().unwrap_or_default();
        let distribution = |score: Score, histogram| Distribution {
            model: model.title.clone(),
            score,
            classes: protocol.classes.clone(),
            histogram,
        };
        let importance = report.importance.first().cloned().unwrap_or_default();
        let charts: Vec<(&str, Box<dyn PageChart>)> = vec![
            ("comparison", Box::new(Comparison::of_protocol(&protocol))),
            (
                "sequence",
                Box::new(Comparison::of_sequences(
                    &report.sequence.iter().collect::<Vec<_>>(),
                )),
            ),
            ("bands-roc", Box::new(protocol_curves::roc(&protocol))),
            (
                "bands-pr",
                Box::new(protocol_curves::precision_recall(&protocol)),
            ),
            (
                "bands-threshold",
                Box::new(protocol_curves::threshold_f1(&protocol)),
            ),
            (
                "bands-calibration",
                Box::new(protocol_curves::calibration(&protocol)),
            ),
            (
                "distribution",
                Box::new(distribution(
                    Score::Risk([0.01, 0.98]),
                    model.risk_histogram.clone(),
                )),
            ),
            (
                "reconstruction",
                Box::new(distribution(
                    Score::Other("reconstruction error".into()),
                    model.score_histogram.clone(),
                )),
            ),
            ("attacks", Box::new(AttackHeatmap::new(&protocol))),
            (
                "density-map",
                Box::new(DensityMap {
                    grid: protocol.map.clone().unwrap_or_default(),
                    classes: protocol.classes.clone(),
                }),
            ),
            ("importance", Box::new(Importance(importance))),
            (
                "folds",
                Box::new(BoxPlot {
                    reports: report.folds,
                }),
            ),
        ];
        charts
            .into_iter()
            .map(move |(name, chart)| (format!("{name}{end}"), chart))
            .collect::<Vec<_>>()
    };
    let mut charts = of(full, "");
    charts.extend(of(empty, "-empty"));
    charts.extend(
        workbench_specimen::page_charts()
            .into_iter()
            .map(|(name, chart)| (name.to_owned(), chart)),
    );
    charts
}

fn assert_legible(name: &str, chart: &dyn Chart, frame: &ChartFrame) {
    let width = frame.width;
    let texts: Vec<(String, Rect)> = chart
        .scene(frame, &Palette::light())
        .shapes
        .into_iter()
        .filter_map(|shape| match shape {
            Shape::Text {
                text, at, anchor, ..
            } => Some((text.clone(), text_rect(&text, at, anchor))),
            _ => None,
        })
        .collect();
    for (index, (text, rect)) in texts.iter().enumerate() {
        let is_inside = rect.left >= -0.5
            && rect.right <= width + 0.5
            && rect.top >= 0.0
            && rect.bottom <= frame.height;
        assert!(
            is_inside,
            "{name} at {width}: {text:?} at {rect:?} of {}",
            frame.height
        );
        for (other, taken) in texts.iter().skip(index + 1) {
            let is_apart = rect.right <= taken.left
                || taken.right <= rect.left
                || rect.bottom <= taken.top
                || taken.bottom <= rect.top;
            assert!(is_apart, "{name} at {width}: {text:?} and {other:?}");
        }
    }
}

#[test]
fn texts_stay_inside_and_apart_at_every_width() {
    const WIDTHS: [f32; 7] = [280.0, 320.0, 400.0, 500.0, 600.0, 900.0, 1200.0];
    for (name, chart) in charts() {
        for width in WIDTHS {
            let frame = ChartFrame::new(width, 420.0, 1.0);
            assert_legible(name, chart.as_ref(), &frame);
            for steps in 1..=4 {
                for centre in [(0.0, 0.0), (1.0, 1.0), (0.98, 0.02)] {
                    let frame = frame.zoomed(Zoom { steps, centre });
                    assert_legible(name, chart.as_ref(), &frame);
                }
            }
        }
    }
    for (name, chart) in page_charts() {
        for width in WIDTHS {
            let frame = ChartFrame::new(width, chart.height(width), 1.0);
            assert_legible(&name, chart.as_ref(), &frame);
        }
    }
}

#[test]
fn marks_stay_inside() {
    for (name, chart) in page_charts() {
        for width in [290.0, 560.0, 960.0] {
            let frame = ChartFrame::new(width, chart.height(width), 1.0);
            let marks = chart.marks(&frame);
            assert_eq!(marks.is_empty(), name.ends_with("empty"), "{name}");
            for Mark { text, at: (x, y) } in marks {
                assert!(
                    (0.0..=width).contains(&x) && (0.0..=frame.height).contains(&y),
                    "{name}: {text}"
                );
                assert!(!text.contains("NaN"), "{name}: {text}");
            }
        }
    }
}

#[test]
fn every_chart_says_itself_in_one_sentence_and_a_table() {
    let mut all: Vec<(String, Box<dyn Chart>)> = charts()
        .into_iter()
        .map(|(name, chart)| (name.to_owned(), chart))
        .collect();
    all.extend(
        page_charts()
            .into_iter()
            .map(|(name, chart)| (name, chart as Box<dyn Chart>)),
    );
    for (name, chart) in all {
        let summary = chart.summary();
        assert!(
            summary.ends_with('.') && !summary.contains("NaN"),
            "{name}: {summary}"
        );
        let (header, rows) = chart.table();
        assert!(rows.iter().all(|row| row.len() == header.len()), "{name}");
        assert!(name.ends_with("empty") || !rows.is_empty(), "{name}");
    }
}

/// Writes every chart to the folder in `PLOTS_OUT`, to be looked at.
#[test]
#[ignore = "writes files to look at"]
fn write_gallery() {
    let folder = std::path::PathBuf::from(std::env::var("PLOTS_OUT").unwrap());
    for (theme, palette) in [("light", Palette::light()), ("dark", Palette::dark())] {
        for (name, chart) in charts() {
            for (width, height) in [(320, 300), (900, 340)] {
                let svg = to_svg(chart.as_ref(), width, height, &palette);
                std::fs::write(folder.join(format!("{name}-{theme}-{width}.svg")), svg).unwrap();
            }
        }
        for (name, chart) in charts() {
            for steps in [1, 3] {
                let centre = (1.0, 1.0);
                let frame = ChartFrame::new(600.0, 340.0, 1.0).zoomed(Zoom { steps, centre });
                let heading = ["A chart", "File: monday.csv", "Model: ensemble"].map(str::to_owned);
                let svg = to_svg_with_heading(chart.as_ref(), &frame, &palette, &heading, None);
                std::fs::write(folder.join(format!("{name}-{theme}-zoom-{steps}.svg")), svg)
                    .unwrap();
            }
        }
        for (name, chart) in page_charts() {
            for width in [290, 560, 960] {
                let height = chart.height(width as f32) as u32;
                let svg = to_svg(chart.as_ref(), width, height, &palette);
                std::fs::write(folder.join(format!("{name}-{theme}-{width}.svg")), svg).unwrap();
            }
        }
    }
}
