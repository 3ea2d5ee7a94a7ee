//! What is wrong with a runbook.

use super::{RUNBOOK, broken, read_runbook, table, told};
use crate::model::decode;
use crate::model::runbook::Act;
use crate::text::source::Source;

#[test]
fn keys_and_their_types() {
    table(
        RUNBOOK,
        read_runbook,
        &[
            ("title  =", "titel  =", &["unknown-key 2:1 unknown key `titel` in the file"]),
            ("schema = 1", "", &["missing-key 1:1 `schema` is missing in the file"]),
            ("schema = 1", "schema = 2", &["schema 1:10 schema 2 is not one that this program reads"]),
            ("schema = 1", "schema = \"1\"", &["wrong-type 1:10 `schema` takes a whole number"]),
            (
                "title  = \"Fabricated content reached customers\"",
                "",
                &["missing-key 1:1 `title` is missing in the file"],
            ),
            ("\"Fabricated content reached customers\"", "7", &["wrong-type 2:10 `title` takes a text"]),
            ("\"Fabricated content reached customers\"", "\" \"", &["bad-value 2:10 `title` must not be empty"]),
            (
                "hallucinated-content",
                "halucinated-content",
                &["unknown-value 3:10 `halucinated-content` is not a class of incident"],
            ),
            ("impact = \"customer-impacting\"", "impact = \"bad\"", &["unknown-value 5:10 `bad` is not an impact"]),
            ("owner  = \"@owner\"", "owner  = \"legal department\"", &["bad-value 6:10 `owner` takes a role"]),
            ("contain-within = \"5m\"", "contain-within = 5", &["wrong-type 7:18 `contain-within` takes a duration"]),
            ("contain-within = \"5m\"", "contain-within = \"5 min\"", &["bad-duration 7:18 `5 min` is not a duration"]),
            (
                "contain-within = \"5m\"",
                "contain-within = \"0s\"",
                &["bad-duration 7:18 `contain-within` must be longer than nothing"],
            ),
            ("contain-within = \"5m\"", "contain-within = \"5ms\"", &["bad-duration 7:18 `5ms` is not a duration"]),
            ("contain-within", "contain_within", &["unknown-key 7:1 unknown key `contain_within` in the file"]),
            ("2027-05-01", "\"2027-05-01\"", &["wrong-type 8:13 `review-by` takes a date"]),
            ("2027-05-01", "2027-05-01T00:00:00Z", &["wrong-type 8:13 `review-by` takes a date"]),
            (
                "environments = [\"production\"]",
                "environments = \"production\"",
                &["wrong-type 12:16 `environments` takes a list"],
            ),
            (
                "environments = [\"production\"]",
                "environments = [1]",
                &["wrong-type 12:17 `environments` takes a text"],
            ),
            (
                "[scope]",
                "scope = 1\n[other]",
                &["wrong-type 11:9 `scope` takes a table", "unknown-key 12:2 unknown key `other` in the file"],
            ),
        ],
    );
}

#[test]
fn triggers() {
    table(
        RUNBOOK,
        read_runbook,
        &[
            (
                "samples = 200",
                "samples = -1",
                &["bad-value 19:11 `samples` takes a whole number from 0 to 9007199254740992"],
            ),
            ("samples = 200", "samples = 2.5", &["wrong-type 19:11 `samples` takes a whole number"]),
            ("above = 0.02", "above = \"2%\"", &["wrong-type 18:9 `above` takes a number"]),
            ("above = 0.02", "above = nan", &["wrong-type 18:9 `above` takes a number"]),
            ("above = 0.02", "", &["missing-key 15:1 `above` is missing in `[[trigger]]`"]),
            ("above = 0.02", "abov = 0.02", &["unknown-key 18:1 unknown key `abov` in `[[trigger]]`"]),
            (
                "above = 0.02",
                "above = 0.02\nbelow = 1",
                &["conflicting-keys 19:1 `above` and `below` exclude each other"],
            ),
            (
                "signal = \"ungrounded_rate\"",
                "signal = \"ungrounded_rate\"\nreport = \"x\"",
                &["conflicting-keys 18:1 `signal` and `report` exclude each other"],
            ),
            ("signal = \"ungrounded_rate\"", "", &["missing-key 15:1 `signal` is missing in `[[trigger]]`"]),
            ("times = 2.0, ", "", &["missing-key 25:18 `times` is missing in `above-baseline`"]),
            ("times = 2.0", "times = 0.5", &["bad-value 25:28 `times` must be more than 1"]),
            ("window = \"24h\"", "window = \"24 h\"", &["bad-duration 25:42 `24 h` is not a duration"]),
            (
                "id = \"credible-report\"",
                "id = \"credible-report\"\nabove = 1",
                &["conflicting-keys 29:1 `above` can not stand in `[[trigger]]`"],
            ),
            (
                "id = \"overrides-doubled\"",
                "id = \"ungrounded-claims\"",
                &["duplicate-id 23:6 two triggers are called `ungrounded-claims`"],
            ),
        ],
    );
}

#[test]
fn ids() {
    let hidden = "stop\u{200b}sending";
    table(
        RUNBOOK,
        read_runbook,
        &[
            ("id  = \"stop-sending\"", "id  = \"Stop sending\"", &["bad-id 33:7 `Stop sending` can not be an id"]),
            ("id  = \"stop-sending\"", "id  = \"ѕtop-sending\"", &["bad-id 33:7 `ѕtop-sending` can not be an id"]),
            (
                "id  = \"stop-sending\"",
                &format!("id  = \"{hidden}\""),
                &["invisible-text 33:7 an id has a character that can not be seen: U+200B"],
            ),
            (
                "id  = \"stop-sending\"",
                "id  = \"\\u202estop\"",
                &["invisible-text 33:7 an id has a character that can not be seen: U+202E"],
            ),
            ("id  = \"stop-sending\"", "", &["missing-key 32:1 `id` is missing in `[[immediate]]`"]),
            (
                "id = \"rollback-prompt\"",
                "id = \"rollback-retrieval\"",
                &[
                    "unresolved 75:35 `rollback-prompt` is not a `[[respond]]`",
                    "unresolved 82:13 `rollback-prompt` is not a `[[respond]]`",
                    "duplicate-id 95:6 two steps are called `rollback-retrieval`",
                ],
            ),
            (
                "Every sent answer",
                "Every sent\u{2066} answer",
                &["invisible-text 36:7 the text of `why` has a character that can not be seen: U+2066"],
            ),
            (
                "id   = \"harm\"",
                "id   = \"in\"",
                &["bad-id 62:8 `in` means something in a condition", "unresolved 74:10 `harm` is not a `[[fact]]`"],
            ),
        ],
    );
}

#[test]
fn steps() {
    table(
        RUNBOOK,
        read_runbook,
        &[
            ("do  = \"control.safe\"", "do  = \"control.saef\"", &["unknown-value 34:7 `control.saef` is not a verb"]),
            ("do  = \"control.safe\"", "", &["missing-key 32:1 `do` is missing in `[[immediate]]`"]),
            ("with = { control = \"autonomy\" }", "", &["missing-key 32:1 `with` is missing in `[[immediate]]`"]),
            ("with = { control = \"autonomy\" }", "with = \"autonomy\"", &["wrong-type 35:8 `with` takes a table"]),
            (
                "with = { control = \"autonomy\" }",
                "with = { contrl = \"autonomy\" }",
                &["unknown-key 35:10 unknown key `contrl` in `with`"],
            ),
            (
                "with = { control = \"autonomy\" }",
                "with = { control = \"autonomy\", to = 5 }",
                &["unknown-key 35:32 unknown key `to` in `with`"],
            ),
            (
                "or-else = \"stop-service\"",
                "or-else = \"stop-servcie\"",
                &["unresolved 38:11 `stop-servcie` is not an `[[immediate]]`"],
            ),
            (
                "or-else = \"stop-service\"",
                "or-else = \"stop-sending\"",
                &["bad-value 38:11 `stop-sending` is its own or-else"],
            ),
            (
                "with = { control = \"replicas\" }",
                "with = { control = \"replicas\" }\nor-else = \"freeze\"",
                &["bad-value 44:11 an or-else can not have an or-else itself"],
            ),
            (
                "with = { control = \"replicas\" }",
                "with = { control = \"replicas\" }\ngate = { people = 1 }",
                &["conflicting-keys 44:1 `gate` can not stand in `[[immediate]]`"],
            ),
            (
                "[\"prompts\", \"decisions\", \"retrieval\"]",
                "[]",
                &["bad-value 48:10 `sources` must name at least one"],
            ),
            ("since = \"2h\"", "since = \"yesterday\"", &["bad-duration 48:67 `yesterday` is not a duration"]),
            (
                "severity = \"critical\"",
                "severity = \"crticial\"",
                &["unknown-value 58:64 `crticial` is not an urgency of a page"],
            ),
            (
                "to = [\"@owner\", \"@commander\", \"@support\"]",
                "to = \"@owner\"",
                &["wrong-type 58:15 `to` takes a list"],
            ),
            (
                "do = \"layer.rollback\"\nwith = { layer = \"retrieval\", to = \"last-known-good\" }",
                "do = \"deploy.freeze\"\nor-else = \"x\"",
                &["conflicting-keys 92:1 `or-else` can not stand in `[[respond]]`"],
            ),
            (
                "audience = \"affected\"",
                "audiense = \"affected\"",
                &["unknown-key 102:44 unknown key `audiense` in `with`"],
            ),
            ("on-timeout = \"queue\"", "on-timeout = \"open\"", &["unknown-value 105:80 `open` is not a fallback"]),
            ("within = \"30m\", ", "", &["missing-key 105:8 `within` is missing in `gate`"]),
            (
                "functions = [\"legal\", \"communications\"]",
                "functions = [\"legal\", \"legal\"]",
                &["duplicate-id 105:32 two functions of a gate are called `legal`"],
            ),
            (
                "functions = [\"legal\", \"communications\"], ",
                "people = 0, ",
                &["bad-value 105:19 `people` takes a number from 1 to 99"],
            ),
        ],
    );
}

#[test]
fn the_matrix() {
    table(
        RUNBOOK,
        read_runbook,
        &[
            ("kind = \"yes-no\"", "kind = \"yesno\"", &["unknown-value 64:8 `yesno` is not a kind of answer"]),
            (
                "kind = \"yes-no\"",
                "kind = \"level\"",
                &[
                    "missing-key 61:1 `levels` is missing in `[[fact]]`",
                    "expression-type 74:10 `harm` is a level, not a yes or no",
                ],
            ),
            (
                "kind = \"yes-no\"",
                "kind = \"yes-no\"\nlevels = [\"a\"]",
                &["conflicting-keys 65:1 `levels` can not stand in `[[fact]]`"],
            ),
            (
                "kind = \"count\"",
                "kind = \"yes-no\"",
                &[
                    "conflicting-keys 70:8 a signal can not answer `yes-no`",
                    "expression-type 74:28 `exposed` is a yes or no, and this is a number",
                    "expression-type 81:20 `exposed` is a yes or no, and this is a number",
                ],
            ),
            (
                "when  = \"harm || exposed > 1000\"",
                "",
                &["unreachable-row 72:1 this `[[severity]]` has no condition, and others follow"],
            ),
            (
                "level = \"sev3\"",
                "level = \"sev3\"\nwhen = \"harm\"",
                &["matrix-not-total 87:8 the last `[[severity]]` has a condition"],
            ),
            ("level = \"sev2\"", "level = \"sev1\"", &["duplicate-id 80:9 two severities are called `sev1`"]),
            ("harm || exposed", "harm or exposed", &["expression 74:15 `or` is not an operator here"]),
            ("harm || exposed", "harmful || exposed", &["unresolved 74:10 `harmful` is not a `[[fact]]`"]),
            ("public   = true", "public   = \"yes\"", &["wrong-type 77:12 `public` takes true or false"]),
            (
                "\"rollback-retrieval\", \"rollback-prompt\", \"tell-customers\"",
                "\"rollback-retrieval\"",
                &["public-without-statement 77:12 the public must be told, but no response publishes"],
            ),
            (
                "respond  = [\"rollback-retrieval\"",
                "respond  = [\"rolback-retrieval\"",
                &["unresolved 75:13 `rolback-retrieval` is not a `[[respond]]`"],
            ),
        ],
    );
}

#[test]
fn recovery() {
    table(
        RUNBOOK,
        read_runbook,
        &[
            (
                "below = 0.01",
                "above-baseline = { times = 2, window = \"1h\" }",
                &["conflicting-keys 111:1 `above-baseline` can not stand in `[[verify]]`"],
            ),
            (
                "kind = \"count\"\nbelow = 1",
                "kind = \"yes-no\"\nbelow = 1",
                &["conflicting-keys 119:1 `below` can not stand in `[[verify]]`"],
            ),
            ("kind = \"count\"\nbelow = 1", "below = 1", &["missing-key 115:1 `kind` is missing in `[[verify]]`"]),
            ("sign-off =", "signoff =", &["unknown-key 122:1 unknown key `signoff` in `[restore]`"]),
            ("\"fix-author\"", "\"author\"", &["unknown-value 122:73 `author` is not somebody who can be excluded"]),
            ("to = 5, soak = \"2h\"", "to = 5", &["missing-key 123:64 `soak` is missing in a stage"]),
            (
                "kind  = \"evaluation\"",
                "kind  = \"evaluate\"",
                &["unknown-value 128:9 `evaluate` is not a kind of follow-up"],
            ),
            ("due   = \"14d\"", "due   = \"14 days\"", &["bad-duration 130:9 `14 days` is not a duration"]),
        ],
    );
    let without_checks = RUNBOOK.replace("[[verify]]", "[[verified]]");
    assert_eq!(
        told(&read_runbook(&without_checks)),
        [
            "unknown-key 108:3 unknown key `verified` in the file",
            "missing-key 121:1 `[restore]` without any `[[verify]]`",
        ]
    );
}

#[test]
fn several_problems_are_told_at_once_in_the_order_of_the_file() {
    let text = broken(RUNBOOK, "title  =", "titel  =");
    let text = broken(&text, "hallucinated-content", "lies");
    let text = broken(&text, "\"control.safe\"", "\"control.save\"");
    let text = broken(&text, "\"14d\"", "14");
    assert_eq!(
        told(&read_runbook(&text)),
        [
            "unknown-key 2:1 unknown key `titel` in the file",
            "unknown-value 3:10 `lies` is not a class of incident",
            "unknown-value 34:7 `control.save` is not a verb",
            "wrong-type 130:9 `due` takes a duration",
        ]
    );
}

#[test]
fn what_is_wrong_beside_an_act_leaves_the_act() {
    for (from, to, intact) in [
        ("within  = \"30s\"", "within  = \"soon\"", false),
        ("or-else = \"stop-service\"", "or-else = 3", false),
        ("{ control = \"autonomy\" }", "{ control = \"autonomy\", extra = 1 }", false),
        ("kind  = \"evaluation\"", "kind  = \"evil\"", true),
    ] {
        let source = Source::new("x.toml", broken(RUNBOOK, from, to));
        let decoded = decode::runbook(&source, "incident/x");
        assert_eq!(decoded.problems.len(), 1, "{to}");
        let step = decoded.value.immediate.first().unwrap();
        assert!(
            matches!(&step.act.as_ref().unwrap().value, Act::ControlSafe { control } if control.value == "autonomy")
        );
        assert_eq!(step.intact, intact, "{to}");
    }
    let source = Source::new("x.toml", broken(RUNBOOK, "severity = \"critical\"", "severity = \"kritisch\""));
    let page = decode::runbook(&source, "incident/x").value.immediate.pop().unwrap();
    assert!(matches!(&page.act.unwrap().value, Act::PageSend { to, severity: None, .. } if to.len() == 3));
    // A version that can't be read is not guessed.
    let source = Source::new("x.toml", broken(RUNBOOK, "to = \"last-known-good\"", "to = 4"));
    let respond = decode::runbook(&source, "incident/x").value.respond;
    assert!(respond.first().unwrap().act.is_none());
}

#[test]
fn what_is_read_is_what_was_written() {
    let source = Source::new("x.toml", RUNBOOK);
    let runbook = decode::runbook(&source, "incident/x").value;
    assert_eq!(runbook.title.as_ref().unwrap().value, "Fabricated content reached customers");
    assert_eq!(source.slice(runbook.title.unwrap().span), "\"Fabricated content reached customers\"");
    let ids: Vec<&str> = runbook.immediate.iter().map(|s| s.id.value.as_str()).collect();
    assert_eq!(ids, ["stop-sending", "stop-service", "keep-evidence", "freeze", "page"]);
    assert!(runbook.immediate.iter().chain(&runbook.respond).all(|s| s.intact && s.act.is_some()));
    assert!(source.slice(runbook.immediate.first().unwrap().span).starts_with("[[immediate]]\nid  = \"stop-sending\""));
    assert!(source.slice(runbook.immediate.first().unwrap().span).ends_with("or-else = \"stop-service\""));
    let sev1 = runbook.severities.first().unwrap();
    assert!(sev1.when.as_ref().unwrap().expr.is_some());
    assert_eq!(runbook.restore.unwrap().stages.len(), 2);
    assert_eq!(runbook.review_by.unwrap().value.to_string(), "2027-05-01");
}
