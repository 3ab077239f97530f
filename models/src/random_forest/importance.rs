//! What a feature is worth on rows that nothing was fitted on: permutation importance.
//!
//! In: held-out rows with their classes. Out: by feature, how far the area under the ROC curve falls when the feature's values are
//! shuffled among the rows (Breiman, 2001, section 10, with that area in place of the error rate, because it needs no threshold).
//! Features that say the same thing stand in for each other, so each may look worth little.

use super::RandomForest;
use crate::evaluation::Ranking;
use crate::random::Random;

impl RandomForest {
    /// Fall of the area under the ROC curve for each feature, the mean of `n_repeats` shuffles; may be slightly negative.
    ///
    /// `features[feature][row]` as in [`RandomForest::fit`]. O(features × repeats × rows × score).
    ///
    /// # Errors
    /// A sentence where the columns are not those of the fit or of different lengths.
    pub fn permutation_importance(
        &self,
        features: &[Vec<f32>],
        is_attack: &[bool],
        seed: u64,
        n_repeats: usize,
    ) -> Result<Vec<f32>, String> {
        let area = |features: &[Vec<f32>]| -> Result<f64, String> {
            let scores = self.scores(features)?;
            if scores.len() != is_attack.len() {
                return Err(format!(
                    "random forest: expected {} classes, found {}",
                    scores.len(),
                    is_attack.len()
                ));
            }
            Ok(Ranking::new(scores.into_iter().zip(is_attack.iter().copied()).collect()).roc_auc())
        };
        let whole = area(features)?;
        let mut shuffled = features.to_vec();
        let mut importance = Vec::with_capacity(features.len());
        for (feature, column) in features.iter().enumerate() {
            let mut random = Random::new(seed, feature as u64);
            let mut fall = 0.0;
            // A column that no tree reads changes nothing.
            let n_repeats = if self.importance()[feature] > 0.0 {
                n_repeats
            } else {
                0
            };
            for _ in 0..n_repeats {
                random.shuffle(&mut shuffled[feature]);
                fall += whole - area(&shuffled)?;
            }
            shuffled[feature].clone_from(column);
            importance.push((fall / n_repeats.max(1) as f64) as f32);
        }
        Ok(importance)
    }
}
