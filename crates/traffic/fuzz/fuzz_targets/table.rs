//! Any bytes, pushed in pieces of any size, become rows and errors that do not depend on the pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;
use models::record::Vocabulary;
use models::schema::View;
use traffic::export::RecordWriter;
use traffic::layout::TableLayout;
use traffic::splitter::{Limits, Splitter};
use traffic::table::TableReader;

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (push_bytes, chunk_bytes, bytes) = input;
    let layout = TableLayout::detect(bytes)
        .or_else(|_| TableLayout::detect(b"0,1,2,3,4,normal\n"))
        .expect("the fallback is a table");
    layout.validate().expect("a detected layout is valid");
    let cut = counts(
        &layout,
        bytes,
        chunk_bytes.into(),
        usize::from(push_bytes) + 1,
    );
    let whole = counts(&layout, bytes, 1 << 20, bytes.len() + 1);
    assert_eq!(cut, whole);
});

/// Accepted and rejected rows.
fn counts(
    layout: &TableLayout,
    bytes: &[u8],
    chunk_bytes: usize,
    push_bytes: usize,
) -> (usize, u64) {
    let n_vocabularies = match layout.view {
        View::Kdd5 => 0,
        _ => 3,
    };
    let vocabularies = vec![Vocabulary::default(); n_vocabularies];
    let mut reader =
        TableReader::new(layout.clone(), vocabularies).expect("a detected layout is valid");
    let mut writer = RecordWriter::new(layout.delimiter);
    let limits = Limits {
        chunk_bytes,
        max_record_bytes: 64,
    };
    let mut splitter = Splitter::with_limits(layout.delimiter, limits);
    bytes
        .chunks(push_bytes)
        .for_each(|piece| splitter.push(piece));
    splitter.finish();
    let (mut n_rows, mut n_rejected) = (0, 0);
    let mut lines = Vec::new();
    while let Some(chunk) = splitter.next_chunk() {
        let parsed = reader.read(&chunk);
        n_rows += parsed.n_rows();
        n_rejected += parsed.rejected.n_rejected;
        for row in 0..parsed.n_rows() {
            let record = parsed.record(&chunk, row).expect("every row has its bytes");
            writer.write_record_with(&mut lines, record, ["0.5"]);
        }
    }
    (n_rows, n_rejected)
}
