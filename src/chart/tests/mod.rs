//! What holds for every chart: structure, safety of texts, places of labels, odd values.

mod documents;
mod labels;
mod of_bars;
mod of_curves;
mod random;

use super::canvas::WIDTH;
use super::sample::{all, frame, sparkline_of};
use super::*;

fn pictures() -> Vec<(&'static str, String)> {
    let both = all(0).into_iter().chain(all(1));
    both.map(|(name, picture)| (name, picture.unwrap_or_else(|error| panic!("{name}: {error}")))).collect()
}

/// Names of elements in order; fails if tags do not nest, or if the markup is not allowed in XML.
fn elements(svg: &str) -> Vec<String> {
    let (mut open, mut seen) = (Vec::<String>::new(), vec![]);
    for part in svg.split('<').skip(1) {
        let (tag, after) = part.split_once('>').expect("a tag ends");
        assert!(!after.contains('>'), "stray > in {part}");
        for entity in after.split('&').skip(1).chain(tag.split('&').skip(1)) {
            let name = entity.split(';').next().expect("split gives one part");
            assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "stray & in {part}");
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes in {tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
        } else {
            let name = tag.split([' ', '/']).next().expect("split gives one part").to_owned();
            if !tag.ends_with('/') {
                open.push(name.clone());
            }
            seen.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(!svg.chars().any(|c| c.is_control() && c != '\n'), "a control character");
    seen
}

/// The value of an attribute of an element.
fn attribute<'e>(element: &'e str, name: &str) -> Option<&'e str> {
    element.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

fn number(element: &str, name: &str) -> f64 {
    let value = attribute(element, name).unwrap_or_else(|| panic!("no {name} in {element}"));
    value.parse().unwrap_or_else(|_| panic!("{name} in {element}"))
}

/// The text elements that are not turned: left and right end by the measure that placed them, base line, size, content.
fn texts(svg: &str) -> Vec<(f64, f64, f64, f64, String)> {
    let one = |element: &str| {
        let content = element.split('>').nth(1).and_then(|rest| rest.split('<').next()).expect("content");
        let plain = content.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        let plain = plain.replace("&#39;", "'").replace("&amp;", "&");
        let (x, size) = (number(element, "x"), number(element, "font-size"));
        let wide = text::width(&plain, size);
        let left = match attribute(element, "text-anchor") {
            Some("middle") => x - wide / 2.0,
            Some("end") => x - wide,
            _ => x,
        };
        (left, left + wide, number(element, "y"), size, plain)
    };
    svg.split("<text").skip(1).filter(|element| !element.contains("rotate")).map(one).collect()
}

/// Fails where anything lies outside of the view box.
fn assert_inside(name: &str, svg: &str) {
    let view: Vec<f64> = attribute(svg, "viewBox")
        .expect("a view box")
        .split(' ')
        .map(|number| number.parse().expect("a number"))
        .collect();
    let (wide, high) = (view[2], view[3]);
    let inside = |what: &str, left: f64, top: f64, right: f64, bottom: f64| {
        let fits = left >= -1.0 && top >= -1.0 && right <= wide + 1.0 && bottom <= high + 1.0;
        assert!(fits, "{name}: {what} at {left},{top} to {right},{bottom} of {wide},{high}");
    };
    for element in svg.split('<') {
        if element.starts_with("rect") {
            let (x, y) = (number(element, "x"), number(element, "y"));
            inside(element, x, y, x + number(element, "width"), y + number(element, "height"));
        } else if element.starts_with("circle") {
            let (x, y, r) = (number(element, "cx"), number(element, "cy"), number(element, "r"));
            inside(element, x - r, y - r, x + r, y + r);
        } else if element.starts_with("poly") {
            for point in attribute(element, "points").expect("points").split(' ') {
                let (x, y) = point.split_once(',').expect("two coordinates");
                let (x, y): (f64, f64) = (x.parse().expect("x"), y.parse().expect("y"));
                inside("a line", x, y, x, y);
            }
        }
    }
    for (left, right, y, size, content) in texts(svg) {
        inside(&content, left, y - size * 0.8, right, y + size * 0.2);
    }
}

/// Blue, orange, pale blue.
const FILLS: [&str; 3] = ["#2f78b7", "#d5711b", "#8fbbdc"];

/// The numbers of an attribute, over all elements that hold a mark.
fn numbers(svg: &str, mark: &str, name: &str) -> Vec<f64> {
    svg.split('<').filter(|element| element.contains(mark)).map(|element| number(element, name)).collect()
}

/// The rectangles of a picture with a fill: left, top, width, height.
fn rectangles(svg: &str, fill: &str) -> Vec<[f64; 4]> {
    let mark = format!("fill=\"{fill}\"");
    svg.split('<')
        .filter(|element| element.starts_with("rect") && element.contains(&mark))
        .map(|rect| ["x", "y", "width", "height"].map(|name| number(rect, name)))
        .collect()
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 0.3, "{a} {b}");
}

#[test]
fn every_picture_is_well_formed_and_speaks_for_itself() {
    for (name, svg) in pictures() {
        let seen = elements(&svg);
        assert_eq!(seen[..3], ["svg", "title", "desc"], "{name}");
        assert!(svg.contains("role=\"img\""), "{name}");
        assert!(svg.contains(">Title &lt;&amp;&gt; 标题</title>"), "{name}");
        assert!(svg.contains(">&quot;Description&quot; 说明</desc>"), "{name}");
        let head = svg.split('>').next().expect("split gives one part");
        for id in attribute(head, "aria-labelledby").expect("a label").split(' ') {
            assert_eq!(svg.matches(&format!(" id=\"{id}\"")).count(), 1, "{name}");
        }
        assert_eq!(svg.matches(" id=\"").count(), 2, "{name}: ids that may clash");
        assert!(head.contains("viewBox=") && !head.contains(" height="), "{name}");
        assert!(!svg.contains("<style") && !svg.contains(" style="), "{name}");
    }
}

#[test]
fn no_coordinate_is_missing_or_outside() {
    for (name, svg) in pictures() {
        for word in ["NaN", "inf", "\"-0\"", "214748364"] {
            assert!(!svg.contains(word), "{name}: {word}");
        }
        assert_inside(name, &svg);
    }
}

/// What a mark shows on hover has a figure; text and title of a mark are text, whatever names hold.
#[test]
fn marks_show_their_values() {
    for (name, svg) in pictures() {
        let titles: Vec<&str> = svg
            .split("<g class=\"m")
            .skip(1)
            .map(|mark| {
                mark.split_once("<title>").expect("a title").1.split("</title>").next().expect("its end")
            })
            .collect();
        if name.starts_with("sparkline") {
            assert!(titles.is_empty());
            continue;
        }
        assert!(!titles.is_empty(), "{name}");
        assert!(
            titles.iter().any(|text| text.chars().any(|letter| letter.is_ascii_digit())),
            "{name}: {titles:?}"
        );
        assert!(titles.iter().all(|text| !text.is_empty() && !text.contains(" ·  · ")), "{name}: {titles:?}");
    }
    let named =
        pictures().into_iter().filter(|(_, svg)| svg.contains("<title>At risk &lt;&amp;&gt;")).count();
    assert!(named > 0, "no mark has the name with signs of markup");
}

/// On a phone a picture is as wide as its smallest text needs to be 11 pixels high: the style sheet knows each such width.
#[test]
fn small_text_can_be_read_on_a_phone() {
    let style = include_str!("../../../reports/style.css");
    for (name, svg) in pictures() {
        let Some(least) = numbers(&svg, "text x=", "font-size").into_iter().reduce(f64::min) else {
            continue;
        };
        let class = attribute(&svg, "class").expect("a class");
        let wide: f64 = class.strip_prefix("chart w").and_then(|wide| wide.parse().ok()).expect("a width");
        assert!(
            least * wide / WIDTH >= 11.0 && least * (wide - 25.0) / WIDTH < 11.0,
            "{name}: {class} for {least}"
        );
        assert!(style.contains(&format!(".w{wide} {{ min-width: {wide}px; }}")), "{name}: {class}");
    }
}

#[test]
fn the_same_data_give_the_same_bytes() {
    assert_eq!(pictures(), pictures());
}

#[test]
fn ids_are_safe_in_attributes() {
    let svg = sparkline::render(
        &Frame { id: "a b\"<", title: "", description: "" },
        &sparkline::Data { values: &[1.0, 2.0], ends_in_figure: true },
    );
    assert!(svg.is_ok_and(|svg| svg.contains("aria-labelledby=\"a-b---title a-b---desc\"")));
}

#[test]
fn what_cannot_be_drawn_says_why() {
    let of = |error: ChartError| error.to_string();
    assert_eq!(of(sparkline_of(&[]).expect_err("nothing")), "the sparkline chart has nothing to draw");
    let data = |edges: &[f64], counts: &[f64]| {
        let data = histogram::Data { edges, counts, marks: &[], edge: &sample::count, count: &sample::count };
        histogram::render(&frame("h"), &data, &histogram::Words { count: "", edge: "" })
            .expect_err("odd bins")
    };
    assert_eq!(of(data(&[0.0, 1.0], &[1.0, 2.0])), "the histogram chart needs 3 edges, not 2");
    assert_eq!(
        of(data(&[0.0, 2.0, 1.0], &[1.0, 2.0])),
        "the histogram chart needs its edges in ascending order"
    );
    assert_eq!(
        of(data(&[0.0, f64::NAN, 1.0], &[1.0, 2.0])),
        "the histogram chart needs its edges in ascending order"
    );
    let nodes = |count: usize| sankey::Column { title: String::new(), nodes: vec![String::new(); count] };
    let flow = |column, from, to| sankey::Flow { column, from, to, value: 1.0, tone: Tone::Plain };
    let sankey = |columns: &[sankey::Column], flows: &[sankey::Flow]| {
        sankey::render(&frame("s"), &sankey::Data { columns, flows, number: &sample::count }).map(|_| ())
    };
    let said = |outcome: Result<(), ChartError>| of(outcome.expect_err("odd flows"));
    assert_eq!(said(sankey(&[nodes(2)], &[])), "the sankey chart needs 2 columns, not 1");
    assert_eq!(
        said(sankey(&[nodes(2), nodes(1)], &[flow(0, 1, 1)])),
        "the sankey chart needs 2 nodes, not 1"
    );
    assert_eq!(
        said(sankey(&[nodes(2), nodes(1)], &[flow(1, 0, 0)])),
        "the sankey chart needs 1 nodes, not 0"
    );
    assert_eq!(said(sankey(&[nodes(2), nodes(1)], &[])), "the sankey chart has nothing to draw");
    assert_eq!(sankey(&[nodes(2), nodes(1)], &[flow(0, 1, 0)]), Ok(()));
}
