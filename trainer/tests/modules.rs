//! The modules of the library build on each other in one direction, as `lib.rs` documents.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules, from the lowest to the highest. A module may use modules of earlier lines only.
const LAYERS: [&[&str]; 7] = [
    &["replace"],
    &["metrics", "corrupt", "dataset", "net"],
    &["augment", "export"],
    &["train", "evaluate"],
    &["detect"],
    &["quantise"],
    &["cli"],
];

fn layer(module: &str) -> usize {
    let layer = LAYERS.iter().position(|layer| layer.contains(&module));
    layer.unwrap_or_else(|| panic!("{module} is in no layer: add it here and in lib.rs"))
}

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

#[test]
fn modules_use_only_modules_of_lower_layers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut uses = 0;
    for path in sources(&root) {
        let relative = path.strip_prefix(&root).expect("a path below src");
        let own = relative.iter().next().and_then(|name| name.to_str());
        let own = own.expect("a name").trim_end_matches(".rs");
        if ["lib", "main"].contains(&own) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source");
        for used in text.split("crate::").skip(1) {
            let end = used.find(|c: char| !c.is_alphanumeric() && c != '_');
            let used = &used[..end.unwrap_or(used.len())];
            let allowed = used == own || layer(used) < layer(own);
            assert!(allowed, "{} uses crate::{used}", relative.display());
            uses += 1;
        }
    }
    assert!(uses > 50, "only {uses} uses found");
}
