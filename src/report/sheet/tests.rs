use super::*;
use crate::plan::{Plan, Votes};
use crate::report::example;
use crate::report::plan::Described;

fn origin() -> Origin {
    Origin {
        digest: "d1".into(),
        commit: Some(("c0ffee".into(), Instant(1_795_400_000_000), true)),
        version: "0.0.0".into(),
        again: "aigov plan incident/x".into(),
    }
}

fn commands() -> [String; 3] {
    ["aigov run x", "aigov stop y", "aigov record x"].map(str::to_owned)
}

fn described(plan: &Plan) -> Described {
    let view = RequestView {
        method: "POST".into(),
        url: "https://flags.example.com/off".into(),
        headers: vec![("Authorization".into(), "{env TOKEN}".into())],
        body: "{\"on\":false}".into(),
        purpose: "switch off".into(),
    };
    (0_u16..).zip(&plan.steps).map(|(n, _)| (crate::plan::StepIx(n), Ok(vec![view.clone()]))).collect()
}

fn sheet(plan: &Plan) -> Sheet {
    incident(plan, &described(plan), None, commands(), &origin())
}

/// Text without blanks and line ends, so that a wrapped phrase is found.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '|' | '#' | '\\')).collect()
}

#[test]
fn every_layout_holds_the_whole_plan_and_is_made_the_same_each_time() {
    let plan = example::plan();
    let made = sheet(&plan);
    assert_eq!(made, sheet(&plan));
    for text in
        [markdown(&made), html(&made).replace("&#39;", "'").replace("&quot;", "\"").replace("&gt;", ">"), paper(&made)]
    {
        let text = dense(&text);
        let mut wanted: Vec<String> = vec![
            plan.title.clone(),
            "aigov run x".into(),
            "aigov stop y".into(),
            "aigov record x".into(),
            "Plan d1".into(),
            "commit c0ffee of 2026-11-23, with changes that are not committed".into(),
            "Authorization: {env TOKEN}".into(),
            "POST https://flags.example.com/off".into(),
        ];
        wanted.extend(plan.immediate.iter().map(|ix| capital(&phrase::act(plan.step(*ix)))));
        wanted.extend(plan.triggers.iter().map(phrase::trigger));
        wanted.extend(plan.facts.iter().map(phrase::question));
        wanted.extend(plan.rows.iter().filter_map(|r| r.when.clone()));
        wanted.extend(plan.follow_ups.iter().map(|f| f.title.clone()));
        for wanted in wanted {
            let paper = wanted.to_uppercase();
            assert!(text.contains(&dense(&wanted)) || text.contains(&dense(&paper)), "{wanted:?} is not on\n{text}");
        }
    }
    let sign_off = plan.gates.iter().find(|g| g.id == "sign-off").unwrap();
    assert!(markdown(&made).contains(phrase::fallback(sign_off)));
}

#[test]
fn paper_has_pages_of_sixty_lines_and_eighty_columns_with_boxes_to_tick() {
    let mut plan = example::plan();
    plan.title = "A title that goes on and on, ".repeat(6);
    let text = paper(&sheet(&plan));
    let pages: Vec<&str> = text.split('\u{c}').collect();
    assert!(pages.len() > 2, "{text}");
    for (n, page) in pages.iter().enumerate() {
        assert!(page.lines().count() <= 60, "page {}", n + 1);
        assert!(page.lines().next().unwrap().ends_with(&format!("page {} of {}", n + 1, pages.len())), "{page}");
        for line in page.lines() {
            assert!(line.chars().count() <= 80, "{line}");
            assert!(line.chars().all(safe::is_plain), "{line:?}");
        }
    }
    let boxes = text.matches("[ ] ").count();
    assert!(boxes >= plan.immediate.len() + plan.triggers.len() + plan.checks.len(), "{boxes}");
}

#[test]
fn hostile_text_stays_text_on_every_layout() {
    let mut plan = example::plan();
    let evil = "</h1><script>alert(1)</script>\u{1b}[2J\u{202e}\" onload='x' [x](javascript:alert) | \u{c}";
    plan.title = evil.into();
    plan.purpose = evil.into();
    plan.votes = Votes::Signed;
    for step in &mut plan.steps {
        step.why = Some(evil.into());
        step.console = Some("javascript:alert(1)".into());
        step.by_hand = Some(evil.into());
    }
    for fact in &mut plan.facts {
        fact.ask = Some(evil.into());
    }
    let made = sheet(&plan);
    let page = html(&made);
    assert!(!page.contains("<script") && !page.contains("href=\"javascript") && !page.contains("onload='"), "{page}");
    assert!(page.contains("default-src 'none'"));
    let tags = |tag: &str| page.matches(&format!("<{tag}")).count() - page.matches(&format!("</{tag}>")).count();
    for tag in ["section", "table", "dl>", "pre"] {
        assert_eq!(tags(tag.trim_end_matches('>')), 0, "{tag}");
    }
    let wiki = markdown(&made);
    let bare = wiki.replace("\\<", "").replace("\\]", "");
    assert!(!bare.contains('<') && !bare.contains("]("), "{bare}");
    for text in [&page, &wiki, &paper(&made)] {
        assert!(text.chars().all(|c| c == '\n' || c == '\u{c}' || safe::is_plain(c)));
    }
    assert_eq!(page.matches('\u{c}').count() + wiki.matches('\u{c}').count(), 0);
}

#[test]
fn a_cell_is_never_cut() {
    let row = vec!["x".repeat(200), "a b c ".repeat(30), "short".to_owned()];
    let block = Block::Table { head: ["one", "two", "three"].map(str::to_owned).to_vec(), rows: vec![row.clone()] };
    let made = Sheet { blocks: vec![block], ..Sheet::default() };
    assert!(dense(&paper(&made)).contains(&dense(&row[0])), "as labelled lines");
    let narrow = vec!["a b c ".repeat(30), "d e f ".repeat(30)];
    let block = Block::Table { head: ["one", "two"].map(str::to_owned).to_vec(), rows: vec![narrow] };
    let text = paper(&Sheet { blocks: vec![block], ..Sheet::default() });
    assert!(text.contains("+--") && text.matches(" d ").count() == 30, "{text}");
}
