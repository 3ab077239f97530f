//! What a file is, judged by its first bytes and never by its name.
//!
//! In: the first bytes of a file, a few kilobytes are enough. Out: a [`ContentKind`], or for what is not a table a
//! [`ContentError`] that says what it is and what to do about it.

use serde::{Deserialize, Serialize};

/// Share of control bytes from which on the content is binary: 1 in 20.
///
/// Compressed or encrypted bytes have one in ten. A table with a few stray NUL bytes stays below and is read, the rows with
/// those bytes being rejected one by one.
const BINARY_SHARE: usize = 20;

/// The mark that some programs put before UTF-8 text.
const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// What kind of content a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentKind {
    /// Text that may be a table.
    Table,
    /// gzip, whatever is inside.
    Gzip,
    /// A packet capture: pcap or pcapng.
    Capture,
    /// A zip archive, which Excel and LibreOffice files are too, or an old Excel file.
    Zip,
    /// An HTML or XML page.
    Html,
    /// JSON.
    Json,
    /// UTF-16 text.
    Utf16,
    /// Bytes that are no text; `offset` is that of the first control byte.
    Binary {
        /// Offset of the first control byte.
        offset: usize,
    },
    /// Nothing, or nothing but white space.
    Empty,
}

/// Why the content is not a table of connections.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// gzip where plain bytes are expected.
    #[error("expected a table of connections, found gzip inside gzip: unpack it first")]
    Gzip,
    /// A packet capture.
    #[error(
        "expected a table of connections, found a packet capture (pcap): this version reads CSV only"
    )]
    Capture,
    /// A zip archive or a spreadsheet.
    #[error(
        "expected a table of connections, found a spreadsheet or zip archive: unpack it, or save the table as CSV"
    )]
    Zip,
    /// An HTML or XML page.
    #[error(
        "expected a table of connections, found an HTML page: a download that ended on a login or error page looks like this"
    )]
    Html,
    /// JSON.
    #[error("expected a table of connections, found JSON: this version reads CSV only")]
    Json,
    /// UTF-16 text.
    #[error("expected a table of connections in UTF-8, found UTF-16 text: save it as UTF-8")]
    Utf16,
    /// Bytes that are no text.
    #[error("expected a table of connections, found binary data: control byte at offset {offset}")]
    Binary {
        /// Offset of the first control byte.
        offset: usize,
    },
    /// Nothing.
    #[error("expected a table of connections, found an empty file")]
    Empty,
}

impl ContentKind {
    /// Tells why this is not a table.
    ///
    /// # Errors
    /// For every kind but [`ContentKind::Table`].
    pub fn require_table(self) -> Result<(), ContentError> {
        match self {
            Self::Table => Ok(()),
            Self::Gzip => Err(ContentError::Gzip),
            Self::Capture => Err(ContentError::Capture),
            Self::Zip => Err(ContentError::Zip),
            Self::Html => Err(ContentError::Html),
            Self::Json => Err(ContentError::Json),
            Self::Utf16 => Err(ContentError::Utf16),
            Self::Binary { offset } => Err(ContentError::Binary { offset }),
            Self::Empty => Err(ContentError::Empty),
        }
    }
}

/// Judges what the content is by its first bytes.
///
/// ```
/// use traffic::content::{ContentKind, sniff_content};
/// assert_eq!(sniff_content(b"0,tcp,http,SF\n"), ContentKind::Table);
/// assert_eq!(sniff_content(b"<!DOCTYPE html>"), ContentKind::Html);
/// ```
pub fn sniff_content(first_bytes: &[u8]) -> ContentKind {
    if let Some(kind) = kind_of_magic(first_bytes) {
        return kind;
    }
    if is_utf16_without_mark(first_bytes) {
        return ContentKind::Utf16;
    }
    let text = without_bom(first_bytes).trim_ascii_start();
    if text.is_empty() {
        return ContentKind::Empty;
    }
    if let Some(offset) = first_control_of_binary(first_bytes) {
        return ContentKind::Binary { offset };
    }
    match text {
        [b'<', b'!' | b'?' | b'a'..=b'z' | b'A'..=b'Z', ..] => ContentKind::Html,
        [b'{', ..] => ContentKind::Json,
        [b'[', inside @ ..] if opens_json(inside) => ContentKind::Json,
        _ => ContentKind::Table,
    }
}

/// The bytes after a UTF-8 byte order mark, if there is one.
pub(crate) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(UTF8_BOM).unwrap_or(bytes)
}

fn kind_of_magic(bytes: &[u8]) -> Option<ContentKind> {
    match bytes {
        [0x1F, 0x8B, ..] => Some(ContentKind::Gzip),
        // pcap: either byte order, micro- or nanoseconds; pcapng: section header block.
        [0xA1, 0xB2, 0xC3, 0xD4, ..]
        | [0xD4, 0xC3, 0xB2, 0xA1, ..]
        | [0xA1, 0xB2, 0x3C, 0x4D, ..]
        | [0x4D, 0x3C, 0xB2, 0xA1, ..]
        | [0x0A, 0x0D, 0x0D, 0x0A, ..] => Some(ContentKind::Capture),
        // OLE is the container of .xls.
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [0xD0, 0xCF, 0x11, 0xE0, ..] => {
            Some(ContentKind::Zip)
        }
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some(ContentKind::Utf16),
        _ => None,
    }
}

/// ASCII in UTF-16 has a NUL in every second byte.
fn is_utf16_without_mark(bytes: &[u8]) -> bool {
    let pairs = || bytes.as_chunks::<2>().0.iter().take(512);
    let n_pairs = pairs().count();
    let n_little = pairs().filter(|[a, b]| *a != 0 && *b == 0).count();
    let n_big = pairs().filter(|[a, b]| *a == 0 && *b != 0).count();
    n_pairs >= 4 && n_little.max(n_big) * 10 >= n_pairs * 9
}

fn first_control_of_binary(bytes: &[u8]) -> Option<usize> {
    let is_control = |byte: &u8| *byte < b' ' && !byte.is_ascii_whitespace() || *byte == 0x7F;
    let n_controls = bytes.iter().filter(|byte| is_control(byte)).count();
    if n_controls * BINARY_SHARE <= bytes.len() {
        return None;
    }
    bytes.iter().position(is_control)
}

fn opens_json(inside: &[u8]) -> bool {
    matches!(
        inside.trim_ascii_start().first(),
        Some(b'{' | b'[' | b']' | b'"' | b'-' | b'0'..=b'9')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_kinds_apart_by_content() {
        let cases: [(&[u8], ContentKind); 14] = [
            (b"", ContentKind::Empty),
            (b"\xEF\xBB\xBF \r\n", ContentKind::Empty),
            (b"\x1F\x8B\x08", ContentKind::Gzip),
            (b"\xD4\xC3\xB2\xA1\x02\0\x04\0", ContentKind::Capture),
            (b"\x0A\x0D\x0D\x0A", ContentKind::Capture),
            (b"PK\x03\x04", ContentKind::Zip),
            (b"\xFF\xFE1\0,\0", ContentKind::Utf16),
            (b"1\x000\0,\x005\0,\x003\0", ContentKind::Utf16),
            (b"\n <HTML><body>", ContentKind::Html),
            (b" {\"duration\": 1}", ContentKind::Json),
            (b"[ {\"duration\": 1}]", ContentKind::Json),
            (b"\x7FELF\x02\x01\x01", ContentKind::Binary { offset: 0 }),
            (b"0,tcp,http\0\0\0", ContentKind::Binary { offset: 10 }),
            (b"\xEF\xBB\xBF0,tcp,http", ContentKind::Table),
        ];
        for (bytes, kind) in cases {
            assert_eq!(sniff_content(bytes), kind, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_stray_nul_leaves_a_table_a_table() {
        let mut table = b"0,10,20,1,1\n".repeat(20);
        table[2] = 0;
        assert_eq!(sniff_content(&table), ContentKind::Table);
    }

    #[test]
    fn each_kind_has_a_message_of_its_own() {
        let kinds = [
            ContentKind::Gzip,
            ContentKind::Capture,
            ContentKind::Zip,
            ContentKind::Html,
            ContentKind::Json,
            ContentKind::Utf16,
            ContentKind::Binary { offset: 7 },
            ContentKind::Empty,
        ];
        let mut messages: Vec<_> = kinds
            .iter()
            .map(|kind| kind.require_table().unwrap_err().to_string())
            .collect();
        messages.sort_unstable();
        messages.dedup();
        assert_eq!(messages.len(), kinds.len());
        assert_eq!(ContentKind::Table.require_table(), Ok(()));
    }
}
