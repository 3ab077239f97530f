//! A scored table in memory: explored, filtered, sorted and compared without waiting.
#![warn(missing_docs)]
