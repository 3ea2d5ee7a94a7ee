//! A vendor's API as its official description has it: every request goes to a validating mock, is searched for anything
//! that the description does not know, and is answered from a little state of the test's own, because a mock's canned
//! examples do not change.

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::description::Description;
use crate::suite;
use crate::wire::{Answer, Asked, Served, send};

/// The proxy; look at [`Contract::faults`] at the end.
pub(crate) struct Contract {
    served: Served,
    faults: Arc<Mutex<Vec<String>>>,
}

impl Contract {
    /// A proxy before the mock at `mock` for the description in `file`. Paths lose `prefix`, which the vendor's server
    /// address holds and the mock does not. `state` answers; where it gives nothing the mock's example is passed on.
    /// None where the suite does not run.
    pub(crate) fn new(
        mock: &str,
        file: &str,
        prefix: &'static str,
        state: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
    ) -> Option<Self> {
        let mock = suite::variable(mock)?;
        let description = Description::read(&Path::new(&suite::variable("AIGOV_SPECS")?).join(file));
        let faults: Arc<Mutex<Vec<String>>> = Arc::default();
        let found = Arc::clone(&faults);
        let served = Served::on("127.0.0.1:0", move |asked| {
            let mut asked = asked.clone();
            asked.target = asked.target.strip_prefix(prefix).unwrap_or(&asked.target).to_owned();
            let mut here = description.unknown_in(&asked);
            let answer = send(&asked.method, &format!("{mock}{}", asked.target), &headers_for(&asked), &asked.body);
            here.extend(violations(&asked, &answer));
            let refused = !here.is_empty();
            found.lock().unwrap().extend(here);
            if refused { answer } else { state(&asked).unwrap_or(answer) }
        });
        Some(Self { served, faults })
    }

    /// Where the program under test is to send.
    pub(crate) fn url(&self) -> String {
        self.served.url()
    }

    /// What was asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.served.asked()
    }

    /// What was found so far.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap().clone()
    }

    /// Panics when a request broke the description or said what it does not know.
    pub(crate) fn assert_kept(&self) {
        let faults = self.faults();
        assert!(faults.is_empty(), "against the official description:\n  {}", faults.join("\n  "));
        assert!(!self.asked().is_empty(), "nothing was asked");
    }
}

/// The request's headers, with two that the mock insists on and the vendors' servers do not: a content type on a GET, and
/// plain JSON where the documentation asks for the vendor's own type.
fn headers_for(asked: &Asked) -> Vec<(&str, &str)> {
    let mut headers: Vec<(&str, &str)> = asked
        .headers
        .iter()
        .filter(|(n, _)| {
            !matches!(n.as_str(), "host" | "connection" | "content-length" | "transfer-encoding" | "accept")
        })
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    headers.push(("accept", "application/json"));
    if asked.header("content-type").is_none() {
        headers.push(("content-type", "application/json"));
    }
    headers
}

fn violations(asked: &Asked, answer: &Answer) -> Vec<String> {
    let listed = answer.headers.iter().find(|(n, _)| n == "sl-violations").map_or("[]", |(_, v)| v);
    let listed: Value = serde_json::from_str(listed).unwrap();
    let mut found: Vec<String> = listed
        .as_array()
        .into_iter()
        .flatten()
        .filter(|v| v["location"][0] == "request")
        .map(|v| format!("{} {}: {}", asked.method, asked.path(), v["message"]))
        .collect();
    let unrouted = answer.body.windows(14).any(|w| w == b"NO_PATH_MATCHE") || matches!(answer.status, 405 | 406 | 415);
    if unrouted {
        found.push(format!("{} {}: status {} from the mock", asked.method, asked.path(), answer.status));
    }
    found
}
