//! Any bytes, pushed in pieces of any size, are unpacked or refused in bounded steps, always to the same output.

#![no_main]

use libfuzzer_sys::fuzz_target;
use traffic::decompress::{DecompressError, Decompressor, MAX_STEP_BYTES};

fuzz_target!(|input: (u8, &[u8])| {
    let (push_bytes, bytes) = input;
    let (cut, cut_result) = unpack(bytes, usize::from(push_bytes) + 1);
    let (whole, whole_result) = unpack(bytes, bytes.len() + 1);
    assert_eq!(cut_result.is_ok(), whole_result.is_ok());
    assert_eq!(cut, whole);
});

fn unpack(bytes: &[u8], push_bytes: usize) -> (Vec<u8>, Result<(), DecompressError>) {
    let mut decompressor = Decompressor::new();
    let mut output = Vec::new();
    for mut rest in bytes.chunks(push_bytes) {
        loop {
            let step = match decompressor.push(rest) {
                Ok(step) => step,
                Err(error) => return (output, Err(error)),
            };
            assert!(step.output.len() <= MAX_STEP_BYTES.max(rest.len()));
            output.extend_from_slice(step.output);
            rest = &rest[step.n_read..];
            if !step.is_pending {
                break;
            }
        }
    }
    let result = decompressor.finish();
    (output, result)
}
