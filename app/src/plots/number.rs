//! Numbers as charts and tables write them: thousands separators, and never "100 %" for what is not all.

/// A count with commas: `494,021`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A round count for a tick: `0`, `500`, `20 k`, `3 M`.
pub fn tick_count(n: u64) -> String {
    match n {
        0..=999 => n.to_string(),
        1_000..=999_999 => format!("{} k", n / 1_000),
        _ => format!("{} M", n / 1_000_000),
    }
}

/// A value in few characters, for ticks and narrow columns, with up to three significant digits: `0.25`, `−3`, `1.5 k`, `1.38 G`.
pub fn short(value: f32) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")];
    let size = f64::from(value).abs();
    let unit = UNITS
        .into_iter()
        .find(|(factor, _)| size >= 0.9995 * factor);
    match unit {
        _ if size >= 1e15 => format!("{value:.0e}").replace('-', "−"),
        Some((factor, unit)) => format!("{}{unit}", significant(f64::from(value) / factor, 3)),
        None => significant(value.into(), 3),
    }
}

/// A value for sentences and tables: whole with commas from a thousand on, below that with up to four significant digits.
pub fn value(value: f32) -> String {
    if value.abs() >= 1000.0 && value.is_finite() {
        let sign = if value < 0.0 { "−" } else { "" };
        return format!("{sign}{}", count(value.abs().round() as u64));
    }
    significant(value.into(), 4)
}

/// So many significant digits, without zeros at the end; a true minus sign; "–" for what is not a number.
fn significant(value: f64, digits: i32) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let power = value.abs().max(1e-9).log10().floor() as i32;
    let decimals = (digits - 1 - power).clamp(0, 8) as usize;
    let mut text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text == "-0" {
        return "0".into();
    }
    text.replace('-', "−")
}

/// A share as a percentage with one decimal, with more where one would round it to 0 or to 100: `99.2 %`, `99.98 %`, `0.02 %`.
pub fn percent(share: f64) -> String {
    percent_to(share, 1)
}

/// As [`percent`], with at least so many decimals.
pub fn percent_to(share: f64, decimals: usize) -> String {
    format!("{} %", with_decimals(share * 100.0, 100.0, decimals))
}

/// A rate as a percentage with two significant digits or more, for rates from next to nothing to all: `0.012 %`, `1.1 %`, `10.0 %`.
pub fn rate(share: f64) -> String {
    percent_to(share, decimals_of_two_digits(share * 100.0).max(1))
}

/// A standard deviation behind its mean, with two significant digits: ` ± 0.00013`; nothing where there is none.
pub fn deviation(sd: f64) -> String {
    if sd > 0.0 {
        format!(" ± {sd:.*}", decimals_of_two_digits(sd))
    } else {
        String::new()
    }
}

/// Decimals that show two significant digits of a value; none of 0.
fn decimals_of_two_digits(value: f64) -> usize {
    let written = format!("{value:.1e}");
    let power = written
        .rsplit_once('e')
        .and_then(|(_, power)| power.parse::<i32>().ok());
    let power = power.filter(|_| value > 0.0).unwrap_or(1);
    (1 - power).clamp(0, 8) as usize
}

/// A figure between 0 and 1 with three decimals, with more where three would round it to 0 or to 1: `0.993`, `0.9998`.
pub fn fraction(value: f64) -> String {
    fraction_to(value, 3)
}

/// As [`fraction`], with at least so many decimals.
pub fn fraction_to(value: f64, decimals: usize) -> String {
    with_decimals(value, 1.0, decimals)
}

/// A risk or threshold: whole where it is, else with one decimal, never rounded up over a threshold.
pub fn risk(value: f32) -> String {
    let rounded = (value * 10.0 + 1e-3).floor() / 10.0;
    if rounded.fract() == 0.0 {
        format!("{rounded:.0}")
    } else {
        format!("{rounded:.1}")
    }
}

/// A quantity in the words of a chart.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// `recall`, `false-alarm rate`.
    pub name: &'static str,
    /// How its values are written.
    pub write: fn(f64) -> String,
}

impl Quantity {
    /// A share, in per cent.
    pub const fn share(name: &'static str) -> Self {
        Self {
            name,
            write: percent,
        }
    }

    /// A rate of false alarms, in per cent, however small.
    pub const fn rate(name: &'static str) -> Self {
        Self { name, write: rate }
    }

    /// A value in words.
    pub fn say(&self, value: f32) -> String {
        (self.write)(value.into())
    }
}

fn with_decimals(value: f64, whole: f64, at_least: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    if value <= 0.0 || value >= whole {
        return format!("{value:.at_least$}");
    }
    let enough = |&decimals: &usize| {
        let unit = 0.1_f64.powi(decimals as i32);
        value >= unit / 2.0 && value < whole - unit / 2.0
    };
    let decimals = (at_least..at_least + 4)
        .find(enough)
        .unwrap_or(at_least + 4);
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_counts_with_separators() {
        assert_eq!(
            [count(0), count(999), count(1_000), count(494_021)],
            ["0", "999", "1,000", "494,021"]
        );
        assert_eq!(
            [tick_count(0), tick_count(20_000), tick_count(3_000_000)],
            ["0", "20 k", "3 M"]
        );
    }

    #[test]
    fn never_rounds_to_all_or_nothing() {
        assert_eq!(
            [percent(0.992), percent(0.9998), percent(1.0), percent(0.0)],
            ["99.2 %", "99.98 %", "100.0 %", "0.0 %"]
        );
        assert_eq!(percent(0.0002), "0.02 %");
        assert_eq!(
            [fraction(0.993), fraction(0.99982), fraction(1.0)],
            ["0.993", "0.9998", "1.000"]
        );
        assert_eq!([risk(50.0), risk(50.34)], ["50", "50.3"]);
    }

    #[test]
    fn values_are_short_and_never_minus_zero() {
        let values = [
            0.0,
            0.25,
            -3.0,
            999.7,
            1_500.0,
            1.38e9,
            0.000_123_4,
            -1e-12,
            f32::NAN,
            1e20,
        ];
        assert_eq!(
            values.map(short),
            [
                "0", "0.25", "−3", "1 k", "1.5 k", "1.38 G", "0.000123", "0", "–", "1e20"
            ]
        );
        let values = [0.0, 215.4435, -1_234.5, 1e6, f32::INFINITY];
        assert_eq!(
            values.map(value),
            ["0", "215.4", "−1,235", "1,000,000", "–"]
        );
    }

    #[test]
    fn rates_and_deviations_have_two_significant_digits() {
        let rates = [0.00012, 0.000995, 0.0108, 0.1, 0.9999, 1.0, 0.0];
        assert_eq!(
            rates.map(rate),
            [
                "0.012 %", "0.10 %", "1.1 %", "10.0 %", "99.99 %", "100.0 %", "0.0 %"
            ]
        );
        assert_eq!(rate(0.01f32.into()), "1.0 %");
        assert_eq!(
            [0.000_012_3, 0.21, 12.4, 0.0].map(deviation),
            [" ± 0.000012", " ± 0.21", " ± 12", ""]
        );
    }
}
