//! Until when a certificate is valid, read from its DER form.
//!
//! Owns just that one field: whether a certificate is to be trusted was decided by TLS before it comes here. Reads
//! outside bytes: every length is checked.

/// The end of a certificate's validity in milliseconds since 1970; none when it can't be read.
#[must_use]
pub(super) fn not_after(der: &[u8]) -> Option<i64> {
    let (certificate, _) = sequence(der)?;
    let (mut fields, _) = sequence(certificate)?;
    // The version, where it is given, has a tag of its own.
    if fields.first() == Some(&0xa0) {
        fields = value(fields)?.2;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        fields = value(fields)?.2;
    }
    let (validity, _) = sequence(fields)?;
    let (_, _, rest) = value(validity)?;
    let (tag, text, _) = value(rest)?;
    time(tag, std::str::from_utf8(text).ok()?)
}

/// The content of a sequence, and what follows it.
fn sequence(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = value(bytes)?;
    (tag == 0x30).then_some((content, rest))
}

/// Tag, content, and what follows.
fn value(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        (digits.iter().fold(0_usize, |n, d| (n << 8) | usize::from(*d)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `YYMMDDhhmmssZ` (tag 0x17, 1950 to 2049) or `YYYYMMDDhhmmssZ` (tag 0x18).
fn time(tag: u8, text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z')?;
    let (year, rest) = match tag {
        0x17 => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year: i16 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        0x18 => {
            let (year, rest) = digits.split_at_checked(4)?;
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let two = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    if rest.len() != 10 {
        return None;
    }
    let at = jiff::civil::DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_end_of_validity_is_read_in_both_forms() {
        for (year, expected) in [(2031, "2031-02-03T00:00:00Z"), (2075, "2075-02-03T00:00:00Z")] {
            let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            parameters.not_after = rcgen::date_time_ymd(year, 2, 3);
            let key = rcgen::KeyPair::generate().unwrap();
            let certificate = parameters.self_signed(&key).unwrap();
            let expected: jiff::Timestamp = expected.parse().unwrap();
            assert_eq!(not_after(certificate.der()), Some(expected.as_millisecond()), "{year}");
            for cut in 0..certificate.der().len() {
                // A cut certificate has a wrong length; nothing is made of it, and nothing falls over.
                assert_eq!(not_after(&certificate.der()[..cut]), None, "{cut}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = not_after(&bytes);
        }
    }
}
