//! Nanoseconds a row of the shipped models on one thread: each step of `detect` by itself, then `detect` as a whole.
//!
//! The records are made up and all different, so that the cache of rows never helps. `cargo bench -p models --bench scoring` prints the
//! least and the median of many runs; the least is what the code costs on a machine that does other things too. With
//! `-- FILE...` it measures those model files instead.

#![expect(clippy::unwrap_used, reason = "benchmark")]

#[path = "../tests/random_records/mod.rs"]
mod random_records;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use models::autoencoder::NetworkScratch;
use models::preprocess::{EncodedBlock, N_LANES};
use models::record::RecordBatch;
use models::trained_model::{Scorer, TrainedModel};
use random_records::random_records;

const SHIPPED: [&[u8]; 3] = [
    include_bytes!("../artifacts/kdd41.oddflow"),
    include_bytes!("../artifacts/kdd28.oddflow"),
    include_bytes!("../artifacts/kdd5.oddflow"),
];

/// Rows of a run, few enough that some runs are left alone by whatever else the machine does.
const N_ROWS: usize = 1 << 10;
/// Different batches for `detect`: four times the rows that a scorer remembers, so that hardly one is still there when it comes again.
const N_BATCHES: u64 = 64;
const N_RUNS: usize = 401;

fn main() {
    // `cargo bench` adds `--bench`.
    let files: Vec<_> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    println!(
        "{:<6} {:<18} {:>10} {:>10} {:>12}",
        "view", "step", "least ns", "median ns", "rows/s"
    );
    if files.is_empty() {
        SHIPPED.into_iter().for_each(measure_model);
    } else {
        files.iter().for_each(|bytes| measure_model(bytes));
    }
}

fn measure_model(bytes: &[u8]) {
    let model = Arc::new(TrainedModel::from_bytes(bytes).unwrap());
    let view = model.view().name();
    let words = model.preprocess.vocabularies();
    let batches: Vec<RecordBatch> = (0..N_BATCHES)
        .map(|seed| random_records(model.view(), words, N_ROWS, seed))
        .collect();
    let mut block = EncodedBlock::default();
    let mut blocks = Vec::new();
    let rows: Vec<usize> = (0..N_ROWS).collect();
    for rows in rows.chunks(N_LANES) {
        model.preprocess.encode(&batches[0], rows, &mut block);
        blocks.push(block.clone());
    }
    measure(view, "encode", |_| {
        for rows in rows.chunks(N_LANES) {
            model.preprocess.encode(&batches[0], rows, &mut block);
            black_box(&block);
        }
    });
    let mut scratch = NetworkScratch::default();
    for member in &model.members {
        let name = member.detector.kind().name;
        measure(view, name, |_| {
            for block in &blocks {
                black_box(member.detector.score(block, &mut scratch));
            }
        });
    }
    measure(view, "projection", |_| {
        for block in &blocks {
            black_box(model.projection.project(block));
        }
    });
    let mut scorer = Scorer::new(Arc::clone(&model));
    measure(view, "detect", |run| {
        black_box(scorer.detect(&batches[run % batches.len()]));
    });
}

fn measure(view: &str, step: &str, mut run: impl FnMut(usize)) {
    let mut nanos: Vec<f64> = (0..N_RUNS)
        .map(|index| {
            let started = Instant::now();
            run(index);
            started.elapsed().as_secs_f64() * 1e9 / N_ROWS as f64
        })
        .collect();
    nanos.sort_by(f64::total_cmp);
    let (least, median) = (nanos[0], nanos[N_RUNS / 2]);
    println!(
        "{view:<6} {step:<18} {least:>10.0} {median:>10.0} {:>12.0}",
        1e9 / least
    );
}
