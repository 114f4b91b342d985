use proptest::prelude::*;

use super::*;

fn features<'a>(columns: &'a [(&'a str, Vec<f64>)]) -> Vec<Feature<'a>> {
    columns.iter().map(|(name, values)| Feature { name, values }).collect()
}

fn exactly(k: usize) -> Options {
    Options { clusters: k..=k, clip: 0.0, ..Options::default() }
}

fn labels(clusters: &Clusters, features: &[Feature<'_>]) -> Vec<Option<usize>> {
    clusters.places(features).unwrap().iter().map(|place| place.map(|place| place.cluster)).collect()
}

/// Values 0, 1, 10, 11, 12. Mean 6.8, variance (46.24 + 33.64 + 10.24 + 17.64 + 27.04) / 5 = 26.96. The best two groups are
/// {10, 11, 12} and {0, 1}: squares 2 + 0.5 = 2.5, on the common scale 2.5 / 26.96. Silhouettes: of 0, a = 1 and b = 11,
/// 10/11; of 1, 9/10; of 10, a = 1.5 and b = 9.5, 8/9.5; of 11, a = 1 and b = 10.5, 9.5/10.5; of 12, a = 1.5 and
/// b = 11.5, 10/11.5.
#[test]
fn a_case_by_hand() {
    let columns = [("x", vec![0.0, 10.0, 1.0, 11.0, 12.0])];
    let features = features(&columns);
    let fit = fit(&features, &exactly(2)).unwrap();
    let clusters = fit.clusters.clone().unwrap();
    assert_eq!(labels(&clusters, &features), [1, 0, 1, 0, 0].map(Some));
    let (_, scale) = clusters.features()[0].clone();
    assert!((scale.mean - 6.8).abs() < 1e-15 && (scale.sd - 26.96_f64.sqrt()).abs() < 1e-14);
    let centres: Vec<f64> = clusters.centroids().map(|centroid| scale.value(centroid[0])).collect();
    assert!((centres[0] - 11.0).abs() < 1e-12 && (centres[1] - 0.5).abs() < 1e-12, "{centres:?}");
    let quality = fit.quality[0];
    assert!((quality.within - 2.5 / 26.96).abs() < 1e-14);
    let mean = (10.0 / 11.0 + 9.0 / 10.0 + 8.0 / 9.5 + 9.5 / 10.5 + 10.0 / 11.5) / 5.0;
    assert!((quality.silhouette - mean).abs() < 1e-14, "{}", quality.silhouette);
    assert_eq!((quality.silhouette_error, quality.sampled, quality.settled), (0.0, 5.0, true));
    assert_eq!(quality.largest_share, 0.6);
    // To the other centre of a customer at 0: 11 on the scale of x.
    let place = clusters.places(&features).unwrap()[0].unwrap();
    assert!((place.distance - 0.5 / scale.sd).abs() < 1e-14);
    let (next, apart) = place.next.unwrap();
    assert!(next == 0 && (apart - 11.0 / scale.sd).abs() < 1e-14);
}

/// Fisher's iris, as scikit-learn 1.9.1 has it (`load_iris`).
fn iris() -> Vec<(&'static str, Vec<f64>)> {
    let text = include_str!("iris.csv");
    let names = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
    let rows: Vec<Vec<f64>> =
        text.lines().map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    assert_eq!(rows.len(), 150);
    (0..4).map(|place| (names[place], rows.iter().map(|row| row[place]).collect())).collect()
}

/// `StandardScaler`, `KMeans(k, n_init=200, random_state=0, tol=0, max_iter=1000)`, `inertia_` and `silhouette_score` of
/// scikit-learn 1.9.1.
#[test]
fn figures_of_scikit_learn() {
    let columns = iris();
    let features = features(&columns);
    let options = Options { clip: 0.0, restarts: 100, ..Options::default() };
    let found = fit(&features, &options).unwrap();
    let expected = [
        (2, 222.361_704_965_023_02, 0.581_750_049_198_280_8, 100.0),
        (3, 139.820_496_359_749_82, 0.459_948_239_205_186_35, 53.0),
    ];
    for ((clusters, within, silhouette, largest), quality) in expected.into_iter().zip(&found.quality) {
        assert_eq!(quality.clusters, clusters);
        assert!((quality.within - within).abs() < 1e-9, "{quality:?}");
        assert!((quality.silhouette - silhouette).abs() < 1e-9, "{quality:?}");
        assert!((quality.largest_share * 150.0 - largest).abs() < 1e-9, "{quality:?}");
    }
    // Of four groups scikit-learn finds 114.092328 at best.
    assert!(found.quality[2].within < 114.092_328_243_574_6, "{:?}", found.quality[2]);
    assert_eq!((found.chosen(), found.different), (2, 149));
    // Iris setosa, the first 50, are a group of their own.
    let places = labels(found.clusters.as_ref().unwrap(), &features);
    assert!(
        places[..50].iter().all(|place| *place == Some(1))
            && places[50..].iter().all(|place| *place == Some(0))
    );
}

#[test]
fn alike_points_count_as_often_as_they_are() {
    // Three of one kind and one of the other: the mean of all is at 0.25.
    let columns = [("x", vec![0.0, 0.0, 1.0, 0.0])];
    let features = features(&columns);
    let fit = fit(&features, &Options { clip: 0.0, ..Options::default() }).unwrap();
    assert_eq!((fit.customers, fit.different, fit.chosen()), (4, 2, 2));
    // There are two different customers: more groups are not tried. Who is alone has the silhouette 0, the others 1.
    assert_eq!(fit.quality.len(), 1);
    assert_eq!(fit.quality[0].silhouette, 0.75);
    assert_eq!((fit.quality[0].within, fit.quality[0].largest_share), (0.0, 0.75));
    assert_eq!(labels(fit.clusters.as_ref().unwrap(), &features), [0, 0, 1, 0].map(Some));
}

#[test]
fn features_that_tell_nothing() {
    let gone = f64::NAN;
    let columns =
        [("same", vec![7.0, 7.0, gone, 7.0]), ("none", vec![gone; 4]), ("tells", vec![1.0, gone, 5.0, gone])];
    let features = features(&columns);
    let found = fit(&features, &exactly(2)).unwrap();
    let left_out: Vec<_> = found.measured.iter().map(Measured::left_out).collect();
    assert_eq!(left_out, [Some(LeftOut::Constant), Some(LeftOut::Empty), None]);
    assert_eq!(
        found.measured.iter().map(|of| (of.known, of.missing)).collect::<Vec<_>>(),
        [(3, 1), (0, 4), (2, 2)]
    );
    let clusters = found.clusters.unwrap();
    assert_eq!(clusters.features().len(), 1);
    // The second and the fourth say nothing by what counts: they are in no group.
    assert_eq!(found.customers, 2);
    assert_eq!(labels(&clusters, &features).iter().filter(|label| label.is_none()).count(), 2);
    let nothing = fit(&features[..2], &exactly(2)).unwrap();
    assert_eq!((nothing.clusters, nothing.quality, nothing.customers), (None, Vec::new(), 0));
    let nobody = fit(&[Feature { name: "x", values: &[] }], &exactly(2)).unwrap();
    assert_eq!((nobody.clusters, nobody.measured[0].left_out()), (None, Some(LeftOut::Empty)));
    assert_eq!(fit(&[], &exactly(2)).unwrap().clusters, None);
}

#[test]
fn a_missing_value_counts_as_the_mean() {
    let columns = [("x", vec![0.0, 4.0, f64::NAN, 0.0, 4.0]), ("y", vec![1.0, 2.0, 1.0, 1.0, 2.0])];
    let features = features(&columns);
    let clusters = fit(&features, &exactly(2)).unwrap().clusters.unwrap();
    // By y alone: x says nothing of the third.
    let found = labels(&clusters, &features);
    assert_eq!((found[2], found[1]), (found[0], found[4]));
    assert_ne!(found[0], found[1]);
}

#[test]
fn ends_are_clipped_and_counted() {
    let mut values: Vec<f64> = (0..100).map(f64::from).collect();
    values[99] = 1e6;
    // Of 100 values one at each end: 0 becomes 1, and a million becomes 98.
    let measured = Measured::of(&values, 0.01);
    assert_eq!((measured.bounds, measured.clipped_low, measured.clipped_high), (Some((1.0, 98.0)), 1, 1));
    // Of 99 none.
    let measured = Measured::of(&values[..99], 0.01);
    assert_eq!((measured.bounds, measured.clipped_low, measured.clipped_high), (Some((0.0, 98.0)), 0, 0));
    // Values at the bound are not clipped: the three lowest are the same.
    let ties = Measured::of(&[1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 9.0], 0.2);
    assert_eq!((ties.bounds, ties.clipped_low, ties.clipped_high), (Some((1.0, 6.0)), 0, 2));
    // What differs at the ends alone is the same for all.
    assert_eq!(Measured::of(&[0.0, 1.0, 1.0, 1.0, 2.0], 0.2).left_out(), Some(LeftOut::Constant));
}

#[test]
fn impossible_features_are_refused() {
    let message =
        |columns: &[(&str, Vec<f64>)]| fit(&features(columns), &exactly(2)).unwrap_err().to_string();
    assert_eq!(message(&[("x", vec![1.0]), ("x", vec![2.0])]), "two features are called `x`");
    assert_eq!(message(&[("x", vec![1.0]), ("y", vec![])]), "`y` has another number of rows than the rest");
    assert_eq!(message(&[("x", vec![1.0, f64::INFINITY])]), "`x` is infinite or beyond 1e100 in row 1");
}

#[test]
fn a_centroid_without_a_point_finds_one() {
    let columns = [("x", vec![0.0, 1.0, 2.0, 100.0])];
    let features = features(&columns);
    let measured = Measured::of(features[0].values, 0.0);
    let points = Points::of(&[(&features[0], measured.scale.unwrap())]);
    // All begin at one place, so that all points go to the first.
    let start = Centroids::of(&[vec![0.0], vec![0.0], vec![0.0]]);
    let found = lloyd::run(&points, start, false);
    assert!(found.settled && found.customers.iter().all(|customers| *customers > 0.0), "{found:?}");
}

#[test]
fn customers_are_drawn_with_the_same_chance() {
    let values: Vec<f64> = (0..4000).map(|place| f64::from(place % 1000)).collect();
    let feature = Feature { name: "x", values: &values };
    let scale = Measured::of(&values, 0.0).scale.unwrap();
    let points = Points::of(&[(&feature, scale)]);
    assert_eq!((points.len(), points.customers()), (1000, 4000.0));
    let sample = drawn(&points, 1000, random(1, 0));
    assert_eq!(sample.customers(), 1000.0);
    // The mean of 1,000 of 4,000 has a standard error of √(0.75 / 1000) standard deviations: 0.027.
    let mean = sample.each().map(|(point, weight)| point[0] * weight).sum::<f64>() / 1000.0;
    assert!(mean.abs() < 0.1, "{mean}");
    assert_eq!(drawn(&points, 4000, random(1, 0)).len(), 1000);
}

#[test]
fn groups_that_are_far_apart_are_found() {
    // Four heaps of 6,000 in three features: more customers than starts are tried on.
    let mut random = random(7, 0);
    let heaps = [[0.0, 0.0, 0.0], [9.0, 0.0, 9.0], [0.0, 9.0, 0.0], [9.0, 9.0, 0.0]];
    let mut columns = [("a", Vec::new()), ("b", Vec::new()), ("c", Vec::new())];
    for customer in 0..24_000_usize {
        for (column, centre) in columns.iter_mut().zip(heaps[customer % 4]) {
            column.1.push(centre + rand::Rng::random::<f64>(&mut random) * 4.0);
        }
    }
    let features = features(&columns);
    let options = Options { clusters: 2..=5, restarts: 3, sample: 1000, ..Options::default() };
    let fit = fit(&features, &options).unwrap();
    assert_eq!(fit.chosen(), 4);
    let found = labels(fit.clusters.as_ref().unwrap(), &features);
    for heap in 0..4 {
        assert!(
            (0..24_000)
                .filter(|customer| customer % 4 == heap)
                .all(|customer| found[customer] == found[heap])
        );
    }
    let chosen = fit.quality[2];
    assert_eq!((chosen.clusters, chosen.sampled, chosen.largest_share), (4, 1000.0, 0.25));
    assert!(chosen.silhouette_error > 0.0 && chosen.silhouette_error < 0.01, "{chosen:?}");
    // The sum of squares falls with each further group.
    assert!(fit.quality.is_sorted_by(|left, right| left.within > right.within));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// The same customers in another order get the same groups, to the last bit; and a customer who is there twice gets
    /// one group.
    #[test]
    fn the_order_of_rows_does_not_matter(
        rows in prop::collection::vec((prop::option::weighted(0.9, -50_i32..50), 0_i32..6, -5.0_f64..5.0), 1..80),
        by in 1_usize..79,
    ) {
        let of = |rows: &[(Option<i32>, i32, f64)]| {
            vec![
                ("a", rows.iter().map(|row| row.0.map_or(f64::NAN, f64::from)).collect::<Vec<_>>()),
                ("b", rows.iter().map(|row| f64::from(row.1)).collect()),
                ("c", rows.iter().map(|row| row.2).collect()),
            ]
        };
        let columns = of(&rows);
        let mut turned = rows.clone();
        turned.rotate_left(by % rows.len());
        let turned_columns = of(&turned);
        let options = Options { clusters: 2..=5, restarts: 3, ..Options::default() };
        let one = fit(&features(&columns), &options).unwrap();
        let other = fit(&features(&turned_columns), &options).unwrap();
        prop_assert_eq!(&one, &other);
        let Some(clusters) = one.clusters else { return Ok(()) };
        let places = clusters.places(&features(&columns)).unwrap();
        let mut expected = places.clone();
        expected.rotate_left(by % rows.len());
        prop_assert_eq!(clusters.places(&features(&turned_columns)).unwrap(), expected);
        // Nobody is nearer to the centre of another group, and no group is empty.
        for place in places.iter().flatten() {
            prop_assert!(place.next.is_none_or(|(_, distance)| place.distance <= distance));
        }
        for cluster in 0..clusters.centroids().count() {
            prop_assert!(places.iter().flatten().any(|place| place.cluster == cluster));
        }
    }
}
