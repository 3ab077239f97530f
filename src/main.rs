//! Oddflow finds the odd connections in network traffic and says why they are odd.
//!
//! # Layout
//! - [`cli`]: the command line, one file per command.
//! - [`pipeline`]: a file in, scored rows out, on several threads and in order.
//! - [`rows`]: scored rows as CSV, JSON or a table.
//! - [`shipped`]: the trained models inside the binary.
//! - [`training_data`], [`model_card`], [`protocols`]: training and measuring.
//! - [`datasets`]: the public data sets, fetched and checked; [`data_statistics`]: what the training data is made of.
//! - [`server`]: pages and API over HTTP.

mod cli;
mod data_statistics;
mod datasets;
mod model_card;
mod pipeline;
mod protocols;
mod rows;
mod server;
mod shipped;
mod training_data;

fn main() -> std::process::ExitCode {
    cli::run()
}
