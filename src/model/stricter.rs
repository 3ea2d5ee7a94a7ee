//! Settings held against the same settings elsewhere: of what protects people, the stricter counts.
//!
//! Owns which settings those are: `demo` and the floors of `[policy]`. Must not know where the others come from.

use super::workspace::{Floor, Settings};
use crate::text::span::{Span, Spanned};

/// What these settings ask less for than the others do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loosened {
    /// They say that names are enough, and the others do not.
    pub demo: Option<Span>,
    /// They ask for fewer people, functions or touches.
    pub policy: bool,
}

/// Takes from the others whatever is stricter there; what was looser here. What is taken stands nowhere in this file.
pub fn take_stricter(of: &mut Settings, others: &Settings) -> Loosened {
    let mut found = Loosened::default();
    if let Some(demo) = of.demo.filter(|d| d.value)
        && !others.demo.is_some_and(|d| d.value)
    {
        found.demo = Some(demo.span);
        of.demo = None;
    }
    let before = of.clone();
    for (band, floor) in others.approvals.iter() {
        if of.approvals.get(&band.value).is_none() {
            let nothing = Floor { span: Span::default(), people: None, functions: Vec::new() };
            of.approvals.push(nowhere(&band.value), nothing);
        }
        of.approvals.at(&band.value, |own| raise(own, floor));
    }
    for function in &others.touch.functions {
        if !of.touch.functions.iter().any(|f| f.value == function.value) {
            of.touch.functions.push(nowhere(&function.value));
        }
    }
    for band in &others.touch.bands {
        if !of.touch.bands.iter().any(|b| b.value == band.value) {
            of.touch.bands.push(nowhere(&band.value));
        }
    }
    of.touch.pin |= others.touch.pin;
    found.policy = before.approvals != of.approvals || before.touch != of.touch;
    found
}

fn raise(own: &mut Floor, floor: &Floor) {
    let people = |f: &Floor| f.people.as_ref().map_or(0, |p| p.value);
    if people(floor) > people(own) {
        own.people = Some(nowhere(&people(floor)));
    }
    for function in &floor.functions {
        if !own.functions.iter().any(|f| f.value == function.value) {
            own.functions.push(nowhere(&function.value));
        }
    }
}

fn nowhere<T: Clone>(value: &T) -> Spanned<T> {
    Spanned::new(value.clone(), Span::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::decode;
    use crate::text::source::Source;

    fn settings(text: &str) -> Settings {
        let text = format!("schema = 1\n[environments.production]\n{text}");
        decode::settings(&Source::new("aigov.toml", text), &[]).value
    }

    /// Floors and touches in words, without their places.
    fn words(of: &Settings) -> String {
        let floors: Vec<String> = of
            .approvals
            .iter()
            .map(|(band, f)| {
                let functions: Vec<&str> = f.functions.iter().map(|f| f.value.as_str()).collect();
                format!("{} {} {}", band.value, f.people.as_ref().map_or(0, |p| p.value), functions.join("+"))
            })
            .collect();
        let touch: Vec<&str> = of.touch.functions.iter().map(|f| f.value.as_str()).collect();
        format!("{}; {} {} {}", floors.join(", "), touch.join("+"), of.touch.bands.len(), of.touch.pin)
    }

    #[test]
    fn the_stricter_of_two_policies_counts() {
        let two = "[policy.approvals]\nhigh = { people = 2, functions = [\"legal\"] }\n";
        let one = "[policy.approvals]\nhigh = { people = 1 }\n";
        let touched = "[policy.touch]\nfunctions = [\"legal\"]\nbands = [\"critical\"]\npin = true\n";
        let cases: [(&str, &str, &str, bool); 7] = [
            ("", "", ";  0 false", false),
            (two, two, "high 2 legal;  0 false", false),
            (one, two, "high 2 legal;  0 false", true),
            (two, one, "high 2 legal;  0 false", false),
            ("", two, "high 2 legal;  0 false", true),
            ("", touched, "; legal 1 true", true),
            (touched, "", "; legal 1 true", false),
        ];
        for (here, there, wanted, looser) in cases {
            let mut of = settings(here);
            let found = take_stricter(&mut of, &settings(there));
            assert_eq!((words(&of).as_str(), found.policy), (wanted, looser), "{here:?} against {there:?}");
        }
    }

    #[test]
    fn names_are_enough_only_where_both_say_so() {
        let demo = |says: Option<bool>| {
            let mut of = settings("");
            of.demo = says.map(|says| Spanned::new(says, Span::new(1, 2)));
            of
        };
        for (here, there, counts, looser) in [
            (Some(true), Some(true), true, false),
            (Some(true), None, false, true),
            (Some(true), Some(false), false, true),
            (None, Some(true), false, false),
            (Some(false), Some(true), false, false),
        ] {
            let mut of = demo(here);
            let found = take_stricter(&mut of, &demo(there));
            assert_eq!(
                (of.demo.is_some_and(|d| d.value), found.demo.is_some()),
                (counts, looser),
                "{here:?} {there:?}"
            );
        }
    }
}
