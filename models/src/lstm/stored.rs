//! How an LSTM stands in a model file: arrays as tensors, the window beside them.

use serde::{Deserialize, Serialize};

use super::{Lstm, Weights};
use crate::artifact::ArtifactError;
use crate::preprocess::Preprocess;
use crate::tensors::{TensorList, Tensors};

/// What is written to a model file beside the arrays.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredLstm {
    window: usize,
}

impl Lstm {
    /// Writes the arrays, and gives what is written beside them.
    pub(crate) fn store(&self, tensors: &mut TensorList) -> StoredLstm {
        let weights = &self.weights;
        for (name, matrix) in [
            ("input_weights", &weights.input),
            ("recurrent_weights", &weights.recurrent),
            ("output_weights", &weights.output),
        ] {
            tensors.f32s(name, matrix.shape(), matrix.iter().copied());
        }
        for (name, vector) in [
            ("gate_bias", &weights.gate_bias),
            ("output_bias", &weights.output_bias),
            ("precision", &self.precision),
        ] {
            tensors.f32s(name, &[vector.len()], vector.iter().copied());
        }
        StoredLstm {
            window: self.window,
        }
    }

    /// Reads back what [`Lstm::store`] wrote.
    ///
    /// # Errors
    /// Where an array is missing, does not fit the others or the preprocessing, or holds a number that is not finite.
    pub(crate) fn load(
        stored: StoredLstm,
        tensors: &Tensors<'_>,
        preprocess: &Preprocess,
    ) -> Result<Self, ArtifactError> {
        let weights = Weights {
            input: tensors.matrix("input_weights")?,
            recurrent: tensors.matrix("recurrent_weights")?,
            gate_bias: tensors.f32s("gate_bias")?,
            output: tensors.matrix("output_weights")?,
            output_bias: tensors.f32s("output_bias")?,
        };
        let lstm = Self::from_parts(stored.window, weights, tensors.f32s("precision")?)
            .map_err(ArtifactError::Inconsistent)?;
        let expected = preprocess.network_inputs().len();
        if lstm.n_inputs() == expected {
            Ok(lstm)
        } else {
            Err(ArtifactError::Inconsistent(format!(
                "lstm: view {} gives {expected} inputs, the network expects {}",
                preprocess.view().name(),
                lstm.n_inputs()
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use safetensors::tensor::SafeTensors;

    use super::*;
    use crate::lstm::LstmParams;
    use crate::random::Random;
    use crate::record::RecordBatch;
    use crate::schema::View;

    fn preprocess() -> Preprocess {
        let mut random = Random::new(5, 0);
        let mut batch = RecordBatch::new(View::Kdd5);
        for _ in 0..200 {
            (0..5).for_each(|column| batch.push_number(column, random.below(9) as f32));
        }
        Preprocess::fit(&batch, &[], &(0..200).collect::<Vec<_>>())
    }

    fn rows(n_inputs: usize) -> Array2<f32> {
        let mut random = Random::new(6, 0);
        Array2::from_shape_fn((40, n_inputs), |_| random.normal() as f32)
    }

    fn fitted(n_inputs: usize) -> Lstm {
        let params = LstmParams {
            n_hidden: 3,
            n_epochs: 1,
            ..LstmParams::default()
        };
        let rows = rows(n_inputs);
        Lstm::fit(&rows, &rows, &params).expect("fits").0
    }

    fn reloaded(lstm: &Lstm, window: usize) -> Result<Lstm, ArtifactError> {
        let mut tensors = TensorList::default();
        let stored = lstm.store(&mut tensors);
        assert_eq!(stored.window, lstm.window());
        let bytes = safetensors::serialize(tensors.iter(), None).expect("serialises");
        let file = SafeTensors::deserialize(&bytes).expect("is a safetensors file");
        Lstm::load(StoredLstm { window }, &Tensors::new(&file), &preprocess())
    }

    #[test]
    fn comes_back_from_a_file_as_it_was() {
        let n_inputs = preprocess().network_inputs().len();
        let lstm = fitted(n_inputs);
        let again = reloaded(&lstm, lstm.window()).expect("loads");
        assert_eq!(again, lstm);
        let rows = rows(n_inputs);
        assert_eq!(again.score_sequence(&rows), lstm.score_sequence(&rows));
    }

    #[test]
    fn refuses_parts_that_do_not_fit() {
        let n_inputs = preprocess().network_inputs().len();
        let refused = |lstm: &Lstm, window| {
            let loaded = reloaded(lstm, window);
            assert!(matches!(loaded, Err(ArtifactError::Inconsistent(_))));
        };
        let good = fitted(n_inputs);
        for window in [0, 1, 257, usize::MAX] {
            refused(&good, window);
        }
        refused(&fitted(n_inputs + 1), good.window());
        let changes: [fn(&mut Lstm); 8] = [
            |lstm| lstm.weights.gate_bias[0] = f32::NAN,
            |lstm| lstm.weights.input[(0, 0)] = f32::INFINITY,
            |lstm| lstm.precision[0] = -1.0,
            |lstm| lstm.precision.push(1.0),
            |lstm| lstm.weights.output_bias.clear(),
            |lstm| lstm.weights.recurrent = Array2::zeros((12, 4)),
            |lstm| lstm.weights.output = Array2::zeros((0, 0)),
            |lstm| lstm.weights.output = Array2::zeros((5, 0)),
        ];
        for change in changes {
            let mut broken = good.clone();
            change(&mut broken);
            refused(&broken, good.window());
        }
    }
}
