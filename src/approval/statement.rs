//! The statement that a voter signs: what is asked, whole, and what they say to it, as text that a person can read and
//! that `ssh-keygen -Y verify` can check.
//!
//! Owns the form of the text. It is made anew from the run's own record whenever a vote is counted, and a vote whose text
//! is not exactly that does not count. Must not know where records are kept or who signed.

use std::fmt::Write as _;

use super::refusal::Say;
use super::signature::Namespace;
use crate::plan::act::RequestView;
use crate::text::safe;
use crate::text::time::Instant;

const FIRST: &str = "aigov statement, format 1";
const PROPOSED: &str = "The text that I propose instead:";
const NONE: &str = "none";
const NEVER: &str = "never; it stays open until those who were skipped have countersigned";

/// What is asked, as the record has it: the same whoever votes and whenever they do.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// What a signature over it is made for.
    pub namespace: Namespace,
    /// The run.
    pub run: String,
    /// The gate.
    pub gate: String,
    /// Who is asked, in words.
    pub needs: String,
    /// Digest of the act.
    pub act: String,
    /// Digest of the plan's meaning.
    pub plan: String,
    /// The runbook and the digest of its file.
    pub runbook: (String, String),
    /// The automation and the digest of its file.
    pub automation: (String, String),
    /// The environment.
    pub environment: String,
    /// The providers' own accounts.
    pub accounts: Vec<String>,
    /// The confirmed severity.
    pub severity: Option<String>,
    /// What is done, in words.
    pub does: String,
    /// Which way it moves autonomy.
    pub direction: String,
    /// Whether it can be taken back, and what is done where it can't.
    pub reversible: String,
    /// Who asks.
    pub requester: Option<String>,
    /// Evidence captured before the gate opened: the step and the digest.
    pub evidence: Vec<(String, String)>,
    /// When the gate closes; none where it stays open until enough people have said yes.
    pub expires: Option<Instant>,
    /// The text as its readers will see it.
    pub letter: Option<String>,
    /// Exactly what will be sent.
    pub requests: Vec<RequestView>,
    /// What would take it back, approved with it.
    pub undo: Vec<RequestView>,
}

/// What a voter says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Yes, no, or other text.
    pub say: Say,
    /// Who.
    pub person: String,
    /// The fingerprint of their key.
    pub key: String,
    /// Unique per vote.
    pub nonce: String,
    /// Digest of the run's last record when it was shown.
    pub head: String,
    /// When, by the voter's clock.
    pub issued: Instant,
    /// Salted digest of the reason, which is kept apart.
    pub reason: Option<String>,
    /// The text proposed instead.
    pub text: Option<String>,
}

/// A statement as it arrived, taken apart as far as it names things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What the voter says.
    pub said: Said,
    /// The run it names.
    pub run: String,
    /// The gate it names.
    pub gate: String,
    /// The act it names.
    pub act: String,
    /// The environment it names.
    pub environment: String,
    /// What its signature was made for.
    pub namespace: String,
}

/// The word of a decision.
#[must_use]
pub const fn word(say: Say) -> &'static str {
    match say {
        Say::Approve => "approve",
        Say::Deny => "deny",
        Say::Amend => "amend",
    }
}

/// The whole text.
#[must_use]
pub fn render(asked: &Asked, said: &Said) -> String {
    let mut out = format!("{FIRST}\n\nI, {}, decide on exactly what is written here.\n\n", safe::line(&said.person));
    let time = |at: Instant| at.to_string();
    let or_none = |text: Option<&String>| text.cloned().unwrap_or_else(|| NONE.to_owned());
    let digested = |(name, digest): &(String, String)| format!("{name} sha256:{digest}");
    let fields = [
        ("decision", word(said.say).to_owned()),
        ("person", said.person.clone()),
        ("key", said.key.clone()),
        ("reason", said.reason.as_ref().map_or_else(|| NONE.to_owned(), |d| format!("sha256:{d}"))),
        ("issued", time(said.issued)),
        ("nonce", said.nonce.clone()),
        ("head", said.head.clone()),
        ("namespace", asked.namespace.name().to_owned()),
        ("run", asked.run.clone()),
        ("gate", asked.gate.clone()),
        ("needs", asked.needs.clone()),
        ("expires", asked.expires.map_or_else(|| NEVER.to_owned(), time)),
        ("act", asked.act.clone()),
        ("does", asked.does.clone()),
        ("automation", digested(&asked.automation)),
        ("environment", asked.environment.clone()),
        ("account", if asked.accounts.is_empty() { NONE.to_owned() } else { asked.accounts.join(", ") }),
        ("severity", or_none(asked.severity.as_ref())),
        ("direction", asked.direction.clone()),
        ("reversible", asked.reversible.clone()),
        ("requester", or_none(asked.requester.as_ref())),
        ("runbook", digested(&asked.runbook)),
        ("plan", asked.plan.clone()),
    ];
    let evidence = asked.evidence.iter().map(|e| ("evidence", digested(e)));
    for (name, value) in fields.into_iter().chain(evidence) {
        // Writing to a String can't fail.
        let _ = writeln!(out, "{}", format!("{name:<12} {}", safe::line(&value)).trim_end());
    }
    let mut section = |title: &str, lines: Vec<String>| {
        let _ = writeln!(out, "\n{title}");
        for line in lines {
            // No blank at the end: an editor would take it away, and the signature with it.
            let _ = writeln!(out, "{}", format!("| {}", safe::line(&line)).trim_end());
        }
    };
    let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    if let Some(letter) = &asked.letter {
        section("The letter as its readers will see it:", lines(letter));
    }
    if let Some(text) = &said.text {
        section(PROPOSED, lines(text));
    }
    section("Exactly these requests will be sent:", views(&asked.requests));
    section("And these, approved with it, where it has to be taken back:", views(&asked.undo));
    out
}

fn views(requests: &[RequestView]) -> Vec<String> {
    let mut out = Vec::new();
    for r in requests {
        out.push(format!("{} {}", r.method, r.url));
        out.extend(r.headers.iter().map(|(name, value)| format!("  {name}: {value}")));
        if !r.body.is_empty() {
            out.extend(r.body.split('\n').map(|l| format!("  {l}")));
        }
    }
    if out.is_empty() {
        out.push(NONE.to_owned());
    }
    out
}

/// Takes a text apart as far as it names what it is about. That it says nothing else is found by making it anew.
///
/// # Errors
/// What is missing or said twice.
pub fn read(text: &str) -> Result<Statement, String> {
    let mut lines = text.lines();
    if lines.next() != Some(FIRST) {
        return Err(format!("it does not begin with `{FIRST}`"));
    }
    let mut fields: Vec<(&str, &str)> = Vec::new();
    let mut proposed: Option<Vec<&str>> = None;
    let mut in_fields = false;
    let mut in_proposed = false;
    for line in lines {
        in_fields |= line.starts_with("decision ") && fields.is_empty();
        if line.is_empty() {
            in_fields &= fields.is_empty();
            in_proposed = false;
        } else if in_fields {
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            if name != "evidence" && fields.iter().any(|(known, _)| *known == name) {
                return Err(format!("it says `{}` twice", safe::excerpt(name, 40)));
            }
            fields.push((name, value.trim_start()));
        } else if line == PROPOSED {
            if proposed.is_some() {
                return Err("it proposes twice".to_owned());
            }
            proposed = Some(Vec::new());
            in_proposed = true;
        } else if let (true, Some(proposed)) = (in_proposed, &mut proposed) {
            let marked = if line == "|" { Some("") } else { line.strip_prefix("| ") };
            proposed.push(marked.ok_or("its proposed text is not marked as one")?);
        }
    }
    let get = |name: &str| {
        let found = fields.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        found.ok_or_else(|| format!("it does not say `{name}`"))
    };
    let say = match get("decision")?.as_str() {
        "approve" => Say::Approve,
        "deny" => Say::Deny,
        "amend" => Say::Amend,
        other => return Err(format!("`{}` is no decision", safe::excerpt(other, 40))),
    };
    let reason = match get("reason")? {
        none if none == NONE => None,
        some => Some(some.strip_prefix("sha256:").ok_or("its reason is no digest")?.to_owned()),
    };
    let issued = get("issued")?.parse().map_err(|_| "its `issued` is no time".to_owned())?;
    Ok(Statement {
        said: Said {
            say,
            person: get("person")?,
            key: get("key")?,
            nonce: get("nonce")?,
            head: get("head")?,
            issued,
            reason,
            text: proposed.map(|lines| lines.join("\n")),
        },
        run: get("run")?,
        gate: get("gate")?,
        act: get("act")?,
        environment: get("environment")?,
        namespace: get("namespace")?,
    })
}

/// Where a text differs from another that it should be: the number of the first such line, counted from 1. How a text
/// ends is no difference.
#[must_use]
pub fn differs(text: &str, from: &str) -> Option<usize> {
    let (mut a, mut b) = (text.trim_end().split('\n'), from.trim_end().split('\n'));
    let mut number = 0;
    loop {
        number += 1;
        match (a.next(), b.next()) {
            (None, None) => return None,
            (x, y) if x == y => {}
            _ => return Some(number),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn asked() -> Asked {
        let request = |method: &str, body: &str| RequestView {
            method: method.into(),
            url: "https://desk.example.com/letters".into(),
            headers: vec![("Authorization".into(), "{env DESK_TOKEN}".into())],
            body: body.into(),
            purpose: "set".into(),
        };
        Asked {
            namespace: Namespace::Vote,
            run: "20261123-0204-abcd".into(),
            gate: "tell-customers".into(),
            needs: "legal, communications; 2 people".into(),
            act: "a".repeat(64),
            plan: "b".repeat(64),
            runbook: ("incident/hallucination".into(), "c".repeat(64)),
            automation: ("support-replies".into(), "d".repeat(64)),
            environment: "production".into(),
            accounts: vec!["desk-1".into()],
            severity: Some("sev1".into()),
            does: "statement.publish tell-customers".into(),
            direction: "neutral".into(),
            reversible: "no: a sent statement can't be recalled; instead: a correction".into(),
            requester: Some("olga".into()),
            evidence: vec![("capture".into(), "e".repeat(64))],
            expires: Some(Instant(1_800_000)),
            letter: Some("Dear customer,\n\nwe were wrong.\n".into()),
            requests: vec![request("POST", "{\"text\":\"…\"}")],
            undo: vec![],
        }
    }

    pub(crate) fn said() -> Said {
        Said {
            say: Say::Amend,
            person: "lena".into(),
            key: "SHA256:abc".into(),
            nonce: "0123-4567".into(),
            head: "f".repeat(64),
            issued: Instant(1_000),
            reason: Some("9".repeat(64)),
            text: Some("Dear customer,\n\n| quoted\nwe were wrong.\n".into()),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (asked, said) = (asked(), said());
        let text = render(&asked, &said);
        let read = read(&text).unwrap();
        assert_eq!(read.said, said);
        let names = (read.run, read.gate, read.act, read.environment, read.namespace);
        assert_eq!(names, (asked.run, asked.gate, asked.act, asked.environment, "aigov-vote@v1".into()));
        for part in
            ["POST https://desk.example.com/letters", "{env DESK_TOKEN}", "expires      1970-01-01T00:30:00.000Z"]
        {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn nobody_can_write_a_second_field_into_a_value() {
        let mut asked = asked();
        asked.does = "x\ndecision     approve".into();
        asked.letter = Some("a\n\nThe text that I propose instead:\n| another\u{1b}[2J\n\ndecision     deny".into());
        let mut said = said();
        said.text = None;
        said.person = "lena\nrun          other".into();
        let text = render(&asked, &said);
        let again = read(&text).unwrap();
        assert_eq!((again.said.say, again.said.text, again.run), (Say::Amend, None, asked.run));
        assert!(!text.contains('\u{1b}'), "what would draw on a screen stands there to be seen");
    }

    #[test]
    fn a_text_that_is_no_statement_is_told_by_what_it_lacks() {
        let whole = render(&asked(), &said());
        for (from, to, why) in [
            (FIRST, "aigov statement, format 2", "does not begin"),
            ("decision     amend", "decision     maybe", "no decision"),
            ("person       lena\n", "", "does not say `person`"),
            ("run          2026", "run          x\nrun          2026", "says `run` twice"),
            ("issued       1970", "issued       soon", "no time"),
            ("sha256:9", "md5:9", "no digest"),
        ] {
            assert!(whole.contains(from), "{from}");
            let said = read(&whole.replacen(from, to, 1)).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
        assert!(read("").is_err());
    }

    #[test]
    fn a_difference_has_a_place_and_the_end_is_none() {
        assert_eq!(differs("a\nb\n", "a\nb"), None);
        assert_eq!(differs("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(differs("a\n", "a\nb\n"), Some(2));
    }
}
