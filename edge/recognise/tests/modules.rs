//! There is no circle among the modules of the library: each can be read with those below it alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules that each module uses.
type Uses = BTreeMap<String, BTreeSet<String>>;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of sources");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The code of a source without comments and tests, in which paths begin at the crate.
fn code(text: &str, depth: usize) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter_map(|line| line.split("//").next());
    let code: Vec<&str> = lines.collect();
    code.join("\n").replace(&"super::".repeat(depth), "crate::")
}

/// The first names of what follows `crate::`: several if it is a tree in braces.
fn first_names(path: &str) -> Vec<String> {
    let name = |path: &str| {
        let is_of_name = |c: &char| c.is_alphanumeric() || *c == '_';
        path.trim().chars().take_while(is_of_name).collect()
    };
    if !path.starts_with('{') {
        return vec![name(path)];
    }
    let tree = path.chars().scan(0, |depth, c| {
        *depth += i32::from(c == '{') - i32::from(c == '}');
        (*depth > 0).then_some((*depth, c))
    });
    let top: String = tree
        .filter_map(|(depth, c)| (depth == 1).then_some(c))
        .collect();
    let names = top[1..].split(',').map(name);
    names.filter(|name| !name.is_empty()).collect()
}

/// A circle of modules that use each other, if there is one.
fn circle(mut uses: Uses) -> Option<String> {
    // What uses nothing that is left is in no circle.
    loop {
        let left: Vec<String> = uses.keys().cloned().collect();
        uses.retain(|_, used| used.iter().any(|it| left.contains(it)));
        if uses.len() == left.len() {
            break;
        }
    }
    let mut path: Vec<&String> = vec![uses.keys().next()?];
    loop {
        let mut used = uses[*path.last()?].iter();
        let next = used.find(|it| uses.contains_key(*it))?;
        path.push(next);
        if let Some(start) = path[..path.len() - 1].iter().position(|it| *it == next) {
            let names: Vec<&str> = path[start..].iter().map(|it| it.as_str()).collect();
            return Some(names.join(" -> "));
        }
    }
}

#[test]
fn modules_use_each_other_in_no_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut uses = Uses::new();
    for path in sources(&root) {
        let inner = path.strip_prefix(&root).expect("a path below src");
        let inner = inner.with_extension("");
        let names = inner.iter().map(|name| name.to_str().expect("UTF-8"));
        let names: Vec<&str> = names.filter(|name| *name != "mod").collect();
        if names == ["lib"] {
            continue;
        }
        let used = uses.entry(names[0].to_owned()).or_default();
        let text = fs::read_to_string(&path).expect("a source");
        let code = code(&text, names.len());
        let paths = code.split("crate::").skip(1).flat_map(first_names);
        used.extend(paths.filter(|it| it != names[0]));
    }
    for name in uses.values().flatten() {
        assert!(uses.contains_key(name), "crate::{name} is no module");
    }
    let count = uses.values().map(BTreeSet::len).sum::<usize>();
    assert!(count > 50, "only {count} uses found");
    assert_eq!(circle(uses), None);
}
