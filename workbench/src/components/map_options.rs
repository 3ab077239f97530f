//! What the colours and the axes of the map mean.

use leptos::prelude::*;

use crate::state::use_workbench;
use app::job::question::{MapAxis, MapColour};

/// A select element's event.
type SelectEvent = leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlSelectElement>;

/// Pickers above the map.
#[component]
pub fn MapOptions(colour: RwSignal<MapColour>, axes: RwSignal<[MapAxis; 2]>) -> impl IntoView {
    let workbench = use_workbench();
    let set_colour = move |event: SelectEvent| {
        colour.set(match event.target().value().as_str() {
            "label" => MapColour::Label,
            "disagreement" => MapColour::Disagreement(workbench.pair.get_untracked()),
            _ => MapColour::Risk,
        });
    };
    let has_labels = move || workbench.fact(|result| result.has_labels);
    let disagreement = move || {
        let [first, second] = workbench
            .pair
            .get()
            .map(|model| workbench.model_title(model));
        format!("disagreement of {first} and {second}")
    };
    // The pair may change while it colours the map.
    Effect::new(move || {
        let pair = workbench.pair.get();
        if let MapColour::Disagreement(of) = colour.get_untracked()
            && of != pair
        {
            colour.set(MapColour::Disagreement(pair));
        }
    });
    view! {
        <div class="row map-options">
            <label>
                "Colour "
                <select data-testid="map-colour" on:change:target=set_colour>
                    <option value="risk">"risk of the chosen model"</option>
                    <Show when=has_labels><option value="label">"label"</option></Show>
                    <option value="disagreement">{disagreement}</option>
                </select>
            </label>
            <AxisPicker axes axis=0 name="Across " />
            <AxisPicker axes axis=1 name="Up " />
        </div>
    }
    .into_any()
}

#[component]
fn AxisPicker(axes: RwSignal<[MapAxis; 2]>, axis: usize, name: &'static str) -> impl IntoView {
    let workbench = use_workbench();
    let set = move |event: SelectEvent| {
        let value = event.target().value();
        let picked = match value
            .split_once(' ')
            .map(|(kind, index)| (kind, index.parse()))
        {
            Some(("component", Ok(index))) => MapAxis::Component(index),
            Some(("feature", Ok(index))) => MapAxis::Feature(index),
            _ => return,
        };
        workbench.zoom.set(None);
        axes.update(|axes| {
            if let Some(axis) = axes.get_mut(axis) {
                *axis = picked;
            }
        });
    };
    let features = move || {
        let names = workbench.fact(|result| {
            let names = result.features.iter().map(|facts| facts.name.clone());
            names.collect::<Vec<_>>()
        });
        names
            .into_iter()
            .enumerate()
            .map(|(index, name)| view! { <option value=format!("feature {index}")>{name}</option> })
            .collect_view()
    };
    view! {
        <label>
            {name}
            <select data-testid=format!("map-axis-{axis}") on:change:target=set>
                <option value="component 0" selected=axis == 0>"first component"</option>
                <option value="component 1" selected=axis == 1>"second component"</option>
                {features}
            </select>
        </label>
    }
    .into_any()
}
