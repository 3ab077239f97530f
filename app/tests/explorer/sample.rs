//! The shipped sample as the coordinator holds it: read, scored by the shipped model, put together.

use std::sync::Arc;

use analysis::table::{ModelColumn, PartColumn, TableBuilder, TablePart};
use app::explorer::Explorer;
use models::evaluation::is_normal_label;
use models::record::{Column, UNSEEN};
use models::trained_model::{Scorer, TrainedModel};
use traffic::stream::TableStream;
use traffic::table::TableReader;

const SAMPLE: &[u8] = include_bytes!("../../../public/samples/office-day.csv");
const MODEL: &[u8] = include_bytes!("../../../models/artifacts/kdd41.oddflow");

/// The model of the widest view.
pub(crate) fn model() -> Arc<TrainedModel> {
    Arc::new(TrainedModel::from_bytes(MODEL).expect("the shipped model decodes"))
}

/// An explorer of the sample.
pub(crate) fn explorer() -> Explorer {
    let model = model();
    let mut stream = TableStream::new();
    stream.push(SAMPLE);
    stream.finish();
    let mut scorer = Scorer::new(Arc::clone(&model));
    let mut reader = None;
    let mut builder = TableBuilder::new(model.view());
    while let Some(chunk) = stream.next_chunk().expect("the sample is a table") {
        let layout = stream.layout().expect("a chunk has a layout").clone();
        let vocabularies = model.preprocess.vocabularies().to_vec();
        let reader = reader.get_or_insert_with(|| {
            TableReader::new(layout, vocabularies.clone()).expect("the layout fits")
        });
        let parsed = reader.read(&chunk);
        let detections = scorer.detect(&parsed.batch);
        let words: Vec<Vec<String>> = vocabularies
            .iter()
            .map(|known| [known.values(), &["(never seen)".to_owned()]].concat())
            .collect();
        let mut n_known = vocabularies.iter().map(|known| known.len() as u32);
        let features = parsed.batch.columns().iter().map(|column| match column {
            Column::Numeric(values) => PartColumn::Numbers(values.clone()),
            Column::Category(codes) => {
                let n_known = n_known.next().unwrap_or_default();
                let position = |&code: &u32| if code == UNSEEN { n_known } else { code };
                PartColumn::Words(codes.iter().map(position).collect())
            }
        });
        let features = features.collect();
        let risks = std::iter::once(&detections.risk).chain(&detections.column_risk);
        let raw = std::iter::once(&detections.combined).chain(&detections.raw);
        let models = risks.zip(raw).map(|(risk, raw)| ModelColumn {
            risk: risk.clone(),
            raw: raw.clone(),
        });
        builder.push(TablePart {
            features,
            words,
            label_names: parsed.labels.names().to_vec(),
            labels: parsed.labels.codes().to_vec(),
            models: models.collect(),
            position: detections.position.clone(),
            hashes: detections.row_hash.clone(),
            lines: parsed.lines.iter().map(|&line| line as u32).collect(),
        });
    }
    Explorer::new(builder.finish(is_normal_label), model)
}
