//! Adam, the optimiser of the networks (Kingma and Ba, 2015, algorithm 1).
//!
//! In: gradients. Out: changed parameters. One array after the other, element by element: the same bits everywhere.

/// Decay rates and stabiliser, as the paper has them.
const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// Running moments of one array's gradient.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    mean: Vec<f32>,
    variance: Vec<f32>,
}

/// How far a step goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep {
    rate: f32,
    /// The moments start at 0: early on they are too small by these factors.
    corrections: [f32; 2],
}

impl AdamStep {
    /// The `n_steps`-th step, counted from 1.
    pub(crate) fn new(rate: f32, n_steps: i32) -> Self {
        Self {
            rate,
            corrections: [BETA_1, BETA_2]
                .map(|beta| 1.0 / (1.0 - libm::powf(beta, n_steps as f32))),
        }
    }
}

/// A step size that falls from `rate` to a hundredth of it along a half cosine, `progress` being 0..=1.
pub(crate) fn half_cosine(rate: f32, progress: f32) -> f32 {
    rate * (0.505 + 0.495 * libm::cosf(core::f32::consts::PI * progress))
}

impl Moments {
    /// Of an array of `n` numbers.
    pub(crate) fn new(n: usize) -> Self {
        Self {
            mean: vec![0.0; n],
            variance: vec![0.0; n],
        }
    }

    /// Moves the values against their gradient.
    pub(crate) fn step(&mut self, step: AdamStep, values: &mut [f32], gradient: &[f32]) {
        let moments = self.mean.iter_mut().zip(&mut self.variance);
        for ((value, gradient), (mean, variance)) in values.iter_mut().zip(gradient).zip(moments) {
            *mean = BETA_1 * *mean + (1.0 - BETA_1) * *gradient;
            *variance = BETA_2 * *variance + (1.0 - BETA_2) * *gradient * *gradient;
            *value -= step.rate * (*mean * step.corrections[0])
                / ((*variance * step.corrections[1]).sqrt() + EPSILON);
        }
    }
}
