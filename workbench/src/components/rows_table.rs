//! The table over all rows of the filter: only what is on the screen is there, whatever the number of rows.
//!
//! Rows have one height, so the place of each is known. Beyond some ten million pixels, which browsers do not scroll, the scroll bar stands
//! for more than a pixel per pixel.

use leptos::either::Either;
use leptos::html::Div;
use leptos::prelude::*;
use models::calibration::Band;
use models::explain::headline;
use models::schema::FeatureKind;

use crate::state::use_workbench;
use app::browser::size::SizeObserver;
use app::components::result_card::capitalised;
use app::job::question::{Question, QuestionKind, RowsQuestion, SortKey, TableRow};
use app::plots::number;

/// Id of the table's window.
pub const TABLE_ID: &str = "top-anomalies-window";

/// Features that are shown first, where the file has them.
const SHOWN: [&str; 7] = [
    "duration",
    "service",
    "flag",
    "src_bytes",
    "dst_bytes",
    "count",
    "srv_count",
];

/// Height of a row in CSS pixels, as the style sheet has it.
const ROW_PX: f64 = 40.0;
/// Height of the header.
const HEAD_PX: f64 = 33.0;
/// Most pixels that all browsers scroll.
const MAX_PX: f64 = 10_000_000.0;
/// Rows fetched above and below the window.
const MARGIN: u32 = 10;

/// The table.
#[component]
pub fn RowsTable() -> impl IntoView {
    let workbench = use_workbench();
    let window = NodeRef::<Div>::new();
    let height = RwSignal::new(520.0f64);
    let sort = workbench.sort;
    let is_distinct = RwSignal::new(true);
    let first = RwSignal::new(0u32);
    let n_rows = Memo::new(move |_| workbench.rows.read().n_rows);
    let n_fit = Memo::new(move |_| ((height.get() - HEAD_PX) / ROW_PX).ceil().max(1.0) as u32);
    let columns = RwSignal::new(Vec::<usize>::new());
    Effect::new(move || {
        let shown = workbench.fact(|result| {
            let features = result.features.iter().enumerate();
            let shown = features.filter(|(_, facts)| SHOWN.contains(&facts.name.as_str()));
            shown.map(|(index, _)| index).collect::<Vec<_>>()
        });
        columns.set(shown);
        first.set(0);
    });
    let observer = StoredValue::new_local(None);
    Effect::new(move || {
        let observed = window.get().and_then(|window| {
            SizeObserver::new(&window, move |_, now| {
                // The table may have gone meanwhile.
                height.try_set(f64::from(now));
            })
        });
        observer.set_value(observed);
    });
    // Asks for what is on the screen.
    Effect::new(move || {
        let (key, is_descending) = sort.get();
        let model = workbench.model.get();
        let question = RowsQuestion {
            number: workbench.next_number(QuestionKind::Rows),
            query: workbench.query.get(),
            model,
            // What is sorted by the chosen model stays so when another is chosen.
            sort: match key {
                SortKey::Score(usize::MAX) => SortKey::Score(model),
                key => key,
            },
            is_descending,
            is_distinct: is_distinct.get(),
            from: first.get().saturating_sub(MARGIN),
            n: n_fit.get() + 2 * MARGIN,
        };
        if workbench.result.read().is_some() {
            workbench.ask(Question::Rows(question));
        }
    });
    let total_px = move || (f64::from(n_rows.get()) * ROW_PX).min(MAX_PX);
    let last_first = move || n_rows.get().saturating_sub(n_fit.get().saturating_sub(1));
    let on_scroll = move |_| {
        if let Some(window) = window.get_untracked() {
            let top = f64::from(window.scroll_top());
            let span = untrack(total_px) - (height.get_untracked() - HEAD_PX);
            let share = if span > 0.0 {
                (top / span).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let row = (share * f64::from(untrack(last_first))).round() as u32;
            if first.get_untracked() != row {
                first.set(row);
            }
        }
    };
    let scroll_to = move |row: u32| {
        if let Some(window) = window.get_untracked() {
            let span = untrack(total_px) - (height.get_untracked() - HEAD_PX);
            let last = f64::from(untrack(last_first)).max(1.0);
            window.set_scroll_top((f64::from(row) / last * span.max(0.0)).round() as i32);
        }
        first.set(row.min(untrack(last_first)));
    };
    // The row that keys move stays in sight.
    Effect::new(move || {
        if let Some(cursor) = workbench.cursor.get() {
            let (top, n) = (
                first.get_untracked(),
                n_fit.get_untracked().saturating_sub(2).max(1),
            );
            if cursor < top {
                scroll_to(cursor);
            } else if cursor >= top + n {
                scroll_to(cursor + 1 - n);
            }
        }
    });
    // Another filter or order begins at the top.
    Effect::new(move |before: Option<()>| {
        workbench.query.track();
        sort.track();
        if before.is_some() {
            workbench.cursor.set(None);
            scroll_to(0);
        }
    });
    let has_labels = Memo::new(move |_| workbench.fact(|result| result.has_labels));
    let above_px = move || {
        // So that the rows stand where the scroll bar says.
        let from = workbench.rows.read().from;
        let span = (total_px() - (height.get() - HEAD_PX)).max(0.0);
        let top = f64::from(first.get()) / f64::from(last_first()).max(1.0) * span;
        let lead = (f64::from(first.get()) - f64::from(from)) * ROW_PX;
        (top - lead).max(0.0)
    };
    view! {
        <section class="card">
            <div class="head">
                <h2>"Connections"</h2>
                <span class="tools" data-testid="table-says">
                    {move || format!("{} {}", number::count(n_rows.get().into()), if is_distinct.get() { "distinct rows; copies counted" } else { "rows" })}
                </span>
                <label class="tools"><input type="checkbox" prop:checked=move || is_distinct.get() on:change:target=move |event| is_distinct.set(event.target().checked()) />" equal rows once"</label>
                <ColumnChooser columns />
            </div>
            <div id=TABLE_ID class="rows-window" tabindex="0" role="region" aria-label="Connections" node_ref=window on:scroll=on_scroll>
                <div class="rows-space" style:height=move || format!("{}px", total_px() + HEAD_PX)>
                <table data-testid="top-anomalies" style:margin-top=move || format!("{}px", above_px()) aria-rowcount=move || n_rows.get() + 1>
                    <thead>
                        <tr>
                            <SortHeader sort key=SortKey::Score(usize::MAX) text="risk".to_owned() meaning="0 to 100; higher is more unusual".to_owned() />
                            <th scope="col">"why"</th>
                            <SortHeader sort key=SortKey::Copies text="copies".to_owned() meaning="Rows with the same features".to_owned() is_number=true />
                            <Show when=move || has_labels.get()><SortHeader sort key=SortKey::Label text="label".to_owned() meaning="As the file has it".to_owned() /></Show>
                            {move || columns.get().into_iter().map(|index| view! { <FeatureHeader sort index /> }).collect_view()}
                            <SortHeader sort key=SortKey::Line text="line".to_owned() meaning="Line of the file".to_owned() is_number=true />
                        </tr>
                    </thead>
                    <tbody>
                        {move || {
                            let answer = workbench.rows.get();
                            let columns = columns.get();
                            answer
                                .rows
                                .iter()
                                .enumerate()
                                .map(|(index, row)| view! { <RowView row=row.clone() position=answer.from + index as u32 columns=columns.clone() has_label=has_labels.get() /> })
                                .collect_view()
                        }}
                    </tbody>
                </table>
                </div>
            </div>
            <p class="muted note">"Enter or a click on a row explains it; j and k move, a click on a heading sorts. Every row is here, none is sampled."</p>
        </section>
    }
    .into_any()
}

/// A heading that sorts.
#[component]
fn SortHeader(
    sort: RwSignal<(SortKey, bool)>,
    key: SortKey,
    text: String,
    meaning: String,
    #[prop(optional)] is_number: bool,
) -> impl IntoView {
    let direction = move || match sort.get() {
        (now, true) if now == key => "descending",
        (now, false) if now == key => "ascending",
        _ => "none",
    };
    let mark = move || match direction() {
        "descending" => " ▼",
        "ascending" => " ▲",
        _ => "",
    };
    let toggle = move |_| {
        sort.update(|(now, is_descending)| {
            *is_descending = *now != key || !*is_descending;
            *now = key;
        });
    };
    view! {
        <th scope="col" class:n=is_number aria-sort=direction>
            <button class="sort" type="button" title=meaning on:click=toggle>{text}<span aria-hidden="true">{mark}</span></button>
        </th>
    }
    .into_any()
}

#[component]
fn FeatureHeader(sort: RwSignal<(SortKey, bool)>, index: usize) -> impl IntoView {
    let facts = use_workbench().fact(|result| result.features.get(index).cloned());
    facts.map(|facts| {
        view! { <SortHeader sort key=SortKey::Feature(index) text=facts.name meaning=facts.meaning is_number=facts.kind != FeatureKind::Category /> }
    })
}

/// Which features have a column.
#[component]
fn ColumnChooser(columns: RwSignal<Vec<usize>>) -> impl IntoView {
    let workbench = use_workbench();
    let toggle = move |index: usize| {
        columns.update(
            |columns| match columns.iter().position(|&shown| shown == index) {
                Some(position) => drop(columns.remove(position)),
                None => {
                    columns.push(index);
                    columns.sort_unstable();
                }
            },
        );
    };
    let names = move || {
        workbench.fact(|result| {
            let names = result.features.iter().map(|facts| facts.name.clone());
            names.collect::<Vec<_>>()
        })
    };
    view! {
        <details class="columns end">
            <summary>"Columns"</summary>
            <div class="card column-list">
                {move || names().into_iter().enumerate().map(|(index, name)| view! {
                    <label><input type="checkbox" prop:checked=move || columns.read().contains(&index) on:change=move |_| toggle(index) />" "{name}</label>
                }).collect_view()}
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn RowView(row: TableRow, position: u32, columns: Vec<usize>, has_label: bool) -> impl IntoView {
    let workbench = use_workbench();
    let band = Band::of(row.risk);
    let why = headline(&row.reasons).map_or_else(
        || "Nothing stands out by itself".into(),
        |reason| capitalised(&reason.sentence),
    );
    let is_chosen = move || workbench.cursor.get() == Some(position);
    let is_opened = {
        let row = row.row;
        move || {
            let open = workbench.explanation.read();
            open.as_ref().is_some_and(|open| open.row == Some(row))
        }
    };
    let open = {
        let row = row.row;
        move |_| {
            workbench.cursor.set(Some(position));
            workbench.explain_row(row);
        }
    };
    let is_number = |index: usize| {
        untrack(|| {
            workbench.fact(|result| {
                let facts = result.features.get(index);
                facts.is_some_and(|facts| facts.kind != FeatureKind::Category)
            })
        })
    };
    let cells = columns.into_iter().map(|index| {
        let cell = row.cells.get(index).cloned().unwrap_or_default();
        view! { <td class:n=is_number(index)>{cell}</td> }
    });
    view! {
        <tr aria-rowindex=position + 2 class:chosen=is_chosen class:opened=is_opened on:click=open>
            <td><span class=format!("pill {}", band.name())>{number::risk(row.risk)} " " {band.name()}</span></td>
            <td class="reason" title=why.clone()>{why.clone()}</td>
            <td class="n">{number::count(row.n_copies.into())}</td>
            {if has_label { Either::Left(view! { <td>{row.label.clone().unwrap_or_default()}</td> }) } else { Either::Right(()) }}
            {cells.collect_view()}
            <td class="n">{number::count(row.line.into())}</td>
        </tr>
    }
    .into_any()
}
