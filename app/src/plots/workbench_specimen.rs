//! Made-up charts of the workbench to test with: what a connection log may look like, and the ends of what is possible. Its numbers mean nothing.

use models::evaluation::report::BandPoint;
use models::random::Random;
use models::risk_histogram::{RiskHistogram, Truth};

use super::category_bars::{CategoryBars, CategoryValue};
use super::contribution_bars::{Contribution, ContributionBars};
use super::correlation::Correlation;
use super::curve::{Curve, CurveBands};
use super::feature_histogram::{FeatureHistogram, PartSeries};
use super::legibility::{curves, operating};
use super::loadings::{Loading, Loadings};
use super::precision_recall::PrecisionRecall;
use super::roc::Roc;
use super::score_scatter::{QuadrantCounts, ScoreScatterView};
use super::shares::{SharePart, Shares};
use super::threshold_curves::{Cost, ThresholdCurves};
use super::{Chart, PageChart};

const TYPES: [(&str, &str, u64); 23] = [
    ("normal", "normal", 97_278),
    ("neptune", "dos", 107_201),
    ("smurf", "dos", 280_790),
    ("back", "dos", 2_203),
    ("satan", "probe", 1_589),
    ("ipsweep", "probe", 1_247),
    ("portsweep", "probe", 1_040),
    ("warezclient", "r2l", 1_020),
    ("teardrop", "dos", 979),
    ("pod", "dos", 264),
    ("nmap", "probe", 231),
    ("guess_passwd", "r2l", 53),
    ("buffer_overflow", "u2r", 30),
    ("land", "dos", 21),
    ("warezmaster", "r2l", 20),
    ("imap", "r2l", 12),
    ("rootkit", "u2r", 10),
    ("loadmodule", "u2r", 9),
    ("ftp_write", "r2l", 8),
    ("multihop", "r2l", 7),
    ("phf", "r2l", 4),
    ("perl", "u2r", 3),
    ("spy", "r2l", 2),
];

pub(super) fn shares() -> Shares {
    let part = |(name, family, n): (&str, &str, u64)| SharePart {
        name: name.into(),
        family: Some(family.into()),
        n_all: n,
        n_selected: if family == "normal" { n / 40 } else { n / 2 },
        is_normal: family == "normal",
    };
    Shares {
        parts: TYPES.map(part).into(),
    }
}

pub(super) fn shares_without_families() -> Shares {
    let mut shares = shares();
    for part in &mut shares.parts {
        part.family = None;
        part.n_selected = part.n_all;
    }
    shares
}

fn huge_shares() -> Shares {
    let part = |k: u64| SharePart {
        name: format!("a type of connection with a long name {k}"),
        n_all: 900_000_000_000_000_000 + k,
        n_selected: 900_000_000_000_000_000,
        ..SharePart::default()
    };
    Shares {
        parts: (0..4).map(part).collect(),
    }
}

pub(super) fn services(is_compact: bool) -> CategoryBars {
    let names = [
        "http",
        "private",
        "ecr_i",
        "smtp",
        "other",
        "domain_u",
        "ftp_data",
        "eco_i",
        "ftp",
        "finger",
        "urp_i",
        "telnet",
        "remote_job",
        "netbios_ssn",
    ];
    let counts = [
        64_293u64, 110_893, 281_400, 9_723, 7_237, 5_863, 4_721, 1_642, 798, 670, 538, 513, 120, 1,
    ];
    let value = |(name, n_all): (&str, u64)| CategoryValue {
        name: name.into(),
        n_all,
        n_parts: match name {
            "ecr_i" => [345, n_all / 2 - 345],
            "private" => [n_all / 15, n_all / 3],
            _ => [n_all / 2, n_all / 30],
        },
    };
    CategoryBars {
        feature: "service".into(),
        values: names.into_iter().zip(counts).map(value).collect(),
        part_names: ["normal", "attack"].map(str::to_owned),
        chosen: vec![0],
        is_compact,
    }
}

fn one_value() -> CategoryBars {
    CategoryBars {
        feature: "a feature with quite a long name".into(),
        values: vec![CategoryValue {
            name: "a value with a name that does not fit on any phone at all".into(),
            n_all: u64::MAX / 2,
            n_parts: [u64::MAX / 4, 0],
        }],
        part_names: ["normal", "anomaly"].map(str::to_owned),
        ..CategoryBars::default()
    }
}

pub(super) fn bytes(is_compact: bool) -> FeatureHistogram {
    const N: u16 = 40;
    let edge = |bin: u16| (1.38e9f32.ln_1p() * f32::from(bin) / f32::from(N)).exp_m1();
    let bump = |middle: f32, width: f32, height: f32| -> Vec<u64> {
        (0..N)
            .map(|bin| {
                let away = (f32::from(bin) - middle) / width;
                (height * (-away * away).exp()) as u64
            })
            .collect()
    };
    let normal = bump(11.0, 3.5, 9_000.0);
    let mut attack = bump(13.5, 1.2, 60_000.0);
    attack[0] = 21_000;
    attack[39] = 1;
    let n_all = normal.iter().zip(&attack).map(|(a, b)| 2 * a + 3 * b);
    FeatureHistogram {
        feature: "src_bytes".into(),
        edges: (0..=N).map(edge).collect(),
        is_log: true,
        n_all: n_all.collect(),
        parts: [("normal", normal), ("attack", attack)].map(|(name, counts)| PartSeries {
            name: name.into(),
            counts,
        }),
        brush: Some((edge(12), edge(16))),
        is_compact,
    }
}

fn rates() -> FeatureHistogram {
    let counts: Vec<u64> = (0..20u64).map(|bin| (bin * 7919) % 331).collect();
    FeatureHistogram {
        feature: "serror_rate".into(),
        edges: (0..=20u8).map(|bin| f32::from(bin) / 20.0).collect(),
        is_log: false,
        n_all: counts.iter().map(|n| n * 1_000_000_000_000_000).collect(),
        parts: [
            PartSeries {
                name: "normal".into(),
                counts,
            },
            PartSeries {
                name: "anomaly".into(),
                counts: vec![0; 20],
            },
        ],
        brush: Some((0.95, 1.0)),
        is_compact: false,
    }
}

fn constant(is_compact: bool) -> FeatureHistogram {
    FeatureHistogram {
        feature: "num_outbound_cmds".into(),
        edges: vec![0.0, 0.0],
        is_log: true,
        n_all: vec![0],
        is_compact,
        ..FeatureHistogram::default()
    }
}

pub(super) fn correlation(n: usize) -> Correlation {
    const STEMS: [&str; 6] = [
        "src_bytes",
        "count",
        "dst_host_same_src_port_rate",
        "serror_rate",
        "num_outbound_cmds",
        "dst_host_srv_diff_host_rate",
    ];
    let name = |k: usize| match k {
        0..6 => STEMS[k].to_owned(),
        _ => format!("{}_{}", STEMS[k % 6], k / 6),
    };
    let mut random = Random::new(7, 0);
    let hidden: Vec<[f64; 2]> = (0..n)
        .map(|_| [random.uniform() * 2.0 - 1.0, random.uniform() * 2.0 - 1.0])
        .collect();
    let between = |a: usize, b: usize| {
        if a % 6 == 4 || b % 6 == 4 {
            return f32::NAN;
        }
        let ([a1, a2], [b1, b2]) = (hidden[a], hidden[b]);
        let length = a1.hypot(a2) * b1.hypot(b2);
        ((a1 * b1 + a2 * b2) / length) as f32
    };
    Correlation {
        names: (0..n).map(name).collect(),
        matrix: (0..n * n)
            .map(|index| between(index / n, index % n))
            .collect(),
    }
}

pub(super) fn risks(is_labelled: bool) -> RiskHistogram {
    let mut random = Random::new(3, 0);
    let mut histogram = RiskHistogram::default();
    for k in 0..30_000u32 {
        let normal = -(1.0 - random.uniform()).log10() as f32 * 25.0;
        let is_attack = k % 6 == 0;
        let risk = if is_attack {
            (100.0 - normal).max(20.0)
        } else {
            normal
        };
        let truth = match (is_labelled, is_attack) {
            (false, _) => Truth::Unknown,
            (true, true) => Truth::Attack,
            (true, false) => Truth::Normal,
        };
        histogram.add(risk.clamp(0.0, 100.0), truth);
    }
    histogram
}

pub(super) fn threshold_curves(is_labelled: bool) -> ThresholdCurves {
    let cost = Cost {
        miss: 10.0,
        false_alarm: 1.0,
    };
    ThresholdCurves::new(&risks(is_labelled), 50.0, is_labelled.then_some(cost))
}

fn one_record() -> ThresholdCurves {
    let mut histogram = RiskHistogram::default();
    histogram.add(100.0, Truth::Attack);
    ThresholdCurves::new(&histogram, 100.0, None)
}

pub(super) fn scatter() -> ScoreScatterView {
    ScoreScatterView {
        names: ["Ensemble", "Autoencoder"].map(str::to_owned),
        thresholds: [50.0, 62.0],
        counts: QuadrantCounts {
            both: 390_021,
            only_a: 4_000,
            only_b: 5,
            neither: 99_995,
        },
    }
}

fn extreme_scatter() -> ScoreScatterView {
    ScoreScatterView {
        names: ["Ensemble and Random Forest"; 2].map(str::to_owned),
        thresholds: [0.0, 100.0],
        counts: QuadrantCounts {
            only_a: u64::MAX,
            ..QuadrantCounts::default()
        },
    }
}

pub(super) fn loadings() -> Loadings {
    let names = [
        "duration",
        "src_bytes",
        "dst_bytes",
        "count",
        "srv_count",
        "serror_rate",
        "rerror_rate",
        "same_srv_rate",
        "diff_srv_rate",
        "dst_host_count",
        "dst_host_srv_diff_host_rate",
        "dst_host_same_src_port_rate",
        "service = http",
    ];
    let feature = |(k, name): (usize, &str)| Loading {
        feature: name.into(),
        weights: [
            if name == "serror_rate" {
                0.44
            } else {
                0.41 * (k as f32 * 1.7).sin()
            },
            0.3 * (k as f32 * 2.3).cos(),
        ],
    };
    Loadings {
        explained: [0.41, 0.17],
        features: names.into_iter().enumerate().map(feature).collect(),
    }
}

pub(super) fn contributions() -> ContributionBars {
    let rows = [
        ("src_bytes", 2.31, "54,540", "0 to 1,032"),
        ("dst_host_same_src_port_rate", 1.12, "1.00", "0 to 0.17"),
        ("service", 0.9, "telnet", "http, smtp, domain_u and 12 more"),
        ("hot", 0.61, "2", "0"),
        ("num_compromised", 0.33, "1", "0"),
        ("flag", 0.12, "SF", "SF"),
        ("count", 0.05, "4", "1 to 62"),
        ("dst_bytes", -0.21, "8,314", "105 to 12,410"),
        ("srv_count", 0.02, "4", "1 to 64"),
        ("logged_in", -0.4, "1", "1"),
        ("duration", 0.01, "0", "0 to 30"),
        ("dst_host_count", 0.0, "255", "2 to 255"),
        ("land", 0.0, "0", "0"),
        ("urgent", 0.0, "0", "0"),
    ];
    let row = |(feature, evidence, value, usual): (&str, f32, &str, &str)| Contribution {
        feature: feature.into(),
        evidence,
        value: value.into(),
        usual: usual.into(),
    };
    ContributionBars {
        rows: rows.map(row).into(),
    }
}

/// Two models' curves with bands around them.
pub(super) fn banded_curves() -> Vec<Curve> {
    let mut curves = curves(2);
    for curve in &mut curves {
        let band = |value: fn(&super::curve::CurvePoint) -> (f32, f32)| -> Vec<BandPoint> {
            let points = curve.points.iter().map(value);
            points
                .map(|(x, mean)| BandPoint {
                    x,
                    mean,
                    low: (mean - 0.03).max(0.0),
                    high: (mean + 0.02).min(1.0),
                })
                .collect()
        };
        curve.bands = CurveBands {
            roc: band(|point| (point.false_alarm_rate, point.recall)),
            precision_recall: band(|point| (point.recall, point.precision)),
        };
    }
    curves
}

/// Charts that take the height that they are given.
pub(super) fn charts() -> Vec<(&'static str, Box<dyn Chart>)> {
    vec![
        (
            "roc-bands",
            Box::new(Roc {
                curves: banded_curves(),
                operating: operating(),
            }),
        ),
        (
            "pr-bands",
            Box::new(PrecisionRecall {
                curves: banded_curves(),
                operating: operating(),
                base_rate: 0.02,
            }),
        ),
    ]
}

/// Charts that say how high they are.
pub(super) fn page_charts() -> Vec<(&'static str, Box<dyn PageChart>)> {
    vec![
        ("shares", Box::new(shares())),
        ("shares-types", Box::new(shares_without_families())),
        ("shares-huge", Box::new(huge_shares())),
        ("shares-empty", Box::new(Shares::default())),
        ("histogram", Box::new(bytes(false))),
        ("histogram-compact", Box::new(bytes(true))),
        ("histogram-rates", Box::new(rates())),
        ("histogram-constant", Box::new(constant(false))),
        ("histogram-constant-compact", Box::new(constant(true))),
        ("histogram-empty", Box::new(FeatureHistogram::default())),
        ("categories", Box::new(services(false))),
        ("categories-compact", Box::new(services(true))),
        ("categories-one", Box::new(one_value())),
        ("categories-empty", Box::new(CategoryBars::default())),
        ("correlation", Box::new(correlation(41))),
        ("correlation-five", Box::new(correlation(6))),
        ("correlation-empty", Box::new(Correlation::default())),
        ("thresholds", Box::new(threshold_curves(true))),
        ("thresholds-unlabelled", Box::new(threshold_curves(false))),
        ("thresholds-one", Box::new(one_record())),
        ("thresholds-empty", Box::new(ThresholdCurves::default())),
        ("scatter", Box::new(scatter())),
        ("scatter-extreme", Box::new(extreme_scatter())),
        ("scatter-empty", Box::new(ScoreScatterView::default())),
        ("loadings", Box::new(loadings())),
        ("loadings-empty", Box::new(Loadings::default())),
        ("contributions", Box::new(contributions())),
        ("contributions-empty", Box::new(ContributionBars::default())),
    ]
}
