//! The ensemble of calibrated members, and the hybrid of it with a supervised one.
//!
//! *Ensemble*: the weighted mean of the members' −log₁₀ p (Fisher's combination, weighted), calibrated once more on held-out normal records.
//! *Hybrid*: noisy-or of the supervised member and the ensemble. With 1 − p as each one's belief in an attack it is
//! 1 − p₁ × p₂^γ, written as −log₁₀ p₁ + γ × combined, calibrated likewise. So a record is odd when it looks like a known attack or like
//! nothing known. (With the forest's calibrated probability as its belief, attacks of a family that training left out were found less
//! often: macro recall at 5 % false alarms .922 against .952 on NSL-KDD's training file.)
//!
//! What the calibrations were fitted on is kept ([`HeldOut`]), so that other weights can be tried without the training data.

use crate::calibration::Calibration;
use crate::trained_model::Member;

/// The supervised member's part in a hybrid verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Hybrid {
    /// Position of the supervised member.
    pub member: usize,
    /// γ: how much the ensemble counts beside it.
    pub novelty_weight: f32,
    /// From the hybrid's raw score to p.
    pub calibration: Calibration,
}

/// Largest weight of a member.
pub const MAX_WEIGHT: f32 = 1000.0;

/// Steps per unit of −log₁₀ p in [`HeldOut`].
const STEPS: f32 = 4096.0;

/// Evidence of the members on the normal records that calibrated them: records × members, in steps of 1/4096.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldOut {
    n_members: usize,
    steps: Vec<u16>,
}

impl HeldOut {
    /// From one column of evidence per member, all of the same length; see [`evidence`]. Records are sorted: their order says nothing.
    pub fn new(columns: &[Vec<f32>]) -> Self {
        let n_rows = columns.first().map_or(0, Vec::len);
        let mut rows: Vec<Vec<u16>> = (0..n_rows)
            .map(|row| {
                columns
                    .iter()
                    .map(|column| (column[row] * STEPS).round() as u16)
                    .collect()
            })
            .collect();
        rows.sort_unstable();
        Self {
            n_members: columns.len(),
            steps: rows.concat(),
        }
    }

    /// From what [`HeldOut::steps`] gave of `n_rows` records.
    ///
    /// # Errors
    /// A sentence where there are more or fewer.
    pub(crate) fn from_steps(
        n_rows: usize,
        n_members: usize,
        steps: Vec<u16>,
    ) -> Result<Self, String> {
        let n_steps = n_rows.checked_mul(n_members);
        if n_steps == Some(steps.len()) {
            Ok(Self { n_members, steps })
        } else {
            Err(format!(
                "held-out evidence: expected {} numbers, found {}",
                n_steps.unwrap_or(usize::MAX),
                steps.len()
            ))
        }
    }

    /// Records × members.
    pub(crate) fn steps(&self) -> &[u16] {
        &self.steps
    }

    /// Evidence of the members, record by record.
    fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = f32> + '_> {
        self.steps
            .chunks_exact(self.n_members.max(1))
            .map(|row| row.iter().map(|&steps| f32::from(steps) / STEPS))
    }
}

/// What a p value says, in powers of ten: −log₁₀ p.
pub fn evidence(p: f64) -> f32 {
    // Of p = 1 it is 0 and not −0.
    -libm::log10(p) as f32 + 0.0
}

/// Weighted mean of the members' evidence: the ensemble's raw score.
pub(crate) fn combine(members: &[Member], evidence: impl IntoIterator<Item = f32>) -> f32 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (member, evidence) in members.iter().zip(evidence) {
        sum += f64::from(member.weight) * f64::from(evidence);
        total += f64::from(member.weight);
    }
    (sum / total) as f32
}

impl Hybrid {
    /// The hybrid's raw score.
    pub(crate) fn combine(&self, supervised: f32, ensemble: f32) -> f32 {
        noisy_or(supervised, ensemble, self.novelty_weight)
    }
}

fn noisy_or(supervised: f32, ensemble: f32, novelty_weight: f32) -> f32 {
    supervised + novelty_weight * ensemble
}

/// Checks that the members' weights make an ensemble of detectors that know normal records alone.
///
/// # Errors
/// A sentence where a weight is out of range, a supervised member has one, or no member has.
pub(crate) fn check_weights(members: &[Member]) -> Result<(), String> {
    for Member {
        detector, weight, ..
    } in members
    {
        let name = detector.kind().name;
        if !(0.0..=MAX_WEIGHT).contains(weight) {
            return Err(format!(
                "weight of {name}: expected 0 to {MAX_WEIGHT}, found {weight}"
            ));
        }
        if detector.is_supervised() && *weight > 0.0 {
            return Err(format!(
                "weight of {name}: expected 0, found {weight}: it is supervised and counts in the hybrid, not in the ensemble"
            ));
        }
    }
    if members.iter().all(|member| member.weight == 0.0) {
        return Err("ensemble: expected a detector with a weight above 0".into());
    }
    Ok(())
}

/// The calibrations of ensemble and hybrid for the members' present weights.
///
/// # Errors
/// A sentence where the weights make no ensemble, see [`check_weights`], or there are too few held-out records.
pub(crate) fn calibrate(
    members: &[Member],
    held_out: &HeldOut,
    novelty_weight: f32,
) -> Result<(Calibration, Option<Hybrid>), String> {
    check_weights(members)?;
    let combined: Vec<f32> = held_out.rows().map(|row| combine(members, row)).collect();
    let supervised = members
        .iter()
        .position(|member| member.detector.is_supervised());
    let hybrid = supervised
        .map(|member| {
            let supervised = held_out.rows().filter_map(|mut row| row.nth(member));
            let raw: Vec<f32> = supervised
                .zip(&combined)
                .map(|(supervised, &combined)| noisy_or(supervised, combined, novelty_weight))
                .collect();
            Ok::<_, String>(Hybrid {
                member,
                novelty_weight,
                calibration: Calibration::fit(&raw)?,
            })
        })
        .transpose()?;
    Ok((Calibration::fit(&combined)?, hybrid))
}
