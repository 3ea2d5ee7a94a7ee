//! What is shown, to the character.

use std::sync::Arc;

use super::*;
use crate::diag::code;
use crate::text::span::Span;

fn at(source: &Arc<Source>, what: &str) -> Span {
    let start = source.text.find(what).unwrap();
    Span::new(start, start + what.len())
}

fn file() -> Arc<Source> {
    Source::new(
        "runbooks/incident/x.toml",
        "schema = 1\ntitel = \"Fabricated content\"\n\n[[immediate]]\nid = \"stop\"\n\n[[immediate]]\nid = \"stop\"\n",
    )
}

#[test]
fn the_place_the_line_the_carets_and_the_other_place_are_shown() {
    let file = file();
    let again = file.text.rfind("\"stop\"").unwrap();
    let problems = [
        Diagnostic::error(code::UNKNOWN_KEY, "unknown key `titel` in the file").at(
            &file,
            at(&file, "titel"),
            "did you mean `title`?",
        ),
        Diagnostic::error(code::DUPLICATE_ID, "two steps are called `stop`")
            .at(&file, Span::new(again, again + 6), "again")
            .at(&file, at(&file, "\"stop\""), "first here")
            .help("give each its own id"),
    ];
    assert_eq!(
        render_all(&problems, 80, false),
        r#"error[unknown-key]: unknown key `titel` in the file
 --> runbooks/incident/x.toml:2:1
  |
2 | titel = "Fabricated content"
  | ^^^^^ did you mean `title`?

error[duplicate-id]: two steps are called `stop`
 --> runbooks/incident/x.toml:8:6
  |
5 | id = "stop"
  |      ------ first here
...
8 | id = "stop"
  |      ^^^^^^ again
  |
  = help: give each its own id

2 errors
"#
    );
}

#[test]
fn long_sentences_are_broken_and_a_table_is_shown_by_its_header() {
    let file = file();
    let problem = Diagnostic::warning(
        code::MISSING_KEY,
        "`do` is missing in `[[immediate]]`, and this is a message that is longer than a terminal is wide",
    )
    .at(&file, Span::new(file.text.find("[[").unwrap(), file.text.len()), "")
    .help("add `do = \"control.safe\"`, and then so many more words that this advice needs several lines too");
    assert_eq!(
        render_all(&[problem], 80, false),
        r#"warning[missing-key]: `do` is missing in `[[immediate]]`, and this is a message
                      that is longer than a terminal is wide
 --> runbooks/incident/x.toml:4:1
  |
4 | [[immediate]]
  | ^^^^^^^^^^^^^
  |
  = help: add `do = "control.safe"`, and then so many more words that this
          advice needs several lines too

1 warning
"#
    );
}

#[test]
fn labels_in_two_files_show_both() {
    let (a, b) = (Source::new("a.toml", "x = 1\n"), Source::new("b.toml", "\ny = 2\n"));
    let problem = Diagnostic::error(code::UNRESOLVED, "`x` names nothing").at(&a, at(&a, "x"), "asked for here").at(
        &b,
        at(&b, "y"),
        "this is there",
    );
    assert_eq!(
        render(&problem, 80, false),
        "error[unresolved]: `x` names nothing\n --> a.toml:1:1\n  |\n1 | x = 1\n  | ^ asked for here\n  |\n ::: b.toml:2:1\n  |\n\
         2 | y = 2\n  | - this is there"
    );
}

#[test]
fn nothing_in_a_file_reaches_the_terminal_as_a_command_and_the_carets_stay_in_place() {
    let file = Source::new("a\u{1b}[2J.toml", "\u{feff}a = \"\u{1b}]0;x\u{7}\u{202e}z\"\r\nkey = 'z\u{fe0f}ü'\r\n");
    let problem = Diagnostic::error(code::BAD_ID, "bad \u{1b}[31m id").at(&file, at(&file, "key"), "\u{200b}here");
    let shown = render(&problem, 80, false);
    assert_eq!(
        shown,
        "error[bad-id]: bad \\u{1b}[31m id\n --> a\\u{1b}[2J.toml:2:1\n  |\n2 | key = 'z\\u{fe0f}ü'\n  | ^^^ \\u{200b}here"
    );
    let first = Diagnostic::error(code::BAD_ID, "x").at(&file, at(&file, "z\""), "");
    let shown = render(&first, 80, false);
    assert!(shown.lines().flat_map(str::chars).all(safe::is_plain), "{shown:?}");
    let (line, carets) = (shown.lines().nth(3).unwrap(), shown.lines().nth(4).unwrap());
    assert_eq!(line.find("z\""), carets.find('^'), "{shown}");
}

#[test]
fn a_long_line_is_cut_round_the_carets() {
    let file = Source::new("a.toml", format!("a = \"{}\", wrong = 1, b = \"{}\"\n", "x".repeat(200), "y".repeat(200)));
    let problem =
        Diagnostic::error(code::UNKNOWN_KEY, "unknown key `wrong`").at(&file, at(&file, "wrong"), "did you mean `b`?");
    let shown = render(&problem, 80, false);
    assert!(shown.lines().all(|l| l.chars().count() <= 80), "{shown}");
    assert!(shown.contains("wrong = 1") && shown.contains("^^^^^ did you mean `b`?"), "{shown}");
}

#[test]
fn colour_comes_only_when_asked_for_and_says_nothing_by_itself() {
    let file = file();
    let problem = Diagnostic::error(code::UNKNOWN_KEY, "unknown key").at(&file, at(&file, "titel"), "here").help("x");
    let (plain, coloured) = (render(&problem, 80, false), render(&problem, 80, true));
    assert!(!plain.contains('\u{1b}'));
    assert!(coloured.contains('\u{1b}'));
    let mut bare = String::new();
    let mut inside = false;
    for c in coloured.chars() {
        match c {
            '\u{1b}' => inside = true,
            'm' if inside => inside = false,
            c if !inside => bare.push(c),
            _ => {}
        }
    }
    assert_eq!(bare, plain);
}

#[test]
fn a_problem_without_a_place_or_with_a_place_outside_is_shown_too() {
    assert_eq!(render(&Diagnostic::error(code::SYNTAX, "nothing there"), 80, false), "error[syntax]: nothing there");
    let empty = Source::new("a.toml", "");
    let shown = render(&Diagnostic::error(code::SYNTAX, "x").at(&empty, Span::new(7, 99), ""), 80, false);
    assert!(shown.contains("a.toml:1:1"), "{shown}");
}

#[test]
fn a_whole_file_of_mistakes_fits_a_narrow_terminal() {
    let mut text = include_str!("../../model/decode/tests/runbook.toml").to_owned();
    for (from, to) in [
        ("title  =", "titel  ="),
        ("hallucinated-content", "halucinated-content"),
        ("\"5m\"", "5"),
        ("id = \"overrides-doubled\"", "id = \"ungrounded-claims\""),
        ("or-else = \"stop-service\"", "or-else = \"stop-servce\""),
        ("harm ||", "harm or"),
        ("on-timeout = \"queue\"", "on-timeout = \"open\", foo = 1"),
        ("kind = \"count\"\nbelow = 1", "below = 1"),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let source = Source::new("runbooks/incident/hallucination.toml", text);
    let problems = crate::model::decode::runbook(&source, "incident/hallucination").problems;
    let shown = render_all(&problems, 80, false);
    assert!(shown.lines().all(|l| l.chars().count() <= 80), "{shown}");
    assert_eq!(shown, include_str!("whole.txt"));
}
