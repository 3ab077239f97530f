//! What is measured: the protocols by name, with what they train and test, their traps, the figures of others and our targets.
//!
//! "Published" are the documents that Oddflow carries on and the literature they name; "Python" is what scikit-learn 1.9.1, PyTorch 2.15 and
//! LightGBM 4.7 gave on these files with ordinary good settings and one seed.

use models::evaluation::report::{Reference, ReferenceSource};
use models::schema::View;

use super::studies::{Study, Test};
use super::{traps, tried};

/// A protocol.
#[derive(Clone, Copy, Debug)]
pub(super) struct Protocol {
    /// Its name in the report.
    pub(super) name: &'static str,
    /// What its models are trained on, and with which features.
    pub(super) study: Study,
    /// What they are tested on.
    pub(super) test: Test,
    /// What is done.
    pub(super) description: &'static str,
    /// Why its figures look better than they are.
    pub(super) leak: Option<&'static str>,
    /// What to beware of.
    pub(super) traps: &'static [&'static str],
    /// Figures to compare with.
    references: &'static [&'static [Figure]],
}

impl Protocol {
    /// Figures to compare with.
    pub(super) fn references(&self) -> Vec<Reference> {
        self.references
            .iter()
            .flat_map(|figures| references(figures))
            .collect()
    }
}

/// A figure of others, or one that we set out to reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    source: ReferenceSource,
    model: &'static str,
    name: &'static str,
    value: f64,
    tried: Option<&'static str>,
}

impl Figure {
    const fn new(
        source: ReferenceSource,
        model: &'static str,
        name: &'static str,
        value: f64,
    ) -> Self {
        Self {
            source,
            model,
            name,
            value,
            tried: None,
        }
    }

    /// With what was tried to reach it.
    const fn tried(mut self, text: &'static str) -> Self {
        self.tried = Some(text);
        self
    }
}

const fn published(model: &'static str, name: &'static str, value: f64) -> Figure {
    Figure::new(ReferenceSource::Published, model, name, value)
}

const fn python(model: &'static str, name: &'static str, value: f64) -> Figure {
    Figure::new(ReferenceSource::Python, model, name, value)
}

const fn target(model: &'static str, name: &'static str, value: f64) -> Figure {
    Figure::new(ReferenceSource::Target, model, name, value)
}

/// Figures as the report has them.
pub(super) fn references(figures: &[Figure]) -> Vec<Reference> {
    figures
        .iter()
        .map(|figure| Reference {
            source: figure.source,
            model: figure.model.to_owned(),
            figure: figure.name.to_owned(),
            value: figure.value,
            tried: figure.tried.map(str::to_owned),
        })
        .collect()
}

/// What others reached on all records, most of it with splits record by record.
const P0_OF_OTHERS: &[Figure] = &[
    published("Isolation Forest", "f1", 0.984),
    published("Isolation Forest", "roc_auc", 0.980),
    published("Isolation Forest", "average_precision", 0.995),
    published("Autoencoder", "f1", 0.117),
    published("Autoencoder", "roc_auc", 0.406),
    published("Autoencoder", "average_precision", 0.781),
    python("Isolation Forest", "f1", 0.9845),
    python("Isolation Forest", "roc_auc", 0.970),
    python("Autoencoder", "roc_auc", 0.9996),
    python("Autoencoder", "average_precision", 0.9997),
    python("Autoencoder", "recall", 0.9954),
    python("Autoencoder", "f1", 0.9964),
];

/// All protocols in the order in which they are shown.
pub(super) static PROTOCOLS: [Protocol; 15] = [
    Protocol {
        name: "P1",
        study: Study::Grouped(View::Kdd41),
        test: Test::SplitDistinct,
        description: "KDD Cup 99 (10 %), distinct records. Groups of records that are equal in all 41 features are split 80/20; models are fitted on the normal records of the 80 % (supervised ones also on its attacks) and tested on each distinct record of the 20 % once.",
        leak: None,
        traps: &[
            traps::SAME_TRAFFIC,
            traps::SAME_ATTACKS,
            traps::LIMITS_OF_FEATURES,
            traps::CONSTANT_AND_UNSEEN,
            traps::SEEN_P0_P1,
            traps::SEEN_WEIGHTS,
        ],
        references: &[&[
            python("Isolation Forest", "roc_auc", 0.9913),
            python("Isolation Forest", "f1", 0.910),
            python("Autoencoder", "roc_auc", 0.9989),
            python("Autoencoder", "recall", 0.976),
            target("ensemble", "roc_auc", 0.9993),
            target("ensemble", "recall", 0.990),
            target("ensemble", "false_alarm_rate", 0.01).tried(tried::NEAR_THE_NOMINAL_RATE),
            target("ensemble", "macro_recall", 0.90),
        ]],
    },
    Protocol {
        name: "P0",
        study: Study::Grouped(View::Kdd41),
        test: Test::Split,
        description: "KDD Cup 99 (10 %), all records, copies counted. Split and fit as in P1, tested on every record of the 20 %.",
        leak: None,
        traps: &[
            traps::FLOODS,
            traps::SHARE_65,
            traps::SAME_TRAFFIC,
            traps::SAME_ATTACKS,
            traps::INVERTED,
            traps::LIMITS_OF_FEATURES,
            traps::CONSTANT_AND_UNSEEN,
            traps::SEEN_P0_P1,
            traps::SEEN_WEIGHTS,
        ],
        references: &[
            P0_OF_OTHERS,
            &[
                target("isolation_forest", "roc_auc", 0.993),
                target("autoencoder", "roc_auc", 0.9996),
                target("autoencoder", "f1", 0.9965).tried(tried::F1_AND_SHARE),
                target("ensemble", "roc_auc", 0.9998).tried(tried::WEIGHTS),
                target("ensemble", "recall", 0.997),
                target("ensemble", "recall_at_0.1_percent", 0.95),
            ],
        ],
    },
    Protocol {
        name: "P0 plain split",
        study: Study::Plain,
        test: Test::Split,
        description: "KDD Cup 99 (10 %), all records split 80/20 one by one, without regard to copies. Here for comparison with those who do so.",
        leak: Some("73 % of the test records have an exact twin in the training"),
        traps: &[
            traps::FLOODS_BY_ROW,
            traps::FOUR_OF_FIVE,
            traps::SAME_TRAFFIC,
            traps::SAME_ATTACKS,
            traps::INVERTED,
        ],
        references: &[P0_OF_OTHERS],
    },
    Protocol {
        name: "P1-28",
        study: Study::Grouped(View::Kdd28),
        test: Test::SplitDistinct,
        description: "As P1, with the 28 features that packet headers give. The test has each record once that is distinct in all 41.",
        leak: None,
        traps: &[
            traps::EQUAL_IN_28,
            traps::SAME_TRAFFIC,
            traps::SAME_ATTACKS,
            traps::LIMITS_OF_FEATURES,
            traps::SEEN_WEIGHTS,
        ],
        references: &[&[target("ensemble", "roc_auc", 0.998)]],
    },
    Protocol {
        name: "P0-28",
        study: Study::Grouped(View::Kdd28),
        test: Test::Split,
        description: "As P0, with the 28 features that packet headers give.",
        leak: None,
        traps: &[
            traps::EQUAL_IN_28,
            traps::FLOODS,
            traps::SHARE_VARIES,
            traps::SAME_TRAFFIC,
            traps::SAME_ATTACKS,
            traps::LIMITS_OF_FEATURES,
            traps::SEEN_WEIGHTS,
        ],
        references: &[],
    },
    Protocol {
        name: "P1-5",
        study: Study::Grouped(View::Kdd5),
        test: Test::SplitDistinct,
        description: "As P1, with the five features of the form. The test has each record once that is distinct in all 41.",
        leak: Some(traps::FIVE_LEAKS),
        traps: &[
            traps::TWINS_IN_FIVE,
            traps::SAME_TRAFFIC,
            traps::SAME_ATTACKS,
            traps::LIMITS_OF_COUNTS,
            traps::SEEN_FIVE,
        ],
        references: &[&[
            python("Isolation Forest", "roc_auc", 0.9885),
            python("Autoencoder", "roc_auc", 0.9926),
            target("ensemble", "roc_auc", 0.995).tried(tried::FIVE_FEATURES),
        ]],
    },
    Protocol {
        name: "P1-5 twins apart",
        study: Study::TwinsApart(View::Kdd5),
        test: Test::SplitDistinct,
        description: "As P1-5, but groups of records that are equal in the five features are split.",
        leak: None,
        traps: &[
            traps::TWINS_APART,
            traps::SAME_TRAFFIC,
            traps::SAME_ATTACKS,
            traps::LIMITS_OF_COUNTS,
            traps::SEEN_FIVE,
        ],
        references: &[],
    },
    Protocol {
        name: "P0-5",
        study: Study::Grouped(View::Kdd5),
        test: Test::Split,
        description: "As P0, with the five features of the form.",
        leak: Some(traps::FIVE_LEAKS),
        traps: &[
            traps::TWINS_IN_FIVE,
            traps::FLOODS,
            traps::SHARE_VARIES,
            traps::SAME_TRAFFIC,
            traps::SAME_ATTACKS,
            traps::LIMITS_OF_COUNTS,
            traps::SEEN_FIVE,
        ],
        references: &[&[
            python("Isolation Forest (log1p)", "roc_auc", 0.9971),
            python("Autoencoder (worst)", "roc_auc", 0.970),
            python("Autoencoder (best)", "roc_auc", 0.993),
            target("ensemble", "roc_auc", 0.998).tried(tried::FIVE_FEATURES),
            target("ensemble", "recall", 0.99).tried(tried::FIVE_FEATURES),
        ]],
    },
    Protocol {
        name: "P1-lit KDDCUP",
        study: Study::Literature,
        test: Test::Split,
        description: "As DAGMM, GOAD and NeuTraL AD do: attacks, being 80 %, are the inliers; models are fitted on a random half of them and tested on the rest and on the normal records, which are the outliers. Comparable to the literature only.",
        leak: Some(
            "the half is drawn record by record: most test records have an exact twin in the training",
        ),
        traps: &[traps::AT_RATIO],
        references: &[&[
            published("NeuTraL AD", "f1_at_ratio", 0.993),
            published("GOAD", "f1_at_ratio", 0.984),
            published("DAGMM", "f1_at_ratio", 0.937),
            python("Isolation Forest", "f1_at_ratio", 0.926),
            target("ensemble", "f1_at_ratio", 0.994).tried(tried::AS_FOR_NORMAL),
        ]],
    },
    Protocol {
        name: "P1-lit KDDCUP-Rev",
        study: Study::LiteratureReversed,
        test: Test::Split,
        description: "The reverse: normal records are the inliers, attacks are drawn at random until they are 20 % of all and a third of the test. Comparable to the literature only.",
        leak: Some(
            "the half is drawn record by record: many test records have an exact twin in the training",
        ),
        traps: &[traps::AT_RATIO],
        references: &[&[
            published("NeuTraL AD", "f1_at_ratio", 0.991),
            published("GOAD", "f1_at_ratio", 0.989),
            published("DAGMM", "f1_at_ratio", 0.938),
            python("Autoencoder", "f1_at_ratio", 0.941),
            target("ensemble", "f1_at_ratio", 0.992),
        ]],
    },
    Protocol {
        name: "P2",
        study: Study::Corrected,
        test: Test::Corrected,
        description: "Fitted on KDD Cup 99 (10 %), tested on the contest's labelled test file (corrected), all 311,029 records.",
        leak: None,
        traps: &[
            traps::NEW_ATTACKS,
            traps::TWINS_IN_CORRECTED,
            traps::SNMPGETATTACK,
            traps::FOUR_OF_FIVE,
            traps::CONSTANT_AND_UNSEEN,
            traps::SEEN_HYBRID,
        ],
        references: &[&[
            published("winner of 1999", "recall", 0.918),
            published("winner of 1999", "false_alarm_rate", 0.0055),
            published("winner of 1999", "f1", 0.957),
            python("Autoencoder", "roc_auc", 0.985),
            python("Autoencoder", "f1", 0.963),
            python("Autoencoder", "recall", 0.934),
            python("Autoencoder", "false_alarm_rate", 0.021),
            python("Random Forest", "f1", 0.954),
            python("LightGBM", "roc_auc", 0.988),
            target("hybrid", "f1", 0.970).tried(tried::NORMAL_OF_CORRECTED),
            target("hybrid", "recall", 0.945).tried(tried::NORMAL_OF_CORRECTED),
            target("hybrid", "false_alarm_rate", 0.01).tried(tried::NORMAL_OF_CORRECTED),
            target("ensemble", "roc_auc", 0.989).tried(tried::STUDY),
        ]],
    },
    Protocol {
        name: "P3",
        study: Study::Nsl,
        test: Test::NslPlus,
        description: "NSL-KDD: fitted on Train+ (normal records; supervised models also on its attacks), tested on Test+.",
        leak: None,
        traps: &[
            traps::NEW_ATTACKS,
            traps::TWINS_IN_NSL,
            traps::HARD_TO_BEAT,
            traps::SEEN_HYBRID,
        ],
        references: &[&[
            published("normal-only", "accuracy", 0.906),
            published("normal-only", "f1", 0.923),
            published("normal-only (lowest)", "roc_auc", 0.91),
            published("normal-only (highest)", "roc_auc", 0.95),
            published("supervised", "accuracy", 0.861),
            python("Autoencoder", "roc_auc", 0.956),
            python("Autoencoder", "accuracy", 0.910),
            python("Autoencoder", "f1", 0.922),
            python("Random Forest", "roc_auc", 0.962),
            python("Random Forest", "accuracy", 0.771),
            python("LightGBM", "roc_auc", 0.9735),
            python("LightGBM", "accuracy", 0.795),
            target("ensemble", "roc_auc", 0.970).tried(tried::STUDY),
            target("ensemble", "accuracy", 0.92).tried(tried::STUDY_OF_THRESHOLDS),
            target("ensemble", "f1", 0.935).tried(tried::STUDY_OF_THRESHOLDS),
            target("hybrid", "accuracy", 0.92).tried(tried::STUDY_OF_THRESHOLDS),
            target("hybrid", "roc_auc", 0.980).tried(tried::STUDY),
        ]],
    },
    Protocol {
        name: "P3 unseen",
        study: Study::Nsl,
        test: Test::NslUnseen,
        description: "As P3, tested on the normal records of Test+ and those attacks whose type Train+ does not have.",
        leak: None,
        traps: &[traps::NEW_ATTACKS, traps::HARD_TO_BEAT, traps::SEEN_HYBRID],
        references: &[&[
            target("hybrid", "recall_at_5_percent", 0.85),
            target("hybrid", "false_alarm_rate_at_5_percent", 0.05)
                .tried(tried::STUDY_OF_THRESHOLDS),
        ]],
    },
    Protocol {
        name: "P3 Test-21",
        study: Study::Nsl,
        test: Test::Nsl21,
        description: "As P3, tested on Test-21.",
        leak: None,
        traps: &[
            traps::TEST_21,
            traps::NEW_ATTACKS,
            traps::HARD_TO_BEAT,
            traps::SEEN_HYBRID,
        ],
        references: &[&[target("hybrid", "roc_auc", 0.90).tried(tried::NORMAL_IN_TEST_21)]],
    },
    Protocol {
        name: "P3 20 %",
        study: Study::NslFifth,
        test: Test::NslPlus,
        description: "As P3, fitted on the first fifth of Train+ only.",
        leak: None,
        traps: &[
            traps::NEW_ATTACKS_OF_FIFTH,
            traps::HARD_TO_BEAT,
            traps::SEEN_HYBRID,
        ],
        references: &[],
    },
];

/// Of K-fold cross-validation of all records, equal ones in one fold.
pub(super) const FOLD_REFERENCES: &[Figure] = &[
    published("Random Forest", "accuracy", 0.98),
    published("Random Forest", "f1", 0.98),
    published("Random Forest", "roc_auc", 0.997),
];
/// Of all records, split one by one.
pub(super) const PLAIN_FOLD_REFERENCES: &[Figure] = &[
    python("Random Forest", "accuracy", 0.99982),
    target("random_forest", "accuracy", 0.99982),
];
/// Of distinct records.
pub(super) const DISTINCT_FOLD_REFERENCES: &[Figure] = &[
    python("Random Forest", "accuracy", 0.99929),
    target("random_forest", "accuracy", 0.99929),
];

#[cfg(test)]
mod tests;
