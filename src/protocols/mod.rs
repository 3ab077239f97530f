//! The evaluation: every protocol with several seeds, mean and spread of every figure, in one report.
//!
//! In: the public data files. Out: an [`EvaluationReport`], which `make evaluate` writes to `models/evaluation.json`.
//!
//! # Layout
//! - this file: runs the studies seed by seed and gathers what they measure.
//! - [`definitions`]: the protocols with references and targets; [`traps`] and [`tried`]: what is said of them; [`data`]: files and splits.
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
mod traps;
mod tried;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use models::evaluation::LabelledScore;
use models::evaluation::measure::{Measurement, ModelName, Resamples, TestLabels};
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

/// What cross-validation and importance go by, and the sequence model.
const FOLDS: &str = "K-fold";
const SEQUENCE: &str = "sequence";

impl Options {
    fn wants(&self, name: &str) -> bool {
        name.starts_with(&self.only)
    }

    /// Finds what would be noticed after minutes of training only.
    fn check(&self) -> anyhow::Result<()> {
        let sequence = self.days.as_ref().map(|_| SEQUENCE);
        let names: Vec<&str> = PROTOCOLS
            .iter()
            .map(|protocol| protocol.name)
            .chain([FOLDS])
            .chain(sequence)
            .collect();
        anyhow::ensure!(
            names.iter().any(|name| self.wants(name)),
            "--only: expected the start of one of {}{}, found \"{}\"",
            names.join(", "),
            sequence.map_or(" (or, with --days, sequence)", |_| ""),
            self.only
        );
        match &self.days {
            Some(days) if self.wants(SEQUENCE) => sequence::check_files(days),
            _ => Ok(()),
        }
    }
}

/// Runs all protocols.
///
/// # Errors
/// Where nothing goes by the name that was asked for, a file is missing or cannot be read, or a model cannot be trained.
pub(crate) fn run(options: &Options) -> anyhow::Result<EvaluationReport> {
    options.check()?;
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
    for study in Study::all() {
        let names: Vec<&str> = study.protocols().map(|protocol| protocol.name).collect();
        if !names.iter().any(|name| options.wants(name)) {
            continue;
        }
        let started = Instant::now();
        let runs = in_parallel(options.n_threads, &seeds, |&seed| study.run(&tables, seed));
        for (&seed, run) in seeds.iter().zip(runs) {
            for test in run? {
                gathered
                    .entry(test.protocol.name)
                    .or_default()
                    .add(seed, test);
            }
        }
        say_measured(&names.join(", "), started);
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
    if options.wants(FOLDS) {
        let started = Instant::now();
        let records = &tables.kdd.records;
        report.folds = folds::cross_validate(records, &report.seeds, options.n_threads)?;
        report.importance = folds::importance(records, &report.seeds, options.n_threads)?;
        say_measured(FOLDS, started);
    }
    if let Some(days) = &options.days
        && options.wants(SEQUENCE)
    {
        let started = Instant::now();
        report.sequence = sequence::on_days(days, options.n_threads)?;
        report
            .sequence
            .extend(sequence::on_file_order(&tables.kdd.records)?);
        say_measured(SEQUENCE, started);
    }
    Ok(report)
}

/// It takes minutes: whoever waits wants to see that it goes on.
fn say_measured(what: &str, started: Instant) {
    eprintln!("{what}: {:.1} s", started.elapsed().as_secs_f64());
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
    /// In the order in which they are shown.
    measurements: Vec<(ModelName, Measurement)>,
    oracle: BTreeMap<&'static str, Vec<f64>>,
}

impl Gathered {
    fn add(&mut self, seed: u64, test: ScoredTest) {
        let labels = TestLabels {
            names: &test.names,
            known: &test.known,
        };
        let is_first = self.n_test.is_empty();
        let resamples = is_first.then(|| Resamples::draw(&test.groups, seed));
        for (name, scores) in &test.models {
            self.measurement(name)
                .add(scores, &labels, resamples.as_ref());
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
        let best = oracle(&test.groups, &attacks);
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

    /// Of the model of a name, which need not have been there with every seed.
    fn measurement(&mut self, model: &ModelName) -> &mut Measurement {
        let known = self
            .measurements
            .iter()
            .position(|(known, _)| known.name == model.name);
        let index = known.unwrap_or_else(|| {
            let measurement = Measurement::new(model.clone());
            self.measurements.push((model.clone(), measurement));
            self.measurements.len() - 1
        });
        &mut self.measurements[index].1
    }

    fn finish(self, protocol: &Protocol) -> ProtocolReport {
        ProtocolReport {
            name: protocol.name.to_owned(),
            view: protocol.study.view().name().to_owned(),
            description: protocol.description.to_owned(),
            leak: protocol.leak.map(str::to_owned),
            traps: protocol.traps.iter().map(|&trap| trap.to_owned()).collect(),
            classes: protocol.study.classes().map(str::to_owned),
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
fn oracle(groups: &[usize], is_attack: &[bool]) -> Ranking {
    let mut counts: BTreeMap<usize, (u32, u32)> = BTreeMap::new();
    for (&group, &is_attack) in groups.iter().zip(is_attack) {
        let (n, attacks) = counts.entry(group).or_default();
        *n += 1;
        *attacks += u32::from(is_attack);
    }
    let share = |group: &usize| {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use models::evaluation::report::MapGrid;

    use super::*;

    /// Groups A (3 attacks, 1 normal), B (1 attack, 1 normal), C (3 normal): cells of 4, 2 and 3 rows.
    #[test]
    fn oracle_ranks_equal_rows_by_their_share_of_attacks() {
        let groups = [1, 1, 1, 1, 5, 5, 9, 9, 9];
        let is_attack = [true, true, false, true, true, false, false, false, false];
        let ranking = oracle(&groups, &is_attack);
        // By trapezoids: 1 of 5 normal rows at recall 0 to 3/4, 1 at 3/4 to 1, 3 at 1.
        let expected = (0.375 + 0.875 + 3.0) / 5.0;
        assert!((ranking.roc_auc() - expected).abs() < 1e-12);
        // A alone: 3 of 4 found with 1 false alarm. A and B: 4 of 4 with 2.
        let (_, best) = ranking.best_f1().unwrap();
        assert!((best.f1() - 8.0 / 10.0).abs() < 1e-12);
    }

    #[test]
    fn work_in_parallel_keeps_its_order() {
        let items: Vec<usize> = (0..50).collect();
        assert_eq!(in_parallel(4, &items, |&item| item), items);
        assert!(in_parallel(4, &[], |&item: &usize| item).is_empty());
    }

    fn options(only: &str, days: Option<&str>) -> Options {
        Options {
            n_seeds: 1,
            n_threads: 1,
            days: days.map(PathBuf::from),
            only: only.to_owned(),
        }
    }

    #[test]
    fn unknown_protocol_is_refused_with_the_known_names() {
        for only in ["", "P0", "P3 Test-21", "K"] {
            assert!(options(only, None).check().is_ok(), "{only}");
        }
        for only in ["P9", "p0", "sequence"] {
            let error = options(only, None).check().unwrap_err().to_string();
            assert!(
                error.contains("P1, P0, P0 plain split") && error.contains(only),
                "{error}"
            );
        }
    }

    #[test]
    fn missing_days_are_noticed_before_anything_is_trained() {
        let days = Some("no/such/folder");
        for only in ["", "sequence"] {
            let error = options(only, days).check().unwrap_err().to_string();
            assert!(error.contains("fit-1.csv: is not there"), "{error}");
        }
        assert!(options("P1", days).check().is_ok());
    }

    fn test_of(models: &[(&str, f32)]) -> ScoredTest {
        let scores = |raw: f32| {
            [0, 1]
                .map(|label| LabelledScore {
                    raw,
                    risk: 100.0 * raw,
                    label,
                })
                .to_vec()
        };
        let name = |name: &str| ModelName {
            name: name.to_owned(),
            title: name.to_owned(),
            is_baseline: false,
        };
        ScoredTest {
            protocol: &PROTOCOLS[0],
            models: models
                .iter()
                .map(|&(model, raw)| (name(model), scores(raw)))
                .collect(),
            names: ["normal", "smurf"].map(str::to_owned).to_vec(),
            groups: vec![0, 1],
            known: BTreeSet::new(),
            map: MapGrid::default(),
        }
    }

    #[test]
    fn models_are_told_apart_by_name_when_one_is_missing_with_a_seed() {
        let mut gathered = Gathered::default();
        gathered.add(42, test_of(&[("a", 0.0), ("b", 1.0)]));
        gathered.add(43, test_of(&[("b", 1.0)]));
        let report = gathered.finish(&PROTOCOLS[0]);
        let recall = |model: &str| report.model(model).unwrap().figures["recall"];
        assert_eq!((recall("a").mean, recall("a").max), (0.0, 0.0));
        assert_eq!((recall("b").mean, recall("b").min), (1.0, 1.0));
        assert_eq!(report.models.len(), 2);
        assert!(recall("b").interval.is_some());
    }
}
