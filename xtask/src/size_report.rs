//! How large the first load is, and whether it is still within its budget.

use anyhow::{Result, bail};

use crate::bundle::{Files, WORKBENCH_NAME, WORKER_NAME};

/// Script, wasm and style sheet of the page together, brotli, in bytes: what a first visit may cost. The bundles of workbench and
/// workers are not part of it: they are fetched, like the models, once the page is alive.
const FIRST_LOAD_BUDGET: usize = 350_000;

/// What happens when the first load is over its budget.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Budget {
    Enforced,
    Reported,
}

/// Prints the size of every file, as it is and as a browser fetches it, and checks the first load
/// (what lies below `pkg`) against its budget.
///
/// # Errors
///
/// When the budget is enforced and exceeded.
pub(crate) fn report(files: &Files, pkg: &str, budget: Budget) -> Result<()> {
    println!("{:>10} {:>10}  target/site", "raw", "brotli");
    let (mut first_load, mut later) = (0, 0);
    let is_copy = |name: &str| name.ends_with(".br") || name.ends_with(".gz");
    for (name, bytes) in files.iter().filter(|(name, _)| !is_copy(name)) {
        let fetched = files.get(&format!("{name}.br")).unwrap_or(bytes).len();
        println!("{:>10} {fetched:>10}  {name}", bytes.len());
        let is_later = [WORKBENCH_NAME, WORKER_NAME]
            .iter()
            .any(|bundle| name.starts_with(&format!("{pkg}/{bundle}")));
        if is_later {
            later += fetched;
        } else if name.starts_with(pkg) {
            first_load += fetched;
        }
    }
    println!(
        "{:>10} {later:>10}  fetched by the live page: workbench and workers",
        ""
    );
    println!(
        "{:>10} {first_load:>10}  first load, budget {FIRST_LOAD_BUDGET}",
        ""
    );
    if first_load > FIRST_LOAD_BUDGET && budget == Budget::Enforced {
        bail!(
            "first load is {first_load} bytes brotli, {} over its budget of {FIRST_LOAD_BUDGET} \
             (--no-budget builds the site all the same)",
            first_load - FIRST_LOAD_BUDGET
        );
    }
    Ok(())
}
