//! When somebody is usually there: days of the week and a stretch of the day, in one fixed zone.
//!
//! Owns reading and the question whether an instant lies inside. Summer time is not known: a zone is an offset, so that
//! the answer is the same on every machine.

use std::fmt;
use std::str::FromStr;

use crate::text::time::Instant;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: i64 = 24 * 60;

/// Days and a stretch of each, such as `mon-fri 08:00-18:00 +01:00`. A stretch that ends before it begins goes on into the
/// next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Monday first.
    days: [bool; 7],
    /// Minutes of the day.
    from: u16,
    until: u16,
    /// Minutes east of UTC.
    zone: i16,
}

/// A text that is not one of hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadHours;

impl fmt::Display for BadHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not days and hours")
    }
}

impl std::error::Error for BadHours {}

impl Hours {
    /// Whether this instant lies inside.
    #[must_use]
    pub fn hold(&self, at: Instant) -> bool {
        let minutes = at.0.div_euclid(60_000) + i64::from(self.zone);
        let (day, minute) = (minutes.div_euclid(DAY), minutes.rem_euclid(DAY));
        // The first of January 1970 was a Thursday.
        let on = |day: i64| usize::try_from((day + 3).rem_euclid(7)).ok().and_then(|d| self.days.get(d)) == Some(&true);
        let (from, until) = (i64::from(self.from), i64::from(self.until));
        if from < until {
            on(day) && (from..until).contains(&minute)
        } else {
            (on(day) && minute >= from) || (on(day - 1) && minute < until)
        }
    }
}

impl FromStr for Hours {
    type Err = BadHours;

    fn from_str(text: &str) -> Result<Self, BadHours> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (days, stretch, zone) = match words[..] {
            [days, stretch] => (days, stretch, "utc"),
            [days, stretch, zone] => (days, stretch, zone),
            _ => return Err(BadHours),
        };
        let index = |name: &str| DAYS.iter().position(|d| d.eq_ignore_ascii_case(name)).ok_or(BadHours);
        let mut on = [false; 7];
        for part in days.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (mut day, last) = (index(first)?, index(last)?);
            loop {
                *on.get_mut(day).ok_or(BadHours)? = true;
                if day == last {
                    break;
                }
                day = (day + 1) % DAYS.len();
            }
        }
        let (from, until) = stretch.split_once('-').ok_or(BadHours)?;
        let (from, until) = (minutes(from)?, minutes(until)?);
        if from == until || from >= 24 * 60 {
            return Err(BadHours);
        }
        let zone = match zone {
            "utc" | "UTC" | "Z" => 0,
            other => {
                let east = if other.starts_with('+') { 1 } else { -1 };
                let of = other.strip_prefix(['+', '-']).ok_or(BadHours)?;
                east * i16::try_from(minutes(of)?).ok().filter(|m| *m <= 14 * 60).ok_or(BadHours)?
            }
        };
        Ok(Self { days: on, from, until, zone })
    }
}

/// `08:30` as minutes; `24:00` is the end of the day.
fn minutes(text: &str) -> Result<u16, BadHours> {
    let (hour, minute) = text.split_once(':').ok_or(BadHours)?;
    let two = |t: &str| t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit());
    if !two(hour) || !two(minute) {
        return Err(BadHours);
    }
    let (hour, minute): (u16, u16) = (hour.parse().map_err(|_| BadHours)?, minute.parse().map_err(|_| BadHours)?);
    let all = hour * 60 + minute;
    if minute < 60 && all <= 24 * 60 { Ok(all) } else { Err(BadHours) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn hours_hold_by_day_and_zone() {
        let office: Hours = "mon-fri 08:00-18:00 +01:00".parse().unwrap();
        // The 23rd of November 2026 is a Monday.
        for (time, holds) in [
            ("2026-11-23T07:00:00Z", true),
            ("2026-11-23T06:59:59Z", false),
            ("2026-11-23T16:59:00Z", true),
            ("2026-11-23T17:00:00Z", false),
            ("2026-11-22T10:00:00Z", false),
        ] {
            assert_eq!(office.hold(at(time)), holds, "{time}");
        }
        let night: Hours = "fri 22:00-06:00".parse().unwrap();
        assert!(night.hold(at("2026-11-27T23:00:00Z")) && night.hold(at("2026-11-28T05:59:00Z")));
        assert!(!night.hold(at("2026-11-27T05:00:00Z")) && !night.hold(at("2026-11-28T06:00:00Z")));
        let always: Hours = "sat-fri 00:00-24:00 UTC".parse().unwrap();
        assert!((0..14).all(|h| always.hold(Instant(h * 12 * 3_600_000))));
    }

    #[test]
    fn what_is_not_hours_is_refused() {
        for text in [
            "",
            "mon",
            "mon 8-18",
            "mon 08:00-08:00",
            "mon 24:00-06:00",
            "monday 08:00-18:00",
            "mon 08:00-18:60",
            "mon 08:00-24:01",
            "mon 08:00-18:00 Europe/Zurich",
            "mon 08:00-18:00 +15:00",
            "mon 08:00-18:00 +01:00 x",
        ] {
            assert_eq!(text.parse::<Hours>(), Err(BadHours), "{text}");
        }
    }
}
