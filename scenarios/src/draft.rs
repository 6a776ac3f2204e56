//! A scenario that was read and can still be changed.

use crate::doubts::{doubts, doubts_of_file};
use crate::error::{Findings, PROBLEMS_MAX, Problems, ScenarioError};
use crate::format::file::ScenarioFile;
use crate::overlay::{self, Overlay, Refused};
use crate::scenario::{ReadFile, Scenario, derive};
use crate::site::expand::{Origins, expand_changes, expand_site};
use crate::site::site_tables;
use crate::text::report::{NOT_A_SCENARIO, Texts};
use crate::text::ron_text;
use crate::text::source::Sources;
use crate::text::tree::find::covers;
use crate::text::tree::read::read;
use crate::text::tree::repair::{Fault, decode};
use crate::text::tree::{KEYS, Node, Range, Value};
use serde::de::DeserializeOwned;
use std::sync::{Arc, OnceLock};

/// A scenario that was read: its records are expanded, and what it says is yet to be judged.
///
/// What is wrong with its text is kept, so that [`Draft::resolve`] reports all problems in one pass.
#[derive(Debug, Clone)]
pub struct Draft {
    pub(crate) file: ScenarioFile,
    pub(crate) read: ReadText,
    pub(crate) origins: Origins,
    /// Whether cycles come as often as ticks because nothing else is said: they follow another step.
    follows_step: bool,
    /// Problems of expansion.
    pub(crate) expansion: Problems,
    /// Problems of what is said about the scenario and not by it.
    pub(crate) asides: Problems,
    /// What is doubtful about values that were replaced.
    doubts: Problems,
    /// The expanded scenario as a tree, once somebody needs it.
    tree: OnceLock<Arc<Node>>,
}

/// A text that was decoded as far as possible.
#[derive(Debug, Clone)]
pub(crate) struct ReadText {
    pub(crate) sources: Sources,
    pub(crate) root: Arc<Node>,
    /// Which path each text from the command line sets, by its index.
    pub(crate) set: Vec<(u32, String)>,
    pub(crate) faults: Vec<Fault>,
}

impl ReadText {
    /// Reads RON and decodes it.
    ///
    /// # Errors
    /// A syntax error, or so many faults that nothing could be decoded.
    pub(crate) fn of<T: DeserializeOwned>(
        origin: &str,
        text: &str,
        complete: impl FnOnce(&mut Node, &mut Sources) -> Vec<Fault>,
    ) -> Result<(T, Self), ScenarioError> {
        let mut sources = Sources::default();
        let source = sources.add(origin, text);
        let (root, mut faults) = match read(source, text) {
            Ok(mut root) => {
                let faults = complete(&mut root, &mut sources);
                (root, faults)
            }
            Err(error) => {
                let at = error.at as u32;
                let range = Range { source, start: at, end: at };
                let fault = Fault { range, path: String::new(), message: error.message, is_poisonous: false };
                let root = Node { range, value: Value::Unit };
                let read = Self { sources, root: root.into(), faults: vec![fault], set: Vec::new() };
                let error = read.error(None, &Problems::new(), &Problems::new(), "");
                let mut error = error.expect("there is a fault");
                error.findings.is_cut_off = true;
                return Err(error);
            }
        };
        let mut root = root;
        let is_ours = faults.iter().all(|fault| fault.path != NOT_A_SCENARIO);
        let (value, found) = if is_ours { decode(&mut root, PROBLEMS_MAX) } else { (None, Vec::new()) };
        faults.extend(found);
        let read = Self { sources, root: root.into(), faults, set: Vec::new() };
        match value {
            Some(value) => Ok((value, read)),
            None => {
                let error = read.error(None, &Problems::new(), &Problems::new(), "");
                let mut error =
                    error.unwrap_or_else(|| ScenarioError::of_file(origin, None, "it cannot be read"));
                error.findings.left_out = error.findings.left_out.max(usize::from(is_ours));
                Err(error)
            }
        }
    }

    /// What is wrong altogether.
    pub(crate) fn error(
        &self,
        expanded: Option<(&ScenarioFile, &Origins)>,
        expansion: &Problems,
        problems: &Problems,
        prefix: &str,
    ) -> Option<ScenarioError> {
        self.texts(expanded, prefix).error(expansion, problems)
    }

    fn texts<'a>(&'a self, expanded: Option<(&'a ScenarioFile, &'a Origins)>, prefix: &'a str) -> Texts<'a> {
        let Self { sources, root, faults, set } = self;
        Texts { sources, root, faults, set, expanded, prefix }
    }

    /// Remembers the texts that `read_file` hands out, so that problems in them can be shown.
    pub(crate) fn remembering<'a, 'f>(
        sources: &'a mut Sources,
        read_file: &'a mut ReadFile<'f>,
    ) -> impl FnMut(&str) -> Result<String, String> + use<'a, 'f> {
        |name: &str| {
            let text = read_file(name)?;
            sources.add(name, &text);
            Ok(text)
        }
    }
}

impl Draft {
    /// Reads a scenario; `origin` is its name in messages, `read_file` resolves the CSV files of its site data.
    ///
    /// # Errors
    /// The first syntax error. What else is wrong is reported by [`Draft::resolve`].
    pub fn read(origin: &str, text: &str, read_file: &mut ReadFile<'_>) -> Result<Self, ScenarioError> {
        let tables = |root: &mut Node, sources: &mut Sources| match not_a_scenario(root) {
            Some(fault) => vec![fault],
            None => site_tables::insert(root, sources, read_file),
        };
        let (file, read) = ReadText::of::<ScenarioFile>(origin, text, tables)?;
        let mut draft = Self::expanded(file, read);
        if draft.is_sound() {
            let mut asides = Problems::new();
            overlay::check_provenance(&draft.file, || draft.tree(), |_| true, &mut asides);
            draft.asides = asides;
        }
        Ok(draft)
    }

    /// Replaces values by their paths; the last one to name a value wins. What is wrong with a scenario's text stays wrong with it, and
    /// [`Draft::resolve`] reports it together with what is wrong here.
    ///
    /// # Errors
    /// Every path that means nothing, and every value that cannot be, where the text is sound.
    pub fn with(&self, overlays: &[Overlay]) -> Result<Self, ScenarioError> {
        self.with_said("--set", overlays)
    }

    /// Like [`Draft::with`], of values that messages name by `option`: `--axis` of a sweep.
    ///
    /// # Errors
    /// Every path that means nothing, and every value that cannot be, where the text is sound.
    pub fn with_said(&self, option: &str, overlays: &[Overlay]) -> Result<Self, ScenarioError> {
        let mut draft = self.clone();
        // Records that `repeat` stands for are made before the next path names them.
        for overlays in overlays.chunk_by(|overlay, _| !overlay.may_repeat()) {
            draft = draft.overlaid(option, overlays);
        }
        let nothing = Problems::new();
        match draft.read.error(None, &nothing, &nothing, "") {
            Some(error) if self.is_sound() => Err(error),
            _ => {
                draft.check_provenance_that_is_set(overlays);
                Ok(draft)
            }
        }
    }

    /// The scenario with values replaced, as far as they can be.
    fn overlaid(&self, option: &str, overlays: &[Overlay]) -> Self {
        let mut read = self.read.clone();
        let mut tree = Node::clone(self.tree());
        let mut doubts = self.doubts.clone();
        let mut refused = Vec::new();
        for overlay in overlays {
            let text = overlay.to_string();
            let source = read.sources.add_argument(&format!("{option} {text}"), &overlay.value);
            read.set.push((source, overlay.path.clone()));
            match overlay.apply(source, &mut tree) {
                Ok(None) => {}
                Ok(Some(doubt)) => doubts.add(overlay.path.as_str(), doubt),
                Err(Refused { fault, sound }) => {
                    refused.push(source);
                    if !sound.is_some_and(|sound| self.may_lack(&overlay.path, sound)) {
                        read.faults.push(fault);
                    }
                }
            }
        }
        let (file, faults) = decode::<ScenarioFile>(&mut tree, PROBLEMS_MAX);
        read.faults.extend(faults.into_iter().filter(|fault| !refused.contains(&fault.range.source)));
        let Some(mut file) = file else { return Self { read, doubts, ..self.clone() } };
        if self.follows_step && overlays.iter().all(|overlay| overlay.path != "rebalance") {
            file.rebalance = None;
        }
        let mut draft = Self::expanded(file, read);
        draft.compose(&self.origins);
        draft.expansion.put_first(&self.expansion);
        draft.asides = self.asides.clone();
        draft.doubts = doubts;
        draft
    }

    /// Whether a path, of which so many segments are sound, may lead nowhere only because of what is wrong in the text: a record that it
    /// names has no name, or was not made.
    fn may_lack(&self, path: &str, sound: usize) -> bool {
        let segments: Vec<&str> = path.split('.').take(sound).collect();
        let is_site = segments.first() == Some(&"site");
        let hides = |fault: &Fault| {
            let wrong: Vec<&str> = fault.path.split('.').collect();
            let last = wrong.last().copied().unwrap_or_default();
            let makes_records =
                wrong[0] == "site" && (wrong.len() <= 3 || matches!(last, "parent" | "repeat"));
            let is_name = wrong.len() == sound + 1 || wrong.len() == sound + 2 && KEYS.contains(&last);
            fault.path.is_empty()
                || segments.starts_with(&wrong)
                || is_site && makes_records
                || is_name && wrong.starts_with(&segments)
        };
        is_site && !self.expansion.is_empty()
            || self.read.faults.iter().any(|fault| fault.is_poisonous && hides(fault))
    }

    /// What is said of other values was checked when the text was read.
    fn check_provenance_that_is_set(&mut self, overlays: &[Overlay]) {
        let is_set = |place: &str| overlays.iter().any(|overlay| covers(&overlay.path, place));
        if self.is_sound() && overlays.iter().any(|overlay| overlay.path.starts_with("provenance")) {
            let mut asides = std::mem::take(&mut self.asides);
            overlay::check_provenance(&self.file, || self.tree(), is_set, &mut asides);
            self.asides = asides;
        }
    }

    /// Records of an expanded scenario come from those of the file.
    fn compose(&mut self, before: &Origins) {
        for (list, origins) in &mut self.origins {
            let before = before.get(list).map_or(&[][..], Vec::as_slice);
            for origin in origins {
                *origin = before.get(*origin).copied().unwrap_or(*origin);
            }
        }
    }

    fn is_sound(&self) -> bool {
        self.read.faults.is_empty() && self.expansion.is_empty()
    }

    /// The expanded scenario as a tree.
    pub(crate) fn tree(&self) -> &Arc<Node> {
        self.tree.get_or_init(|| {
            let text = ron_text::write(&self.file, 3);
            read(0, &text).expect("what is written can be read").into()
        })
    }

    pub(crate) fn expanded(mut file: ScenarioFile, read: ReadText) -> Self {
        let mut expansion = Problems::new();
        let origins = expand_site(&mut file.site, &mut expansion);
        expand_changes(&mut file.site_changes, &file.site, &mut expansion);
        let follows_step = file.rebalance.is_none();
        file.rebalance.get_or_insert(file.step);
        let (asides, doubts, tree) = (Problems::new(), Problems::new(), OnceLock::new());
        Self { file, read, origins, follows_step, expansion, asides, doubts, tree }
    }

    /// The scenario with every `repeat` expanded and every default filled in.
    pub fn file(&self) -> &ScenarioFile {
        &self.file
    }

    /// Derives the depot and all that happens, and checks it; `read_file` resolves the CSV file of visits.
    ///
    /// # Errors
    /// Every problem of the text and of what it says, in the order of the files.
    pub fn resolve(&self, read_file: &mut ReadFile<'_>) -> Result<Scenario, ScenarioError> {
        self.judge(read_file).map(|(scenario, _)| scenario)
    }

    /// The same, with warnings of what is allowed and yet hardly meant.
    ///
    /// # Errors
    /// Every problem of the text and of what it says, in the order of the files.
    pub fn judge(&self, read_file: &mut ReadFile<'_>) -> Result<(Scenario, Findings), ScenarioError> {
        let mut problems = self.asides.clone();
        let mut read = self.read.clone();
        let scenario =
            derive(&self.file, &mut ReadText::remembering(&mut read.sources, read_file), &mut problems);
        let expanded = Some((&self.file, &self.origins));
        match (read.error(expanded, &self.expansion, &problems, ""), scenario) {
            (Some(mut error), _) => {
                let mut found = doubts_of_file(&self.file);
                found.put_first(&self.doubts);
                error.warnings = read.texts(expanded, "").warnings(&found).into();
                Err(error)
            }
            (None, Some(scenario)) => {
                let mut found = doubts(&scenario);
                found.put_first(&self.doubts);
                let warnings = read.texts(expanded, "").warnings(&found);
                Ok((scenario, warnings))
            }
            (None, None) => unreachable!("a scenario that cannot be derived has a problem"),
        }
    }
}

/// Something else of ours that is taken for a scenario; nothing more is to be said of it.
fn not_a_scenario(root: &Node) -> Option<Fault> {
    let message = match &root.value {
        Value::Record(_) if root.field("scenario").is_some() && root.field("behaviour").is_some() => {
            "this is the recording of a run and no scenario (`depotsim verify` runs its pack again; what stands in its `scenario: (...)` is one)"
        }
        Value::Foreign("a map in braces") => {
            "this is a map in braces, such as JSON has (a scenario is a record in parentheses: `depotsim show` prints one, without --json)"
        }
        _ => return None,
    };
    let range = Range { end: root.range.start + 1, ..root.range };
    Some(Fault { range, path: NOT_A_SCENARIO.into(), message: message.into(), is_poisonous: true })
}
