//! Every rule, by group.
//!
//! Owns the list and its order, which is the order of the reference.

use super::rule::{Group, Rule};
use super::{
    against, containment, contract, exception, form, gates, inventory, matrix, paths, people, plans, restore, undo,
};

/// The groups, in the order of a runbook's life.
pub const GROUPS: &[Group] = &[
    Group { name: "form", about: "The files can be read, by this program and by others.", rules: form::RULES },
    Group { name: "contract", about: "Everything that an incident needs is there.", rules: contract::RULES },
    Group {
        name: "plans",
        about: "What a runbook and an automation make together can be carried out.",
        rules: plans::RULES,
    },
    Group {
        name: "containment",
        about: "The first minutes lower autonomy, keep the evidence and reach people, in time.",
        rules: containment::RULES,
    },
    Group {
        name: "gates",
        about: "Whoever must say yes exists, can be reached, and is somebody else.",
        rules: gates::RULES,
    },
    Group { name: "matrix", about: "Every answer has one row, and every row an answer.", rules: matrix::RULES },
    Group { name: "undo", about: "What is changed can be put back, or says that it can not.", rules: undo::RULES },
    Group { name: "restore", about: "Autonomy returns step by step, each watched long enough.", rules: restore::RULES },
    Group { name: "people", about: "Whoever may be asked can answer, and is one person.", rules: people::RULES },
    Group {
        name: "inventory",
        about: "It is known what runs, who answers for it, and how it is stopped.",
        rules: inventory::RULES,
    },
    Group { name: "paths", about: "What must hold does so on every path that was walked.", rules: paths::RULES },
    Group {
        name: "against",
        about: "What a change weakens, held against an earlier revision: `aigov lint --against REV`.",
        rules: against::RULES,
    },
    Group {
        name: "exceptions",
        about: "Somebody answers for what is excepted, and not for ever.",
        rules: exception::RULES,
    },
];

/// Every rule.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    GROUPS.iter().flat_map(|g| g.rules)
}

/// A rule with its group, by its code.
#[must_use]
pub fn find(name: &str) -> Option<(&'static Group, &'static Rule)> {
    GROUPS.iter().find_map(|g| g.rules.iter().find(|r| r.code.name == name).map(|r| (g, r)))
}

/// The names of all codes.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().map(|r| r.code.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::diag::code;

    #[test]
    fn every_code_is_explained_once_and_stands_in_a_file_of_its_name() {
        let mut seen = BTreeSet::new();
        for (group, files) in GROUPS.iter().zip(FILES) {
            assert_eq!(group.rules.len(), files.len(), "{}", group.name);
            for (rule, file) in group.rules.iter().zip(*files) {
                assert_eq!(rule.code.name.replace('-', "_"), *file, "{}", group.name);
                assert!(seen.insert(rule.code.name), "{} twice", rule.code);
                assert!(rule.code.summary.ends_with('.'), "{}", rule.code);
                assert!(!rule.checks.is_empty(), "{} looks at nothing", rule.code);
                let e = &rule.explanation;
                for text in [e.what, e.why, e.fix] {
                    assert!(
                        text.len() > 20 && text.trim() == text && text.ends_with(['.', '`', ')']),
                        "{}: {text}",
                        rule.code
                    );
                }
                assert!(!e.bad.trim().is_empty() && !e.good.trim().is_empty(), "{} has no example", rule.code);
                assert_ne!(e.bad, e.good, "{}", rule.code);
                assert_eq!(
                    toml::de::DeTable::parse_recoverable(e.good).1,
                    Vec::new(),
                    "{}: the good example",
                    rule.code
                );
            }
        }
        for code in code::ALL {
            assert!(seen.contains(code.name), "{code} has no explanation");
        }
    }

    /// The files of each group, in the order of [`GROUPS`].
    const FILES: &[&[&str]] = &[
        form::FILES,
        contract::FILES,
        plans::FILES,
        containment::FILES,
        gates::FILES,
        matrix::FILES,
        undo::FILES,
        restore::FILES,
        people::FILES,
        inventory::FILES,
        paths::FILES,
        against::FILES,
        exception::FILES,
    ];
}
