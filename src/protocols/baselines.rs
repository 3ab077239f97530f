//! What everybody could have without us: printed beside our models in every table.

use std::sync::Arc;

use models::artifact::ArtifactError;
use models::autoencoder::NetworkScratch;
use models::density::DensityParams;
use models::detector::{Contributions, Detector, DetectorKind, DetectorParams};
use models::evaluation::LabelledScore;
use models::evaluation::measure::ModelName;
use models::isolation_forest::{IsolationForest, IsolationForestParams};
use models::preprocess::{EncodedBlock, Input, Lanes, Preprocess, Transform};
use models::shipped_detectors::DENSITY;
use models::tensors::TensorList;
use models::training::{FitData, MemberParams, TrainingParams};
use serde_json::Value;

/// A histogram per feature, and the forest of the paper on ordinary inputs, calibrated like ours.
pub(super) fn params(seed: u64) -> TrainingParams {
    TrainingParams {
        seed,
        ..TrainingParams::of_members(vec![
            MemberParams::new(1.0, DensityParams::histogram()),
            MemberParams::new(1.0, PlainForestParams),
        ])
    }
}

/// The name of a baseline by its detector.
pub(super) fn name_of(kind: DetectorKind) -> ModelName {
    let (name, title) = if kind == DENSITY {
        ("histogram", "Histogram per feature")
    } else {
        (kind.name, kind.title)
    };
    baseline(name, title)
}

/// Calls every record an attack.
pub(super) fn all_attack(labels: &[u32]) -> (ModelName, Vec<LabelledScore>) {
    let score = |&label: &u32| LabelledScore {
        raw: 1.0,
        risk: 100.0,
        label,
    };
    let name = baseline("all_attack", "“Everything is an attack”");
    (name, labels.iter().map(score).collect())
}

fn baseline(name: &str, title: &str) -> ModelName {
    ModelName {
        name: name.to_owned(),
        title: title.to_owned(),
        is_baseline: true,
    }
}

const PLAIN_ISOLATION_FOREST: DetectorKind = DetectorKind {
    name: "plain_isolation_forest",
    title: "Plain isolation forest",
};

/// The forest of Liu, Ting and Zhou (100 trees, 256 samples) on what one gives it who thinks of nothing special: logarithms of counts, sizes
/// and times, rates and flags as they are, one-hot categories.
#[derive(Debug)]
struct PlainForestParams;

/// Fitted.
#[derive(Debug)]
struct PlainForest {
    forest: IsolationForest,
    /// Which of the network inputs it sees.
    inputs: Vec<usize>,
}

/// Of the network inputs those that everybody has; of a feature with logarithm and magnitude the logarithm.
fn ordinary(inputs: &[Input]) -> Vec<usize> {
    let has_log = |feature: usize| {
        inputs
            .iter()
            .any(|input| input.feature == feature && input.transform == Transform::Log)
    };
    let is_ordinary = |input: &Input| match input.transform {
        Transform::Log | Transform::OneHot { .. } => true,
        Transform::Magnitude => !has_log(input.feature),
        _ => false,
    };
    (0..inputs.len())
        .filter(|&index| is_ordinary(&inputs[index]))
        .collect()
}

impl DetectorParams for PlainForestParams {
    fn kind(&self) -> DetectorKind {
        PLAIN_ISOLATION_FOREST
    }

    fn fit(&self, data: &FitData<'_>, seed: u64) -> Result<Arc<dyn Detector>, String> {
        let inputs = ordinary(data.preprocess.network_inputs());
        let rows = data.network_rows(&data.fit.rows);
        let columns: Vec<Vec<f32>> = inputs
            .iter()
            .map(|&input| rows.column(input).to_vec())
            .collect();
        let params = IsolationForestParams {
            seed,
            ..IsolationForestParams::classic()
        };
        Ok(Arc::new(PlainForest {
            forest: IsolationForest::fit(&columns, &params),
            inputs,
        }))
    }

    fn describe(&self) -> String {
        let forest = IsolationForestParams::classic().describe();
        format!("{forest}, on logarithms and one-hot categories")
    }
}

impl PlainForest {
    /// Its inputs where a forest looks for them.
    fn inputs_of(&self, block: &EncodedBlock) -> EncodedBlock {
        let mut inputs = EncodedBlock::default();
        inputs
            .tree
            .extend(self.inputs.iter().map(|&input| block.network[input]));
        inputs
    }
}

impl Detector for PlainForest {
    fn kind(&self) -> DetectorKind {
        PLAIN_ISOLATION_FOREST
    }

    fn score(&self, block: &EncodedBlock, _: &mut NetworkScratch) -> Lanes {
        self.forest.score(&self.inputs_of(block))
    }

    fn contributions(
        &self,
        preprocess: &Preprocess,
        block: &EncodedBlock,
        lane: usize,
        _: &mut NetworkScratch,
    ) -> Contributions {
        let network_inputs = preprocess.network_inputs();
        let inputs: Vec<Input> = self
            .inputs
            .iter()
            .map(|&input| network_inputs[input].clone())
            .collect();
        let by_input = self.forest.contributions(&self.inputs_of(block), lane);
        Contributions::of_inputs(preprocess, &inputs, self.forest.base(), &by_input)
    }

    fn explained(&self, score: f32) -> f32 {
        self.forest.explained(score)
    }

    fn store(&self, _: &mut TensorList) -> Result<Value, ArtifactError> {
        Err(ArtifactError::Write(
            "the plain isolation forest is there to be compared with, never stored".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use models::evaluation::Ranking;
    use models::random::Random;
    use models::record::RecordBatch;
    use models::schema::View;
    use models::training::{DistinctRows, LabelledRecords, detect_rows, fit_model};

    use super::*;
    use crate::protocols::data;

    #[test]
    fn everything_is_an_attack() {
        let (name, scores) = all_attack(&[0, 1, 1, 0, 1]);
        assert_eq!((name.name.as_str(), name.is_baseline), ("all_attack", true));
        let ranking = Ranking::new(
            scores
                .iter()
                .map(|score| (score.risk, score.label == 1))
                .collect(),
        );
        let confusion = ranking.confusion_at(50.0);
        assert_eq!((confusion.recall(), confusion.precision()), (1.0, 0.6));
        assert_eq!(confusion.false_alarm_rate(), 1.0);
        assert_eq!(ranking.roc_auc(), 0.5);
    }

    /// Normal records about e², and in the last tenth some far beyond.
    fn records() -> LabelledRecords {
        let mut random = Random::new(1, 0);
        let mut batch = RecordBatch::new(View::Kdd5);
        let labels: Vec<u32> = (0..2_000).map(|row| u32::from(row >= 1_800)).collect();
        for &label in &labels {
            for column in 0..5 {
                let log = 2.0 + random.normal() + 6.0 * f64::from(label);
                batch.push_number(column, log.exp() as f32);
            }
        }
        LabelledRecords {
            batch,
            vocabularies: Vec::new(),
            labels,
            label_names: ["normal", "smurf"].map(str::to_owned).to_vec(),
        }
    }

    #[test]
    fn baselines_are_fitted_and_find_what_is_far_off() {
        let records = records();
        let params = params(1);
        let split = data::plain(&records, &params);
        let model = fit_model(&records, View::Kdd5, &split, &params).unwrap();
        let names: Vec<String> = model
            .members
            .iter()
            .map(|member| name_of(member.detector.kind()).name)
            .collect();
        assert_eq!(names, ["histogram", "plain_isolation_forest"]);
        let detections = detect_rows(&model, &records, &split.test);
        let is_normal = records.is_normal();
        let scored = detections.raw[1].iter().zip(&split.test);
        let ranking = Ranking::new(scored.map(|(&raw, &row)| (raw, !is_normal[row])).collect());
        assert!(ranking.roc_auc() > 0.99, "{}", ranking.roc_auc());
        assert!(model.to_bytes().is_err());
    }

    #[test]
    fn plain_forest_sees_one_logarithm_of_each_number_and_its_contributions_sum_to_the_score() {
        let records = records();
        let rows: Vec<usize> = (0..1_000).collect();
        let fit = DistinctRows::of(&records.batch, &rows);
        let preprocess = Preprocess::fit(&records.batch, &records.vocabularies, &fit.rows);
        let inputs = ordinary(preprocess.network_inputs());
        let features: Vec<usize> = inputs
            .iter()
            .map(|&input| preprocess.network_inputs()[input].feature)
            .collect();
        assert_eq!(features, [0, 1, 2, 3, 4]);
        let data = FitData {
            preprocess: &preprocess,
            batch: &records.batch,
            fit: &fit,
            validation: &[],
            attacks: &DistinctRows::default(),
        };
        let forest = PlainForestParams.fit(&data, 3).unwrap();
        let mut block = EncodedBlock::default();
        preprocess.encode(&records.batch, &[7], &mut block);
        let mut scratch = NetworkScratch::default();
        let score = forest.score(&block, &mut scratch)[0];
        let total = forest
            .contributions(&preprocess, &block, 0, &mut scratch)
            .total();
        assert!((forest.explained(score) - total).abs() < 1e-4);
    }
}
