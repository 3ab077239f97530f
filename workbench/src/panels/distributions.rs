//! How features are distributed: small charts of many, a large one of the chosen; a drag or a click on either is a condition of the filter.

use std::sync::Arc;

use analysis::bins::Bins;
use analysis::distribution::{Cut, Distribution};
use analysis::filter::ConnectionField;
use leptos::ev::PointerEvent;
use leptos::html::{Div, Section};
use leptos::prelude::*;
use models::schema::FeatureKind;

use crate::components::chart::{place_of, use_frame};
use crate::components::chart_tools::{ChartTools, heading};
use crate::state::{Workbench, use_workbench};
use app::browser::{canvas, theme};
use app::job::result::FeatureFacts;
use app::plots::category_bars::{CategoryBars, CategoryValue};
use app::plots::feature_histogram::{FeatureHistogram, PartSeries};
use app::plots::inline_svg::to_inline_svg;
use app::plots::{Chart, ChartFrame, PageChart as _, Table, to_svg_with_heading};

/// Small charts that are shown before all are asked for.
const N_SHOWN: usize = 12;

/// What the two parts of a bin are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Split {
    /// Below the threshold, and anomalies.
    Verdict,
    /// Labelled normal, and attacks.
    Label,
}

impl Split {
    fn names(self) -> [&'static str; 2] {
        match self {
            Split::Verdict => ["normal by verdict", "anomaly"],
            Split::Label => ["labelled normal", "attack"],
        }
    }
}

/// All of them.
#[component]
pub fn Distributions() -> impl IntoView {
    let workbench = use_workbench();
    let split = RwSignal::new(Split::Verdict);
    let has_all = RwSignal::new(false);
    let chosen = RwSignal::new(None::<usize>);
    let order = Memo::new(move |_| workbench.fact(|result| by_spread(&result.features)));
    let shown = Memo::new(move |_| {
        let order = order.get();
        let n = if has_all.get() { order.len() } else { N_SHOWN };
        order.into_iter().take(n).collect::<Vec<usize>>()
    });
    Effect::new(move || {
        let features = shown.get();
        workbench.wants.update(|wants| wants.features = features);
    });
    on_cleanup(move || {
        // The page may be on its way out.
        workbench.wants.try_update(|wants| wants.features.clear());
    });
    let has_labels = move || workbench.fact(|result| result.has_labels);
    let set_split =
        move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlSelectElement>| {
            split.set(if event.target().value() == "label" {
                Split::Label
            } else {
                Split::Verdict
            });
        };
    let n_more = move || order.read().len().saturating_sub(N_SHOWN);
    view! {
        <section class="card wide" data-testid="distributions">
            <div class="head">
                <h2>"How each feature is distributed"</h2>
                <label class="tools">
                    "Split by "
                    <select data-testid="split" on:change:target=set_split>
                        <option value="verdict">"verdict at the threshold"</option>
                        <Show when=has_labels><option value="label">"label"</option></Show>
                    </select>
                </label>
                <p class="tools hover-text">"drag over a chart or click a word to filter; a heading opens the chart in large; pale is the whole file"</p>
            </div>
            {move || chosen.get().map(|index| view! { <DistributionChart index split chosen is_compact=false /> })}
            <div class="minis">
                <For each=move || shown.get() key=|index| *index children=move |index| view! { <DistributionChart index split chosen is_compact=true /> } />
            </div>
            <Show when=move || !has_all.get() && (n_more() > 0)>
                <button class="ghost more" type="button" data-testid="all-features" on:click=move |_| has_all.set(true)>{move || format!("{} more features", n_more())}</button>
            </Show>
        </section>
    }
    .into_any()
}

/// Features by how evenly their values are spread over bins, those with one value last.
fn by_spread(features: &[FeatureFacts]) -> Vec<usize> {
    let largest_share = |facts: &FeatureFacts| {
        let n: u64 = facts.all.iter().map(|&n| u64::from(n)).sum();
        let largest = facts.all.iter().max().copied().unwrap_or_default();
        f64::from(largest) / n.max(1) as f64
    };
    let mut order: Vec<usize> = (0..features.len()).collect();
    order.sort_by(|&a, &b| largest_share(&features[a]).total_cmp(&largest_share(&features[b])));
    order
}

/// What the filter says of a feature.
#[derive(Clone, Debug, Default, PartialEq)]
struct Condition {
    range: Option<(f32, f32)>,
    words: Vec<String>,
}

/// A feature as a chart.
#[derive(Clone, Debug, PartialEq)]
enum FeatureChart {
    Numbers(FeatureHistogram),
    Words(CategoryBars),
}

impl FeatureChart {
    fn new(
        facts: &FeatureFacts,
        distribution: Option<&Distribution>,
        (split, threshold): (Split, f32),
        condition: &Condition,
        is_compact: bool,
    ) -> Self {
        let n_bins = facts.cut.n_bins();
        let parts: Vec<[u64; 2]> = (0..n_bins)
            .map(|bin| distribution.map_or([0; 2], |of| parts_of(of, bin, split, threshold)))
            .collect();
        match &facts.cut {
            Cut::Numbers(bins) => {
                let series = |part: usize| PartSeries {
                    name: split.names()[part].to_owned(),
                    counts: parts.iter().map(|parts| parts[part]).collect(),
                };
                Self::Numbers(FeatureHistogram {
                    feature: facts.name.clone(),
                    edges: bins.edges.clone(),
                    is_log: bins.is_log,
                    n_all: facts.all.iter().map(|&n| u64::from(n)).collect(),
                    parts: [series(0), series(1)],
                    brush: condition.range,
                    is_compact,
                })
            }
            Cut::Words { names, .. } => {
                let values = names.iter().zip(&facts.all).zip(&parts);
                let values = values.map(|((name, &n_all), &n_parts)| CategoryValue {
                    name: name.clone(),
                    n_all: u64::from(n_all),
                    n_parts,
                });
                let is_chosen = |(_, name): &(usize, &String)| condition.words.contains(name);
                Self::Words(CategoryBars {
                    feature: facts.name.clone(),
                    values: values.collect(),
                    part_names: split.names().map(str::to_owned),
                    chosen: names
                        .iter()
                        .enumerate()
                        .filter(is_chosen)
                        .map(|(index, _)| index)
                        .collect(),
                    is_compact,
                })
            }
        }
    }

    fn chart(&self) -> &dyn Chart {
        match self {
            Self::Numbers(chart) => chart,
            Self::Words(chart) => chart,
        }
    }

    fn text_at(&self, frame: &ChartFrame, (x, y): (f32, f32)) -> Option<String> {
        let mark = match self {
            Self::Numbers(chart) => chart.hit(frame, x, y),
            Self::Words(chart) => chart.hit(frame, x, y),
        };
        mark.map(|mark| mark.text)
    }
}

/// Selected rows of a bin on either side of the split.
fn parts_of(distribution: &Distribution, bin: usize, split: Split, threshold: f32) -> [u64; 2] {
    let parts = match split {
        Split::Verdict => {
            let found = distribution.n_at_or_above(bin, threshold);
            [distribution.n_at_or_above(bin, 0.0) - found, found]
        }
        Split::Label => {
            let of_bin = distribution.by_truth.get(3 * bin..3 * bin + 2);
            of_bin.map_or([0; 2], |of_bin| [of_bin[0], of_bin[1]])
        }
    };
    parts.map(u64::from)
}

/// One feature's chart, small in the grid or large above it.
#[component]
fn DistributionChart(
    index: usize,
    split: RwSignal<Split>,
    chosen: RwSignal<Option<usize>>,
    is_compact: bool,
) -> impl IntoView {
    let workbench = use_workbench();
    let facts = untrack(|| workbench.fact(|result| result.features.get(index).cloned()));
    let Some(facts) = facts else {
        return ().into_any();
    };
    let facts = Arc::new(facts);
    let (name, meaning, kind) = (facts.name.clone(), facts.meaning.clone(), facts.kind);
    let card = NodeRef::<Section>::new();
    let drawing = NodeRef::<Div>::new();
    let frame = use_frame(drawing);
    let condition = Memo::new(move |_| Condition {
        range: workbench.brushed(ConnectionField::Feature(index)),
        words: workbench.chosen(ConnectionField::Feature(index)),
    });
    let chart = {
        let facts = Arc::clone(&facts);
        Memo::new(move |_| {
            let distributions = workbench.distributions.read();
            let at = (split.get(), workbench.threshold.get());
            FeatureChart::new(
                &facts,
                distributions.get(&index),
                at,
                &condition.read(),
                is_compact,
            )
        })
    };
    let drawn = move || {
        frame.get().map_or_else(String::new, |frame| {
            to_inline_svg(chart.read().chart(), &frame)
        })
    };
    // A list of words in large takes the height that it needs.
    let height = move || {
        let width = frame.get()?.width;
        match &*chart.read() {
            FeatureChart::Words(chart) if !is_compact => Some(format!("{}px", chart.height(width))),
            _ => None,
        }
    };
    let hover = RwSignal::new(None::<String>);
    let brush = RwSignal::new(None::<(f32, f32)>);
    let press = move |event: PointerEvent| {
        let at = place_of(&event);
        let Some(frame) = frame.get_untracked() else {
            return;
        };
        match &*chart.read_untracked() {
            FeatureChart::Numbers(chart) => {
                canvas::hold_pointer(&event);
                let value = chart.value_at(&frame, at.0);
                brush.set(Some((at.0, value)));
            }
            FeatureChart::Words(chart) => {
                let word = chart
                    .value_at(&frame, at.0, at.1)
                    .and_then(|word| chart.values.get(word));
                if let Some(word) = word {
                    workbench.toggle(ConnectionField::Feature(index), &word.name);
                }
            }
        }
    };
    let drag = {
        let facts = Arc::clone(&facts);
        move |event: PointerEvent| {
            let at = place_of(&event);
            let Some(frame) = frame.get_untracked() else {
                return;
            };
            let chart = chart.read_untracked();
            hover.set(chart.text_at(&frame, at));
            if let (Some((from, _)), FeatureChart::Numbers(chart)) =
                (brush.get_untracked(), &*chart)
                && (at.0 - from).abs() > 2.0
            {
                set_brush(
                    workbench,
                    &facts,
                    index,
                    [chart.bin_at(&frame, from), chart.bin_at(&frame, at.0)],
                );
            }
        }
    };
    let release = {
        let facts = Arc::clone(&facts);
        move |event: PointerEvent| {
            let at = place_of(&event);
            let Some((from, _)) = brush.get_untracked() else {
                return;
            };
            brush.set(None);
            if (at.0 - from).abs() <= 2.0
                && let (Some(frame), FeatureChart::Numbers(chart)) =
                    (frame.get_untracked(), &*chart.read_untracked())
            {
                // A click takes one bin, and gives a brush back.
                let field = ConnectionField::Feature(index);
                if untrack(|| workbench.brushed(field)).is_some() {
                    workbench.brush(field, None);
                } else {
                    let bin = chart.bin_at(&frame, at.0);
                    set_brush(workbench, &facts, index, [bin, bin]);
                }
            }
        }
    };
    let summary = move || chart.read().chart().summary();
    let title = name.clone();
    let svg = move |()| {
        let heading = heading(workbench, &title, Vec::new());
        Some(to_svg_with_heading(
            chart.read_untracked().chart(),
            &frame.get_untracked()?,
            &theme::palette(),
            &heading,
            None,
        ))
    };
    let table = move |()| -> Option<Table> { Some(chart.read_untracked().chart().table()) };
    let head = if is_compact {
        view! {
            <button class="link" type="button" title=meaning.clone() on:click=move |_| chosen.set(Some(index))>{name.clone()}</button>
        }
        .into_any()
    } else {
        let unit = unit_of(kind);
        view! {
            <h3>{name.clone()}</h3>
            <span class="muted">{meaning.clone()}{unit}</span>
            <ChartTools title="Distribution" test_id="chart-distribution" card svg table />
            <button class="ghost" type="button" on:click=move |_| chosen.set(None)>"Close"</button>
        }
        .into_any()
    };
    view! {
        <section class="distribution" class:compact=is_compact node_ref=card data-testid=format!("distribution-{name}")>
            <div class="head">{head}</div>
            <div
                class="drawn"
                style:height=height
                role="img"
                aria-label=summary
                node_ref=drawing
                on:pointerdown=press
                on:pointermove=drag
                on:pointerup=release
                on:pointercancel=move |_| brush.set(None)
                on:pointerleave=move |_| hover.set(None)
                inner_html=drawn
            ></div>
            <p class="muted hover-line">{move || hover.get().unwrap_or_default()}</p>
        </section>
    }
    .into_any()
}

fn unit_of(kind: FeatureKind) -> &'static str {
    match kind {
        FeatureKind::Seconds => ", seconds",
        FeatureKind::Bytes => ", bytes",
        FeatureKind::Rate => ", share of connections",
        FeatureKind::Count | FeatureKind::Flag | FeatureKind::Category => "",
    }
}

/// Lets the rows of some bins through.
fn set_brush(workbench: Workbench, facts: &FeatureFacts, index: usize, bins: [Option<usize>; 2]) {
    if let ([Some(a), Some(b)], Cut::Numbers(cut)) = (bins, &facts.cut) {
        let range = range_of(cut, facts.kind, a.min(b), a.max(b));
        let field = ConnectionField::Feature(index);
        if untrack(|| workbench.brushed(field)) != range {
            workbench.brush(field, range);
        }
    }
}

/// The numbers of some bins: from the first's lower edge to below the last's upper one.
fn range_of(bins: &Bins, kind: FeatureKind, first: usize, last: usize) -> Option<(f32, f32)> {
    let (low, high) = (*bins.edges.get(first)?, *bins.edges.get(last + 1)?);
    if last + 1 == bins.len() {
        return Some((low, high));
    }
    let below = match kind {
        FeatureKind::Bytes | FeatureKind::Count | FeatureKind::Flag => high.ceil() - 1.0,
        // Shares have two decimals.
        FeatureKind::Rate => ((high - 0.01) * 100.0).round() / 100.0,
        FeatureKind::Seconds | FeatureKind::Category => high,
    };
    Some((low, below.max(low)))
}
