//! One margin: if a model applies one, and a query over its table subtracts costs again, they state two different
//! customer values.

use crate::pipeline::Step;
use crate::problem::Problem;

use super::plan::{Plan, Work};
use super::planner::Planner;

/// The name of the setting, and of the parameter of queries.
const MARGIN: &str = "margin";

impl Planner {
    /// Reports each model with a margin other than 1, if a query over its customers has a margin too.
    pub(super) fn margins(&mut self, plan: &Plan) {
        for node in &plan.nodes {
            let (Work::Model(model, _), Some(step)) = (&node.work, plan.step(node)) else { continue };
            let settings = model.settings();
            let Some((_, margin)) = settings.iter().find(|(name, _)| name == MARGIN) else { continue };
            if is_one(margin) {
                continue;
            }
            let Some((reader, own)) = reader(plan, &step.name.value) else { continue };
            let param = step.with.iter().find(|param| param.name.value == MARGIN);
            let place = param.map(|param| plan.pipeline.place(&param.name.at));
            let what = format!(
                "the margin is stated twice: `{}` has {margin}, and `{reader}`, which reads it, has {own}",
                step.name.value
            );
            let help = format!(
                "leave `{MARGIN}` out of `{}`: its value is then revenue, and `{reader}` takes the costs off",
                step.name.value
            );
            self.once(Problem { place, ..Problem::new(what) }.help(help));
        }
    }
}

/// The first step with a query that reads the table and names a margin other than 1, with that margin.
fn reader<'a>(plan: &'a Plan, table: &str) -> Option<(&'a str, String)> {
    plan.nodes.iter().find_map(|node| {
        let (Work::Query(query) | Work::Merged(query)) = &node.work else { return None };
        if !query.placeholders().contains(MARGIN) || !node.inputs.iter().any(|(_, read)| read == table) {
            return None;
        }
        let margin = node.parameters.get(MARGIN)?.to_string();
        let step: &Step = plan.step(node)?;
        (!is_one(&margin)).then_some((step.name.value.as_str(), margin))
    })
}

fn is_one(margin: &str) -> bool {
    margin.parse::<f64>().is_ok_and(|margin| (margin - 1.0).abs() < 1e-12)
}
