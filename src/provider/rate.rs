//! How long a server asks us to wait, in every way it may say so.
//!
//! Owns `Retry-After` (seconds or an HTTP date), the vendors' reset headers and their units. Times of day are compared
//! with the server's own `Date`, so that neither clock has to be right.

use std::time::Duration;

use reqwest::header::HeaderMap;

/// The longest wait that is taken at its word; longer ones are out of every limit anyway.
const LONGEST: f64 = 86_400.0;

/// The server's own clock, in milliseconds since 1970.
pub(super) fn served(headers: &HeaderMap) -> Option<i64> {
    date(headers.get("date")?.to_str().ok()?)
}

/// The wait asked for.
pub(super) fn wait(headers: &HeaderMap, served: Option<i64>) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    if let Some(after) = text("retry-after") {
        if let Some(wait) = seconds(after) {
            return Some(wait);
        }
        if let (Some(at), Some(now)) = (date(after), served) {
            return Some(between(now, at));
        }
    }
    // Seconds to wait (PagerDuty), then seconds or milliseconds since 1970 (GitHub, LaunchDarkly).
    if let Some(wait) = text("ratelimit-reset").and_then(seconds) {
        return Some(wait);
    }
    let reset: f64 = text("x-ratelimit-reset")?.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)?;
    if reset < 1e9 {
        return seconds(&reset.to_string());
    }
    let millis = if reset < 1e11 { reset * 1_000.0 } else { reset };
    #[expect(clippy::cast_possible_truncation, reason = "an instant in milliseconds fits; larger numbers saturate")]
    served.map(|now| between(now, millis as i64))
}

fn seconds(text: &str) -> Option<Duration> {
    let n: f64 = text.parse().ok()?;
    (n.is_finite() && n >= 0.0).then(|| Duration::from_secs_f64(n.min(LONGEST)))
}

fn date(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::parse(text).ok().map(|t| t.timestamp().as_millisecond())
}

/// From one instant to another, rounded up to a second because HTTP dates are whole seconds.
fn between(now: i64, at: i64) -> Duration {
    Duration::from_millis(u64::try_from(at.saturating_sub(now)).unwrap_or(0)).min(Duration::from_secs_f64(LONGEST))
        + Duration::from_secs(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_asking_for_patience() {
        let now = "Sun, 06 Nov 1994 08:49:37 GMT";
        let cases: [(&str, &str, Option<u64>); 12] = [
            ("retry-after", "2", Some(2_000)),
            ("retry-after", "0.5", Some(500)),
            ("retry-after", "0", Some(0)),
            ("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT", Some(4_000)),
            ("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT", Some(1_000)),
            ("retry-after", "soon", None),
            ("retry-after", "-1", None),
            ("retry-after", "1e300", Some(86_400_000)),
            ("ratelimit-reset", "7", Some(7_000)),
            ("x-ratelimit-reset", "5", Some(5_000)),
            ("x-ratelimit-reset", "784111780", Some(784_111_780)),
            ("x-ratelimit-reset", "NaN", None),
        ];
        for (name, value, wanted) in cases {
            let mut headers = HeaderMap::new();
            headers.insert("date", now.parse().unwrap());
            headers.insert(reqwest::header::HeaderName::from_static(name), value.parse().unwrap());
            let got = wait(&headers, served(&headers)).map(|d| u64::try_from(d.as_millis()).unwrap());
            let wanted = wanted.map(|ms| ms.min(86_400_000));
            assert_eq!(got, wanted, "{name}: {value}");
        }
        // Times of day, in seconds and in milliseconds since 1970.
        for value in ["1800000003", "1800000003000"] {
            let mut headers = HeaderMap::new();
            headers.insert("x-ratelimit-reset", value.parse().unwrap());
            assert_eq!(wait(&headers, Some(1_800_000_000_000)), Some(Duration::from_secs(4)), "{value}");
            assert_eq!(wait(&headers, None), None);
        }
    }
}
