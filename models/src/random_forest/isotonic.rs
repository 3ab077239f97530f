//! From a forest's score to a probability: isotonic calibration.
//!
//! In: out-of-bag scores, each with its class and weight. Out: [`Isotonic`], the non-decreasing curve nearest to the classes in squared
//! error, by pooling adjacent violators (Ayer et al., 1955; for forests Niculescu-Mizil and Caruana, 2005). Where theirs is a step
//! function, ours goes through the mean score of each step in straight lines, so that records of one step keep their order.

/// Nothing is ever more certain than this.
const MIN_PROBABILITY: f64 = 1e-6;

/// Most knots; a curve with more is thinned evenly. Knots of a real forest are about a hundred.
pub(super) const MAX_KNOTS: usize = 256;

/// A fitted curve: piecewise linear between knots, constant beyond them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Isotonic {
    /// Scores, strictly ascending.
    pub(super) scores: Vec<f32>,
    /// Probability of an attack at each, ascending, inside (0, 1).
    pub(super) probabilities: Vec<f32>,
}

/// A score with the weights of the normal rows and the attacks that have it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scored {
    pub(super) score: f32,
    pub(super) is_attack: bool,
    pub(super) weight: f32,
}

/// Adjacent scores pooled into one step.
#[derive(Clone, Copy)]
struct Pool {
    weight: f64,
    attacks: f64,
    /// Sum of weight × score.
    scores: f64,
}

impl Pool {
    fn share(&self) -> f64 {
        self.attacks / self.weight
    }

    fn join(&mut self, other: Pool) {
        self.weight += other.weight;
        self.attacks += other.attacks;
        self.scores += other.scores;
    }
}

impl Isotonic {
    /// Fits the curve. `rows` holds at least one row; weights are positive.
    ///
    /// The lowest probability is that of one more attack among the normal rows, the highest that of one more normal row among the
    /// attacks (Laplace), and neither is beyond 10⁻⁶ of 0 or 1.
    pub(super) fn fit(mut rows: Vec<Scored>) -> Self {
        rows.sort_by(|a, b| a.score.total_cmp(&b.score));
        let mut pools: Vec<Pool> = Vec::new();
        for equal in rows.chunk_by(|a, b| a.score == b.score) {
            let mut pool = equal.iter().map(pool_of).fold(
                Pool {
                    weight: 0.0,
                    attacks: 0.0,
                    scores: 0.0,
                },
                |mut sum, pool| {
                    sum.join(pool);
                    sum
                },
            );
            // Equal shares join too: one step, one knot.
            while let Some(last) = pools.pop_if(|last| last.share() >= pool.share()) {
                pool.join(last);
            }
            pools.push(pool);
        }
        let attacks: f64 = pools.iter().map(|pool| pool.attacks).sum();
        let normal: f64 = pools.iter().map(|pool| pool.weight - pool.attacks).sum();
        let lowest = (1.0 / (normal + 2.0)).max(MIN_PROBABILITY);
        let highest = 1.0 - (1.0 / (attacks + 2.0)).max(MIN_PROBABILITY);
        let mut curve = Self {
            scores: Vec::new(),
            probabilities: Vec::new(),
        };
        for pool in thinned(&pools) {
            let score = (pool.scores / pool.weight) as f32;
            // Means of neighbouring steps may round to the same number.
            if curve.scores.last().is_none_or(|&last| last < score) {
                let probability = pool.share().max(lowest).min(highest);
                curve.scores.push(score);
                curve.probabilities.push(probability as f32);
            }
        }
        curve
    }

    /// Rebuilds a stored curve.
    ///
    /// # Errors
    /// A sentence where it does not rise or leaves (0, 1).
    pub(super) fn from_parts(scores: Vec<f32>, probabilities: Vec<f32>) -> Result<Self, String> {
        let is_sound = (1..=MAX_KNOTS).contains(&scores.len())
            && scores.len() == probabilities.len()
            && scores.iter().all(|score| score.is_finite())
            && scores.windows(2).all(|pair| pair[0] < pair[1])
            && probabilities.iter().all(|&p| p > 0.0 && p < 1.0)
            && probabilities.windows(2).all(|pair| pair[0] <= pair[1]);
        if is_sound {
            Ok(Self {
                scores,
                probabilities,
            })
        } else {
            Err(format!(
                "calibration: expected 1 to {MAX_KNOTS} ascending scores with ascending probabilities inside 0 to 1"
            ))
        }
    }

    /// Probability of an attack at a score; never 0 or 1.
    pub(super) fn probability(&self, score: f32) -> f32 {
        let above = self.scores.partition_point(|&knot| knot < score);
        let last = self.scores.len() - 1;
        if above == 0 || above > last {
            return self.probabilities[above.min(last)];
        }
        let (low, high) = (self.scores[above - 1], self.scores[above]);
        let (from, to) = (self.probabilities[above - 1], self.probabilities[above]);
        // Rounding must not pass the end of the line.
        (from + (to - from) * ((score - low) / (high - low))).min(to)
    }
}

fn pool_of(row: &Scored) -> Pool {
    let weight = f64::from(row.weight);
    Pool {
        weight,
        attacks: if row.is_attack { weight } else { 0.0 },
        scores: weight * f64::from(row.score),
    }
}

/// At most [`MAX_KNOTS`] of the pools, both ends among them.
fn thinned(pools: &[Pool]) -> Vec<Pool> {
    let n = pools.len();
    if n <= MAX_KNOTS {
        return pools.to_vec();
    }
    (0..MAX_KNOTS)
        .map(|knot| pools[knot * (n - 1) / (MAX_KNOTS - 1)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(rows: &[(f32, bool)]) -> Isotonic {
        let scored = rows.iter().map(|&(score, is_attack)| Scored {
            score,
            is_attack,
            weight: 1.0,
        });
        Isotonic::fit(scored.collect())
    }

    #[test]
    fn violators_are_pooled() {
        let curve = fit(&[
            (0.1, false),
            (0.2, true),
            (0.3, false),
            (0.4, false),
            (0.9, true),
        ]);
        // 0 | 1, 0, 0 | 1; the ends by Laplace: 1 / (3 + 2) and 1 − 1 / (2 + 2).
        assert_eq!(curve.scores, [0.1, 0.3, 0.9]);
        assert_eq!(curve.probabilities, [0.2, 1.0 / 3.0, 0.75]);
        assert_eq!(curve.probability(0.3), 1.0 / 3.0);
        assert!((curve.probability(0.6) - (1.0 / 3.0 + 0.75) / 2.0).abs() < 1e-6);
        assert_eq!(curve.probability(-5.0), 0.2);
        assert_eq!(curve.probability(7.0), 0.75);
    }

    #[test]
    fn is_never_certain() {
        let rows: Vec<(f32, bool)> = (0..4000)
            .map(|row| (row as f32 / 4000.0, row >= 2000))
            .collect();
        let curve = fit(&rows);
        assert_eq!(curve.probability(0.0), (1.0 / 2002.0) as f32);
        assert_eq!(curve.probability(1.0), (1.0 - 1.0 / 2002.0) as f32);
    }

    #[test]
    fn reversed_scores_give_the_average() {
        let curve = fit(&[(0.0, true), (0.5, false), (1.0, false), (1.0, false)]);
        assert_eq!(curve.probabilities, [0.25]);
        assert_eq!(curve.probability(0.3), 0.25);
    }

    #[test]
    fn rises_everywhere() {
        let mut random = crate::random::Random::new(5, 0);
        let rows: Vec<(f32, bool)> = (0..20_000)
            .map(|_| {
                let score = random.uniform();
                (score as f32, random.uniform() < score)
            })
            .collect();
        let curve = fit(&rows);
        assert!(curve.scores.len() <= MAX_KNOTS);
        let along: Vec<f32> = (0..=5_000)
            .map(|i| curve.probability(i as f32 / 5_000.0))
            .collect();
        assert!(along.windows(2).all(|pair| pair[0] <= pair[1]));
        for (index, probability) in along.iter().enumerate() {
            assert!(
                (probability - index as f32 / 5_000.0).abs() < 0.1,
                "{index}: {probability}"
            );
        }
    }

    #[derive(serde::Deserialize)]
    struct Reference {
        isotonic: ReferenceCurve,
    }

    #[derive(serde::Deserialize)]
    struct ReferenceCurve {
        scores: Vec<f32>,
        is_attack: Vec<bool>,
        weights: Vec<f32>,
        fitted: Vec<f64>,
    }

    #[test]
    fn steps_are_those_of_scikit_learn() {
        let text = include_str!("../../../benches/peers/random_forest_reference.json");
        let reference = serde_json::from_str::<Reference>(text).unwrap().isotonic;
        let rows = (0..reference.scores.len()).map(|row| Scored {
            score: reference.scores[row],
            is_attack: reference.is_attack[row],
            weight: reference.weights[row],
        });
        let curve = Isotonic::fit(rows.collect());
        let mut steps = reference.fitted;
        steps.sort_by(f64::total_cmp);
        steps.dedup_by(|a, b| (*a - *b).abs() < 1e-12);
        assert_eq!(curve.probabilities.len(), steps.len());
        // The ends are kept from 0 and 1.
        let last = steps.len() - 1;
        for (found, expected) in curve.probabilities[1..last].iter().zip(&steps[1..last]) {
            assert!(
                (f64::from(*found) - expected).abs() < 1e-6,
                "{found}, expected {expected}"
            );
        }
    }
}
