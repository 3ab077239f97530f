//! The filter: a line of text that all charts and the table follow, with what it lets through, what is wrong with it, and what could be typed.

use leptos::either::Either;
use leptos::prelude::*;
use query::{Suggestion, suggest};

use crate::state::shortcuts::FILTER_ID;
use crate::state::{Workbench, use_workbench};
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
    // Which of them the arrows have reached; typing begins anew.
    let reached = RwSignal::new(None::<usize>);
    Effect::new(move || {
        suggestions.track();
        reached.set(None);
    });
    let key = move |event: leptos::ev::KeyboardEvent| {
        let n = suggestions.read_untracked().len();
        let now = reached.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if n > 0 => reached.set(Some(now.map_or(0, |now| (now + 1) % n))),
            "ArrowUp" if n > 0 => reached.set(Some(now.map_or(n - 1, |now| (now + n - 1) % n))),
            "Enter" => {
                let suggestions = suggestions.get_untracked();
                match now.and_then(|now| suggestions.get(now)) {
                    Some(suggestion) => take(workbench, suggestion),
                    None => return,
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let counts = move || {
        let n = workbench.with_selected(|result, selected| (selected.counts.n_rows, result.n_rows));
        let (n_rows, n_all) = n.unwrap_or_default();
        format!(
            "{} of {} connections",
            number::count(n_rows),
            number::count(n_all)
        )
    };
    let is_listed = move || has_keyboard.get() && !suggestions.read().is_empty();
    let is_empty = move || workbench.query.read().is_empty();
    let is_wrong = move || workbench.query_problem.read().is_some();
    view! {
        <div class="filter-bar">
            <label for=FILTER_ID>"Filter"</label>
            <div class="filter-field">
                <input
                    id=FILTER_ID
                    data-testid="filter"
                    type="text"
                    inputmode="search"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    placeholder="risk:>75 service:http -flag:SF src_bytes:>1M"
                    role="combobox"
                    aria-autocomplete="list"
                    aria-controls=LIST_ID
                    aria-expanded=move || is_listed().to_string()
                    aria-activedescendant=move || reached.get().map(option_id)
                    aria-describedby="filter-says"
                    aria-invalid=move || is_wrong().to_string()
                    prop:value=move || workbench.query.get()
                    on:input:target=typed
                    on:keydown=key
                    on:focus=move |_| has_keyboard.set(true)
                    on:blur=move |_| set_timeout(move || { has_keyboard.try_set(false); }, std::time::Duration::from_millis(200))
                />
                <ul id=LIST_ID class="suggestions" role="listbox" aria-label="What could be typed" hidden=move || !is_listed()>
                    {move || suggestions.get().into_iter().enumerate().map(|(index, suggestion)| view! { <SuggestionOption index suggestion reached /> }).collect_view()}
                </ul>
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

/// Id of the list of suggestions.
const LIST_ID: &str = "suggestions";

fn option_id(index: usize) -> String {
    format!("suggestion-{index}")
}

#[component]
fn SuggestionOption(
    index: usize,
    suggestion: Suggestion,
    reached: RwSignal<Option<usize>>,
) -> impl IntoView {
    let workbench = use_workbench();
    let label = suggestion.label.clone();
    let press = move |event: leptos::ev::MouseEvent| {
        // The field keeps the keyboard.
        event.prevent_default();
        take(workbench, &suggestion);
    };
    view! {
        <li id=option_id(index) role="option" aria-selected=move || (reached.get() == Some(index)).to_string() on:mousedown=press>
            {label}
        </li>
    }
}

/// Puts a suggestion into the filter.
fn take(workbench: Workbench, suggestion: &Suggestion) {
    let mut text = workbench.query.get_untracked();
    if text.get(suggestion.replaces.clone()).is_some() {
        text.replace_range(suggestion.replaces.clone(), &suggestion.insert);
        workbench.query.set(text);
    }
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
