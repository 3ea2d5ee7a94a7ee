//! The shipped runbooks on the sandbox's automation, with the real catalogue: their plans to the letter, and every path
//! that a run of them can take.

use std::path::Path;

use aigov::explore::{Budget, explore};
use aigov::model::workspace::Workspace;
use aigov::plan::{Plan, digest, resolve, shipped};
use aigov::provider;
use aigov::text::canon::canonical;

const RUNBOOKS: [&str; 2] = ["incident/hallucination", "incident/unknown"];

#[expect(clippy::expect_used, reason = "a test that has no plan fails")]
fn plan(runbook: &str) -> Plan {
    let files = shipped::SANDBOX.iter().chain(shipped::RUNBOOKS);
    let files = files.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let (workspace, found) = Workspace::assemble(files, provider::catalog());
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    let (plan, found) =
        resolve(&workspace, provider::catalog(), runbook, "support-replies", "production", true).expect("a plan");
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    plan
}

/// Compares with the file, or writes it when `AIGOV_BLESS` is set; the difference is then to be read before it is kept.
#[test]
fn the_shipped_plans_are_as_they_were() {
    for runbook in RUNBOOKS {
        let plan = plan(runbook);
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(format!("{}.plan.json", runbook.replace('/', "-")));
        let made = serde_json::to_string_pretty(&plan).expect("serialises") + "\n";
        if std::env::var_os("AIGOV_BLESS").is_some() {
            std::fs::write(&path, &made).expect("writes");
        }
        let kept = std::fs::read_to_string(&path).expect("the golden plan is there");
        for (n, (kept, made)) in kept.lines().zip(made.lines()).enumerate() {
            assert_eq!(kept, made, "{}:{}", path.display(), n + 1);
        }
        assert_eq!(kept.lines().count(), made.lines().count(), "{}", path.display());
        // What is stored is read back as the same plan with the same digest.
        let back: Plan = serde_json::from_str(&kept).expect("parses");
        let stored = canonical(&plan).expect("finite");
        assert_eq!(canonical(&back).expect("finite"), stored);
        assert_eq!(serde_json::from_slice::<Plan>(&stored).expect("parses"), plan);
        assert_eq!(digest::digest(&back).expect("finite"), digest::digest(&plan).expect("finite"));
    }
}

#[test]
fn every_path_of_the_shipped_plans_keeps_every_promise() {
    for runbook in RUNBOOKS {
        let plan = plan(runbook);
        let coverage = explore(&plan, Budget::default()).expect("small enough");
        assert_eq!(coverage.broken, None, "{runbook}");
        assert_eq!(coverage.complete, Some(2), "{runbook}");
        let never: Vec<String> =
            coverage.sometimes.iter().filter(|(_, path)| path.is_none()).map(|(s, _)| s.sentence(&plan)).collect();
        assert_eq!(never, Vec::<String>::new(), "{runbook}");
    }
}
