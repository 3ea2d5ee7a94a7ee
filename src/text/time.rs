//! Lengths of time as people write them (`30s`, `5m`, `1h`, `2d`, `1w`) and instants in UTC.
//!
//! Owns the two types that every other module uses for time. Must not know what time it is now.

#[cfg(test)]
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time in whole milliseconds. Written as one number and one unit: `s m h d w`, where `d` is 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

/// Why a text is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadDuration {
    /// What was written.
    pub text: String,
}

impl fmt::Display for BadDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a duration; write a whole number and one unit of s, m, h, d, w, such as `30s` or `2h`",
            self.text
        )
    }
}

impl std::error::Error for BadDuration {}

const UNITS: [(&str, u64); 5] =
    [("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

impl Millis {
    /// A length from whole seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000)
    }

    /// As the standard library's type.
    #[must_use]
    pub const fn std(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0)
    }
}

impl FromStr for Millis {
    type Err = BadDuration;

    fn from_str(text: &str) -> Result<Self, BadDuration> {
        let bad = || BadDuration { text: text.to_owned() };
        if let Some(ms) = text.strip_suffix("ms") {
            return ms.parse().map(Self).map_err(|_| bad());
        }
        for (unit, size) in UNITS {
            if let Some(number) = text.strip_suffix(unit) {
                if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(bad());
                }
                let number: u64 = number.parse().map_err(|_| bad())?;
                return number.checked_mul(size).map(Self).ok_or_else(bad);
            }
        }
        Err(bad())
    }
}

impl fmt::Display for Millis {
    /// The shortest exact form: the largest unit that divides the length; below a second, `ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        for (unit, size) in UNITS {
            if self.0.is_multiple_of(size) && !(unit == "w" && self.0 / size < 2) {
                return write!(f, "{}{unit}", self.0 / size);
            }
        }
        write!(f, "{}ms", self.0)
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
impl JsonSchema for Millis {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": "^[0-9]+(ms|[smhdw])$",
            "description": "A length of time: a whole number and one unit of ms, s, m, h, d, w.",
        })
    }
}

/// An instant: milliseconds since 1970-01-01T00:00:00Z. Written in RFC 3339 with `Z` and milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Instant {
    /// This instant moved by a length.
    #[must_use]
    pub const fn plus(self, length: Millis) -> Self {
        Self(self.0.saturating_add_unsigned(length.0))
    }

    /// How long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Millis {
        let d = self.0.saturating_sub(earlier.0);
        Millis(if d < 0 { 0 } else { d.unsigned_abs() })
    }

    /// The beginning of a day in UTC; none for a day that no instant can name.
    #[must_use]
    pub fn of_day(day: jiff::civil::Date) -> Option<Self> {
        day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|t| Self(t.timestamp().as_millisecond()))
    }

    /// The day in UTC; the last day of all calendars where it lies beyond.
    #[must_use]
    pub fn day(self) -> jiff::civil::Date {
        jiff::Timestamp::from_millisecond(self.0)
            .map_or(jiff::civil::Date::MAX, |t| t.to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// `HH:MM:SS` in UTC, for narrow screens.
    #[must_use]
    pub fn clock(self) -> String {
        self.to_string().get(11..19).unwrap_or("??:??:??").to_owned()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(t) => write!(f, "{t:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl FromStr for Instant {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>().map(|t| Self(t.as_millisecond()))
    }
}

#[cfg(test)]
impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "description": "An instant in UTC." })
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_round_trip_and_refuse_what_is_not_one() {
        for (text, ms) in
            [("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("7d", 604_800_000), ("2w", 1_209_600_000)]
        {
            let length: Millis = text.parse().unwrap();
            assert_eq!(length.0, ms, "{text}");
            assert_eq!(length.to_string(), text);
        }
        for text in ["", "5", "m", "1.5h", "-1s", "1h 30m", "5 m", "99999999999999999999s", "5y", "５m"] {
            assert!(text.parse::<Millis>().is_err(), "{text}");
        }
        assert_eq!(Millis(1_500).to_string(), "1500ms");
        assert_eq!("1500ms".parse::<Millis>().unwrap(), Millis(1_500));
    }

    #[test]
    fn instants_are_utc_to_the_millisecond() {
        let t: Instant = "2026-11-23T02:04:05.678Z".parse().unwrap();
        assert_eq!(t.to_string(), "2026-11-23T02:04:05.678Z");
        assert_eq!(t.clock(), "02:04:05");
        assert_eq!(t.plus(Millis::from_secs(60)).since(t), Millis(60_000));
        assert_eq!(t.since(t.plus(Millis(1))), Millis(0));
        let day = |y, m, d| Instant::of_day(jiff::civil::Date::new(y, m, d).unwrap());
        assert_eq!(day(2026, 11, 23).unwrap().to_string(), "2026-11-23T00:00:00.000Z");
        assert_eq!(day(9999, 12, 31), None, "nothing could write it down and read it again");
    }
}
