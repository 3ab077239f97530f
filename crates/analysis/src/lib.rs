//! A scored table in memory: explored, filtered, sorted and compared without waiting.
//!
//! In: the scored rows of a file. Out: counts, curves, distributions and rows for any filter and any threshold. It exists so that a
//! person can ask half a million connections one question after the other; every question is answered from all rows, never from a sample.
//!
//! # Layout
//! - [`table`]: the rows, by [`column`]; [`groups`]: which of them are equal; [`row_set`]: some of them; [`order`]: sorted.
//! - [`selection`]: counts by risk and label of what a filter lets through; [`distribution`] and [`bins`]: one feature of it;
//!   [`summary`]: every feature in a few numbers; [`correlation`]: features in pairs.
//! - [`filter`]: which rows a query lets through; [`batch_row`]: the same while a file streams by; [`rows`]: the rows of a table on the
//!   screen; [`points`]: rows as points of a map.
//! - [`separation`]: how far one feature tells two parts apart; [`statistics`]: a table without its rows.
//! - [`neighbours`]: the nearest normal record.

#![warn(missing_docs)]

pub mod batch_row;
pub mod bins;
pub mod column;
pub mod correlation;
pub mod distribution;
pub mod filter;
pub mod groups;
pub mod neighbours;
pub mod order;
pub mod points;
pub mod row_set;
pub mod rows;
pub mod selection;
pub mod separation;
pub mod statistics;
pub mod summary;
pub mod table;
