//! The map: two principal components of the network encoding, fitted on training rows and stored with the model.
//!
//! Because the axes are fixed, the same place on the map means the same kind of traffic in every file, and a row can be placed as it
//! streams by. The method: Pearson (1901); the components by power iteration with deflation on the covariance.

use ndarray::{Array1, Array2};

use crate::preprocess::{EncodedBlock, Input, Lanes, N_LANES};

/// Steps of power iteration: far more than the leading components of tables like ours need.
const N_ITERATIONS: usize = 300;

/// Two axes through the mean of the training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// Mean of each network input.
    pub mean: Vec<f32>,
    /// Two unit vectors, one weight per network input each.
    pub axes: [Vec<f32>; 2],
    /// Share of the training rows' variance along each axis, 0..1.
    pub explained: [f32; 2],
}

impl Projection {
    /// Fits on rows × inputs.
    pub fn fit(rows: &Array2<f32>) -> Self {
        let n_inputs = rows.ncols();
        let n_rows = rows.nrows().max(1) as f64;
        let mut mean = Array1::<f64>::zeros(n_inputs);
        for row in rows.outer_iter() {
            mean.zip_mut_with(&row, |mean, value| *mean += f64::from(*value));
        }
        mean /= n_rows;
        let mut covariance = Array2::<f64>::zeros((n_inputs, n_inputs));
        for row in rows.outer_iter() {
            let centred: Vec<(usize, f64)> = row
                .iter()
                .zip(&mean)
                .map(|(value, mean)| f64::from(*value) - mean)
                .enumerate()
                .collect();
            for &(i, value) in &centred {
                let mut line = covariance.row_mut(i);
                for &(j, other) in &centred[..=i] {
                    line[j] += value * other;
                }
            }
        }
        for i in 0..n_inputs {
            for j in 0..=i {
                let value = covariance[(i, j)] / n_rows;
                covariance[(i, j)] = value;
                covariance[(j, i)] = value;
            }
        }
        let total: f64 = (0..n_inputs)
            .map(|i| covariance[(i, i)])
            .sum::<f64>()
            .max(f64::MIN_POSITIVE);
        let (first, first_variance) = leading_axis(&covariance);
        for ((i, j), value) in covariance.indexed_iter_mut() {
            *value -= first_variance * first[i] * first[j];
        }
        let (second, second_variance) = leading_axis(&covariance);
        let to_f32 = |axis: Vec<f64>| axis.into_iter().map(|weight| weight as f32).collect();
        Self {
            mean: mean.iter().map(|mean| *mean as f32).collect(),
            axes: [to_f32(first), to_f32(second)],
            explained: [
                (first_variance / total) as f32,
                (second_variance / total) as f32,
            ],
        }
    }

    /// What a feature weighs on both axes, −1..1: the length of its inputs' weights, with the sign of the largest.
    ///
    /// `inputs` are those that the axes were fitted on; `feature` is a position in the view.
    pub fn loading(&self, inputs: &[Input], feature: usize) -> [f32; 2] {
        self.axes.each_ref().map(|axis| {
            let own = inputs
                .iter()
                .zip(axis)
                .filter(|(input, _)| input.feature == feature)
                .map(|(_, weight)| *weight);
            let (mut sum, mut largest) = (0.0f32, 0.0f32);
            for weight in own {
                sum += weight * weight;
                if weight.abs() > largest.abs() {
                    largest = weight;
                }
            }
            libm::sqrtf(sum) * if largest < 0.0 { -1.0 } else { 1.0 }
        })
    }

    /// Position of each lane along both axes.
    pub fn project(&self, block: &EncodedBlock) -> [Lanes; 2] {
        let mut position = [[0.0; N_LANES]; 2];
        for ((input, mean), (first, second)) in block
            .network
            .iter()
            .zip(&self.mean)
            .zip(self.axes[0].iter().zip(&self.axes[1]))
        {
            for lane in 0..N_LANES {
                let centred = input[lane] - mean;
                position[0][lane] += first * centred;
                position[1][lane] += second * centred;
            }
        }
        position
    }
}

/// The eigenvector of the largest eigenvalue, its largest weight positive, and the eigenvalue.
fn leading_axis(covariance: &Array2<f64>) -> (Vec<f64>, f64) {
    let n = covariance.nrows();
    // Any start that is not orthogonal to the axis will do; unequal entries avoid symmetric accidents.
    let mut axis: Vec<f64> = (0..n).map(|i| 1.0 + i as f64 / n as f64).collect();
    let mut variance = 0.0;
    for _ in 0..N_ITERATIONS {
        let next: Vec<f64> = covariance
            .outer_iter()
            .map(|line| line.iter().zip(&axis).map(|(a, b)| a * b).sum())
            .collect();
        variance = libm::sqrt(next.iter().map(|weight| weight * weight).sum::<f64>());
        if variance < f64::MIN_POSITIVE {
            return (vec![0.0; n], 0.0);
        }
        axis = next.into_iter().map(|weight| weight / variance).collect();
    }
    let largest = axis.iter().copied().fold(0.0, |largest: f64, weight| {
        if weight.abs() > largest.abs() {
            weight
        } else {
            largest
        }
    });
    if largest < 0.0 {
        axis.iter_mut().for_each(|weight| *weight = -*weight);
    }
    (axis, variance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preprocess::Transform;
    use crate::random::Random;

    #[test]
    fn finds_the_axes_of_an_ellipse() {
        let mut random = Random::new(5, 0);
        let rows = Array2::from_shape_fn((4000, 3), |(_, column)| {
            ([3.0, 1.0, 0.1][column] * random.normal()) as f32
        });
        let projection = Projection::fit(&rows);
        assert!(projection.axes[0][0] > 0.99, "{:?}", projection.axes);
        assert!(projection.axes[1][1].abs() > 0.99);
        assert!(
            (projection.explained[0] - 0.9).abs() < 0.02,
            "{:?}",
            projection.explained
        );
        let block = EncodedBlock {
            network: vec![[2.0; N_LANES], [0.0; N_LANES], [0.0; N_LANES]],
            ..EncodedBlock::default()
        };
        assert!((projection.project(&block)[0][0] - 2.0).abs() < 0.2);
    }

    #[test]
    fn loading_is_the_length_with_the_sign_of_the_largest_weight() {
        let projection = Projection {
            mean: vec![0.0; 3],
            axes: [vec![0.3, 1.0, -0.4], vec![0.3, 0.0, 0.4]],
            explained: [0.5, 0.25],
        };
        let inputs = [0, 1, 0].map(|feature| Input {
            feature,
            transform: Transform::Magnitude,
            mean: 0.0,
            scale: 1.0,
        });
        let [first, second] = projection.loading(&inputs, 0);
        assert!((first + 0.5).abs() < 1e-6 && (second - 0.5).abs() < 1e-6);
        assert_eq!(projection.loading(&inputs, 2), [0.0, 0.0]);
    }

    #[test]
    fn constant_rows_have_no_axes() {
        let projection = Projection::fit(&Array2::from_elem((10, 2), 1.0));
        assert_eq!(projection.explained, [0.0, 0.0]);
    }
}
