//! Whoever may be asked can answer, and is one person.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::context::Context;
use crate::model::people::Person;
use crate::text::source::Source;

super::rule::rules! { bad_key, shared_key, no_key, not_serving, no_alternate, unfit_alternate }

/// Everybody, with the file they stand in.
fn persons<'a>(cx: &Context<'a>) -> impl Iterator<Item = (&'a str, &'a Person, &'a Arc<Source>)> + use<'a> {
    let people = cx.workspace.people.as_ref();
    people
        .into_iter()
        .flat_map(|p| p.persons.iter().map(move |(name, person)| (name.value.as_str(), person, &p.source)))
}

/// Whether a line begins with a type of key that the decoder lets pass; another type it has told already.
fn is_type(line: &str) -> bool {
    ["ssh-ed25519 ", "ecdsa-sha2-", "sk-", "webauthn-sk-"].iter().any(|kind| line.trim_start().starts_with(kind))
}

/// The key itself, without its comment; none where the line does not hold a whole key of the type that it names.
fn blob(line: &str) -> Option<Vec<u8>> {
    let mut words = line.split_whitespace();
    let (kind, text) = (words.next()?, words.next()?);
    let blob = STANDARD.decode(text).ok()?;
    let mut rest = blob.as_slice();
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        fields.push(after.get(..length)?);
        rest = after.get(length..)?;
    }
    let (inner, material) = fields.split_first()?;
    let named = kind.strip_prefix("webauthn-").unwrap_or(kind);
    let whole = match named {
        "ssh-ed25519" => matches!(material, [key] if key.len() == 32),
        "sk-ssh-ed25519@openssh.com" => matches!(material, [key, _] if key.len() == 32),
        _ if named.starts_with("sk-ecdsa-") => matches!(material, [_, point, _] if point.len() > 64),
        _ => matches!(material, [_, point] if point.len() > 64),
    };
    (*inner == named.as_bytes() && whole).then_some(blob)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_whole_and_of_its_type_or_none() {
        let whole = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEoDr18oITOfmWWsMFLb6SxkEM22LVZJgcO4pkf43D5S ada";
        let key = blob(whole).unwrap();
        assert_eq!(blob(&whole.replace(" ada", "")), Some(key.clone()));
        assert_eq!(blob(&whole.replace(" ada", " somebody else")), Some(key));
        for wrong in [
            whole.replace("43D5S", "43D5"),
            whole.replace("ssh-ed25519 ", "ecdsa-sha2-nistp256 "),
            whole.replace("AAAAC3", "AAAAD3"),
            "ssh-ed25519".to_owned(),
            "ssh-ed25519 !!! x".to_owned(),
        ] {
            assert_eq!(blob(&wrong), None, "{wrong}");
            assert!(wrong.starts_with("ssh-ed25519") == is_type(&format!("{wrong} ")) || is_type(&wrong), "{wrong}");
        }
    }
}
