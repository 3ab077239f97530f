//! Tables from bytes to rows: the forms that are recognised, and everything that can be wrong with them.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use models::record::{Column, UNSEEN, Vocabulary};
use models::schema::{FEATURES, FeatureKind, View};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use traffic::content::{ContentError, sniff_content};
use traffic::export::RecordWriter;
use traffic::layout::{LayoutError, TableLayout};
use traffic::row_error::RowError;
use traffic::splitter::{Chunk, Limits, MAX_RECORD_BYTES, Splitter};
use traffic::table::TableReader;

fn vocabularies(view: View) -> Vec<Vocabulary> {
    let known = [
        &["icmp", "tcp", "udp"][..],
        &["ftp_data", "http"],
        &["REJ", "S0", "SF"],
    ];
    let lists = match view {
        View::Kdd5 => &[][..],
        _ => &known[..],
    };
    lists
        .iter()
        .map(|words| Vocabulary::new(words.iter().map(|&word| word.to_owned()).collect()))
        .collect()
}

/// A made-up record of all 41 features; `seed` varies it.
fn kdd_record(seed: usize) -> Vec<String> {
    let cell = |(index, kind): (usize, FeatureKind)| match kind {
        FeatureKind::Category => match index {
            1 => "tcp".to_owned(),
            2 => "http".to_owned(),
            _ => "SF".to_owned(),
        },
        FeatureKind::Rate => format!("0.{:02}", (seed + index) % 100),
        _ => (seed * 3 + index).to_string(),
    };
    let features = FEATURES.iter().enumerate();
    features
        .map(|(index, feature)| cell((index, feature.kind)))
        .collect()
}

fn kdd_table(n_rows: usize, delimiter: &str, tail: &[&str]) -> String {
    (0..n_rows)
        .map(|seed| {
            let mut cells = kdd_record(seed);
            cells.extend(tail.iter().map(|&cell| cell.to_owned()));
            cells.join(delimiter) + "\n"
        })
        .collect()
}

/// Everything that is read from a table, independent of how it was cut.
#[derive(Debug, Default, PartialEq)]
struct Reading {
    lines: Vec<u64>,
    values: Vec<Vec<u32>>,
    records: Vec<Vec<u8>>,
    labels: Vec<String>,
    errors: Vec<RowError>,
    n_rejected: u64,
    n_unseen: u64,
}

impl Reading {
    fn messages(&self) -> Vec<String> {
        self.errors.iter().map(ToString::to_string).collect()
    }
}

fn split(bytes: &[u8], delimiter: u8, limits: Limits, push_bytes: usize) -> Vec<Chunk> {
    let mut splitter = Splitter::with_limits(delimiter, limits);
    let mut chunks = Vec::new();
    for piece in bytes.chunks(push_bytes.max(1)) {
        splitter.push(piece);
        chunks.extend(std::iter::from_fn(|| splitter.next_chunk()));
    }
    splitter.finish();
    chunks.extend(std::iter::from_fn(|| splitter.next_chunk()));
    chunks
}

fn read_with(layout: &TableLayout, bytes: &[u8], limits: Limits, push_bytes: usize) -> Reading {
    let mut reader = TableReader::new(layout.clone(), vocabularies(layout.view)).unwrap();
    let mut reading = Reading::default();
    for (index, chunk) in split(bytes, layout.delimiter, limits, push_bytes)
        .iter()
        .enumerate()
    {
        assert_eq!(chunk.index, index as u64);
        let parsed = reader.read(chunk);
        let columns = parsed.batch.columns();
        assert_eq!(parsed.batch.n_rows(), parsed.n_rows());
        for row in 0..parsed.n_rows() {
            reading
                .values
                .push(columns.iter().map(|column| column.bits(row)).collect());
            reading
                .records
                .push(parsed.record(chunk, row).unwrap().to_vec());
            reading
                .labels
                .extend(parsed.labels.of_row(row).map(str::to_owned));
        }
        reading.lines.extend(&parsed.lines);
        reading.errors.extend(parsed.rejected.rows.iter().cloned());
        reading.n_rejected += parsed.rejected.n_rejected;
        reading.n_unseen += parsed.n_unseen_categories;
    }
    reading
}

fn read(bytes: &[u8]) -> Reading {
    let layout = TableLayout::detect(bytes).unwrap();
    read_with(&layout, bytes, Limits::default(), 1 << 16)
}

#[test]
fn recognises_the_forms_by_their_number_of_columns() {
    let cases: [(&[&str], Option<usize>); 3] = [
        (&[], None),
        (&["smurf."], Some(41)),
        (&["neptune", "19"], Some(41)),
    ];
    for (tail, label_column) in cases {
        for delimiter in [",", ";", "\t"] {
            let table = kdd_table(3, delimiter, tail);
            let layout = TableLayout::detect(table.as_bytes()).unwrap();
            assert_eq!(layout.view, View::Kdd41);
            assert_eq!(layout.delimiter, delimiter.as_bytes()[0]);
            assert_eq!(layout.label_column, label_column);
            let reading = read(table.as_bytes());
            assert_eq!((reading.lines, reading.n_rejected), (vec![1, 2, 3], 0));
        }
    }
    let form = TableLayout::detect(b"0,181,5450,8,8\n").unwrap();
    assert_eq!((form.view, form.label_column), (View::Kdd5, None));
    let labelled = TableLayout::detect(b"0,181,5450,8,8,normal\n").unwrap();
    assert_eq!(
        (labelled.view, labelled.label_column),
        (View::Kdd5, Some(5))
    );
}

#[test]
fn strips_the_dot_of_kdd_labels() {
    assert_eq!(
        read(kdd_table(2, ",", &["smurf."]).as_bytes()).labels,
        ["smurf", "smurf"]
    );
    assert_eq!(
        read(kdd_table(1, ",", &["back", "20"]).as_bytes()).labels,
        ["back"]
    );
}

#[test]
fn reads_values_into_columns_of_the_view() {
    let table = kdd_table(1, ",", &[]);
    let layout = TableLayout::detect(table.as_bytes()).unwrap();
    let mut reader = TableReader::new(layout, vocabularies(View::Kdd41)).unwrap();
    let chunk = &split(table.as_bytes(), b',', Limits::default(), 10)[0];
    let columns = reader.read(chunk).batch.columns();
    assert_eq!(columns[0], Column::Numeric(vec![0.0]));
    assert_eq!(columns[1], Column::Category(vec![1]));
    assert_eq!(columns[4], Column::Numeric(vec![4.0]));
    assert_eq!(columns[24], Column::Numeric(vec![0.24]));
}

#[test]
fn finds_columns_by_name_in_any_order() {
    let mut names: Vec<_> = FEATURES
        .iter()
        .map(|feature| feature.name.replace('_', " "))
        .collect();
    names.push("Attack Type".into());
    names.reverse();
    let mut record = kdd_record(5);
    record.push("normal".into());
    let plain = read((record.join(",") + "\n").as_bytes());
    record.reverse();
    let named = read(format!("{}\n{}\n", names.join(","), record.join(",")).as_bytes());
    assert_eq!(named.values, plain.values);
    assert_eq!((named.labels, named.lines), (plain.labels, vec![2]));
}

#[test]
fn a_header_with_the_form_names_among_others_gives_the_form_view() {
    let table = b"id,dst bytes,src bytes,DURATION,srvCount,Count\nx,2,1,0,4,3\n";
    let reading = read(table);
    let expected = [0.0_f32, 1.0, 2.0, 3.0, 4.0].map(f32::to_bits).to_vec();
    assert_eq!(reading.values, [expected]);
}

#[test]
fn a_header_of_unknown_names_above_a_known_form_is_skipped() {
    let reading = read(b"V1,V2,V3,V4,V5\n0,1,2,3,4\n");
    assert_eq!((reading.lines, reading.n_rejected), (vec![2], 0));
}

#[test]
fn an_attack_named_like_a_feature_does_not_make_a_header() {
    let layout = TableLayout::detect(kdd_table(2, ",", &["land."]).as_bytes()).unwrap();
    assert!(!layout.has_header);
}

#[test]
fn detects_by_the_majority_of_lines() {
    let table = format!(
        "# exported; by something\n{}",
        kdd_table(5, ",", &["normal."])
    );
    let reading = read(table.as_bytes());
    assert_eq!(reading.lines, [2, 3, 4, 5, 6]);
    assert_eq!(reading.messages(), ["line 1: expected 42 columns, found 1"]);
}

#[test]
fn ignores_the_last_line_of_the_sample_which_may_be_cut_off() {
    let table = kdd_table(2, ",", &["normal."]);
    let layout = TableLayout::detect(&table.as_bytes()[..table.len() - 30]).unwrap();
    assert_eq!(layout.n_columns, 42);
}

#[test]
fn names_what_was_found_where_no_form_fits() {
    let message = |bytes: &[u8]| TableLayout::detect(bytes).unwrap_err().to_string();
    let columns = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\n";
    assert_eq!(
        message(columns.as_bytes()),
        "file has 17 columns, expected 41, 42 or 43 (KDD / NSL-KDD), or 5 or 6 (form), or a header that names them"
    );
    assert_eq!(
        message(b"duration,src_bytes,count,user\n1,2,3,x\n"),
        "header lacks \"dst_bytes\", \"srv_count\" of view kdd5, found \"duration\", \"src_bytes\", \"count\", \"user\""
    );
    assert!(message(b"just words\nand more words\n").starts_with("file has 1 column,"));
    assert!(message(&[b'7'; 1 << 16]).contains("one line without an end in the first 65536 bytes"));
}

#[test]
fn refuses_what_is_not_a_table() {
    let utf16: Vec<u8> = "0,1,2,3,4\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let cases: [(&[u8], ContentError); 5] = [
        (b"", ContentError::Empty),
        (b"<!doctype html><html>0,1,2,3,4</html>", ContentError::Html),
        (&utf16, ContentError::Utf16),
        (b"\x1F\x8B\x08\0", ContentError::Gzip),
        (b"0,\0\0\0", ContentError::Binary { offset: 2 }),
    ];
    for (bytes, error) in cases {
        assert_eq!(TableLayout::detect(bytes), Err(LayoutError::Content(error)));
    }
}

#[test]
fn line_ends_and_byte_order_marks_do_not_matter() {
    let expected = read(b"0,1,2,3,4\n5,6,7,8,9\n");
    for table in [
        "0,1,2,3,4\r\n5,6,7,8,9\r\n",
        "0,1,2,3,4\r5,6,7,8,9",
        "\u{FEFF}0,1,2,3,4\n5,6,7,8,9",
    ] {
        assert_eq!(read(table.as_bytes()), expected, "{table:?}");
    }
}

#[test]
fn blank_lines_are_counted_but_not_rejected() {
    let reading = read(b"\n0,1,2,3,4\r\n\r\n\n5,6,7,8,9\n\n");
    assert_eq!((reading.lines, reading.n_rejected), (vec![2, 5], 0));
}

#[test]
fn says_what_is_wrong_with_a_row_and_keeps_the_others() {
    let table = "duration,src_bytes,dst_bytes,count,srv_count\n0,1,2,3,4\n0,abc,2,3,4\nNaN,1,2,3,4\n0,inf,2,3,4\n0,1,1e400,3,4\n0,1,2,-3,4\n0,1,2,3\n0,1,2,3,4,5\n0,,2,3,4\n0,1,\x002,3,4\n 0 ,+1,2.0,3e0,4.\n";
    let layout = TableLayout::detect(b"duration,src_bytes,dst_bytes,count,srv_count\n").unwrap();
    let reading = read_with(&layout, table.as_bytes(), Limits::default(), 7);
    assert_eq!(
        reading.messages(),
        [
            "line 3, column \"src_bytes\": expected a number, found \"abc\"",
            "line 4, column \"duration\": expected a finite number, found \"NaN\"",
            "line 5, column \"src_bytes\": expected a finite number, found \"inf\"",
            "line 6, column \"dst_bytes\": expected a finite number, found \"1e400\"",
            "line 7, column \"count\": expected a number ≥ 0, found \"-3\"",
            "line 8: expected 5 columns, found 4",
            "line 9: expected 5 columns, found 6",
            "line 10, column \"src_bytes\": expected a number, found \"\"",
            "line 11, column \"dst_bytes\": expected a number, found \"\\u{0}2\"",
        ]
    );
    assert_eq!(reading.lines, [2, 12]);
    assert_eq!(reading.values[0], reading.values[1]);
}

#[test]
fn checks_shares_and_words() {
    let with = |column: usize, cell: &str| {
        let mut record = kdd_record(1);
        record[column] = cell.to_owned();
        read(format!("{}{}\n", kdd_table(2, ",", &[]), record.join(",")).as_bytes())
    };
    let message = |column, cell| with(column, cell).messages().join("; ");
    assert_eq!(
        message(24, "1.01"),
        "line 3, column \"serror_rate\": expected a share between 0 and 1, found \"1.01\""
    );
    assert_eq!(
        message(2, ""),
        "line 3, column \"service\": expected a word, found nothing"
    );
    assert_eq!(
        message(2, "a\tb"),
        "line 3, column \"service\": expected a word without control characters, found \"a\\tb\""
    );
    assert_eq!(
        message(2, &"x".repeat(257)),
        "line 3, column \"service\": expected a word of at most 256 bytes, found 257 bytes"
    );
    let unseen = with(2, "gopher");
    assert_eq!((unseen.n_unseen, unseen.n_rejected), (1, 0));
    assert_eq!(unseen.values[2][2], UNSEEN);
}

#[test]
fn quoted_cells_may_hold_delimiters_and_line_ends() {
    let table = b"user,duration,src_bytes,dst_bytes,count,srv_count\n\"a,\n\"\"b\"\"\",0,\"1\",2,3,4\nc,0,1,2,3,4\n";
    let reading = read(table);
    assert_eq!(reading.lines, [2, 4]);
    assert_eq!(reading.records[0], b"\"a,\n\"\"b\"\"\",0,\"1\",2,3,4");
    assert_eq!(reading.values[0], reading.values[1]);
}

#[test]
fn a_quote_that_never_closes_costs_one_line() {
    let mut table = b"0,1,2,3,4\n".repeat(3);
    table.extend(b"0,\"1,2,3,4\n");
    table.extend(b"0,1,2,3,4\n".repeat(3));
    let reading = read(&table);
    assert_eq!(reading.lines, [1, 2, 3, 5, 6, 7]);
    assert_eq!(
        reading.messages(),
        ["line 4: quote opened here is never closed"]
    );
}

#[test]
fn a_quote_that_does_not_close_within_the_longest_record_costs_one_line() {
    let mut table = b"0,\"1,2,3,4\n".to_vec();
    table.extend(b"0,1,2,3,4\n".repeat(MAX_RECORD_BYTES / 4));
    let layout = TableLayout::detect(b"0,1,2,3,4\n").unwrap();
    let reading = read_with(&layout, &table, Limits::default(), 1 << 16);
    assert_eq!(reading.n_rejected, 1);
    assert_eq!(reading.lines.len(), MAX_RECORD_BYTES / 4);
}

#[test]
fn a_quote_left_open_by_every_line_is_not_looked_for_again_and_again() {
    // Alone each line leaves a quote open; inside an open quote it closes one and opens another.
    let table = b"x\"y,\"z\n".repeat(3 * MAX_RECORD_BYTES / 7);
    let n_lines = (3 * MAX_RECORD_BYTES / 7) as u64;
    let chunks = split(&table, b',', Limits::default(), 1 << 16);
    let n_rejected: u64 = chunks.iter().map(|chunk| chunk.rejected.n_rejected).sum();
    assert_eq!(n_rejected, n_lines);
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    let layout = TableLayout::detect(b"0,1,2,3,4\n").unwrap();
    let mut splitter = Splitter::new(b',');
    splitter.push(b"0,1,2,3,4\n");
    for _ in 0..48 {
        splitter.push(&[b'7'; 1 << 16]);
        assert!(splitter.buffered_bytes() < 3 << 20);
    }
    splitter.push(b"\r");
    splitter.push(b"\n5,6,7,8,9");
    splitter.finish();
    let mut reader = TableReader::new(layout, Vec::new()).unwrap();
    let chunk = splitter.next_chunk().unwrap();
    let parsed = reader.read(&chunk);
    assert_eq!(parsed.lines, [1, 3]);
    assert_eq!(
        parsed.rejected.rows[0].to_string(),
        "line 2: longer than 1 MiB"
    );
    assert!(splitter.next_chunk().is_none());
}

#[test]
fn the_longest_record_is_just_as_long_as_stated() {
    let limits = Limits {
        chunk_bytes: 4,
        max_record_bytes: 9,
    };
    let layout = TableLayout::detect(b"0,1,2,3,4\n").unwrap();
    for line_end in ["\n", "\r\n", "\r", ""] {
        let table = format!("0,1,2,3,4{line_end}");
        let reading = read_with(&layout, table.as_bytes(), limits, 1);
        assert_eq!(reading.n_rejected, 0, "{line_end:?}");
        let table = format!("0,1,2,3,44{line_end}");
        let reading = read_with(&layout, table.as_bytes(), limits, 1);
        assert_eq!(
            reading.messages(),
            ["line 1: longer than 9 bytes"],
            "{line_end:?}"
        );
    }
}

#[test]
fn labels_beyond_the_limit_share_one_name() {
    let table: String = (0..5000)
        .map(|i| format!("0,1,2,3,4,attack{i}\n"))
        .collect();
    let reading = read(table.as_bytes());
    assert_eq!(reading.labels[4095], "attack4095");
    assert_eq!(reading.labels[4096], "(other)");
    assert_eq!(reading.labels[4999], "(other)");
}

#[test]
fn checks_a_layout_that_was_edited() {
    let layout = TableLayout::detect(b"0,1,2,3,4,normal\n").unwrap();
    assert_eq!(layout.validate(), Ok(()));
    let edited = |edit: fn(&mut TableLayout)| {
        let mut layout = layout.clone();
        edit(&mut layout);
        layout.validate().unwrap_err().to_string()
    };
    assert!(edited(|layout| layout.feature_columns[4] = 6).starts_with("layout expects column 7"));
    assert!(edited(|layout| layout.label_column = Some(0)).starts_with("layout expects column 1"));
    assert!(edited(|layout| layout.delimiter = b'"').starts_with("expected comma"));
    assert_eq!(
        edited(|layout| layout.feature_columns.truncate(4)),
        "view kdd5 expects 5 feature columns, layout has 4"
    );
    let json = serde_json::to_string(&layout).unwrap();
    assert_eq!(serde_json::from_str::<TableLayout>(&json).unwrap(), layout);
    assert_eq!(
        layout.preview(b"0,1,2,3,4,normal\n", 20),
        [["0", "1", "2", "3", "4", "normal"]]
    );
}

#[test]
fn exports_formulas_as_text() {
    let cases: [(&str, &str); 7] = [
        ("0,tcp,-5,+1e3", "0,tcp,-5,+1e3,x\n"),
        ("=1+1,tcp", "'=1+1,tcp,x\n"),
        ("0,@SUM(A1)", "0,'@SUM(A1),x\n"),
        ("-inf,-1-1", "'-inf,'-1-1,x\n"),
        ("\"=a,\"\"b\"\"\",c", "\"'=a,\"\"b\"\"\",c,x\n"),
        ("a\"b,\"c\nd\"", "\"a\"\"b\",\"c\nd\",x\n"),
        ("0,\ttab", "0,'\ttab,x\n"),
    ];
    let mut writer = RecordWriter::new(b',');
    for (record, expected) in cases {
        let mut line = Vec::new();
        writer.write_record_with(&mut line, record.as_bytes(), ["x"]);
        assert_eq!(String::from_utf8(line).unwrap(), expected, "{record:?}");
    }
}

fn table_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => Just("0,1,2,3,4\n".to_owned()),
        2 => Just("0,\"1\",2,3,4\r\n".to_owned()),
        1 => Just("0,\"1\n".to_owned()),
        1 => Just("x\"y,\"z\n".to_owned()),
        4 => "[0-9a,;\t\"\r\n-]{0,12}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn rows_and_errors_do_not_depend_on_where_the_table_is_cut(
        table in table_bytes(), chunk_bytes in 0..40_usize, max_record_bytes in 1..40_usize, push_bytes in 1..30_usize,
    ) {
        let layout = TableLayout::detect(b"0,1,2,3,4\n").unwrap();
        let whole = Limits { chunk_bytes: 1 << 20, max_record_bytes };
        let cut = Limits { chunk_bytes, max_record_bytes };
        prop_assert_eq!(
            read_with(&layout, &table, cut, push_bytes),
            read_with(&layout, &table, whole, table.len())
        );
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in prop_oneof![proptest::collection::vec(any::<u8>(), 0..300), table_bytes()],
        push_bytes in 1..100_usize, chunk_bytes in 0..100_usize,
    ) {
        sniff_content(&bytes);
        let fallback = TableLayout::detect(b"0,1,2,3,4,normal\n").unwrap();
        let layout = TableLayout::detect(&bytes).unwrap_or(fallback);
        prop_assert!(layout.validate().is_ok());
        read_with(&layout, &bytes, Limits { chunk_bytes, max_record_bytes: 50 }, push_bytes);
        RecordWriter::new(layout.delimiter).write_record_with(&mut Vec::new(), &bytes, [&bytes]);
    }

    #[test]
    fn exported_lines_read_back_as_the_cells_that_went_in(
        cells in proptest::collection::vec("[a0=@+\\-.,;\"'\t\r\n]{0,6}", 1..5), extra in "[a0=,\"\n-]{0,6}",
    ) {
        let mut record = csv::WriterBuilder::new().from_writer(Vec::new());
        record.write_record(&cells).unwrap();
        let record = record.into_inner().unwrap();
        let mut line = Vec::new();
        RecordWriter::new(b',').write_record_with(&mut line, record.strip_suffix(b"\n").unwrap(), [&extra]);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&line[..]);
        let back = reader.byte_records().next().unwrap().unwrap();
        let is_formula = |cell: &str| cell.starts_with(['=', '@', '+', '-', '\t', '\r']);
        let is_number = |cell: &str| cell.parse::<f32>().is_ok();
        prop_assert_eq!(back.len(), cells.len() + 1);
        for (cell, back) in cells.iter().chain([&extra]).zip(&back) {
            let prefix = if is_formula(cell) && !is_number(cell) { "'" } else { "" };
            let expected = format!("{prefix}{cell}");
            prop_assert_eq!(back, expected.as_bytes());
        }
        prop_assert_eq!(reader.byte_records().count(), 0);
    }
}
