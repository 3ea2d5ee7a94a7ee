//! What came of the drills of people that the journal holds, for verbs that show it.

use super::context::Context;
use super::error::CliError;
use super::keys;
use crate::approval::Checked;
use crate::approval::Namespace;
use crate::approval::harmless::{Asking, Word, outcome};
use crate::port::Keys as _;
use crate::report::people::Practised;

/// The last time that each person was asked, by name.
///
/// # Errors
/// The journal can't be read.
pub(crate) fn of(cx: &Context) -> Result<Vec<Practised>, CliError> {
    let store = cx.drills();
    let mut out: Vec<Practised> = Vec::new();
    for asking in store.askings()?.into_iter().rev() {
        let new = asking.people.iter().any(|p| out.iter().all(|known| known.person != p.name));
        if !new {
            continue;
        }
        let words = looked_at(cx, &asking, store.words(&asking.drill)?);
        for person in &asking.people {
            if out.iter().all(|known| known.person != person.name) {
                out.push(Practised {
                    person: person.name.clone(),
                    drill: asking.drill.clone(),
                    at: asking.at,
                    outcome: outcome(&asking, person, &words, cx.now),
                });
            }
        }
    }
    out.sort_by(|a, b| a.person.cmp(&b.person));
    Ok(out)
}

/// Answers with what came of looking at their signatures, made for drills and nothing else.
pub(crate) fn looked_at(cx: &Context, of: &Asking, words: Vec<Word>) -> Vec<(Word, Result<Checked, String>)> {
    let port = keys::port(cx);
    let look = |word: &Word| match &word.signed {
        None if of.unsigned => Err(String::new()),
        None => Err("it is not signed".to_owned()),
        Some((text, signature)) => {
            port.check(Namespace::Drill, text.as_bytes(), signature).map_err(|bad| bad.to_string())
        }
    };
    words.into_iter().map(|word| (look(&word), word)).map(|(looked, word)| (word, looked)).collect()
}
