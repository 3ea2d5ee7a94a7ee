use super::*;
#[test]
fn clean() {
    table(RUNBOOK, read_runbook, &[]);
    table(AUTOMATION, read_automation, &[]);
    table(AIGOV, read_aigov, &[]);
    table(PEOPLE, read_people, &[]);
}
