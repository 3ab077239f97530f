//! One digest per scored file: proof that browser, server and command line computed the same bits.
//!
//! In: [`Detections`] in file order. Out: SHA-256 over, for each row, the ensemble's risk and the raw score of each member and of the hybrid
//! as little-endian f32. Rows that could not be read do not take part.

use sha2::{Digest as _, Sha256};

use crate::trained_model::Detections;

/// Accumulates the digest of a file.
#[derive(Clone, Debug, Default)]
pub struct ScoreDigest {
    hasher: Sha256,
    buffer: Vec<u8>,
}

impl ScoreDigest {
    /// Adds the next rows.
    pub fn update(&mut self, detections: &Detections) {
        self.buffer.clear();
        for (row, risk) in detections.risk.iter().enumerate() {
            self.buffer.extend_from_slice(&risk.to_le_bytes());
            for raw in &detections.raw {
                self.buffer.extend_from_slice(&raw[row].to_le_bytes());
            }
        }
        self.hasher.update(&self.buffer);
    }

    /// 64 hexadecimal digits.
    pub fn finish(self) -> String {
        hex(&self.hasher.finalize())
    }
}

/// SHA-256 of some bytes as 64 hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_like_sha256sum_and_does_not_depend_on_batches() {
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let rows = |risk: &[f32]| Detections {
            risk: risk.to_vec(),
            raw: vec![risk.to_vec()],
            ..Detections::default()
        };
        let (mut whole, mut parts) = (ScoreDigest::default(), ScoreDigest::default());
        whole.update(&rows(&[1.0, 2.0, 3.0]));
        parts.update(&rows(&[1.0]));
        parts.update(&rows(&[2.0, 3.0]));
        assert_eq!(whole.finish(), parts.finish());
    }
}
