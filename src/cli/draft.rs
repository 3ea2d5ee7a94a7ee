//! The texts that `init` and `new` write: TOML from a few answers, and templates with a name filled in.
//!
//! Owns what a first workspace looks like. Writes nothing itself. What a system needs to be told comes from the catalogue,
//! so that no system is named here.

use std::fmt::Write as _;

use crate::model::catalog::{Capability, Holds, Key, Kind};
use crate::plan::shipped;
use crate::text::{safe, suggest};

/// The date in the templates, in whose place the real one is put.
const REVIEW: &str = "2027-05-01";
/// The names in the templates.
const NAME: &str = "example-assistant";
const OWNER: &str = "example-owner";
/// What the automation's template is bound to.
const BOUND: &str = "provider = \"flags\"\n\
                     production = { project = \"default\", flag = \"example-assistant\", environment = \"production\" }";

/// A control for a system without an adapter of its own: what is sent, and where it is read back.
const GENERIC: &str = "\
# What is sent, and where it is read back: put the paths of your system here.
[providers.switch.control]
act  = { method = \"PUT\", path = \"/{flag}\", body = { on = \"{value}\" }, expect = [200], repeat = \"harmless\" }
read = { path = \"/{flag}\", at = \"/on\" }
";

/// What a switch is bound to in `aigov.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Switch {
    /// The provider's name.
    pub provider: String,
    /// The environment.
    pub environment: String,
    /// Keys of the binding and their values.
    pub binding: Vec<(String, String)>,
}

/// The kinds that a first workspace can be made with: those that can switch as they are, and the generic one.
pub(crate) fn kinds(catalog: &'static [Kind]) -> Vec<&'static Kind> {
    let none = serde_json::Map::new();
    catalog
        .iter()
        .filter(|k| {
            (k.ability)(Capability::Switch, &none, &none).is_some() || k.shared.iter().any(|s| s.name == "control")
        })
        .collect()
}

/// Whether a kind has to be told how a control is set.
fn is_generic(kind: &Kind) -> bool {
    let none = serde_json::Map::new();
    (kind.ability)(Capability::Switch, &none, &none).is_none()
}

/// What the provider is called.
pub(crate) fn provider_name(kind: &Kind) -> &'static str {
    if is_generic(kind) { "switch" } else { "flags" }
}

/// A text as TOML has it.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// `env:NAME`, `file:PATH`, `command:PROGRAM ARGUMENT…` as TOML has it.
fn reference(key: &str, given: &str) -> Result<String, String> {
    let wrong = || {
        format!(
            "`{key}` is a secret and never written down: say env:NAME, file:PATH or command:PROGRAM, and put the secret there"
        )
    };
    let (how, what) = given.split_once(':').filter(|(_, what)| !what.is_empty()).ok_or_else(wrong)?;
    match how {
        "env" | "file" => Ok(format!("{{ {how} = {} }}", quoted(what))),
        "command" => {
            let words: Vec<String> = what.split_whitespace().map(quoted).collect();
            Ok(format!("{{ command = [{}] }}", words.join(", ")))
        }
        _ => Err(wrong()),
    }
}

/// `KEY=VALUE`, taken apart.
fn pair(given: &str) -> Result<(&str, &str), String> {
    given
        .split_once('=')
        .filter(|(key, value)| !key.is_empty() && !value.is_empty())
        .ok_or_else(|| format!("`{}` is not KEY=VALUE", safe::excerpt(given, 60)))
}

fn known<'k>(keys: &'k [Key], name: &str, of: &str) -> Result<&'k Key, String> {
    keys.iter().find(|k| k.name == name).ok_or_else(|| {
        let names = || keys.iter().map(|k| k.name);
        let near = suggest::nearest(name, names()).map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        format!("{of} has no key `{}`{near}; it takes {}", safe::excerpt(name, 60), suggest::list(names()))
    })
}

/// `aigov.toml`.
///
/// # Errors
/// A setting that the kind does not have, or a secret that was written down.
pub(crate) fn settings(kind: &Kind, environment: &str, url: &str, given: &[String]) -> Result<String, String> {
    let mut values: Vec<(&str, String)> = Vec::new();
    for text in given {
        let (name, value) = pair(text)?;
        let key = known(kind.settings, name, &format!("a provider of kind {}", kind.name))?;
        let value = if key.holds == Holds::Secret { reference(name, value)? } else { quoted(value) };
        values.push((key.name, value));
    }
    let variable = |key: &str| format!("{}_{}", kind.name, key).to_uppercase().replace('-', "_");
    let mut line: Vec<String> = Vec::new();
    for key in kind.settings {
        let written = values.iter().find(|(name, _)| *name == key.name).map(|(_, value)| value.clone());
        let value = match (written, key.holds) {
            (Some(value), _) => Some(value),
            (None, Holds::Url) if key.name == "url" => Some(quoted(url)),
            (None, Holds::Secret) if key.required => Some(format!("{{ env = {} }}", quoted(&variable(key.name)))),
            (None, _) => None,
        };
        line.extend(value.map(|v| format!("{} = {v}", key.name)));
    }
    let name = provider_name(kind);
    let mut out = String::from("#:schema .aigov/schema/workspace.json\n");
    out.push_str("# Where things are. Secrets are references: { env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\"] }.\n");
    // Writing to a String can't fail.
    let _ = write!(
        out,
        "schema = 1\n\n[environments.{environment}]\nproduction = {}\n\n[providers.{name}]\nkind = {}\n{environment} = {{ {} }}\n",
        environment.starts_with("prod"),
        quoted(kind.name),
        line.join(", "),
    );
    // A floor is kept by runbooks that forget it: somebody other than the operator says yes.
    out.push_str("\n[policy.approvals]\nhigh = { people = 1 }\n");
    if is_generic(kind) {
        out.push_str(GENERIC);
    }
    Ok(out)
}

/// What a switch of this kind is bound to: as given, and otherwise by the automation's own name.
///
/// # Errors
/// A key that the kind does not have.
pub(crate) fn binding(
    kind: &Kind,
    shared: &serde_json::Map<String, serde_json::Value>,
    automation: &str,
    environment: &str,
    given: &[String],
) -> Result<Vec<(String, String)>, String> {
    let none = serde_json::Map::new();
    let ability = (kind.ability)(Capability::Switch, shared, &none);
    let open = ability.is_none_or(|a| a.open);
    let keys = ability.map_or(&[][..], |a| a.keys);
    let mut out: Vec<(String, String)> = Vec::new();
    for text in given {
        let (name, value) = pair(text)?;
        if !open {
            known(keys, name, &format!("a switch of kind {}", kind.name))?;
        }
        out.push((name.to_owned(), value.to_owned()));
    }
    for key in keys.iter().filter(|k| k.required) {
        if !out.iter().any(|(name, _)| name == key.name) {
            let value = match key.name {
                "environment" => environment,
                "project" => "default",
                _ => automation,
            };
            out.push((key.name.to_owned(), value.to_owned()));
        }
    }
    if out.is_empty() {
        out.push(("flag".to_owned(), automation.to_owned()));
    }
    Ok(out)
}

impl Switch {
    /// The two lines of a control.
    fn lines(&self) -> String {
        let pairs: Vec<String> = self.binding.iter().map(|(k, v)| format!("{k} = {}", quoted(v))).collect();
        format!("provider = {}\n{} = {{ {} }}", quoted(&self.provider), self.environment, pairs.join(", "))
    }

    /// Where a person finds it without this program.
    fn by_hand(&self) -> String {
        let pairs: Vec<String> = self.binding.iter().map(|(k, v)| format!("{k} {v}")).collect();
        format!("{}: off", pairs.join(", "))
    }
}

/// `automations/NAME.toml`, as small as it can be and be stopped: twelve lines at the most.
pub(crate) fn automation(purpose: &str, owner: &str, switch: &Switch) -> String {
    format!(
        "#:schema ../.aigov/schema/automation.json\n\
         schema  = 1\n\
         purpose = {}\n\
         roles   = {{ owner = {owner} }}\n\
         stop    = {{ control = \"autonomy\", who = [{owner}] }}\n\
         \n\
         [controls.autonomy]\n\
         kind     = \"switch\"\n\
         by-hand  = {}\n\
         {}\n",
        quoted(purpose),
        quoted(&switch.by_hand()),
        switch.lines(),
        owner = quoted(owner),
    )
}

/// `people.toml`.
pub(crate) fn people(owner: &str, other: &str) -> String {
    format!(
        "#:schema .aigov/schema/people.json\n\
         # Who may decide as what. Add `contact`, and `keys` with the line of an SSH public key, so that a vote is theirs.\n\
         schema = 1\n\
         \n\
         [persons.{owner}]\n\
         functions = [\"engineering\"]\n\
         #keys = [\"ssh-ed25519 AAAA… {owner}@laptop\"]   # the line of ~/.ssh/id_ed25519.pub\n\
         \n\
         # Somebody else: signs before it may act alone again.\n\
         [persons.{other}]\n\
         functions = [\"product\"]\n"
    )
}

/// `runbooks/incident/unknown.toml` for a workspace that has no more than a switch and two people yet.
pub(crate) fn unknown(environment: &str, review: &str) -> String {
    let quoted = quoted(environment);
    format!(
        "#:schema ../../.aigov/schema/runbook.json\n\
         # Takes the place of the shipped incident/unknown, which also keeps evidence, holds deployments and pages. Delete this\n\
         # file once your automations have evidence, [deploy], and the roles owner, commander and legal, and you have [paging].\n\
         schema = 1\n\
         title  = \"Something is wrong; the kind is not known yet\"\n\
         class  = \"unknown\"\n\
         impact = \"customer-impacting\"\n\
         owner  = \"@owner\"\n\
         contain-within = \"5m\"\n\
         review-by = {review}\n\
         \n\
         [scope]\n\
         environments = [{quoted}]\n\
         \n\
         [[trigger]]\n\
         id = \"somebody-is-worried\"\n\
         report = \"The automation does something that nobody can explain, and waiting could make it worse.\"\n\
         \n\
         [[immediate]]\n\
         id  = \"stop\"\n\
         do  = \"control.safe\"\n\
         with = {{ control = \"@stop\" }}\n\
         why = \"A stop that was not needed costs minutes. One that comes late can't be taken back.\"\n\
         within = \"30s\"\n\
         \n\
         [[fact]]\n\
         id   = \"harm\"\n\
         ask  = \"Could somebody be harmed by what it did: health, money, law, privacy?\"\n\
         kind = \"yes-no\"\n\
         \n\
         [[severity]]\n\
         level = \"sev1\"\n\
         when  = \"harm\"\n\
         respond = []\n\
         \n\
         [[severity]]\n\
         level = \"sev2\"\n\
         respond = []\n\
         \n\
         [[verify]]\n\
         id = \"not-reproduced\"\n\
         ask = \"Repeat the inputs that went wrong. How many of them go wrong again?\"\n\
         kind = \"count\"\n\
         below = 1\n\
         \n\
         [restore]\n\
         sign-off = {{ functions = [\"engineering\", \"product\"], not = [\"operator\", \"fix-author\"], within = \"24h\", on-timeout = \"read-only\" }}\n\
         stages = []\n\
         \n\
         [[follow-up]]\n\
         title = \"Write the runbook that was missing\"\n\
         kind  = \"rule\"\n\
         owner = \"@owner\"\n\
         due   = \"14d\"\n"
    )
}

/// The template of an automation, with its name, its owner and its switch.
pub(crate) fn automation_template(name: &str, owner: &str, switch: &Switch) -> String {
    shipped::NEW_AUTOMATION
        .replacen(BOUND, &switch.lines(), 1)
        .replacen("flag example-assistant, environment production: off", &switch.by_hand(), 1)
        .replace(NAME, name)
        .replace(OWNER, owner)
}

/// The template of a runbook.
pub(crate) fn runbook_template(environment: &str, review: &str) -> String {
    shipped::NEW_RUNBOOK
        .replacen("environments = [\"production\"]", &format!("environments = [{}]", quoted(environment)), 1)
        .replacen(REVIEW, review, 1)
}

/// The template of a scenario, on an automation and with a person on call.
pub(crate) fn scenario_template(automation: &str, person: &str) -> String {
    shipped::NEW_SCENARIO.replace(NAME, automation).replace(OWNER, person)
}

/// Whether a name can be a file's and be typed: words of a-z and 0-9 with `-` between.
pub(crate) fn is_name(name: &str) -> bool {
    let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.len() <= 60 && name.split('-').all(word)
}

/// The nearest thing to what was written that can be a name; none when nothing of it can.
pub(crate) fn as_name(written: &str) -> Option<String> {
    let plain: String =
        written.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|w| !w.is_empty()).collect();
    Some(words.join("-")).filter(|name| is_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Diagnostic, Severity};
    use crate::model::workspace::Workspace;
    use crate::plan::resolve;
    use crate::provider::catalog;

    /// The examples in a template's comments, taken out of them.
    fn with_examples(text: &str) -> String {
        let line = |l: &str| match l.strip_prefix('#') {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => format!("{rest}\n"),
            _ => format!("{l}\n"),
        };
        text.lines().map(line).collect()
    }

    fn problems(files: &[(&str, String)], runbook: &str, automation: &str) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.clone().into_bytes())).collect();
        let (workspace, written) = Workspace::assemble(files, catalog());
        let (_, resolving) =
            resolve::resolve(&workspace, catalog(), runbook, automation, "production", false).expect("a plan");
        let errors = |p: Vec<Diagnostic>| p.into_iter().filter(|p| p.severity == Severity::Error).collect();
        (errors(written), errors(resolving))
    }

    fn unleash() -> &'static Kind {
        kinds(catalog())[0]
    }

    fn switch(kind: &'static Kind, automation: &str) -> Switch {
        let none = serde_json::Map::new();
        let binding = binding(kind, &none, automation, "production", &[]).unwrap();
        Switch { provider: provider_name(kind).to_owned(), environment: "production".to_owned(), binding }
    }

    #[test]
    fn a_first_workspace_of_every_kind_plans_without_an_error_and_its_automation_has_twelve_lines_at_most() {
        for kind in kinds(catalog()) {
            let automation = automation("Answers \"customers\"", "ada", &switch(kind, "bot"));
            assert!(automation.lines().count() <= 12, "{automation}");
            let files = [
                ("aigov.toml", settings(kind, "production", "https://a.example.com", &[]).unwrap()),
                ("people.toml", people("ada", "grace")),
                ("automations/bot.toml", automation),
                ("runbooks/incident/unknown.toml", unknown("production", "2027-05-01")),
            ];
            assert!(files.iter().all(|(_, text)| text.starts_with("#:schema ")));
            assert_eq!(problems(&files, "incident/unknown", "bot"), (vec![], vec![]), "{}", kind.name);
        }
    }

    #[test]
    fn the_templates_plan_without_an_error_in_a_first_workspace() {
        let files = [
            ("aigov.toml", settings(unleash(), "production", "https://a.example.com", &[]).unwrap()),
            ("people.toml", people("ada", "grace")),
            ("automations/bot.toml", automation_template("bot", "ada", &switch(unleash(), "bot"))),
            ("runbooks/incident/wrong.toml", runbook_template("production", "2028-01-02")),
        ];
        assert_eq!(problems(&files, "incident/wrong", "bot"), (vec![], vec![]));
        let [.., (_, automation), (_, runbook)] = &files;
        assert!(automation.contains("flag = \"bot\""), "{automation}");
        for placeholder in [NAME, OWNER, REVIEW] {
            assert!(!automation.contains(placeholder) && !runbook.contains(placeholder), "{placeholder}");
        }
        assert!(runbook.contains("review-by = 2028-01-02"));
    }

    #[test]
    fn the_scenarios_template_can_be_played_in_a_first_workspace() {
        let bot = automation("Answers", "ada", &switch(unleash(), "bot"));
        let files = [
            ("aigov.toml", settings(unleash(), "production", "https://a.example.com", &[]).unwrap()),
            ("people.toml", people("ada", "grace")),
            ("automations/bot.toml", bot),
            ("runbooks/gameday/mine.toml", scenario_template("bot", "ada")),
            ("runbooks/incident/unknown.toml", unknown("production", "2027-05-01")),
        ];
        let bytes = files.iter().map(|(p, t)| ((*p).to_owned(), t.clone().into_bytes())).collect();
        let (workspace, found) = Workspace::assemble(bytes, catalog());
        let of_scenario = |p: &&Diagnostic| p.severity == Severity::Error || p.to_string().contains("gameday");
        assert_eq!(found.iter().filter(of_scenario).map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
        let (plan, _) = resolve(&workspace, catalog(), "incident/unknown", "bot", "production", false).unwrap();
        let resolved = crate::plan::rehearsal::resolve(workspace.scenarios.get("gameday/mine").unwrap(), &plan);
        assert_eq!(resolved.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
        assert_eq!(resolved.players.len(), 2);
    }

    #[test]
    fn the_templates_with_every_example_in_them_plan_in_the_sandbox() {
        let sandbox = shipped::SANDBOX.iter().filter(|(path, _)| !path.starts_with("automations/"));
        let mut files: Vec<(&str, String)> = sandbox.map(|(path, text)| (*path, (*text).to_owned())).collect();
        let automation = with_examples(shipped::NEW_AUTOMATION).replace(OWNER, "ada");
        assert!(automation.contains("\n[layers.prompt]\n") && automation.contains("\nmay "), "{automation}");
        files.push(("automations/a.toml", automation));
        files.push(("runbooks/incident/a.toml", with_examples(shipped::NEW_RUNBOOK)));
        // The example of a response is one that no row names yet.
        let text = files[3].1.replacen("respond = []", "respond = [\"rollback-prompt\"]", 1);
        files[3].1 = text;
        assert_eq!(problems(&files, "incident/a", "a"), (vec![], vec![]));
    }

    #[test]
    fn what_is_given_is_held_against_the_catalogue() {
        let given = |text: &str| settings(unleash(), "production", "https://a", &[text.to_owned()]);
        assert!(given("token=file:/run/x").unwrap().contains("token = { file = \"/run/x\" }"));
        assert!(given("token=command:pass show x").unwrap().contains("{ command = [\"pass\", \"show\", \"x\"] }"));
        assert!(given("token=secret").unwrap_err().contains("never written down"));
        assert!(given("tokn=env:X").unwrap_err().contains("did you mean `token`"));
        assert!(given("token").unwrap_err().contains("KEY=VALUE"));
        let none = serde_json::Map::new();
        let bound = |text: &str| binding(unleash(), &none, "bot", "production", &[text.to_owned()]);
        assert!(bound("flg=x").unwrap_err().contains("did you mean `flag`"));
        assert!(bound("flag=x").unwrap().contains(&("flag".to_owned(), "x".to_owned())));
    }

    #[test]
    fn names() {
        for (written, name) in
            [("Support Replies", Some("support-replies")), ("über_bot!", Some("ber-bot")), ("–", None)]
        {
            assert_eq!(as_name(written).as_deref(), name);
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a b", "a/b", "../a", "a.b"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
