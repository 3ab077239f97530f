//! K-fold cross-validation of the supervised detector, and what it looks at.

use std::collections::BTreeMap;

use anyhow::Context as _;
use models::evaluation::report::{FeatureImportance, FoldReport, ImportanceReport, Spread};
use models::evaluation::{Confusion, Ranking};
use models::random::Random;
use models::random_forest::{OutOfBag, RandomForest, RandomForestParams};
use models::record::Column;
use models::schema::{FeatureKind, View};
use models::training::{DistinctRows, LabelledRecords};

use super::definitions::{
    DISTINCT_FOLD_REFERENCES, FOLD_REFERENCES, Figure, PLAIN_FOLD_REFERENCES, references,
};
use super::in_parallel;

/// Folds of each seed, as in the documents.
const N_FOLDS: usize = 5;

/// The features of the cross-validation.
const VIEW: View = View::Kdd41;

/// Labelled rows as a forest takes them.
struct Rows {
    view: View,
    columns: Vec<Vec<f32>>,
    kinds: Vec<FeatureKind>,
    is_attack: Vec<bool>,
}

impl Rows {
    fn new(records: &LabelledRecords, view: View, rows: &[usize]) -> Option<Self> {
        let batch = records.batch.select(rows).project(view)?;
        let columns = batch.columns().iter().map(|column| match column {
            Column::Numeric(values) => values.clone(),
            Column::Category(codes) => codes.iter().map(|&code| code as f32).collect(),
        });
        let is_normal = records.is_normal();
        Some(Self {
            view,
            columns: columns.collect(),
            kinds: view.features().map(|feature| feature.kind).collect(),
            is_attack: rows.iter().map(|&row| !is_normal[row]).collect(),
        })
    }

    fn select(&self, wanted: impl Fn(usize) -> bool) -> Self {
        let rows: Vec<usize> = (0..self.is_attack.len())
            .filter(|&row| wanted(row))
            .collect();
        Self {
            view: self.view,
            columns: self
                .columns
                .iter()
                .map(|column| rows.iter().map(|&row| column[row]).collect())
                .collect(),
            kinds: self.kinds.clone(),
            is_attack: rows.iter().map(|&row| self.is_attack[row]).collect(),
        }
    }
}

/// What is cross-validated.
struct Validation {
    description: &'static str,
    leak: Option<&'static str>,
    rows: Rows,
    /// The group of each row; a group is in one fold.
    groups: Vec<usize>,
    n_groups: usize,
    /// Whether the rows are distinct: copies of a row out of the bag would be in it.
    is_distinct: bool,
    references: &'static [Figure],
}

/// Distinct rows, all rows with equal ones in one fold, and the plain split of all rows. Every row weighs the same in a fit, as where others
/// cross-validate; the shipped forest weighs copies by their logarithm.
///
/// # Errors
/// Where a forest cannot be grown.
pub(super) fn cross_validate(
    records: &LabelledRecords,
    seeds: &[u64],
    n_threads: usize,
) -> anyhow::Result<Vec<FoldReport>> {
    let all: Vec<usize> = (0..records.labels.len()).collect();
    let distinct = DistinctRows::of(&records.batch, &all).rows;
    let (groups, n_groups) = records.groups();
    let rows_of =
        |rows: &[usize]| Rows::new(records, VIEW, rows).context("the file has the 41 features");
    let validations = [
        Validation {
            description: "distinct records, each in one fold",
            leak: None,
            rows: rows_of(&distinct)?,
            groups: (0..distinct.len()).collect(),
            n_groups: distinct.len(),
            is_distinct: true,
            references: DISTINCT_FOLD_REFERENCES,
        },
        Validation {
            description: "all records, equal ones in one fold",
            leak: None,
            rows: rows_of(&all)?,
            groups,
            n_groups,
            is_distinct: false,
            references: FOLD_REFERENCES,
        },
        Validation {
            description: "all records, split one by one",
            leak: Some("most test records have an exact twin in the training"),
            rows: rows_of(&all)?,
            n_groups: all.len(),
            groups: all,
            is_distinct: false,
            references: PLAIN_FOLD_REFERENCES,
        },
    ];
    validations
        .iter()
        .map(|validation| validation.run(seeds, n_threads))
        .collect()
}

impl Validation {
    fn run(&self, seeds: &[u64], n_threads: usize) -> anyhow::Result<FoldReport> {
        let runs = in_parallel(n_threads, seeds, |&seed| {
            folds(&self.rows, &self.groups, self.n_groups, seed)
        });
        let mut by_figure: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for run in runs {
            for (name, value) in run?.into_iter().flatten() {
                by_figure.entry(name.to_owned()).or_default().push(value);
            }
        }
        let first = seeds.first().copied().unwrap_or_default();
        Ok(FoldReport {
            title: "Random forest".to_owned(),
            view: self.rows.view.name().to_owned(),
            description: self.description.to_owned(),
            leak: self.leak.map(str::to_owned),
            n_folds: N_FOLDS,
            figures: by_figure,
            out_of_bag: if self.is_distinct {
                out_of_bag(&self.rows, first)?
            } else {
                BTreeMap::new()
            },
            references: references(self.references),
        })
    }
}

/// The fold of each group.
fn fold_of_groups(n_groups: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed, 6 << 32);
    (0..n_groups).map(|_| random.below(N_FOLDS)).collect()
}

/// One entry of figures per fold.
fn folds(
    rows: &Rows,
    groups: &[usize],
    n_groups: usize,
    seed: u64,
) -> anyhow::Result<Vec<[(&'static str, f64); 5]>> {
    let fold_of = fold_of_groups(n_groups, seed);
    (0..N_FOLDS)
        .map(|fold| {
            let [train, test] = parts(rows, groups, &fold_of, fold);
            let (forest, _) = fit(&train, seed)?;
            let scores = forest.scores(&test.columns).map_err(anyhow::Error::msg)?;
            Ok(figures(&Ranking::new(
                scores
                    .into_iter()
                    .zip(test.is_attack.iter().copied())
                    .collect(),
            )))
        })
        .collect()
}

/// What a fold is trained and tested on.
fn parts(rows: &Rows, groups: &[usize], fold_of: &[usize], fold: usize) -> [Rows; 2] {
    let is_test = |row: usize| fold_of[groups[row]] == fold;
    [rows.select(|row| !is_test(row)), rows.select(is_test)]
}

fn fit(rows: &Rows, seed: u64) -> anyhow::Result<(RandomForest, OutOfBag)> {
    let params = RandomForestParams {
        seed,
        ..RandomForestParams::for_view(rows.view)
    };
    let weights = vec![1.0; rows.is_attack.len()];
    RandomForest::fit(
        &rows.columns,
        &rows.kinds,
        &rows.is_attack,
        &weights,
        &params,
    )
    .map_err(anyhow::Error::msg)
}

/// An attack is what at least half of the trees' shares say.
fn figures(ranking: &Ranking) -> [(&'static str, f64); 5] {
    let confusion: Confusion = ranking.confusion_at(0.5);
    [
        ("accuracy", confusion.accuracy()),
        ("f1", confusion.f1()),
        ("precision", confusion.precision()),
        ("recall", confusion.recall()),
        ("roc_auc", ranking.roc_auc()),
    ]
}

fn out_of_bag(rows: &Rows, seed: u64) -> anyhow::Result<BTreeMap<String, f64>> {
    let (_, out_of_bag) = fit(rows, seed)?;
    Ok(figures(&out_of_bag.ranking(&rows.is_attack))
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect())
}

/// Importance by impurity, and by permutation on held-out rows: a fifth of the groups of rows that are equal in the view, of rows that are
/// distinct in all features of the file.
///
/// # Errors
/// Where a forest cannot be grown.
pub(super) fn importance(
    records: &LabelledRecords,
    seeds: &[u64],
    n_threads: usize,
) -> anyhow::Result<Vec<ImportanceReport>> {
    let all: Vec<usize> = (0..records.labels.len()).collect();
    let distinct = DistinctRows::of(&records.batch, &all).rows;
    View::ALL
        .into_iter()
        .map(|view| {
            let rows = Rows::new(records, view, &distinct).context("the file has the features")?;
            let (group_of, n_groups) = records.groups_in(view);
            let groups: Vec<usize> = distinct.iter().map(|&row| group_of[row]).collect();
            let runs = in_parallel(n_threads, seeds, |&seed| {
                importance_of(&rows, &groups, n_groups, seed)
            });
            let runs = runs.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
            let spread = |of: &dyn Fn(&Shares) -> f32| {
                Spread::of(
                    &runs
                        .iter()
                        .map(|run| f64::from(of(run)))
                        .collect::<Vec<_>>(),
                )
            };
            let mut features: Vec<FeatureImportance> = view
                .features()
                .enumerate()
                .map(|(index, feature)| FeatureImportance {
                    feature: feature.name.to_owned(),
                    impurity: spread(&|run| run.impurity[index]),
                    permutation: spread(&|run| run.permutation[index]),
                })
                .collect();
            features.sort_by(|a, b| b.impurity.mean.total_cmp(&a.impurity.mean));
            Ok(ImportanceReport {
                view: view.name().to_owned(),
                features,
            })
        })
        .collect()
}

/// Importance by feature, of one seed.
struct Shares {
    impurity: Vec<f32>,
    permutation: Vec<f32>,
}

fn importance_of(
    rows: &Rows,
    groups: &[usize],
    n_groups: usize,
    seed: u64,
) -> anyhow::Result<Shares> {
    let mut random = Random::new(seed, 7 << 32);
    let is_held_out: Vec<bool> = (0..n_groups).map(|_| random.uniform() < 0.2).collect();
    let is_test: Vec<bool> = groups.iter().map(|&group| is_held_out[group]).collect();
    let (forest, _) = fit(&rows.select(|row| !is_test[row]), seed)?;
    let test = rows.select(|row| is_test[row]);
    let permutation = forest
        .permutation_importance(&test.columns, &test.is_attack, seed, 1)
        .map_err(anyhow::Error::msg)?;
    Ok(Shares {
        impurity: forest.importance().to_vec(),
        permutation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows_of(values: Vec<f32>) -> Rows {
        Rows {
            view: View::Kdd5,
            is_attack: values.iter().map(|&value| value >= 5.0).collect(),
            columns: vec![values; 5],
            kinds: View::Kdd5.features().map(|feature| feature.kind).collect(),
        }
    }

    #[test]
    fn no_group_is_in_two_folds() {
        // As many rows a group as its number says, which is also the value of its rows.
        let groups: Vec<usize> = (0..60).flat_map(|group| vec![group; group]).collect();
        let rows = rows_of(groups.iter().map(|&group| group as f32).collect());
        let fold_of = fold_of_groups(60, 42);
        let mut n_tested = 0;
        for fold in 0..N_FOLDS {
            let [train, test] = parts(&rows, &groups, &fold_of, fold);
            assert!(!test.columns[0].is_empty(), "fold {fold}");
            assert!(
                !test.columns[0]
                    .iter()
                    .any(|value| train.columns[0].contains(value))
            );
            assert_eq!(train.is_attack.len() + test.is_attack.len(), groups.len());
            n_tested += test.is_attack.len();
        }
        assert_eq!(n_tested, groups.len());
        assert_eq!(fold_of, fold_of_groups(60, 42));
        assert_ne!(fold_of, fold_of_groups(60, 43));
    }

    #[test]
    fn folds_separate_what_is_separable() {
        let rows = rows_of((0..200).map(|row| (row % 10) as f32).collect());
        let groups: Vec<usize> = (0..200).collect();
        let figures = folds(&rows, &groups, 200, 1).unwrap();
        assert_eq!(figures.len(), N_FOLDS);
        for (name, value) in figures.into_iter().flatten() {
            assert_eq!(value, 1.0, "{name}");
        }
    }
}
