//! What is wrong with `aigov.toml`, and that no secret gets out of it.

use super::{AIGOV, AUTOMATION, CATALOG, PEOPLE, RUNBOOK, ability, broken, key, read_aigov, table, told};
use crate::model::binding;
use crate::model::catalog::{Ability, Holds};
use crate::model::decode;
use crate::model::workspace::Workspace;
use crate::plan::{Proof, Repeat};
use crate::text::source::Source;

#[test]
fn settings() {
    table(
        AIGOV,
        read_aigov,
        &[
            (
                "production = true",
                "prod = true",
                &["unknown-key 3:1 unknown key `prod` in `[environments.production]`"],
            ),
            ("kind = \"unleash\"", "kind = \"unleesh\"", &["unknown-kind 6:8 `unleesh` is not a kind of provider"]),
            ("kind = \"unleash\"", "", &["missing-key 5:1 `kind` is missing in `[providers.flags]`"]),
            (
                "kind = \"unleash\"",
                "kind = \"unleash\"\nauth = \"bearer\"",
                &["unknown-key 7:1 unknown key `auth` in `[providers.flags]`"],
            ),
            (
                "kind = \"unleash\"",
                "kind = \"unleash\"\nurl = \"https://x\"",
                &["unknown-key 7:1 `url` belongs to an environment"],
            ),
            (
                "staging    = { url",
                "stagging   = { url",
                &["unknown-key 8:1 unknown key `stagging` in `[providers.flags]`"],
            ),
            (
                "url = \"https://unleash.example.com\"",
                "url = \"unleash.example.com\"",
                &["bad-value 7:22 `url` is not a URL"],
            ),
            (
                "url = \"https://unleash.example.com\"",
                "url = \"https://me:geheim@unleash.example.com\"",
                &["literal-secret 7:16 `url` has a user in it"],
            ),
            ("url = \"https://unleash.example.com\", ", "", &["missing-key 7:14 `url` is missing in `production`"]),
            (
                "token = { env = \"UNLEASH_TOKEN\" }",
                "token = \"geheim\"",
                &["literal-secret 7:53 `token` is written down in the file"],
            ),
            (
                "token = { env = \"UNLEASH_TOKEN\" }",
                "token = { enviroment = \"UNLEASH_TOKEN\" }",
                &["wrong-type 7:61 `token` takes a reference to a secret"],
            ),
            (
                "token = { env = \"UNLEASH_TOKEN\" }",
                "token = { env = \"A\", file = \"b\" }",
                &["wrong-type 7:61 `token` takes a reference to a secret"],
            ),
            ("client-token =", "clent-token =", &["unknown-key 7:88 unknown key `clent-token` in `production`"]),
            ("high     =", "hihg     =", &["unknown-value 10:1 `hihg` is not a risk band"]),
            ("people = 1", "people = 0", &["bad-value 10:23 `people` takes a number from 1 to 99"]),
            ("question = \"10m\"", "question = \"10\"", &["bad-duration 13:12 `10` is not a duration"]),
            ("question = \"10m\"", "answer = \"10m\"", &["unknown-key 13:1 unknown key `answer` in `[deadlines]`"]),
            ("provider = \"flags\"", "provider = \"flag\"", &["unresolved 18:12 `flag` is not a provider"]),
            ("[paging]", "[pageing]", &["unknown-key 17:2 unknown key `pageing` in the file"]),
        ],
    );
}

#[test]
fn a_secret_that_is_written_down_is_shown_nowhere() {
    for (from, to) in [
        ("token = { env = \"UNLEASH_TOKEN\" }", "token = \"geheim\""),
        ("token = { env = \"UNLEASH_TOKEN\" }", "token = \"geheim\", wrong = 1"),
        ("token = { env = \"UNLEASH_TOKEN\" }", "token = \"geheim"),
        ("token = { env = \"UNLEASH_TOKEN\" }", "tokn = { env = \"X\" }, client_token = 'geheim'"),
        ("https://unleash.example.com", "https://geheim@unleash.example.com"),
        ("kind = \"unleash\"", "kind = \"what\"\ntoken = \"geheim\""),
    ] {
        let decoded = decode::settings(&Source::new("aigov.toml", broken(AIGOV, from, to)), CATALOG);
        assert!(!decoded.problems.is_empty(), "{to}");
        let shown = format!("{:?}", decoded.problems.iter().map(|p| (&p.message, &p.help)).collect::<Vec<_>>());
        assert!(!shown.contains("geheim"), "{shown}");
        for label in decoded.problems.iter().flat_map(|p| &p.labels) {
            assert!(!label.source.text.contains("geheim"), "{to}");
        }
        assert!(!decoded.value.source.text.contains("geheim"), "{to}");
        let kept = format!("{:?}", decoded.value.providers);
        assert!(!kept.contains("geheim"), "{to}: {kept}");
    }
}

#[test]
fn a_binding_is_held_against_what_the_provider_can_do() {
    let keys: &'static [_] = Box::leak(Box::new([
        key("project", Holds::Text, true),
        key("flag", Holds::Text, true),
        key("environment", Holds::Text, false),
        key("weight", Holds::Integer, false),
    ]));
    let strict = Ability { keys, open: false, repeat: Repeat::Harmless, proof: Proof::ReadBack };
    for (from, to, expected) in [
        ("", "", vec![]),
        (
            "flag = \"support-replies-autonomy\"",
            "flg = \"x\"",
            vec!["unknown-key 28:37 unknown key `flg` in `controls.autonomy`"],
        ),
        ("project = \"support\", ", "", vec!["missing-key 28:14 `project` is missing in `controls.autonomy`"]),
        ("project = \"support\"", "project = 7", vec!["wrong-type 28:26 `project` takes a text that is not empty"]),
        (
            "project = \"support\"",
            "project = \"support\", weight = \"x\"",
            vec!["wrong-type 28:46 `weight` takes a whole number"],
        ),
    ] {
        let source = Source::new("x.toml", broken(AUTOMATION, from, to));
        let automation = decode::automation(&source, "x").value;
        let bound = &automation.controls.get("autonomy").unwrap().bound;
        let found = binding::check(&source, &bound.binding("production"), &strict, "controls.autonomy");
        assert_eq!(told(&found), expected, "{to}");
    }
    let open = ability(crate::model::catalog::Capability::Switch, &Default::default(), &Default::default()).unwrap();
    let source = Source::new("x.toml", AUTOMATION);
    let automation = decode::automation(&source, "x").value;
    let bound = &automation.controls.get("autonomy").unwrap().bound;
    assert_eq!(told(&binding::check(&source, &bound.binding("production"), &open, "x")), Vec::<String>::new());
}

fn files() -> Vec<(String, Vec<u8>)> {
    [
        ("runbooks/incident/x.toml", RUNBOOK),
        ("people.toml", PEOPLE),
        ("automations/support-replies.toml", AUTOMATION),
        ("aigov.toml", AIGOV),
        ("templates/customer-correction.txt", "Dear customer"),
        ("README.md", "not ours"),
        ("automations/notes/old.toml", "not ours"),
    ]
    .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
    .to_vec()
}

#[test]
fn a_workspace_is_assembled_from_texts() {
    let (workspace, problems) = Workspace::assemble(files(), CATALOG);
    assert_eq!(told(&problems), Vec::<String>::new());
    assert!(workspace.settings.is_some() && workspace.people.is_some());
    assert_eq!(workspace.automations.keys().collect::<Vec<_>>(), ["support-replies"]);
    assert_eq!(workspace.runbooks.keys().collect::<Vec<_>>(), ["incident/x"]);
    assert_eq!(workspace.templates.get("customer-correction").unwrap().text, "Dear customer");
}

#[test]
fn what_is_wrong_between_files_and_with_files_themselves_is_told() {
    let mut files = files();
    files.push(("runbooks/promotion/x.toml".to_owned(), b"schema = 1".to_vec()));
    files.push(("runbooks/incident/Bad Name.toml".to_owned(), RUNBOOK.as_bytes().to_vec()));
    for (path, bytes) in &mut files {
        if path == "automations/support-replies.toml" {
            *bytes = broken(AUTOMATION, "staging    =", "stageing   =").into_bytes();
        }
        if path == "people.toml" {
            bytes.extend(b"# \xff\n");
        }
    }
    let (workspace, problems) = Workspace::assemble(files, CATALOG);
    let names: Vec<&str> = problems.iter().map(|p| p.labels.first().unwrap().source.name.as_str()).collect();
    assert_eq!(
        told(&problems),
        [
            "not-utf8 36:3 the file is not UTF-8 text",
            "bad-id 1:1 `incident/Bad Name` can not be a name",
            "unread-file 1:1 this version reads runbooks of incidents and game days only",
            "unresolved 29:1 `stageing` is not an environment of aigov.toml",
        ]
    );
    assert_eq!(
        names,
        [
            "people.toml",
            "runbooks/incident/Bad Name.toml",
            "runbooks/promotion/x.toml",
            "automations/support-replies.toml",
        ]
    );
    assert_eq!(workspace.people.unwrap().persons.len(), 4);
}
