//! What the coordinator answers, asked natively of scored files.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod findings;
mod questions;
mod scored;
