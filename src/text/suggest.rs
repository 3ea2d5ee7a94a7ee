//! Did-you-mean: the nearest of the known names.
//!
//! Owns the threshold, so that every message of the program suggests alike.

/// The known name nearest to what was written, when it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |s: &str| s.to_lowercase().replace(['_', ' '], "-");
    let wanted = fold(written);
    if wanted.is_empty() || wanted.len() > 100 {
        return None;
    }
    // A third of the length, but always one slip: what people mistype is one key, two letters swapped, or an ending.
    let limit = (wanted.chars().count().max(3) / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&wanted, &fold(name)), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The known name that differs from what was written by a slip of the hand: one in a short name, two in a long one.
#[must_use]
pub fn slip<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = if written.chars().count() < 8 { 1 } else { 2 };
    let near = known.into_iter().map(|name| (strsim::osa_distance(written, name), name));
    near.filter(|(distance, _)| (1..=most).contains(distance))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `a`, `b` or `c`, for messages.
#[must_use]
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    joined(names, "or")
}

/// `a`, `b` and `c`, for messages.
#[must_use]
pub fn all<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    joined(names, "and")
}

fn joined<'a>(names: impl IntoIterator<Item = &'a str>, word: &str) -> String {
    let names: Vec<String> = names.into_iter().map(|n| format!("`{n}`")).collect();
    match names.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_recognised_and_another_word_is_not() {
        let known = ["contain-within", "title", "class", "owner", "or-else", "for", "do"];
        for (written, meant) in [
            ("contain_within", Some("contain-within")),
            ("containwithin", Some("contain-within")),
            ("titel", Some("title")),
            ("Title", Some("title")),
            ("or_else", Some("or-else")),
            ("od", Some("do")),
            ("severity", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known), meant, "{written}");
        }
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(list([]), "none");
        assert_eq!(all(["a", "b"]), "`a` and `b`");
    }
}
