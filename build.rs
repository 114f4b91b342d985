//! Says which folders are embedded in the program: the compiler does not see that the macro reads them, and would keep
//! yesterday's queries and words.

fn main() {
    for folder in ["pipelines", "sql", "reports"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
