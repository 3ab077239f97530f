//! Turns connection records into anomaly scores: pure computation, native and wasm.
//!
//! A [`record::RecordBatch`] goes into [`trained_model::Scorer::detect`] of a [`trained_model::TrainedModel`]; out come
//! [`trained_model::Detections`]. Nothing here reads a clock, a file, the environment, a thread or a global source of randomness.
//!
//! # Layout
//! - [`schema`]: the features and the views made of them; [`record`]: rows by column.
//! - [`preprocess`]: fitted encodings; [`profile`]: what is usual, feature by feature; [`projection`], [`raster`]: the map.
//! - [`detector`]: what every detector promises; [`shipped_detectors`]: ours, which are [`isolation_forest`], [`autoencoder`].
//! - [`density`]: values rare for their company, along a tree.
//! - [`random_forest`]: the supervised one, fitted on labelled attacks too.
//! - [`lstm`]: what comes next in time; measured, no member of the shipped models.
//! - [`calibration`]: from raw scores to p and risk; [`ensemble`]: members together.
//! - [`trained_model`]: `detect`; [`explain`]: why; [`counterfactual`]: what would make it normal; [`digest`]: proof of equal bits.
//! - [`training`]: from labelled rows to a model; [`evaluation`], [`risk_histogram`]: how good it is; [`artifact`], [`tensors`]: model files.
//! - [`random`]: seeded random numbers.
#![warn(missing_docs)]

mod adam;
pub mod artifact;
pub mod autoencoder;
pub mod calibration;
pub mod counterfactual;
pub mod density;
pub mod detector;
pub mod digest;
pub mod ensemble;
pub mod evaluation;
pub mod explain;
pub mod isolation_forest;
pub mod lstm;
pub mod preprocess;
pub mod profile;
pub mod projection;
pub mod random;
pub mod random_forest;
pub mod raster;
pub mod record;
pub mod risk_histogram;
pub mod schema;
pub mod shipped_detectors;
pub mod tensors;
pub mod trained_model;
pub mod training;
