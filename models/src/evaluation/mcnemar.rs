//! McNemar's test: do two models with thresholds of their own err equally often on the same records?
//!
//! In: how many records only the one and only the other calls right. Out: a two-sided p value. Records that both call right, or both wrong,
//! say nothing. It takes records as independent, so that the caller counts distinct ones.

/// Records on which just one model is right, from which on the exact distribution has no advantage.
const MIN_FOR_CHI_SQUARED: u64 = 1000;

/// Two-sided p value of as uneven a split, were both models right equally often; 1 where nothing is split.
///
/// Mid-p of the exact conditional test (Fagerland, Lydersen and Laake, 2013, equation 2 of the supplement) for fewer than 1000 records; from
/// there on McNemar's χ² with one degree of freedom and continuity correction (McNemar, 1947; Edwards, 1948).
///
/// ```
/// use models::evaluation::paired::mcnemar;
///
/// assert!(mcnemar(1, 9) < 0.05 && mcnemar(4, 6) > 0.05);
/// ```
pub fn mcnemar(only_a_right: u64, only_b_right: u64) -> f64 {
    let n = only_a_right.saturating_add(only_b_right);
    if n == 0 {
        return 1.0;
    }
    if n >= MIN_FOR_CHI_SQUARED {
        let excess = only_a_right.abs_diff(only_b_right).saturating_sub(1) as f64;
        // P(χ² ≥ x) with one degree of freedom is P(|Z| ≥ √x) = erfc(√(x / 2)).
        return libm::erfc(excess / libm::sqrt(2.0 * n as f64));
    }
    let fewer = only_a_right.min(only_b_right);
    // Of fewer than 1000 the least, 2⁻⁹⁹⁹, is a normal number still.
    let mut probability = libm::exp2(-(n as f64));
    let mut below = 0.0;
    for k in 0..fewer {
        below += probability;
        probability *= (n - k) as f64 / (k + 1) as f64;
    }
    if only_a_right == only_b_right {
        1.0 - probability / 2.0
    } else {
        2.0 * below + probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1 and statsmodels 0.15.0, for n below 1000 the first of these and then the second:
    ///
    /// ```python
    /// def mid_p(b, c):
    ///     p = binom.pmf(min(b, c), b + c, 0.5)
    ///     return mcnemar([[0, b], [c, 0]], exact=True).pvalue - p * (0.5 if b == c else 1)
    /// def chi_squared(b, c):
    ///     return mcnemar([[0, b], [c, 0]], exact=False, correction=True).pvalue
    /// ```
    const REFERENCE: [(u64, u64, f64); 13] = [
        (0, 1, 0.499_999_999_999_999_9),
        (5, 5, 0.876_953_125),
        (0, 10, 0.000_976_562_500_000_001),
        (3, 10, 0.057_373_046_875_000_02),
        (12, 25, 0.033_552_439_679_624_51),
        (100, 140, 0.009_831_541_178_608_735),
        (480, 519, 0.217_448_293_204_14),
        (499, 500, 0.974_774_981_821_639_2),
        (480, 521, 0.206_129_874_691_152_18),
        (600, 500, 0.002_836_132_655_634_683_6),
        (3000, 3300, 0.000_165_190_629_214_239_42),
        (100_000, 101_000, 0.025_862_636_568_928_04),
        (500, 501, 1.0),
    ];

    #[test]
    fn agrees_with_scipy_and_statsmodels() {
        for (a, b, expected) in REFERENCE {
            for p in [mcnemar(a, b), mcnemar(b, a)] {
                assert!((p / expected - 1.0).abs() < 1e-9, "{a} {b}: {p}");
            }
        }
    }

    #[test]
    fn equal_or_no_counts_are_no_difference() {
        assert_eq!(mcnemar(0, 0), 1.0);
        // statsmodels' corrected statistic is 0.001 here, as it takes 1 off a difference of 0; R's and ours is 0.
        assert_eq!(mcnemar(500, 500), 1.0);
        assert!(mcnemar(3, 3) > 0.8);
    }

    #[test]
    fn is_a_p_value_that_falls_as_the_split_gets_more_uneven() {
        for n in [1, 2, 17, 999, 1000, 5000] {
            let p: Vec<f64> = (0..=n / 2).map(|k| mcnemar(k, n - k)).collect();
            assert!(p.iter().all(|p| (0.0..=1.0).contains(p)), "{n}");
            assert!(p.windows(2).all(|pair| pair[0] <= pair[1]), "{n}");
        }
        assert_eq!(mcnemar(u64::MAX, 0), 0.0);
    }
}
