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

/// Four times the rows that a scorer remembers: none is still there when it comes again.
const N_ROWS: usize = 1 << 16;
/// Rows that the steps are measured on: their blocks stay in the processor's cache, as a block does between the steps of `detect`.
const N_STEP_ROWS: usize = 1 << 10;
const N_RUNS: usize = 41;
const N_STEP_RUNS: usize = 401;

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
    let batch = random_records(model.view(), model.preprocess.vocabularies(), N_ROWS, 1);
    let mut block = EncodedBlock::default();
    let mut blocks = Vec::new();
    let rows: Vec<usize> = (0..N_STEP_ROWS).collect();
    for rows in rows.chunks(N_LANES) {
        model.preprocess.encode(&batch, rows, &mut block);
        blocks.push(block.clone());
    }
    measure(view, "encode", N_STEP_ROWS, N_STEP_RUNS, || {
        for rows in rows.chunks(N_LANES) {
            model.preprocess.encode(&batch, rows, &mut block);
            black_box(&block);
        }
    });
    let mut scratch = NetworkScratch::default();
    for member in &model.members {
        let name = member.detector.kind().name;
        measure(view, name, N_STEP_ROWS, N_STEP_RUNS, || {
            for block in &blocks {
                black_box(member.detector.score(block, &mut scratch));
            }
        });
    }
    measure(view, "projection", N_STEP_ROWS, N_STEP_RUNS, || {
        for block in &blocks {
            black_box(model.projection.project(block));
        }
    });
    measure_detect(&model, &batch);
}

fn measure_detect(model: &Arc<TrainedModel>, batch: &RecordBatch) {
    let mut scorer = Scorer::new(Arc::clone(model));
    measure(model.view().name(), "detect", N_ROWS, N_RUNS, || {
        black_box(scorer.detect(batch));
    });
}

fn measure(view: &str, step: &str, n_rows: usize, n_runs: usize, mut run: impl FnMut()) {
    let mut nanos: Vec<f64> = (0..n_runs)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed().as_secs_f64() * 1e9 / n_rows as f64
        })
        .collect();
    nanos.sort_by(f64::total_cmp);
    let (least, median) = (nanos[0], nanos[n_runs / 2]);
    println!(
        "{view:<6} {step:<18} {least:>10.0} {median:>10.0} {:>12.0}",
        1e9 / least
    );
}
