//! The two curves of a cell: tanh and the logistic function, as a quotient of polynomials.
//!
//! A score evaluates them some thousand times a row, too often for `libm`, and the platform's own may differ in the last bit. Only
//! additions, multiplications and one division are used: the same bits everywhere, and the compiler can do many at a time.

/// Beyond it tanh is 1 in f32.
const MAX_ARGUMENT: f32 = 7.905_311;

/// Odd powers of the numerator from x¹³ down to x, even powers of the denominator from x⁶ down to 1 (the minimax fit that Eigen,
/// `MathFunctionsImpl.h`, uses for f32).
const NUMERATOR: [f32; 7] = [
    -2.760_768_5e-16,
    2.000_188e-13,
    -8.604_672e-11,
    5.122_297e-8,
    1.485_722_4e-5,
    6.372_619_4e-4,
    4.893_524_6e-3,
];
const DENOMINATOR: [f32; 4] = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];

/// tanh x to within 4 × 10⁻⁷.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let x = x.clamp(-MAX_ARGUMENT, MAX_ARGUMENT);
    let square = x * x;
    let [a, b, c, d, e, f, g] = NUMERATOR;
    let numerator =
        (((((a * square + b) * square + c) * square + d) * square + e) * square + f) * square + g;
    let [a, b, c, d] = DENOMINATOR;
    x * numerator / (((a * square + b) * square + c) * square + d)
}

/// 1 / (1 + e⁻ˣ).
#[inline(always)]
pub(super) fn logistic(x: f32) -> f32 {
    0.5 + 0.5 * tanh(0.5 * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_those_of_libm() {
        for step in -4000..=4000 {
            let x = step as f32 / 200.0;
            assert!((tanh(x) - libm::tanhf(x)).abs() < 4e-7, "tanh {x}");
            let expected = 1.0 / (1.0 + libm::exp(-f64::from(x)));
            assert!(
                (f64::from(logistic(x)) - expected).abs() < 4e-7,
                "logistic {x}"
            );
        }
    }
}
