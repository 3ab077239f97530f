//! The risk gauge: 0 to 100 in four bands, named for those who do not see colours.

use leptos::prelude::*;

use crate::plots::gauge;

/// A gauge with the needle at a risk.
#[component]
pub fn Gauge(
    /// 0..=100.
    #[prop(into)]
    risk: Signal<f32>,
) -> impl IntoView {
    let (centre_x, centre_y) = gauge::Gauge::CENTRE;
    view! {
        <svg
            class="gauge"
            data-testid="gauge"
            viewBox=gauge::VIEW_BOX
            role="img"
            aria-label=move || gauge::Gauge::new(risk.get()).summary()
        >
            {move || {
                let drawn = gauge::Gauge::new(risk.get());
                let turn = format!("rotate({:.1} {centre_x} {centre_y})", drawn.needle_degrees);
                let reading = drawn.text();
                let arcs = drawn.arcs.into_iter().map(|arc| {
                    let (x, y) = arc.name_at;
                    view! {
                        <path class="arc" class:current=arc.is_current d=arc.path stroke=arc.colour />
                        <text class="name" x=x y=y text-anchor=arc.name_anchor>{arc.name}</text>
                    }
                });
                view! {
                    {arcs.collect_view()}
                    <path class="needle" d=gauge::Gauge::NEEDLE_PATH transform=turn />
                    <circle class="hub" cx=centre_x cy=centre_y r="7" />
                    <text class=format!("reading {}", drawn.band.name()) x=centre_x y="152" text-anchor="middle">{reading}</text>
                }
            }}
        </svg>
    }
    .into_any()
}
