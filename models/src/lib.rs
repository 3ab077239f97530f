//! Turns connection records into anomaly scores: pure computation, native and wasm.
//!
//! A [`record::RecordBatch`] goes into [`trained_model::Scorer::detect`] of a [`trained_model::TrainedModel`]; out come
//! [`trained_model::Detections`]. Nothing here reads a clock, a file, the environment, a thread or a global source of randomness.
//!
//! # Layout
//! - [`schema`]: the features and the views made of them; [`record`]: rows by column.
//! - [`preprocess`]: fitted encodings; [`profile`]: what is usual, feature by feature; [`projection`], [`raster`]: the map.
//! - [`detector`]: the closed set of [`isolation_forest`] and [`autoencoder`].
//! - [`calibration`]: from raw scores to p and risk.
//! - [`trained_model`]: `detect`; [`explain`]: why; [`digest`]: proof of equal bits.
//! - [`training`]: from labelled rows to a model; [`evaluation`], [`risk_histogram`]: how good it is; [`artifact`]: model files.
//! - [`random`]: seeded random numbers.
#![warn(missing_docs)]

pub mod artifact;
pub mod autoencoder;
pub mod calibration;
pub mod detector;
pub mod digest;
pub mod evaluation;
pub mod explain;
pub mod isolation_forest;
pub mod preprocess;
pub mod profile;
pub mod projection;
pub mod random;
pub mod raster;
pub mod record;
pub mod risk_histogram;
pub mod schema;
pub mod trained_model;
pub mod training;
