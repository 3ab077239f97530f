//! A made-up evaluation report to test charts and page with. Its numbers mean nothing.

use std::collections::BTreeMap;

use models::evaluation::Confusion;
use models::evaluation::report::{
    AttackRow, BandPoint, DataFile, EvaluationReport, FeatureImportance, FoldReport, Histogram,
    ImportanceReport, MapGrid, ModelReport, ProtocolReport, Reference, ReferenceSource,
    SequenceReport, Spread,
};

const MODELS: [(&str, &str); 9] = [
    ("ensemble", "Ensemble"),
    ("hybrid", "Ensemble and Random Forest"),
    ("isolation_forest", "Isolation Forest"),
    ("autoencoder", "Autoencoder"),
    ("random_forest", "Random Forest"),
    ("density", "Density"),
    ("all_attack", "Everything is an attack"),
    ("histogram", "Histogram per feature"),
    ("plain_isolation_forest", "Isolation Forest, plain"),
];
const ATTACKS: [(&str, &str); 22] = [
    ("neptune", "dos"),
    ("satan", "probe"),
    ("back", "dos"),
    ("ipsweep", "probe"),
    ("teardrop", "dos"),
    ("portsweep", "probe"),
    ("warezclient", "r2l"),
    ("smurf", "dos"),
    ("pod", "dos"),
    ("nmap", "probe"),
    ("guess_passwd", "r2l"),
    ("buffer_overflow", "u2r"),
    ("warezmaster", "r2l"),
    ("land", "dos"),
    ("imap", "r2l"),
    ("rootkit", "u2r"),
    ("loadmodule", "u2r"),
    ("ftp_write", "r2l"),
    ("multihop", "r2l"),
    ("phf", "r2l"),
    ("perl", "u2r"),
    ("snmpgetattack", "other"),
];

pub(crate) fn report() -> EvaluationReport {
    let names = [
        "P0",
        "P0-5",
        "P1",
        "P1-5",
        "P1-28",
        "P1-lit KDDCUP",
        "P2",
        "P3",
        "P3 Test-21",
    ];
    EvaluationReport {
        version: "0.0.0".into(),
        commit: "0123456789abcdef".into(),
        seeds: vec![42, 43, 44, 45, 46],
        data: vec![DataFile {
            name: "specimen.gz".into(),
            sha256: "0".repeat(64),
            n_rows: 494_021,
            n_distinct: 145_586,
        }],
        protocols: names.map(protocol).into(),
        folds: vec![
            folds(None),
            folds(Some("Equal rows stand on both sides of the split.")),
        ],
        importance: ["kdd41", "kdd5"].map(importance).into(),
        sequence: vec![
            sequence("LSTM, true order", 0.97),
            sequence("LSTM, shuffled", 0.61),
            label_runs(),
        ],
    }
}

pub(crate) fn protocol(name: &str) -> ProtocolReport {
    let is_leaking = name == "P0";
    let is_literature = name.starts_with("P1-lit");
    let mut models: Vec<ModelReport> = MODELS
        .iter()
        .enumerate()
        .map(|(rank, names)| model(rank, names))
        .collect();
    if is_literature {
        for model in &mut models {
            model.recall_by_attack.truncate(1);
        }
    }
    let classes = if is_literature {
        ["inliers", "outliers"]
    } else {
        ["normal connections", "attacks"]
    };
    ProtocolReport {
        name: name.into(),
        view: if name.ends_with("-5") { "kdd5" } else { "kdd41" }.into(),
        description: "Models are fitted on normal rows of four fifths of the groups of equal rows and tested on the others.".into(),
        leak: is_leaking.then(|| "Every row counts, so a few floods decide all figures.".into()),
        traps: vec!["Two types of attacks are most of the rows.".into(), "F1 of everything is high.".into()],
        classes: classes.map(str::to_owned),
        n_test: 29_100.4,
        n_attacks: 11_560.2,
        models,
        oracle: BTreeMap::from([("roc_auc".into(), figure(0.99998, 0.00001)), ("f1".into(), figure(0.9991, 0.0002))]),
        references: references(),
        map: Some(map()),
    }
}

fn figure(mean: f64, sd: f64) -> Spread {
    Spread {
        mean,
        sd,
        min: mean - sd,
        max: (mean + sd).min(1.0),
        interval: Some([mean - 2.0 * sd, (mean + 2.0 * sd).min(1.0)]),
    }
}

fn references() -> Vec<Reference> {
    let of = |source, model: &str, figure: &str, value| Reference {
        source,
        model: model.into(),
        figure: figure.into(),
        value,
        tried: (source == ReferenceSource::Target)
            .then(|| "Deeper trees, which found no more.".to_owned()),
    };
    vec![
        of(ReferenceSource::Published, "NeuTraL AD", "f1", 0.993),
        of(
            ReferenceSource::Python,
            "PyTorch autoencoder",
            "roc_auc",
            0.9989,
        ),
        of(
            ReferenceSource::Python,
            "PyTorch autoencoder",
            "recall",
            0.976,
        ),
        of(ReferenceSource::Target, "ensemble", "roc_auc", 0.9993),
        of(ReferenceSource::Target, "ensemble", "recall", 0.9999),
        of(
            ReferenceSource::Target,
            "ensemble",
            "false_alarm_rate",
            0.011,
        ),
        of(ReferenceSource::Target, "sage", "recall", 0.9),
    ]
}

/// The share of attacks that a model of this rank finds at a rate of false alarms.
fn recall_at(rank: usize, rate: f32) -> f32 {
    rate.powf(0.004 * (1 + rank * rank) as f32)
}

fn model(rank: usize, (name, title): &(&str, &str)) -> ModelReport {
    let recall = f64::from(recall_at(rank, 0.01));
    let figures = [
        ("roc_auc", 0.9996 - 0.0006 * rank as f64),
        ("average_precision", 0.9991 - 0.001 * rank as f64),
        ("accuracy", 0.99 - 0.002 * rank as f64),
        ("precision", 0.985 - 0.001 * rank as f64),
        ("recall", recall),
        ("f1", 0.988 - 0.003 * rank as f64),
        ("best_f1", 0.991 - 0.003 * rank as f64),
        ("false_alarm_rate", 0.0097 + 0.0004 * rank as f64),
        ("macro_recall", 0.93 - 0.01 * rank as f64),
        ("recall_at_0.1_percent", recall - 0.04),
    ];
    let rates: Vec<f32> = (0..=60u8)
        .map(|k| 10f32.powf(-4.0 + f32::from(k) / 15.0))
        .collect();
    let curve = |xs: &[f32], of: &dyn Fn(f32) -> f32| -> Vec<BandPoint> {
        xs.iter()
            .map(|&x| {
                let mean = of(x).clamp(0.0, 1.0);
                BandPoint {
                    x,
                    mean,
                    low: mean * 0.985,
                    high: (mean * 1.01).min(1.0),
                }
            })
            .collect()
    };
    let evenly: Vec<f32> = (0..=100u8).map(|k| f32::from(k) / 100.0).collect();
    let risks: Vec<f32> = (0..=100u8).map(f32::from).collect();
    ModelReport {
        name: (*name).into(),
        title: (*title).into(),
        is_baseline: rank > 5,
        figures: figures
            .map(|(name, mean)| (name.to_owned(), figure(mean, 0.0004)))
            .into(),
        confusion: Confusion {
            true_positives: 11_400 - 90 * rank as u64,
            false_positives: 170 + rank as u64,
            true_negatives: 17_370,
            false_negatives: 160 + 90 * rank as u64,
        },
        recall_by_attack: ATTACKS
            .iter()
            .enumerate()
            .map(|(index, attack)| attack_row(rank, index, attack))
            .collect(),
        roc: curve(&rates, &|x| recall_at(rank, x)),
        precision_recall: curve(&evenly, &|x| 1.0 - 0.03 * (1 + rank) as f32 * x.powi(12)),
        threshold_f1: curve(&risks, &|x| {
            0.988 - 0.0002 * (1 + rank) as f32 * (x - 55.0).abs().powf(1.5)
        }),
        calibration: curve(&rates, &|x| x * (1.0 + 0.1 * rank as f32)),
        risk_histogram: histogram(0.0, 100.0),
        score_histogram: histogram(-1.5, 6.0),
    }
}

fn attack_row(rank: usize, index: usize, (attack, family): &(&str, &str)) -> AttackRow {
    let recall = (1.0 - 0.002 * (index * (rank + 1)) as f64).max(0.0);
    AttackRow {
        attack: (*attack).into(),
        family: (*family).into(),
        is_known: *family != "other",
        n: 10_300.0 / (1 + index * index) as f64,
        recall: figure(recall, 0.01),
    }
}

fn histogram(from: f32, to: f32) -> Histogram {
    let n = 50u8;
    let share = |of: &dyn Fn(f32) -> f32| -> Vec<f32> {
        let values: Vec<f32> = (0..n)
            .map(|bin| of((f32::from(bin) + 0.5) / f32::from(n)))
            .collect();
        let sum: f32 = values.iter().sum();
        values.iter().map(|value| value / sum).collect()
    };
    Histogram {
        edges: (0..=n)
            .map(|bin| from + (to - from) * f32::from(bin) / f32::from(n))
            .collect(),
        normal: share(&|x| 10f32.powf(-4.0 * x)),
        attack: share(&|x| (-((x - 0.95) / 0.09).powi(2)).exp() + 0.0003),
    }
}

fn map() -> MapGrid {
    let (n_columns, n_rows) = (96usize, 60usize);
    let count = |cell: usize, x: f32, y: f32, width: f32| {
        let (dx, dy) = ((cell % n_columns) as f32 - x, (cell / n_columns) as f32 - y);
        (900.0 * (-(dx * dx + 2.0 * dy * dy) / width).exp()) as u32
    };
    let cell = |cell: usize| {
        [
            (cell % n_columns) as u32,
            (cell / n_columns) as u32,
            count(cell, 25.0, 22.0, 130.0),
            count(cell, 60.0, 35.0, 260.0),
        ]
    };
    MapGrid {
        n_columns,
        n_rows,
        x: [-4.2, 11.7],
        y: [-3.1, 6.4],
        explained: [0.41, 0.17],
        cells: (0..n_columns * n_rows)
            .map(cell)
            .filter(|[_, _, normal, attack]| normal + attack > 0)
            .collect(),
    }
}

fn folds(leak: Option<&str>) -> FoldReport {
    let values = |mean: f64| {
        (0..25)
            .map(|k| mean + 0.0002 * f64::from(k * 7 % 11 - 5) / 5.0)
            .collect()
    };
    let better = if leak.is_some() { 0.0004 } else { 0.0 };
    let figures = ["accuracy", "f1", "roc_auc", "recall", "precision"];
    FoldReport {
        title: "Random Forest".into(),
        view: "kdd41".into(),
        description: if leak.is_some() {
            "All rows, split at random"
        } else {
            "Equal rows in the same fold"
        }
        .into(),
        leak: leak.map(str::to_owned),
        n_folds: 5,
        figures: figures
            .map(|name| (name.to_owned(), values(0.9992 + better)))
            .into(),
        out_of_bag: BTreeMap::from([("accuracy".into(), 0.9991)]),
        references: vec![Reference {
            source: ReferenceSource::Target,
            model: "random_forest".into(),
            figure: "accuracy".into(),
            value: 0.999,
            tried: None,
        }],
    }
}

fn importance(view: &str) -> ImportanceReport {
    let names = [
        "count",
        "src_bytes",
        "service",
        "dst_bytes",
        "dst_host_srv_diff_host_rate",
        "srv_count",
        "flag",
    ];
    let feature = |(rank, name): (usize, &&str)| FeatureImportance {
        feature: (*name).into(),
        impurity: figure(0.3 / (1 + rank) as f64, 0.01),
        permutation: figure(0.05 / (1 + rank * rank) as f64, 0.004),
    };
    ImportanceReport {
        view: view.into(),
        features: names.iter().enumerate().map(feature).collect(),
    }
}

fn label_runs() -> SequenceReport {
    let figures = [("label_runs", 1_234.0), ("n_records", 98_765.0)];
    SequenceReport {
        title: "runs of one label".into(),
        figures: figures
            .map(|(name, mean)| (name.to_owned(), Spread::of(&[mean])))
            .into(),
        ..sequence("", 0.5)
    }
}

fn sequence(title: &str, auc: f64) -> SequenceReport {
    let figures = [
        ("roc_auc", auc),
        ("average_precision", auc - 0.1),
        ("recall", auc - 0.3),
        ("false_alarm_rate", 0.011),
    ];
    SequenceReport {
        title: title.into(),
        description: "Simulated days of an office".into(),
        leak: None,
        n_seeds: 3,
        figures: figures
            .map(|(name, mean)| (name.to_owned(), figure(mean, 0.01)))
            .into(),
    }
}
