//! From a raw score to p, the share of normal records at least as odd, and to risk.
//!
//! Fitted on the scores of normal records that no detector was fitted on. Within the sample p is the conformal rank (Vovk, Gammerman
//! and Shafer, 2005); in the last per cent and beyond the sample a generalised Pareto tail takes over (Pickands, 1975), its
//! parameters by probability-weighted moments (Hosking and Wallis, 1987). Risk = 25 × −log₁₀ p, clamped to 0..100.

use serde::{Deserialize, Serialize};

/// Share of the sample that the fitted tail describes.
const TAIL_SHARE: f64 = 0.01;
/// Fewest exceedances that a tail is fitted to.
const MIN_EXCEEDANCES: usize = 20;
/// Smallest p that is ever reported: beyond it no sample of ours says anything.
const MIN_P: f64 = 1e-12;
/// Order statistics kept below the tail.
const N_KNOTS: usize = 400;

/// Risk at and above which a record is called an anomaly unless the user moves the threshold: p ≤ 1 %.
pub const DEFAULT_THRESHOLD: f32 = 50.0;

/// A fitted calibration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Number of held-out normal records.
    n_sample: usize,
    /// Raw scores in ascending order.
    scores: Vec<f32>,
    /// For each of `scores`, how many of the sample were at least as high.
    n_at_least: Vec<u32>,
    /// Where the tail starts (the last of `scores`) and what follows.
    tail: Tail,
}

/// Generalised Pareto: p(s) = share × (1 + shape × (s − start) / scale)^(−1 / shape).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tail {
    start: f32,
    share: f64,
    scale: f64,
    shape: f64,
}

impl Calibration {
    /// Fits on the raw scores of held-out normal records, finite numbers in any order.
    ///
    /// # Errors
    /// A sentence where there are fewer than 200 scores or one is not finite.
    pub fn fit(scores: &[f32]) -> Result<Self, String> {
        if scores.len() < 200 {
            return Err(format!(
                "calibration needs at least 200 held-out normal records, found {}",
                scores.len()
            ));
        }
        if scores.iter().any(|score| !score.is_finite()) {
            return Err("calibration: a score is not a finite number".into());
        }
        let mut descending = scores.to_vec();
        descending.sort_unstable_by(|a, b| b.total_cmp(a));
        let n = descending.len();
        let n_tail = ((n as f64 * TAIL_SHARE) as usize).max(MIN_EXCEEDANCES);
        let start = descending[n_tail];
        let exceedances: Vec<f64> = descending
            .iter()
            .take_while(|&&score| score > start)
            .map(|&score| f64::from(score) - f64::from(start))
            .collect();
        // Ties with the start belong to the body, where their rank counts: the tail has the mass of what lies above.
        let share = (1 + exceedances.len()) as f64 / (n + 1) as f64;
        let (scale, shape) = fit_tail(&exceedances);

        let mut knots: Vec<f32> = (0..N_KNOTS)
            .map(|k| descending[n_tail + k * (n - 1 - n_tail) / (N_KNOTS - 1)])
            .collect();
        knots.reverse();
        knots.dedup();
        let n_at_least = knots
            .iter()
            .map(|&knot| descending.partition_point(|&score| score >= knot) as u32)
            .collect();
        Ok(Self {
            n_sample: n,
            scores: knots,
            n_at_least,
            tail: Tail {
                start,
                share,
                scale,
                shape,
            },
        })
    }

    /// Number of held-out normal records it was fitted on.
    pub fn n_sample(&self) -> usize {
        self.n_sample
    }

    /// The share of normal records at least as odd as this raw score, in 10⁻¹²..=1; never rises with the score.
    pub fn p_value(&self, score: f32) -> f64 {
        if score > self.tail.start {
            return (self.tail.share
                * self
                    .tail
                    .survival(f64::from(score) - f64::from(self.tail.start)))
            .max(MIN_P);
        }
        let n = (self.n_sample + 1) as f64;
        let above = self.scores.partition_point(|&knot| knot < score);
        let rank = |index: usize| f64::from(self.n_at_least[index]);
        let n_at_least = match above {
            0 => self.n_sample as f64,
            _ if self.scores.get(above) == Some(&score) => rank(above),
            _ => {
                let (low, high) = (
                    f64::from(self.scores[above - 1]),
                    f64::from(self.scores[above]),
                );
                let share = (f64::from(score) - low) / (high - low);
                rank(above - 1) + share * (rank(above) - rank(above - 1))
            }
        };
        (1.0 + n_at_least) / n
    }

    /// Checks what was read from a model file.
    ///
    /// # Errors
    /// A sentence that says what is not as [`Calibration::fit`] would leave it.
    pub fn validate(&self) -> Result<(), String> {
        let is_sorted = self.scores.windows(2).all(|pair| pair[0] < pair[1])
            && self.n_at_least.windows(2).all(|pair| pair[0] >= pair[1]);
        let is_ranked = self
            .n_at_least
            .first()
            .is_none_or(|&rank| rank as usize <= self.n_sample)
            && (0.0..=1.0).contains(&self.tail.share);
        let is_complete = is_ranked
            && self.scores.len() == self.n_at_least.len()
            && self.scores.last() == Some(&self.tail.start);
        let is_finite = self.scores.iter().all(|score| score.is_finite())
            && self.tail.shape.is_finite()
            && self.tail.share.is_finite();
        if is_sorted && is_complete && is_finite && self.tail.scale > 0.0 && self.n_sample > 0 {
            Ok(())
        } else {
            Err(
                "calibration: expected ascending finite scores with falling ranks and a tail"
                    .into(),
            )
        }
    }
}

impl Tail {
    fn survival(&self, excess: f64) -> f64 {
        if self.shape.abs() < 1e-6 {
            return libm::exp(-excess / self.scale);
        }
        let base = 1.0 + self.shape * excess / self.scale;
        if base <= 0.0 {
            0.0
        } else {
            libm::pow(base, -1.0 / self.shape)
        }
    }
}

/// Scale and shape of a generalised Pareto distribution by probability-weighted moments; `excess` is descending.
///
/// The shape is kept in 0..=0.5: a lighter tail would call records beyond the sample impossible, which none of ours shows.
fn fit_tail(excess: &[f64]) -> (f64, f64) {
    let n = excess.len() as f64;
    if excess.len() < 2 {
        return (excess.first().copied().unwrap_or(0.0).max(1e-6), 0.0);
    }
    let mean = excess.iter().sum::<f64>() / n;
    // a1 = E[X (1 − F(X))], the plotting position of the i-th largest being (i + 0.35) / n.
    let weighted = excess
        .iter()
        .enumerate()
        .map(|(rank, x)| x * (rank as f64 + 0.35) / n)
        .sum::<f64>()
        / n;
    let shape = (2.0 - mean / (mean - 2.0 * weighted)).clamp(0.0, 0.5);
    ((mean * (1.0 - shape)).max(1e-6), shape)
}

/// Risk of a p value: 25 × −log₁₀ p, in 0..=100. 25 is one in ten, 50 one in a hundred, 75 one in a thousand.
pub fn risk(p: f64) -> f32 {
    // log₁₀ 1 is 0, its negative −0: nobody wants to read that.
    (-25.0 * libm::log10(p)).clamp(0.0, 100.0) as f32 + 0.0
}

/// The share of normal records at least as odd as a risk says: 10^(−risk / 25).
pub fn p_of_risk(risk: f32) -> f64 {
    libm::pow(10.0, -f64::from(risk) / 25.0)
}

/// Four bands of risk, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// Risk below 25: more than one normal record in ten looks this odd.
    Low,
    /// 25 to 50.
    Elevated,
    /// 50 to 75.
    High,
    /// 75 and above: at most one in a thousand.
    Critical,
}

impl Band {
    /// All bands, rising.
    pub const ALL: [Band; 4] = [Band::Low, Band::Elevated, Band::High, Band::Critical];

    /// The band of a risk.
    pub fn of(risk: f32) -> Band {
        match risk {
            risk if risk < 25.0 => Band::Low,
            risk if risk < 50.0 => Band::Elevated,
            risk if risk < 75.0 => Band::High,
            _ => Band::Critical,
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Band::Low => "low",
            Band::Elevated => "elevated",
            Band::High => "high",
            Band::Critical => "critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn exponential_sample(n: usize) -> Vec<f32> {
        let mut random = Random::new(3, 0);
        (0..n)
            .map(|_| -libm::log(1.0 - random.uniform()) as f32)
            .collect()
    }

    #[test]
    fn is_the_conformal_rank_within_the_sample() {
        let sample: Vec<f32> = (1..=1000).map(|score| score as f32).collect();
        let calibration = Calibration::fit(&sample).expect("enough scores");
        // 501..=1000 are at least 501: 500 of 1000.
        assert!((calibration.p_value(501.0) - 501.0 / 1001.0).abs() < 2e-3);
        assert!((calibration.p_value(0.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn extrapolates_an_exponential_tail() {
        let calibration = Calibration::fit(&exponential_sample(20_000)).expect("enough scores");
        for score in [2.0f32, 4.6, 6.9, 9.2] {
            let expected = (-f64::from(score)).exp();
            let ratio = calibration.p_value(score) / expected;
            assert!((0.5..2.0).contains(&ratio), "p at {score}: ratio {ratio}");
        }
    }

    #[test]
    fn never_rises_with_the_score() {
        let calibration = Calibration::fit(&exponential_sample(3_000)).expect("enough scores");
        let p: Vec<f64> = (0..4000)
            .map(|step| calibration.p_value(step as f32 * 0.01 - 1.0))
            .collect();
        assert!(p.windows(2).all(|pair| pair[1] <= pair[0] + 1e-12));
        assert!(p.iter().all(|p| (MIN_P..=1.0).contains(p)));
    }

    #[test]
    fn ties_at_the_start_of_the_tail_do_not_swell_it() {
        let tied = std::iter::repeat_n(1.0, 500);
        let below = (0..9_400).map(|score| score as f32 / 10_000.0);
        let sample: Vec<f32> = below
            .chain(tied)
            .chain((0..100).map(|score| 2.0 + score as f32))
            .collect();
        let calibration = Calibration::fit(&sample).expect("enough scores");
        assert!((calibration.p_value(1.0) - 601.0 / 10_001.0).abs() < 1e-6);
        let above = calibration.p_value(1.0f32.next_up());
        assert!(above <= 101.0 / 10_001.0 + 1e-9, "{above}");
    }

    #[test]
    fn risk_is_25_per_factor_of_ten() {
        assert!(risk(1.0).is_sign_positive());
        for (p, expected) in [
            (1.0, 0.0),
            (0.1, 25.0),
            (0.01, 50.0),
            (0.001, 75.0),
            (1e-9, 100.0),
        ] {
            assert!((risk(p) - expected).abs() < 1e-4);
        }
        assert_eq!(Band::of(49.99), Band::Elevated);
        assert_eq!(Band::of(50.0), Band::High);
        assert!((p_of_risk(75.0) - 0.001).abs() < 1e-9);
    }

    #[test]
    fn constant_scores_and_short_samples_do_not_panic() {
        let calibration = Calibration::fit(&[1.0; 500]).expect("enough scores");
        assert!(calibration.p_value(1.0) > 0.99);
        assert!(calibration.p_value(2.0) < calibration.p_value(1.0));
        assert!(Calibration::fit(&[1.0; 10]).is_err());
    }
}
