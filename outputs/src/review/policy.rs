//! What the page may do: run its own script, show its own pictures, and nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The page's script.
pub(super) const SCRIPT: &str = include_str!("../../templates/review.js");

/// The page's style.
pub(super) const STYLE: &str = include_str!("../../templates/review.css");

/// The content security policy: no network, and no script but ours, which its digest names. Even a name that escaped its place could not run.
pub(super) fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
}
