//! The site's tree in the order in which people read it.

use sim::Site;
use sim::site::NO_PARENT;

/// The given node columns with their depths, each before those below it, children in the site's order.
pub(crate) fn depth_first(site: &Site, shown: &[u32]) -> Vec<(u32, u32)> {
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); site.nodes.len()];
    let mut open = Vec::new();
    // Columns stand in the site's order: parents before their children, and both among those shown.
    for &column in shown.iter().rev() {
        match site.parents[column as usize] {
            NO_PARENT => open.push((column, 0)),
            parent => children[parent as usize].push(column),
        }
    }
    let mut order = Vec::with_capacity(shown.len());
    while let Some((column, depth)) = open.pop() {
        order.push((column, depth));
        open.extend(children[column as usize].iter().map(|&child| (child, depth + 1)));
    }
    order
}

/// Columns of the connectors that hang directly under the node in a column.
pub(crate) fn connectors_at(site: &Site, column: u32) -> impl Iterator<Item = usize> + '_ {
    let (first, end) = site.connectors_below[column as usize];
    (first as usize..end as usize).filter(move |&number| site.connector_parents[number] == column)
}
