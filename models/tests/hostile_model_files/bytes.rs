//! Files that are cut off, damaged, nested too deep, or claim sizes that cannot be.

use std::collections::HashMap;
use std::time::Instant;

use models::artifact::{ArtifactError, MAX_MODEL_BYTES};
use models::random::Random;
use serde_json::json;

use super::{
    FILES, HANG_GUARD, KDD5, KDD28, KDD41, data_start, file_of, member, refusal, refuse_or_work,
    tensors, with,
};

#[test]
fn refuses_a_file_cut_off_anywhere() {
    for file in FILES {
        let header = (0..64).chain(data_start(file) - 4..data_start(file) + 4);
        let percents = (0..100).map(|percent| file.len() * percent / 100 + percent % 7);
        for length in header.chain(percents).chain([file.len() - 1]) {
            refusal(&file[..length]);
        }
    }
}

#[test]
fn refuses_more_bytes_than_the_tensors_need() {
    let mut longer = KDD5.to_vec();
    longer.push(0);
    refusal(&longer);
}

#[test]
fn flipped_bytes_are_refused_or_harmless() {
    let mut random = Random::new(99, 0);
    let mut n_models = 0;
    for case in 0..1_200 {
        // Mostly the smallest, which is read soonest.
        let file = [KDD41, KDD28, KDD5][(case / 2 % 8).min(2)];
        let mut flipped = file.to_vec();
        // Half of them in the descriptions, which are a small part of the file.
        let end = [data_start(file), file.len()][case % 2];
        for _ in 0..1 + random.below(4) {
            let at = random.below(end);
            flipped[at] ^= 1 << random.below(8);
        }
        n_models += usize::from(refuse_or_work(&flipped));
    }
    // Most flips of a weight make another weight: both ways out of the test must be taken.
    assert!((120..1_150).contains(&n_models), "{n_models} models");
}

#[test]
fn replaced_bytes_are_refused_or_harmless() {
    let mut random = Random::new(100, 0);
    for _ in 0..300 {
        let mut file = KDD5.to_vec();
        let first = random.below(file.len() - 64);
        let length = 1 + random.below(64);
        for byte in &mut file[first..first + length] {
            *byte = random.below(256) as u8;
        }
        refuse_or_work(&file);
    }
}

#[test]
fn random_bytes_are_refused() {
    let mut random = Random::new(101, 0);
    for length in [0, 1, 7, 8, 9, 100, 10_000] {
        let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        refusal(&bytes);
    }
}

/// The header alone: nothing behind it.
fn bare_header(json: &str) -> Vec<u8> {
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(json.as_bytes());
    file
}

#[test]
fn refuses_absurd_sizes_at_once() {
    let started = Instant::now();
    for length in [u64::MAX, u64::MAX - 8, 1 << 63, 1 << 40, 100_000_001] {
        let mut file = KDD5.to_vec();
        file[..8].copy_from_slice(&length.to_le_bytes());
        refusal(&file);
    }
    for (shape, offsets) in [
        ("[18446744073709551615]", "[0,18446744073709551615]"),
        ("[4294967296,4294967296]", "[0,16]"),
        ("[1099511627776,1099511627776]", "[0,0]"),
        ("[18446744073709551615,0]", "[0,0]"),
        ("[1]", "[4,0]"),
        ("[1]", "[18446744073709551612,18446744073709551615]"),
    ] {
        let header = format!(
            r#"{{"__metadata__":{{"oddflow":"{{}}"}},"projection":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#
        );
        refusal(&bare_header(&header));
    }
    assert!(started.elapsed() < HANG_GUARD);
}

#[test]
fn refuses_a_file_over_the_limit_unread() {
    let error = refusal(&vec![0; MAX_MODEL_BYTES + 1]);
    assert_eq!(
        error.to_string(),
        "model file has 16777217 bytes, expected at most 16777216"
    );
}

#[test]
fn refuses_deeply_nested_descriptions() {
    for nested in ["[".repeat(1_000_000), "{\"a\":".repeat(1_000_000)] {
        refusal(&bare_header(&nested));
        refusal(&file_of(&HashMap::new(), &nested));
    }
}

#[test]
fn refuses_text_that_would_take_many_times_its_size() {
    let place = format!("/members/{}/settings/n_ends", member(KDD5, "density"));
    let error = refusal(&with(KDD5, &place, json!(vec![0; 600_000])));
    assert!(matches!(error, ArtifactError::HeaderTooLarge(_)), "{error}");
}

#[test]
fn refuses_a_file_that_is_not_ours() {
    let foreign = bare_header("{}");
    assert_eq!(
        refusal(&foreign).to_string(),
        "model file has no Oddflow description: expected metadata named \"oddflow\""
    );
    for text in ["", "null", "[]", "{}", "\u{0}", "{\"format_version\":2}"] {
        let error = refusal(&file_of(&tensors(KDD5), text));
        assert!(matches!(error, ArtifactError::Description(_)), "{text}");
    }
}

#[test]
fn names_the_version_of_a_file_of_another_version() {
    for other in [1, 3] {
        let file = with(KDD5, "/format_version", json!(other));
        assert_eq!(
            refusal(&file).to_string(),
            format!("model file has format version {other}, expected 2")
        );
    }
    // Even where the rest has changed so much that it cannot be read.
    let far_future = file_of(&HashMap::new(), r#"{"format_version":7,"layers":"many"}"#);
    assert!(matches!(
        refusal(&far_future),
        ArtifactError::Version { found: 7 }
    ));
    for version in [
        json!(0),
        json!("2"),
        json!(2.5),
        json!(-1),
        json!(u64::MAX),
        json!(null),
    ] {
        refusal(&with(KDD5, "/format_version", version));
    }
}
