//! Whose signed word closes what a change weakens.
//!
//! Owns who is asked: whoever holds the function that loses something, or else the automations' owners, or else whoever the
//! policy trusts. Functions, roles and people count as the earlier revision has them, so that nobody becomes the one who is
//! asked by the change that asks. Must not know how a word was signed.

use std::collections::BTreeSet;

use super::{Agreed, Before, names};
use crate::model::workspace::Workspace;
use crate::text::suggest;

/// People of whom one has to have signed, and what they are.
#[derive(Clone, Debug)]
struct Need {
    of: Kind,
    who: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Function(String),
    Owner(String),
    /// Whoever the policy names: any of these functions, or anybody where it names none.
    Policy(Vec<String>),
}

/// Whose words count, and who has yet to sign, in words; none where it is closed.
pub(super) struct Signed {
    pub by: BTreeSet<Agreed>,
    pub open: Option<String>,
}

/// Who signed and who has to.
pub(super) fn signed(
    before: &Before<'_>,
    after: &Workspace,
    functions: &BTreeSet<String>,
    automations: &BTreeSet<String>,
) -> Signed {
    let was = before.workspace;
    let mut needs: Vec<Need> =
        functions.iter().map(|f| Need { of: Kind::Function(f.clone()), who: with(was, f) }).collect();
    if needs.is_empty() {
        let owner = |name: &String| Need { of: Kind::Owner(name.clone()), who: owners(was, after, name) };
        needs.extend(automations.iter().map(owner));
    }
    // Nobody held the function, or owns it by a name: somebody has to be asked all the same.
    let lost = needs.iter().any(|n| n.who.is_empty()) || needs.is_empty();
    needs.retain(|n| !n.who.is_empty());
    if lost {
        needs.push(policy(was));
    }
    let mut by = BTreeSet::new();
    let mut open = Vec::new();
    for need in needs {
        match before.agreed.iter().find(|a| need.who.contains(&a.by)) {
            Some(agreed) => drop(by.insert(agreed.clone())),
            None => open.push(need.of),
        }
    }
    Signed { by, open: (!open.is_empty()).then(|| words(&open)) }
}

/// Who held a function.
fn with(workspace: &Workspace, function: &str) -> BTreeSet<String> {
    let people = workspace.people.iter().flat_map(|p| p.persons.iter());
    people
        .filter(|(_, p)| p.functions.iter().any(|f| f.value == function))
        .map(|(name, _)| name.value.clone())
        .collect()
}

/// Who owned an automation: whoever carries its role `owner`, or is named by it.
fn owners(was: &Workspace, is: &Workspace, name: &str) -> BTreeSet<String> {
    let automation = was.automations.get(name).or_else(|| is.automations.get(name));
    let role = automation.and_then(|a| a.roles.get("owner")).map(|r| r.value.as_str());
    let (Some(role), Some(people)) = (role, &was.people) else { return BTreeSet::new() };
    let named = people.persons.get(role).is_some().then_some(role);
    named.into_iter().chain(people.carriers(role)).map(str::to_owned).collect()
}

/// Whoever the floors of the policy name, or anybody where they name nobody.
fn policy(was: &Workspace) -> Need {
    let floors = was.settings.iter().flat_map(|s| s.approvals.iter()).flat_map(|(_, f)| &f.functions);
    let functions: BTreeSet<String> = floors.map(|f| f.value.clone()).collect();
    let who: BTreeSet<String> = functions.iter().flat_map(|f| with(was, f)).collect();
    if !who.is_empty() {
        return Need { of: Kind::Policy(functions.into_iter().collect()), who };
    }
    let all = was.people.iter().flat_map(|p| p.persons.names()).map(str::to_owned).collect();
    Need { of: Kind::Policy(Vec::new()), who: all }
}

/// Who has yet to sign.
fn words(open: &[Kind]) -> String {
    let functions: Vec<&str> =
        open.iter().filter_map(|k| if let Kind::Function(f) = k { Some(f.as_str()) } else { None }).collect();
    let owned: BTreeSet<String> =
        open.iter().filter_map(|k| if let Kind::Owner(a) = k { Some(a.clone()) } else { None }).collect();
    let policy = open.iter().find_map(|k| if let Kind::Policy(of) = k { Some(of) } else { None });
    let mut out = Vec::new();
    match functions.as_slice() {
        [] => {}
        [one] => out.push(format!("somebody with `{one}`")),
        all => out.push(format!("people with {}", suggest::all(all.iter().copied()))),
    }
    match owned.len() {
        0 => {}
        1 => out.push(format!("the owner of {}", names(&owned))),
        _ => out.push(format!("the owners of {}", names(&owned))),
    }
    match policy.map(Vec::as_slice) {
        None => {}
        Some([]) => out.push("somebody else of people.toml".to_owned()),
        Some(all) => {
            let all: Vec<String> = all.iter().map(|f| format!("`{f}`")).collect();
            out.push(format!("somebody with {}", all.join(" or ")));
        }
    }
    out.join(" and ")
}
