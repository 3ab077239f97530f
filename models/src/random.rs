//! Seeded random numbers: the same seed gives the same numbers on every machine.
//!
//! PCG XSL 128/64 with a multiplicative generator (O'Neill, 2014) and conversions of our own, because those of the `rand` crate may change
//! between versions.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// A seeded generator.
#[derive(Clone, Debug)]
pub struct Random(Pcg64Mcg);

impl Random {
    /// Starts the sequence of a seed. `stream` tells apart sequences that share a seed, such as the trees of one forest.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
                ^ stream.wrapping_add(1).wrapping_mul(0xd134_2543_de82_ef95),
        ))
    }

    /// Uniform in [0, 1), with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform among 0..`n`; 0 where `n` is 0. Biased by less than 2⁻³² for `n` below 2³².
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// Standard normal, by Box and Muller (1958).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        radius * libm::cos(2.0 * core::f64::consts::PI * self.uniform())
    }

    /// Shuffles in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// `n` different indices below `of`, in random order; all of them where `n` ≥ `of`.
    pub fn sample_without_replacement(&mut self, n: usize, of: usize) -> Vec<usize> {
        let mut indices: Vec<usize> = (0..of).collect();
        let n = n.min(of);
        for position in 0..n {
            let other = position + self.below(of - position);
            indices.swap(position, other);
        }
        indices.truncate(n);
        indices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_numbers() {
        let mut random = Random::new(42, 0);
        let first: Vec<usize> = (0..4).map(|_| random.below(1000)).collect();
        let mut again = Random::new(42, 0);
        assert_eq!(first, (0..4).map(|_| again.below(1000)).collect::<Vec<_>>());
        let mut other = Random::new(42, 1);
        assert_ne!(first, (0..4).map(|_| other.below(1000)).collect::<Vec<_>>());
    }

    #[test]
    fn samples_do_not_repeat() {
        let mut sample = Random::new(7, 0).sample_without_replacement(100, 128);
        sample.sort_unstable();
        sample.dedup();
        assert_eq!(sample.len(), 100);
    }

    #[test]
    fn uniform_and_normal_have_the_right_moments() {
        let mut random = Random::new(1, 0);
        let mean = (0..20_000).map(|_| random.uniform()).sum::<f64>() / 20_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let variance = (0..20_000).map(|_| random.normal().powi(2)).sum::<f64>() / 20_000.0;
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}
