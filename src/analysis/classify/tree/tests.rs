use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::rule::{read, written};
use super::*;

fn features<'a>(columns: &'a [(&'a str, Vec<f64>)]) -> Vec<Feature<'a>> {
    columns.iter().map(|(name, values)| Feature { name, values }).collect()
}

fn fitted(columns: &[(&str, Vec<f64>)], churned: &[bool], weights: Option<&[f64]>, options: Options) -> Fit {
    fit(&Sample::new(&features(columns), churned, weights).unwrap(), options)
}

/// No pruning, and leaves of any size.
const WHOLE: Options = Options { impurity: Impurity::Gini, depth: DEEPEST, smallest_leaf: 1.0, folds: 0 };

fn rule(leaf: &Leaf) -> String {
    leaf.conditions.iter().map(Condition::to_string).collect::<Vec<_>>().join("; ")
}

/// The best single split by trying all of them, on exact counts: impurity after it.
fn least_impurity(columns: &[(&str, Vec<f64>)], churned: &[bool], impurity: Impurity) -> f64 {
    let mut least = f64::INFINITY;
    for (_, values) in columns {
        for cut in values {
            for missing_low in [false, true] {
                let mut sides = [[0.0; 2]; 2];
                for (value, churned) in values.iter().zip(churned) {
                    let low = if value.is_nan() { missing_low } else { cut.is_nan() || value <= cut };
                    sides[usize::from(low)][usize::from(*churned)] += 1.0;
                }
                least = least.min(impurity.of(sides[0]) + impurity.of(sides[1]));
            }
        }
    }
    least
}

#[test]
fn impurity_is_that_of_the_book() {
    assert!((Impurity::Gini.of([3.0, 1.0]) - 4.0 * 2.0 * 0.75 * 0.25).abs() < 1e-15);
    let entropy = 0.75 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln();
    assert!((Impurity::Deviance.of([3.0, 1.0]) + 2.0 * 4.0 * entropy).abs() < 1e-14);
    for impurity in [Impurity::Gini, Impurity::Deviance] {
        assert!(impurity.of([5.0, 0.0]) == 0.0 && impurity.of([0.0, 0.0]) == 0.0);
    }
}

#[test]
fn a_small_tree_is_as_by_hand() {
    // Above 3 all but one churned; below, only those with y above 5.
    let columns = [
        ("x", vec![1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 7.0, 8.0, 9.0, 9.0]),
        ("y", vec![1.0, 2.0, 3.0, 9.0, 8.0, 7.0, 1.0, 9.0, 2.0, 3.0]),
    ];
    let churned = [false, false, false, true, true, true, true, true, true, false];
    let fit = fitted(&columns, &churned, None, Options { depth: 2, ..WHOLE });
    assert_eq!((fit.ending, fit.ending.key()), (Ending::Grown, "grown"));
    let tree = fit.tree().unwrap();
    let found: Vec<_> = tree.leaves().iter().map(|leaf| (rule(leaf), leaf.weight, leaf.churned)).collect();
    // Impurities: 10·2·0.6·0.4 = 4.8 for all; y at 3 and 7 leaves 6·2·(1/3)(2/3) = 2.667 and 0.
    let expected = [
        ("`y` at most 5 (or missing); `x` at most 5 (or missing)".to_owned(), 3.0, 0.0),
        ("`y` at most 5 (or missing); `x` above 5".to_owned(), 3.0, 2.0),
        ("`y` above 5".to_owned(), 4.0, 4.0),
    ];
    assert_eq!(found, expected);
    let gains = tree.gains();
    assert_eq!((gains[0].0.as_str(), gains[1].0.as_str()), ("y", "x"));
    assert!((gains[0].1 - (4.8 - 8.0 / 3.0) / 4.8).abs() < 1e-12);
    assert!((gains[1].1 - (8.0 / 3.0 - 4.0 / 3.0) / 4.8).abs() < 1e-12);
    // (2 + 0.6) / (3 + 1), and so on: none is certain.
    let probabilities: Vec<f64> = tree.leaves().iter().map(|leaf| leaf.probability).collect();
    for (found, expected) in probabilities.iter().zip([0.15, 0.65, 0.92]) {
        assert!((found - expected).abs() < 1e-12);
    }
}

#[test]
fn missing_values_go_where_they_fit() {
    let nan = f64::NAN;
    let churned: Vec<bool> = (0..12).map(|row| row >= 6).collect();
    let rules = |values: Vec<f64>, churned: &[bool]| -> Vec<String> {
        let fit = fitted(&[("x", values)], churned, None, Options { depth: 2, ..WHOLE });
        fit.tree().unwrap().leaves().iter().map(rule).collect()
    };
    let high = vec![1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 3.0, 4.0, nan, nan, 3.0, 4.0];
    assert_eq!(rules(high, &churned), ["`x` at most 2", "`x` above 2 or missing"]);
    let low = vec![1.0, nan, nan, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 3.0, 3.0, 4.0];
    assert_eq!(rules(low, &churned), ["`x` at most 2 or missing", "`x` above 2"]);
    let only = vec![1.0, 2.0, 1.0, 2.0, 1.0, 2.0, nan, nan, nan, nan, nan, nan];
    assert_eq!(rules(only, &churned), ["`x` present", "`x` missing"]);
    // Both together: a range that churned, between two that did not.
    let between: Vec<f64> = (0..12).map(f64::from).collect();
    let inner: Vec<bool> = (0..12).map(|row| (4..9).contains(&row)).collect();
    let expected = ["`x` at most 3", "`x` above 3 and at most 8 (or missing)", "`x` above 8"];
    assert_eq!(rules(between, &inner), expected);
}

#[test]
fn a_missing_value_that_was_never_seen_goes_with_the_many() {
    let columns = [("x", (0..10).map(f64::from).collect::<Vec<_>>())];
    let churned: Vec<bool> = (0..10).map(|row| row >= 7).collect();
    let fit = fitted(&columns, &churned, None, WHOLE);
    let tree = fit.tree().unwrap();
    let asked = [f64::NAN, 6.0, 6.5, 100.0];
    assert_eq!(tree.leaf_of(&[Feature { name: "x", values: &asked }]).unwrap(), [0, 0, 1, 1]);
}

#[test]
fn a_tree_finds_the_groups_of_a_simulation() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let rows = 20_000;
    let mut column = || (0..rows).map(|_| rng.random_range(0..52)).map(f64::from).collect::<Vec<f64>>();
    let (recency, gap, noise) = (column(), column(), column());
    // 10% churn up to 26 weeks; beyond, 30% up to a gap of 9 weeks and 80% beyond that.
    let share = |row: usize| match (recency[row] <= 26.0, gap[row] <= 9.0) {
        (true, _) => 0.1,
        (false, true) => 0.3,
        (false, false) => 0.8,
    };
    let shares: Vec<f64> = (0..rows).map(share).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let churned: Vec<bool> = shares.iter().map(|share| rng.random_bool(*share)).collect();
    let columns = [("noise", noise), ("recency", recency), ("gap", gap)];
    for impurity in [Impurity::Gini, Impurity::Deviance] {
        let fit = fitted(&columns, &churned, None, Options { impurity, ..Options::default() });
        let tree = fit.tree().unwrap();
        let leaves = tree.leaves();
        assert_eq!(leaves.len(), 3, "{:?}", fit.held_out);
        let rules: Vec<_> = leaves.iter().map(rule).collect();
        let expected = [
            "`recency` at most 26 (or missing)",
            "`recency` above 26; `gap` at most 9",
            "`recency` above 26; `gap` above 9 (or missing)",
        ];
        assert_eq!(rules, expected);
        for (leaf, share) in leaves.iter().zip([0.1, 0.3, 0.8]) {
            assert!((leaf.share - share).abs() < 0.03, "{leaf:?}");
        }
        let steps = &fit.held_out;
        assert!(
            steps.windows(2).all(|pair| pair[0].leaves > pair[1].leaves && pair[0].price <= pair[1].price)
        );
        assert!(steps.iter().filter(|step| step.chosen).all(|step| step.leaves == 3));
        assert_eq!(steps.last().map(|step| step.leaves), Some(1));
    }
}

#[test]
fn noise_is_cut_back_to_the_root() {
    let mut roots = 0;
    for seed in 0..20 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let names = ["a", "b", "c", "d", "e"];
        let columns: Vec<_> =
            names.iter().map(|name| (*name, (0..2000).map(|_| rng.random::<f64>()).collect())).collect();
        let churned: Vec<bool> = (0..2000).map(|_| rng.random_bool(0.3)).collect();
        let whole = fitted(&columns, &churned, None, Options { folds: 0, ..Options::default() });
        assert!(whole.tree().unwrap().leaves().len() > 4);
        let fit = fitted(&columns, &churned, None, Options::default());
        roots += usize::from(fit.ending == Ending::NothingHolds);
    }
    assert!(roots >= 19, "{roots}");
}

#[test]
fn what_is_kept_stands_out_from_chance() {
    // Two groups by one feature, and noise in four features: a tree of two leaves. The least held-out loss alone would
    // keep more leaves in 3 of 40 cases.
    let mut right = 0;
    for seed in 0..40 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let names = ["a", "b", "c", "d", "e"];
        let columns: Vec<_> = names
            .iter()
            .map(|name| (*name, (0..1500).map(|_| f64::from(rng.random_range(0..40))).collect::<Vec<_>>()))
            .collect();
        let churned: Vec<bool> =
            (0..1500).map(|row| rng.random_bool(if columns[2].1[row] > 19.0 { 0.6 } else { 0.2 })).collect();
        let fit = fitted(&columns, &churned, None, Options::default());
        // It depends on chance which side is larger.
        let side = |leaf: &Leaf| rule(leaf).replace(" (or missing)", "");
        let rules: Vec<_> = fit.tree().unwrap().leaves().iter().map(side).collect();
        right += usize::from(rules == ["`c` at most 19", "`c` above 19"]);
    }
    assert!(right >= 39, "{right}");
}

#[test]
fn a_weight_of_two_is_two_rows_and_order_does_not_matter() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let rows = 3000;
    let x: Vec<f64> =
        (0..rows).map(|_| if rng.random_bool(0.1) { f64::NAN } else { rng.random::<f64>() }).collect();
    let y: Vec<f64> = (0..rows).map(|_| f64::from(rng.random_range(0..12))).collect();
    let churned: Vec<bool> =
        (0..rows).map(|row| rng.random_bool(if x[row] > 0.6 || y[row] < 3.0 { 0.7 } else { 0.2 })).collect();
    let columns = [("x", x), ("y", y)];
    // Row i and its copy, i + 3000, are in one fold.
    let double = |values: &Vec<f64>| values.iter().chain(values).copied().collect::<Vec<f64>>();
    let doubled = columns.each_ref().map(|(name, values)| (*name, double(values)));
    let labels: Vec<bool> = churned.iter().chain(&churned).copied().collect();
    let weighted = fitted(&columns, &churned, Some(&vec![2.0; rows]), Options::default());
    assert_eq!(weighted.tree(), fitted(&doubled, &labels, None, Options::default()).tree());
    assert_eq!(weighted.ending, Ending::Grown);
    // Without folds, any order is right.
    let order: Vec<usize> = (0..rows).map(|row| row * 7 % rows).collect();
    assert!((0..rows).all(|row| order.contains(&row)));
    let moved =
        columns.each_ref().map(|(name, values)| (*name, order.iter().map(|row| values[*row]).collect()));
    let labels: Vec<bool> = order.iter().map(|row| churned[*row]).collect();
    let tree = fitted(&columns, &churned, None, WHOLE);
    assert_eq!(tree, fitted(&moved, &labels, None, WHOLE));
}

#[test]
fn leaves_are_as_large_as_asked() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let columns = [("x", (0..500).map(|_| rng.random::<f64>()).collect::<Vec<_>>())];
    let churned: Vec<bool> = columns[0].1.iter().map(|x| rng.random_bool(*x)).collect();
    for smallest_leaf in [1.0, 30.0, 100.0, 250.0, 251.0] {
        let fit = fitted(&columns, &churned, None, Options { smallest_leaf, ..WHOLE });
        let leaves = fit.tree().unwrap().leaves();
        assert!(leaves.iter().all(|leaf| leaf.weight >= smallest_leaf));
        assert_eq!(fit.ending == Ending::NoSplit, smallest_leaf > 250.0);
    }
}

#[test]
fn one_outcome_makes_no_tree() {
    let columns = [("x", vec![1.0, 2.0])];
    for (churned, ending, sentence) in [
        ([false; 2], Ending::NobodyChurned, "nobody churned"),
        ([true; 2], Ending::NobodyStayed, "nobody stayed"),
    ] {
        let fit = fitted(&columns, &churned, None, Options::default());
        assert_eq!((fit.ending, fit.ending.to_string().as_str(), fit.tree()), (ending, sentence, None));
    }
    // Two customers are too few for a split: the tree is one leaf.
    let fit = fitted(&columns, &[true, false], None, Options::default());
    assert_eq!(fit.ending, Ending::NoSplit);
    assert_eq!(fit.tree().unwrap().leaves().len(), 1);
}

/// Rows with two features that have few values, some missing, and outcomes.
fn rows() -> impl Strategy<Value = Vec<(f64, f64, bool)>> {
    let value = || prop_oneof![4 => (0..9_u8).prop_map(f64::from), 1 => Just(f64::NAN)];
    prop::collection::vec((value(), value(), any::<bool>()), 2..80)
}

fn passes(leaf: &Leaf, row: &[(&str, f64)]) -> bool {
    leaf.conditions.iter().all(|condition| {
        let (_, value) = row.iter().find(|(name, _)| *name == condition.feature).unwrap();
        if value.is_nan() {
            return condition.missing != Missing::Fails;
        }
        condition.values.is_some_and(|Values { above, at_most }| {
            above.is_none_or(|above| *value > above) && at_most.is_none_or(|at_most| *value <= at_most)
        })
    })
}

/// The groups of a tree, from its rules as text.
fn read_back(tree: &Tree) -> Result<Groups, Fault> {
    let text = |leaf: &Leaf| written(&leaf.conditions);
    let rules: Vec<_> = tree.leaves().iter().map(|leaf| read(&text(leaf)).unwrap()).collect();
    for (rule, leaf) in rules.iter().zip(tree.leaves()) {
        assert_eq!(*rule, leaf.conditions);
    }
    Groups::new(&rules)
}

fn groups(rules: &[&str]) -> Result<Groups, Fault> {
    Groups::new(&rules.iter().map(|rule| read(rule).unwrap()).collect::<Vec<_>>())
}

#[test]
fn rules_that_are_no_tree() {
    let gap = |rule: &str| Err(Fault::Gap(read(rule).unwrap()));
    let named = |feature: &str| feature.to_owned();
    for (rules, expected) in [
        (&[][..], gap("everyone")),
        (&["everyone", "`x` above 3"], Err(Fault::Overlap(0, 1))),
        (&["`x` at most 3"], gap("`x` above 3")),
        (&["`x` at most 3", "`x` above 3"], gap("`x` missing")),
        (&["`x` at most 3 or missing", "`x` above 3.5"], gap("`x` above 3 and at most 3.5")),
        (&["`x` at most 3 or missing", "`x` above 2.5"], Err(Fault::Overlap(0, 1))),
        (&["`x` at most 3 or missing", "`x` above 3 (or missing)"], Err(Fault::Overlap(0, 1))),
        (&["`x` present"], gap("`x` missing")),
        (&["`x` missing"], gap("`x` present")),
        (&["`x` present", "`x` missing", "`y` above 1"], Err(Fault::Overlap(0, 2))),
        (
            &["`x` at most 3 or missing and `y` at most 1 or missing", "`x` above 3"],
            gap("`x` at most 3 or missing and `y` above 1"),
        ),
        (
            &["`x` at most 3 and `y` at most 1", "`x` at most 3 and `y` above 1 or missing"],
            gap("`x` above 3 and `y` at most 1"),
        ),
        (&["`x` above 3 and `x` at most 4"], Err(Fault::Twice { group: 0, feature: named("x") })),
        (
            &["`y` at most 1", "`x` above 3 and at most 3"],
            Err(Fault::Nobody { group: 1, feature: named("x") }),
        ),
        // No two rules overlap, and yet no cut divides them.
        (
            &[
                "`x` at most 2 or missing and `y` at most 1 or missing",
                "`x` above 2 and `y` at most 2 or missing",
                "`x` above 1 and `y` above 2",
                "`x` at most 1 or missing and `y` above 1",
            ],
            Err(Fault::Crossed),
        ),
    ] {
        assert_eq!(groups(rules), expected, "{rules:?}");
    }
    let many: Vec<String> = (0..17).map(|at| format!("`x` above {at} and at most {}", at + 1)).collect();
    assert_eq!(groups(&many.iter().map(String::as_str).collect::<Vec<_>>()), Err(Fault::TooMany));
    // The group of everybody has no condition; it must be told the number of rows.
    assert_eq!(groups(&["everyone"]).unwrap().group_of(&[], 3), Ok(vec![0; 3]));
    let sides = groups(&["`x` at most 3 (or missing)", "`x` above 3"]).unwrap();
    let asked = [3.0, f64::NAN, f64::from_bits(3.0_f64.to_bits() + 1)];
    assert_eq!(sides.group_of(&[Feature { name: "x", values: &asked }], 3), Ok(vec![0, 0, 1]));
}

/// Two names that are hard to distinguish from the text around them in a rule, or empty.
fn wild_names() -> impl Strategy<Value = (String, String)> {
    let piece = prop_oneof![
        "[ -~]{1,3}".prop_map(String::from),
        Just("`".to_owned()),
        Just("``".to_owned()),
        Just(" and ".to_owned()),
        Just(" or missing".to_owned()),
        Just("` above 3".to_owned()),
        Just("没下单".to_owned()),
    ];
    let name = prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat());
    (name.clone(), name).prop_filter("two features", |(one, other)| one != other)
}

/// Values of any size, but few enough to repeat.
fn wild_rows() -> impl Strategy<Value = Vec<(f64, f64, bool)>> {
    prop::collection::vec(-1e100..1e100_f64, 3).prop_flat_map(|large| {
        let value = move || {
            prop_oneof![
                4 => (0..5_u8).prop_map(|value| f64::from(value) * 0.1),
                2 => (0..7_i32).prop_map(|place| 1.0 / 3.0 * 10_f64.powi(4 * place - 20)),
                1 => prop::sample::select(large.clone()),
                2 => Just(f64::NAN),
            ]
        };
        prop::collection::vec((value(), value(), any::<bool>()), 2..80)
    })
}

proptest! {
    /// The rules alone put everybody into the same leaf as the tree: the customers it was grown on, and others, with
    /// other or missing values.
    #[test]
    fn a_tree_is_read_back_from_its_rules((one, other) in wild_names(), rows in wild_rows(), folds in 0..3_usize) {
        let columns = [
            (one.as_str(), rows.iter().map(|row| row.0).collect::<Vec<_>>()),
            (other.as_str(), rows.iter().map(|row| row.1).collect()),
        ];
        let churned: Vec<bool> = rows.iter().map(|row| row.2).collect();
        let fit = fitted(&columns, &churned, None, Options { folds, ..WHOLE });
        let Some(tree) = fit.tree() else { return Ok(()) };
        let back = read_back(tree).unwrap();
        // All combinations of values, including those at cuts and next to cuts.
        let bounds = tree.leaves().into_iter().flat_map(|leaf| leaf.conditions).filter_map(|asked| asked.values);
        let bounds = bounds.flat_map(|values| [values.above, values.at_most]).flatten();
        let mut values: Vec<f64> = bounds.flat_map(|cut| [cut, cut.next_down(), cut.next_up()]).collect();
        values.extend(rows.iter().take(9).flat_map(|row| [row.0, row.1]).chain([f64::NAN]));
        let pairs = values.iter().flat_map(|left| values.iter().map(move |right| (*left, *right)));
        let (left, right): (Vec<f64>, Vec<f64>) = pairs.unzip();
        let asked = [(one.as_str(), left), (other.as_str(), right)];
        let own: Vec<Feature<'_>> = back
            .features()
            .iter()
            .flat_map(|name| features(&asked).into_iter().filter(move |feature| feature.name == name))
            .collect();
        let found = back.group_of(&own, asked[0].1.len()).unwrap();
        prop_assert_eq!(found, tree.leaf_of(&features(&asked)).unwrap());
    }

    /// Without one of its rules a tree has a gap; with a widened rule it has an overlap.
    #[test]
    fn a_rule_that_lacks_or_is_wider_is_found(rows in wild_rows(), which in any::<prop::sample::Index>()) {
        let columns = [
            ("x", rows.iter().map(|row| row.0).collect::<Vec<_>>()),
            ("y", rows.iter().map(|row| row.1).collect()),
        ];
        let churned: Vec<bool> = rows.iter().map(|row| row.2).collect();
        let fit = fitted(&columns, &churned, None, WHOLE);
        let Some(tree) = fit.tree().filter(|tree| tree.leaves().len() > 1) else { return Ok(()) };
        let rules: Vec<Vec<Condition>> = tree.leaves().into_iter().map(|leaf| leaf.conditions).collect();
        let which = which.index(rules.len());
        let mut lacking = rules.clone();
        let lost = lacking.remove(which);
        let Err(Fault::Gap(gap)) = Groups::new(&lacking) else {
            return Err(TestCaseError::fail(format!("{:?}", Groups::new(&lacking))));
        };
        // The gap contains customers of the lost group, though perhaps only some.
        for condition in &lost {
            let asked = gap.iter().find(|asked| asked.feature == condition.feature);
            prop_assert!(asked.is_some(), "{} {}", written(&gap), written(&lost));
        }
        let mut wider = rules;
        wider[which].pop();
        let found = Groups::new(&wider);
        prop_assert!(matches!(found, Err(Fault::Overlap(..))), "{:?}", found);
    }

    #[test]
    fn leaves_part_the_rows_and_rules_say_how(rows in rows(), folds in 0..4_usize) {
        let columns = [
            ("x", rows.iter().map(|row| row.0).collect::<Vec<_>>()),
            ("y", rows.iter().map(|row| row.1).collect()),
        ];
        let churned: Vec<bool> = rows.iter().map(|row| row.2).collect();
        let fit = fitted(&columns, &churned, None, Options { folds, ..WHOLE });
        let Some(tree) = fit.tree() else { return Ok(()) };
        let leaves = tree.leaves();
        let leaf_of = tree.leaf_of(&features(&columns)).unwrap();
        let probabilities = tree.probabilities(&features(&columns)).unwrap();
        for (row, (x, y, _)) in rows.iter().enumerate() {
            let passed: Vec<usize> =
                (0..leaves.len()).filter(|&leaf| passes(&leaves[leaf], &[("x", *x), ("y", *y)])).collect();
            prop_assert_eq!(passed, vec![leaf_of[row]]);
            prop_assert_eq!(probabilities[row], leaves[leaf_of[row]].probability);
        }
        for (at, leaf) in leaves.iter().enumerate() {
            let own = (0..rows.len()).filter(|&row| leaf_of[row] == at);
            prop_assert_eq!(leaf.weight, own.clone().count() as f64);
            prop_assert_eq!(leaf.churned, own.filter(|&row| churned[row]).count() as f64);
            prop_assert!(leaf.probability > 0.0 && leaf.probability < 1.0);
        }
    }

    #[test]
    fn the_first_split_is_the_best_of_all(rows in rows()) {
        let columns = [
            ("x", rows.iter().map(|row| row.0).collect::<Vec<_>>()),
            ("y", rows.iter().map(|row| row.1).collect()),
        ];
        let churned: Vec<bool> = rows.iter().map(|row| row.2).collect();
        for impurity in [Impurity::Gini, Impurity::Deviance] {
            let fit = fitted(&columns, &churned, None, Options { impurity, depth: 1, ..WHOLE });
            let Some(tree) = fit.tree() else { continue };
            let of = |leaf: &Leaf| impurity.of([leaf.weight - leaf.churned, leaf.churned]);
            let found: f64 = tree.leaves().iter().map(of).sum();
            let least = least_impurity(&columns, &churned, impurity);
            prop_assert!((found - least).abs() < 1e-9, "{} {}", found, least);
        }
    }
}
