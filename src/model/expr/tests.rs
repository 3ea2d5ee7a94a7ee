//! What a condition means, and what is said about one that means nothing.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{Comparison, Expr, Literal, check};
use crate::diag::Diagnostic;
use crate::model::runbook::{Fact, FactKind};
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};

fn fact(id: &str, kind: Option<FactKind>, levels: &[&str]) -> Fact {
    let here = Span::default();
    Fact {
        span: here,
        id: Spanned::new(id.to_owned(), here),
        ask: None,
        signal: None,
        kind: kind.map(|k| Spanned::new(k, here)),
        levels: levels.iter().map(|l| Spanned::new((*l).to_owned(), here)).collect(),
    }
}

fn facts() -> Vec<Fact> {
    vec![
        fact("harm", Some(FactKind::YesNo), &[]),
        fact("exposed", Some(FactKind::Count), &[]),
        fact("wrong-share", Some(FactKind::Percent), &[]),
        fact("reach", Some(FactKind::Level), &["internal", "partner", "public"]),
        fact("broken", None, &[]),
    ]
}

fn read(condition: &str) -> Result<Expr, Vec<Diagnostic>> {
    let file = format!("when = \"\"\"{condition}\"\"\"\n");
    let source = Source::new("x.toml", file);
    let span = Span::new(7, 7 + 6 + condition.len());
    check(&source, &Spanned::new(condition.to_owned(), span), &facts())
}

/// The tree with every operator in parentheses.
fn shape(expr: &Expr) -> String {
    let literal = |l: &Literal| match l {
        Literal::YesNo(b) => b.to_string(),
        Literal::Count(n) => n.to_string(),
        Literal::Percent(p) => format!("{p}%"),
        Literal::Level(l) => format!("#{l}"),
    };
    match expr {
        Expr::Fact(f) => f.value.clone(),
        Expr::Compare { fact, by, with } => format!("{fact} {} {}", by.symbol(), literal(with)),
        Expr::In { fact, any } => {
            format!("{fact} in {}", any.iter().map(|l| literal(l)).collect::<Vec<_>>().join(","))
        }
        Expr::And(a, b) => format!("({} && {})", shape(a), shape(b)),
        Expr::Or(a, b) => format!("({} || {})", shape(a), shape(b)),
        Expr::Not(a) => format!("!({})", shape(a)),
    }
}

#[test]
fn what_conditions_mean() {
    for (condition, meaning) in [
        ("harm", "harm"),
        ("harm == false", "harm == false"),
        ("harm || exposed > 1000", "(harm || exposed > 1000)"),
        ("harm || exposed > 0 && !harm", "(harm || (exposed > 0 && !(harm)))"),
        ("(harm || exposed > 0) && !harm", "((harm || exposed > 0) && !(harm))"),
        ("!(exposed >= 5)", "!(exposed >= 5)"),
        ("!!harm", "!(!(harm))"),
        ("harm && harm && harm", "((harm && harm) && harm)"),
        ("1000 < exposed", "exposed > 1000"),
        ("5 >= exposed", "exposed <= 5"),
        ("wrong-share >= 2.5%", "wrong-share >= 2.5%"),
        ("reach > 'internal'", "reach > #0"),
        ("reach in ['partner', \"public\"]", "reach in #1,#2"),
        ("exposed in [1, 2,]", "exposed in 1,2"),
        ("exposed!=3", "exposed != 3"),
        ("\n harm\t||\nexposed<1 ", "(harm || exposed < 1)"),
    ] {
        match read(condition) {
            Ok(expr) => assert_eq!(shape(&expr), meaning, "{condition}"),
            Err(problems) => panic!("{condition}: {}", problems.first().unwrap()),
        }
    }
}

#[test]
fn what_is_said_about_conditions_that_mean_nothing() {
    // The column counts from the first character of the condition.
    for (condition, column, said, help) in [
        ("", 1, "the condition is empty", "write a fact or a literal"),
        ("harm and exposed > 1", 6, "`and` is not an operator here", "write `&&`"),
        ("harm OR exposed > 1", 6, "`OR` is not an operator here", "write `||`"),
        ("not harm", 1, "`not` is not an operator here", "write `!`"),
        ("exposed = 1", 9, "`=` is not an operator here", "write `==`"),
        ("exposed === 1", 9, "`===` is not an operator here", "write `==`"),
        ("exposed <> 1", 9, "`<>` is not an operator here", "write `!=`"),
        ("exposed => 1", 9, "`=>` is not an operator here", "write `>=`"),
        ("exposed ≥ 1", 9, "`≥` is not an operator here", "write `>=`"),
        ("harm & harm", 6, "`&` is not an operator here", "write `&&`"),
        ("harm | harm", 6, "`|` is not an operator here", "write `||`"),
        ("harm harm", 6, "an operator is missing here", "join conditions with `&&` or `||`"),
        ("harm &&", 7, "the condition ends too early", "write a fact or a literal"),
        ("(harm", 5, "a parenthesis is not closed", "add `)`"),
        ("harm)", 5, "a closing parenthesis without an opening one", ""),
        (
            "1 < exposed < 5",
            13,
            "comparisons can not follow each other",
            "join two comparisons with `&&`, such as `a > 1 && a < 5`",
        ),
        ("!exposed > 5", 2, "does `!` deny the fact or the comparison?", "put what `!` denies in parentheses"),
        ("exposed > -1", 11, "a number here is never negative", "counts and percentages begin at 0"),
        ("exposed > 2 * 3", 13, "a condition does not calculate", "compare a fact with a literal"),
        ("exposed > 1_000", 11, "`1_000` is not a number", "write it without `_`"),
        (
            "exposed > 1e3",
            11,
            "`1e3` is not a `[[fact]]`",
            "there is `harm`, `exposed`, `wrong-share`, `reach` or `broken`",
        ),
        ("reach == 'public", 10, "a text without its closing quote", "close it with '"),
        ("reach in 'public'", 10, "`in` is followed by a list", "write a list: `fact in ['a', 'b']`"),
        ("reach in []", 7, "the list of `in` is empty", "write a list: `fact in ['a', 'b']`"),
        ("reach in ['public'", 18, "the list is not closed", "add `]`, or `,` before the next"),
        ("harm ; harm", 6, "`;` can not stand in a condition", ""),
        ("harm \u{202e}", 6, "`\\u{202e}` can not stand in a condition", ""),
        ("Harm", 1, "`Harm` can not be the name of a fact", ""),
        ("harmful", 1, "`harmful` is not a `[[fact]]`", ""),
        ("exposed", 1, "`exposed` is a count, not a yes or no", "compare it, such as `exposed > 0`"),
        ("reach", 1, "`reach` is a level, not a yes or no", "compare it, such as `reach == 'internal'`"),
        ("true", 1, "a literal by itself is not a condition", "compare a fact with it"),
        ("1 == 1", 1, "a literal can not be compared with a literal", "compare a fact with a literal"),
        ("exposed > exposed", 11, "a fact can not be compared with a fact", "compare a fact with a literal"),
        ("reach == public", 10, "a fact can not be compared with a fact", "a level stands in quotes: 'public'"),
        ("harm > true", 6, "`harm` is a yes or no, which has no order", "write `harm` or `!harm`"),
        ("harm == 1", 9, "`harm` is a yes or no, and this is a number", "write true or false"),
        ("exposed > 2%", 11, "`exposed` is a count, and this is a percentage", "write a whole number, such as 1000"),
        ("exposed > 1.5", 11, "`exposed` is a count, and this is a number", "write a whole number, such as 1000"),
        ("exposed > 2h", 11, "`exposed` is a count, and this is a duration", "write a whole number, such as 1000"),
        ("wrong-share > 2", 15, "`wrong-share` is a percentage, and this is a number", "write 2%"),
        (
            "wrong-share > 101%",
            15,
            "`wrong-share` is a percentage, and this is a percentage",
            "write a percentage from 0% to 100%",
        ),
        (
            "reach == 'publik'",
            10,
            "`publik` is not a level of `reach`",
            "its levels are `internal`, `partner` or `public`",
        ),
        ("reach > 2", 9, "`reach` is a level, and this is a number", "write one of `internal`, `partner` or `public`"),
    ] {
        let problems = read(condition).expect_err(condition);
        let problem = problems.first().unwrap_or_else(|| panic!("{condition}: nothing said"));
        assert_eq!(problems.len(), 1, "{condition}");
        assert_eq!(problem.message, said, "{condition}");
        if !help.is_empty() {
            assert_eq!(problem.help.as_deref(), Some(help), "{condition}");
        }
        let label = problem.labels.first().unwrap();
        assert_eq!(label.source.position(label.span.start).column, column + 10, "{condition}");
    }
}

#[test]
fn every_name_and_type_is_checked_not_only_the_first() {
    let problems = read("harmful || exposed > 2% || !(reach == 'x')").unwrap_err();
    let said: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "`harmful` is not a `[[fact]]`",
            "`exposed` is a count, and this is a percentage",
            "`x` is not a level of `reach`",
        ]
    );
}

#[test]
fn a_fact_whose_kind_could_not_be_read_is_not_told_twice() {
    assert_eq!(read("broken > 5 || harm"), Err(Vec::new()));
}

#[test]
fn spans_point_into_the_file_and_to_the_whole_text_where_it_has_escapes() {
    let Ok(Expr::Compare { fact, by, with }) = read("exposed > 10") else { panic!() };
    assert_eq!((fact.span, by.span, with.span), (Span::new(10, 17), Span::new(18, 19), Span::new(20, 22)));
    assert_eq!((by.value, with.value), (Comparison::Greater, Literal::Count(10)));
    let source = Source::new("x.toml", "when = \"harm \\u007C| x\"");
    let whole = Span::new(7, 22);
    let problems = check(&source, &Spanned::new("harm || x".to_owned(), whole), &facts()).unwrap_err();
    assert_eq!(problems.first().unwrap().labels.first().unwrap().span, whole);
}

#[test]
fn what_nobody_can_read_any_more_is_refused() {
    let deep = format!("{}harm{}", "(".repeat(40), ")".repeat(40));
    assert!(read(&deep).unwrap_err().first().unwrap().message.contains("nested more than 32"));
    let wide = vec!["harm"; 300].join(" || ");
    assert!(read(&wide).unwrap_err().first().unwrap().message.contains("more than 256 parts"));
    let listed = format!("exposed in [{}]", vec!["1"; 300].join(","));
    assert!(read(&listed).unwrap_err().first().unwrap().message.contains("more than 256 parts"));
    assert!(read(&vec!["harm"; 200].join(" && ")).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_inside_itself(condition in ".{0,60}") {
        if let Err(problems) = read(&condition) {
            for label in problems.iter().flat_map(|p| &p.labels) {
                prop_assert!(label.span.end <= label.source.text.len());
            }
        }
    }

    #[test]
    fn any_tokens(words in proptest::collection::vec(proptest::sample::select(vec![
        "harm", "exposed", "reach", "(", ")", "!", "&&", "||", ">", "==", "1", "2%", "'public'", "in", "[", "]", ",", "true",
    ]), 0..20)) {
        let _ = read(&words.join(" "));
    }
}
