//! What each key means, in the words that an editor shows.
//!
//! Owns the sentences only. A test holds that every key which the decoder reads has one, and that none is left over.
//! In a path, `*` is a name that people choose; `(word)` follows a table whose form depends on that word, and may be left
//! out where the sentence is the same for all; immediate and responding steps are both `runbook.step`, and exceptions of
//! every file are `exception`.

use serde_json::{Value, json};

/// Path, sentence.
const ABOUT: &[(&str, &str)] = &[
    ("runbook", "What sets it off, what is done first, who decides, and what must be true before autonomy returns."),
    ("automation", "An AI automation of the inventory: its risk, its controls, its layers, and how it is stopped."),
    ("people", "Who there is: functions, roles, keys, alternates."),
    ("workspace", "Environments, providers, floors of approval, deadlines and the journal."),
    ("*.schema", "The version of this format."),
    (
        "*.provider",
        "The provider, by its name in aigov.toml. Other keys are the provider's; a table by an environment's name holds there only.",
    ),
    // In every file.
    ("exception", "A finding of `aigov lint` that somebody answers for until a day."),
    ("exception.code", "The code of the finding."),
    ("exception.reason", "Why it is accepted."),
    ("exception.owner", "Who answers for it, as a role such as @owner or a name."),
    ("exception.until", "The last day on which it holds."),
    (
        "exception.id",
        "The thing that it is for, by its id or name; without it: every finding of this code in the file.",
    ),
    // Runbook.
    ("runbook.title", "What it is called, as the operator reads it."),
    ("runbook.class", "The class of incident."),
    ("runbook.impact", "Whom it concerns."),
    ("runbook.owner", "The role that keeps this runbook, such as @owner. Never a department."),
    ("runbook.contain-within", "Time allowed from the start until it is contained."),
    ("runbook.review-by", "The day by which somebody has to read it again."),
    ("runbook.scope", "Where it applies."),
    ("runbook.scope.environments", "Environments of aigov.toml; none written means all."),
    ("runbook.scope.users", "Who is affected: shown to the operator, selects nothing."),
    (
        "runbook.scope.automations",
        "Automations of the inventory; none written means every one that has what this asks for.",
    ),
    ("runbook.trigger", "What sets it off."),
    ("runbook.trigger.id", "Its id."),
    ("runbook.trigger.signal", "A signal of the automation."),
    ("runbook.trigger.report", "The words of a report by a person that counts."),
    ("runbook.trigger.above", "It is set off above this."),
    ("runbook.trigger.below", "It is set off below this."),
    ("runbook.trigger.above-baseline", "It is set off relative to the signal's own past."),
    ("runbook.trigger.above-baseline.times", "How many times the mean of the window; more than 1."),
    ("runbook.trigger.above-baseline.window", "Length of the trailing window."),
    ("runbook.trigger.above-baseline.cases", "The least number of cases that count."),
    ("runbook.trigger.samples", "The least number of observations that make a verdict."),
    ("runbook.trigger.for", "How long the condition has to hold."),
    (
        "runbook.immediate",
        "What is done first, top to bottom, without approval, because each lowers autonomy or only looks.",
    ),
    ("runbook.respond", "What may be done next; a row of the matrix says which and in which order."),
    ("runbook.step.id", "Its id."),
    ("runbook.step.do", "What is done."),
    ("runbook.step.with", "With what."),
    ("runbook.step.with.control", "A control of the automation."),
    ("runbook.step(control.set).with.to", "The value to set."),
    ("runbook.step.with.layer", "A layer of the automation."),
    ("runbook.step(layer.rollback).with.to", "The version to go back to: last-known-good, or one of the provider's."),
    ("runbook.step.with.sources", "Sources of evidence of the automation."),
    ("runbook.step.with.since", "How far back."),
    ("runbook.step(page.send).with.to", "Whom to page: roles such as @owner, or names."),
    ("runbook.step.with.severity", "How urgent the page is."),
    ("runbook.step.with.summary", "What the page says; without it, a sentence made from the run."),
    ("runbook.step(notify.send).with.to", "Whom to tell: roles such as @owner, or names."),
    ("runbook.step(notify.send).with.text", "What it says."),
    ("runbook.step.with.template", "The statement's template, templates/NAME.txt."),
    ("runbook.step.with.audience", "Who receives it."),
    ("runbook.step.with.title", "The ticket's title."),
    ("runbook.step(human.do).with.text", "What is to be done."),
    ("runbook.step.with.who", "Who does it, as a role such as @owner or a name."),
    ("runbook.step.with.provider", "A provider of kind http."),
    ("runbook.step.with.call", "The call's name in the provider's table."),
    ("runbook.step.with.direction", "Which way it moves autonomy; unsaid counts as raises."),
    ("runbook.step.with.arguments", "What fills the call's placeholders."),
    ("runbook.step.with.arguments.*", "A placeholder's value."),
    ("runbook.step.why", "The reason, as the operator reads it."),
    ("runbook.step.within", "Time allowed to a passed probe."),
    (
        "runbook.immediate.or-else",
        "The immediate action that is another way, sharing nothing with this one; tried once when this does not pass.",
    ),
    ("runbook.respond.irreversible", "Why it can not be taken back."),
    ("runbook.respond.corrective", "What is done instead of taking it back."),
    ("runbook.respond.gate", "Who must approve it."),
    ("*.functions", "Functions that must each be covered by another person."),
    ("*.people", "The least number of distinct people."),
    ("*.not", "Who may not vote."),
    ("*.within", "Time from opening to expiry."),
    ("*.on-timeout", "What an expired or denied gate leaves."),
    ("runbook.fact", "What the matrix reads: asked, or measured."),
    ("runbook.fact.id", "Its id, as conditions name it."),
    ("runbook.fact.ask", "The question to the operator."),
    ("runbook.fact.signal", "A signal of the automation that is read first; the question is asked where it is silent."),
    ("runbook.fact.kind", "What kind of answer."),
    ("runbook.fact.levels", "Its levels, lowest first."),
    (
        "runbook.severity",
        "The decision matrix, gravest first; the first row that matches. The last row has no condition.",
    ),
    ("runbook.severity.level", "Such as sev1."),
    ("runbook.severity.when", "A condition over the facts: == != < <= > >= && || ! in."),
    ("runbook.severity.respond", "Responses, in order."),
    ("runbook.severity.escalate", "Roles such as @legal, or names; a page each."),
    ("runbook.severity.public", "Whether the public must be told; then a response must publish."),
    ("runbook.verify", "Checks that must pass before autonomy returns."),
    ("runbook.verify.id", "Its id."),
    ("runbook.verify.signal", "A signal of the automation."),
    ("runbook.verify.ask", "A question to a person."),
    ("runbook.verify.kind", "What kind of answer: yes passes, or a number with a threshold."),
    ("runbook.verify.above", "It passes above this."),
    ("runbook.verify.below", "It passes below this."),
    ("runbook.verify.samples", "The least number of observations that make a verdict."),
    ("runbook.verify.for", "How long the condition has to hold, counted from the last response."),
    ("runbook.restore", "How autonomy returns."),
    ("runbook.restore.sign-off", "Who signs off before autonomy returns."),
    ("runbook.restore.stages", "The stages by which autonomy returns, in order; each is watched."),
    ("runbook.restore.stages.control", "A control of the automation."),
    ("runbook.restore.stages.to", "The value to set."),
    ("runbook.restore.stages.soak", "How long it is watched before the next stage."),
    ("runbook.follow-up", "What is to be learnt; opened as items when the run closes."),
    ("runbook.follow-up.title", "What."),
    ("runbook.follow-up.kind", "Of which kind."),
    ("runbook.follow-up.owner", "Who, as a role such as @owner or a name."),
    ("runbook.follow-up.due", "When, counted from the close."),
    // Automation.
    ("automation.purpose", "What it is for."),
    ("automation.vendor", "Who makes the model."),
    ("automation.vendor.name", "The company."),
    ("automation.vendor.contact", "How to reach it in an incident."),
    ("automation.vendor.model", "Which model."),
    ("automation.risk", "From which the band is computed; incomplete counts as high."),
    ("automation.risk.impact", "How bad a wrong act is."),
    ("automation.risk.reversibility", "How hard it is to take an act back."),
    ("automation.risk.confidence", "How well it is known to behave."),
    ("automation.risk.band", "An explicit band; may only be higher than the computed one."),
    ("automation.oversight", "How people look on."),
    ("automation.may", "What it may do, a sentence each."),
    ("automation.may-not", "What it may not do, a sentence each."),
    ("automation.feeds", "Automations downstream of this one."),
    (
        "automation.roles",
        "Which person or role of people.toml each @role of a runbook means here; written without the @.",
    ),
    ("automation.roles.*", "A person or a role of people.toml."),
    ("automation.stop", "The thirty-second answer: all that `aigov stop` needs."),
    ("automation.stop.control", "The narrowest control that stops it."),
    ("automation.stop.wider", "Wider ones, narrowest first."),
    ("automation.stop.who", "Who may stop it: persons or roles of people.toml."),
    ("automation.stop.meanwhile", "What customers see meanwhile."),
    ("automation.controls", "Typed knobs, each with a safe value."),
    ("automation.controls.*", "A control."),
    ("automation.controls.*.kind", "Which kind of knob."),
    ("automation.controls.*.levels", "Its levels, safest first."),
    ("automation.controls.*.safe", "The safe value; without it: off, 0, the first level."),
    (
        "automation.controls.*.console",
        "The page where a person can do the same, for the day when the tool or the API is broken.",
    ),
    ("automation.controls.*.by-hand", "What to click there."),
    ("automation.layers", "Parts that can be reverted one by one."),
    ("automation.signals", "What can be measured of it."),
    ("automation.signals.*", "A signal."),
    ("automation.evidence", "Sources of evidence."),
    ("automation.evidence.*", "A source of evidence."),
    ("automation.deploy", "What deploys it, so that deployments can be frozen."),
    ("automation.paging", "What pages people, in the place of the workspace's."),
    ("automation.statements", "What publishes statements, in the place of the workspace's."),
    ("automation.tickets", "What keeps tickets, in the place of the workspace's."),
    ("automation.notices", "What tells people without waking them, in the place of the workspace's."),
    // People.
    ("people.persons", "Persons by a short name."),
    ("people.persons.*", "A person."),
    ("people.persons.*.name", "The name in full."),
    ("people.persons.*.functions", "What they may decide as, such as legal."),
    ("people.persons.*.roles", "Roles they carry, such as incident-commander."),
    (
        "people.persons.*.keys",
        "Public keys: the line of a .pub file, or a table with it and when it counts. What votes are checked against.",
    ),
    ("people.persons.*.keys.key", "The line of the .pub file."),
    ("people.persons.*.keys.valid-from", "From when on what it signs counts: a date, or a time with its zone."),
    (
        "people.persons.*.keys.revoked",
        "From when on nothing that it signed counts any more: a date, or a time with its zone.",
    ),
    ("people.persons.*.keys.hardware", "Whether each signature needs a touch of the hardware that holds the key."),
    (
        "people.persons.*.encrypt",
        "What evidence is encrypted to for this person: age1…, ssh-ed25519 or ssh-rsa. For who signs with hardware.",
    ),
    (
        "people.persons.*.hours",
        "When they are usually there, such as \"mon-fri 08:00-18:00 +01:00\". Votes count at any time.",
    ),
    ("people.ca", "Public keys of authorities: a certificate of theirs stands for the person whom it names."),
    ("people.persons.*.alternates", "Persons who stand in for them."),
    ("people.persons.*.contact", "How to reach them; never recorded."),
    ("people.persons.*.phone", "A telephone number; never recorded."),
    ("people.persons.*.email", "An e-mail address, by which the pager's users are recognised too; never recorded."),
    ("people.persons.*.pager", "The pager's own id of this person, by which it is known whose turn it is."),
    ("people.persons.*.from", "First day, in UTC, on which their votes count."),
    ("people.persons.*.until", "Last day, in UTC, on which their votes count."),
    ("people.roles", "Roles that name an on-call source, or are described."),
    ("people.roles.*", "A role."),
    ("people.roles.*.title", "In words."),
    ("people.roles.*.on-call", "Who carries it now, asked of a provider."),
    ("people.roles.*.phone", "A telephone that whoever carries it answers; never recorded."),
    ("people.roles.*.email", "An e-mail address that whoever carries it reads; never recorded."),
    ("people.roles.*.contact", "How to reach whoever carries it; never recorded."),
    // Workspace.
    ("workspace.demo", "Whether unsigned votes count; they do only where every provider's URL is loopback."),
    ("workspace.environments", "Environments by name."),
    ("workspace.environments.*", "An environment."),
    ("workspace.environments.*.production", "Whether real people are affected there."),
    ("workspace.environments.*.rehearse", "Whether people may practise there; never together with `production`."),
    ("workspace.providers", "Real systems, by the names that automations use."),
    ("workspace.providers.*", "A provider."),
    ("workspace.providers.*.kind", "Which system, which API."),
    ("workspace.providers.*.*", "How it is reached in one environment."),
    ("workspace.paging", "What pages people."),
    ("workspace.statements", "What publishes statements."),
    ("workspace.tickets", "What keeps tickets."),
    ("workspace.notices", "What tells people without waking them."),
    ("workspace.policy", "What no runbook may loosen."),
    ("workspace.policy.approvals", "The least approval that each risk band asks for."),
    ("workspace.policy.touch", "Which votes need a touch of hardware, so that no program can give them."),
    ("workspace.policy.touch.functions", "At gates that ask for one of these functions."),
    ("workspace.policy.touch.bands", "At gates of automations of these risk bands."),
    ("workspace.policy.touch.pin", "Whether a PIN or a fingerprint is needed with the touch."),
    (
        "workspace.policy.roster",
        "The git ref whose people.toml says who may vote, such as origin/main; without it HEAD.",
    ),
    ("workspace.deadlines", "Time allowed."),
    (
        "workspace.deadlines.question",
        "Time allowed for each question and decision, six times as long for a check; then somebody is paged.",
    ),
    ("workspace.journal", "Where the record of every run goes."),
    ("workspace.journal.path", "A path, relative to the workspace; without it .aigov/journal.git."),
    ("workspace.journal.remote", "A git remote that it is pushed to."),
    ("workspace.journal.drills", "A git remote for drills; without it `remote`, where that is on this machine."),
    // Scenario.
    ("scenario", "A game day: what is practised, what comes in when, who is absent, what breaks, what is expected."),
    ("scenario.title", "What it is called."),
    ("scenario.runbook", "The runbook that is practised."),
    ("scenario.automation", "The automation that it is practised on."),
    ("scenario.environment", "The environment; without it, as for a run."),
    ("scenario.based-on", "The real incidents that it is made from."),
    ("scenario.objectives", "What the players are to show."),
    ("scenario.abort-word", "The word by which anybody ends it: from then on it is real."),
    ("scenario.on", "The day on which `--auto` plays it."),
    ("scenario.severity", "The level that is right."),
    ("scenario.limits", "What may take how long."),
    ("scenario.limits.declared", "From the first inject to the declaration."),
    ("scenario.limits.first-action", "From the declaration to the first act that lowers autonomy."),
    ("scenario.limits.contained", "From the first inject to proven containment."),
    ("scenario.limits.clock-started", "From the first inject to the first judgement of a person."),
    ("scenario.limits.effects", "How many acts of the automation may reach the outside after the first inject."),
    ("scenario.limits.effect-every", "How often the automation acts while nothing holds it."),
    ("scenario.limits.duration", "When the game master ends it."),
    ("scenario.role", "Who plays what."),
    ("scenario.role.id", "The role, as injects and absences name it."),
    ("scenario.role.person", "A person of people.toml."),
    ("scenario.signal", "What is measured from the beginning on."),
    ("scenario.inject.signals", "What is measured from then on."),
    ("*.signal", "A signal of the automation that the runbook reads."),
    ("*.value", "Its value."),
    ("*.samples", "Observations behind it."),
    ("*.baseline", "What it was before."),
    ("*.mended", "Its value once the step that mends it was done."),
    ("*.mended-by", "The step that mends it."),
    ("*.worse", "Its value once the step that makes it worse was done, until it is mended."),
    ("*.worsened-by", "The step that makes it worse."),
    ("scenario.inject", "Something that comes in."),
    ("scenario.inject.id", "Its id."),
    ("scenario.inject.at", "When, from the beginning: t+0, t+90s, t+4m."),
    ("scenario.inject.channel", "By which way."),
    ("scenario.inject.to", "Roles that it reaches."),
    ("scenario.inject.text", "What it says."),
    ("scenario.inject.sealed", "In place of `text`: what the game master alone can open, in age's ASCII form."),
    ("scenario.inject.sha256", "SHA-256 of what is sealed."),
    ("scenario.inject.untrusted", "Whether it comes from the incident itself, so that nothing in it may be believed."),
    ("scenario.inject.trap", "Whether believing it costs points, as what names it in `traps` tells."),
    ("scenario.inject.when", "Only in this state; then as soon as the state comes."),
    ("scenario.absent", "Somebody who is not there."),
    ("scenario.absent.who", "A role of this scenario, or a person."),
    ("scenario.absent.from", "From when on; without it, from the beginning."),
    ("scenario.absent.until", "Until when; without it, for good."),
    ("scenario.absent.how", "In which way."),
    ("scenario.fault", "Something that breaks."),
    ("scenario.fault.id", "Its id."),
    ("scenario.fault.provider", "A provider that the runbook reaches; without it, any."),
    ("scenario.fault.step", "A step of the runbook; without it, any."),
    ("scenario.fault.at", "From when on; without it, from the beginning."),
    ("scenario.fault.lasts", "How long; without it, for good."),
    ("scenario.fault.times", "How many calls it spoils; without it, all."),
    ("scenario.fault.kind", "What breaks."),
    ("scenario.fault.by", "How far a clock is off."),
    ("scenario.expect", "What is expected of the players."),
    ("scenario.expect.id", "Its id."),
    ("scenario.expect.event", "What is to happen."),
    ("*.about", "A step, gate, check or level that it is about; without it, any."),
    ("*.drill", "What takes its place in a drill in a real environment; without it, nobody outside is told anything."),
    ("scenario.expect.by", "By when, from the beginning."),
    ("scenario.expect.before", "Other expectations before which it is to happen."),
    ("scenario.expect.weight", "Its weight among the expectations of its dimension."),
    (
        "*.traps",
        "Traps that somebody believed where this is not met, or is forbidden and happens after they came in: that costs the whole dimension.",
    ),
    ("*.red-line", "Whether the drill is failed by it, whatever the sum."),
    ("scenario.forbid", "What must not happen."),
    ("scenario.forbid.id", "Its id."),
    ("scenario.forbid.event", "What must not happen."),
    ("scenario.forbid.says", "Words that must not be among what is published."),
    ("scenario.forbid.why", "Why not."),
    ("scenario.player", "Who plays with `--auto`; `good` is taken where nobody is named."),
    ("scenario.player.id", "What they are called."),
    ("scenario.player.about", "What they show."),
    ("scenario.player.person", "Who of people.toml they are; without it, the first role."),
    ("scenario.player.declares-after", "From the first inject to the declaration."),
    ("scenario.player.answers-after", "How long each answer takes."),
    ("scenario.player.approvers-take", "How long an approver takes who is there."),
    ("scenario.player.answers", "What they answer to facts and checks; others they do not know."),
    ("scenario.player.answers.to", "A fact or a check."),
    ("scenario.player.answers.value", "The answer; without it, they do not know."),
    ("scenario.player.answers.silent", "Whether they say nothing until its time is over."),
    ("scenario.player.severity", "The level that they confirm where it is graver than the proposed one."),
    ("scenario.player.choices", "What they choose for a step that did not pass, first what they like best."),
    ("scenario.player.fix-author", "Who they say made the fix; `outside: NAME` for somebody else."),
    ("scenario.player.abandons", "Whether they end the run, autonomy low, instead of confirming a severity."),
    ("scenario.player.stands-down", "Whether they ask to stand down instead of confirming a severity."),
    ("scenario.player.votes", "Votes that differ from what an approver does otherwise."),
    ("scenario.player.votes.person", "Who."),
    ("scenario.player.votes.gate", "At which gate; without it, at any."),
    ("scenario.player.votes.says", "What they say."),
    ("scenario.player.votes.after", "How long after the gate opened."),
    ("scenario.player.votes.text", "Other text, where they propose it."),
    (
        "scenario.player.fails",
        "For what the drill is failed, played so: an expectation, something forbidden, a dimension.",
    ),
];

/// What holds where a key is not written.
const DEFAULTS: &[(&str, &str)] = &[
    ("runbook.step.within", "30s"),
    ("runbook.step(layer.rollback).with.to", "last-known-good"),
    ("runbook.step.with.since", "2h"),
    ("runbook.step.with.severity", "critical"),
    ("workspace.deadlines.question", "10m"),
    ("workspace.journal.path", ".aigov/journal.git"),
    ("scenario.player.declares-after", "45s"),
    ("scenario.player.answers-after", "20s"),
    ("scenario.player.approvers-take", "2m"),
];

/// The sentence for a path.
pub(super) fn of(path: &str) -> Option<&'static str> {
    find(ABOUT, path).map(|(_, text)| *text)
}

/// What holds where nothing is written.
pub(super) fn default(path: &str) -> Option<Value> {
    match path {
        "runbook.severity.public"
        | "workspace.environments.*.production"
        | "workspace.environments.*.rehearse"
        | "workspace.demo"
        | "workspace.policy.touch.pin"
        | "people.persons.*.keys.hardware" => Some(json!(false)),
        _ => find(DEFAULTS, path).map(|(_, value)| json!(value)),
    }
}

fn find<'t>(table: &'t [(&'static str, &'static str)], path: &str) -> Option<&'t (&'static str, &'static str)> {
    names(path).iter().find_map(|name| table.iter().find(|(known, _)| known == name))
}

/// The names under which a path may stand in the table, the most exact first.
fn names(path: &str) -> Vec<String> {
    let plain = without_words(path);
    let step = |path: &str| {
        let rest = path.strip_prefix("runbook.immediate").or_else(|| path.strip_prefix("runbook.respond"))?;
        (!rest.is_empty()).then(|| format!("runbook.step{rest}"))
    };
    let last = path.rsplit('.').next().map(|key| format!("*.{key}"));
    let mut names = vec![path.to_owned(), plain.clone()];
    names.extend(step(path));
    names.extend(step(&plain));
    // Every file has the same exceptions.
    names.extend(path.split_once(".exception").map(|(_, rest)| format!("exception{rest}")));
    names.extend(last.filter(|_| path.contains('.')));
    names
}

fn without_words(path: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_u32;
    for c in path.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
pub(super) fn used(path: &str) -> Option<&'static str> {
    find(ABOUT, path).map(|(name, _)| *name)
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    ABOUT.iter().map(|(name, _)| *name)
}
