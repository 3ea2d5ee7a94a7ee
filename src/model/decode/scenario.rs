//! `runbooks/gameday/*.toml`: a scenario of a game day.
//!
//! Owns its sections and what can be checked inside the one file: ids, roles, times, and which of several keys belong
//! together.

use std::sync::Arc;

use toml::de::DeTable;

use super::Decoded;
use super::exception::exceptions;
use super::reader::{Reader, reading};
use super::runbook::{id, schema};
use super::sketch::{Node, Shape, describe};
use super::table::Table;
use crate::diag::code;
use crate::model::scenario::{
    Absence, Expectation, Fault, FaultKind, Forbidden, GivenAnswer, GivenVote, Inject, Limits, Player, Role, Scenario,
    Signal,
};
use crate::text::source::Source;
use crate::text::span::Spanned;
use crate::text::time::Millis;

/// What a scenario takes.
pub(in crate::model) fn scenario_takes() -> Node {
    let empty = Source::new("", String::new());
    describe(|root| drop(sections(root, &empty, "")))
}

/// Reads a scenario. The name is its path below `runbooks/` without the ending.
#[must_use]
pub fn scenario(source: &Arc<Source>, name: &str) -> Decoded<Scenario> {
    reading(source, source, |reader, tree| read(reader, tree, source, name))
}

fn read(reader: &Reader, tree: &DeTable<'_>, source: &Arc<Source>, name: &str) -> Scenario {
    let value = {
        let root = Table::root(reader, tree);
        let value = sections(&root, source, name);
        root.finish();
        value
    };
    cross_check(reader, &value);
    value
}

fn sections(root: &Table<'_, '_>, source: &Arc<Source>, name: &str) -> Scenario {
    schema(root);
    root.need("inject", "[[inject]]");
    root.need("player", "[[player]]");
    Scenario {
        source: Arc::clone(source),
        name: name.to_owned(),
        title: root.must("title", "title = \"…\"", root.text("title")),
        runbook: root.must("runbook", "runbook = \"incident/hallucination\"", root.text("runbook")),
        automation: root.must("automation", "automation = \"…\"", root.text("automation")),
        environment: root.text("environment"),
        based_on: root.texts("based-on"),
        objectives: root.texts("objectives"),
        abort_word: root.must("abort-word", "abort-word = \"NO DUFF\"", root.text("abort-word")),
        on: root.date("on"),
        severity: root.text("severity"),
        limits: root.table("limits", "`[limits]`").map(limits).unwrap_or_default(),
        roles: root.tables("role", "`[[role]]`").into_iter().map(role).collect(),
        signals: root.tables("signal", "`[[signal]]`").into_iter().map(signal).collect(),
        injects: root.tables("inject", "`[[inject]]`").into_iter().map(inject).collect(),
        absences: root.tables("absent", "`[[absent]]`").into_iter().map(absence).collect(),
        faults: root.tables("fault", "`[[fault]]`").into_iter().map(fault).collect(),
        expectations: root.tables("expect", "`[[expect]]`").into_iter().map(expectation).collect(),
        forbidden: root.tables("forbid", "`[[forbid]]`").into_iter().map(forbidden).collect(),
        players: root.tables("player", "`[[player]]`").into_iter().map(player).collect(),
        exceptions: exceptions(root),
    }
}

fn limits(t: Table<'_, '_>) -> Limits {
    let limits = Limits {
        declared: t.duration("declared"),
        first_action: t.duration("first-action"),
        contained: t.duration("contained"),
        clock_started: t.duration("clock-started"),
        effects: t.count("effects"),
        effect_every: t.duration("effect-every"),
        duration: t.must("duration", "duration = \"45m\"", t.duration("duration")),
    };
    t.finish();
    limits
}

fn role(t: Table<'_, '_>) -> Role {
    let role = Role { id: id(&t, "role"), person: t.must("person", "person = \"…\"", t.text("person")) };
    t.finish();
    role
}

fn signal(t: Table<'_, '_>) -> Signal {
    let signal = Signal {
        signal: t.must("signal", "signal = \"…\"", t.text("signal")),
        value: t.must("value", "value = 0.06", t.number("value")),
        samples: t.count("samples"),
        baseline: t.number("baseline"),
        mended: t.number("mended"),
        mended_by: t.text("mended-by"),
        worse: t.number("worse"),
        worsened_by: t.text("worsened-by"),
    };
    for (one, other) in [("mended", "mended-by"), ("worse", "worsened-by")] {
        if t.has(one) && !t.has(other) {
            lacks(&t, one, other, "name the step");
        }
    }
    t.finish();
    signal
}

/// A key that another one calls for.
fn lacks(t: &Table<'_, '_>, one: &str, other: &str, help: &str) {
    t.reader.advise(code::BAD_VALUE, t.key_span(one), format!("`{one}` needs `{other}`"), "", help);
}

/// When something happens: `t+4m`, or `t+0`.
fn offset(t: &Table<'_, '_>, key: &'static str) -> Option<Spanned<Millis>> {
    let written = t.text(key);
    t.takes(key, || Shape::Since);
    let written = written?;
    let length = written.value.strip_prefix("t+").and_then(|rest| match rest {
        "0" => Some(Millis(0)),
        rest => rest.parse::<Millis>().ok().filter(|_| !rest.ends_with("ms")),
    });
    if length.is_none() {
        t.reader.advise(
            code::BAD_DURATION,
            written.span,
            format!("`{}` is not a time of a scenario", crate::text::safe::excerpt(&written.value, 40)),
            "",
            "write `t+` and a duration, such as \"t+0\", \"t+90s\" or \"t+4m\"",
        );
    }
    length.map(|length| Spanned::new(length, written.span))
}

fn yes(t: &Table<'_, '_>, key: &'static str) -> bool {
    t.flag(key).is_some_and(|f| f.value)
}

fn inject(t: Table<'_, '_>) -> Inject {
    let (text, sealed, sha256) = (t.text("text"), t.text("sealed"), t.text("sha256"));
    t.need_any(&["text", "sealed"], !t.has("text") && !t.has("sealed"), "text = \"…\"");
    for (one, other) in [("sealed", "sha256"), ("sha256", "sealed")] {
        if t.has(one) && !t.has(other) {
            lacks(&t, one, other, "`aigov new sealed` writes both");
        }
    }
    let inject = Inject {
        id: id(&t, "inject"),
        at: t.must("at", "at = \"t+0\"", offset(&t, "at")),
        channel: t.must("channel", "channel = \"alert\"", t.word("channel", "a channel")),
        to: t.some("to", "to = [\"…\"]").unwrap_or_default(),
        text,
        sealed,
        sha256,
        untrusted: yes(&t, "untrusted"),
        trap: yes(&t, "trap"),
        when: t.word("when", "a state"),
        signals: t.tables("signals", "`signals`").into_iter().map(signal).collect(),
        span: t.span,
    };
    t.finish();
    inject
}

fn absence(t: Table<'_, '_>) -> Absence {
    let absence = Absence {
        who: t.must("who", "who = \"…\"", t.text("who")),
        from: offset(&t, "from"),
        until: offset(&t, "until"),
        how: t.must("how", "how = \"unreachable\"", t.word("how", "a way to be absent")),
    };
    t.finish();
    absence
}

fn fault(t: Table<'_, '_>) -> Fault {
    let kind: Option<Spanned<FaultKind>> = t.must("kind", "kind = \"timeout\"", t.word("kind", "a fault"));
    let fault = Fault {
        id: id(&t, "fault"),
        provider: t.text("provider"),
        step: t.text("step"),
        at: offset(&t, "at"),
        lasts: t.duration("lasts"),
        times: t.count("times"),
        by: t.duration("by"),
        kind,
    };
    let of_calls = !matches!(kind.map(|k| k.value), Some(FaultKind::ClockSkew | FaultKind::RemoteDown) | None);
    if of_calls && !t.has("provider") && !t.has("step") {
        lacks(&t, "kind", "provider", "say where it breaks: a provider, a step, or both");
    }
    if kind.is_some_and(|k| k.value == FaultKind::ClockSkew) && !t.has("by") {
        lacks(&t, "kind", "by", "say how far the clock is off, such as by = \"7m\"");
    }
    t.finish();
    fault
}

fn expectation(t: Table<'_, '_>) -> Expectation {
    let expectation = Expectation {
        id: id(&t, "expect"),
        event: t.must("event", "event = \"contained\"", t.word("event", "something that can be expected")),
        about: t.text("about"),
        by: offset(&t, "by"),
        before: t.texts("before"),
        weight: t.count("weight").map_or(1, |w| w.value),
        traps: t.texts("traps"),
        red_line: yes(&t, "red-line"),
    };
    t.finish();
    expectation
}

fn forbidden(t: Table<'_, '_>) -> Forbidden {
    let forbidden = Forbidden {
        id: id(&t, "forbid"),
        event: t.must("event", "event = \"own-vote\"", t.word("event", "something that can be forbidden")),
        about: t.text("about"),
        says: t.text("says"),
        why: t.must("why", "why = \"…\"", t.text("why")),
        traps: t.texts("traps"),
        red_line: yes(&t, "red-line"),
    };
    t.finish();
    forbidden
}

fn player(t: Table<'_, '_>) -> Player {
    let player = Player {
        id: id(&t, "player"),
        about: t.text("about"),
        person: t.text("person"),
        declares_after: t.duration("declares-after"),
        answers_after: t.duration("answers-after"),
        approvers_take: t.duration("approvers-take"),
        answers: t.tables("answers", "`answers`").into_iter().map(answer).collect(),
        severity: t.text("severity"),
        choices: t.words("choices", "a choice"),
        fix_author: t.text("fix-author"),
        stands_down: yes(&t, "stands-down"),
        abandons: yes(&t, "abandons"),
        votes: t.tables("votes", "`votes`").into_iter().map(vote).collect(),
        fails: t.texts("fails"),
    };
    t.finish();
    player
}

fn answer(t: Table<'_, '_>) -> GivenAnswer {
    let answer = GivenAnswer {
        to: t.must("to", "to = \"…\"", t.text("to")),
        value: t.scalar("value"),
        silent: yes(&t, "silent"),
    };
    t.finish();
    answer
}

fn vote(t: Table<'_, '_>) -> GivenVote {
    let vote = GivenVote {
        person: t.must("person", "person = \"…\"", t.text("person")),
        gate: t.text("gate"),
        says: t.must("says", "says = \"approve\"", t.word("says", "what a vote says")),
        after: t.duration("after"),
        text: t.text("text"),
    };
    t.finish();
    vote
}

/// What can only be seen with the whole file in hand.
fn cross_check(reader: &Reader, scenario: &Scenario) {
    reader.duplicates("roles", scenario.roles.iter().map(|r| &r.id));
    reader.duplicates("injects", scenario.injects.iter().map(|i| &i.id));
    reader.duplicates("faults", scenario.faults.iter().map(|f| &f.id));
    let expected = scenario.expectations.iter().map(|e| &e.id);
    reader.duplicates("expectations", expected.clone().chain(scenario.forbidden.iter().map(|f| &f.id)));
    reader.duplicates("players", scenario.players.iter().map(|p| &p.id));
    let roles = || scenario.roles.iter().map(|r| r.id.value.as_str());
    for to in scenario.injects.iter().flat_map(|i| &i.to) {
        if !roles().any(|r| r == to.value) {
            reader.unresolved("a `[[role]]`", to, roles());
        }
    }
    for before in scenario.expectations.iter().flat_map(|e| &e.before) {
        if !scenario.expectations.iter().any(|e| e.id.value == before.value) {
            reader.unresolved("an `[[expect]]`", before, scenario.expectations.iter().map(|e| e.id.value.as_str()));
        }
    }
    let traps = || scenario.injects.iter().filter(|i| i.trap).map(|i| i.id.value.as_str());
    for trap in scenario.traps_named().filter(|t| !traps().any(|id| id == t.value)) {
        reader.unresolved("an `[[inject]]` with `trap = true`", trap, traps());
    }
    let Some(end) = scenario.limits.duration else { return };
    let times = scenario.injects.iter().filter_map(|i| i.at).chain(scenario.expectations.iter().filter_map(|e| e.by));
    for at in times.filter(|at| at.value > end.value) {
        reader.report(
            reader
                .make(code::BAD_VALUE, at.span, "this is after the end", "")
                .at(&scenario.source, end.span, "it ends here")
                .help("give it an earlier time, or the scenario a longer duration"),
        );
    }
    if !scenario.players.is_empty() && !scenario.players.iter().any(|p| p.id.value == "good") {
        let first = scenario.players.iter().map(|p| p.id.span).next().unwrap_or_default();
        reader.advise(
            code::BAD_VALUE,
            first,
            "no player is called `good`",
            "",
            "add a `[[player]]` with id = \"good\" who does everything right",
        );
    }
}
