//! Which connections: a small query language, read from text, written back, and matched against records.
//!
//! It is the filter of the page, its address, and the `--filter` of the command line. In: text and the [`Fields`] of a
//! table. Out: a [`Query`] or a [`QueryError`] that points at the mistake. No file, clock or global state is touched; what
//! a text may hold is bounded by [`limits`].
//!
//! | text | finds |
//! | --- | --- |
//! | *(empty)*, `*` | everything |
//! | `a b`, `a AND b` | what both find |
//! | `a OR b` | what either finds; binds weaker than `AND` |
//! | `-a`, `NOT a` | what `a` does not find |
//! | `(a OR b) c` | parentheses first |
//! | `risk:75` | a number |
//! | `risk:>75` `>=75` `<5` `<=5` | larger and smaller ones |
//! | `risk:5..10` `5..` `..10` `..` | from, to, both included; any number, but not a missing one |
//! | `risk:1,5,10..20` | any of these |
//! | `1.5k` `1M` `2G` `10%` `-2e-3` | 1500, 1,000,000, 2,000,000,000, 0.1, −0.002 |
//! | `service:http,ftp` | any of these texts, ASCII case aside |
//! | `service:http*` | any run of characters for `*` |
//! | `label:"a b"` | quotes around blanks and signs; in them `\"`, `\\` and `\*` are letters |
//! | `http`, `"a b"` | any text field has it in it |
//! | `area:x,y,0,0,1,0,1,1` | the point of the number fields `x` and `y` is in the polygon of 3 to 256 corners |
//!
//! ```text
//! any   = all { "OR" all }
//! all   = term { [ "AND" ] term }
//! term  = ( "-" | "NOT" ) term | "(" any ")" | name ":" value { "," value } | area | word
//! value = [ ">" | ">=" | "<" | "<=" ] number | [ number ] ".." [ number ] | text
//! area  = "area:" name "," name { "," number "," number }
//! ```
//!
//! Keywords are upper case. Terms are set apart by white space, or by a parenthesis before the first or behind the last
//! of a group; there is none around `:` and `,`.
//! A number is rounded to `f32`, the type that records hold, before it is compared. A missing number (NaN) passes no
//! test; `-risk:>75` finds it.
//!
//! ```
//! use query::{Field, Fields, NumberTest, Query, Row, Test};
//!
//! struct Connection;
//!
//! impl Row for Connection {
//!     fn number(&self, field: usize) -> f32 {
//!         [80.0, 0.0, 5450.0][field]
//!     }
//!     fn text(&self, _field: usize) -> &str {
//!         "http"
//!     }
//! }
//!
//! let fields = Fields::new(vec![Field::number("risk"), Field::text("service"), Field::number("src_bytes")]);
//! let query = Query::parse("risk:>=75  NOT Service:ftp,smtp src_bytes:>1000", &fields)?;
//! assert!(query.matches(&Connection, &fields));
//! assert_eq!(query.to_text(&fields), "risk:>=75 -service:ftp,smtp src_bytes:>1k");
//!
//! let brushed = query.with_clause(0, NumberTest::between(90.0, 100.0).map(Test::Number));
//! assert!(!brushed.matches(&Connection, &fields));
//! assert_eq!(brushed.to_text(&fields), "risk:90..100 -service:ftp,smtp src_bytes:>1k");
//!
//! let error = Query::parse("risk:>75 src_bytes:abc", &fields).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     r#"at character 20, field "src_bytes": expected a number, found "abc""#
//! );
//! # Ok::<(), query::QueryError>(())
//! ```

#![warn(missing_docs)]
#![warn(clippy::indexing_slicing)]

mod area;
mod edit;
mod error;
mod fields;
mod lexer;
pub mod limits;
mod number;
mod number_test;
mod parse;
mod pattern;
mod query;
mod suggest;
mod text_test;
mod write;

pub use area::Area;
pub use error::QueryError;
pub use fields::{Field, FieldKind, Fields};
pub use number_test::{NumberRange, NumberTest};
pub use pattern::TextPattern;
pub use query::{Clause, Query, Row, Test};
pub use suggest::{MAX_SUGGESTIONS, Suggestion, suggest};
pub use text_test::{TextTest, WordTest};
