//! A record that could not go into git: what `verify` says of it while it waits, and that the command which it names brings
//! it home.

use std::fs;

use serde_json::Value;

use crate::approvals::flat;
use crate::journal::Journal;
use crate::program::Home;
use crate::world::World;

#[test]
fn a_record_that_is_in_the_emergency_file_alone_is_verified_as_what_it_is() {
    let home = Home::new();
    let _world = World::new(&home);
    home.write(".aigov/journal.git", "garbage");
    let said = home.run("stop support-replies").exits(0);
    assert!(said.err.contains("emergency file"), "{}", said.err);
    let folder = home.desk().join(".aigov/emergency");
    let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();

    // A journal that nobody can open is an error; what is outside it is told all the same.
    let broken = home.run("verify").exits(1);
    assert!(flat(&broken.all()).contains("NOT IN GIT YET") && broken.err.contains("could not"), "{}", broken.all());
    assert!(broken.all().contains(file.to_str().unwrap()), "{}", broken.all());
    assert!(!broken.all().contains("There are no runs"), "{}", broken.all());
    fs::remove_file(home.desk().join(".aigov/journal.git")).unwrap();

    let waits = home.run("verify").exits(0);
    assert!(!waits.all().contains("no journal") && !waits.all().contains("There are no runs"), "{}", waits.all());
    for needed in [
        "NOT IN GIT YET",
        "and git has none of this run",
        "shows of what is not in git yet: it is one chain from its first record on",
        "nothing in it is signed, and nobody else has it",
    ] {
        assert!(flat(&waits.all()).contains(needed), "{needed}: {}", waits.all());
    }
    // What holds of records in git is not said of these.
    assert!(!flat(&waits.all()).contains("was changed, dropped or slipped in"), "{}", waits.all());
    let json: Value = serde_json::from_str(home.run("verify --json").exits(0).out.trim()).unwrap();
    assert_eq!((&json["away"], &json["whole"]), (&json["records"], &Value::Bool(true)));
    assert!(json["records"].as_u64().unwrap() > 1, "{json}");
    let run = json["run"].as_str().unwrap().to_owned();
    home.run(&format!("verify {run}")).exits(0);

    // What was changed in the file is found.
    let lines = fs::read_to_string(&file).unwrap();
    for (was, is) in [("support-replies", "support-repliez"), ("\"seq\":1}", "\"seq\":2}")] {
        assert!(lines.contains(was), "{was}");
        fs::write(&file, lines.replacen(was, is, 1)).unwrap();
        let said = home.run("verify").exits(8);
        assert!(flat(&said.all()).contains("NOT WHOLE"), "{is}: {}", said.all());
    }
    fs::write(&file, &lines).unwrap();

    // The command that it names brings it home, as it is.
    let next = format!("resume {run}");
    assert!(waits.err.contains(&format!("aigov {next}")), "{}", waits.err);
    home.run(&next);
    assert!(fs::read_dir(&folder).is_err() || fs::read_dir(&folder).unwrap().next().is_none(), "it came home");
    let first = Journal::below(home.all()).expect("a journal").records(&run).remove(0);
    assert_eq!(first, serde_json::from_str::<Value>(lines.lines().next().unwrap()).unwrap());
    let whole = home.run("verify").exits(0);
    assert!(whole.out.contains(": whole,") && !whole.all().contains("NOT IN GIT"), "{}", whole.all());
}
