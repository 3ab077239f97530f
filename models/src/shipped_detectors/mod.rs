//! How Oddflow's own detectors plug into [`crate::detector`]: name, fit, score, explanation, storage; one file each.

mod autoencoder;
mod density;
mod isolation_forest;
mod random_forest;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::artifact::ArtifactError;
use crate::detector::{DetectorKind, LoadDetector};

/// [`crate::isolation_forest`].
pub const ISOLATION_FOREST: DetectorKind = DetectorKind {
    name: "isolation_forest",
    title: "Isolation forest",
};

/// [`crate::autoencoder`].
pub const AUTOENCODER: DetectorKind = DetectorKind {
    name: "autoencoder",
    title: "Autoencoder",
};

/// [`crate::density`].
pub const DENSITY: DetectorKind = DetectorKind {
    name: "density",
    title: "Density",
};

/// [`crate::random_forest`].
pub const RANDOM_FOREST: DetectorKind = DetectorKind {
    name: "random_forest",
    title: "Random forest",
};

/// The loader of each.
pub(crate) const LOADERS: [(DetectorKind, LoadDetector); 4] = [
    (ISOLATION_FOREST, isolation_forest::load),
    (AUTOENCODER, autoencoder::load),
    (DENSITY, density::load),
    (RANDOM_FOREST, random_forest::load),
];

fn settings_of(stored: &impl Serialize) -> Result<Value, ArtifactError> {
    serde_json::to_value(stored).map_err(|error| ArtifactError::Write(error.to_string()))
}

fn read_settings<T: DeserializeOwned>(
    kind: DetectorKind,
    settings: Value,
) -> Result<T, ArtifactError> {
    serde_json::from_value(settings)
        .map_err(|error| ArtifactError::Description(format!("{}: {error}", kind.name)))
}
