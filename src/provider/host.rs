//! What was seen of the machines that providers live on while they were asked: whether something answers, how long its
//! certificate lasts, what time it has.
//!
//! Owns the sightings and the limit of questions per host. Only kept when somebody watches: a run has no use for it. Must
//! not send anything.

use std::cell::RefCell;
use std::sync::Arc;

use litemap::LiteMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::certificate;
use crate::plan::checked::{Aspect, Checked};
use crate::text::safe;

/// Most questions that one host is asked at a time.
const AT_ONCE: usize = 6;
/// Clocks that differ by more than this make deadlines and records doubtful, in milliseconds.
const APART: i64 = 30_000;
const DAY: i64 = 86_400_000;
/// A certificate that ends within so many days is a finding, and worth a word.
const ENDS_SOON: i64 = 14;
const ENDS: i64 = 30;

/// What was seen of one host.
#[derive(Clone, Debug, Default)]
struct Sighting {
    /// The status of an answer.
    status: Option<u16>,
    /// Why there was none.
    failed: Option<String>,
    /// The server's clock in milliseconds since 1970, and when it was read.
    served: Option<(i64, Instant)>,
    /// When its certificate ends, in milliseconds since 1970; none where it could not be read.
    ends: Option<i64>,
}

/// Sightings by origin, such as `https://flags.example.com`.
#[derive(Default)]
pub(super) struct Watch {
    seen: RefCell<LiteMap<String, Sighting>>,
    turns: RefCell<LiteMap<String, Arc<Semaphore>>>,
}

impl Watch {
    /// Waits until the host is not asked too much at a time.
    pub(super) async fn turn(&self, origin: &str) -> Option<OwnedSemaphorePermit> {
        let turns = {
            let mut all = self.turns.borrow_mut();
            Arc::clone(all.entry(origin.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
        };
        turns.acquire_owned().await.ok()
    }

    /// An answer came.
    pub(super) fn answered(&self, origin: &str, status: u16, served: Option<i64>, certificate: Option<&[u8]>) {
        let mut all = self.seen.borrow_mut();
        let sighting = all.entry(origin.to_owned()).or_default();
        sighting.status = Some(status);
        if let Some(served) = served {
            sighting.served = Some((served, Instant::now()));
        }
        sighting.ends = certificate.and_then(certificate::not_after).or(sighting.ends);
    }

    /// None came.
    pub(super) fn failed(&self, origin: &str, why: &str) {
        self.seen.borrow_mut().entry(origin.to_owned()).or_default().failed = Some(why.to_owned());
    }

    /// Whether anything is known of a host.
    pub(super) fn knows(&self, origin: &str) -> bool {
        self.seen.borrow().contains_key(origin)
    }

    /// What is known of a host at `now`, in milliseconds since 1970.
    pub(super) fn judged(&self, origin: &str, now: i64) -> Vec<Checked> {
        let sighting = self.seen.borrow().get(origin).cloned().unwrap_or_default();
        let mut found = vec![reach(&sighting)];
        let answered = sighting.status.is_some();
        if origin.starts_with("https://") {
            if answered {
                found.push(tls(sighting.ends, now));
            }
        } else if !is_local(origin) {
            let says =
                "plain http to another machine: whoever is on the way can read the credential and change answers";
            found.push(Checked::note(Aspect::Tls, "TLS", says).help("give an https:// address where there is one"));
        }
        if answered {
            found.push(clock(sighting.served, now));
        }
        found
    }
}

fn reach(sighting: &Sighting) -> Checked {
    match (sighting.status, &sighting.failed) {
        (Some(_), None) => Checked::ok(Aspect::Reach, "reachable", "it answers"),
        (Some(_), Some(why)) => {
            let says = format!("it answers, but not always: {}", safe::line(why));
            Checked::note(Aspect::Reach, "reachable", says)
        }
        (None, Some(why)) => {
            let why = safe::line(why);
            if is_of_tls(&why) {
                Checked::wrong(Aspect::Tls, "TLS", why).help(
                    "renew the certificate, correct the name in the address, or trust its authority on this machine",
                )
            } else {
                Checked::wrong(Aspect::Reach, "reachable", why)
                    .help("check address, network and proxy from this machine")
            }
        }
        (None, None) => Checked::untold(Aspect::Reach, "reachable", "it was not asked"),
    }
}

/// Whether a connection failed for its certificate or its protocol rather than for the way there.
fn is_of_tls(why: &str) -> bool {
    let why = why.to_ascii_lowercase();
    ["certificate", "tls", "handshake", "unknownissuer"].iter().any(|word| why.contains(word))
}

fn tls(ends: Option<i64>, now: i64) -> Checked {
    let what = "TLS";
    let Some(ends) = ends else {
        return Checked::untold(Aspect::Tls, what, "the certificate is trusted; until when could not be read");
    };
    let days = (ends - now).div_euclid(DAY);
    let says = format!("the certificate is trusted and ends in {days} {}", if days == 1 { "day" } else { "days" });
    if days < ENDS_SOON {
        Checked::wrong(Aspect::Tls, what, says).help("have it renewed")
    } else if days < ENDS {
        Checked::note(Aspect::Tls, what, says)
    } else {
        Checked::ok(Aspect::Tls, what, says)
    }
}

fn clock(served: Option<(i64, Instant)>, now: i64) -> Checked {
    let what = "clock";
    let Some((served, at)) = served else {
        return Checked::untold(Aspect::Clock, what, "it does not say what time it has");
    };
    let elapsed = i64::try_from(at.elapsed().as_millis()).unwrap_or(0);
    let offset = served - (now - elapsed);
    let seconds = (offset.abs() + 500) / 1_000;
    if offset.abs() <= APART {
        return Checked::ok(Aspect::Clock, what, format!("within {} s of this machine's", seconds.max(1)));
    }
    let way = if offset > 0 { "ahead of" } else { "behind" };
    Checked::wrong(Aspect::Clock, what, format!("it is {seconds} s {way} this machine's"))
        .help("set the clock that is wrong: deadlines and the record's times come from this machine's")
}

/// Whether an address stays on this machine.
fn is_local(origin: &str) -> bool {
    let host = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    let host = match host.strip_prefix('[').and_then(|h| h.split_once(']')) {
        Some((v6, _)) => v6,
        None => host.rsplit_once(':').map_or(host, |(h, _)| h),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::checked::Standing;

    fn at(watch: &Watch, origin: &str, now: i64) -> Vec<(Aspect, Standing)> {
        watch.judged(origin, now).into_iter().map(|c| (c.aspect, c.is)).collect()
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_clock_two_minutes_off_is_a_finding_and_half_a_minute_is_not() {
        let now = 1_800_000_000_000;
        for (offset, is) in
            [(0, Standing::Ok), (29_000, Standing::Ok), (-29_000, Standing::Ok), (120_000, Standing::Wrong)]
        {
            let watch = Watch::default();
            watch.answered("http://127.0.0.1:1", 200, Some(now + offset), None);
            let clock = watch.judged("http://127.0.0.1:1", now).pop().unwrap();
            assert_eq!((clock.aspect, clock.is), (Aspect::Clock, is), "{offset}: {}", clock.says);
        }
        let watch = Watch::default();
        watch.answered("http://127.0.0.1:1", 200, Some(now - 120_000), None);
        let clock = watch.judged("http://127.0.0.1:1", now).pop().unwrap();
        assert_eq!(clock.says, "it is 120 s behind this machine's");
    }

    #[test]
    fn a_certificate_that_ends_soon_is_a_finding() {
        let now = 1_800_000_000_000;
        for (days, is) in [(90, Standing::Ok), (20, Standing::Note), (13, Standing::Wrong), (0, Standing::Wrong)] {
            assert_eq!(tls(Some(now + days * DAY + 1), now).is, is, "{days}");
        }
        assert_eq!(tls(None, now).is, Standing::Untold);
    }

    #[test]
    fn plain_http_to_another_machine_is_said_and_to_this_one_is_not() {
        for (origin, said) in [
            ("http://flags.internal", true),
            ("http://10.0.0.7:4242", true),
            ("http://localhost:4242", false),
            ("http://127.0.0.1:4242", false),
            ("http://[::1]:4242", false),
            ("https://flags.example", false),
        ] {
            let watch = Watch::default();
            watch.failed(origin, "no connection");
            let tls = at(&watch, origin, 0).contains(&(Aspect::Tls, Standing::Note));
            assert_eq!(tls, said, "{origin}");
        }
    }

    #[test]
    fn a_refused_certificate_is_not_called_unreachable() {
        let watch = Watch::default();
        watch.failed("https://a.example", "no connection to https://a.example: invalid peer certificate: Expired");
        assert_eq!(at(&watch, "https://a.example", 0), [(Aspect::Tls, Standing::Wrong)]);
        watch.failed("https://b.example", "no connection to https://b.example: Connection refused (os error 111)");
        assert_eq!(at(&watch, "https://b.example", 0), [(Aspect::Reach, Standing::Wrong)]);
    }
}
