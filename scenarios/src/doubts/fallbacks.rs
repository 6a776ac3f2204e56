//! Fallback limits that chargers with power modules cannot keep to: what holds is less.

use crate::error::Problems;
use crate::values::decimal;
use sim::{Charger, Depot};
use std::collections::BTreeMap;

pub(super) fn doubts(depot: &Depot, found: &mut Problems) {
    let fallback_w = |charger: &Charger| depot.site[charger.node as usize].fallback_w;
    let mut alike: BTreeMap<(u32, u32), Vec<&Charger>> = BTreeMap::new();
    let chargers = depot.equipment.chargers.iter();
    for charger in chargers.filter(|charger| charger.in_modules_w(fallback_w(charger)) != fallback_w(charger))
    {
        alike.entry((fallback_w(charger), charger.module_w)).or_default().push(charger);
    }
    // Chargers of one make are many, and one warning is enough for them.
    for ((fallback_w, module_w), chargers) in alike {
        let node = &depot.site[chargers[0].node as usize];
        let followed_w = chargers[0].in_modules_w(fallback_w);
        let kw = |power_w: u32| decimal::format(power_w.into(), 3);
        let others = match chargers.len() - 1 {
            0 => String::new(),
            1 => "; 1 other connector has the same".to_owned(),
            count => format!("; {count} other connectors have the same"),
        };
        let message = format!(
            "a fallback of {} kW is no whole number of modules of {} kW, so that {} kW hold in its place (a multiple of {}){others}",
            kw(fallback_w),
            kw(module_w),
            kw(followed_w),
            kw(module_w)
        );
        found.add(format!("{}.fallback_kw", super::place(node)), message);
    }
}
