//! Servers that hand back what they were given: nothing of a credential is shown, recorded or left in a file, whichever way it
//! is written.

use std::path::PathBuf;

use aigov::provider::sandbox::{Asked, Disturbance, Reply};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::approvals::flat;
use crate::journeys::{RESUME, RUN, at_work, journal};
use crate::scan;

/// What came with a request that somebody could hand back: its credential, or the whole of it where that is in its body.
fn given(asked: &Asked) -> String {
    let header = asked.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone());
    header.unwrap_or_default() + &String::from_utf8_lossy(&asked.body)
}

/// The same as it may come back.
fn handed_back(given: &str) -> [String; 5] {
    let hex: String = given.bytes().map(|b| format!("{b:02x}")).collect();
    let escaped: String = given.bytes().map(|b| format!("%{b:02X}")).collect();
    let spaced: String = given.chars().flat_map(|c| [c, ' ']).collect();
    [given.to_owned(), STANDARD.encode(format!("user:{given}")), hex, escaped, spaced]
}

#[test]
fn a_server_that_hands_a_credential_back_leaves_it_nowhere() {
    let (home, world) = at_work();
    world.rule(|at, asked| {
        let [raw, base64, hex, escaped, spaced] = handed_back(&given(asked));
        let json = serde_json::json!({
            "message": format!("{raw} may not do this"), "error": base64, "name": hex, "details": [{ "message": escaped }],
        });
        match at % 7 {
            1 => Disturbance::Instead(Reply::text(403, "application/json", &json.to_string())),
            3 => Disturbance::Instead(Reply::text(400, "text/plain", &format!("{escaped} {spaced} {hex}"))),
            5 => Disturbance::Instead(Reply::text(200, "text/html", &format!("<p>{raw}</p><p>{base64}</p>"))),
            _ => Disturbance::None,
        }
    });
    let mut shown = vec![home.run(RUN), home.run(RESUME)];
    let run = journal(&home).only_run();
    for line in [
        "doctor",
        "stop support-replies --json",
        "plan incident/hallucination --json",
        "verify --json",
        "log --json",
        "status --json",
        "who support-replies",
    ] {
        shown.push(home.run(line));
    }
    for verb in ["show", "show --json", "brief --json", "page"] {
        shown.push(home.run(&format!("{verb} {run}")));
    }
    let refused = world.seen().len();
    assert!(refused > 20, "{refused} requests");
    let secrets = world.secrets();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let all = format!("{shown:?}");
    let first = flat(&shown[0].all());
    assert!(first.contains("HTTP 403 Forbidden") && first.contains("{file sandbox-token}"), "told without it: {first}");
    for secret in &secrets {
        scan::clean("what was shown", all.as_bytes(), secret);
    }
    let written: Vec<PathBuf> =
        vec![home.desk().join("sandbox-token"), home.desk().join("sandbox-client-token"), home.all().join("world")];
    let written: Vec<&std::path::Path> = written.iter().map(PathBuf::as_path).collect();
    assert!(scan::clean_below(home.all(), &secrets, &written) > 10);
}
