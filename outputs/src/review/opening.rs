//! The moment that the page opens at: the one that tells most about the run.

use super::page::ReviewContext;
use super::recorder::ReviewData;
use super::words::{Words, brief};
use crate::format::kw;

/// A moment and why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opening {
    /// Seconds from the start.
    pub(super) t_s: u64,
    /// What happened then, to follow "when".
    pub(super) why: String,
}

/// The beginning of the largest breach; without any, the first rejected cycle; else the cycle that withheld most; else the highest meter.
pub(super) fn opening(context: &ReviewContext<'_>, data: &ReviewData, words: &Words) -> Opening {
    let largest =
        data.breaches.kept.iter().max_by_key(|breach| (breach.peak_over_w, u64::MAX - breach.start_s));
    if let Some(breach) = largest {
        let (node, over) = (&context.depot.site[breach.node as usize].id, brief(&kw(breach.peak_over_w)));
        let why = format!("the largest breach began: {node} went up to {over} kW over its limit");
        return Opening { t_s: breach.start_s, why };
    }
    if let Some(spell) = data.spells.kept.first() {
        let why = format!("the first rejected cycle ran ({})", spell.reason);
        return Opening { t_s: spell.from_s, why };
    }
    if let Some((withheld_w, t_s)) = data.tightest {
        let why = format!("a cycle withheld most: {} kW", brief(&kw(withheld_w)));
        return Opening { t_s, why };
    }
    let peak_s = words.seconds_of(context.summary.site.meter.peak_at.as_deref());
    Opening {
        t_s: peak_s.and_then(|peak_s| u64::try_from(peak_s).ok()).unwrap_or(0),
        why: "the site's meter was highest".to_owned(),
    }
}
