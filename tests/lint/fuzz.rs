//! A bounded run of what the fuzzer drives (`tests/fuzz`): shipped files broken at random, bytes at random, and traps that
//! were thought of. Nothing is asserted but that each ends; `AIGOV_SUITE_FUZZ` makes more rounds and
//! lines of 4 MB.

#[path = "../fuzz/entry.rs"]
mod entry;

use aigov::plan::shipped::{RUNBOOKS, SANDBOX};

use crate::clean;
use entry::PATHS;

const RUNBOOK: &str = "runbooks/incident/hallucination.toml";
const AUTOMATION: &str = "automations/support-replies.toml";
const PEOPLE: &str = "people.toml";

/// The same numbers every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n.max(1) as u64)).unwrap()
    }
}

fn full() -> bool {
    std::env::var_os("AIGOV_SUITE_FUZZ").is_some()
}

/// Text that means something to the reader.
const PIECES: [&[u8]; 24] = [
    b"[",
    b"]",
    b"[[",
    b"{",
    b"}",
    b"\"",
    b"'",
    b"\"\"\"",
    b"=",
    b",",
    b"\n",
    b"#",
    b"\\",
    b".",
    b"(",
    b"!",
    b"||",
    b"@",
    b"\xff",
    b"\xe2\x80\xae",
    b"\r\n",
    b"99999999999999999999",
    b"1e400",
    b"\0",
];

/// A shipped file with some of its bytes or lines changed.
fn shaken(dice: &mut Dice, text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(out.len());
        match dice.below(6) {
            0 => out.truncate(at),
            1 => {
                let end = (at + dice.below(40)).min(out.len());
                out.drain(at..end);
            }
            2 => {
                let piece = PIECES[dice.below(PIECES.len())];
                out.splice(at..at, piece.iter().copied());
            }
            3 if !out.is_empty() => out[at] = u8::try_from(dice.below(256)).unwrap(),
            4 => {
                let end = (at + dice.below(400)).min(out.len());
                let again: Vec<u8> = out[at..end].to_vec();
                let to = dice.below(out.len());
                out.splice(to..to, again);
            }
            _ => {
                let mut lines: Vec<&[u8]> = out.split(|b| *b == b'\n').collect();
                let (a, b) = (dice.below(lines.len()), dice.below(lines.len()));
                lines.swap(a, b);
                out = lines.join(&b'\n');
            }
        }
    }
    out
}

#[test]
fn shipped_files_broken_at_random_are_read_to_an_end() {
    let mut dice = Dice(0x5eed);
    let files: Vec<&(&str, &str)> = SANDBOX.iter().chain(RUNBOOKS).filter(|(path, _)| PATHS.contains(path)).collect();
    for round in 0..if full() { 3_000 } else { 60 } {
        let (path, text) = files[round % files.len()];
        let bytes = shaken(&mut dice, text.as_bytes());
        entry::lint_at(path, &bytes);
        entry::decode(&bytes);
    }
}

#[test]
fn bytes_at_random_are_read_to_an_end() {
    let mut dice = Dice(0xb17e5);
    for _ in 0..if full() { 3_000 } else { 60 } {
        let length = dice.below(300);
        let mut bytes = Vec::new();
        while bytes.len() < length {
            match dice.below(3) {
                0 => bytes.push(u8::try_from(dice.below(256)).unwrap()),
                _ => bytes.extend_from_slice(PIECES[dice.below(PIECES.len())]),
            }
        }
        entry::decode(&bytes);
        entry::lint(&bytes);
    }
}

#[test]
fn conditions_at_random_are_read_to_an_end() {
    const WORDS: [&str; 22] = [
        "a", "n", "p", "l", "(", ")", "!", "&&", "||", "==", "!=", "<", ">=", "in", "[", "]", ",", "1", "2.5", "'low'",
        "nope", "-",
    ];
    let mut dice = Dice(0x3e4);
    for _ in 0..if full() { 3_000 } else { 60 } {
        let words: Vec<&str> = (0..dice.below(24)).map(|_| WORDS[dice.below(WORDS.len())]).collect();
        entry::when(words.join(" ").as_bytes());
    }
}

/// A file of the clean workspace with text before and after it.
fn around(path: &str, before: &str, after: &str) -> (String, Vec<u8>) {
    let files = clean();
    let mut bytes = before.as_bytes().to_vec();
    bytes.extend_from_slice(&files[path]);
    bytes.extend_from_slice(after.as_bytes());
    (path.to_owned(), bytes)
}

/// The runbook with another condition in its first row.
fn with_condition(condition: &str) -> (String, Vec<u8>) {
    let text = String::from_utf8(clean()[RUNBOOK].clone()).unwrap();
    let changed = text.replacen("harm || exposed > 1000", condition, 1);
    assert_ne!(text, changed);
    (RUNBOOK.to_owned(), changed.into_bytes())
}

fn many(n: usize, one: impl Fn(usize) -> String) -> String {
    (0..n).map(one).collect()
}

/// Deep, long and numerous things.
fn traps() -> Vec<(&'static str, (String, Vec<u8>))> {
    const DEEP: usize = 10_000;
    let long = if full() { 4_000_000 } else { 100_000 };
    let lots = if full() { 20_000 } else { 300 };
    let nested = |open: &str, middle: &str, close: &str| open.repeat(DEEP) + middle + &close.repeat(DEEP);
    let after = |text: &str| around(RUNBOOK, "", text);
    let before = |text: &str| around(RUNBOOK, text, "");
    vec![
        ("tables in tables", after(&format!("[a{}]\nx = 1\n", ".a".repeat(DEEP)))),
        ("dotted keys", before(&format!("a{} = 1\n", ".a".repeat(DEEP)))),
        ("lists in lists", before(&format!("a = {}\n", nested("[", "", "]")))),
        ("inline tables in inline tables", before(&format!("a = {}\n", nested("{a=", "1", "}")))),
        (
            "a binding of lists",
            around(
                AUTOMATION,
                "",
                &format!("\n[signals.q]\nprovider = \"metrics\"\nquery = \"x\"\nz = {}\n", nested("[", "", "]")),
            ),
        ),
        ("lists that nobody closes", before(&format!("a = {}\n", "[".repeat(DEEP)))),
        ("parentheses", with_condition(&nested("(", "harm", ")"))),
        ("parentheses that nobody closes", with_condition(&"(".repeat(DEEP))),
        ("negations", with_condition(&("!".repeat(DEEP) + "harm"))),
        ("alternatives", with_condition(many(lots, |i| format!("harm || exposed > {i} || ")).trim_end_matches(" || "))),
        ("a long comment", after(&format!("# {}\n", "x".repeat(long)))),
        ("a long value", before(&format!("a = \"{}\"\n", "x".repeat(long)))),
        ("a long key", before(&format!("{} = 1\n", "x".repeat(long)))),
        ("brackets in a line", after(&"[".repeat(long))),
        ("a text that nobody closes", after(&format!("x = \"\"\"{}", "\n[a]".repeat(long / 4)))),
        ("not UTF-8", (RUNBOOK.to_owned(), vec![0xff; long])),
        ("nothing but zeros", (RUNBOOK.to_owned(), vec![0; long / 10])),
        ("text that is written backwards", after(&format!("# {}\n", "\u{202e}".repeat(long / 100)))),
        ("keys that nearly exist", before(&many(lots, |i| format!("contain-wthin{i} = 1\n")))),
        (
            "signals that nearly exist",
            after(&many(lots, |i| format!("[[trigger]]\nid = \"t{i}\"\nsignal = \"ungrounded_rat{i}\"\nabove = 1\n"))),
        ),
        ("ids that are the same", after(&many(lots, |_| "[[trigger]]\nid = \"t\"\nreport = \"x\"\n".to_owned()))),
        ("tables that are the same", after(&"[scope]\n".repeat(lots))),
        ("sections without a value", after(&"[[trigger]]\nid = \n".repeat(lots))),
        ("lines that say nothing", before(&"a b c\n".repeat(lots))),
        (
            "rows",
            after(&many(lots, |i| {
                format!("[[severity]]\nlevel = \"s{i}\"\nwhen = \"exposed > {i}\"\nrespond = [\"n{i}\"]\n")
            })),
        ),
        ("facts", after(&many(lots, |i| format!("[[fact]]\nid = \"f{i}\"\nask = \"x?\"\nkind = \"yes-no\"\n")))),
        (
            "responses",
            after(&many(lots, |i| {
                format!(
                    "[[respond]]\nid = \"r{i}\"\ndo = \"layer.rollback\"\nwith = {{ layer = \"prompt\", to = \"x\" }}\n"
                )
            })),
        ),
        (
            "immediate actions",
            after(&many(lots, |i| {
                format!("[[immediate]]\nid = \"i{i}\"\ndo = \"control.safe\"\nwith = {{ control = \"autonomy\" }}\n")
            })),
        ),
        (
            "people",
            around(
                PEOPLE,
                "",
                &many(lots, |i| format!("\n[persons.p{i}]\nroles = [\"n{i}\"]\nalternate = \"p{i}x\"\n")),
            ),
        ),
        (
            "controls",
            around(
                AUTOMATION,
                "",
                &many(lots, |i| format!("\n[controls.c{i}]\nkind = \"switch\"\nprovider = \"flag{i}\"\n")),
            ),
        ),
        ("secrets", after(&many(lots, |i| format!("# token = \"ghp_{i:036}\"\n")))),
    ]
}

#[test]
fn what_is_deep_long_or_numerous_is_read_to_an_end() {
    for (name, (path, bytes)) in traps() {
        println!("{name}: {} findings", entry::lint_at(&path, &bytes).findings.len());
    }
}
