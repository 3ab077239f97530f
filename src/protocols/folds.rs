//! K-fold cross-validation of the supervised detector, and what it looks at.

use std::collections::BTreeMap;

use anyhow::Context as _;
use models::evaluation::report::{FeatureImportance, FoldReport, ImportanceReport, Spread};
use models::evaluation::{Confusion, Ranking};
use models::random::Random;
use models::random_forest::{RandomForest, RandomForestParams};
use models::record::Column;
use models::schema::{FeatureKind, View};
use models::training::{DistinctRows, LabelledRecords};

use super::definitions::{
    DISTINCT_FOLD_REFERENCES, FOLD_REFERENCES, PLAIN_FOLD_REFERENCES, references,
};
use super::in_parallel;

/// Folds of each seed, as in the documents.
const N_FOLDS: usize = 5;

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

/// Folds with equal rows together on distinct rows, the same on all rows, and the plain split of all rows.
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
    let every = |rows: &[usize]| {
        Rows::new(records, View::Kdd41, rows).context("the file has the 41 features")
    };
    let plain: Vec<usize> = all.clone();
    let distinct_groups: Vec<usize> = (0..distinct.len()).collect();
    let reports = [
        (
            "distinct records, each in one fold",
            None,
            every(&distinct)?,
            distinct_groups,
            distinct.len(),
            DISTINCT_FOLD_REFERENCES,
        ),
        (
            "all records, equal ones in one fold",
            None,
            every(&all)?,
            groups,
            n_groups,
            FOLD_REFERENCES,
        ),
        (
            "all records, split one by one",
            Some("most test records have an exact twin in the training"),
            every(&all)?,
            plain,
            all.len(),
            PLAIN_FOLD_REFERENCES,
        ),
    ];
    reports
        .into_iter()
        .map(|(description, leak, rows, groups, n_groups, figures)| {
            let runs = in_parallel(n_threads, seeds, |&seed| {
                folds(&rows, &groups, n_groups, seed)
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
                description: description.to_owned(),
                leak: leak.map(str::to_owned),
                n_folds: N_FOLDS,
                figures: by_figure,
                out_of_bag: out_of_bag(&rows, first)?,
                references: references(figures),
            })
        })
        .collect()
}

/// One entry of figures per fold.
fn folds(
    rows: &Rows,
    groups: &[usize],
    n_groups: usize,
    seed: u64,
) -> anyhow::Result<Vec<[(&'static str, f64); 5]>> {
    let mut random = Random::new(seed, 6 << 32);
    let fold_of: Vec<usize> = (0..n_groups).map(|_| random.below(N_FOLDS)).collect();
    (0..N_FOLDS)
        .map(|fold| {
            let train = rows.select(|row| fold_of[groups[row]] != fold);
            let test = rows.select(|row| fold_of[groups[row]] == fold);
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

fn fit(rows: &Rows, seed: u64) -> anyhow::Result<(RandomForest, models::random_forest::OutOfBag)> {
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

/// Importance by impurity and by permutation on a held-out fifth of the distinct rows.
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
            let runs = in_parallel(n_threads, seeds, |&seed| importance_of(&rows, seed));
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

fn importance_of(rows: &Rows, seed: u64) -> anyhow::Result<Shares> {
    let mut random = Random::new(seed, 7 << 32);
    let is_test: Vec<bool> = (0..rows.is_attack.len())
        .map(|_| random.uniform() < 0.2)
        .collect();
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
