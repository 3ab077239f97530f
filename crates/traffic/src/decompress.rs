//! Undoes gzip while bytes arrive; plain bytes pass through.
//!
//! In: slices of a file, in order. Out: slices of what is inside. Whether it is gzip is judged by its first two bytes. Files of
//! several gzip members, one after the other, are read to the end; gzip inside gzip is not unpacked.
//!
//! A call gives at most [`MAX_STEP_BYTES`], so that a small file that unpacks to a huge one cannot fill the memory.

use flate2::{Decompress, FlushDecompress, Status};

/// The most bytes that one [`Decompressor::push`] gives out of gzip.
pub const MAX_STEP_BYTES: usize = 256 * 1024;

/// Base-2 logarithm of the window of gzip (RFC 1951: 32 KiB).
const WINDOW_BITS: u8 = 15;

/// Why gzip could not be read to its end. What came out before is good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecompressError {
    /// The file ends in the middle.
    #[error("gzip file is cut off after {compressed} bytes ({decompressed} bytes unpacked)")]
    Truncated {
        /// Bytes of gzip read.
        compressed: u64,
        /// Bytes unpacked from them.
        decompressed: u64,
    },
    /// The bytes or their checksum are wrong.
    #[error(
        "gzip file is damaged after {compressed} bytes ({decompressed} bytes unpacked): {reason}"
    )]
    Corrupt {
        /// Bytes of gzip read.
        compressed: u64,
        /// Bytes unpacked from them.
        decompressed: u64,
        /// What does not fit.
        reason: String,
    },
    /// Something other than gzip follows after gzip.
    #[error(
        "gzip file is followed by something else after {compressed} bytes ({decompressed} bytes unpacked)"
    )]
    TrailingBytes {
        /// Bytes of gzip read.
        compressed: u64,
        /// Bytes unpacked from them.
        decompressed: u64,
    },
}

/// What one step of a [`Decompressor`] gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// The next unpacked bytes, at most [`MAX_STEP_BYTES`] where the input is gzip.
    pub output: &'a [u8],
    /// How many bytes of the input were used.
    pub n_read: usize,
    /// Whether to push again, with the rest of the input (even an empty one), before new input is pushed.
    pub is_pending: bool,
}

/// Streaming gzip reader.
///
/// ```
/// use traffic::decompress::Decompressor;
///
/// let mut decompressor = Decompressor::new();
/// let mut rest: &[u8] = b"0,181,5450,8,8\n";
/// loop {
///     let step = decompressor.push(rest)?;
///     assert_eq!(step.output, rest);
///     rest = &rest[step.n_read..];
///     if !step.is_pending {
///         break;
///     }
/// }
/// decompressor.finish()?;
/// # Ok::<(), traffic::decompress::DecompressError>(())
/// ```
#[derive(Debug)]
pub struct Decompressor {
    state: State,
    /// Output of the current step; its capacity bounds the step.
    output: Vec<u8>,
    n_compressed: u64,
    n_decompressed: u64,
}

#[derive(Debug)]
enum State {
    /// Nothing seen.
    Start,
    /// The first byte of gzip's two was seen.
    MaybeGzip,
    Plain,
    Member(Decompress),
    /// After a member: another one, padding, or the end.
    BetweenMembers,
    /// The first byte of gzip's two was seen after a member.
    MaybeNextMember,
    Failed(DecompressError),
}

impl Default for Decompressor {
    fn default() -> Self {
        Self::new()
    }
}

impl Decompressor {
    /// Makes one for a new file.
    pub fn new() -> Self {
        Self {
            state: State::Start,
            output: Vec::new(),
            n_compressed: 0,
            n_decompressed: 0,
        }
    }

    /// Tells whether the file is gzip; known after its second byte.
    pub fn is_gzip(&self) -> bool {
        !matches!(self.state, State::Start | State::MaybeGzip | State::Plain)
    }

    /// Unpacks the next bytes.
    ///
    /// Call it again with the unread rest of `input` as long as [`Step::is_pending`] is set.
    ///
    /// # Errors
    /// If the gzip data is damaged. Everything unpacked before the damage has been given by the steps before, and the error
    /// comes back for any further push.
    pub fn push<'a>(&'a mut self, input: &'a [u8]) -> Result<Step<'a>, DecompressError> {
        self.output.clear();
        let first = input.first().copied();
        match (&mut self.state, first) {
            (State::Failed(error), _) => Err(error.clone()),
            (State::Plain, _) => Ok(self.pass_through(input)),
            (State::Start | State::MaybeGzip | State::MaybeNextMember, None) => {
                Ok(self.step(0, false))
            }
            (State::Start, Some(0x1F)) => {
                self.state = State::MaybeGzip;
                self.n_compressed = 1;
                Ok(self.step(1, input.len() > 1))
            }
            (State::Start, Some(_)) => {
                self.state = State::Plain;
                Ok(self.pass_through(input))
            }
            (State::MaybeGzip | State::MaybeNextMember, Some(0x8B)) => self.start_member(input),
            (State::MaybeGzip, Some(_)) => {
                // Plain after all: the byte that was held back comes first.
                self.state = State::Plain;
                self.output.push(0x1F);
                Ok(self.step(0, true))
            }
            (State::MaybeNextMember, Some(_)) => self.fail_with(0, self.trailing_bytes()),
            (State::Member(_), _) => self.unpack(input),
            (State::BetweenMembers, _) => self.between_members(input),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If gzip data is cut off, or was damaged before.
    pub fn finish(&mut self) -> Result<(), DecompressError> {
        match &self.state {
            State::Start | State::Plain | State::BetweenMembers => Ok(()),
            State::Failed(error) => Err(error.clone()),
            State::MaybeGzip | State::MaybeNextMember | State::Member(_) => {
                Err(DecompressError::Truncated {
                    compressed: self.n_compressed,
                    decompressed: self.n_decompressed,
                })
            }
        }
    }

    fn pass_through<'a>(&mut self, input: &'a [u8]) -> Step<'a> {
        Step {
            output: input,
            n_read: input.len(),
            is_pending: false,
        }
    }

    fn step(&self, n_read: usize, is_pending: bool) -> Step<'_> {
        Step {
            output: &self.output,
            n_read,
            is_pending,
        }
    }

    fn start_member(&mut self, input: &[u8]) -> Result<Step<'_>, DecompressError> {
        let mut inflate = Decompress::new_gzip(WINDOW_BITS);
        // The first magic byte was consumed to recognise the member.
        self.output.reserve_exact(MAX_STEP_BYTES);
        let opened = inflate.decompress_vec(&[0x1F], &mut self.output, FlushDecompress::None);
        debug_assert!(opened.is_ok() && self.output.is_empty());
        self.state = State::Member(inflate);
        self.unpack(input)
    }

    fn unpack(&mut self, input: &[u8]) -> Result<Step<'_>, DecompressError> {
        let State::Member(inflate) = &mut self.state else {
            return Ok(self.step(0, false));
        };
        let (total_in, total_out) = (inflate.total_in(), inflate.total_out());
        let result = inflate.decompress_vec(input, &mut self.output, FlushDecompress::None);
        let n_read = (inflate.total_in() - total_in) as usize;
        let n_written = inflate.total_out() - total_out;
        self.n_compressed += n_read as u64;
        self.n_decompressed += n_written;

        let has_rest = n_read < input.len();
        match result {
            Ok(Status::StreamEnd) => {
                self.state = State::BetweenMembers;
                Ok(self.step(n_read, has_rest))
            }
            Ok(_) if n_read == 0 && n_written == 0 && has_rest => {
                self.fail(n_read, "no progress is possible")
            }
            Ok(_) => {
                let is_full = self.output.len() == self.output.capacity();
                Ok(self.step(n_read, has_rest || is_full))
            }
            Err(error) => {
                let reason = error.message().unwrap_or("not deflate data").to_owned();
                self.fail(n_read, &reason)
            }
        }
    }

    fn fail(&mut self, n_read: usize, reason: &str) -> Result<Step<'_>, DecompressError> {
        self.fail_with(
            n_read,
            DecompressError::Corrupt {
                compressed: self.n_compressed,
                decompressed: self.n_decompressed,
                reason: reason.to_owned(),
            },
        )
    }

    /// Gives what was unpacked before the damage first and the error at the next push.
    fn fail_with(
        &mut self,
        n_read: usize,
        error: DecompressError,
    ) -> Result<Step<'_>, DecompressError> {
        self.state = State::Failed(error.clone());
        if self.output.is_empty() {
            return Err(error);
        }
        Ok(self.step(n_read, true))
    }

    fn between_members(&mut self, input: &[u8]) -> Result<Step<'_>, DecompressError> {
        // Tapes and some tools pad with zeros; gzip skips them too.
        let n_padding = input.iter().take_while(|&&byte| byte == 0).count();
        self.n_compressed += n_padding as u64;
        match input.get(n_padding) {
            None => Ok(self.step(n_padding, false)),
            Some(0x1F) => {
                self.state = State::MaybeNextMember;
                self.n_compressed += 1;
                Ok(self.step(n_padding + 1, n_padding + 1 < input.len()))
            }
            Some(_) => self.fail_with(n_padding, self.trailing_bytes()),
        }
    }

    fn trailing_bytes(&self) -> DecompressError {
        DecompressError::TrailingBytes {
            compressed: self.n_compressed,
            decompressed: self.n_decompressed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Everything that comes out, and how it ended.
    fn unpack(bytes: &[u8], push_bytes: usize) -> (Vec<u8>, Result<(), DecompressError>) {
        let mut decompressor = Decompressor::new();
        let mut output = Vec::new();
        for mut rest in bytes.chunks(push_bytes.max(1)) {
            loop {
                let step = match decompressor.push(rest) {
                    Ok(step) => step,
                    Err(error) => return (output, Err(error)),
                };
                assert!(step.output.len() <= MAX_STEP_BYTES.max(push_bytes));
                output.extend_from_slice(step.output);
                rest = &rest[step.n_read..];
                if !step.is_pending {
                    assert!(rest.is_empty());
                    break;
                }
            }
        }
        let result = decompressor.finish();
        (output, result)
    }

    #[test]
    fn reads_members_with_padding_between_and_after() {
        let mut bytes = gzip(b"0,tcp\n");
        bytes.extend(gzip(b""));
        bytes.extend([0; 5]);
        bytes.extend(gzip(b"1,udp\n"));
        bytes.extend([0; 3]);
        for push_bytes in 1..bytes.len() + 1 {
            assert_eq!(
                unpack(&bytes, push_bytes),
                (b"0,tcp\n1,udp\n".to_vec(), Ok(()))
            );
        }
    }

    #[test]
    fn keeps_what_came_before_the_end_of_a_truncated_file() {
        let text: Vec<u8> = (0..20_000)
            .flat_map(|i| format!("{i},{}\n", i * 7).into_bytes())
            .collect();
        let bytes = gzip(&text);
        let cut = &bytes[..bytes.len() / 2];
        let (output, result) = unpack(cut, 1000);
        assert!(output.len() > text.len() / 4);
        assert!(text.starts_with(&output));
        let error = result.unwrap_err();
        assert_eq!(
            error,
            DecompressError::Truncated {
                compressed: cut.len() as u64,
                decompressed: output.len() as u64
            }
        );
        assert!(
            error
                .to_string()
                .contains(&format!("cut off after {} bytes", cut.len()))
        );
    }

    #[test]
    fn cutting_anywhere_is_noticed() {
        let bytes = gzip(b"0,tcp,http,SF,181,5450\n");
        for end in 1..bytes.len() {
            assert!(
                matches!(
                    unpack(&bytes[..end], 3).1,
                    Err(DecompressError::Truncated { .. })
                ),
                "{end}"
            );
        }
    }

    #[test]
    fn a_wrong_checksum_is_an_error_after_the_data() {
        let mut bytes = gzip(b"0,tcp\n");
        let checksum = bytes.len() - 8;
        bytes[checksum] ^= 1;
        let (output, result) = unpack(&bytes, 4096);
        assert_eq!(output, b"0,tcp\n");
        let message = result.unwrap_err().to_string();
        assert!(message.contains("incorrect data check"), "{message}");
    }

    #[test]
    fn something_else_after_gzip_is_an_error_after_the_data() {
        for tail in [&b"1,udp\n"[..], b"\x1F1"] {
            let mut bytes = gzip(b"0,tcp\n");
            bytes.extend(tail);
            let (output, result) = unpack(&bytes, 4096);
            assert_eq!(output, b"0,tcp\n");
            assert!(matches!(result, Err(DecompressError::TrailingBytes { .. })));
        }
    }

    #[test]
    fn a_bomb_comes_in_bounded_steps() {
        let bytes = gzip(&vec![b'0'; 20 << 20]);
        assert!(bytes.len() < 40_000);
        let (output, result) = unpack(&bytes, bytes.len());
        assert_eq!((output.len(), result), (20 << 20, Ok(())));
    }

    #[test]
    fn gzip_inside_gzip_is_not_followed() {
        let inner = gzip(b"0,tcp\n");
        assert_eq!(unpack(&gzip(&inner), 4096), (inner, Ok(())));
    }

    proptest! {
        #[test]
        fn plain_bytes_pass_through(bytes in proptest::collection::vec(any::<u8>(), 0..50), push_bytes in 1..60_usize) {
            let is_gzip = bytes.starts_with(&[0x1F, 0x8B]);
            if !is_gzip && bytes != [0x1F] {
                prop_assert_eq!(unpack(&bytes, push_bytes), (bytes, Ok(())));
            }
        }

        #[test]
        fn arbitrary_damage_never_panics_or_hangs(
            text in proptest::collection::vec(any::<u8>(), 0..500), position: proptest::sample::Index, byte: u8, push_bytes in 1..600_usize,
        ) {
            let mut bytes = gzip(&text);
            let position = position.index(bytes.len());
            bytes[position] = byte;
            let (output, result) = unpack(&bytes, push_bytes);
            prop_assert!(result.is_err() || position < 10 || output == text);
        }
    }
}
