//! The adapter for Unleash against a real server, and what of it is the dialect's against the sandbox, too: changed through the Admin API, proven by what consumers see through the
//! client API, and put back exactly.

use aigov::plan::checked::{Aspect, Standing};
use aigov::plan::{Act, Setting};
use aigov::port::Provider;
use aigov::run::event::{Outcome, Verdict};
use aigov::text::time::Millis;
use serde_json::{Value, json};

use crate::dialect::{Served, Which, contract};
use crate::open::Opened;
use crate::orders::{Job, wait};
use crate::{scan, suite, wire};

/// A flag of a server, and what the tests know of that server without the program.
struct Flag {
    /// The sandbox, where it is the sandbox's.
    _served: Option<Served>,
    url: String,
    project: String,
    admin: String,
    client: String,
    name: String,
}

impl Flag {
    /// Makes a flag of this name with one strategy in production; none where the suite does not run.
    fn with_strategy(name: &str, strategy: &Value) -> Option<Self> {
        let url = suite::variable("AIGOV_SUITE_UNLEASH")?;
        let flag = Self {
            _served: None,
            url,
            project: "default".into(),
            admin: suite::variable("AIGOV_SUITE_UNLEASH_ADMIN")?,
            client: suite::variable("AIGOV_SUITE_UNLEASH_CLIENT")?,
            name: name.to_owned(),
        };
        let new = json!({ "name": name, "type": "kill-switch" });
        flag.ask("POST", "/api/admin/projects/default/features", &new).expect(201);
        flag.ask("POST", &flag.path("/strategies"), strategy).expect(200);
        Some(flag)
    }

    fn on(name: &str) -> Option<Self> {
        let flag = Self::with_strategy(name, &rollout(name, 100))?;
        flag.ask("POST", &flag.path("/on"), &json!({})).expect(200);
        Some(flag)
    }

    /// One that the sandbox's story has.
    fn of_the_sandbox(name: &str) -> Self {
        let served = Served::new();
        Self {
            url: served.url("unleash"),
            project: "support".into(),
            admin: served.token("sandbox-token"),
            client: served.token("sandbox-client-token"),
            name: name.to_owned(),
            _served: Some(served),
        }
    }

    fn path(&self, end: &str) -> String {
        format!("/api/admin/projects/{}/features/{}/environments/production{end}", self.project, self.name)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> wire::Answer {
        wire::send_json(method, &format!("{}{path}", self.url), &[("authorization", &self.admin)], body)
    }

    /// What is configured, without what a server changes by itself.
    fn configured(&self) -> Value {
        let mut state =
            wire::send("GET", &format!("{}{}", self.url, self.path("")), &[("authorization", &self.admin)], b"")
                .expect(200)
                .json();
        for strategy in state["strategies"].as_array_mut().unwrap() {
            strategy.as_object_mut().unwrap().remove("id");
        }
        state
    }

    /// What a consumer sees.
    fn seen(&self) -> Value {
        let url = format!("{}/api/client/features/{}", self.url, self.name);
        wire::send("GET", &url, &[("authorization", &self.client)], b"").expect(200).json()
    }

    fn events(&self) -> u64 {
        let url = format!("{}/api/admin/search/events?feature=IS:{}&limit=100", self.url, self.name);
        wire::send("GET", &url, &[("authorization", &self.admin)], b"").expect(200).json()["total"].as_u64().unwrap()
    }

    fn open(&self) -> Opened {
        Opened::with("unleash", &self.url, &[("token", &self.admin), ("client-token", &self.client)])
    }

    fn binding(&self) -> Value {
        json!({ "project": self.project, "flag": self.name, "environment": "production" })
    }

    fn job(&self, to: Setting) -> Job {
        Job::control(to, "unleash", &self.binding())
    }
}

impl Which {
    /// A flag that is on for everybody; on a real server it is made, under this name.
    fn switch(self, name: &str) -> Option<Flag> {
        match self {
            Self::Real => Flag::on(name),
            Self::Sandbox => Some(Flag::of_the_sandbox("support-replies-autonomy")),
        }
    }

    /// A flag that is rolled out in percent.
    fn percent(self, name: &str) -> Option<Flag> {
        match self {
            Self::Real => {
                let flag = Flag::with_strategy(name, &rollout(name, 60))?;
                flag.ask("POST", &flag.path("/on"), &json!({})).expect(200);
                Some(flag)
            }
            Self::Sandbox => Some(Flag::of_the_sandbox("support-replies-traffic")),
        }
    }

    /// A flag whose one variant is `auto`.
    fn level(self, name: &str) -> Option<Flag> {
        match self {
            Self::Real => {
                let variant =
                    json!({ "name": "auto", "weight": 1000, "weightType": "variable", "stickiness": "default" });
                let mut strategy = rollout(name, 100);
                strategy["variants"] = json!([variant]);
                let flag = Flag::with_strategy(name, &strategy)?;
                flag.ask("POST", &flag.path("/on"), &json!({})).expect(200);
                Some(flag)
            }
            Self::Sandbox => Some(Flag::of_the_sandbox("support-replies-mode")),
        }
    }
}

contract! {
    a_switch_goes_off_where_consumers_look_and_comes_back_as_it_was,
    what_prepare_shows_is_what_a_read_finds_afterwards,
    doing_it_twice_changes_nothing_more,
    a_percent_moves_the_rollout_and_comes_back,
    a_level_is_the_one_variant_that_consumers_get,
    a_wrong_token_is_refused_and_changes_nothing,
    a_client_token_in_the_place_of_the_admin_token_is_told_apart,
    an_unknown_flag_and_an_unknown_environment_are_named,
    an_order_for_another_environment_of_the_workspace_is_refused_unsent,
    a_change_behind_our_back_is_seen_by_the_next_preparation,
    a_probe_reads_what_consumers_see_and_not_what_was_asked,
    the_event_log_of_a_flag_is_kept_as_evidence,
    a_check_says_what_is_there_without_touching_it,
}

fn rollout(name: &str, percent: u8) -> Value {
    json!({
        "name": "flexibleRollout",
        "parameters": { "rollout": percent.to_string(), "stickiness": "default", "groupId": name },
        "constraints": [],
        "segments": [],
    })
}

fn a_switch_goes_off_where_consumers_look_and_comes_back_as_it_was(which: Which) {
    let Some(flag) = which.switch("suite-switch") else { return };
    let opened = flag.open();
    let provider = opened.provider();
    let before = flag.configured();
    let prepared = flag.job(Setting::On(false)).done(provider);
    assert_eq!(flag.seen()["enabled"], false);
    assert_ne!(prepared.prior, prepared.leaves);
    assert!(!prepared.requests.is_empty() && !prepared.undo.is_empty());
    flag.job(Setting::On(false)).undone(provider, &prepared.prior);
    assert_eq!(flag.seen()["enabled"], true);
    assert_eq!(flag.configured(), before, "undo leaves the strategies as they were found");
}

fn what_prepare_shows_is_what_a_read_finds_afterwards(which: Which) {
    let Some(flag) = which.switch("suite-leaves") else { return };
    let opened = flag.open();
    let job = flag.job(Setting::On(false));
    let prepared = job.done(opened.provider());
    let again = job.prepare(opened.provider()).unwrap();
    assert_eq!(again.prior, prepared.leaves, "state after the act, in the form of prior state");
}

fn doing_it_twice_changes_nothing_more(which: Which) {
    let Some(flag) = which.switch("suite-twice") else { return };
    let opened = flag.open();
    flag.job(Setting::On(false)).done(opened.provider());
    let events = flag.events();
    flag.job(Setting::On(false)).done(opened.provider());
    assert_eq!(flag.events(), events, "the server wrote no second event");
}

#[test]
fn undo_of_a_flag_without_strategies_adds_none() {
    let Some(url) = suite::variable("AIGOV_SUITE_UNLEASH") else { return };
    let flag = Flag {
        _served: None,
        url,
        project: "default".into(),
        admin: suite::variable("AIGOV_SUITE_UNLEASH_ADMIN").unwrap(),
        client: suite::variable("AIGOV_SUITE_UNLEASH_CLIENT").unwrap(),
        name: "suite-bare".into(),
    };
    let new = json!({ "name": flag.name, "type": "kill-switch" });
    flag.ask("POST", "/api/admin/projects/default/features", &new).expect(201);
    let before = flag.configured();
    assert_eq!(before["strategies"], json!([]));
    let opened = flag.open();
    // The server itself adds a strategy when such a flag goes on.
    let prepared = flag.job(Setting::On(true)).done(opened.provider());
    flag.job(Setting::On(true)).undone(opened.provider(), &prepared.prior);
    assert_eq!(flag.configured()["enabled"], false);
    assert_eq!(flag.configured(), before);
}

fn a_percent_moves_the_rollout_and_comes_back(which: Which) {
    let Some(flag) = which.percent("suite-percent") else { return };
    let before = flag.configured();
    let opened = flag.open();
    let to_five = flag.job(Setting::Percent(5.0)).done(opened.provider());
    assert_eq!(flag.seen()["strategies"][0]["parameters"]["rollout"], "5");
    let to_zero = flag.job(Setting::Percent(0.0)).done(opened.provider());
    assert_eq!(flag.seen()["enabled"], false, "0 is safest: nobody gets it, whatever other strategies say");
    flag.job(Setting::Percent(0.0)).undone(opened.provider(), &to_zero.prior);
    assert_eq!(flag.seen()["strategies"][0]["parameters"]["rollout"], "5");
    flag.job(Setting::Percent(5.0)).undone(opened.provider(), &to_five.prior);
    assert_eq!(flag.configured(), before);
}

fn a_level_is_the_one_variant_that_consumers_get(which: Which) {
    let Some(flag) = which.level("suite-level") else { return };
    let before = flag.configured();
    let opened = flag.open();
    let to_advisory = flag.job(Setting::Level("advisory".into())).done(opened.provider());
    let seen = flag.seen();
    assert_eq!(seen["enabled"], true);
    let variants = seen["strategies"][0]["variants"].as_array().unwrap();
    assert_eq!((variants.len(), &variants[0]["name"]), (1, &json!("advisory")), "{seen}");
    flag.job(Setting::Level("advisory".into())).undone(opened.provider(), &to_advisory.prior);
    assert_eq!(flag.configured(), before);
}

fn a_wrong_token_is_refused_and_changes_nothing(which: Which) {
    let Some(flag) = which.switch("suite-token") else { return };
    let wrong = "*:*.not-a-token-of-this-server";
    let opened = Opened::with("unleash", &flag.url, &[("token", wrong), ("client-token", &flag.client)]);
    let job = flag.job(Setting::On(false));
    let says = match job.prepare(opened.provider()) {
        Err(fault) => format!("{fault:?}"),
        Ok(prepared) => {
            let sight = job.perform(opened.provider(), &prepared);
            assert_eq!(sight.is, Outcome::Refused, "{:?}", sight.seen);
            format!("{sight:?}")
        }
    };
    assert!(says.contains("401"), "{says}");
    scan::clean("what the operator is told", says.as_bytes(), wrong);
    assert_eq!(flag.seen()["enabled"], true);
}

fn a_client_token_in_the_place_of_the_admin_token_is_told_apart(which: Which) {
    let Some(flag) = which.switch("suite-kind-of-token") else { return };
    let opened = Opened::with("unleash", &flag.url, &[("token", &flag.client), ("client-token", &flag.client)]);
    let fault = flag.job(Setting::On(false)).prepare(opened.provider()).unwrap_err();
    assert!(fault.says.contains("403") || fault.says.contains("401"), "{fault}");
    assert!(!fault.before_sending);
}

fn an_unknown_flag_and_an_unknown_environment_are_named(which: Which) {
    let Some(flag) = which.switch("suite-known") else { return };
    let opened = flag.open();
    for (key, value) in [("flag", "suite-no-such-flag"), ("environment", "suite-no-such-environment")] {
        let mut binding = flag.binding();
        binding[key] = json!(value);
        let job = Job::control(Setting::On(false), "unleash", &binding);
        let fault = job.prepare(opened.provider()).unwrap_err();
        assert!(fault.says.contains(value) && fault.says.contains("404"), "{fault}");
    }
    assert_eq!(flag.seen()["enabled"], true);
}

fn an_order_for_another_environment_of_the_workspace_is_refused_unsent(which: Which) {
    let Some(flag) = which.switch("suite-staging") else { return };
    let opened = flag.open();
    let fault = flag.job(Setting::On(false)).environment("staging").prepare(opened.provider()).unwrap_err();
    assert!(fault.says.contains("staging") && fault.before_sending, "{fault:?}");
    assert_eq!(flag.seen()["enabled"], true);
}

fn a_change_behind_our_back_is_seen_by_the_next_preparation(which: Which) {
    let Some(flag) = which.switch("suite-drift") else { return };
    let opened = flag.open();
    let job = flag.job(Setting::On(false));
    let first = job.prepare(opened.provider()).unwrap();
    assert_eq!(job.prepare(opened.provider()).unwrap().prior, first.prior, "nothing in it changes by itself");
    flag.ask("POST", &flag.path("/strategies"), &rollout("suite-drift", 10)).expect(200);
    assert_ne!(job.prepare(opened.provider()).unwrap().prior, first.prior);
}

fn a_probe_reads_what_consumers_see_and_not_what_was_asked(which: Which) {
    let Some(flag) = which.switch("suite-probe") else { return };
    let opened = flag.open();
    let job = flag.job(Setting::On(false));
    let prepared = job.prepare(opened.provider()).unwrap();
    let sight = job.probe(opened.provider(), &prepared);
    assert_eq!(sight.is, Verdict::Fail, "still on: {:?}", sight.seen);
}

fn the_event_log_of_a_flag_is_kept_as_evidence(which: Which) {
    let Some(flag) = which.switch("suite-evidence") else { return };
    let opened = flag.open();
    flag.job(Setting::On(false)).done(opened.provider());
    let binding = json!({ "project": flag.project, "flag": flag.name });
    let job = Job::new(Act::Capture { since: Millis(7_200_000) }, "unleash", &binding);
    let prepared = job.prepare(opened.provider()).unwrap();
    let sight = job.perform(opened.provider(), &prepared);
    assert_eq!(sight.is, Outcome::Done, "{:?}", sight.seen);
    let kept = sight.keep.or_else(|| job.probe(opened.provider(), &prepared).keep).unwrap();
    let kept = String::from_utf8(kept).unwrap();
    assert!(kept.contains("feature-environment-disabled"), "{kept}");
    scan::clean("the evidence", kept.as_bytes(), &flag.admin);
}

fn a_check_says_what_is_there_without_touching_it(which: Which) {
    let Some(flag) = which.switch("suite-check") else { return };
    let opened = flag.open();
    let provider: &dyn Provider = opened.provider();
    let events = flag.events();
    let notes = wait(provider.check(&flag.job(Setting::On(false)).needs(), crate::orders::LIMIT));
    assert!(!notes.is_empty() && notes.iter().all(|n| n.is != Standing::Wrong), "{notes:?}");
    let mut missing = flag.binding();
    missing["flag"] = json!("suite-no-such-flag");
    let job = Job::control(Setting::On(false), "unleash", &missing);
    let notes = wait(provider.check(&job.needs(), crate::orders::LIMIT));
    assert!(notes.iter().any(|n| n.is == Standing::Wrong && n.aspect == Aspect::Exists), "{notes:?}");
    assert_eq!(flag.events(), events);
}

/// A token of a user with a root role: 1 may everything, 2 changes flags, 3 only looks.
fn token_of(flag: &Flag, name: &str, role: u8) -> String {
    let password = "Correct-horse-9-battery";
    let login = |user: &str, password: &str| {
        let url = format!("{}/auth/simple/login", flag.url);
        let answer = wire::send_json("POST", &url, &[], &json!({ "username": user, "password": password })).expect(200);
        let cookie = answer.headers.iter().find(|(n, _)| n == "set-cookie").unwrap().1.clone();
        cookie.split(';').next().unwrap().to_owned()
    };
    let admin = login("admin", "unleash4all");
    let user = json!({ "username": name, "name": name, "rootRole": role, "password": password, "sendEmail": false });
    let url = format!("{}/api/admin/user-admin", flag.url);
    wire::send_json("POST", &url, &[("cookie", &admin)], &user).expect(201);
    let mine = login(name, password);
    let url = format!("{}/api/admin/user/tokens", flag.url);
    let token = json!({ "description": "suite", "expiresAt": "2036-01-01T00:00:00.000Z" });
    let made = wire::send_json("POST", &url, &[("cookie", &mine)], &token).expect(201).json();
    made["secret"].as_str().unwrap().to_owned()
}

#[test]
fn what_a_token_may_do_is_known_beforehand() {
    let Some(flag) = Flag::on("suite-scope") else { return };
    let events = flag.events();
    let look = |token: &str, client: &str| {
        let opened = Opened::with("unleash", &flag.url, &[("token", token), ("client-token", client)]);
        let notes = wait(opened.provider().check(&flag.job(Setting::On(false)).needs(), crate::orders::LIMIT));
        scan::clean("the check", format!("{notes:?}").as_bytes(), token);
        let mut wrong: Vec<Aspect> = notes.iter().filter(|n| n.is == Standing::Wrong).map(|n| n.aspect).collect();
        wrong.dedup();
        wrong
    };
    assert_eq!(look(&flag.admin, &flag.client), []);
    assert_eq!(look(&token_of(&flag, "suite-editor", 2), &flag.client), [], "an editor may change flags");
    assert_eq!(look(&token_of(&flag, "suite-viewer", 3), &flag.client), [Aspect::Scope]);
    assert_eq!(look("*:*.not-a-token-of-this-server", &flag.client), [Aspect::Credential]);
    assert_eq!(look(&flag.client, &flag.client), [Aspect::Scope], "a consumer's token is not an administrator's");
    assert_eq!(look(&flag.admin, "default:production.not-a-token"), [Aspect::Credential]);
    assert_eq!(
        look(&flag.admin, "default:development.aigov-suite-client"),
        [Aspect::Credential],
        "another environment's"
    );
    assert_eq!(flag.events(), events, "nothing was changed by looking");
}
