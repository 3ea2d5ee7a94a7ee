//! Resolving, on the sandbox's workspace with some texts exchanged.

use super::*;
use crate::model::catalog::{Ability, Capability, Holds, Key, Kind, Proof, Repeat};
use crate::plan::shipped::{RUNBOOKS, SANDBOX};
use crate::plan::{Direction, Excluded, FactValue, Fallback, StepRole, Undo, Votes, digest, fit, statement};

mod broken;

const RUNBOOK: &str = "runbooks/incident/hallucination.toml";
pub(super) const AUTOMATION: &str = "automations/support-replies.toml";
pub(super) const SETTINGS: &str = "aigov.toml";
const PEOPLE: &str = "people.toml";

const TEXT: Holds = Holds::Text;
const FLAG: &[Key] = &[need("project", TEXT), need("flag", TEXT), need("environment", TEXT)];
const BY_URL: &[Key] = &[
    need("url", Holds::Url),
    may("token", Holds::Secret),
    may("client-token", Holds::Secret),
    may("routing-key", Holds::Secret),
    may("rest-url", Holds::Url),
    may("from", TEXT),
];
const SHARED: &[Key] = &[
    may("auth", TEXT),
    may("control", Holds::Table),
    may("evidence", Holds::Table),
    may("statement", Holds::Table),
    may("call", Holds::Table),
];

/// A catalogue with the shape of the real one: enough of each kind for planning, and no adapter behind it.
pub(super) const CATALOG: Catalog = &[
    Kind {
        ability: |c, _, _| match c {
            Capability::Switch | Capability::Level | Capability::Percent => {
                able(FLAG, Repeat::Harmless, Proof::ReadBack)
            }
            _ => None,
        },
        ..kind("unleash")
    },
    Kind {
        ability: |c, _, _| match c {
            Capability::Deploy => {
                let ability = able(const { &[need("app", TEXT)] }, Repeat::Harmless, Proof::ReadBack);
                ability.map(|a| Ability { open: false, ..a })
            }
            _ => None,
        },
        ..kind("argocd")
    },
    Kind {
        ability: |c, _, _| match c {
            Capability::Layer => able(const { &[need("alias", TEXT)] }, Repeat::Harmless, Proof::ReadBack),
            Capability::Evidence => able(&[], Repeat::Harmless, Proof::ReadBack),
            _ => None,
        },
        ..kind("mlflow")
    },
    Kind {
        ability: |c, _, _| match c {
            Capability::Paging => able(&[], Repeat::Keyed, Proof::ReadBack),
            _ => None,
        },
        ..kind("pagerduty")
    },
    Kind {
        ability: |c, _, _| match c {
            Capability::Signal => able(const { &[need("query", TEXT)] }, Repeat::Harmless, Proof::ReadBack),
            _ => None,
        },
        ..kind("prometheus")
    },
    Kind {
        ability: |c, _, _| match c {
            Capability::Switch | Capability::Level | Capability::Percent => {
                able(&[], Repeat::Harmless, Proof::ReadBack)
            }
            Capability::Evidence | Capability::Statement => able(&[], Repeat::Keyed, Proof::Accepted),
            Capability::Call => able(&[], Repeat::Never, Proof::Accepted),
            _ => None,
        },
        ..kind("http")
    },
];

const fn kind(name: &'static str) -> Kind {
    Kind {
        name,
        about: "a system",
        settings: BY_URL,
        shared: SHARED,
        ability: |_, _, _| None,
        lacks: crate::model::catalog::nothing,
    }
}

const fn need(name: &'static str, holds: Holds) -> Key {
    Key { name, holds, required: true, about: "needed" }
}

const fn may(name: &'static str, holds: Holds) -> Key {
    Key { name, holds, required: false, about: "may be there" }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of an entry of the catalogue")]
const fn able(keys: &'static [Key], repeat: Repeat, proof: Proof) -> Option<Ability> {
    Some(Ability { keys, open: true, repeat, proof })
}

/// The sandbox's workspace, with some texts exchanged: file, what stands there, what is to stand there.
pub(super) fn workspace(edits: &[(&str, &str, &str)]) -> Workspace {
    assembled(edits).0
}

fn assembled(edits: &[(&str, &str, &str)]) -> (Workspace, Vec<Diagnostic>) {
    let mut files: Vec<(String, String)> =
        SANDBOX.iter().chain(RUNBOOKS).map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
    for (path, from, to) in edits {
        let text = &mut files.iter_mut().find(|(p, _)| p == path).expect("a file of the sandbox").1;
        assert!(text.contains(from), "`{from}` is not in {path}");
        *text = text.replace(from, to);
    }
    Workspace::assemble(files.into_iter().map(|(p, t)| (p, t.into_bytes())).collect(), CATALOG)
}

fn planned(runbook: &str, edits: &[(&str, &str, &str)]) -> (Plan, Vec<Diagnostic>) {
    // These are the sandbox's own files, whose made-up name is this machine in the sandbox only.
    resolve(&workspace(edits), CATALOG, runbook, "support-replies", "production", true).expect("a plan")
}

fn plan(edits: &[(&str, &str, &str)]) -> Plan {
    planned("incident/hallucination", edits).0
}

fn ids(plan: &Plan, steps: &[StepIx]) -> Vec<String> {
    steps.iter().map(|s| plan.step(*s).id.clone()).collect()
}

fn find<'a>(plan: &'a Plan, id: &str) -> &'a Step {
    plan.step(plan.find_step(id).unwrap_or_else(|| panic!("no step {id}")))
}

#[test]
fn the_shipped_files_have_no_problem() {
    let files = SANDBOX.iter().chain(RUNBOOKS);
    let (_, problems) =
        Workspace::assemble(files.map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect(), CATALOG);
    assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    for runbook in ["incident/hallucination", "incident/unknown"] {
        let (plan, all) = planned(runbook, &[]);
        assert_eq!(plan.problems, Vec::<String>::new());
        assert_eq!(all.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    }
}

#[test]
fn the_shipped_runbook_becomes_a_plan() {
    let plan = plan(&[]);
    assert_eq!(ids(&plan, &plan.immediate), ["stop-sending", "keep-evidence", "freeze", "page"]);
    assert_eq!(ids(&plan, &plan.stop), ["stop.autonomy", "stop.replicas"]);
    assert_eq!(ids(&plan, &plan.safe_all), ["safe.autonomy", "safe.mode", "safe.traffic"]);
    assert_eq!(ids(&plan, &plan.stages.iter().map(|s| s.step).collect::<Vec<_>>()), ["stage.1", "stage.2"]);
    assert_eq!(ids(&plan, &plan.rows[0].respond), ["rollback-retrieval", "rollback-prompt", "tell-customers"]);
    assert_eq!(ids(&plan, &plan.rows[0].escalate), ["escalate.sev1.commander", "escalate.sev1.legal"]);
    assert_eq!(plan.on_silence.map(|s| plan.step(s).id.as_str()), Some("silence"));
    assert_eq!((plan.band, plan.votes), (Band::High, Votes::Unsigned));

    let stop = find(&plan, "stop-sending");
    assert_eq!(stop.direction, Direction::Lowers);
    assert_eq!((stop.undo, stop.proof, stop.repeat), (Undo::Restore, Proof::ReadBack, Repeat::Harmless));
    assert_eq!(stop.or_else.map(|s| plan.step(s).id.as_str()), Some("stop-service"));
    assert_eq!(stop.targets[0].kind, "unleash");
    assert_eq!(stop.targets[0].binding["flag"], "support-replies-autonomy");
    assert!(stop.by_hand.is_some());
    assert_eq!(find(&plan, "stop-service").role, StepRole::OrElse);
    assert_eq!(find(&plan, "keep-evidence").targets.len(), 3);
    assert_eq!(find(&plan, "keep-evidence").repeat, Repeat::Keyed);
    assert_eq!(find(&plan, "keep-evidence").proof, Proof::Accepted);
    assert_eq!((find(&plan, "freeze").direction, find(&plan, "freeze").undo), (Direction::Neutral, Undo::Restore));
    assert_eq!((find(&plan, "page").direction, find(&plan, "page").undo), (Direction::Looks, Undo::None));
    assert_eq!(find(&plan, "rollback-prompt").undo, Undo::None);
    for stage in ["stage.1", "stage.2"] {
        assert_eq!((find(&plan, stage).direction, find(&plan, stage).undo), (Direction::Raises, Undo::None));
    }
    assert_eq!((find(&plan, "safe.mode").direction, find(&plan, "safe.mode").undo), (Direction::Lowers, Undo::None));
    assert_eq!(find(&plan, "stop.replicas").undo, Undo::Restore);

    let tell = plan.gate(find(&plan, "tell-customers").gate.expect("a gate"));
    assert_eq!((tell.people, tell.on_timeout), (2, Fallback::Queue));
    assert_eq!(tell.not, [Excluded::Operator]);
    let sign_off = plan.gate(plan.sign_off.expect("a sign-off"));
    assert_eq!(sign_off.functions, ["engineering", "product"]);
    assert_eq!(sign_off.not, [Excluded::Operator, Excluded::FixAuthor]);
    assert!(plan.stand_down.is_some());

    let labels: Vec<Vec<&str>> =
        plan.facts.iter().map(|f| f.regions.iter().map(|r| r.label.as_str()).collect()).collect();
    assert_eq!(labels, [vec!["yes", "no"], vec!["0", "1 to 1000", "more than 1000"]]);
    let propose = |regions: &[u8]| plan.rows[crate::plan::matrix::propose(&plan, regions).ix()].level.clone();
    assert_eq!(propose(&[0, 0]), "sev1");
    assert_eq!(propose(&[1, 2]), "sev1");
    assert_eq!(propose(&[1, 1]), "sev2");
    assert_eq!(propose(&[1, 0]), "sev3");
    assert_eq!(propose(&[255, 0]), "sev1");
}

#[test]
fn not_knowing_what_it_is_works_for_every_automation_with_a_stop() {
    let (plan, _) = planned("incident/unknown", &[]);
    assert_eq!(ids(&plan, &plan.immediate), ["stop", "keep-evidence", "hold", "page"]);
    assert_eq!(find(&plan, "stop").targets[0].label, "autonomy");
    assert_eq!(find(&plan, "stop").or_else.map(|s| plan.step(s).id.as_str()), Some("stop-wider"));
    assert_eq!(find(&plan, "keep-evidence").targets.len(), 3);
    // An automation without a wider switch has no other way, and that is no problem of the run.
    let (narrow, all) = planned("incident/unknown", &[(AUTOMATION, "wider     = [\"replicas\"]\n", "")]);
    assert_eq!(ids(&narrow, &narrow.immediate), ["stop", "keep-evidence", "hold", "page"]);
    assert_eq!(find(&narrow, "stop").or_else, None);
    assert_eq!(narrow.problems, Vec::<String>::new());
    assert!(all.iter().any(|d| d.message.contains("no wider switch")));
}

/// Each problem, the line that tells it, and what still runs at once.
#[test]
fn a_problem_counts_only_against_what_it_prevents() {
    let all = ["stop-sending", "keep-evidence", "freeze", "page"];
    let other = ["stop-service", "keep-evidence", "freeze", "page"];
    type Case<'a> = (&'a str, &'a str, &'a str, &'a [&'a str], &'a str);
    let cases: &[Case<'_>] = &[
        (
            RUNBOOK,
            "control = \"autonomy\"",
            "control = \"autonmy\"",
            &other,
            "no control `autonmy`; did you mean `autonomy`?",
        ),
        (
            RUNBOOK,
            "control = \"replicas\"",
            "control = \"replica\"",
            &all,
            "no control `replica`; did you mean `replicas`?",
        ),
        (
            RUNBOOK,
            "or-else = \"stop-service\"",
            "or-else = \"stop-servce\"",
            &["stop-sending", "stop-service", "keep-evidence", "freeze", "page"],
            "no immediate action `stop-servce`; did you mean `stop-service`?",
        ),
        (RUNBOOK, "layer = \"prompt\"", "layer = \"promt\"", &all, "no layer `promt`; did you mean `prompt`?"),
        (RUNBOOK, "\"decisions\"", "\"decision\"", &all, "no source of evidence `decision`; did you mean `decisions`?"),
        (
            RUNBOOK,
            "signal = \"override_rate\"",
            "signal = \"override_rat\"",
            &all,
            "no signal `override_rat`; did you mean `override_rate`?",
        ),
        (
            RUNBOOK,
            "signal = \"recipients_since_change\"",
            "signal = \"recipients\"",
            &all,
            "no signal `recipients`; there are `ungrounded_rate`",
        ),
        (RUNBOOK, "\"@legal\"", "\"@legl\"", &all, "no role `@legl`; did you mean `@legal`?"),
        (RUNBOOK, "\"@support\"", "\"@suport\"", &all, "no role `@suport`; did you mean `@support`?"),
        (
            RUNBOOK,
            "functions = [\"legal\"",
            "functions = [\"leagl\"",
            &all,
            "nobody in people.toml can approve as `leagl`; did you mean `legal`?",
        ),
        (
            RUNBOOK,
            "template = \"customer-correction\"",
            "template = \"customer-corection\"",
            &all,
            "no statement template `customer-corection`; did you mean `customer-correction`?",
        ),
        (
            RUNBOOK,
            "respond  = [\"rollback-retrieval\", \"rollback-prompt\"]",
            "respond = [\"rollback-promt\"]",
            &all,
            "no response `rollback-promt`; did you mean `rollback-prompt`?",
        ),
        (RUNBOOK, "to = \"advisory\"", "to = \"advisery\"", &all, "control `mode` can not be set to `advisery`"),
        (
            RUNBOOK,
            "control = \"traffic\"",
            "control = \"trafic\"",
            &all,
            "no control `trafic`; did you mean `traffic`?",
        ),
        (RUNBOOK, "\"tell-customers\"]", "]", &all, "row `sev1` is public, but none of its responses publishes"),
        (
            RUNBOOK,
            "when  = \"exposed > 0\"",
            "when = \"exposd > 0\"",
            &all,
            "the condition of row `sev2` can not be used",
        ),
        (RUNBOOK, "owner  = \"@owner\"", "owner = \"@ownr\"", &all, "no role `@ownr`"),
        (
            AUTOMATION,
            "provider = \"flags\"\nby-hand  = \"Projects → support → support-replies-autonomy",
            "provider = \"flgs\"\nby-hand  = \"Projects → support → support-replies-autonomy",
            &other,
            "no provider `flgs`; did you mean `flags`?",
        ),
        (
            AUTOMATION,
            "commander = \"incident-commander\"",
            "commander = \"incident-comander\"",
            &all,
            "no person or role `incident-comander`; did you mean `incident-commander`?",
        ),
        (AUTOMATION, "control   = \"autonomy\"", "control   = \"autonomie\"", &all, "no control `autonomie`"),
        (
            AUTOMATION,
            "[deploy]\nprovider = \"deploy\"\nproduction = { app = \"support-replies\" }",
            "",
            &["stop-sending", "keep-evidence", "page"],
            "does not say what deploys it",
        ),
        (
            SETTINGS,
            "[providers.flags]\nkind = \"unleash\"\nproduction",
            "[providers.flags]\nkind = \"unleash\"\nstaging",
            &other,
            "provider `flags` has no settings for environment `production`",
        ),
        (SETTINGS, "kind = \"unleash\"", "kind = \"unlesh\"", &other, "kind"),
        (
            SETTINGS,
            "[paging]\nprovider = \"pager\"",
            "",
            &["stop-sending", "keep-evidence", "freeze"],
            "neither aigov.toml nor automation `support-replies` has [paging]",
        ),
        (RUNBOOK, "id = \"rollback-prompt\"", "id = \"sign-off\"", &all, "`sign-off` is a name that every plan uses"),
        (
            PEOPLE,
            "[\"product\", \"business\"]",
            "[\"business\"]",
            &all,
            "nobody in people.toml can approve as `product`",
        ),
    ];
    for (file, from, to, runs, line) in cases {
        let plan = plan(&[(file, from, to)]);
        assert_eq!(ids(&plan, &plan.immediate), *runs, "{to}");
        assert!(plan.problems.iter().any(|p| p.contains(line)), "{to}: {:#?}", plan.problems);
        for step in &plan.immediate {
            assert_eq!(plan.step(*step).role, StepRole::Immediate, "{to}");
        }
        let or_elses: Vec<_> = plan.immediate.iter().filter_map(|s| plan.step(*s).or_else).collect();
        assert!(or_elses.iter().all(|o| !plan.immediate.contains(o)), "{to}");
    }
}

#[test]
fn an_action_that_can_not_be_planned_says_how_a_person_does_it() {
    let plan = plan(&[(RUNBOOK, "control = \"autonomy\"", "control = \"autonmy\"")]);
    let line = plan.problems.iter().find(|p| p.contains("`stop-sending` can not be done")).expect("told");
    assert!(line.contains("do it by hand: http://sandbox.test/unleash/projects/support, Projects → support"), "{line}");
    assert!(line.starts_with("runbooks/incident/hallucination.toml:"), "{line}");
}

#[test]
fn actions_that_name_each_other_all_run() {
    let circle = plan(&[(
        RUNBOOK,
        "with = { control = \"replicas\" }",
        "or-else = \"stop-sending\"\nwith = { control = \"replicas\" }",
    )]);
    assert_eq!(ids(&circle, &circle.immediate), ["stop-sending", "stop-service", "keep-evidence", "freeze", "page"]);
    assert!(circle.immediate.iter().all(|s| circle.step(*s).or_else.is_none()));
    assert!(circle.problems.iter().any(|p| p.contains("or-else of an or-else")));
}

#[test]
fn nothing_that_raises_or_is_for_people_to_decide_runs_at_once() {
    for (from, to, why) in [
        (
            "do  = \"control.safe\"\nwith = { control = \"autonomy\" }",
            "do = \"control.set\"\nwith = { control = \"autonomy\", to = \"on\" }",
            "it would raise autonomy",
        ),
        ("do  = \"deploy.freeze\"", "do = \"layer.rollback\"\nwith = { layer = \"prompt\" }", "people decide about"),
    ] {
        let plan = plan(&[(RUNBOOK, from, to)]);
        assert_eq!(plan.immediate.len(), if why.contains("raise") { 4 } else { 3 });
        assert!(plan.problems.iter().any(|p| p.contains(why)), "{:#?}", plan.problems);
        assert!(plan.immediate.iter().all(|s| plan.step(*s).direction != Direction::Raises));
    }
    // Towards safe is told by the control: as safe as its safe value, or safer.
    let advisory = "do = \"control.set\"\nwith = { control = \"mode\", to = \"off\" }";
    let plan = plan(&[(RUNBOOK, "do  = \"control.safe\"\nwith = { control = \"autonomy\" }", advisory)]);
    assert_eq!(find(&plan, "stop-sending").direction, Direction::Lowers);
}

#[test]
fn a_floor_tightens_a_gate_and_never_loosens_it() {
    let critical = [(AUTOMATION, "reversibility = \"hard\"", "reversibility = \"none\"")];
    let plan = plan(&critical);
    assert_eq!(plan.band, Band::Critical);
    // Everyone in engineering is technical and everyone in product is business, so the floor is met.
    assert_eq!(plan.gate(plan.sign_off.expect("a sign-off")).functions, ["engineering", "product"]);
    let tell = plan.gate(find(&plan, "tell-customers").gate.expect("a gate"));
    assert_eq!(tell.functions, ["legal", "communications", "technical", "business"]);
    assert_eq!(tell.people, 4);
    let loose = self::plan(&[
        (AUTOMATION, "reversibility = \"hard\"", "reversibility = \"none\""),
        (
            RUNBOOK,
            "sign-off = { functions = [\"engineering\", \"product\"], not = [\"operator\", \"fix-author\"]",
            "sign-off = { functions = [\"risk\"]",
        ),
    ]);
    let sign_off = loose.gate(loose.sign_off.expect("a sign-off"));
    assert_eq!(sign_off.functions, ["risk", "technical", "business"]);
    assert_eq!(sign_off.not, [Excluded::Operator, Excluded::FixAuthor]);
    let many = self::plan(&[(SETTINGS, "high     = { people = 1 }", "high = { people = 3 }")]);
    assert_eq!(many.gate(many.sign_off.expect("a sign-off")).people, 3);
    assert_eq!(many.gate(many.downgrade).people, 1);
}

#[test]
fn risk_becomes_a_band() {
    let band = |risk: &str| {
        let edit =
            (AUTOMATION, "risk    = { impact = \"high\", reversibility = \"hard\", confidence = \"medium\" }", risk);
        let (plan, all) = planned("incident/hallucination", &[edit]);
        (plan.band, plan.problems.is_empty(), all.iter().filter(|d| d.code == code::RISK).count())
    };
    let told = |i: &str, r: &str, c: &str| {
        band(&format!("risk = {{ impact = \"{i}\", reversibility = \"{r}\", confidence = \"{c}\" }}"))
    };
    assert_eq!(told("low", "easy", "high"), (Band::Low, true, 0));
    assert_eq!(told("low", "none", "low"), (Band::Medium, true, 0));
    assert_eq!(told("medium", "easy", "high"), (Band::Medium, true, 0));
    assert_eq!(told("medium", "hard", "high"), (Band::High, true, 0));
    assert_eq!(told("high", "none", "high"), (Band::Critical, true, 0));
    assert_eq!(told("high", "hard", "low"), (Band::Critical, true, 0));
    // An incomplete inventory is a warning and counts as high; the run is not stopped by it.
    assert_eq!(band(""), (Band::High, true, 1));
    let low = "risk = { impact = \"high\", reversibility = \"none\", confidence = \"high\", band = \"low\" }";
    assert_eq!(band(low), (Band::Critical, true, 1));
    let high = "risk = { impact = \"low\", reversibility = \"easy\", confidence = \"high\", band = \"critical\" }";
    assert_eq!(band(high), (Band::Critical, true, 0));
}

#[test]
fn unsigned_votes_count_only_where_nothing_real_can_be_reached() {
    let votes = |edits: &[(&str, &str, &str)], demo: bool| {
        let (plan, all) =
            resolve(&workspace(edits), CATALOG, "incident/hallucination", "support-replies", "production", demo)
                .expect("a plan");
        (plan.votes, all.len())
    };
    let not_demo = (SETTINGS, "demo   = true\n", "");
    let outside = (SETTINGS, "http://sandbox.test/mlflow", "https://mlflow.example.com");
    // Outside the sandbox its made-up name is a name that somebody's resolver or proxy may answer for.
    assert_eq!(votes(&[], false), (Votes::Signed, 1));
    assert_eq!(votes(&[], true), (Votes::Unsigned, 0));
    assert_eq!(votes(&[not_demo], false), (Votes::Signed, 0));
    assert_eq!(votes(&[not_demo], true), (Votes::Unsigned, 0));
    assert_eq!(votes(&[outside], false), (Votes::Signed, 1));
    assert_eq!(votes(&[not_demo, outside], true), (Votes::Signed, 0));
    assert_eq!(votes(&[(SETTINGS, "http://sandbox.test/", "http://127.0.0.1:5000/")], false), (Votes::Unsigned, 0));
}

#[test]
fn a_plan_of_unsigned_votes_is_told_when_the_settings_moved_since() {
    let moved = |from: &str, to: &str, sandbox| {
        let workspace = workspace(&[(SETTINGS, from, to)]);
        outside(workspace.settings.as_ref().unwrap(), CATALOG, "production", sandbox)
    };
    assert_eq!(moved("/mlflow", "/mlflow", true), None);
    assert_eq!(moved("http://sandbox.test/mlflow", "http://127.0.0.1.evil.example", true), Some("registry".to_owned()));
    assert_eq!(moved("http://sandbox.test/", "http://127.0.0.1:1/", false), None);
    assert_eq!(moved("/mlflow", "/mlflow", false), Some("flags".to_owned()), "a made-up name is nobody's machine");
}

#[test]
fn a_persons_days_come_along_whole() {
    let plan = plan(&[(PEOPLE, "[persons.lena]\n", "[persons.lena]\nfrom = 2026-11-01\nuntil = 2026-11-23\n")]);
    let lena = plan.roster.iter().find(|p| p.name == "lena").unwrap();
    for (at, serves) in [
        ("2026-10-31T23:59:59.999Z", false),
        ("2026-11-01T00:00:00.000Z", true),
        ("2026-11-23T23:59:59.999Z", true),
        ("2026-11-24T00:00:00.000Z", false),
    ] {
        assert_eq!(lena.serves(at.parse().unwrap()), serves, "{at}");
    }
    assert!(plan.roster.iter().filter(|p| p.name != "lena").all(|p| p.from.is_none() && p.until.is_none()));
}

#[test]
fn leaked_data_is_never_stood_down() {
    let edit = (RUNBOOK, "class  = \"hallucinated-content\"", "class = \"data-leakage\"");
    assert_eq!(plan(&[edit]).stand_down, None);
}

#[test]
fn what_does_not_exist_is_no_plan_and_near_names_are_told() {
    let workspace = workspace(&[]);
    let told = |runbook: &str, automation: &str, environment: &str| {
        let problems = resolve(&workspace, CATALOG, runbook, automation, environment, false).expect_err("no plan");
        problems.iter().map(|p| format!("{}; {}", p.message, p.help.clone().unwrap_or_default())).collect::<Vec<_>>()
    };
    assert_eq!(
        told("incident/halucination", "suport-replies", "prodction"),
        [
            "there is no runbook `incident/halucination` in this workspace; did you mean `incident/hallucination`?",
            "there is no automation `suport-replies` in this workspace; did you mean `support-replies`?",
            "there is no environment `prodction` in this workspace; did you mean `production`?",
        ]
    );
}

#[test]
fn a_runbook_serves_what_has_everything_it_asks_for() {
    let whole = workspace(&[]);
    assert_eq!(fit::candidates(&whole, "incident/hallucination", "production"), ["care-guide", "support-replies"]);
    let served = fit::runbooks_for(&whole, "support-replies", "production");
    for runbook in ["incident/hallucination", "incident/unknown"] {
        assert!(served.contains(&runbook), "{served:?}");
    }
    let without = workspace(&[(AUTOMATION, "[layers.prompt]", "[layers.policy]")]);
    assert_eq!(fit::candidates(&without, "incident/hallucination", "production"), ["care-guide"]);
    let served = fit::runbooks_for(&without, "support-replies", "production");
    assert!(served.contains(&"incident/unknown") && !served.contains(&"incident/hallucination"), "{served:?}");
    let runbook = without.runbooks.get("incident/hallucination").unwrap();
    let lacks = fit::lacks(runbook, without.automations.get("support-replies").unwrap(), "production");
    assert_eq!(lacks.iter().map(ToString::to_string).collect::<Vec<_>>(), ["layer `prompt`"]);
    // The same, for all of them at once.
    for (workspace, at_name) in [(&whole, ""), (&without, "support-replies")] {
        let needs: BTreeMap<&str, std::collections::BTreeSet<fit::Need>> =
            workspace.runbooks.values().map(|r| (r.name.as_str(), fit::needs(r))).collect();
        let serving = fit::Serving::new(workspace, "production", |r| &needs[r.name.as_str()]);
        for runbook in workspace.runbooks.values() {
            let lacking = |n: usize| {
                let all = workspace.automations.values();
                all.filter(move |a| fit::lacks(runbook, a, "production").len() == n)
                    .map(|a| &a.name)
                    .collect::<Vec<_>>()
            };
            assert_eq!(serving.of(&runbook.name).map(|a| &a.name).collect::<Vec<_>>(), lacking(0), "{}", runbook.name);
            assert_eq!(
                serving.near(&runbook.name).map(|a| &a.name).collect::<Vec<_>>(),
                lacking(1),
                "{}",
                runbook.name
            );
        }
        let near = serving.near("incident/hallucination").map(|a| a.name.as_str()).collect::<String>();
        assert_eq!(near, at_name);
    }
    let elsewhere = (RUNBOOK, "[scope]", "[scope]\nautomations = [\"other\"]");
    assert!(fit::candidates(&workspace(&[elsewhere]), "incident/hallucination", "production").is_empty());
}

/// Who is meant where nobody is named: the other automation, edits, whose files are broken, who may be meant.
#[test]
fn a_broken_file_never_makes_one_automation_out_of_several_and_none_out_of_one() {
    let (ours, other) = ("support-replies", "care-guide");
    let lacking = (AUTOMATION, "[layers.prompt]", "[layers.policy]");
    let misspelt = (RUNBOOK, "control = \"autonomy\"", "control = \"autonmy\"");
    let only_ours = (RUNBOOK, "[scope]", "[scope]\nautomations = [\"support-replies\"]");
    let nobody = (RUNBOOK, "[scope]", "[scope]\nautomations = [\"suport-replies\"]");
    type Case<'a> = (bool, &'a [(&'a str, &'a str, &'a str)], &'a [&'a str], &'a [&'a str]);
    let cases: &[Case<'_>] = &[
        // Alone.
        (false, &[], &[], &[ours]),
        (false, &[lacking], &[], &[ours]),
        (false, &[lacking], &[ours], &[ours]),
        (false, &[misspelt], &[], &[ours]),
        (false, &[nobody], &[], &[ours]),
        // Beside another that the runbook serves too.
        (true, &[], &[], &[other, ours]),
        (true, &[lacking], &[], &[other]),
        (true, &[lacking], &[ours], &[other, ours]),
        (true, &[], &[ours], &[other, ours]),
        (true, &[misspelt], &[], &[other, ours]),
        (true, &[misspelt], &[ours], &[ours]),
        (true, &[only_ours, misspelt], &[], &[ours]),
        (true, &[only_ours, lacking], &[other], &[ours]),
        (true, &[nobody], &[], &[other, ours]),
    ];
    for (beside, edits, broken, meant) in cases {
        let mut workspace = workspace(edits);
        workspace.automations.retain(|name, _| name == ours || (*beside && name == other));
        let found = fit::meant(&workspace, "incident/hallucination", "production", |name| broken.contains(&name));
        assert_eq!(&found, meant, "{beside} {edits:?} {broken:?}");
    }
}

/// The digest is of the meaning: each edit with whether it keeps it.
#[test]
fn the_plan_digest_follows_the_meaning() {
    let of = |edits: &[(&str, &str, &str)]| digest::digest(&plan(edits)).expect("finite numbers");
    let before = of(&[]);
    let keeps: &[(&str, &str, &str)] = &[
        (RUNBOOK, "[scope]", "# a comment\n\n[scope]"),
        (RUNBOOK, "with = { control = \"autonomy\" }", "with.control = 'autonomy'"),
        (RUNBOOK, "title  = \"Fabricated content reached customers\"", "title = \"Fabricated content\""),
        (RUNBOOK, "review-by = 2027-05-01", "review-by = 2028-05-01"),
        (RUNBOOK, "Every sent answer can be relied upon", "Answers can be relied upon"),
        (RUNBOOK, "A sent statement cannot be recalled.", "It is gone."),
        (RUNBOOK, "harm || exposed > 1000", "harm  ||  (exposed > 1000)"),
        (RUNBOOK, "within  = \"30s\"\n", ""),
        (AUTOMATION, "Drafts and sends replies", "Writes replies"),
        (AUTOMATION, "by-hand  = \"Scale the deployment", "by-hand = \"Set the deployment"),
        (PEOPLE, "[\"engineering\", \"technical\"]", "[\"technical\", \"engineering\"]"),
        (SETTINGS, "http://sandbox.test/unleash", "http://127.0.0.1:4242"),
    ];
    for (file, from, to) in keeps {
        assert_eq!(of(&[(file, from, to)]), before, "{to}");
    }
    let changes: &[(&str, &str, &str)] = &[
        (RUNBOOK, "since = \"2h\"", "since = \"3h\""),
        (RUNBOOK, "exposed > 1000", "exposed > 1001"),
        (RUNBOOK, "exposed > 1000", "exposed >= 1000"),
        (RUNBOOK, "within  = \"30s\"", "within = \"31s\""),
        (RUNBOOK, "severity = \"critical\"", "severity = \"error\""),
        (RUNBOOK, "or-else = \"stop-service\"\n", ""),
        (RUNBOOK, "to = 5, soak", "to = 6, soak"),
        (RUNBOOK, "on-timeout = \"queue\"", "on-timeout = \"cancel\""),
        (RUNBOOK, "[\"legal\", \"communications\"]", "[\"legal\"]"),
        (RUNBOOK, "[\"rollback-retrieval\", \"rollback-prompt\", ", "[\"rollback-prompt\", \"rollback-retrieval\", "),
        (RUNBOOK, "below = 0.01", "below = 0.02"),
        (RUNBOOK, "irreversible = \"A sent statement cannot be recalled.\"\n", ""),
        (RUNBOOK, "due   = \"30d\"", "due = \"31d\""),
        (AUTOMATION, "flag = \"support-replies-autonomy\"", "flag = \"support-replies-other\""),
        (AUTOMATION, "alias = \"production\"", "alias = \"live\""),
        (AUTOMATION, "owner     = \"support-ml-lead\"", "owner = \"incident-commander\""),
        (PEOPLE, "[\"risk\", \"security\"]", "[\"risk\", \"security\", \"legal\"]"),
        (SETTINGS, "high     = { people = 1 }", "high = { people = 3 }"),
        (SETTINGS, "question = \"10m\"", "question = \"11m\""),
        // Whether unsigned votes count.
        (SETTINGS, "http://sandbox.test/mlflow", "https://mlflow.example.com"),
    ];
    for (file, from, to) in changes {
        assert_ne!(of(&[(file, from, to)]), before, "{to}");
    }
}

#[test]
fn a_plan_survives_being_stored() {
    let plan = plan(&[]);
    let stored = serde_json::to_vec(&plan).expect("serialises");
    let back: Plan = serde_json::from_slice(&stored).expect("parses");
    assert_eq!(back, plan);
    assert_eq!(digest::digest(&back).expect("finite"), digest::digest(&plan).expect("finite"));
}

#[test]
fn a_call_says_which_way_it_moves_or_counts_as_raising() {
    let providers = (
        SETTINGS,
        "[paging]",
        "[providers.desk]\nkind = \"http\"\nproduction = { url = \"http://sandbox.test/desk\" }\n\
         [providers.desk.call]\nhold-queue = { act = { method = \"POST\", path = \"/queue/hold\" } }\n\n[paging]",
    );
    let call = |with: &str| {
        let to = format!("do = \"http.call\"\nwith = {{ provider = \"desk\", {with} }}");
        plan(&[providers, (RUNBOOK, "do  = \"deploy.freeze\"", &to)])
    };
    let declared = call("call = \"hold-queue\", direction = \"lowers\"");
    assert_eq!(declared.problems, Vec::<String>::new());
    assert_eq!(find(&declared, "freeze").direction, Direction::Lowers);
    assert_eq!(find(&declared, "freeze").undo, Undo::None);
    let silent = call("call = \"hold-queue\"");
    assert!(silent.find_step("freeze").is_none());
    assert!(silent.problems.iter().any(|p| p.contains("does not say that it does not")), "{:#?}", silent.problems);
    let typo = call("call = \"hold-queu\", direction = \"lowers\"");
    assert!(typo.problems.iter().any(|p| p.contains("no call `hold-queu`; did you mean `hold-queue`?")));
}

#[test]
fn a_workspaces_own_template_takes_the_place_of_the_shipped_one() {
    let mut workspace = workspace(&[]);
    workspace
        .templates
        .insert("customer-correction".into(), Source::new("templates/customer-correction.txt", "Hm {{ no }}"));
    let (plan, _) =
        resolve(&workspace, CATALOG, "incident/hallucination", "support-replies", "production", false).expect("a plan");
    assert!(matches!(&find(&plan, "tell-customers").act, Act::Publish { text, .. } if text == "Hm {{ no }}"));
    assert!(plan.problems.iter().any(|p| p.contains("there is no field `no`")), "{:#?}", plan.problems);
}

#[test]
fn what_reading_found_counts_in_the_files_of_the_run_only() {
    let edits = [
        (RUNBOOK, "why = \"The rule", "wy = \"The rule"),
        ("runbooks/incident/unknown.toml", "why = \"A stop", "wy = \"A stop"),
    ];
    let (workspace, found) = assembled(&edits);
    let (mut plan, _) =
        resolve(&workspace, CATALOG, "incident/hallucination", "support-replies", "production", false).expect("a plan");
    let before = plan.problems.len();
    add_problems(&mut plan, &found);
    assert_eq!(plan.problems.len(), before + 1);
    assert!(plan.problems[0].starts_with("runbooks/incident/hallucination.toml:"), "{:?}", plan.problems);
    assert!(plan.problems[0].contains("wy"), "{:?}", plan.problems);
    add_problems(&mut plan, &found);
    assert_eq!(plan.problems.len(), before + 1);
    // The action itself is intact, so it still runs.
    assert_eq!(plan.immediate.len(), 4);
}

#[test]
fn the_shipped_statement_is_a_letter_that_quotes_the_run() {
    let plan = plan(&[]);
    let Act::Publish { text, audience, .. } = &find(&plan, "tell-customers").act else { panic!("a statement") };
    let fields = statement::fields(&plan, "20260722-0204-ab2d", audience, &BTreeMap::new());
    let letter = statement::render(text, &fields).expect("renders");
    assert!(letter.starts_with("Subject: A correction to an answer that we sent you\n\nOur automated"), "{letter}");
    assert!(letter.contains("\nIn the meantime: a colleague will answer your request in person.\n\nWhat"), "{letter}");
    assert!(letter.contains("quote 20260722-0204-ab2d."), "{letter}");
    assert!(!letter.contains(['{', '}']), "{letter}");
    let facts = BTreeMap::from([("exposed".to_owned(), FactValue::Count(1843))]);
    let fields = statement::fields(&plan, "r", audience, &facts);
    assert_eq!(statement::render("{{ facts.exposed }}", &fields).expect("known"), "1843");
    assert!(statement::render("{{ facts.harm }}", &fields).is_err());
}

#[test]
fn a_binding_holds_what_its_provider_reads() {
    for (from, to, line) in [
        (
            "{ app = \"support-replies\" }",
            "{ app = \"support-replies\", ap = 1 }",
            "nothing reads `ap` of deploy `support-replies`; did you mean `app`?",
        ),
        ("{ app = \"support-replies\" }", "{ app = 5 }", "`app` of deploy `support-replies` is not a text"),
    ] {
        let plan = plan(&[(AUTOMATION, from, to)]);
        assert!(plan.problems.iter().any(|p| p.ends_with(line)), "{:#?}", plan.problems);
        assert!(plan.problems[0].starts_with("automations/support-replies.toml:"), "{:#?}", plan.problems);
        assert_eq!(plan.immediate.len(), 4);
    }
}

#[test]
fn in_practice_nobody_is_told_but_the_target_for_drills() {
    let spare =
        "[providers.spare]\nkind = \"pagerduty\"\nproduction = { url = \"http://sandbox.test/spare\" }\n\n[paging]\n";
    let named = format!("{spare}drill = {{ provider = \"spare\" }}\n");
    for (edit, pages) in [("[paging]\n", super::super::rehearsal::DESK), (named.as_str(), "spare")] {
        let workspace = workspace(&[(SETTINGS, "[paging]\n", edit)]);
        let (plan, _) =
            practised(&workspace, CATALOG, "incident/hallucination", "support-replies", "production").expect("a plan");
        assert_eq!(plan.problems, Vec::<String>::new());
        for step in &plan.steps {
            let to = match &step.act {
                Act::Page { .. } => pages,
                Act::Publish { .. } | Act::Notify { .. } | Act::Ticket { .. } => super::super::rehearsal::DESK,
                _ => {
                    assert!(step.targets.iter().all(|t| t.provider != super::super::rehearsal::DESK), "{}", step.id);
                    continue;
                }
            };
            assert!(step.targets.iter().all(|t| t.provider == to), "{}: {:?}", step.id, step.targets);
        }
        let (real, _) = resolve(&workspace, CATALOG, "incident/hallucination", "support-replies", "production", true)
            .expect("a plan");
        assert_eq!(find(&real, "page").targets[0].provider, "pager", "a real run is told where it always was");
    }
}
