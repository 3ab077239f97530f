//! Numbers as they stand in tables, read exactly as `str::parse::<f32>` reads them, only faster.

/// Largest integer up to which all integers are exact in `f32`.
const MAX_EXACT: u32 = 1 << 24;

/// Powers of ten that are exact in `f32`: 5¹⁰ is the last power of five below 2²⁴.
const POWERS_OF_TEN: [f32; 11] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];

/// Most digits that surely fit into `u32`.
const MAX_DIGITS: usize = 9;

/// Reads the plain decimal number that `bytes` start with: its value and its length in bytes.
///
/// Integer and power of ten are exact, so the one division rounds correctly (Clinger, 1990, "How to read floating
/// point numbers accurately", the fast path). Returns `None` where this does not hold or no digit is there.
#[inline]
pub(crate) fn leading_decimal(bytes: &[u8]) -> Option<(f32, usize)> {
    let mut digits: u32 = 0;
    let mut n_digits = 0;
    let mut point = None;
    let mut length = 0;
    for &byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            n_digits += 1;
            if n_digits > MAX_DIGITS {
                return None;
            }
            digits = digits * 10 + u32::from(digit);
        } else if byte == b'.' && point.is_none() {
            point = Some(n_digits);
        } else {
            break;
        }
        length += 1;
    }
    if n_digits == 0 || digits > MAX_EXACT {
        return None;
    }
    let n_decimals = point.map_or(0, |n_before| n_digits - n_before);
    if n_decimals == 0 {
        return Some((digits as f32, length));
    }
    Some((digits as f32 / POWERS_OF_TEN.get(n_decimals)?, length))
}

/// Reads a number, white space around it allowed; infinite and not-a-number come through.
pub(crate) fn parse_f32(text: &[u8]) -> Option<f32> {
    match leading_decimal(text) {
        Some((value, length)) if length == text.len() => Some(value),
        _ => std::str::from_utf8(text).ok()?.trim().parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert_eq, proptest};

    fn bits_of_std(text: &str) -> Option<u32> {
        text.trim().parse::<f32>().ok().map(f32::to_bits)
    }

    #[test]
    fn reads_the_corners_as_std_does() {
        for text in [
            "0",
            "0.00",
            "1.00",
            "5.",
            ".5",
            ".",
            "",
            "-",
            "-1",
            "+3",
            "1e3",
            "1e400",
            "inf",
            "nan",
            "16777216",
            "16777217",
            "999999999",
            "1234567890",
            "0.0000000001",
            "0.000000001",
            "00000000000001",
            "1.2.3",
            " 7 ",
            "7 x",
            "0x10",
            "1_000",
            "693375640",
        ] {
            assert_eq!(
                parse_f32(text.as_bytes()).map(f32::to_bits),
                bits_of_std(text),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn reads_decimals_as_std_does(text in "[0-9]{0,11}(\\.[0-9]{0,11})?") {
            prop_assert_eq!(parse_f32(text.as_bytes()).map(f32::to_bits), bits_of_std(&text));
        }

        #[test]
        fn reads_any_number_like_text_as_std_does(text in "[ +\\-0-9.eE]{0,14}") {
            prop_assert_eq!(parse_f32(text.as_bytes()).map(f32::to_bits), bits_of_std(&text));
        }

        #[test]
        fn reads_printed_numbers_as_std_does(bits: u32) {
            let text = f32::from_bits(bits).to_string();
            prop_assert_eq!(parse_f32(text.as_bytes()).map(f32::to_bits), bits_of_std(&text));
        }
    }
}
