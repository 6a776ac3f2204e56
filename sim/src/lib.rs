//! The depot in time.
pub mod breach;
pub mod depot;
pub mod event;
pub mod realization;
pub mod site;
pub mod vehicle;
pub mod view;

pub use depot::{Depot, SiteNode};
pub use site::Site;
pub use view::{ConnectorColumns, ConnectorState, CycleRecord, NodeColumns, Observer, ObserverError, RunEnd, Stay, TickView};
pub use realization::{BaseLoadStep, EnvelopeBasis, EnvelopeStep, Realization, Visit};
pub use vehicle::{CurvePoint, VehicleType};
// The balancer's words that a depot is described in.
pub use balancer::{Control, LimitSource, NodeKind, Outcome, Ratings, Reason, Strategy};
