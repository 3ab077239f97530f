//! Milliseconds that a resample of a paired comparison takes for both models, at the size of KDD Cup 99's 10 % file.
//!
//! `cargo bench -p models --bench comparison` prints the least and the median.

#![expect(clippy::unwrap_used, reason = "benchmark")]

use std::hint::black_box;
use std::time::Instant;

use models::evaluation::paired::{PairedBootstrap, PairedObservation};
use models::random::Random;

/// Distinct rows of kddcup.data_10_percent.
const N_GROUPS: usize = 145_586;
const N_RUNS: usize = 101;

fn main() {
    let mut random = Random::new(1, 0);
    let observations: Vec<PairedObservation> = (0..N_GROUPS)
        .map(|group| {
            let is_attack = random.below(5) < 2;
            let shift = f64::from(u8::from(is_attack)) * 2.0;
            PairedObservation {
                raw_a: (shift + random.normal()) as f32,
                raw_b: (shift + 1.5 * random.normal()) as f32,
                is_attack,
                group,
                n: 1 + u32::from(random.below(10) == 0) * random.below(30) as u32,
            }
        })
        .collect();
    let started = Instant::now();
    let mut bootstrap = PairedBootstrap::new(&observations, 1);
    println!("sorting    {:>8.2} ms", millis_since(started));
    let mut millis: Vec<f64> = (0..N_RUNS)
        .map(|_| {
            let started = Instant::now();
            bootstrap.step(1);
            millis_since(started)
        })
        .collect();
    millis.sort_by(f64::total_cmp);
    let (least, median) = (millis.first().unwrap(), millis[N_RUNS / 2]);
    println!("resample   {least:>8.2} ms, median {median:.2} ms");
    bootstrap.step(1000 - N_RUNS);
    let started = Instant::now();
    black_box(bootstrap.result());
    println!(
        "result     {:>8.2} ms of 1000 resamples",
        millis_since(started)
    );
}

fn millis_since(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e3
}
