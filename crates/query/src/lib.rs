//! Which connections: a small query language, read from text, written back, and matched against records.
#![warn(missing_docs)]
