//! The tree as a house: which room may know which, and no circle of files. Both are read from what the files name of
//! the crate (`use` lines, and paths that begin with `crate` or `super`), re-exports followed to the file that has the
//! item; tests do not count.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, and which others each may know. Each names only rooms above it, so no arrow goes back.
const ROOMS: [(&str, &[&str]); 16] = [
    ("row", &[]),
    ("types", &[]),
    ("copy", &["row", "types"]),
    ("debezium/read", &["copy", "row", "types"]),
    ("debezium/route", &["copy", "debezium/read"]),
    ("committable", &[]),
    ("spec", &["committable", "debezium/read", "debezium/route", "types"]),
    ("sql", &["copy", "spec"]),
    ("connection", &["spec", "sql"]),
    ("registration", &["connection", "spec", "sql"]),
    ("encode", &["copy", "debezium/read", "row", "spec", "types"]),
    ("open", &["connection", "copy", "spec", "sql", "types"]),
    ("ddl", &["connection", "open", "spec", "sql", "types"]),
    ("delivery", &["committable", "connection", "copy", "open", "registration", "spec", "sql"]),
    ("committer", &["committable", "connection", "delivery", "open", "registration", "spec", "sql", "types"]),
    (
        "session",
        &[
            "committer",
            "connection",
            "copy",
            "ddl",
            "delivery",
            "encode",
            "open",
            "registration",
            "row",
            "spec",
            "sql",
        ],
    ),
];

/// Files that every room may know.
const FOR_ALL: [&str; 6] = ["error", "failpoint", "ident", "kind", "metrics", "policy"];

/// A file of the crate, by its module ("session::connection_queue"; the root is empty).
type Module = Vec<String>;

struct Tree {
    files: BTreeMap<Module, Source>,
}

struct Source {
    path: String,
    /// Every path that the file names, as it stands there.
    named: BTreeSet<Vec<String>>,
    /// What it re-exports: the name there, and the path behind it.
    exported: BTreeMap<String, Vec<String>>,
    text: String,
}

impl Tree {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Some(module) = module(&root, &path) {
                    let name = path.strip_prefix(&root).unwrap().display().to_string();
                    files.insert(module, Source::new(name, &fs::read_to_string(&path).unwrap()));
                }
            }
        }
        Tree { files }
    }

    /// The files that each file knows.
    fn arrows(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let known = |(module, source)| (module, self.known(module, source));
        self.files.iter().map(known).collect()
    }

    fn known(&self, module: &Module, source: &Source) -> BTreeSet<&Module> {
        let found = source.named.iter().filter_map(|path| self.resolve(module, path));
        found.filter(|known| *known != module).collect()
    }

    /// The file that has what `path`, named in `module`, is about; nothing for what is not of this crate.
    fn resolve(&self, module: &Module, path: &[String]) -> Option<&Module> {
        let mut at = module.clone();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop();
            }
            first => {
                at.push(first.to_owned());
                self.files.get(&at)?;
            }
        }
        rest = &rest[1..];
        while rest.first().is_some_and(|step| step == "super") {
            at.pop();
            rest = &rest[1..];
        }
        while let Some(step) = rest.first() {
            at.push(step.clone());
            if !self.files.contains_key(&at) {
                at.pop();
                let source = self.files.get(&at)?;
                return match source.exported.get(step) {
                    Some(behind) => self.resolve(&at, behind),
                    None => self.key(&at),
                };
            }
            rest = &rest[1..];
        }
        self.key(&at)
    }

    fn key(&self, module: &Module) -> Option<&Module> {
        self.files.get_key_value(module).map(|(key, _)| key)
    }
}

impl Source {
    fn new(path: String, text: &str) -> Self {
        let text = code(text);
        let mut named = BTreeSet::new();
        let mut exported = BTreeMap::new();
        let mut others = String::new();
        let mut rest = text.as_str();
        while let Some((before, statement, after)) = next_use(rest) {
            others.push_str(before);
            let mut paths = Vec::new();
            expand(&[], statement.split_once("use ").unwrap().1, &mut paths);
            for (path, name) in paths {
                if statement.starts_with("pub") {
                    exported.insert(name, path.clone());
                }
                named.insert(path);
            }
            rest = after;
        }
        others.push_str(rest);
        for begin in ["crate::", "super::"] {
            for (at, _) in others.match_indices(begin) {
                let path = others[at..].split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').next();
                let whole = !others[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
                let steps = path.unwrap_or_default().split("::").filter(|step| !step.is_empty());
                if whole {
                    named.insert(steps.map(ToOwned::to_owned).collect());
                }
            }
        }
        Source { path, named, exported, text }
    }
}

/// The room of a file; nothing for the crate's root and for what only re-exports.
fn room(module: &Module) -> Option<String> {
    match module.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["debezium"] => None,
        ["debezium", half, ..] => Some(format!("debezium/{half}")),
        [room, ..] => Some((*room).to_owned()),
    }
}

/// The module of a file; nothing for files of tests.
fn module(root: &Path, path: &Path) -> Option<Module> {
    let path: PathBuf = path.strip_prefix(root).unwrap().with_extension("");
    let mut module: Module = path.iter().map(|step| step.to_str().unwrap().to_owned()).collect();
    let last = module.last()?.clone();
    if last.ends_with("tests") || last == "testing" || last == "image_builder" {
        return None;
    }
    if last == "mod" || last == "lib" {
        module.pop();
    }
    Some(module)
}

/// Without comments and without the tests at the end.
fn code(text: &str) -> String {
    let lines = text.lines().take_while(|line| *line != "mod tests {");
    let kept = lines.map(|line| line.split("//").next().unwrap_or_default());
    kept.collect::<Vec<_>>().join("\n")
}

/// What stands before the next `use`, the statement, and what follows it.
fn next_use(text: &str) -> Option<(&str, &str, &str)> {
    let mut begin = 0;
    for line in text.split_inclusive('\n') {
        let word = line.trim_start();
        if word.starts_with("use ") || word.starts_with("pub use ") || word.starts_with("pub(crate) use ") {
            let from = begin + line.len() - word.len();
            let end = from + text[from..].find(';')?;
            return Some((&text[..from], &text[from..end], &text[end + 1..]));
        }
        begin += line.len();
    }
    None
}

/// The paths of a tree of `use`, each with the name that it has here.
fn expand(before: &[String], tree: &str, paths: &mut Vec<(Vec<String>, String)>) {
    let tree = tree.trim();
    if let Some((head, inner)) = tree.split_once('{') {
        let mut steps = before.to_vec();
        steps.extend(head.split("::").map(str::trim).filter(|step| !step.is_empty()).map(ToOwned::to_owned));
        let inner = &inner[..inner.rfind('}').unwrap()];
        let mut depth = 0;
        for part in inner.split(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        }) {
            if !part.trim().is_empty() {
                expand(&steps, part, paths);
            }
        }
        return;
    }
    let (path, name) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name.trim())));
    let mut steps = before.to_vec();
    steps.extend(
        path.split("::")
            .map(|step| step.trim().to_owned())
            .filter(|step| step != "self" || before.is_empty()),
    );
    let name = name.map_or_else(|| steps.last().unwrap().clone(), ToOwned::to_owned);
    paths.push((steps, name));
}

#[test]
fn no_files_know_each_other_in_a_circle() {
    let tree = Tree::read();
    let arrows = tree.arrows();
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        arrows.keys().map(|from| (*from, reach(&arrows, from))).collect();
    let mut circles = BTreeSet::new();
    for (module, reaches) in &reached {
        let circle: BTreeSet<&Module> =
            reaches.iter().copied().filter(|other| reached[other].contains(module)).collect();
        if !circle.is_empty() {
            circles.insert(circle);
        }
    }
    let told = circles.iter().map(|circle| {
        let files = circle.iter().map(|module| {
            let knows = arrows[module].iter().filter(|other| circle.contains(*other));
            let knows: Vec<&str> = knows.map(|other| tree.files[*other].path.as_str()).collect();
            format!("  {} → {}", tree.files[*module].path, knows.join(", "))
        });
        files.collect::<Vec<_>>().join("\n")
    });
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "circles of files:\n{}", told.join("\n\n"));
}

/// Everything that a file knows, or knows by way of others.
fn reach<'a>(arrows: &BTreeMap<&'a Module, BTreeSet<&'a Module>>, from: &'a Module) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Module> = vec![from];
    while let Some(module) = next.pop() {
        next.extend(arrows[module].iter().copied().filter(|other| reached.insert(*other)));
    }
    reached
}

#[test]
fn rooms_know_only_rooms_above_them() {
    let tree = Tree::read();
    let mut unused: BTreeSet<(String, String)> = BTreeSet::new();
    for (number, (room, knows)) in ROOMS.iter().enumerate() {
        for known in *knows {
            let above = ROOMS[..number].iter().any(|(other, _)| other == known);
            assert!(above, "{known} does not stand above {room}");
            unused.insert(((*room).to_owned(), (*known).to_owned()));
        }
    }
    let mut wrong = BTreeSet::new();
    for (module, knows) in tree.arrows() {
        let Some(from) = room(module) else { continue };
        for known in knows {
            let Some(to) = room(known) else { continue };
            let arrow = (from.clone(), to.clone());
            let allowed = from == to || FOR_ALL.contains(&to.as_str());
            if !unused.remove(&arrow) && !allowed && !is_allowed(&arrow) {
                wrong.insert(format!("{} → {}", tree.files[module].path, tree.files[known].path));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that no room may have: {wrong:#?}");
    assert!(unused.is_empty(), "arrows that nobody needs: {unused:#?}");
}

fn is_allowed((from, to): &(String, String)) -> bool {
    ROOMS.iter().any(|(room, knows)| room == from && knows.contains(&to.as_str()))
}

#[test]
fn only_the_door_and_the_login_behind_it_have_a_raw_client() {
    let tree = Tree::read();
    for (module, source) in &tree.files {
        let raw = source.named.iter().any(|path| {
            path.first().is_some_and(|first| first == "tokio_postgres")
                && path.last().is_some_and(|last| last == "Client")
        });
        let raw = raw || source.text.contains("tokio_postgres::Client") || source.text.contains(".client");
        let may = ["login", "connection"].contains(&module.last().map_or("", String::as_str));
        assert!(may || !raw, "{} reaches for a raw client", source.path);
    }
    let door = tree.files.iter().filter(|(_, source)| source.text.contains(".client.")).count();
    assert_eq!(door, 2, "the door itself was not recognised");
}

/// What a guarantee and a load mode mean is chosen once, by a type; a file elsewhere that asks for either would decide
/// it a second time.
#[test]
fn nobody_asks_for_the_guarantee_where_it_is_not_chosen() {
    let chosen_in = ["spec", "open", "delivery"];
    for (module, source) in Tree::read().files {
        if room(&module).is_some_and(|room| chosen_in.contains(&room.as_str())) {
            continue;
        }
        for name in ["AtLeastOnce", "ExactlyOnce", "LoadMode"] {
            assert!(!source.text.contains(name), "{} asks for {name}", source.path);
        }
    }
}
