//! `junit.xml`: a scenario's checks as CI systems read them.

use crate::checks::CheckFigures;
use crate::manifest::RunIdentity;
use askama::Template;

#[derive(Template)]
#[template(path = "junit.xml")]
struct Report<'a> {
    run: &'a RunIdentity,
    checks: &'a [CheckFigures],
    failures: usize,
}

/// The bytes of `junit.xml`.
///
/// # Errors
/// None in practice: the content is plain text and integers.
pub fn junit_xml(run: &RunIdentity, checks: &[CheckFigures]) -> Result<String, askama::Error> {
    let failures = checks.iter().filter(|check| !check.passed).count();
    Ok(Report { run, checks, failures }.render()? + "\n")
}

/// Filters of the template.
#[allow(unreachable_pub, reason = "the macro makes the filter's type public")]
mod filters {
    /// Text without what no XML document may hold, escaped or not (XML 1.0, section 2.2); escaping is the template's.
    #[askama::filter_fn]
    pub(super) fn xml(text: &str, _: &dyn askama::Values) -> askama::Result<String> {
        let is_allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
        Ok(text.chars().map(|c| if is_allowed(c) { c } else { '\u{fffd}' }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Evidence;

    fn check(text: &str, passed: bool) -> CheckFigures {
        CheckFigures {
            id: "a".into(),
            requirement: "R-1".into(),
            text: text.into(),
            rule: "no cycle is REJECTED".into(),
            passed,
            found: "2 such cycles".into(),
            at: None,
            at_s: None,
            node: None,
            visit: None,
            evidence: Evidence::Rejections,
        }
    }

    #[test]
    fn failures_are_counted_and_texts_cannot_leave_their_place() {
        let run = RunIdentity {
            version: "0.1.0".into(),
            behaviour: 1,
            scenario: "x".into(),
            seed: 1,
            strategy: "fair-share".into(),
            control: "connector".into(),
            run_digest: String::new(),
        };
        let checks = [check("\"<script>\u{1}&", false), check("fine", true)];
        let xml = junit_xml(&run, &checks).unwrap();
        assert!(xml.contains("tests=\"2\" failures=\"1\""), "{xml}");
        assert!(!xml.contains("<script>") && !xml.contains('\u{1}') && xml.contains('\u{fffd}'), "{xml}");
        assert_eq!(xml.matches("<failure").count(), 1);
    }
}
