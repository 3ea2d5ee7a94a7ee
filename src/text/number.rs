//! Numbers as people read them.
//!
//! Must not be used where a number is compared or kept: it leaves digits out.

/// A measured number without digits that nobody measured: four significant ones, and every digit before the point.
#[must_use]
pub fn shown(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    // How many digits stand after the point: fewer the larger the number is.
    #[expect(clippy::cast_possible_truncation, reason = "the exponent of a finite number is below 400")]
    let exponent = x.abs().log10().floor() as i64;
    let places = usize::try_from((3 - exponent).clamp(0, 20)).unwrap_or(0);
    let text = format!("{x:.places$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn four_digits_and_never_a_false_nought() {
        for (x, text) in [
            (0.0, "0"),
            (0.082_657_876_474_669_64, "0.08266"),
            (0.000_031_415_9, "0.00003142"),
            (0.06, "0.06"),
            (1.0, "1"),
            (12.5, "12.5"),
            (-0.5, "-0.5"),
            (1843.0, "1843"),
            (123_456.7, "123457"),
            (1000.0, "1000"),
        ] {
            assert_eq!(shown(x), text);
        }
    }
}
