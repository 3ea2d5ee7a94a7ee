//! When somebody is usually there: days of the week and a stretch of the day, in one fixed zone.
//!
//! Owns reading and the question whether an instant lies inside. Summer time is not known: a zone is an offset, so that
//! the answer is the same on every machine.

use std::fmt;
use std::str::FromStr;

use crate::text::time::Instant;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: i64 = 24 * 60;
/// The minutes of a week.
pub const WEEK: i64 = 7 * DAY;

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

    /// The stretches of one week, in minutes since Monday 00:00 in UTC: where each begins, which lies within the week, and
    /// where it ends, which may lie in the next one.
    pub fn stretches(self) -> impl Iterator<Item = (i64, i64)> {
        let (from, until) = (i64::from(self.from), i64::from(self.until));
        let length = (until - from).rem_euclid(DAY);
        // All of a day ends as it begins.
        let length = if length == 0 { DAY } else { length };
        let days = (0..).zip(self.days).filter(|(_, on)| *on);
        days.map(move |(day, _): (i64, bool)| {
            let begin = (day * DAY + from - i64::from(self.zone)).rem_euclid(WEEK);
            (begin, begin + length)
        })
    }

    /// Whether some minute of a stretch of time lies inside: one that begins so many minutes after Monday 00:00 in UTC.
    #[must_use]
    pub fn meet(self, begin: i64, length: i64) -> bool {
        let end = begin + length.clamp(1, WEEK);
        self.stretches()
            .any(|(from, until)| [-WEEK, 0, WEEK].into_iter().any(|shift| from + shift < end && until + shift > begin))
    }
}

/// A minute of the week in words, such as `Saturday at 02:00 UTC`.
#[must_use]
pub fn of_week(minute: i64) -> String {
    const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let minute = minute.rem_euclid(WEEK);
    let day = usize::try_from(minute / DAY).ok().and_then(|d| NAMES.get(d)).unwrap_or(&"Sunday");
    format!("{day} at {:02}:{:02} UTC", minute % DAY / 60, minute % 60)
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
    fn a_stretch_of_time_meets_hours_exactly_where_one_of_its_minutes_is_inside() {
        for text in [
            "mon-fri 08:00-18:00 +01:00",
            "fri 22:00-06:00",
            "sun 20:00-08:00 -05:30",
            "sat-fri 00:00-24:00 UTC",
            "mon 00:30-01:30 +14:00",
        ] {
            let hours: Hours = text.parse().unwrap();
            // The fifth of January 1970 was the first Monday.
            let inside = |minute: i64| hours.hold(Instant((minute.rem_euclid(WEEK) + 4 * DAY) * 60_000));
            for begin in (0..WEEK).step_by(17) {
                assert_eq!(hours.meet(begin, 1), inside(begin), "{text} at {}", of_week(begin));
                for length in [30, 600] {
                    let any = (begin..begin + length).any(inside);
                    assert_eq!(hours.meet(begin, length), any, "{text} at {} for {length}", of_week(begin));
                }
            }
        }
        assert_eq!(of_week(5 * DAY + 2 * 60), "Saturday at 02:00 UTC");
        assert_eq!(of_week(-1), "Sunday at 23:59 UTC");
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
