//! A forest in a model file.
//!
//! In and out: arrays of all trees one after the other (`tree_sizes`, `features`, `bins`, `shares`), of all features
//! (`edge_counts`, `edges`, `category_counts`, `categories`, `importance`), and the calibration (`scores`, `probabilities`).
//! Children are not stored, they follow from the leaves. Nothing read is trusted.

use serde::{Deserialize, Serialize};

use super::bins::{CategoryOrder, FeatureBins, MAX_BINS};
use super::fit::MAX_CODE;
use super::isotonic::Isotonic;
use super::tree::Tree;
use super::{MAX_TREES, RandomForest};
use crate::artifact::ArtifactError;
use crate::preprocess::Preprocess;
use crate::schema::FeatureKind;
use crate::tensors::{TensorList, Tensors};

/// What a model file holds beside the arrays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredRandomForest {
    n_trees: usize,
}

impl RandomForest {
    /// Writes the arrays and returns the rest.
    pub(crate) fn store(&self, tensors: &mut TensorList) -> StoredRandomForest {
        let trees = || self.trees.iter();
        let sizes: Vec<u16> = trees().map(|tree| tree.shares.len() as u16).collect();
        let n_nodes = sizes.iter().map(|&size| usize::from(size)).sum();
        let features: Vec<u8> = trees().flat_map(|tree| tree.features.clone()).collect();
        let bins: Vec<u8> = trees().flat_map(|tree| tree.bins.clone()).collect();
        tensors.u16s("tree_sizes", &[sizes.len()], sizes);
        tensors.u8s("features", &[n_nodes], &features);
        tensors.u8s("bins", &[n_nodes], &bins);
        let shares = trees().flat_map(|tree| tree.shares.iter().copied());
        tensors.u16s("shares", &[n_nodes], shares);

        let n_features = self.n_features();
        let counts: Vec<u8> = self
            .bins
            .iter()
            .map(|bins| bins.edges.len() as u8)
            .collect();
        tensors.u8s("edge_counts", &[n_features], &counts);
        let edges: Vec<f32> = self
            .bins
            .iter()
            .flat_map(|bins| bins.edges.clone())
            .collect();
        tensors.f32s("edges", &[edges.len()], edges);
        let orders = || self.bins.iter().filter_map(|bins| bins.order.as_ref());
        let counts: Vec<u16> = orders().map(|order| order.by_code.len() as u16).collect();
        tensors.u16s("category_counts", &[counts.len()], counts);
        let places: Vec<f32> = orders()
            .flat_map(|order| {
                [order.unseen]
                    .into_iter()
                    .chain(order.by_code.iter().copied())
            })
            .collect();
        tensors.f32s("categories", &[places.len()], places);
        tensors.f32s("importance", &[n_features], self.importance.iter().copied());

        let knots = &self.calibration;
        tensors.f32s(
            "scores",
            &[knots.scores.len()],
            knots.scores.iter().copied(),
        );
        let probabilities = knots.probabilities.iter().copied();
        tensors.f32s("probabilities", &[knots.probabilities.len()], probabilities);
        StoredRandomForest {
            n_trees: self.n_trees(),
        }
    }

    /// Reads back what [`RandomForest::store`] wrote, for the view of a preprocessing.
    ///
    /// # Errors
    /// Where an array lacks, has another size, or holds what no fit would write.
    pub(crate) fn load(
        stored: StoredRandomForest,
        tensors: &Tensors<'_>,
        preprocess: &Preprocess,
    ) -> Result<Self, ArtifactError> {
        let inconsistent =
            |problem: String| ArtifactError::Inconsistent(format!("random forest: {problem}"));
        let bins = load_bins(tensors, preprocess)?;
        let sizes = tensors.u16s("tree_sizes")?;
        if sizes.len() != stored.n_trees || !(1..=MAX_TREES).contains(&sizes.len()) {
            return Err(inconsistent(format!(
                "expected {} trees, at most {MAX_TREES}, found {}",
                stored.n_trees,
                sizes.len()
            )));
        }
        let mut features = Cut::new(tensors.u8s("features")?);
        let mut places = Cut::new(tensors.u8s("bins")?);
        let mut shares = Cut::new(tensors.u16s("shares")?);
        let trees: Option<Vec<Tree>> = sizes
            .iter()
            .map(|&size| {
                let size = usize::from(size);
                Some(Tree {
                    features: features.take(size)?,
                    bins: places.take(size)?,
                    shares: shares.take(size)?,
                })
            })
            .collect();
        let trees = trees
            .filter(|_| features.is_done() && places.is_done() && shares.is_done())
            .ok_or_else(|| inconsistent("expected as many nodes as the trees have".into()))?;
        let importance = tensors.f32s("importance")?;
        if importance.len() != bins.len()
            || importance.iter().any(|share| !(0.0..=1.0).contains(share))
        {
            return Err(inconsistent(format!(
                "expected {} importances from 0 to 1",
                bins.len()
            )));
        }
        let knots = Isotonic::from_parts(tensors.f32s("scores")?, tensors.f32s("probabilities")?);
        let knots = knots.map_err(inconsistent)?;
        Self::from_parts(bins, trees, importance, knots).map_err(ArtifactError::Inconsistent)
    }
}

/// Edges and orders, one entry per feature of the view.
fn load_bins(
    tensors: &Tensors<'_>,
    preprocess: &Preprocess,
) -> Result<Vec<FeatureBins>, ArtifactError> {
    let inconsistent =
        |problem: &str| ArtifactError::Inconsistent(format!("random forest: {problem}"));
    let view = preprocess.view();
    let edge_counts = tensors.u8s("edge_counts")?;
    if edge_counts.len() != view.n_features() {
        return Err(inconsistent("expected edges of every feature of the view"));
    }
    let mut edges = Cut::new(tensors.f32s("edges")?);
    let mut category_counts = tensors.u16s("category_counts")?.into_iter();
    let mut places = Cut::new(tensors.f32s("categories")?);
    let mut all = Vec::with_capacity(view.n_features());
    for (feature, &count) in view.features().zip(&edge_counts) {
        let edges = edges
            .take(usize::from(count))
            .filter(|edges| edges.len() < MAX_BINS)
            .filter(|edges| edges.iter().all(|edge| edge.is_finite()))
            .filter(|edges| edges.windows(2).all(|pair| pair[0] < pair[1]))
            .ok_or_else(|| inconsistent("expected ascending edges of every feature"))?;
        let order = if feature.kind == FeatureKind::Category {
            let order = category_counts
                .next()
                .and_then(|count| places.take(usize::from(count) + 1))
                .filter(|places| places.iter().all(|place| (0.0..=MAX_CODE).contains(place)))
                .ok_or_else(|| inconsistent("expected a place of every category"))?;
            Some(CategoryOrder {
                unseen: order[0],
                by_code: order[1..].to_vec(),
            })
        } else {
            None
        };
        all.push(FeatureBins { edges, order });
    }
    if edges.is_done() && places.is_done() && category_counts.next().is_none() {
        Ok(all)
    } else {
        Err(inconsistent(
            "expected no more edges and categories than the view has",
        ))
    }
}

/// An array that is handed out piece by piece.
struct Cut<T> {
    values: Vec<T>,
    taken: usize,
}

impl<T: Copy> Cut<T> {
    fn new(values: Vec<T>) -> Self {
        Self { values, taken: 0 }
    }

    fn take(&mut self, n: usize) -> Option<Vec<T>> {
        let piece = self.values.get(self.taken..self.taken + n)?.to_vec();
        self.taken += n;
        Some(piece)
    }

    fn is_done(&self) -> bool {
        self.taken == self.values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random_forest::RandomForestParams;
    use crate::random_forest::tests::table;
    use crate::record::{RecordBatch, Vocabulary};
    use crate::schema::View;

    /// A forest of a view on made-up rows, with a preprocessing of the same view.
    fn fitted(view: View) -> (RandomForest, Preprocess) {
        let kinds: Vec<FeatureKind> = view.features().map(|feature| feature.kind).collect();
        let (features, is_attack) = table(&kinds, 300);
        let params = RandomForestParams {
            n_trees: 5,
            ..RandomForestParams::default()
        };
        let forest = RandomForest::fit(&features, &kinds, &is_attack, &[1.0; 300], &params);
        let mut batch = RecordBatch::new(view);
        for row in 0..300 {
            for (column, kind) in kinds.iter().enumerate() {
                match kind {
                    FeatureKind::Category => batch.push_code(column, row % 2),
                    _ => batch.push_number(column, features[column][row as usize].abs()),
                }
            }
        }
        let words = Vocabulary::new(vec!["a".into(), "b".into()]);
        let n_words = kinds
            .iter()
            .filter(|kind| **kind == FeatureKind::Category)
            .count();
        let rows: Vec<usize> = (0..300).collect();
        let preprocess = Preprocess::fit(&batch, &vec![words; n_words], &rows);
        (forest.unwrap().0, preprocess)
    }

    /// Stores, lets `change` at the bytes of a tensor's data, and loads.
    fn reload(
        forest: &RandomForest,
        preprocess: &Preprocess,
        change: impl Fn(&str, &mut Vec<u8>),
    ) -> Result<RandomForest, ArtifactError> {
        use safetensors::tensor::View as _;
        let mut list = TensorList::default();
        let stored = forest.store(&mut list);
        let mut data: Vec<(String, safetensors::Dtype, Vec<u8>)> = list
            .iter()
            .map(|(name, tensor)| (name.to_owned(), tensor.dtype(), tensor.data().into_owned()))
            .collect();
        for (name, _, bytes) in &mut data {
            change(name, bytes);
        }
        let views = data.iter().map(|(name, dtype, bytes)| {
            let shape = vec![bytes.len() * 8 / dtype.bitsize()];
            let view = safetensors::tensor::TensorView::new(*dtype, shape, bytes);
            (name, view.unwrap())
        });
        let file = safetensors::serialize(views, None).unwrap();
        let file = safetensors::SafeTensors::deserialize(&file).unwrap();
        RandomForest::load(stored, &Tensors::new(&file), preprocess)
    }

    #[test]
    fn what_is_stored_loads_as_it_was() {
        for view in View::ALL {
            let (forest, preprocess) = fitted(view);
            assert_eq!(reload(&forest, &preprocess, |_, _| ()).unwrap(), forest);
        }
    }

    #[test]
    fn other_views_are_refused() {
        let (forest, _) = fitted(View::Kdd5);
        let (_, preprocess) = fitted(View::Kdd41);
        assert!(reload(&forest, &preprocess, |_, _| ()).is_err());
    }

    #[test]
    fn changed_arrays_are_refused_or_harmless() {
        let (forest, preprocess) = fitted(View::Kdd41);
        let (features, _) = table(&[FeatureKind::Count; 41], 40);
        let mut random = crate::random::Random::new(9, 0);
        let mut n_refused = 0;
        for _ in 0..400 {
            let (tensor, place, value) = (random.below(11), random.uniform(), random.below(256));
            let is_shorter = random.below(4) == 0;
            let which = std::cell::Cell::new(0);
            let loaded = reload(&forest, &preprocess, |_, bytes| {
                let is_chosen = which.replace(which.get() + 1) == tensor && !bytes.is_empty();
                if is_chosen && is_shorter {
                    bytes.truncate(bytes.len() / 8 * 4);
                } else if is_chosen {
                    let index = (place * bytes.len() as f64) as usize;
                    bytes[index] = value as u8;
                }
            });
            match loaded {
                Ok(forest) => {
                    let scores = forest.scores(&features).unwrap();
                    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
                    let probability = forest.probability(scores[0]);
                    assert!(probability > 0.0 && probability < 1.0);
                }
                Err(_) => n_refused += 1,
            }
        }
        assert!(n_refused > 100, "{n_refused}");
    }
}
