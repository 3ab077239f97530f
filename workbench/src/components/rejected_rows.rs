//! Rows that could not be read: how many, the first hundred with line, column, expected and found, and a list to download.

use leptos::prelude::*;

use crate::state::use_workbench;
use app::browser::files;
use app::job::result::RejectedRow;
use app::plots::number;

/// The panel; nothing where every row was read.
#[component]
pub fn RejectedRows() -> impl IntoView {
    let workbench = use_workbench();
    let download = move |_| {
        let mut text = String::from("line,column,problem\n");
        for error in workbench
            .result
            .get_untracked()
            .iter()
            .flat_map(|result| result.errors.clone())
        {
            let problem = error.problem.replace('"', "\"\"");
            let column = error.column.unwrap_or_default().replace('"', "\"\"");
            text += &format!("{},\"{column}\",\"{problem}\"\n", error.line);
        }
        if let Some(blob) = files::text_blob(&text) {
            files::download("rows-not-read.csv", &blob);
        }
    };
    let n_rejected = move || {
        workbench
            .result
            .read()
            .as_ref()
            .map_or(0, |result| result.n_rejected)
    };
    let incomplete = move || {
        workbench
            .result
            .read()
            .as_ref()
            .and_then(|result| result.incomplete.clone())
    };
    view! {
        {move || incomplete().map(|why| view! {
            <section class="card problem" role="status" data-testid="incomplete">
                <b>"The file was not read to its end: "</b> {why} ". What came before is shown."
            </section>
        })}
        <Show when=move || n_rejected() != 0>
            <section class="card problem" data-testid="rejected-rows" data-value=move || n_rejected().to_string()>
                <div class="head">
                    <h2>{move || match n_rejected() { 1 => "1 row could not be read".to_owned(), n => format!("{} rows could not be read", number::count(n)) }}</h2>
                    <button class="ghost" type="button" on:click=download>"Download the list"</button>
                </div>
                <ul class="errors scroll" tabindex="0">
                    {move || {
                        let errors = workbench.result.get().map(|result| result.errors.clone()).unwrap_or_default();
                        errors.into_iter().map(|error| view! { <li>{sentence(&error)}</li> }).collect_view()
                    }}
                </ul>
            </section>
        </Show>
    }
    .into_any()
}

fn sentence(error: &RejectedRow) -> String {
    match &error.column {
        Some(column) => format!(
            "line {}, column \"{column}\": {}",
            error.line, error.problem
        ),
        None => format!("line {}: {}", error.line, error.problem),
    }
}
