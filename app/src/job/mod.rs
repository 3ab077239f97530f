//! Scoring a file in the browser: what page and workers say to each other, and what comes out.
//!
//! The page hands a file to one *coordinator* worker. It reads, unpacks and cuts the file, deals the chunks to *scorer* workers, and puts
//! their answers together. Chunks and scores travel as transferables, everything else as JSON of the types here; see ARCHITECTURE.md, "In the browser".
//!
//! # Layout
//! - [`message`]: the messages; [`result`]: a scored file.
//! - [`question`]: questions about it and their answers; [`explanation`]: one record explained.

pub mod explanation;
pub mod message;
pub mod question;
pub mod result;
