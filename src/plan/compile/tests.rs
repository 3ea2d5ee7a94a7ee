use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::plan::matrix::Kleene;

fn labels(regions: &[Region]) -> Vec<&str> {
    regions.iter().map(|r| r.label.as_str()).collect()
}

fn compare(operator: Operator, value: FactValue) -> Test {
    Test::Compare(FactIx(0), operator, value)
}

#[test]
fn a_count_is_cut_by_its_thresholds() {
    let tests = [compare(Operator::Greater, FactValue::Count(1000)), compare(Operator::Greater, FactValue::Count(0))];
    let cut = regions(&FactKind::Count, FactIx(0), &tests);
    assert_eq!(labels(&cut), ["0", "1 to 1000", "more than 1000"]);
    assert_eq!(labels(&regions(&FactKind::Count, FactIx(0), &[])), ["any number"]);
    // Another fact's thresholds are not this one's.
    assert_eq!(labels(&regions(&FactKind::Count, FactIx(1), &tests)), ["any number"]);
    let equal = [Test::In(FactIx(0), vec![FactValue::Count(0), FactValue::Count(7)])];
    assert_eq!(labels(&regions(&FactKind::Count, FactIx(0), &equal)), ["0", "1 to 6", "7", "more than 7"]);
}

#[test]
fn a_yes_no_has_two_regions_and_levels_are_joined() {
    assert_eq!(labels(&regions(&FactKind::YesNo, FactIx(0), &[])), ["yes", "no"]);
    let levels = FactKind::Level(["low", "medium", "high"].map(String::from).to_vec());
    let tests = [compare(Operator::GreaterOrEqual, FactValue::Level(2))];
    assert_eq!(labels(&regions(&levels, FactIx(0), &tests)), ["low to medium", "high"]);
    assert_eq!(labels(&regions(&levels, FactIx(0), &[])), ["any level"]);
}

#[test]
fn percentages_have_thresholds_and_stretches() {
    let cut = |operator, at| regions(&FactKind::Percent, FactIx(0), &[compare(operator, FactValue::Percent(at))]);
    assert_eq!(labels(&cut(Operator::Greater, 5.0)), ["less than 5 %", "5 %", "more than 5 %"]);
    assert_eq!(labels(&cut(Operator::Greater, 0.0)), ["0 %", "more than 0 %"]);
    assert_eq!(labels(&cut(Operator::Less, 100.0)), ["less than 100 %", "100 %"]);
    assert_eq!(labels(&regions(&FactKind::Percent, FactIx(0), &[])), ["any percentage"]);
}

#[test]
fn a_value_of_another_kind_is_not_known() {
    let fact = fact(FactKind::Count, &[]);
    assert_eq!(region_of(&fact, &FactValue::YesNo(true)), crate::plan::matrix::UNKNOWN);
}

fn fact(kind: FactKind, tests: &[Test]) -> Fact {
    let cut = regions(&kind, FactIx(0), tests);
    Fact { id: "f".into(), ask: None, signal: None, kind, regions: cut }
}

fn operator() -> impl Strategy<Value = Operator> {
    prop_oneof![
        Just(Operator::Equal),
        Just(Operator::NotEqual),
        Just(Operator::Less),
        Just(Operator::LessOrEqual),
        Just(Operator::Greater),
        Just(Operator::GreaterOrEqual),
    ]
}

/// A kind, thresholds near each other, and values near the thresholds.
fn case() -> impl Strategy<Value = (FactKind, Vec<FactValue>, FactValue)> {
    let levels: Vec<String> = ["a", "b", "c", "d"].map(String::from).to_vec();
    let count = prop_oneof![0_u64..12, Just(1000_u64), 0_u64..1 << 52].prop_map(FactValue::Count);
    let percent = prop_oneof![
        (0_u32..=100).prop_map(|n| FactValue::Percent(f64::from(n))),
        (0.0_f64..=100.0).prop_map(FactValue::Percent),
    ];
    let level = (0_u16..4).prop_map(FactValue::Level);
    let answer = any::<bool>().prop_map(FactValue::YesNo);
    prop_oneof![
        (Just(FactKind::Count), prop::collection::vec(count.clone(), 0..6), count),
        (Just(FactKind::Percent), prop::collection::vec(percent.clone(), 0..6), percent),
        (Just(FactKind::Level(levels)), prop::collection::vec(level.clone(), 0..6), level),
        (Just(FactKind::YesNo), prop::collection::vec(answer.clone(), 0..2), answer),
    ]
}

fn test_of(literals: Vec<FactValue>) -> BoxedStrategy<Vec<Test>> {
    if literals.is_empty() {
        return Just(Vec::new()).boxed();
    }
    let literal = prop::sample::select(literals);
    let leaf = prop_oneof![
        Just(Test::Holds(FactIx(0))),
        (operator(), literal.clone()).prop_map(|(o, l)| Test::Compare(FactIx(0), o, l)),
        prop::collection::vec(literal, 1..4).prop_map(|l| Test::In(FactIx(0), l)),
    ];
    let tree = leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Test::And(Box::new(a), Box::new(b))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Test::Or(Box::new(a), Box::new(b))),
            inner.prop_map(|a| Test::Not(Box::new(a))),
        ]
    });
    prop::collection::vec(tree, 1..4).boxed()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_value_and_its_regions_example_are_never_told_apart(
        (kind, value, tests) in case().prop_flat_map(|(kind, literals, value)| {
            (Just(kind), Just(value), test_of(literals))
        })
    ) {
        let fact = fact(kind, &tests);
        prop_assert!(fact.regions.len() <= MOST_REGIONS);
        let region = region_of(&fact, &value);
        let example = &fact.regions[usize::from(region)].example;
        for test in &tests {
            let of = |v| test.value(&|_| Some(v));
            prop_assert_eq!(of(&value), of(example), "{:?} in {:?}", test, fact.regions);
            prop_assert!(of(example) != Kleene::Unknown);
        }
        // The example of every region lies in that region.
        for (i, r) in fact.regions.iter().enumerate() {
            prop_assert_eq!(usize::from(region_of(&fact, &r.example)), i);
        }
    }
}
