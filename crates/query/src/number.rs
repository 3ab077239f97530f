//! Numbers as a person writes them: with suffixes in, in the shortest form out.
//!
//! In: `1.5M`, `10%`, `-2e-3`. Out: the nearest `f32`, the type that records hold, so that `0.1` finds what was read from
//! `0.1`. A suffix is added to the decimal exponent before the one rounding.

/// Characters up to which a number is written without an exponent.
const MAX_PLAIN_CHARS: usize = 7;

/// Reads a number. `None` if it is not one, infinite if it is beyond `f32`.
pub(crate) fn read_number(text: &str) -> Option<f32> {
    let shift = match text.bytes().last()? {
        b'k' | b'K' => 3,
        b'm' | b'M' => 6,
        b'g' | b'G' => 9,
        b'%' => -2,
        _ => 0_i32,
    };
    let number = match shift {
        0 => text,
        _ => text.get(..text.len() - 1)?,
    };
    let is_plausible = |byte: u8| byte.is_ascii_digit() || b".-+eE".contains(&byte);
    if number.starts_with('+') || !number.bytes().all(is_plausible) {
        return None;
    }
    let value: f32 = if shift == 0 {
        number.parse().ok()?
    } else {
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let exponent: i32 = exponent.parse().ok()?;
        let exponent = exponent.saturating_add(shift).to_string();
        [mantissa, "e", &exponent].concat().parse().ok()?
    };
    // Minus zero becomes zero: they are equal, and one of them is written.
    Some(value + 0.0)
}

/// Writes a finite number such that [`read_number`] reads it back: plain, with k, M or G, or with an exponent.
pub(crate) fn push_number(output: &mut String, value: f32) {
    // The fewest digits that tell the number from its neighbours, never with an exponent.
    let plain = (value + 0.0).to_string();
    let unsigned = plain.strip_prefix('-').unwrap_or(&plain);
    if unsigned.len() < plain.len() {
        output.push('-');
    }
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = [whole, fraction].concat();
    let significant = digits.trim_end_matches('0');
    let n_zeros = digits.len() - significant.len();
    let significant = significant.trim_start_matches('0');

    let mut shortest = unsigned.to_owned();
    for (suffix, shift) in [("k", 3), ("M", 6), ("G", 9)] {
        let mut candidate = decimal(significant, n_zeros, fraction.len() + shift);
        candidate.push_str(suffix);
        if candidate.len() < shortest.len() {
            shortest = candidate;
        }
    }
    if let (true, Some(last)) = (
        shortest.len() > MAX_PLAIN_CHARS,
        significant.len().checked_sub(1),
    ) {
        let mut candidate = decimal(significant, 0, last);
        candidate.push('e');
        let exponent = (n_zeros + last) as i32 - fraction.len() as i32;
        candidate.push_str(&exponent.to_string());
        if candidate.len() < shortest.len() {
            shortest = candidate;
        }
    }
    output.push_str(&shortest);
}

/// `digits` × 10^(`n_zeros` − `n_decimals`).
fn decimal(digits: &str, n_zeros: usize, n_decimals: usize) -> String {
    let mut text = String::from(digits);
    if n_zeros >= n_decimals {
        text.extend(std::iter::repeat_n('0', n_zeros - n_decimals));
        return text;
    }
    let n_decimals = n_decimals - n_zeros;
    let n_missing = (n_decimals + 1).saturating_sub(digits.len());
    text.insert_str(0, &"0".repeat(n_missing));
    text.insert(text.len() - n_decimals, '.');
    text
}

#[cfg(test)]
mod tests {
    use super::{push_number, read_number};
    use proptest::prelude::{any, prop_assert, prop_assert_eq, prop_assume, proptest};

    fn write(value: f32) -> String {
        let mut text = String::new();
        push_number(&mut text, value);
        text
    }

    #[test]
    fn reads_suffixes_as_exponents() {
        for (text, value) in [
            ("5", 5.0),
            ("-5", -5.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e3", 1e3),
            ("1e+3", 1e3),
            ("1.5k", 1500.0),
            ("1K", 1000.0),
            ("2m", 2e6),
            ("-3G", -3e9),
            ("10%", 0.1),
            ("1e3k", 1e6),
            ("16.777217M", 16777216.0),
        ] {
            assert_eq!(read_number(text), Some(value), "{text}");
        }
        assert!(read_number("1e39").unwrap().is_infinite());
        assert!(read_number("-1e30G").unwrap().is_infinite());
        assert!(read_number("-0").unwrap().is_sign_positive());
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in [
            "", "k", "%", "-", "+5", "inf", "nan", "1e", "e5", "e5k", "1.2.3", "1kk", "1 k", "0x1",
            "5é", "1ek",
        ] {
            assert_eq!(read_number(text), None, "{text}");
        }
    }

    #[test]
    fn writes_the_shortest_form() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (75.0, "75"),
            (0.1, "0.1"),
            (-0.05, "-0.05"),
            (0.001, "0.001"),
            (1e-6, "1e-6"),
            (1.25e-7, "1.25e-7"),
            (1000.0, "1k"),
            (1500.0, "1500"),
            (15_000.0, "15k"),
            (-1e6, "-1M"),
            (1_500_000.0, "1.5M"),
            (1_234_567.0, "1234567"),
            (1e10, "10G"),
            (1e20, "1e20"),
            (f32::MAX, "3.4028235e38"),
        ] {
            assert_eq!(write(value), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(bits: u32) {
            let value = f32::from_bits(bits);
            prop_assume!(value.is_finite());
            let text = write(value);
            prop_assert_eq!(read_number(&text), Some(value), "{}", text);
            prop_assert!(text.len() <= value.to_string().len());
        }

        #[test]
        fn whole_numbers_read_the_same(value: i32) {
            prop_assert_eq!(read_number(&write(value as f32)), Some(value as f32));
        }

        #[test]
        fn plain_numbers_are_read_as_tables_read_them(value in any::<f64>()) {
            prop_assume!(value.is_finite());
            let text = value.to_string();
            let expected: f32 = text.parse().unwrap();
            prop_assert_eq!(read_number(&text), Some(expected));
        }
    }
}
