//! Looks for a secret in anything, in every form in which it could have slipped through.
//!
//! Owns the forms. A test that found nothing proves only as much as this list holds, so the list is tested too.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// The forms of a secret that are looked for.
pub(crate) fn forms(secret: &str) -> BTreeSet<Vec<u8>> {
    let bytes = secret.as_bytes();
    let mut forms: BTreeSet<Vec<u8>> = BTreeSet::new();
    forms.insert(bytes.to_vec());
    forms.insert(bytes.iter().rev().copied().collect());
    // Taken apart, a character or some at a time.
    let characters: Vec<String> = secret.chars().map(String::from).collect();
    for between in [" ", "-", "\n", "\\n"] {
        for size in [1, 4, 5, 8] {
            let parts: Vec<String> = characters.chunks(size).map(<[String]>::concat).collect();
            if parts.len() > 1 {
                forms.insert(parts.join(between).into_bytes());
            }
        }
    }
    let hex = |upper: bool| bytes.iter().map(move |b| if upper { format!("{b:02X}") } else { format!("{b:02x}") });
    forms.insert(hex(false).collect::<String>().into_bytes());
    forms.insert(hex(true).collect::<String>().into_bytes());
    forms.insert(hex(false).map(|b| format!("\\x{b}")).collect::<String>().into_bytes());
    // As a URL carries it: every byte that is not unreserved, and the two habits about `*` and `:`.
    for kept in ["-._~", "-._~*", "-._~:", "-._~*:"] {
        for upper in [true, false] {
            let escaped: String = secret
                .bytes()
                .map(|b| match b {
                    b if b.is_ascii_alphanumeric() || kept.as_bytes().contains(&b) => char::from(b).to_string(),
                    b if upper => format!("%{b:02X}"),
                    b => format!("%{b:02x}"),
                })
                .collect();
            forms.insert(escaped.into_bytes());
        }
    }
    // As JSON and as Rust's debug form write it.
    forms.insert(serde_json::to_string(secret).unwrap().trim_matches('"').as_bytes().to_vec());
    forms.insert(format!("{secret:?}").trim_matches('"').as_bytes().to_vec());
    // A list of numbers, as a byte slice is printed.
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    forms.insert(numbers.join(", ").into_bytes());
    forms.insert(numbers.join(",").into_bytes());
    // Base64 at each of the three offsets that it can have inside a longer text, without the characters that depend on
    // what stands around it.
    for engine in [&STANDARD, &URL_SAFE] {
        for before in 0..3 {
            let mut padded = vec![b'x'; before];
            padded.extend_from_slice(bytes);
            let text = engine.encode(&padded);
            let from = [0, 2, 3][before];
            let to = text.len() - [0, 4, 4][padded.len() % 3];
            if to > from + 4 {
                forms.insert(text.as_bytes()[from..to].to_vec());
            }
        }
    }
    forms
}

/// Panics when a form of the secret stands in the bytes.
pub(crate) fn clean(what: &str, bytes: &[u8], secret: &str) {
    for form in forms(secret) {
        let found = bytes.windows(form.len()).position(|w| w == form);
        assert!(found.is_none(), "{what} holds the secret at byte {found:?}, as `{}`", String::from_utf8_lossy(&form));
    }
}

/// Panics when a form of one of the secrets stands in a file below the folder, its name, or inside an object of git
/// (which are compressed). Returns how many files were looked at.
pub(crate) fn clean_below(folder: &Path, secrets: &[&str], except: &[&Path]) -> usize {
    let mut looked = 0;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if except.contains(&path.as_path()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut bytes = Vec::new();
            // A socket or a pipe can't be read as a file.
            if !path.is_file() {
                continue;
            }
            fs::File::open(&path).and_then(|mut f| f.read_to_end(&mut bytes)).unwrap();
            looked += 1;
            for secret in secrets {
                clean(&path.display().to_string(), &bytes, secret);
                clean("a file's name", path.as_os_str().as_encoded_bytes(), secret);
            }
        }
    }
    for repository in repositories_below(folder) {
        repository
            .odb()
            .unwrap()
            .foreach(|id| {
                let odb = repository.odb().unwrap();
                let object = odb.read(*id).unwrap();
                for secret in secrets {
                    clean(&format!("object {id} of {}", repository.path().display()), object.data(), secret);
                }
                true
            })
            .unwrap();
    }
    looked
}

fn repositories_below(folder: &Path) -> Vec<git2::Repository> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        if folder.join("HEAD").is_file() && folder.join("objects").is_dir() {
            found.push(git2::Repository::open(&folder).unwrap());
        }
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

#[test]
fn the_scanner_finds_what_it_says() {
    let secret = "*:*.s3cr3t/Value+\"x";
    let found = |text: &str| std::panic::catch_unwind(|| clean("it", text.as_bytes(), secret)).is_err();
    assert!(!found("nothing here: *:*.s3cr3t/Value"));
    assert!(found(&format!("authorization: {secret}")));
    assert!(found(&serde_json::json!({ "a": secret }).to_string()));
    assert!(found(&format!("{:?}", secret)));
    assert!(found(&format!("{:?}", secret.as_bytes())));
    assert!(found("* : * . s 3 c r 3 t / V a l u e + \" x"));
    assert!(found("x\"+eulaV/t3rc3s.*:*"));
    assert!(found("*:*.-s3cr-3t/V-alue-+\"x"));
    assert!(found("%2A%3A%2A.s3cr3t%2FValue%2B%22x"));
    assert!(found("*%3a*.s3cr3t%2fValue%2b%22x"));
    for before in ["", "a", "ab", "abc", "user:"] {
        for after in ["", "a", "ab", "abc"] {
            assert!(found(&STANDARD.encode(format!("{before}{secret}{after}"))), "{before} {after}");
            assert!(found(&URL_SAFE.encode(format!("{before}{secret}{after}"))), "{before} {after}");
        }
    }
}
