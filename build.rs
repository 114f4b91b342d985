//! Says which folders are embedded in the program: the compiler does not see that the macro reads them, and would keep
//! yesterday's queries and words. And notes the manual's page of each module, which the page itself says by the lists that it
//! has.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

/// What stands before the list of a module's settings.
const LIST: &str = "<!-- generated: settings of ";

fn main() {
    for folder in ["pipelines", "sql", "reports"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    let pages: Vec<String> = pages(Path::new("docs/modules"))
        .iter()
        .map(|(module, page)| format!("({module:?}, {page:?})"))
        .collect();
    let out = env::var("OUT_DIR").unwrap_or_default();
    let written = fs::write(Path::new(&out).join("pages.rs"), format!("&[{}]", pages.join(", ")));
    if let Err(error) = written {
        println!("cargo::error=pages.rs cannot be written: {error}");
    }
}

/// The page of each module. Without the manual there are none.
fn pages(folder: &Path) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        let lists = text.split(LIST).skip(1).filter_map(|rest| rest.split(" -->").next());
        pages.extend(lists.map(|module| (module.to_owned(), format!("docs/modules/{name}"))));
    }
    pages
}
