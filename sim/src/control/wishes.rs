//! What connectors wish, and how the balancer hears of it.

use super::Controller;
use crate::wish::Wish;
use balancer::{LeafIx, MovedDemand, OrderKeys, Request};

impl Controller<'_> {
    /// Replaces what a connector wishes.
    pub(crate) fn set_wish(&mut self, column: usize, wish: Wish) {
        let had = self.wishes[column].replace(wish);
        if had == Some(wish) {
            return;
        }
        if self.charge_points.is_none()
            && let Some(had) = had.filter(|had| had.is_same_but_for_demand_and_keys(&wish))
        {
            let leaf = LeafIx::new(column);
            self.move_demand(leaf, had.demand_w, wish.demand_w);
            let last_served_s = self.requests.keys_mut(leaf).last_served_s;
            *self.requests.keys_mut(leaf) = OrderKeys { last_served_s, ..wish.keys };
            return;
        }
        self.is_dirty = true;
        self.request_of_leaf(self.leaf_of(column));
    }

    /// Changes the demand of a connector that has a wish already.
    pub(crate) fn set_demand_w(&mut self, column: usize, demand_w: u32) {
        let Some(wish) = &mut self.wishes[column] else { return };
        let had_w = std::mem::replace(&mut wish.demand_w, demand_w);
        if self.charge_points.is_none() {
            return self.move_demand(LeafIx::new(column), had_w, demand_w);
        }
        self.is_dirty = true;
        self.request_of_leaf(self.leaf_of(column));
    }

    /// Changes the demand of a leaf that has a request.
    #[inline]
    fn move_demand(&mut self, leaf: LeafIx, from_w: u32, to_w: u32) {
        self.requests.set_demand_w(leaf, to_w);
        // The list has room for every leaf once: between two cycles that are far apart, demands move more often.
        if self.moved.len() < self.requests.demand_w().len() {
            self.moved.push(MovedDemand { leaf, from_w, to_w });
        } else {
            self.is_dirty = true;
        }
    }

    /// There is no wish any more: takes the setpoint away at once, since there is nobody to draw it.
    pub(crate) fn release(&mut self, column: usize) {
        // Who has no wish was released before, or never granted anything.
        if self.wishes[column].take().is_none() {
            return;
        }
        self.fail_safe.release(column);
        self.is_dirty = true;
        let leaf = self.leaf_of(column);
        self.request_of_leaf(leaf);
        if !self.requests.is_present(LeafIx::new(leaf)) {
            self.rotation.forget(leaf);
        }
    }

    fn leaf_of(&self, column: usize) -> usize {
        self.charge_points.as_ref().map_or(column, |charge_points| charge_points.leaf_of(column))
    }

    /// Tells the balancer what is wished at a leaf.
    pub(super) fn request_of_leaf(&mut self, leaf: usize) {
        self.rotation.tell_again();
        let ix = LeafIx::new(leaf);
        let topology = self.balancer.topology();
        let weight = topology.weight(topology.node_of(ix));
        let request = match &self.charge_points {
            Some(charge_points) => charge_points.request(leaf, &self.wishes, weight),
            None => self.wishes[leaf].map(|wish| Request {
                demand_w: wish.demand_w,
                min_w: wish.min_w,
                weight: if wish.weight == 0 { weight } else { wish.weight },
                tier: wish.tier,
                pausable: wish.pausable,
                steps_w: Vec::new(),
                keys: wish.keys,
            }),
        };
        match request {
            None => self.requests.clear(ix),
            Some(request) => self.requests.set(ix, request),
        }
    }
}
