//! The few files that touch the browser's own interfaces. They compile everywhere and are called in the browser only: from events and effects.
//!
//! # Layout
//! - [`engine`]: the workers as seen from the page.
//! - [`canvas`]: charts and pixels on a canvas; [`files`]: files in and out; [`network`]: fetching models, and counting requests.
//! - [`theme`]: light or dark.

pub mod canvas;
pub mod engine;
pub mod files;
pub mod network;
pub mod theme;
