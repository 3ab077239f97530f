//! The five-field form: checked as one types, scored in the browser; without JavaScript it is sent to the server.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use crate::browser::focus;
use crate::form::{EXAMPLES, FIELDS, FormState, check};

/// The form. `on_submit` is called with the fields when JavaScript runs; otherwise the browser posts them to this page.
#[component]
pub fn FormCard(
    /// Fields, errors and verdict.
    state: RwSignal<FormState>,
    /// The usual range of each field.
    typical: [String; FIELDS.len()],
    /// Scores the form.
    #[prop(into)]
    on_submit: Callback<()>,
) -> impl IntoView {
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wrong = FIELDS
            .iter()
            .enumerate()
            .find(|(index, _)| check(*index, &state.read_untracked().values[*index]).is_err());
        if let Some((_, field)) = wrong {
            focus(field.name);
        }
        on_submit.run(());
    };
    view! {
        <section class="card" aria-labelledby="form-title">
            <div class="head">
                <h2 id="form-title">"One connection"</h2>
                <span class="tools">"view kdd5"</span>
            </div>
            <form method="post" action="/" novalidate on:submit=submit>
                {FIELDS
                    .into_iter()
                    .zip(typical)
                    .enumerate()
                    .map(|(index, (_, typical))| view! { <FormField index typical state /> })
                    .collect_view()}
                <button class="btn" type="submit" data-testid="analyze">"Analyze Now"</button>
                <div class="row examples">
                    <span class="muted">"Try"</span>
                    {EXAMPLES
                        .into_iter()
                        .map(|example| {
                            let fill = move |event: leptos::ev::MouseEvent| {
                                event.prevent_default();
                                state.set(FormState { values: example.values.map(str::to_owned), ..FormState::default() });
                                on_submit.run(());
                            };
                            view! {
                                <button class="ghost" type="submit" name="example" value=example.name formnovalidate on:click=fill>
                                    {example.label}
                                </button>
                            }
                        })
                        .collect_view()}
                </div>
            </form>
        </section>
    }
    .into_any()
}

/// One field with its icon, unit, usual range and error.
#[component]
fn FormField(index: usize, typical: String, state: RwSignal<FormState>) -> impl IntoView {
    let field = FIELDS[index];
    let error = move || state.read().errors[index].clone();
    let typed = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlInputElement>| {
        let text = event.target().value();
        state.update(|state| {
            // An empty field is not wrong until the form is sent.
            state.errors[index] = if text.is_empty() {
                None
            } else {
                check(index, &text).err()
            };
            state.values[index] = text;
            // A verdict stands beside the numbers it is about, or not at all.
            state.verdict = None;
        });
    };
    let error_id = format!("{}-error", field.name);
    let hint_id = format!("{}-hint", field.name);
    let described = format!("{hint_id} {error_id}");
    view! {
        <div class="field" class:wrong=move || error().is_some()>
            <Icon kind=IconKind::of_field(index) />
            <div>
                <label for=field.name>{field.label}</label>
                <input
                    id=field.name
                    name=field.name
                    data-testid=field.test_id
                    inputmode="decimal"
                    autocomplete="off"
                    value=move || state.read_untracked().values[index].clone()
                    prop:value=move || state.read().values[index].clone()
                    aria-invalid=move || error().is_some().then_some("true")
                    aria-describedby=described
                    on:input:target=typed
                />
            </div>
            <span id=hint_id class="hint">
                {field.hint}
                {(!typical.is_empty()).then(|| view! { <small>{format!("usual: {typical}")}</small> })}
            </span>
            <p id=error_id class="error" aria-live="polite">{error}</p>
        </div>
    }
    .into_any()
}
