//! What somebody outside may do to a running depot at the beginning of a tick.

use crate::depot::{Depot, SiteNode};
use crate::realization::EnvelopeBasis;
use balancer::NodeKind;
use balancer::units::NODE_POWER_MAX_W;

/// An act from outside the realization.
///
/// [`crate::Simulation::step`] carries out those that pass [`Intervention::check`], and no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intervention {
    /// Sets, changes or ends an operating envelope; ending one that is not in force changes nothing.
    SetEnvelope {
        /// Which envelope.
        envelope: String,
        /// Position in [`crate::Depot::site`].
        node: u32,
        /// What it counts.
        basis: EnvelopeBasis,
        /// The limit \[W\], at most [`NODE_POWER_MAX_W`]; `None` ends it.
        limit_w: Option<u64>,
    },
    /// Ends the stay at a connector; nothing happens where there is no vehicle.
    Unplug {
        /// Position in [`crate::Depot::site`] of a connector, or of a charge point without any.
        connector: u32,
    },
}

/// Why an intervention cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InterventionError {
    /// It names a position that the depot does not have.
    #[error("{what} is at position {position}, and the depot has {count} nodes (positions count from 0)")]
    NoNode {
        /// What it names there.
        what: &'static str,
        /// Where it points.
        position: u32,
        /// How many nodes there are.
        count: usize,
    },
    /// It pulls a plug where no vehicle is plugged in.
    #[error(
        "the plug to be pulled is at the {kind} {id}, where no vehicle is plugged in (name a connector, or a charge point without any)"
    )]
    NoConnector {
        /// What the node is.
        kind: NodeKind,
        /// The node's id.
        id: String,
    },
    /// The limit is above all that a node may have.
    #[error(
        "the envelope \"{envelope}\" is to allow {limit_w} W (at most {NODE_POWER_MAX_W} W; no limit at all ends it)"
    )]
    LimitTooHigh {
        /// Which envelope.
        envelope: String,
        /// What it would allow \[W\].
        limit_w: u64,
    },
}

impl Intervention {
    /// Whether it can be carried out at this depot, at any time.
    ///
    /// # Errors
    /// What is wrong with it, and what is allowed.
    pub fn check(&self, depot: &Depot) -> Result<(), InterventionError> {
        self.check_with(depot, |position| depot.is_connector(position))
    }

    /// The same, where it is known already which positions are connectors.
    pub(crate) fn check_with(
        &self,
        depot: &Depot,
        is_connector: impl Fn(u32) -> bool,
    ) -> Result<(), InterventionError> {
        let node_at = |what, position: u32| {
            let count = depot.site.len();
            depot.site.get(position as usize).ok_or(InterventionError::NoNode { what, position, count })
        };
        match self {
            Self::SetEnvelope { envelope, node, limit_w, .. } => {
                node_at("the node of an envelope", *node)?;
                match *limit_w {
                    Some(limit_w) if limit_w > NODE_POWER_MAX_W => {
                        Err(InterventionError::LimitTooHigh { envelope: envelope.clone(), limit_w })
                    }
                    _ => Ok(()),
                }
            }
            Self::Unplug { connector } => {
                let SiteNode { kind, id, .. } = node_at("the plug to be pulled", *connector)?;
                match is_connector(*connector) {
                    true => Ok(()),
                    false => Err(InterventionError::NoConnector { kind: *kind, id: id.clone() }),
                }
            }
        }
    }
}
