//! Names that nothing has, where one of several was expected.

use std::fmt;

/// A name was to be one of several, and is none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// What it was to name.
    pub what: &'static str,
    /// The name.
    pub found: String,
    /// All names that there are.
    pub allowed: Vec<&'static str>,
}

impl UnknownName {
    /// Looks among `all` for what has this name.
    pub(crate) fn find<T: Copy>(
        what: &'static str,
        all: &[T],
        name: fn(T) -> &'static str,
        found: &str,
    ) -> Result<T, Self> {
        let known = all.iter().copied().find(|&one| name(one) == found);
        known.ok_or_else(|| {
            let allowed = all.iter().map(|&one| name(one)).collect();
            Self { what, found: found.to_owned(), allowed }
        })
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is no {} (one of {})", self.found, self.what, self.allowed.join(", "))
    }
}

impl std::error::Error for UnknownName {}

#[cfg(test)]
mod tests {
    use crate::{Control, NodeKind, Reason, Strategy};

    #[test]
    fn what_is_told_by_name_is_read_by_name_and_nothing_else_is() {
        for strategy in Strategy::ALL {
            assert_eq!(strategy.to_string().parse(), Ok(strategy));
        }
        for control in Control::ALL {
            assert_eq!(control.to_string().parse(), Ok(control));
        }
        for kind in NodeKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        for reason in Reason::ALL {
            assert_eq!(reason.to_string().parse(), Ok(reason));
        }
        let said = |error: super::UnknownName| error.to_string();
        assert_eq!(
            "Connector".parse::<Control>().map_err(said),
            Err("\"Connector\" is no level of control (one of connector, charge-point)".to_owned())
        );
        assert!("fair".parse::<Strategy>().is_err_and(|error| error.allowed.len() == Strategy::ALL.len()));
    }
}
