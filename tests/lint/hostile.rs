//! Files that nobody wrote by hand: a megabyte and a hundred of everything that is awkward to read, as every kind of file,
//! through the program itself. With `AIGOV_SUITE_FUZZ` each at the greatest length that is read and beyond it, in a process
//! that may take a gigabyte and half a minute of a processor and not more; without it small ones.

use std::fs;
use std::process::{Command, Output};

use crate::command::Desk;
use crate::{clean, lint};

/// What a process may take, in the units of `ulimit`: KiB of addresses, seconds of a processor.
const MEMORY: usize = 1_000_000;
const SECONDS: usize = 30;

fn full() -> bool {
    std::env::var_os("AIGOV_SUITE_FUZZ").is_some()
}

/// Something again and again, up to a length.
fn again(piece: &[u8], length: usize) -> Vec<u8> {
    piece.iter().copied().cycle().take(length / piece.len() * piece.len()).collect()
}

/// Numbered pieces, up to a length.
fn numbered(length: usize, piece: impl Fn(usize) -> String) -> Vec<u8> {
    let mut out = Vec::with_capacity(length);
    for n in 0.. {
        let next = piece(n);
        if out.len() + next.len() > length {
            break;
        }
        out.extend_from_slice(next.as_bytes());
    }
    out
}

/// Everything awkward, of about this length.
fn awkward(length: usize) -> Vec<(&'static str, Vec<u8>)> {
    let around = |before: &str, piece: &[u8], after: &str| {
        let mut out = before.as_bytes().to_vec();
        out.extend(again(piece, length.saturating_sub(before.len() + after.len())));
        out.extend_from_slice(after.as_bytes());
        out
    };
    vec![
        ("one long line", again(b"x", length)),
        ("zeros", again(b"\0", length)),
        ("not UTF-8", again(b"\xff", length)),
        ("half a character", again(b"\xe2\x80", length)),
        ("backwards", around("# ", "\u{202e}".as_bytes(), "\n")),
        ("brackets", again(b"[", length)),
        ("lists", around("a = ", b"[", "")),
        ("inline tables", around("a = ", b"{a=", "1")),
        ("dots", around("a", b".a", " = 1\n")),
        ("tables in tables", around("[a", b".a", "]\n")),
        ("headers", again(b"[scope]\n", length)),
        ("headers of lists", again(b"[[immediate]]\n", length)),
        ("headers that are broken", again(b"[[trigger]\n", length)),
        ("sections that are broken", again(b"[[trigger]]\nid = \n", length)),
        ("lines that say nothing", again(b"a b c\n", length)),
        ("equal signs", again(b"=", length)),
        ("quotation marks", again(b"\"", length)),
        ("texts that nobody closes", around("a = \"\"\"", b"\n[a]", "")),
        ("commas", around("a = [", b",", "]")),
        ("a long value", around("title = \"", b"x", "\"\n")),
        ("a long text of escapes", around("title = \"", b"\\u0041", "\"\n")),
        ("a long key", around("", b"k", " = 1\n")),
        ("a long number", around("a = ", b"9", "\n")),
        ("a long condition", around("[[severity]]\nlevel = \"a\"\nwhen = \"", b"a || ", "a\"\n")),
        ("parentheses", around("[[severity]]\nlevel = \"a\"\nwhen = \"", b"(", "a\"\n")),
        ("negations", around("[[severity]]\nlevel = \"a\"\nwhen = \"", b"!", "a\"\n")),
        ("short keys", numbered(length, |n| format!("k{n}=1\n"))),
        (
            "short keys of a table",
            numbered(length, |n| format!("{}k{n}=1\n", if n == 0 { "[controls]\n" } else { "" })),
        ),
        ("names", numbered(length, |n| format!("[controls.c{n}]\n"))),
        ("persons", numbered(length, |n| format!("[persons.p{n}]\nroles=[\"r{n}\"]\n"))),
        ("roles", numbered(length, |n| format!("{}r{n}=\"p{n}\"\n", if n == 0 { "[roles]\n" } else { "" }))),
        ("ids that are the same", again(b"[[fact]]\nid='f'\nkind='count'\n", length)),
        ("ids that differ", numbered(length, |n| format!("[[fact]]\nid='f{n}'\nkind='count'\n"))),
        ("steps", numbered(length, |n| format!("[[immediate]]\nid='i{n}'\ndo='deploy.freeze'\n"))),
        (
            "responses",
            numbered(length, |n| format!("[[respond]]\nid='r{n}'\ndo='layer.rollback'\nwith={{layer='l{n}'}}\n")),
        ),
        ("rows", numbered(length, |n| format!("[[severity]]\nlevel='s{n}'\nwhen='exposed > {n}'\n"))),
        (
            "signals that are not there",
            numbered(length, |n| format!("[[trigger]]\nid='t{n}'\nsignal='s{n}'\nabove=1\n")),
        ),
        ("beginnings of tokens", around("# ", b"ghp_", "\n")),
        ("beginnings of keys", around("# ", b"-----BEGIN ", "\n")),
        ("tokens", numbered(length, |n| format!("# ghp_{n:036}\n"))),
        ("addresses", around("url = \"", b"https://a@", "\"\n")),
        ("secrets", again(b"token = \"x\"\n", length)),
        ("inline tables of many lines", again(b"a = {\n}\n", length)),
        ("carriage returns", again(b"\r", length)),
        ("comments", again(b"#\n", length)),
        ("nothing", again(b"\n", length)),
    ]
}

/// Three of them, where each is as long as a disk is slow.
fn awkward_few(length: usize) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("one long line", again(b"x", length)),
        ("not UTF-8", again(b"\xff", length)),
        ("lines that say nothing", again(b"a b c\n", length)),
    ]
}

const PATHS: [&str; 6] = [
    "aigov.toml",
    "people.toml",
    "automations/support-replies.toml",
    "runbooks/incident/hallucination.toml",
    "runbooks/gameday/hostile.toml",
    "templates/hostile.txt",
];

/// What a process says and how it ends; it may take only so much.
fn held(desk: &Desk, args: &[&str]) -> Output {
    let home = desk.workspace().parent().unwrap().to_path_buf();
    let line = format!("ulimit -v {MEMORY}; ulimit -t {SECONDS}; exec \"$@\"");
    let mut command = Command::new("/bin/sh");
    command.env_clear().env("HOME", &home).env("XDG_STATE_HOME", home.join("state")).current_dir(desk.workspace());
    command.args(["-c", &line, "sh", env!("CARGO_BIN_EXE_aigov")]).args(args);
    command.output().unwrap()
}

/// Lints and stops with such a file in its place: it ends, and is told.
fn end(name: &str, path: &str, bytes: &[u8], args: &[&str]) {
    let mut files = clean();
    files.insert(path.to_owned(), bytes.to_vec());
    let desk = Desk::new(&files);
    let Output { status, stdout, stderr } = held(&desk, args);
    let what = format!("{name}, {} bytes as {path}: {args:?}", bytes.len());
    let said = String::from_utf8(stderr).unwrap();
    assert!(matches!(status.code(), Some(0 | 3)), "{what}: {status}: {}", said.chars().take(2_000).collect::<String>());
    assert!(stdout.len() < 64 << 20, "{what}: {} bytes are said", stdout.len());
    // Nothing is passed over in silence: a file that is too long is a finding.
    if bytes.len() > aigov::model::decode::MOST_BYTES {
        assert_eq!(status.code(), Some(3), "{what}");
        assert!(String::from_utf8_lossy(&stdout).contains("too-long"), "{what}");
    }
}

#[test]
fn what_nobody_wrote_by_hand_is_read_to_an_end_in_so_much_memory_and_time() {
    let most = aigov::model::decode::MOST_BYTES;
    if !full() {
        // One process for each is too many here: some, and small ones.
        for (i, (name, bytes)) in awkward(2_000).into_iter().enumerate().step_by(5) {
            end(name, PATHS[i % PATHS.len()], &bytes, &["lint", "--format", "sarif"]);
        }
        end("one byte too many", PEOPLE, &vec![b'#'; most + 1], &["lint"]);
        return;
    }
    for (name, bytes) in awkward(most) {
        for path in PATHS {
            for form in ["human", "sarif", "github", "junit", "markdown", "json"] {
                // Every form of what is found in a runbook, and one of what is found elsewhere.
                if form == "sarif" || path == PATHS[3] {
                    end(name, path, &bytes, &["lint", "--format", form]);
                }
            }
        }
    }
    // Nothing is read of these, whatever they hold: one line, not UTF-8, many lines.
    for (name, bytes) in awkward_few(100_000_000) {
        for path in PATHS {
            end(name, path, &bytes, &["lint"]);
        }
    }
}

const PEOPLE: &str = "people.toml";

#[test]
fn what_is_too_long_is_refused_before_it_is_read_and_stops_no_stop() {
    let most = aigov::model::decode::MOST_BYTES;
    let mut files = clean();
    let mut longest = files[PEOPLE].clone();
    longest.resize(most, b'\n');
    files.insert(PEOPLE.to_owned(), longest.clone());
    let desk = Desk::new(&files);
    let (code, out, err) = desk.run(&desk.workspace(), &["lint"]);
    assert_eq!(code, 0, "the longest that is read: {out}{err}");
    longest.push(b'\n');
    fs::write(desk.workspace().join(PEOPLE), longest).unwrap();
    let (code, out, err) = desk.run(&desk.workspace(), &["lint", "--format", "json"]);
    assert!(code == 3 && out.contains("\"code\":\"too-long\"") && !out.contains("missing-key"), "{out}{err}");
    let (_, out, err) = desk.run(&desk.workspace(), &["plan", "incident/hallucination"]);
    assert!(format!("{out}{err}").contains("longer than 1 MiB"), "{out}{err}");
}

/// How many findings there are, and what is said of those that are left out.
fn left(path: &str, more: &str) -> (usize, Vec<String>) {
    let mut files = clean();
    files.get_mut(path).unwrap().extend_from_slice(more.as_bytes());
    let outcome = lint(&files, false);
    let left = outcome.findings.iter().filter(|f| f.code.name == "left-out").map(ToString::to_string).collect();
    (outcome.findings.len(), left)
}

#[test]
fn what_is_not_told_one_by_one_is_counted_and_as_grave_as_the_gravest_of_it() {
    let runbook = PATHS[3];
    let line = |c: char| format!("# a character{c} that is odd\n");
    let odd = line('\u{200b}').repeat(103);
    let says = "3 more characters that can not be seen or change the direction of what follows";
    assert_eq!(left(runbook, &odd), (101, vec![format!("{runbook}:267:14: warning[left-out]: {says}")]));
    let turned = odd.clone() + &line('\u{202e}');
    let says = says.replacen('3', "4", 1);
    assert_eq!(left(runbook, &turned), (101, vec![format!("{runbook}:267:14: error[left-out]: {says}")]));
    let says = "2 more syntax errors of this file are not told one by one";
    // The first says nothing but that there is such a table; each after it says so again.
    assert_eq!(left(PEOPLE, "[persons]\n"), (0, Vec::new()));
    assert_eq!(left(PEOPLE, &"[persons]\n".repeat(103)).1, [format!("{PEOPLE}:1:1: error[left-out]: {says}")]);
    let keys = |n: usize| (0..n).map(|n| format!("k{n} = 1\n")).collect::<String>();
    assert_eq!(left(PEOPLE, &format!("[x]\n{}", keys(20))).1, Vec::<String>::new());
    let (told, left) = left(PEOPLE, &format!("[persons.x]\nname = \"X\"\n{}", keys(1_002)));
    let says = "2 more problems of this file are not told one by one";
    assert!(
        told > 1_000 && left.len() == 1 && left[0].ends_with(&format!("error[left-out]: {says}")),
        "{told} {left:?}"
    );
}
