//! Flows from stage to stage: a ribbon's width is what goes from a node of one column to a node of the next.

use plotters::style::RGBAColor;

use super::canvas::{Canvas, Drawn, Place, Type, WIDTH, compose};
use super::palette::{BLUE, GREY, INK, ORANGE, faint};
use super::scale::spread;
use super::text::{self, LEADING, SMALL};
use super::{ChartError, Format, Frame, Tone, at_most, said};

const NAME: &str = "sankey";
/// Most columns that fit.
pub const MOST_COLUMNS: usize = 4;
/// Most nodes that fit in a column.
pub const MOST_NODES: usize = 14;
/// Most flows that fit.
pub const MOST_FLOWS: usize = 600;
const NODE: f64 = 12.0;
const GAP: f64 = 9.0;
/// Number of segments of a ribbon's bend.
const BENDS: u8 = 20;

/// A column of nodes.
#[derive(Debug, Clone)]
pub struct Column {
    /// What it stands for, such as a period; may be empty.
    pub title: String,
    /// Names of its nodes, from the top; 14 at most.
    pub nodes: Vec<String>,
}

/// What goes from a node to one of the next column.
#[derive(Debug, Clone, Copy)]
pub struct Flow {
    /// Column of its origin, from 0.
    pub column: usize,
    /// Node of its origin, from 0.
    pub from: usize,
    /// Node of its destination in the next column, from 0.
    pub to: usize,
    /// How much; a value that is not finite, or not above zero, is not drawn.
    pub value: f64,
    /// Its colour: for example grey for what stays, blue for what rises, orange for what falls.
    pub tone: Tone,
}

/// What to draw.
pub struct Data<'a> {
    /// Two to four columns, from the left.
    pub columns: &'a [Column],
    /// The flows, in any order; 600 at most.
    pub flows: &'a [Flow],
    /// Writes how much a node holds.
    pub number: Format<'a>,
}

/// A node as it is drawn.
struct Node<'a> {
    name: &'a str,
    value: f64,
    place: Place,
}

/// Draws nodes, ribbons, and each node's name with what goes through it (the larger of what comes and what leaves).
///
/// # Errors
/// [`ChartError::Empty`] without a flow above zero, [`ChartError::TooMany`] above four columns, 14 nodes a column or
/// 600 flows, [`ChartError::Shape`] for fewer than two columns, or a flow from or to a node that is not there.
pub fn render(frame: &Frame<'_>, data: &Data<'_>) -> Result<String, ChartError> {
    at_most(NAME, "columns", data.columns.len(), MOST_COLUMNS)?;
    at_most(NAME, "flows", data.flows.len(), MOST_FLOWS)?;
    if data.columns.len() < 2 {
        return Err(ChartError::Shape {
            chart: NAME,
            what: "columns",
            found: data.columns.len(),
            expected: 2,
        });
    }
    for column in data.columns {
        at_most(NAME, "nodes", column.nodes.len(), MOST_NODES)?;
    }
    for flow in data.flows {
        let nodes = |column: usize| data.columns.get(column).map_or(0, |column| column.nodes.len());
        for (node, count) in [(flow.from, nodes(flow.column)), (flow.to, nodes(flow.column + 1))] {
            if node >= count {
                return Err(ChartError::Shape {
                    chart: NAME,
                    what: "nodes",
                    found: count,
                    expected: node + 1,
                });
            }
        }
    }
    let flows: Vec<Flow> =
        data.flows.iter().filter(|flow| flow.value > 0.0 && flow.value.is_finite()).copied().collect();
    let total: f64 = flows.iter().map(|flow| flow.value).sum();
    if flows.is_empty() || !total.is_finite() {
        return Err(ChartError::Empty(NAME));
    }
    let sheet = Sheet::new(data, &flows, total);
    compose(frame, (WIDTH, sheet.height), |canvas| {
        sheet.draw_flows(canvas, (&flows, total), data.number)?;
        sheet.draw_nodes(canvas, data)
    })
}

struct Sheet<'a> {
    columns: Vec<Vec<Node<'a>>>,
    /// Height that all flows together would have, in units of the view box.
    unit: f64,
    height: f64,
    top: f64,
    /// Greatest width of a name, by column.
    rooms: Vec<f64>,
    /// From a column to the next.
    each: f64,
    /// Size of the names.
    size: f64,
}

/// How much goes through a node.
fn through(flows: &[Flow], column: usize, node: usize) -> f64 {
    let leaves: f64 =
        flows.iter().filter(|flow| flow.column == column && flow.from == node).map(|flow| flow.value).sum();
    let comes: f64 =
        flows.iter().filter(|flow| flow.column + 1 == column && flow.to == node).map(|flow| flow.value).sum();
    leaves.max(comes)
}

impl<'a> Sheet<'a> {
    fn new(data: &Data<'a>, flows: &[Flow], total: f64) -> Self {
        let values: Vec<Vec<f64>> = data
            .columns
            .iter()
            .enumerate()
            .map(|(column, nodes)| (0..nodes.nodes.len()).map(|node| through(flows, column, node)).collect())
            .collect();
        let shown = |values: &Vec<f64>| values.iter().filter(|value| **value > 0.0).count();
        let last = data.columns.len() - 1;
        let (most_room, size) = match last {
            1 => (176.0, SMALL),
            2 => (126.0, SMALL),
            _ => (106.0, 14.0),
        };
        let widest = |column: usize| -> f64 {
            let nodes = data.columns.get(column).map(|column| column.nodes.as_slice()).unwrap_or_default();
            let values = values.get(column).map(Vec::as_slice).unwrap_or_default();
            let shown = nodes.iter().zip(values).filter(|(_, value)| **value > 0.0);
            let lines =
                shown.flat_map(|(name, &value)| label(name, &(data.number)(value), (most_room, size)));
            lines.map(|line| text::width(&line, size)).fold(0.0, f64::max)
        };
        let (left, right) = (widest(0) + 8.0, WIDTH - widest(last) - 8.0);
        let each = (right - NODE - left) / last as f64;
        let room = |column: usize| {
            if column == 0 || column == last { most_room } else { (each - NODE - 8.0).max(0.0) }
        };
        let rooms: Vec<f64> = (0..=last).map(room).collect();
        // A node has room for its name, however small its flow is.
        let named = |(column, values): (usize, &Vec<f64>)| {
            let nodes = data.columns.get(column).map(|column| column.nodes.as_slice()).unwrap_or_default();
            let room = rooms.get(column).copied().unwrap_or(most_room);
            let lines = nodes.iter().zip(values).filter(|(_, value)| **value > 0.0);
            let lines = lines.map(|(name, &value)| label(name, &(data.number)(value), (room, size)).len());
            shown(values) as f64 * (lines.max().unwrap_or(1) as f64 * size * LEADING + 3.0)
        };
        let most = values.iter().map(shown).max().unwrap_or(1) as f64;
        let tall = values.iter().enumerate().map(named).fold((most * 44.0).clamp(280.0, 560.0), f64::max);
        let titled = data.columns.iter().any(|column| !column.title.is_empty());
        let top = if titled { SMALL * LEADING + 10.0 } else { 8.0 };
        let fits = |values: &Vec<f64>| {
            let gaps = shown(values).saturating_sub(1) as f64 * GAP;
            (tall - gaps) / values.iter().map(|value| value / total).sum::<f64>()
        };
        let unit = values.iter().filter(|values| shown(values) > 0).map(fits).fold(f64::INFINITY, f64::min);
        let mut columns = vec![];
        for (column, (nodes, values)) in data.columns.iter().zip(&values).enumerate() {
            let used = values.iter().map(|value| value / total * unit).sum::<f64>()
                + shown(values).saturating_sub(1) as f64 * GAP;
            let x = left + each * column as f64;
            let mut y = top + (tall - used) / 2.0;
            let mut placed = vec![];
            for (name, &value) in nodes.nodes.iter().zip(values) {
                let place = Place { left: x, top: y, right: x + NODE, bottom: y + value / total * unit };
                if value > 0.0 {
                    y = place.bottom + GAP;
                }
                placed.push(Node { name, value, place });
            }
            columns.push(placed);
        }
        Self { columns, unit, height: top + tall + 14.0, top, rooms, each, size }
    }

    fn draw_flows(&self, canvas: &Canvas<'_>, (flows, total): (&[Flow], f64), number: Format<'_>) -> Drawn {
        // Ribbons leave a node in the order of their destinations, and reach a node in the order of their origins.
        let mut order: Vec<&Flow> = flows.iter().collect();
        order.sort_by_key(|flow| (flow.column, flow.from, flow.to));
        let mut ends: Vec<Vec<(f64, f64)>> = self
            .columns
            .iter()
            .map(|nodes| nodes.iter().map(|node| (node.place.top, node.place.top)).collect())
            .collect();
        for flow in order {
            let high = flow.value / total * self.unit;
            let mut take = |column: usize, node: usize, leaving: bool| {
                let end = ends.get_mut(column)?.get_mut(node)?;
                let at = if leaving { &mut end.1 } else { &mut end.0 };
                let before = *at;
                *at += high;
                Some(before)
            };
            let (Some(from), Some(to)) =
                (take(flow.column, flow.from, true), take(flow.column + 1, flow.to, false))
            else {
                continue;
            };
            let node = |column: usize, node: usize| self.columns.get(column)?.get(node);
            let (Some(origin), Some(aim)) = (node(flow.column, flow.from), node(flow.column + 1, flow.to))
            else {
                continue;
            };
            let colour = colour(flow.tone);
            let ribbon = ribbon((origin.place.right, from), (aim.place.left, to), high.max(0.6));
            let says = said(&[format!("{} → {}", origin.name, aim.name), number(flow.value)]);
            canvas.titled(&says, || canvas.shape(&ribbon, faint(colour, 0.42)))?;
        }
        Ok(())
    }

    fn draw_nodes(&self, canvas: &Canvas<'_>, data: &Data<'_>) -> Drawn {
        let last = self.columns.len() - 1;
        for (index, (nodes, (column, room))) in
            self.columns.iter().zip(data.columns.iter().zip(&self.rooms)).enumerate()
        {
            let middle = nodes.first().map_or(0.0, |node| f64::midpoint(node.place.left, node.place.right));
            let set = Type::small().coloured(INK).bold().below();
            let (x, room_above, set) = match index {
                0 => (0.0, middle + self.each * 0.45, set),
                index if index == last => (WIDTH, WIDTH - middle + self.each * 0.45, set.ending()),
                _ => (middle, self.each * 0.9, set.centred()),
            };
            canvas.text(&text::shorten(&column.title, SMALL * 1.1, room_above - 4.0), x, 1.0, set)?;
            let shown: Vec<&Node<'_>> = nodes.iter().filter(|node| node.value > 0.0).collect();
            for node in &shown {
                let bottom = node.place.bottom.max(node.place.top + 1.0);
                let says = said(&[node.name.to_owned(), (data.number)(node.value)]);
                canvas.titled(&says, || canvas.fill(Place { bottom, ..node.place }, BLUE))?;
            }
            let lines = |node: &&Node<'_>| label(node.name, &(data.number)(node.value), (*room, self.size));
            let labels: Vec<Vec<String>> = shown.iter().map(lines).collect();
            // Names in the middle of the picture lie on ribbons; names at the ends lie beside their nodes.
            let tallest = labels.iter().map(Vec::len).max().unwrap_or(1) as f64 * self.size * LEADING;
            let gap = tallest + 1.0;
            let middle = |node: &&Node<'_>| f64::midpoint(node.place.top, node.place.bottom);
            let wanted: Vec<f64> = shown.iter().map(middle).collect();
            let half = tallest / 2.0;
            let places = spread(&wanted, gap, self.top + half - 6.0, self.height - half);
            for ((node, lines), y) in shown.iter().zip(&labels).zip(places) {
                let set = Type::small().sized(self.size).coloured(INK);
                if index == 0 {
                    canvas.lines(lines, node.place.left - 6.0, y, set.ending())?;
                } else {
                    canvas.lines(lines, node.place.right + 6.0, y, set)?;
                }
            }
        }
        Ok(())
    }
}

/// A node's name and figure, on one line where they fit.
fn label(name: &str, figure: &str, (room, size): (f64, f64)) -> Vec<String> {
    let mut lines = text::wrap(name, size, room, 2);
    match lines.last_mut() {
        Some(last) if text::width(&format!("{last} {figure}"), size) <= room => {
            last.push(' ');
            last.push_str(figure);
        }
        _ => lines.push(text::shorten(figure, size, room)),
    }
    lines
}

fn colour(tone: Tone) -> RGBAColor {
    match tone {
        Tone::Beside | Tone::Plain | Tone::Stage(_) => GREY,
        Tone::Main | Tone::Ahead => BLUE,
        Tone::Alert => ORANGE,
    }
}

/// A band of constant height that is horizontal at both ends.
fn ribbon(from: (f64, f64), to: (f64, f64), high: f64) -> Vec<(f64, f64)> {
    let steps = || (0..=BENDS).map(|step| f64::from(step) / f64::from(BENDS));
    let at = |share: f64| {
        let bend = share * share * (3.0 - 2.0 * share);
        (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * bend)
    };
    let upper = steps().map(at);
    let lower = steps().rev().map(at).map(|(x, y)| (x, y + high));
    upper.chain(lower).collect()
}
