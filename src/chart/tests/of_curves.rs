//! Lines, cells, flows and marks lie where their figures say; data that cannot be drawn gives an error.

use super::super::sample::*;
use super::*;

#[test]
fn the_marks_of_the_concentration_curve_lie_where_their_figures_say() {
    let curves =
        [lorenz::Curve { name: String::new(), points: vec![(0.0, 0.0), (0.2, 0.7), (0.3, 0.8), (1.0, 1.0)] }];
    let data = lorenz::Data {
        curves: &curves,
        held: Some(lorenz::Mark { customers: 0.2, total: 0.7, note: "" }),
        needed: Some(lorenz::Mark { customers: 0.3, total: 0.8, note: "" }),
        share: &percent,
    };
    let words = lorenz::Words { customers: "", total: "", diagonal: "" };
    let svg = lorenz::render(&frame("l"), &data, &words).expect("a curve");
    let points = points_of(&svg, "3.5");
    assert_eq!(points.len(), 4);
    let circles = numbers(&svg, "circle", "cx").into_iter().zip(numbers(&svg, "circle", "cy"));
    // 80 % before 20 %.
    assert_eq!(circles.collect::<Vec<_>>(), [points[2], points[1]]);
}

/// The points of the line with a given width.
fn points_of(svg: &str, width: &str) -> Vec<(f64, f64)> {
    let line = svg.split('<').find(|element| element.contains(&format!("stroke-width=\"{width}\"")));
    let points = attribute(line.expect("a line"), "points").expect("points").split(' ');
    let point = |point: &str| {
        let (x, y) = point.split_once(',').expect("two coordinates");
        (x.parse().expect("a number"), y.parse().expect("a number"))
    };
    points.map(point).collect()
}

#[test]
fn a_height_is_read_between_the_points_of_a_curve() {
    let points = [(0.0, 0.0), (0.2, 0.6), (1.0, 1.0)];
    // Half way to the point of 60 %.
    assert!(lorenz::height_at(&points, 0.1).is_some_and(|height| (height - 0.3).abs() < 1e-12));
    assert_eq!(lorenz::height_at(&points[1..], 0.1), None, "no point on its left");
    assert_eq!(lorenz::height_at(&[(0.0, 0.0), (f64::NAN, 0.5), (1.0, 1.0)], 0.1), None);
    let curve = |points: &[(f64, f64)]| lorenz::Curve { name: String::new(), points: points.to_vec() };
    let words = lorenz::Words { customers: "", total: "", diagonal: "" };
    let draw = |curves: &[lorenz::Curve]| {
        let total = curves.first().and_then(|curve| lorenz::height_at(&curve.points, 0.1));
        let held = total.map(|total| lorenz::Mark { customers: 0.1, total, note: "" });
        lorenz::render(&frame("g"), &lorenz::Data { curves, held, needed: None, share: &percent }, &words)
    };
    let svg = draw(&[curve(&points), curve(&[(0.0, 0.0), (0.2, 0.4), (1.0, 1.0)])]).expect("two curves");
    assert!(svg.contains(">30 %</text>"), "{svg}");
    let (line, dot) =
        (points_of(&svg, "3.5"), (numbers(&svg, "circle", "cx")[0], numbers(&svg, "circle", "cy")[0]));
    near(dot.0, f64::midpoint(line[0].0, line[1].0));
    near(dot.1, f64::midpoint(line[0].1, line[1].1));
    assert!(matches!(draw(&vec![curve(&points); 4]), Err(ChartError::TooMany { found: 4, .. })));
    assert!(matches!(draw(&[]), Err(ChartError::Empty(_))));
    assert!(!draw(&[curve(&points[1..])]).expect("a curve").contains("<circle"));
}

#[test]
fn the_largest_value_is_the_darkest_cell_and_its_text_is_light() {
    let names = ["1".to_owned(), "2".to_owned()];
    let draw = |values: [[f64; 2]; 2], darkest| {
        let cells = values.map(|row| row.map(|value| Some(cell(value, false))).to_vec());
        let data = heat::Data {
            rows: &names,
            columns: &names,
            cells: &cells,
            darkest,
            number: &percent,
            and_more: &percent,
        };
        heat::render(&frame("h"), &data, &heat::Words { row: "r", column: "c", framed: "" })
            .expect("four cells")
    };
    let svg = draw([[0.1, 0.6], [0.0, 0.3]], None);
    let fill = |svg: &str, mark: &str| svg.matches(mark).count();
    assert_eq!((fill(&svg, "fill=\"#123f6b\""), fill(&svg, "fill=\"#e9f1f8\"")), (1, 1));
    assert!(svg.contains("fill=\"#ffffff\">60 %</text>") && svg.contains("fill=\"#14181c\">0 %</text>"));
    // A value above the given one is as dark as that.
    assert_eq!(fill(&draw([[0.3, 0.6], [0.0, 0.3]], Some(0.3)), "fill=\"#123f6b\""), 3);
    // Values below zero are orange, on the same scale.
    let svg = draw([[0.6, -0.6], [0.0, 0.3]], None);
    assert_eq!((fill(&svg, "fill=\"#123f6b\""), fill(&svg, "fill=\"#843e08\"")), (1, 1));
}

#[test]
fn cells_that_are_not_final_are_framed_and_missing_cells_are_empty() {
    // The last age of each of four cohorts is not complete; the note below repeats the frame.
    let svg = cohorts_of(0, 4).expect("cohorts");
    assert_eq!(svg.matches("stroke-width=\"1.5\"").count(), 4 + 1);
    assert_eq!(svg.matches("stroke-width=\"0.5\"").count(), 4 + 3 + 2 + 1);
}

#[test]
fn a_month_that_is_not_over_is_paler() {
    let svg = combo_of(0, 13, 0.0).expect("months");
    let pale = svg.lines().filter(|line| line.starts_with("<rect") && line.contains("fill-opacity=\"0.3\""));
    assert_eq!(pale.count(), 2, "its column, and the note");
    assert_eq!(svg.matches("<circle").count(), 1, "a ring on the line");
}

#[test]
fn a_line_breaks_where_a_value_is_missing() {
    let draw = |values: [f64; 5]| {
        let series = [line::Series { name: "a".to_owned(), values: values.to_vec(), last: "9".to_owned() }];
        let data = line::Data {
            labels: &["1", "2", "3", "4", "5"].map(str::to_owned),
            series: &series,
            colours: line::Colours::Distinct,
            from_zero: true,
            reference: None,
            open: 0,
            number: &count,
        };
        let svg = line::render(&frame("l"), &data, &line::Words { value: "", label: "" }).expect("a line");
        svg.matches("stroke=\"#2f78b7\" stroke-width=\"3\"").count()
    };
    assert_eq!(draw([1.0, 2.0, 3.0, 4.0, 5.0]), 1);
    assert_eq!(draw([1.0, 2.0, f64::NAN, 4.0, 5.0]), 2);
    assert_eq!(draw([1.0, 2.0, f64::NAN, 4.0, f64::NAN]), 1, "a point alone is a dot");
}

#[test]
fn the_band_goes_around_what_is_expected() {
    let point =
        |actual, expected, interval| area_band::Point { label: String::new(), actual, expected, interval };
    let unknown = f64::NAN;
    let points = [
        point(4.0, unknown, (unknown, unknown)),
        point(unknown, 5.0, (8.0, 3.0)),
        point(unknown, 6.0, (2.0, 10.0)),
    ];
    let data = area_band::Data { points: &points, filled: false, number: &count, last: "6" };
    let words = area_band::Words { value: "", actual: "a", expected: "e", interval: "i", boundary: "b" };
    let svg = area_band::render(&frame("a"), &data, &words).expect("three points");
    let band = svg.split('<').find(|element| element.starts_with("polygon")).expect("a band");
    let heights: Vec<f64> = attribute(band, "points")
        .expect("points")
        .split(' ')
        .filter_map(|point| point.split_once(',')?.1.parse().ok())
        .collect();
    // 8, 10, and back 2, 3.
    let unit = (heights[2] - heights[1]) / 8.0;
    near(heights[0], heights[1] + 2.0 * unit);
    near(heights[3], heights[1] + 7.0 * unit);
    assert!(svg.contains(">b</text>") && svg.contains(">i</text>"));
}

#[test]
fn all_panels_have_one_scale() {
    let panel = |values: &[f64]| multiples::Panel {
        title: "p".to_owned(),
        values: values.to_vec(),
        last: String::new(),
        highlight: false,
    };
    let panels = [panel(&[1.0, 2.0]), panel(&[4.0, 8.0])];
    let data = multiples::Data {
        labels: &["1", "2"].map(str::to_owned),
        panels: &panels,
        kind: multiples::PanelMarks::Bars,
        from_zero: false,
        reference: None,
        open: 0,
        number: &count,
    };
    let svg = multiples::render(&frame("m"), &data, &multiples::Words { value: "" }).expect("two panels");
    let heights: Vec<f64> = rectangles(&svg, FILLS[0]).iter().map(|bar| bar[3]).collect();
    assert!((heights[3] / heights[0] - 8.0).abs() < 0.2 && (heights[2] / heights[1] - 2.0).abs() < 0.05);
}

#[test]
fn a_node_is_as_tall_as_what_goes_through_it() {
    let column = |nodes: &[&str]| sankey::Column {
        title: String::new(),
        nodes: nodes.iter().map(|node| (*node).to_owned()).collect(),
    };
    let flow = |from, to, value| sankey::Flow { column: 0, from, to, value, tone: Tone::Main };
    let flows = [flow(0, 0, 3.0), flow(0, 1, 1.0), flow(1, 1, 2.0), flow(1, 0, f64::NAN)];
    let columns = [column(&["a", "b", "none"]), column(&["c", "d"])];
    let data = sankey::Data { columns: &columns, flows: &flows, number: &count };
    let svg = sankey::render(&frame("s"), &data).expect("three flows");
    let tall: Vec<f64> = rectangles(&svg, FILLS[0]).iter().map(|node| node[3]).collect();
    let unit = tall[0] / 4.0;
    assert_eq!(tall.len(), 4, "a node without a flow is not drawn");
    near(tall[1], 2.0 * unit);
    near(tall[2], 3.0 * unit);
    near(tall[3], 3.0 * unit);
    assert_eq!(svg.matches("<polygon").count(), 3);
    assert!(svg.contains(">a 4</text>") && svg.contains(">d 3</text>") && !svg.contains(">none"));
}

#[test]
fn limits_and_emptiness_are_errors() {
    assert!(matches!(sparkline_of(&[f64::NAN, f64::INFINITY]), Err(ChartError::Empty(_))));
    assert!(matches!(combo_of(0, 0, 0.0), Err(ChartError::Empty(_))));
    assert!(matches!(combo_of(0, 3, f64::NAN).map(|svg| svg.contains("NaN")), Ok(false)));
    assert!(matches!(combo_of(0, 121, 0.0), Err(ChartError::TooMany { found: 121, .. })));
    assert!(matches!(cohorts_of(0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(cohorts_of(0, 38), Err(ChartError::TooMany { .. })));
    assert!(matches!(line_of(0, 0, 2), Err(ChartError::Empty(_))));
    assert!(matches!(line_of(0, 5, 0), Err(ChartError::Empty(_))));
    assert!(matches!(scores_of(0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(ahead_of(0, 0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(ahead_of(0, 13, 108), Err(ChartError::TooMany { found: 121, .. })));
    assert!(matches!(waterfall_of(0, f64::NAN, [f64::NAN; 2]), Err(ChartError::Empty(_))));
    assert!(matches!(grouped_of(0, 5, 2, f64::INFINITY).map(|svg| svg.contains("inf")), Ok(false)));
    assert!(matches!(bars_of(0, 37, None), Err(ChartError::TooMany { found: 37, limit: 36, .. })));
    assert!(matches!(bars_of(0, 0, None), Err(ChartError::Empty(_))));
    assert!(matches!(funnel_of(0, 13), Err(ChartError::TooMany { .. })));
    assert!(matches!(sides_of(0, 25), Err(ChartError::TooMany { .. })));
    assert!(matches!(scatter_of(0, 1001), Err(ChartError::TooMany { .. })));
    assert!(matches!(scatter_of(0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(multiples_of(0, 25, 3, multiples::PanelMarks::Bars), Err(ChartError::TooMany { .. })));
    let series = [stacked("a", &[1.0], Tone::Plain)];
    let labels = ["1", "2"].map(str::to_owned);
    let data = grouped_bars::Data { labels: &labels, series: &series, lay: Lay::Fit, number: &count };
    let outcome = grouped_bars::render(&frame("g"), &data, &grouped_bars::Words { value: "" });
    assert!(matches!(outcome, Err(ChartError::Shape { found: 1, expected: 2, .. })));
}
