//! What everybody could have without us: printed beside our models in every table.

use models::density::DensityParams;
use models::detector::DetectorKind;
use models::evaluation::LabelledScore;
use models::evaluation::measure::ModelName;
use models::isolation_forest::IsolationForestParams;
use models::shipped_detectors::DENSITY;
use models::training::{MemberParams, TrainingParams};

/// A histogram per feature, and the forest of the paper, calibrated like ours.
pub(super) fn params(seed: u64) -> TrainingParams {
    TrainingParams {
        seed,
        ..TrainingParams::of_members(vec![
            MemberParams::new(1.0, DensityParams::histogram()),
            MemberParams::new(1.0, IsolationForestParams::classic()),
        ])
    }
}

/// The name of a baseline by its detector.
pub(super) fn name_of(kind: DetectorKind) -> ModelName {
    let (name, title) = if kind == DENSITY {
        ("histogram", "Histogram per feature")
    } else {
        ("plain_isolation_forest", "Plain isolation forest")
    };
    ModelName {
        name: name.to_owned(),
        title: title.to_owned(),
        is_baseline: true,
    }
}

/// Calls every record an attack.
pub(super) fn all_attack(labels: &[u32]) -> (ModelName, Vec<LabelledScore>) {
    let name = ModelName {
        name: "all_attack".to_owned(),
        title: "“Everything is an attack”".to_owned(),
        is_baseline: true,
    };
    let score = |&label: &u32| LabelledScore {
        raw: 1.0,
        risk: 100.0,
        label,
    };
    (name, labels.iter().map(score).collect())
}
