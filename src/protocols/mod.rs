//! The evaluation: every protocol with several seeds, mean and spread of every figure, in one report.
//!
//! In: the public data files. Out: an [`EvaluationReport`], which `make evaluate` writes to `models/evaluation.json`.
//!
//! # Layout
//! - this file: runs the studies seed by seed and gathers what they measure.
//! - [`definitions`]: the protocols with their traps, references and targets; [`data`]: files and splits.
//! - [`studies`]: trainings and their tests; [`baselines`]: what to beat; [`map`]: the picture.
//! - [`folds`]: cross-validation and importance of the supervised detector; [`sequence`]: the sequence model and its control.

mod baselines;
mod data;
mod definitions;
mod folds;
mod map;
mod print;
mod sequence;
mod studies;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use models::evaluation::LabelledScore;
use models::evaluation::measure::{Measurement, ModelName, TestLabels};
use models::evaluation::report::{EvaluationReport, ProtocolReport, Spread};
use models::evaluation::{Ranking, is_normal_label};

pub(crate) use print::print;

use definitions::{PROTOCOLS, Protocol};
use studies::{ScoredTest, Study, Tables};

/// What is measured.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Number of seeds: 42, 43, ...
    pub(crate) n_seeds: u64,
    /// Trainings at a time.
    pub(crate) n_threads: usize,
    /// Folder of simulated days in true time order, for the sequence model; nothing of it is measured without.
    pub(crate) days: Option<PathBuf>,
    /// Only the studies with a protocol whose name starts so; empty for everything.
    pub(crate) only: String,
}

/// Runs all protocols.
///
/// # Errors
/// Where a file is missing or cannot be read, or a model cannot be trained.
pub(crate) fn run(options: &Options) -> anyhow::Result<EvaluationReport> {
    let tables = Tables {
        kdd: data::read("kddcup.data_10_percent")?,
        corrected: data::read("corrected")?,
        nsl_train: data::read("KDDTrain+.txt")?,
        nsl_train_20: data::read("KDDTrain+_20Percent.txt")?,
        nsl_test: data::read("KDDTest+.txt")?,
        nsl_test_21: data::read("KDDTest-21.txt")?,
    };
    let seeds: Vec<u64> = (42..42 + options.n_seeds.max(1)).collect();
    let mut gathered: BTreeMap<&'static str, Gathered> = BTreeMap::new();
    for study in Study::ALL {
        if !study
            .protocols()
            .iter()
            .any(|name| name.starts_with(&options.only))
        {
            continue;
        }
        let runs = in_parallel(options.n_threads, &seeds, |&seed| study.run(&tables, seed));
        for (&seed, run) in seeds.iter().zip(runs) {
            for test in run? {
                gathered.entry(test.protocol).or_default().add(seed, test);
            }
        }
        tracing::info!(?study, "measured");
    }
    let mut report = EvaluationReport {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: commit(),
        data: [
            &tables.kdd,
            &tables.corrected,
            &tables.nsl_train,
            &tables.nsl_train_20,
            &tables.nsl_test,
            &tables.nsl_test_21,
        ]
        .map(|table| table.file.clone())
        .to_vec(),
        protocols: PROTOCOLS
            .iter()
            .filter_map(|protocol| Some(gathered.remove(protocol.name)?.finish(protocol)))
            .collect(),
        seeds,
        ..EvaluationReport::default()
    };
    if "K-fold".starts_with(&options.only) {
        report.folds =
            folds::cross_validate(&tables.kdd.records, &report.seeds, options.n_threads)?;
        report.importance =
            folds::importance(&tables.kdd.records, &report.seeds, options.n_threads)?;
    }
    if let Some(days) = &options.days
        && "sequence".starts_with(&options.only)
    {
        report.sequence = sequence::on_days(days, options.n_threads)?;
        report
            .sequence
            .extend(sequence::on_file_order(&tables.kdd.records)?);
    }
    Ok(report)
}

/// The commit of the code, with `+` where files differ from it; empty where git does not say.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git")
            .args(arguments)
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else {
        return String::new();
    };
    let is_changed = git(&["status", "--porcelain", "--untracked-files=no"])
        .is_some_and(|changes| !changes.is_empty());
    if is_changed { commit + "+" } else { commit }
}

/// Does one thing after the other for every item, several at a time; results are in the order of the items.
fn in_parallel<I: Sync, T: Send>(
    n_threads: usize,
    items: &[I],
    work: impl Fn(&I) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let results: Mutex<BTreeMap<usize, T>> = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..n_threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else {
                        break;
                    };
                    let result = work(item);
                    if let Ok(mut results) = results.lock() {
                        results.insert(index, result);
                    }
                }
            });
        }
    });
    results
        .into_inner()
        .map_or_else(|_| Vec::new(), |results| results.into_values().collect())
}

/// What the seeds of one protocol gave so far.
#[derive(Default)]
struct Gathered {
    report: ProtocolReport,
    n_test: Vec<f64>,
    n_attacks: Vec<f64>,
    measurements: Vec<(ModelName, Measurement)>,
    oracle: BTreeMap<&'static str, Vec<f64>>,
}

impl Gathered {
    fn add(&mut self, seed: u64, test: ScoredTest) {
        let labels = TestLabels {
            names: &test.names,
            groups: &test.groups,
            known: &test.known,
        };
        for (index, (name, scores)) in test.models.iter().enumerate() {
            if index == self.measurements.len() {
                let measurement = Measurement::new(name.clone());
                self.measurements.push((name.clone(), measurement));
            }
            if let Some((_, measurement)) = self.measurements.get_mut(index) {
                measurement.add(seed, scores, &labels);
            }
        }
        let is_attack: Vec<bool> = test
            .names
            .iter()
            .map(|name| !is_normal_label(name))
            .collect();
        let scores = test.models.first().map_or(&[][..], |(_, scores)| scores);
        let of_row = |score: &LabelledScore| is_attack[score.label as usize];
        self.n_test.push(scores.len() as f64);
        self.n_attacks
            .push(scores.iter().filter(|score| of_row(score)).count() as f64);
        let attacks: Vec<bool> = scores.iter().map(of_row).collect();
        let best = oracle(&test.view_groups, &attacks);
        self.oracle
            .entry("roc_auc")
            .or_default()
            .push(best.roc_auc());
        self.oracle
            .entry("best_f1")
            .or_default()
            .push(best.best_f1().map_or(0.0, |(_, confusion)| confusion.f1()));
        if self.report.map.is_none() {
            self.report.map = Some(test.map);
        }
    }

    fn finish(self, protocol: &Protocol) -> ProtocolReport {
        ProtocolReport {
            name: protocol.name.to_owned(),
            view: protocol.view.name().to_owned(),
            description: protocol.description.to_owned(),
            leak: protocol.leak.map(str::to_owned),
            traps: protocol.traps.iter().map(|&trap| trap.to_owned()).collect(),
            n_test: Spread::of(&self.n_test).mean,
            n_attacks: Spread::of(&self.n_attacks).mean,
            models: self
                .measurements
                .into_iter()
                .map(|(_, measurement)| measurement.finish())
                .collect(),
            oracle: self
                .oracle
                .into_iter()
                .map(|(name, values)| (name.to_owned(), Spread::of(&values)))
                .collect(),
            references: protocol.references(),
            map: self.report.map,
        }
    }
}

/// The best ranking that any function of the features can give: by the share of attacks among equal rows of the test itself.
fn oracle(groups: &[u64], is_attack: &[bool]) -> Ranking {
    let mut counts: BTreeMap<u64, (u32, u32)> = BTreeMap::new();
    for (&group, &is_attack) in groups.iter().zip(is_attack) {
        let (n, attacks) = counts.entry(group).or_default();
        *n += 1;
        *attacks += u32::from(is_attack);
    }
    let share = |group: &u64| {
        counts
            .get(group)
            .map_or(0.0, |&(n, attacks)| attacks as f32 / n as f32)
    };
    Ranking::new(
        groups
            .iter()
            .map(share)
            .zip(is_attack.iter().copied())
            .collect(),
    )
}
