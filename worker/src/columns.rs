//! The scores of a chunk as bytes, on their way from a scorer to the coordinator.

use models::trained_model::Detections;

/// Scores, places, labels and hashes of some rows, by column.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScoredColumns {
    /// Per model, the ensemble first: risks.
    pub(crate) risks: Vec<Vec<f32>>,
    /// Per model, the ensemble first: raw scores.
    pub(crate) raw: Vec<Vec<f32>>,
    /// Place on the map.
    pub(crate) position: [Vec<f32>; 2],
    /// Labels as codes; empty without labels.
    pub(crate) labels: Vec<u32>,
    /// Hashes of the features.
    pub(crate) hashes: Vec<u64>,
}

impl ScoredColumns {
    /// Writes the columns one after the other, little-endian.
    pub(crate) fn encode(detections: &Detections, labels: &[u32]) -> Vec<u8> {
        let risks = std::iter::once(&detections.risk).chain(&detections.column_risk);
        let raw = std::iter::once(&detections.combined).chain(&detections.raw);
        let mut bytes = Vec::with_capacity(detections.risk.len() * 64);
        for column in risks.chain(raw).chain(&detections.position) {
            bytes.extend(column.iter().flat_map(|value| value.to_le_bytes()));
        }
        bytes.extend(
            detections
                .row_hash
                .iter()
                .flat_map(|hash| hash.to_le_bytes()),
        );
        bytes.extend(labels.iter().flat_map(|label| label.to_le_bytes()));
        bytes
    }

    /// Reads what [`ScoredColumns::encode`] wrote for `n_rows` rows and `n_models` models.
    pub(crate) fn decode(bytes: &[u8], n_rows: usize, n_models: usize) -> Self {
        let mut rest = bytes;
        let mut take = |n_bytes: usize| {
            let (head, tail) = rest.split_at_checked(n_bytes).unwrap_or((rest, &[]));
            rest = tail;
            head
        };
        let mut floats = || {
            take(4 * n_rows)
                .as_chunks()
                .0
                .iter()
                .map(|word| f32::from_le_bytes(*word))
                .collect::<Vec<f32>>()
        };
        let risks = (0..n_models).map(|_| floats()).collect();
        let raw = (0..n_models).map(|_| floats()).collect();
        let position = [floats(), floats()];
        let hashes = take(8 * n_rows)
            .as_chunks()
            .0
            .iter()
            .map(|word| u64::from_le_bytes(*word))
            .collect();
        let labels = take(4 * n_rows)
            .as_chunks()
            .0
            .iter()
            .map(|word| u32::from_le_bytes(*word))
            .collect();
        Self {
            risks,
            raw,
            position,
            labels,
            hashes,
        }
    }
}
