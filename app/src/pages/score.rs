//! The start page: type one connection or drop a file; see what is odd, how odd, and why. What is shown of a file is the workbench's, which
//! mounts itself at the end of the page.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::components::drop_zone::DropZone;
use crate::components::form_card::FormCard;
use crate::components::job_panel::JobPanel;
use crate::components::proof::Proof;
use crate::components::result_card::ResultCard;
use crate::context::{ModelFacts, model_facts, submitted_form};
use crate::page_state::PageState;

/// Id of the element that the workbench mounts itself into.
pub const WORKBENCH_ID: &str = "workbench";

/// The page.
#[component]
pub fn ScorePage() -> impl IntoView {
    let facts: ModelFacts = SharedValue::new(model_facts).into_inner();
    let page = PageState::provide(SharedValue::new(submitted_form).into_inner());
    let form = page.form;
    let prepared = facts.clone();
    Effect::new(move || {
        let facts = prepared.clone();
        spawn_local(async move { page.prepare(facts).await });
    });
    // A form sent before the workers are there is scored as soon as they are.
    let is_asked = RwSignal::new(false);
    Effect::new(move || {
        if page.is_ready.get() && is_asked.get() {
            is_asked.set(false);
            page.score_form();
        }
    });
    view! {
        <div class="intro">
            <div>
                <h1>"Find the odd connections."</h1>
                <p>"Type one connection or drop a file of traffic. Everything is scored here, in your browser, by the same models as on the server."</p>
            </div>
            <Proof />
        </div>
        <div class="two">
            <FormCard state=form typical=facts.typical.clone() on_submit=move |()| is_asked.set(true) />
            <ResultCard state=form accuracy=facts.accuracy.clone() />
        </div>
        <DropZone />
        <JobPanel job=page.job doing="Scoring" failed="This file cannot be scored." on_cancel=Callback::new(move |()| page.cancel()) />
        <div id=WORKBENCH_ID></div>
    }
    .into_any()
}
