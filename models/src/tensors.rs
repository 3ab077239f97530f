//! The arrays of a model file: named tensors, written as a list and read back checked for type and shape.
//!
//! A detector writes its arrays under names of its own (`thresholds`, `0.weights`); in the file they stand behind the detector's name
//! (`isolation_forest.thresholds`). Nothing read here is larger than the file.

use std::borrow::Cow;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, View as TensorSource};

use crate::artifact::ArtifactError;

/// Tensors about to be written, with their names.
#[derive(Debug, Default)]
pub struct TensorList {
    tensors: Vec<(String, Tensor)>,
    prefix: String,
}

/// One tensor about to be written.
#[derive(Debug)]
pub(crate) struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl TensorSource for &Tensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl TensorList {
    /// Puts `prefix` and a dot before the names that follow; an empty one puts nothing.
    pub(crate) fn set_prefix(&mut self, prefix: &str) {
        self.prefix = if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}.")
        };
    }

    /// Adds f32 numbers.
    pub fn f32s(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = f32>) {
        let bytes = values.into_iter().flat_map(f32::to_le_bytes).collect();
        self.push(name, Dtype::F32, shape, bytes);
    }

    /// Adds u16 numbers.
    pub fn u16s(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = u16>) {
        let bytes = values.into_iter().flat_map(u16::to_le_bytes).collect();
        self.push(name, Dtype::U16, shape, bytes);
    }

    /// Adds bytes.
    pub fn u8s(&mut self, name: &str, shape: &[usize], values: &[u8]) {
        self.push(name, Dtype::U8, shape, values.to_vec());
    }

    fn push(&mut self, name: &str, dtype: Dtype, shape: &[usize], bytes: Vec<u8>) {
        let name = format!("{}{name}", self.prefix);
        let shape = shape.to_vec();
        self.tensors.push((
            name,
            Tensor {
                dtype,
                shape,
                bytes,
            },
        ));
    }

    /// Name and content of each, in the order they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
    }
}

/// The tensors of a file, by name.
#[derive(Debug)]
pub struct Tensors<'a> {
    file: &'a SafeTensors<'a>,
    prefix: String,
}

impl<'a> Tensors<'a> {
    /// All tensors of a file.
    pub(crate) fn new(file: &'a SafeTensors<'a>) -> Self {
        Self {
            file,
            prefix: String::new(),
        }
    }

    /// The tensors whose names start with `prefix` and a dot, by what follows.
    pub(crate) fn with_prefix(&self, prefix: &str) -> Self {
        Self {
            file: self.file,
            prefix: format!("{}{prefix}.", self.prefix),
        }
    }

    /// f32 numbers.
    ///
    /// # Errors
    /// Where there is no such tensor, or it is of another type.
    pub fn f32s(&self, name: &str) -> Result<Vec<f32>, ArtifactError> {
        let view = self.view(name, Dtype::F32)?;
        let words = view.data().as_chunks().0.iter();
        Ok(words.map(|word| f32::from_le_bytes(*word)).collect())
    }

    /// u16 numbers; errors as of [`Tensors::f32s`].
    pub fn u16s(&self, name: &str) -> Result<Vec<u16>, ArtifactError> {
        let view = self.view(name, Dtype::U16)?;
        let pairs = view.data().as_chunks().0.iter();
        Ok(pairs.map(|pair| u16::from_le_bytes(*pair)).collect())
    }

    /// Bytes; errors as of [`Tensors::f32s`].
    pub fn u8s(&self, name: &str) -> Result<Vec<u8>, ArtifactError> {
        Ok(self.view(name, Dtype::U8)?.data().to_vec())
    }

    /// Rows × columns of f32 numbers; errors as of [`Tensors::f32s`], also where it has not two dimensions.
    pub fn matrix(&self, name: &str) -> Result<ndarray::Array2<f32>, ArtifactError> {
        let shape = self.view(name, Dtype::F32)?.shape().to_vec();
        let [n_rows, n_columns] = shape[..] else {
            let problem = format!("expected two dimensions, found {}", shape.len());
            return Err(self.error(name, problem));
        };
        ndarray::Array2::from_shape_vec((n_rows, n_columns), self.f32s(name)?)
            .map_err(|problem| self.error(name, problem.to_string()))
    }

    fn view(&self, name: &str, dtype: Dtype) -> Result<TensorView<'a>, ArtifactError> {
        let view = self
            .file
            .tensor(&format!("{}{name}", self.prefix))
            .map_err(|problem| self.error(name, problem.to_string()))?;
        if view.dtype() == dtype {
            Ok(view)
        } else {
            let problem = format!("expected {dtype:?}, found {:?}", view.dtype());
            Err(self.error(name, problem))
        }
    }

    fn error(&self, name: &str, problem: String) -> ArtifactError {
        ArtifactError::Tensor {
            name: format!("{}{name}", self.prefix),
            problem,
        }
    }
}
