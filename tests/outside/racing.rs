//! Two processes that want the same run at the same moment: one has it, the other is told, and nothing is done twice.

use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::Duration;

use aigov::provider::sandbox::Disturbance;

use crate::approvals::flat;
use crate::every_moment::kill_at_request;
use crate::journeys::{RESUME, RUN, assert_nothing_is_repeated_blindly, at_work, journal, kinds};
use crate::program::Said;

#[test]
fn who_takes_a_run_up_while_another_process_acts_in_it_is_told_and_does_nothing() {
    let (home, world) = at_work();
    kill_at_request(&home, &world, 2, false);
    let run = journal(&home).only_run();
    let (tell, moment) = channel();
    let mut once = true;
    world.rule(move |_, asked| {
        if once && asked.method != "GET" {
            once = false;
            tell.send(()).unwrap();
            return Disturbance::After(Duration::from_millis(2_000));
        }
        Disturbance::None
    });
    let mut first = home.command(RESUME);
    let first = first.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    moment.recv_timeout(Duration::from_secs(60)).expect("the first acts");
    let before = world.count();
    let second = home.run(RESUME);
    assert!(world.seen()[before..].iter().all(|a| a.method == "GET"), "{}", second.all());
    assert_eq!(second.code, Some(4), "{}", second.all());
    assert!(flat(&second.all()).contains("is held by"), "{}", second.all());
    let first = Said::from(&first.wait_with_output().unwrap());
    assert_eq!(first.code, Some(4), "{}", first.all());
    let records = journal(&home).records(&run);
    assert_nothing_is_repeated_blindly(&records);
    let restarts = kinds(&records).iter().filter(|k| *k == "restarted").count();
    assert_eq!(restarts, 1, "{:?}", kinds(&records));
    home.run("verify").exits(0);
}

#[test]
fn runs_that_begin_at_the_same_moment_on_one_automation_are_all_on_record_and_all_contain() {
    let (home, _world) = at_work();
    let start = || {
        let mut command = home.command(&format!("{RUN} --new"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..3).map(|_| start()).collect();
    for child in children {
        let said = Said::from(&child.wait_with_output().unwrap());
        assert_eq!(said.code, Some(4), "a new run is never refused: {}", said.all());
        assert!(flat(&said.all()).contains("set autonomy to off; proven"), "{}", said.all());
    }
    assert_eq!(journal(&home).runs().len(), 3);
    home.run("verify").exits(0);
}
