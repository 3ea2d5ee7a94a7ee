//! Reviews by the program itself: somebody's signed word for a runbook and for a launch, what it holds for, and who reads it.

use std::fs;
use std::path::Path;

use aigov::approval::Namespace;
use aigov::keys::Pair;
use serde_json::Value;

use crate::approvals::{at_terminal, flat, give_key, in_earnest, number, somebody};
use crate::program::Home;
use crate::world::World;

const RUNBOOK: &str = "runbooks/incident/hallucination.toml";

/// Commits everything that is there in somebody's name.
fn commit(home: &Home, person: &str) {
    let repo = git2::Repository::init(home.desk()).unwrap();
    let mut index = repo.index().unwrap();
    for path in ["people.toml", "aigov.toml", "automations/support-replies.toml", RUNBOOK] {
        index.add_path(Path::new(path)).unwrap();
    }
    let tree = repo.find_tree(index.write_tree().unwrap()).unwrap();
    let email = format!("{person}@sandbox.test");
    let who = git2::Signature::new(person, &email, &git2::Time::new(1_000, 0)).unwrap();
    let parent = repo.head().ok().and_then(|h| h.peel_to_commit().ok());
    repo.commit(Some("HEAD"), &who, &who, "a change", &tree, &parent.iter().collect::<Vec<_>>()).unwrap();
}

fn lines(said: &str) -> Vec<Value> {
    said.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// What `review` lists of a thing: its name and whether it is reviewed as it is now.
fn listed(home: &Home) -> Vec<(String, bool)> {
    let said = home.run("review --json").exits(0);
    lines(&said.out).iter().map(|l| (l["name"].as_str().unwrap().to_owned(), l["current"] == true)).collect()
}

fn launch(home: &Home, what: &str) -> (bool, String) {
    let said = home.run("launch-check support-replies --json");
    let whole: Value = serde_json::from_str(&said.out).unwrap();
    let item = whole["items"].as_array().unwrap().iter().find(|i| i["what"] == what).unwrap().clone();
    (item["holds"] == true, item["says"].as_str().unwrap().to_owned())
}

#[test]
fn a_signed_word_over_a_runbooks_digest_is_its_review_until_a_line_changes() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    let text = fs::read_to_string(home.desk().join(RUNBOOK)).unwrap();
    let due = text.replace("review-by = 2027-05-01", "review-by = 2026-01-01");
    assert_ne!(text, due);
    home.write(RUNBOOK, &due);
    let at = format!("-C {}", home.desk().display());
    let lena = somebody("lena");

    // What only lies on somebody's disk is not what others read.
    commit(&home, "ada");
    home.write(RUNBOOK, &format!("{due}# More.\n"));
    let loose = lena.run(&format!("review incident/hallucination {at}")).exits(2);
    assert!(flat(&loose.err).contains("changes that are not committed"), "{}", loose.err);
    home.write(RUNBOOK, &due);

    // Whoever wrote it, whoever has no key here, a program, and a stranger review nothing.
    let ada = somebody("ada").run(&format!("review incident/hallucination {at}")).exits(5);
    assert!(flat(&ada.err).contains("whoever writes a runbook does not review it"), "{}", ada.err);
    let nobody = Home::new().run(&format!("review incident/hallucination --as lena {at}")).exits(5);
    assert!(flat(&nobody.err).contains("no key of lena is here"), "{}", nobody.err);
    let stranger = Home::new();
    give_key(&stranger, 77);
    stranger.run(&format!("review incident/hallucination {at}")).exits(5);
    let piped = lena.run(&format!("review incident/hallucination {at}")).exits(4);
    assert!(flat(&piped.err).contains("needs a person who types the code"), "{}", piped.err);
    assert!(piped.err.contains("stop-sending"), "the whole file is shown: {}", piped.err);
    lena.run(&format!("review incident/hallucination --code 000000 {at}")).exits(5);
    assert_eq!(listed(&home), []);
    let overdue = home.run("lint --only review-overdue");
    assert!(flat(&overdue.all()).contains("should have been reviewed"), "{}", overdue.all());

    let (code, said) = at_terminal(lena.command(&format!("review incident/hallucination {at}")));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("lena has reviewed incident/hallucination as it is"), "{said}");
    assert_eq!(listed(&home), [("incident/hallucination".to_owned(), true)]);
    let reviewed = home.run("lint --only review-overdue").exits(0);
    assert!(!reviewed.all().contains("should have been reviewed"), "{}", reviewed.all());
    assert!(launch(&home, "runbooks").1.contains("; 1 of "), "{:?}", launch(&home, "runbooks"));
    let seen = somebody("sam").run(&format!("review incident/hallucination {at}"));
    assert!(flat(&seen.err).contains("Reviewed as it is by lena on"), "{}", seen.err);

    // Another line, and it is nobody's review any more.
    home.write(RUNBOOK, &format!("{due}# Another line.\n"));
    commit(&home, "grace");
    assert_eq!(listed(&home), [("incident/hallucination".to_owned(), false)]);
    let changed = home.run("lint --only changed-since-review --only review-overdue");
    assert!(flat(&changed.all()).contains("was changed after lena reviewed it on"), "{}", changed.all());
    assert!(flat(&changed.all()).contains("should have been reviewed"), "{}", changed.all());
    assert!(launch(&home, "runbooks").1.contains("; 0 of "));
    home.write(RUNBOOK, &due);
    assert_eq!(listed(&home), [("incident/hallucination".to_owned(), true)]);

    // A key that is revoked takes its word along.
    let people = fs::read_to_string(home.desk().join("people.toml")).unwrap();
    let keys = people.lines().find(|l| l.starts_with("keys") && l.contains(" lena\"")).unwrap();
    let key = keys.strip_prefix("keys = [").unwrap().strip_suffix(']').unwrap();
    home.write("people.toml", &people.replace(keys, &format!("keys = [{{ key = {key}, revoked = 2026-01-01 }}]")));
    assert_eq!(listed(&home), []);
    let told = home.run("review").exits(0);
    assert!(flat(&told.all()).contains("by lena does not count: its key was revoked"), "{}", told.all());
    let again = home.run("lint --only review-overdue");
    assert!(flat(&again.all()).contains("should have been reviewed"), "{}", again.all());
    home.run("verify").exits(0);
}

#[test]
fn an_owner_signs_a_launch_off_elsewhere_and_for_the_file_as_it_is() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    commit(&home, "ada");
    let at = format!("-C {}", home.desk().display());
    assert_eq!(launch(&home, "owner sign-off"), (false, "none is recorded".to_owned()));
    let lena = somebody("lena").run(&format!("review --launch support-replies {at}")).exits(5);
    assert!(flat(&lena.err).contains("by the automation's owner: ada, not lena"), "{}", lena.err);

    let desk = Home::new();
    let printed = desk.run(&format!("review --launch support-replies --print --as ada {at}")).exits(0);
    assert!(printed.out.starts_with("aigov review, format 1\n"), "{}", printed.out);
    assert!(printed.out.contains("launch       support-replies\nenvironment  production\n"), "{}", printed.out);
    let statement = desk.all().join("statement.txt");
    fs::write(&statement, &printed.out).unwrap();
    let pair = Pair::open(&give_key(&desk, number("ada"))).unwrap();
    let sign = |namespace, text: &str| {
        fs::write(&statement, text).unwrap();
        fs::write(desk.all().join("statement.txt.sig"), pair.sign(namespace, text.as_bytes()).unwrap()).unwrap();
    };
    let import = format!("review --import {} {at}", statement.display());
    sign(Namespace::Vote, &printed.out);
    let wrong = desk.run(&import).exits(5);
    assert!(flat(&wrong.err).contains("it was made for `aigov-vote@v1`"), "{}", wrong.err);
    // Words of one's own in a good signature are not the one form of it.
    sign(Namespace::Review, &format!("{}and whatever comes later\n", printed.out));
    let more = desk.run(&import).exits(5);
    assert!(flat(&more.err).contains("its text is not what stands beside it"), "{}", more.err);
    assert!(!launch(&home, "owner sign-off").0);
    sign(Namespace::Review, &printed.out);
    desk.run(&import).exits(0);
    assert_eq!(launch(&home, "owner sign-off"), (true, "ada signed today".to_owned()));

    let automation = "automations/support-replies.toml";
    let before = fs::read_to_string(home.desk().join(automation)).unwrap();
    home.write(automation, &format!("{before}# Another line.\n"));
    let (holds, says) = launch(&home, "owner sign-off");
    assert!(!holds && says == "ada signed today, and the automation's file has changed since", "{says}");
    commit(&home, "ada");
    let stale = desk.run(&import).exits(5);
    assert!(flat(&stale.err).contains("was changed since that was printed"), "{}", stale.err);
}

#[test]
fn where_nothing_is_signed_a_name_and_the_code_are_enough() {
    let home = Home::new();
    let shown = home.run("review incident/unknown --as ada --sandbox").exits(4);
    let digest = shown.err.split("Digest ").nth(1).unwrap_or_else(|| panic!("{}", shown.err));
    let code: String = digest.chars().take(6).collect();
    home.run("review incident/unknown --as nobody --code 000000 --sandbox").exits(2);
    home.run(&format!("review incident/unknown --as nobody --code {code} --sandbox")).exits(5);
    home.run(&format!("review incident/unknown --as ada --code {code} --sandbox")).exits(0);
    let told = home.run("review --sandbox").exits(0);
    assert!(flat(&told.out).contains("runbook incident/unknown ada on"), "{}", told.out);
}

#[test]
fn what_a_change_weakens_is_closed_by_the_signed_word_of_whoever_loses_by_it() {
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    commit(&home, "ada");
    let text = fs::read_to_string(home.desk().join(RUNBOOK)).unwrap();
    let both = "functions = [\"legal\", \"communications\"]";
    let weaker = text.replace(both, "functions = [\"communications\"]");
    assert_ne!(text, weaker);
    home.write(RUNBOOK, &weaker);
    let at = format!("-C {}", home.desk().display());
    let lint = || home.run("lint --only against --against HEAD~1");
    let sign = format!("review --against HEAD~1 {at}");
    let loose = somebody("lena").run(&format!("review --against HEAD {at}")).exits(2);
    assert!(flat(&loose.err).contains("changes that are not committed"), "{}", loose.err);
    commit(&home, "grace");

    let open = lint().exits(3);
    assert!(
        flat(&open.all()).contains("somebody with `legal` signs for it, and nobody who made the change"),
        "{}",
        open.all()
    );
    assert!(flat(&open.err).contains("No review of this change is found: there is no journal at"), "{}", open.err);

    // Whoever made it, whoever loses nothing by it, and a program close nothing.
    let grace = somebody("grace").run(&sign).exits(5);
    assert!(flat(&grace.err).contains("grace made a part of this change"), "{}", grace.err);
    let carl = somebody("carl").run(&sign).exits(5);
    assert!(flat(&carl.err).contains("the word of carl closes nothing of what this change weakens"), "{}", carl.err);
    let lena = somebody("lena");
    let shown = lena.run(&sign).exits(4);
    assert!(flat(&shown.err).contains("`legal` no longer approves `tell-customers`"), "{}", shown.err);
    lint().exits(3);

    let (code, said) = at_terminal(lena.command(&sign));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("lena signs for this change"), "{said}");
    let closed = lint().exits(0);
    assert!(flat(&closed.out).contains("signed by lena on"), "{}", closed.all());
    assert!(flat(&closed.err).contains("1 closed by signed review"), "{}", closed.err);
    home.run("verify").exits(0);
    // A review of the runbook itself, or of another change, is no word for this one.
    home.write(RUNBOOK, &format!("{weaker}# Another line.\n"));
    commit(&home, "ada");
    home.run("lint --only against --against HEAD~2").exits(3);
    home.write(RUNBOOK, &weaker);
    home.run("lint --only against --against HEAD~2").exits(3);
    commit(&home, "ada");
    home.run("lint --only against --against HEAD~3").exits(0);

    // Whoever signed and then takes a hand in it is one of its authors.
    let more = weaker.replace("within = \"30m\"", "within = \"31m\"");
    assert_ne!(more, weaker);
    home.write(RUNBOOK, &more);
    commit(&home, "lena");
    home.write(RUNBOOK, &weaker);
    commit(&home, "ada");
    home.run("lint --only against --against HEAD~5").exits(3);
}
