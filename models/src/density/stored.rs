//! A density in a model file: ends of bins and surprises as tensors, the rest as JSON.

use serde::{Deserialize, Serialize};

use super::bins::Bins;
use super::{Density, Table};
use crate::artifact::ArtifactError;
use crate::preprocess::Preprocess;
use crate::schema::FeatureKind;
use crate::tensors::{TensorList, Tensors};

/// Most ends of bins that a stored feature may have, twice what [`Density::fit`] makes at the finest: each costs time for every row.
const MAX_ENDS: usize = 1 << 14;

/// What is written beside the tensors `ends` and `surprises`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredDensity {
    /// Of each numeric feature in order: how many of the ends are its.
    n_ends: Vec<usize>,
    /// Of each table in order: position of its feature in the view, and of the parent.
    edges: Vec<(usize, Option<usize>)>,
}

impl Density {
    /// Adds the tensors and returns the rest.
    pub(crate) fn store(&self, tensors: &mut TensorList) -> StoredDensity {
        let numbers = || {
            self.bins.iter().filter_map(|bins| match bins {
                Bins::Number { ends } => Some(ends),
                Bins::Category { .. } => None,
            })
        };
        let ends: Vec<f32> = numbers().flatten().copied().collect();
        tensors.f32s("ends", &[ends.len()], ends);
        let steps: Vec<u16> = self
            .tables
            .iter()
            .flat_map(|table| &table.steps)
            .copied()
            .collect();
        tensors.u16s("surprises", &[steps.len()], steps);
        StoredDensity {
            n_ends: numbers().map(Vec::len).collect(),
            edges: self.edges().collect(),
        }
    }

    /// Reads back what [`Density::store`] wrote, and checks that scoring stays within the tables.
    ///
    /// # Errors
    /// Where the parts do not fit each other or the view.
    pub(crate) fn load(
        stored: StoredDensity,
        tensors: &Tensors<'_>,
        preprocess: &Preprocess,
    ) -> Result<Self, ArtifactError> {
        let bins =
            read_bins(&stored.n_ends, &tensors.f32s("ends")?, preprocess).ok_or_else(|| {
                inconsistent("the ends of bins do not fit the view's features or do not ascend")
            })?;
        let surprises = tensors.u16s("surprises")?;
        let tables = read_tables(&stored.edges, &surprises, &bins)
            .ok_or_else(|| inconsistent("the tables do not fit the bins"))?;
        Ok(Self { bins, tables })
    }
}

fn inconsistent(problem: &str) -> ArtifactError {
    ArtifactError::Inconsistent(format!("density: {problem}"))
}

fn read_bins(n_ends: &[usize], ends: &[f32], preprocess: &Preprocess) -> Option<Vec<Bins>> {
    let mut rest = ends;
    let mut n_ends = n_ends.iter();
    let mut vocabularies = preprocess.vocabularies().iter();
    let bins = preprocess
        .view()
        .features()
        .map(|feature| {
            if feature.kind == FeatureKind::Category {
                return Some(Bins::Category {
                    n_values: vocabularies.next()?.len(),
                });
            }
            let (ends, others) = rest.split_at_checked(*n_ends.next()?)?;
            rest = others;
            let is_ascending = ends.windows(2).all(|pair| pair[0] < pair[1]);
            let is_whole =
                (1..=MAX_ENDS).contains(&ends.len()) && ends.iter().all(|end| end.is_finite());
            (is_ascending && is_whole).then(|| Bins::Number {
                ends: ends.to_vec(),
            })
        })
        .collect::<Option<Vec<_>>>()?;
    (rest.is_empty() && n_ends.next().is_none()).then_some(bins)
}

fn read_tables(
    edges: &[(usize, Option<usize>)],
    surprises: &[u16],
    bins: &[Bins],
) -> Option<Vec<Table>> {
    let mut rest = surprises;
    let tables = edges
        .iter()
        .map(|&(feature, parent)| {
            let n_bins = bins.get(feature)?.len();
            let n_rows = match parent {
                Some(parent) => bins.get(parent)?.len(),
                None => 1,
            };
            let (steps, others) = rest.split_at_checked(n_bins.checked_mul(n_rows)?)?;
            rest = others;
            Some(Table {
                feature,
                parent,
                n_bins,
                steps: steps.to_vec(),
            })
        })
        .collect::<Option<Vec<_>>>()?;
    // At most one table for each pair: more would let a small file cost much time.
    let is_whole = rest.is_empty() && !tables.is_empty() && tables.len() <= bins.len().pow(2);
    is_whole.then_some(tables)
}

#[cfg(test)]
mod tests {
    use safetensors::tensor::SafeTensors;

    use super::*;
    use crate::density::{DensityParams, DensityStructure};
    use crate::random::Random;
    use crate::record::RecordBatch;
    use crate::schema::View;

    fn fitted(structure: DensityStructure) -> (Preprocess, Density) {
        let mut random = Random::new(5, 0);
        let mut batch = RecordBatch::new(View::Kdd5);
        for _ in 0..200 {
            (0..5).for_each(|column| batch.push_number(column, random.below(9) as f32));
        }
        let rows: Vec<usize> = (0..200).collect();
        let preprocess = Preprocess::fit(&batch, &[], &rows);
        let params = DensityParams {
            structure,
            ..DensityParams::default()
        };
        let density = Density::fit(&batch, &preprocess, &rows, &params).expect("fits");
        (preprocess, density)
    }

    fn reloaded(
        density: &Density,
        preprocess: &Preprocess,
        change: impl FnOnce(&mut StoredDensity),
    ) -> Result<Density, ArtifactError> {
        let mut tensors = TensorList::default();
        let mut stored = density.store(&mut tensors);
        change(&mut stored);
        let bytes = safetensors::serialize(tensors.iter(), None).expect("serialises");
        let file = SafeTensors::deserialize(&bytes).expect("is a safetensors file");
        Density::load(stored, &Tensors::new(&file), preprocess)
    }

    #[test]
    fn comes_back_from_a_file_as_it_was() {
        for structure in [
            DensityStructure::Marginals,
            DensityStructure::ChowLiu,
            DensityStructure::Pairs,
        ] {
            let (preprocess, density) = fitted(structure);
            let again = reloaded(&density, &preprocess, |_| ()).expect("loads");
            assert_eq!(again, density);
        }
    }

    #[test]
    fn refuses_parts_that_do_not_fit() {
        let (preprocess, density) = fitted(DensityStructure::ChowLiu);
        let changes: [fn(&mut StoredDensity); 9] = [
            |stored| stored.n_ends[0] += 1,
            |stored| stored.n_ends[0] = usize::MAX,
            |stored| stored.n_ends[0] = 0,
            |stored| stored.n_ends.push(0),
            |stored| stored.n_ends.clear(),
            |stored| stored.edges[0].0 = 5,
            |stored| stored.edges[0].1 = Some(usize::MAX),
            |stored| stored.edges.clear(),
            |stored| stored.edges.extend([(0, None); 100]),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let loaded = reloaded(&density, &preprocess, change);
            assert!(
                matches!(loaded, Err(ArtifactError::Inconsistent(_))),
                "change {index}"
            );
        }
    }
}
