//! The rules by which vehicles that name no connector are sent to one.

/// Which free lane a vehicle gets: of those with power, where there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Assignment {
    /// The first free one.
    #[default]
    LanesInOrder,
    /// The one with the fewest lanes between it and the vehicle's home, the lower of two; without a home the first, nearest to the entrance.
    NearestFree,
    /// The first one under the circuit with the largest EV limit less allocated power at that moment.
    MostHeadroom,
}
