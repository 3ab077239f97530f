//! The filter: a line of text that all charts and the table follow, with what it lets through, what is wrong with it, and what could be typed.

use leptos::either::Either;
use leptos::prelude::*;
use query::{Suggestion, suggest};

use crate::state::shortcuts::FILTER_ID;
use crate::state::use_workbench;
use app::plots::number;

/// The filter.
#[component]
pub fn FilterBar() -> impl IntoView {
    let workbench = use_workbench();
    let has_keyboard = RwSignal::new(false);
    let typed = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlInputElement>| {
        workbench.query.set(event.target().value());
    };
    let suggestions = Memo::new(move |_| {
        let text = workbench.query.get();
        let fields = workbench.fields.get();
        match fields.filter(|_| has_keyboard.get()) {
            Some(fields) => suggest(&text, text.len(), &fields.fields),
            None => Vec::new(),
        }
    });
    let counts = move || {
        let n = workbench.with_selected(|result, selected| (selected.counts.n_rows, result.n_rows));
        let (n_rows, n_all) = n.unwrap_or_default();
        format!(
            "{} of {} connections",
            number::count(n_rows),
            number::count(n_all)
        )
    };
    let is_empty = move || workbench.query.read().is_empty();
    let is_wrong = move || workbench.query_problem.read().is_some();
    view! {
        <div class="filter-bar">
            <label for=FILTER_ID>"Filter"</label>
            <div class="filter-field">
                <input
                    id=FILTER_ID
                    data-testid="filter"
                    type="search"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    placeholder="risk:>75 service:http -flag:SF src_bytes:>1M"
                    aria-describedby="filter-says"
                    aria-invalid=move || is_wrong().to_string()
                    prop:value=move || workbench.query.get()
                    on:input:target=typed
                    on:focus=move |_| has_keyboard.set(true)
                    on:blur=move |_| set_timeout(move || { has_keyboard.try_set(false); }, std::time::Duration::from_millis(200))
                />
                <Show when=move || has_keyboard.get() && !suggestions.read().is_empty()>
                    <ul class="suggestions" aria-label="What could be typed">
                        {move || suggestions.get().into_iter().map(|suggestion| view! { <SuggestionButton suggestion /> }).collect_view()}
                    </ul>
                </Show>
            </div>
            <button class="ghost" type="button" disabled=is_empty on:click=move |_| workbench.query.set(String::new())>"Clear"</button>
            <p id="filter-says" class="muted" data-testid="filter-says">
                {move || match workbench.query_problem.get() {
                    Some(problem) => Either::Left(view! { <FilterProblem message=problem.message from=problem.from to=problem.to /> }),
                    None => Either::Right(counts()),
                }}
            </p>
        </div>
    }
    .into_any()
}

#[component]
fn SuggestionButton(suggestion: Suggestion) -> impl IntoView {
    let workbench = use_workbench();
    let label = suggestion.label.clone();
    let take = move |event: leptos::ev::MouseEvent| {
        // The field keeps the keyboard.
        event.prevent_default();
        let mut text = workbench.query.get_untracked();
        if text.get(suggestion.replaces.clone()).is_some() {
            text.replace_range(suggestion.replaces.clone(), &suggestion.insert);
            workbench.query.set(text);
        }
    };
    view! { <li><button type="button" tabindex="-1" on:mousedown=take>{label}</button></li> }
}

/// What is wrong, with the text itself marked.
#[component]
fn FilterProblem(message: String, from: usize, to: usize) -> impl IntoView {
    let workbench = use_workbench();
    let text = workbench.query.get_untracked();
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default().to_owned();
    let (before, after) = (part(0..from), part(to.max(from)..text.len()));
    let wrong = part(from..to.max(from));
    view! {
        <span class="filter-problem" role="status">
            <code>{before}<mark>{if wrong.is_empty() { "‸".to_owned() } else { wrong }}</mark>{after}</code>
            " "
            {message}
        </span>
    }
    .into_any()
}
