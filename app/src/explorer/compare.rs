//! Two models on the same rows: how much better one ranks, and how sure that is.

use models::evaluation::paired::{PairedBootstrap, PairedObservation};

use super::Explorer;
use crate::job::question::{CompareQuestion, Comparison, QueryProblem};

/// Resamples in all: the ends of a 95 % interval then vary by some 4 % of its width.
const N_RESAMPLES: usize = 400;

/// Resamples at a time: short enough that a question in between does not wait noticeably.
const N_PER_STEP: usize = 5;

/// Steps between two answers.
const STEPS_PER_ANSWER: usize = 5;

/// The seed: the same file gives the same figures.
const SEED: u64 = 42;

/// A comparison under way.
#[derive(Debug)]
pub struct Comparing {
    question: CompareQuestion,
    /// `None` without labels of both kinds.
    bootstrap: Option<PairedBootstrap>,
}

impl Explorer {
    /// Starts to compare two models over the rows of a filter.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub fn compare(&mut self, question: CompareQuestion) -> Result<Comparing, QueryProblem> {
        let model = self.selection.model;
        self.select(&question.query, model)?;
        let table = &self.table;
        let [a, b] = question.models.map(|model| table.models.get(model));
        let mut observations = Vec::new();
        if let (Some(a), Some(b), Some(_)) = (a, b, &table.labels) {
            // Rows of a group share features and scores; the labels of a few groups differ.
            let mut counts = vec![[0u32; 2]; table.n_groups()];
            self.selection.rows.for_each(|row| {
                let kind = usize::from(table.is_attack(row).unwrap_or_default());
                counts[table.groups[row] as usize][kind] += 1;
            });
            for (group, counts) in counts.iter().enumerate() {
                let row = table.first_rows[group] as usize;
                for (kind, &n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
                    observations.push(PairedObservation {
                        raw_a: a.raw[row],
                        raw_b: b.raw[row],
                        is_attack: kind == 1,
                        group,
                        n,
                    });
                }
            }
        }
        let has_both = [true, false]
            .map(|is_attack| observations.iter().any(|of| of.is_attack == is_attack))
            == [true; 2];
        Ok(Comparing {
            bootstrap: has_both.then(|| PairedBootstrap::new(&observations, SEED)),
            question,
        })
    }
}

impl Comparing {
    /// Tells whether there is nothing more to do.
    pub fn is_done(&self) -> bool {
        self.bootstrap
            .as_ref()
            .is_none_or(|bootstrap| bootstrap.n_done() >= N_RESAMPLES)
    }

    /// Draws some more resamples; now and then, and at the end, says what is known so far.
    pub fn step(&mut self) -> Option<Comparison> {
        if let Some(bootstrap) = &mut self.bootstrap {
            bootstrap.step(N_PER_STEP.min(N_RESAMPLES - bootstrap.n_done()));
        }
        let n_done = self.bootstrap.as_ref().map_or(0, PairedBootstrap::n_done);
        if !self.is_done() && !n_done.is_multiple_of(N_PER_STEP * STEPS_PER_ANSWER) {
            return None;
        }
        Some(Comparison {
            number: self.question.number,
            models: self.question.models,
            n_resamples: [n_done as u32, N_RESAMPLES as u32],
            paired: self.bootstrap.as_ref().map(PairedBootstrap::result),
        })
    }
}
