//! The order of steps: each comes after those that it needs.

/// Orders the nodes `0..needs.len()`; `needs[i]` are the nodes that `i` needs. Of the nodes that are ready, the lowest
/// number goes first. So the order is the same each time.
///
/// # Errors
/// The nodes of one cycle: each needs the next.
pub fn order(needs: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut done = vec![false; needs.len()];
    let mut order = Vec::with_capacity(needs.len());
    while order.len() < needs.len() {
        let ready = |node: usize, done: &[bool]| {
            let met = |need: &usize| done.get(*need).copied().unwrap_or(true);
            !done.get(node).copied().unwrap_or(true) && needs.get(node).is_some_and(|n| n.iter().all(met))
        };
        let Some(next) = (0..needs.len()).find(|node| ready(*node, &done)) else {
            return Err(cycle(needs, &done));
        };
        if let Some(done) = done.get_mut(next) {
            *done = true;
        }
        order.push(next);
    }
    Ok(order)
}

/// Follows unmet needs until a node comes up again.
fn cycle(needs: &[Vec<usize>], done: &[bool]) -> Vec<usize> {
    let open = |node: &usize| !done.get(*node).copied().unwrap_or(true);
    let mut path: Vec<usize> = (0..needs.len()).filter(open).take(1).collect();
    while let Some(next) = path.last().and_then(|node| needs.get(*node)?.iter().copied().find(|n| open(n))) {
        if let Some(start) = path.iter().position(|node| *node == next) {
            return path.split_off(start);
        }
        path.push(next);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_after_what_it_needs() {
        assert_eq!(order(&[vec![2], vec![], vec![1], vec![]]), Ok(vec![1, 2, 0, 3]));
    }

    #[test]
    fn a_cycle_is_named_without_what_leads_to_it() {
        assert_eq!(order(&[vec![1], vec![2], vec![1], vec![]]), Err(vec![1, 2]));
        assert_eq!(order(&[vec![0]]), Err(vec![0]));
    }
}
