use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

fn features<'a>(columns: &'a [(&'a str, Vec<f64>)]) -> Vec<Feature<'a>> {
    columns.iter().map(|(name, values)| Feature { name, values }).collect()
}

fn fitted(columns: &[(&str, Vec<f64>)], churned: &[bool], weights: Option<&[f64]>, penalty: Penalty) -> Fit {
    fit(&Sample::new(&features(columns), churned, weights).unwrap(), penalty)
}

fn assert_near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{found} for {expected}");
}

/// Finney, D. J. (1947), "The Estimation from Individual Records of the Relationship Between Dose and Quantal
/// Response", Biometrika 34, 320–334: vasoconstriction by the logarithms of volume and rate of a breath.
fn finney() -> (Vec<(&'static str, Vec<f64>)>, Vec<bool>) {
    let volume = [
        3.7, 3.5, 1.25, 0.75, 0.8, 0.7, 0.6, 1.1, 0.9, 0.9, 0.8, 0.55, 0.6, 1.4, 0.75, 2.3, 3.2, 0.85, 1.7,
        1.8, 0.4, 0.95, 1.35, 1.5, 1.6, 0.6, 1.8, 0.95, 1.9, 1.6, 2.7, 2.35, 1.1, 1.1, 1.2, 0.8, 0.95, 0.75,
        1.3,
    ];
    let rate = [
        0.825, 1.09, 2.5, 1.5, 3.2, 3.5, 0.75, 1.7, 0.75, 0.45, 0.57, 2.75, 3.0, 2.33, 3.75, 1.64, 1.6,
        1.415, 1.06, 1.8, 2.0, 1.36, 1.35, 1.36, 1.78, 1.5, 1.5, 1.9, 0.95, 0.4, 0.75, 0.03, 1.83, 2.2, 2.0,
        3.33, 1.9, 1.9, 1.625,
    ];
    let response = "111111000000011111010000101010100111001";
    let logs = |values: &[f64]| values.iter().map(|value| value.ln()).collect();
    let columns = vec![("volume", logs(&volume)), ("rate", logs(&rate))];
    (columns, response.chars().map(|digit| digit == '1').collect())
}

/// Dalal, S. R., E. B. Fowlkes and B. Hoadley (1989), "Risk Analysis of the Space Shuttle", JASA 84, 945–957: flights
/// before Challenger by temperature at launch (°F), and whether an O-ring was damaged.
fn o_rings() -> (Vec<(&'static str, Vec<f64>)>, Vec<bool>) {
    let temperature = [
        66., 70., 69., 68., 67., 72., 73., 70., 57., 63., 70., 78., 67., 53., 67., 75., 70., 81., 76., 79.,
        75., 76., 58.,
    ];
    let damaged = "01000000111001000000101";
    (vec![("temperature", temperature.to_vec())], damaged.chars().map(|digit| digit == '1').collect())
}

#[test]
fn published_fits_come_out_without_penalty() {
    // Pregibon (1981, Annals of Statistics 9) gives −2.875, 5.179, 4.562 and deviance 29.23; Dalal et al. 15.043 and
    // −0.2322. Further digits and errors by statsmodels 0.14, Logit; the
    // log-likelihoods without features by mpmath.
    let cases = [
        (
            finney(),
            vec![
                (-2.875_421_710_216_812, 1.320_793_293_510_805),
                (5.179_324_019_271_894, 1.864_849_653_713_309),
                (4.561_675_278_807_111, 1.837_991_053_858_097),
            ],
            (-29.227_375_280_705_928 / 2.0, -27.019_918_123_814_023),
        ),
        (
            o_rings(),
            vec![
                (15.042_901_647_702_422, 7.378_636_384_916_418),
                (-0.232_162_744_218_596, 0.108_236_521_649_283),
            ],
            (-10.157_596_343_933_415, -14.133_576_367_146_75),
        ),
    ];
    for ((columns, churned), expected, log_likelihoods) in cases {
        let fit = fitted(&columns, &churned, None, Penalty::Fixed(0.0));
        assert_eq!(fit.ending, Ending::Converged);
        let model = fit.model().unwrap();
        let found: Vec<_> =
            [model.intercept].into_iter().chain(model.terms.iter().map(|term| term.coefficient)).collect();
        assert_eq!(found.len(), expected.len());
        for (found, (value, error)) in found.iter().zip(expected) {
            assert_near(found.value, value, 1e-9);
            assert_near(found.standard_error, error, 1e-9);
        }
        assert_near(fit.log_likelihood.unwrap(), log_likelihoods.0, 1e-12);
        assert_near(fit.log_likelihood_without_features, log_likelihoods.1, 1e-12);
        assert_near(fit.effective_terms.unwrap(), (found.len() - 1) as f64, 1e-12);
    }
}

#[test]
fn a_ridge_fit_agrees_with_scikit_learn() {
    // LogisticRegression(C=1) of scikit-learn 1.9 on Finney's columns standardised, and the inverse of
    // X'WX + diag(0, 1, 1) there.
    let (columns, churned) = finney();
    let fit = fitted(&columns, &churned, None, Penalty::Fixed(1.0));
    let model = fit.model().unwrap();
    let expected = [
        (model.standardised_intercept, -0.056_310_903_543_663, 0.401_308_045_456_643),
        (model.terms[0].standardised, 1.366_449_445_265_524, 0.444_352_760_858_884),
        (model.terms[1].standardised, 1.479_855_767_899_283, 0.575_823_291_147_918),
        (model.intercept, -1.042_429_484_794_139_5, 0.558_605_604_984_792_8),
    ];
    for (found, value, error) in expected {
        assert_near(found.value, value, 1e-9);
        assert_near(found.standard_error, error, 1e-9);
    }
    assert_near(fit.effective_terms.unwrap(), 1.470_978_161_288_667_4, 1e-9);
    assert_near(model.terms[0].odds_ratio(), 1.366_449_445_265_524_f64.exp(), 1e-9);
    assert!(fit.is_thin());
}

/// Customers with two informative features, one of noise, one without spread, and missing values.
fn simulated(rows: usize, seed: u64) -> (Vec<(&'static str, Vec<f64>)>, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut columns = vec![
        ("recency", Vec::new()),
        ("orders", Vec::new()),
        ("noise", Vec::new()),
        ("country", vec![7.0; rows]),
    ];
    let mut churned = Vec::new();
    for _ in 0..rows {
        let recency = 365.0 * rng.random::<f64>();
        let orders = f64::from(rng.random_range(1..20));
        let missing = rng.random_bool(0.2);
        let eta = -2.0 + 0.01 * recency + if missing { -1.0 } else { -0.15 * (orders - 10.0) };
        columns[0].1.push(recency);
        columns[1].1.push(if missing { f64::NAN } else { orders });
        columns[2].1.push(rng.random::<f64>());
        churned.push(rng.random::<f64>() < 1.0 / (1.0 + (-eta).exp()));
    }
    (columns, churned)
}

#[test]
fn a_simulation_is_recovered() {
    let (columns, churned) = simulated(20_000, 1);
    let fit = fitted(&columns, &churned, None, Penalty::Fixed(0.0));
    assert_eq!(fit.ending, Ending::Converged);
    assert_eq!(fit.constant, ["country"]);
    let model = fit.model().unwrap();
    let labels: Vec<_> = model.terms.iter().map(Term::label).collect();
    assert_eq!(labels, ["`recency`", "`orders`", "`orders` being missing", "`noise`"]);
    // A missing value counts as the mean, which is about 10: there the effect is −1.
    let at_the_mean = -1.0 + 0.15 * (model.terms[1].mean - 10.0);
    for (term, truth) in model.terms.iter().zip([0.01, -0.15, at_the_mean, 0.0]) {
        let Estimate { value, standard_error } = term.coefficient;
        assert!((value - truth).abs() < 3.0 * standard_error, "{} {value} {standard_error}", term.label());
    }
    let probabilities = model.probabilities(&features(&columns)).unwrap();
    // At the maximum the score of the intercept is 0: the expected number of churned customers is the observed one.
    assert_near(probabilities.iter().sum(), fit.churned, 1e-9);
    // In the same way, the term of a missing value makes its own sum right.
    let of_missing = |value: f64, row: usize| if columns[1].1[row].is_nan() { value } else { 0.0 };
    let expected: f64 = probabilities.iter().enumerate().map(|(row, p)| of_missing(*p, row)).sum();
    let found: f64 =
        churned.iter().enumerate().map(|(row, gone)| of_missing(f64::from(u8::from(*gone)), row)).sum();
    assert_near(expected, found, 1e-9);
    // The intercept and the coefficients as printed give the same odds.
    let row = (0..20).find(|row| !columns[1].1[*row].is_nan()).unwrap();
    let eta = model.intercept.value
        + [(0, 0), (1, 1), (3, 2)]
            .map(|(term, column)| model.terms[term].coefficient.value * columns[column].1[row])
            .iter()
            .sum::<f64>();
    assert_near(probabilities[row], 1.0 / (1.0 + (-eta).exp()), 1e-12);
}

fn coefficients(fit: &Fit) -> Vec<f64> {
    let model = fit.model().unwrap();
    let terms = model.terms.iter().flat_map(|term| [term.coefficient, term.standardised]);
    [model.intercept]
        .into_iter()
        .chain(terms)
        .flat_map(|estimate| [estimate.value, estimate.standard_error])
        .collect()
}

fn assert_all_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_near(*found, *expected, tolerance);
    }
}

#[test]
fn a_weight_of_two_is_two_rows_and_order_does_not_matter() {
    let (columns, churned) = simulated(40_000, 2);
    let weights: Vec<f64> = (0..churned.len()).map(|row| 1.0 + (row % 3) as f64).collect();
    let weighted = coefficients(&fitted(&columns, &churned, Some(&weights), Penalty::default()));
    let mut rows: Vec<usize> =
        (0..churned.len()).flat_map(|row| std::iter::repeat_n(row, 1 + row % 3)).collect();
    // In reverse order too.
    rows.reverse();
    let take = |values: &[f64]| -> Vec<f64> { rows.iter().map(|row| values[*row]).collect() };
    let repeated: Vec<_> = columns.iter().map(|(name, values)| (*name, take(values))).collect();
    let labels: Vec<bool> = rows.iter().map(|row| churned[*row]).collect();
    let doubled = coefficients(&fitted(&repeated, &labels, None, Penalty::default()));
    assert_all_near(&weighted, &doubled, 1e-9);
}

#[test]
fn scale_and_place_of_a_feature_do_not_matter() {
    let (mut columns, churned) = simulated(2000, 3);
    let before = fitted(&columns, &churned, None, Penalty::Fixed(5.0));
    for (at, factor) in [(0, 1e-40), (1, -1e40), (2, 1e3)] {
        for value in &mut columns[at].1 {
            *value = (*value + 5.0) * factor;
        }
    }
    let after = fitted(&columns, &churned, None, Penalty::Fixed(5.0));
    let odds = |fit: &Fit| -> Vec<f64> {
        fit.model().unwrap().terms.iter().map(|term| term.standardised.value).collect()
    };
    let (mut expected, found) = (odds(&before), odds(&after));
    expected[1] = -expected[1];
    assert_all_near(&found, &expected, 1e-9);
}

#[test]
fn separation_is_named_and_survived() {
    let numbers = |range: std::ops::Range<i32>| -> Vec<f64> { range.map(f64::from).collect() };
    let noise: Vec<f64> = (0..40).map(|row| f64::from(row * 7 % 11)).collect();
    // Completely by one feature; all except at one value; by an indicator; by missing values.
    let wholly: Vec<bool> = (0..40).map(|row| row >= 25).collect();
    let mixed: Vec<bool> = (0..40).map(|row| row % 3 == 0).collect();
    let stepped: Vec<f64> = (0..40).map(|row| f64::from(i32::clamp(row / 8, 2, 3))).collect();
    let at_steps: Vec<bool> = (0..40).map(|row| row >= 24 || row % 3 == 0).collect();
    let all_of_a_kind = |row: i32| row % 3 == 0 && row < 33;
    let marked: Vec<f64> = (0..40).map(|row| f64::from(u8::from(all_of_a_kind(row)))).collect();
    let gaps: Vec<f64> =
        (0..40).map(|row| if all_of_a_kind(row) { f64::NAN } else { f64::from(row * 5 % 13) }).collect();
    let cases = [
        (numbers(0..40), &wholly, "`culprit`"),
        (stepped, &at_steps, "`culprit`"),
        (marked, &mixed, "`culprit`"),
        (gaps, &mixed, "`culprit` being missing"),
    ];
    for (values, churned, by) in cases {
        let columns = [("noise", noise.clone()), ("culprit", values)];
        let fit = fitted(&columns, churned, None, Penalty::default());
        assert_eq!(fit.ending, Ending::Separated { by: Some(by.to_owned()) });
        assert_eq!((fit.ending.key(), fit.ending.reason_key()), ("separated", "separated_by_one"));
        assert_eq!(
            fit.ending.to_string(),
            format!(
                "{by} by itself separates those who churned from those who stayed, completely or except for one value"
            )
        );
        let model = fit.model().unwrap();
        assert!(coefficients(&fit).iter().all(|value| value.is_finite()));
        assert!(model.probabilities(&features(&columns)).unwrap().iter().all(|p| *p > 0.0 && *p < 1.0));
        let free = fitted(&columns, churned, None, Penalty::Fixed(0.0));
        assert_eq!((free.ending.key(), free.model()), ("separated", None));
    }
}

#[test]
fn a_few_rows_of_a_kind_of_their_own_are_no_sign() {
    let noise: Vec<f64> = (0..400).map(|row| f64::from(row * 7 % 11)).collect();
    let churned: Vec<bool> = (0..400).map(|row| row % 3 == 0).collect();
    let of_a_kind = |few: i32, row: i32| row % 3 == 0 && row < 3 * few;
    // A third of all rows churn, but all of these do: for two this may be chance, for a dozen not.
    for (few, named) in [(1, false), (2, false), (5, false), (12, true)] {
        let mark: Vec<f64> = (0..400).map(|row| f64::from(u8::from(of_a_kind(few, row)))).collect();
        let gaps: Vec<f64> = (0..400)
            .map(|row| if of_a_kind(few, row) { f64::NAN } else { f64::from(row * 5 % 13) })
            .collect();
        for (culprit, by) in [(mark, "`culprit`"), (gaps, "`culprit` being missing")] {
            let columns = [("noise", noise.clone()), ("culprit", culprit)];
            let fit = fitted(&columns, &churned, None, Penalty::default());
            let by = Ending::Separated { by: Some(by.to_owned()) };
            assert_eq!(fit.ending, if named { by.clone() } else { Ending::Converged }, "{few}");
            assert!(fit.model().is_some());
            // Without a penalty it still has no maximum.
            assert_eq!(fitted(&columns, &churned, None, Penalty::Fixed(0.0)).ending, by);
        }
    }
    // Two features are missing together, except in three rows, and these all churned: the difference predicts them.
    let odd = |row: i32| row == 30 || row == 60 || row == 90;
    let gap = |row: i32| row % 4 == 0;
    let one: Vec<f64> =
        (0..400).map(|row| if gap(row) { f64::NAN } else { f64::from(row * 5 % 13) }).collect();
    let other: Vec<f64> =
        (0..400).map(|row| if gap(row) || odd(row) { f64::NAN } else { f64::from(row * 3 % 17) }).collect();
    let columns = [("noise", noise), ("one", one), ("other", other)];
    let fit = fitted(&columns, &churned, None, Penalty::default());
    assert_eq!(fit.ending, Ending::Converged);
    let free = fitted(&columns, &churned, None, Penalty::Fixed(0.0));
    assert_eq!(free.ending, Ending::Separated { by: None });
}

#[test]
fn several_features_can_separate_together() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let rows = 300;
    let mut column = || (0..rows).map(|_| rng.random::<f64>()).collect::<Vec<f64>>();
    let (x, y, z) = (column(), column(), column());
    let of = |x: &[f64], y: &[f64]| [("x", x.to_vec()), ("y", y.to_vec()), ("z", z.clone())];
    let together = Ending::Separated { by: None };
    // Complete: x compared with y. Quasi-complete: in rows with x = y both kinds occur.
    let wholly: Vec<bool> = x.iter().zip(&y).map(|(x, y)| x > y).collect();
    let ties: Vec<f64> =
        x.iter().zip(&y).enumerate().map(|(row, (x, y))| if row < 60 { *x } else { *y }).collect();
    let nearly: Vec<bool> =
        x.iter().zip(&ties).enumerate().map(|(row, (x, y))| x > y || (row < 60 && row % 2 == 0)).collect();
    // No separation: one row is on the wrong side.
    let mut almost = wholly.clone();
    let odd = (0..rows).max_by(|a, b| (x[*a] - y[*a]).total_cmp(&(x[*b] - y[*b]))).unwrap();
    almost[odd] = false;
    for penalty in [0.1, 1.0, 100.0] {
        let ending = |columns: &[(&str, Vec<f64>)], churned: &[bool]| {
            let fit = fitted(columns, churned, None, Penalty::Fixed(penalty));
            assert!(fit.model().is_some());
            fit.ending
        };
        assert_eq!(ending(&of(&x, &y), &wholly), together);
        assert_eq!(ending(&of(&x, &ties), &nearly), together);
        assert_eq!(ending(&of(&x, &y), &almost), Ending::Converged);
    }
    let (columns, churned) = simulated(2000, 5);
    assert_eq!(fitted(&columns, &churned, None, Penalty::default()).ending, Ending::Converged);
}

#[test]
fn collinear_features_need_the_penalty() {
    let (mut columns, churned) = simulated(2000, 6);
    let sum = columns[0].1.iter().zip(&columns[2].1).map(|(x, y)| x + 3.0 * y).collect();
    columns.push(("sum", sum));
    let free = fitted(&columns, &churned, None, Penalty::Fixed(0.0));
    assert_eq!(free.ending, Ending::NotIdentified { why: Lacking::Curvature });
    assert_eq!(free.model(), None);
    assert_eq!(fitted(&columns, &churned, None, Penalty::Fixed(1.0)).ending, Ending::Converged);
}

#[test]
fn indicators_are_made_once_and_only_where_needed() {
    let (mut columns, churned) = simulated(2000, 7);
    // Missing in exactly the same rows; without a value; with one value or none.
    let gap = columns[1].1.iter().map(|value| value * value).collect();
    columns.push(("gap", gap));
    columns.push(("nothing", vec![f64::NAN; 2000]));
    columns.push(("mark", (0..2000).map(|row| if row % 2 == 0 { 1.0 } else { f64::NAN }).collect()));
    let fit = fitted(&columns, &churned, None, Penalty::default());
    let model = fit.model().unwrap();
    let labels: Vec<_> = model.terms.iter().map(Term::label).collect();
    let expected =
        ["`recency`", "`orders`", "`orders` being missing", "`noise`", "`gap`", "`mark` being missing"];
    assert_eq!(labels, expected);
    assert_eq!(model.terms[2].shared_with, ["gap"]);
    assert_eq!(
        (fit.constant, fit.empty),
        (vec!["country".to_owned(), "mark".to_owned()], vec!["nothing".to_owned()])
    );
}

#[test]
fn the_penalty_is_chosen_by_what_is_held_out() {
    // Thirty features of noise on few rows need a strong penalty, strong effects on many rows a weak one.
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let names: Vec<String> = (0..30).map(|at| format!("noise {at}")).collect();
    let noise: Vec<_> =
        names.iter().map(|name| (name.as_str(), (0..100).map(|_| rng.random::<f64>()).collect())).collect();
    let coins: Vec<bool> = (0..100).map(|_| rng.random_bool(0.4)).collect();
    let fit = fitted(&noise, &coins, None, Penalty::Chosen { folds: 5 });
    assert!(fit.penalty >= 100.0, "{:?}", fit.held_out);
    let (columns, churned) = simulated(60_000, 9);
    let fit = fitted(&columns, &churned, None, Penalty::Chosen { folds: 5 });
    assert!(fit.penalty <= 100.0, "{:?}", fit.held_out);
    assert_eq!(fit.held_out.len(), PENALTIES.len());
    let least = fit.held_out.iter().map(|(_, deviance)| *deviance).fold(f64::INFINITY, f64::min);
    assert!(fit.held_out.contains(&(fit.penalty, least)));
    // The deviance of a held-out customer is about that of the fit.
    assert!((least - -2.0 * fit.log_likelihood.unwrap() / fit.customers).abs() < 0.02);
}

#[test]
fn held_out_deviance_is_that_of_fits_without_the_fold() {
    let (columns, churned) = finney();
    let fit = fitted(&columns, &churned, None, Penalty::Chosen { folds: 3 });
    // By scikit-learn 1.9 on the columns standardised over all rows, for each fold of row modulo 3.
    let expected = [
        1.389_383_149_006_601_3,
        1.365_117_340_649_178_1,
        1.207_979_408_030_582_3,
        0.950_696_968_301_165_2,
        0.830_788_913_328_421_4,
        0.819_761_871_545_088_3,
    ];
    assert_eq!(fit.held_out.len(), expected.len());
    for ((_, found), expected) in fit.held_out.iter().zip(expected) {
        assert_near(*found, expected, 1e-9);
    }
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let columns = [("x", vec![1.0, 2.0, 3.0])];
    let ending = |churned: [bool; 3], penalty| {
        let fit = fitted(&columns, &churned, None, penalty);
        assert_eq!(fit.model(), None);
        (fit.ending.key(), fit.ending.reason_key(), fit.ending.to_string())
    };
    let nobody = ("not_identified", "nobody_churned", "nobody churned".to_owned());
    assert_eq!(ending([false; 3], Penalty::default()), nobody);
    assert_eq!(ending([true; 3], Penalty::default()).1, "nobody_stayed");
    for penalty in [Penalty::Fixed(-1.0), Penalty::Fixed(f64::NAN), Penalty::Chosen { folds: 1 }] {
        assert_eq!(ending([true, false, true], penalty).1, "bad_penalty");
    }
    // If the rows do not allow a choice, the default is used.
    let fit = fitted(&columns, &[true, false, false], None, Penalty::Chosen { folds: 3 });
    assert_eq!((fit.penalty, fit.held_out.len()), (DEFAULT_PENALTY, 0));
    assert!(fit.model().is_some());
    // Without features the share is the answer.
    let fit = fitted(&[], &[true, false, false], None, Penalty::default());
    assert_eq!(fit.ending, Ending::Converged);
    assert_near(fit.model().unwrap().intercept.value, 0.5_f64.ln(), 1e-12);
}

#[test]
fn far_values_give_certain_answers_not_nonsense() {
    let (columns, churned) = simulated(2000, 10);
    let fit = fitted(&columns, &churned, None, Penalty::default());
    for value in [1e100, -1e100] {
        let far: Vec<_> = columns.iter().map(|(name, _)| (*name, vec![value; 3])).collect();
        let probabilities = fit.model().unwrap().probabilities(&features(&far)).unwrap();
        assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
    }
}

#[test]
fn weights_in_any_order_score_to_the_last_bit() {
    let (mut columns, churned) = simulated(3_000, 5);
    columns.push(("constant", vec![3.0; 3_000]));
    let fit = fitted(&columns, &churned, None, Penalty::Fixed(1.0));
    let model = fit.model().unwrap();
    let weight = |term: &Term| Weight {
        feature: term.feature.clone(),
        missing: term.missing,
        mean: term.mean,
        sd: term.sd,
        standardised: term.standardised.value,
    };
    let mut weights: Vec<Weight> = model.terms.iter().map(weight).collect();
    assert!(weights.iter().any(|weight| weight.missing) && weights.len() > 3);
    let expected = model.probabilities(&features(&columns)).unwrap();
    for _ in 0..weights.len() {
        weights.rotate_left(1);
        let given = Weights::new(model.standardised_intercept.value, &weights);
        let own: Vec<Feature<'_>> = given
            .features()
            .iter()
            .flat_map(|name| features(&columns).into_iter().filter(move |feature| feature.name == name))
            .collect();
        // Features that were left out are not needed.
        assert!(own.iter().all(|feature| feature.name != "constant"));
        let found = given.probabilities(&own, 3_000).unwrap();
        assert!(found.iter().zip(&expected).all(|(found, expected)| found.to_bits() == expected.to_bits()));
    }
    // Without weights everybody has the same probability.
    let given = Weights::new(0.0, &[]);
    assert_eq!(given.probabilities(&[], 2), Ok(vec![0.5; 2]));
}
