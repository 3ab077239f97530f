//! Turns bytes of network traffic into connection records: native and wasm.
//!
//! Bytes come as slices and leave as [`models::record::RecordBatch`]; no file, clock, thread or global state is touched, and
//! memory is bounded by the limits below, never by the input.
//!
//! # A table of connections, step by step
//! 1. [`decompress::Decompressor`] undoes gzip and passes plain bytes through.
//! 2. [`layout::TableLayout::detect`] looks at the first bytes: delimiter, header, view, label column.
//!    It refuses what is not a table ([`content`]).
//! 3. [`splitter::Splitter`] cuts the bytes into [`splitter::Chunk`]s that end at a record boundary.
//! 4. [`table::TableReader`] turns one chunk into a [`table::ParsedChunk`]. Chunks do not depend on each other: each thread or
//!    worker has a reader of its own.
//! 5. [`export`] writes results next to the original columns.
//!
//! ```
//! use traffic::{layout::TableLayout, splitter::Splitter, table::TableReader};
//!
//! let file = b"duration;src_bytes;dst_bytes;count;srv_count\n0;181;5450;8;8\n0;abc;0;1;1\n";
//! let layout = TableLayout::detect(file)?;
//! let mut splitter = Splitter::new(layout.delimiter);
//! let mut reader = TableReader::new(layout, Vec::new())?;
//! splitter.push(file);
//! splitter.finish();
//! while let Some(chunk) = splitter.next_chunk() {
//!     let parsed = reader.read(&chunk);
//!     assert_eq!(parsed.n_rows(), 1);
//!     assert_eq!(
//!         parsed.rejected.rows[0].to_string(),
//!         "line 3, column \"src_bytes\": expected a number, found \"abc\""
//!     );
//! }
//! # Ok::<(), traffic::layout::LayoutError>(())
//! ```

#![warn(missing_docs)]
#![warn(clippy::indexing_slicing)]

pub mod content;
pub mod decompress;
pub mod export;
pub mod layout;
mod number;
mod record;
pub mod result_table;
pub mod row_error;
pub mod splitter;
pub mod stream;
pub mod table;
pub mod vocabulary;
