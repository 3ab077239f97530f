//! What detectors are fitted on: rows by their use, in every encoding.

use ndarray::Array2;

use super::split::DistinctRows;
use crate::preprocess::{EncodedBlock, N_LANES, Preprocess};
use crate::record::RecordBatch;
use crate::schema::View;

/// The rows of a training.
#[derive(Clone, Copy, Debug)]
pub struct FitData<'a> {
    /// The encodings, fitted on `fit`.
    pub preprocess: &'a Preprocess,
    /// All rows of the file in the view at hand, with the codes of `preprocess`.
    pub batch: &'a RecordBatch,
    /// Normal rows to fit on, distinct in all features of the file.
    pub fit: &'a DistinctRows,
    /// Normal rows that say when to stop, distinct likewise.
    pub validation: &'a [usize],
    /// Attacks, for supervised detectors alone.
    pub attacks: &'a DistinctRows,
}

impl FitData<'_> {
    /// The view at hand.
    pub fn view(&self) -> View {
        self.preprocess.view()
    }

    /// The tree encoding of some rows, input by input.
    pub fn tree_columns(&self, rows: &[usize]) -> Vec<Vec<f32>> {
        let n_inputs = self.preprocess.tree_inputs().len();
        columns(self.preprocess, self.batch, rows, n_inputs, |block| {
            &block.tree
        })
    }

    /// The features of some rows as numbers or category codes (unseen ones −1), feature by feature.
    pub fn feature_columns(&self, rows: &[usize]) -> Vec<Vec<f32>> {
        let n_features = self.view().n_features();
        columns(self.preprocess, self.batch, rows, n_features, |block| {
            &block.features
        })
    }

    /// The network encoding of some rows, rows × inputs.
    pub fn network_rows(&self, rows: &[usize]) -> Array2<f32> {
        network_rows(self.preprocess, self.batch, rows)
    }
}

fn columns(
    preprocess: &Preprocess,
    batch: &RecordBatch,
    rows: &[usize],
    n_columns: usize,
    encoding: impl Fn(&EncodedBlock) -> &Vec<[f32; N_LANES]>,
) -> Vec<Vec<f32>> {
    let mut columns = vec![Vec::with_capacity(rows.len()); n_columns];
    for_each_block(preprocess, batch, rows, |block, n_rows| {
        for (column, lanes) in columns.iter_mut().zip(encoding(block)) {
            column.extend_from_slice(&lanes[..n_rows]);
        }
    });
    columns
}

/// The network encoding of some rows, rows × inputs.
pub fn network_rows(preprocess: &Preprocess, batch: &RecordBatch, rows: &[usize]) -> Array2<f32> {
    let mut encoded = Array2::zeros((rows.len(), preprocess.network_inputs().len()));
    let mut first = 0;
    for_each_block(preprocess, batch, rows, |block, n_rows| {
        for lane in 0..n_rows {
            for (to, lanes) in encoded.row_mut(first + lane).iter_mut().zip(&block.network) {
                *to = lanes[lane];
            }
        }
        first += n_rows;
    });
    encoded
}

/// Encodes rows block by block.
pub(super) fn for_each_block(
    preprocess: &Preprocess,
    batch: &RecordBatch,
    rows: &[usize],
    mut visit: impl FnMut(&EncodedBlock, usize),
) {
    let mut block = EncodedBlock::default();
    for chunk in rows.chunks(N_LANES) {
        preprocess.encode(batch, chunk, &mut block);
        visit(&block, chunk.len());
    }
}
