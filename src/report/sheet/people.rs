//! Who is meant on a page, and how to reach them.

use super::Block;
use crate::model::people::{Contacts, People};
use crate::plan::{Gate, Plan};
use crate::text::safe;

/// Numbers and addresses in one cell.
pub(super) fn ways(contacts: &Contacts) -> String {
    let all = [&contacts.phone, &contacts.email, &contacts.contact];
    let written: Vec<String> = all.into_iter().flatten().map(|c| safe::line(&c.value)).collect();
    if written.is_empty() { "NOT WRITTEN DOWN".to_owned() } else { written.join(", ") }
}

fn full(people: &People, name: &str) -> String {
    let called = people.persons.get(name).and_then(|p| p.name.as_ref());
    called.map_or_else(|| safe::line(name), |n| format!("{} ({})", safe::line(&n.value), safe::line(name)))
}

/// A row for each role and each person who carries it, then for each further person who may say yes somewhere.
pub(super) fn table(plan: &Plan, people: Option<&People>) -> Vec<Block> {
    let Some(people) = people else {
        return vec![Block::Para("There is no people.toml: nobody can be reached from this page.".to_owned())];
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut shown: Vec<&str> = Vec::new();
    for (role, to) in &plan.roles {
        let role = format!("@{}", safe::line(role.trim_start_matches('@')));
        if let Some(of) = people.roles.get(to) {
            let turn = if of.on_call.is_some() { ", whoever is on call" } else { "" };
            rows.push(vec![role.clone(), format!("{}{turn}", safe::line(to)), ways(&of.contacts)]);
        }
        let carriers: Vec<&str> = match people.persons.names().find(|n| n == to) {
            Some(person) => vec![person],
            None => people.carriers(to).collect(),
        };
        for name in carriers {
            let contacts = people.persons.get(name).map_or_else(String::new, |p| ways(&p.contacts));
            rows.push(vec![role.clone(), full(people, name), contacts]);
            shown.push(name);
        }
    }
    for person in &plan.roster {
        let asked = |g: &Gate| g.functions.iter().any(|f| person.functions.contains(f));
        if shown.contains(&person.name.as_str()) || !plan.gates.iter().any(asked) {
            continue;
        }
        let functions = person.functions.iter().map(|f| safe::line(f)).collect::<Vec<_>>().join(", ");
        let contacts = people.persons.get(&person.name).map_or_else(String::new, |p| ways(&p.contacts));
        rows.push(vec![functions, full(people, &person.name), contacts]);
    }
    let head = ["as", "who", "how to reach them"].map(str::to_owned).to_vec();
    vec![Block::Table { head, rows }]
}

/// Who could say yes at a gate, by function.
pub(super) fn voters(plan: &Plan, gate: &Gate) -> String {
    let of = |function: &String| {
        let names: Vec<String> =
            plan.roster.iter().filter(|p| p.functions.contains(function)).map(|p| safe::line(&p.name)).collect();
        format!("{}: {}", safe::line(function), if names.is_empty() { "NOBODY".to_owned() } else { names.join(" or ") })
    };
    let all: Vec<String> = gate.functions.iter().map(of).collect();
    if all.is_empty() { "anybody of people.toml".to_owned() } else { all.join("; ") }
}
