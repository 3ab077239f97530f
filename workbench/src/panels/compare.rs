//! The third tab: two models on the same connections: where they agree, where not, and which ranks better.

use leptos::html::{Canvas, Div, Section};
use leptos::prelude::*;
use models::evaluation::paired::mcnemar;
use models::evaluation::paired::{
    CurvePoint as BandEstimate, Difference, Estimate, PairedComparison,
};
use models::evaluation::report::BandPoint;
use models::risk_histogram::Truth;

use super::findings::curve_of;
use crate::components::chart::{ChartCard, use_frame};
use crate::components::chart_tools::{ChartTools, heading};
use crate::state::{Workbench, use_workbench};
use app::browser::{canvas, theme};
use app::job::question::{CompareQuestion, Pair, Question, QuestionKind, ScatterQuestion, SortKey};
use app::plots::curve::{Curve, CurveBands};
use app::plots::inline_svg::to_inline_svg;
use app::plots::precision_recall::PrecisionRecall;
use app::plots::roc::Roc;
use app::plots::score_scatter::{QuadrantCounts, ScoreScatterView};
use app::plots::svg_file::Picture;
use app::plots::{Chart, number, to_svg_with_heading};

/// The panels.
#[component]
pub fn Compare() -> impl IntoView {
    let workbench = use_workbench();
    Effect::new(move || {
        let pair = workbench.pair.get();
        workbench.wants.update(|wants| wants.pair = Some(pair));
    });
    on_cleanup(move || {
        // The page may be on its way out.
        workbench.wants.try_update(|wants| wants.pair = None);
    });
    Effect::new(move || {
        let (models, query) = (workbench.pair.get(), workbench.query.get());
        if workbench.fact(|result| result.has_both_labels) {
            workbench.comparison.set(None);
            workbench.ask(Question::Compare(CompareQuestion {
                number: workbench.next_number(QuestionKind::Compare),
                query,
                models,
            }));
        }
    });
    let has_labels = Memo::new(move |_| workbench.fact(|result| result.has_both_labels));
    let curves = Memo::new(move |_| curves(workbench));
    let roc = Signal::derive(move || {
        Some(Roc {
            curves: curves.get(),
            operating: None,
        })
    });
    let base_rate = move || {
        let of = workbench.with_selected(|_, selected| selected.counts.risks.confusion_at(0.0));
        let of = of.unwrap_or_default();
        (of.true_positives + of.false_negatives) as f64 / of.total().max(1) as f64
    };
    let precision_recall = Signal::derive(move || {
        Some(PrecisionRecall {
            curves: curves.get(),
            operating: None,
            base_rate: base_rate(),
        })
    });
    view! {
        <div class="grid">
            <section class="card wide">
                <div class="row">
                    <ModelPicker side=0 label="Compare " />
                    <ModelPicker side=1 label="with " />
                    <button class="ghost" type="button" data-testid="sort-disagreement" on:click=move |_| workbench.sort.set((SortKey::Disagreement(workbench.pair.get_untracked()), true))>
                        "Rank the table by disagreement"
                    </button>
                </div>
            </section>
            <ScatterCard />
            <Agreement />
            <Show when=move || has_labels.get()>
                <ChartCard<Roc> title="ROC of both" test_id="chart-compare-roc" chart=roc />
                <ChartCard<PrecisionRecall> title="Precision and recall of both" test_id="chart-compare-pr" chart=precision_recall />
                <DifferenceCard />
            </Show>
        </div>
    }
    .into_any()
}

/// One of the two.
#[component]
fn ModelPicker(side: usize, label: &'static str) -> impl IntoView {
    let workbench = use_workbench();
    let pick = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlSelectElement>| {
        let model = event.target().selected_index().max(0) as usize;
        workbench.pair.update(|pair| {
            if let Some(of) = pair.get_mut(side) {
                *of = model;
            }
        });
    };
    let options = move || {
        let titles = workbench.fact(|result| {
            let models = result.models.iter();
            models.map(|model| model.title.clone()).collect::<Vec<_>>()
        });
        titles.into_iter().enumerate().map(|(index, title)| view! { <option selected=move || workbench.pair.read().get(side) == Some(&index)>{title}</option> }).collect_view()
    };
    view! { <label>{label}<select data-testid=format!("compare-{side}") on:change:target=pick>{options}</select></label> }
}

/// The titles of the two.
fn titles(workbench: Workbench) -> [String; 2] {
    workbench
        .pair
        .get()
        .map(|model| workbench.model_title(model))
}

/// Counts of the two that the answer to the last question has; `None` while it is of other models.
fn with_pair<T>(workbench: Workbench, read: impl FnOnce(&Pair) -> T) -> Option<T> {
    let models = workbench.pair.get();
    workbench.with_selected(|_, selected| {
        let pair = selected.pair.as_ref()?;
        (pair.models == models).then(|| read(pair))
    })?
}

/// Rows at or above the threshold under both, one, or none.
fn quadrants(pair: &Pair, threshold: f32) -> QuadrantCounts {
    let counts = &pair.rows;
    let (a, b) = (
        counts.first.n_anomalies(threshold),
        counts.second.n_anomalies(threshold),
    );
    let both = counts.both.n_anomalies(threshold);
    QuadrantCounts {
        both,
        only_a: a - both,
        only_b: b - both,
        neither: counts.first.n_anomalies(0.0) + both - a - b,
    }
}

const SCATTER_TITLE: &str = "Risk under one against the other";

/// Scores against each other: points as a canvas over a frame of SVG.
#[component]
fn ScatterCard() -> impl IntoView {
    let workbench = use_workbench();
    let card = NodeRef::<Section>::new();
    let drawing = NodeRef::<Div>::new();
    let points = NodeRef::<Canvas>::new();
    let frame = use_frame(drawing);
    let view_of = Memo::new(move |_| {
        let threshold = workbench.threshold.get();
        let counts = with_pair(workbench, |pair| quadrants(pair, threshold));
        ScoreScatterView {
            names: titles(workbench),
            thresholds: [threshold; 2],
            counts: counts.unwrap_or_default(),
        }
    });
    Effect::new(move || {
        workbench.theme.track();
        let (models, query) = (workbench.pair.get(), workbench.query.get());
        if let Some(frame) = frame.get() {
            let area = view_of.with_untracked(|view| view.pixel_area(&frame));
            workbench.ask(Question::Scatter(ScatterQuestion {
                number: workbench.next_number(QuestionKind::Scatter),
                query,
                models,
                size: [area.width, area.height],
                ratio: frame.scale,
                is_dark: theme::is_dark(),
            }));
        }
    });
    Effect::new(move || {
        if let (Some(canvas), Some(frame)) = (points.get(), frame.get())
            && let Some(picture) = &*workbench.scatter.read()
        {
            let area = view_of.with_untracked(|view| view.pixel_area(&frame));
            canvas::put_pixels(&canvas, &picture.pixels, area);
        }
    });
    let drawn = move || {
        frame
            .get()
            .map_or_else(String::new, |frame| to_inline_svg(&*view_of.read(), &frame))
    };
    let side = move |of: fn(&ScoreScatterView, &app::plots::ChartFrame) -> f32| {
        move || {
            let frame = frame.get()?;
            view_of.with(|view| Some(format!("{}px", of(view, &frame))))
        }
    };
    let summary = move || view_of.read().summary();
    let svg = move |()| {
        let frame = frame.get_untracked()?;
        let view = view_of.get_untracked();
        let picture = Picture {
            address: points.get_untracked()?.to_data_url().ok()?,
            area: view.area(&frame),
        };
        let heading = heading(workbench, SCATTER_TITLE, Vec::new());
        Some(to_svg_with_heading(
            &view,
            &frame,
            &theme::palette(),
            &heading,
            Some(&picture),
        ))
    };
    let table = move |()| Some(view_of.read_untracked().table());
    view! {
        <section class="card chart-card" node_ref=card>
            <div class="head">
                <h2>{SCATTER_TITLE}</h2>
                <ChartTools title=SCATTER_TITLE test_id="chart-scatter" card svg table />
                <p class="tools hover-text">"every row of the filter; lines at the threshold"</p>
            </div>
            <div class="plot tall scatter">
                <div class="drawn" node_ref=drawing inner_html=drawn></div>
                <div
                    class="points"
                    style:left=side(|view, frame| view.pixel_area(frame).left as f32 / frame.scale)
                    style:top=side(|view, frame| view.pixel_area(frame).top as f32 / frame.scale)
                    style:width=side(|view, frame| view.pixel_area(frame).width as f32 / frame.scale)
                    style:height=side(|view, frame| view.pixel_area(frame).height as f32 / frame.scale)
                >
                    <canvas node_ref=points data-testid="chart-scatter" role="img" aria-label=summary></canvas>
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// How often the two agree.
#[component]
fn Agreement() -> impl IntoView {
    let workbench = use_workbench();
    let counts = move || {
        let threshold = workbench.threshold.get();
        with_pair(workbench, |pair| quadrants(pair, threshold)).unwrap_or_default()
    };
    let show = move |first: &'static str, second: &'static str| {
        move |_| {
            let names = workbench.pair.get_untracked().map(|model| {
                untrack(|| {
                    workbench
                        .fact(|result| result.models.get(model).map(|model| model.name.clone()))
                })
            });
            if let [Some(a), Some(b)] = names {
                let threshold = workbench.threshold.get_untracked();
                workbench
                    .query
                    .set(format!("{a}:{first}{threshold} {b}:{second}{threshold}"));
            }
        }
    };
    let cell = move |test_id: &'static str,
                     read: fn(QuadrantCounts) -> u64,
                     first: &'static str,
                     second: &'static str| {
        view! {
            <button class="cell" type="button" title="Show these rows" data-testid=test_id on:click=show(first, second)>{move || number::count(read(counts()))}</button>
        }
    };
    let kappa = move || {
        let of = counts();
        let n = (of.both + of.only_a + of.only_b + of.neither).max(1) as f64;
        let agreed = (of.both + of.neither) as f64 / n;
        let (a, b) = (
            (of.both + of.only_a) as f64 / n,
            (of.both + of.only_b) as f64 / n,
        );
        let by_chance = a * b + (1.0 - a) * (1.0 - b);
        let kappa = if by_chance < 1.0 {
            (agreed - by_chance) / (1.0 - by_chance)
        } else {
            1.0
        };
        format!(
            "They agree on {} of the connections; Cohen’s kappa is {}.",
            number::percent(agreed),
            number::fraction(kappa)
        )
    };
    let first = move || titles(workbench)[0].clone();
    let second = move || titles(workbench)[1].clone();
    view! {
        <section class="card" data-testid="agreement">
            <div class="head"><h2>"Agreement at this threshold"</h2></div>
            <table class="confusion">
                <thead><tr><td></td><th scope="col">{second}": no alarm"</th><th scope="col">{second}": alarm"</th></tr></thead>
                <tbody>
                    <tr>
                        <th scope="row">{first}": no alarm"</th>
                        <td class="right">{cell("agree-neither", |of| of.neither, "<", "<")}</td>
                        <td class="wrong">{cell("only-second", |of| of.only_b, "<", ">=")}</td>
                    </tr>
                    <tr>
                        <th scope="row">{first}": alarm"</th>
                        <td class="wrong">{cell("only-first", |of| of.only_a, ">=", "<")}</td>
                        <td class="right">{cell("agree-both", |of| of.both, ">=", ">=")}</td>
                    </tr>
                </tbody>
            </table>
            <p class="muted">{kappa}</p>
        </section>
    }
    .into_any()
}

/// Both curves, with bands as soon as there are some.
fn curves(workbench: Workbench) -> Vec<Curve> {
    let models = workbench.pair.get();
    let comparison = workbench.comparison.read();
    let paired = comparison
        .as_ref()
        .filter(|comparison| comparison.models == models)
        .and_then(|comparison| comparison.paired.as_ref());
    let bands = |side: usize| {
        let estimate = paired.map(|paired| if side == 0 { &paired.a } else { &paired.b });
        estimate.map_or_else(CurveBands::default, |estimate| CurveBands {
            roc: band_of(&estimate.roc),
            precision_recall: band_of(&estimate.precision_recall),
        })
    };
    let curves = workbench.with_selected(|result, selected| {
        let sides = models.into_iter().enumerate();
        let curves = sides.filter_map(|(side, model)| {
            let title = &result.models.get(model)?.title;
            let ranking = selected.rankings.get(model)?.as_ref()?;
            Some(curve_of(title, model, ranking, bands(side)))
        });
        curves.collect()
    });
    curves.unwrap_or_default()
}

fn band_of(points: &[BandEstimate]) -> Vec<BandPoint> {
    let points = points.iter().map(|point| BandPoint {
        mean: point.value,
        x: point.x,
        low: point.low,
        high: point.high,
    });
    points.collect()
}

/// How sure the difference is.
#[component]
fn DifferenceCard() -> impl IntoView {
    let workbench = use_workbench();
    let progress = move || {
        let comparison = workbench.comparison.read();
        match comparison.as_ref().map(|comparison| comparison.n_resamples) {
            Some([done, all]) if done < all => format!("{done} of {all} resamples"),
            Some([_, all]) => format!("{all} resamples of groups of equal rows"),
            None => "resampling…".to_owned(),
        }
    };
    let rows = move || {
        let comparison = workbench.comparison.read();
        let paired = comparison
            .as_ref()
            .and_then(|comparison| comparison.paired.clone());
        paired.map(|paired| difference_rows(&paired))
    };
    let at_threshold = move || {
        let threshold = workbench.threshold.get();
        with_pair(workbench, |pair| {
            mcnemar_text(pair, threshold, titles(workbench))
        })
    };
    let first = move || titles(workbench)[0].clone();
    let second = move || titles(workbench)[1].clone();
    view! {
        <section class="card wide" data-testid="difference">
            <div class="head"><h2>"Is the difference real?"</h2><span class="tools" data-testid="resamples">{progress}</span></div>
            <div class="scroll" tabindex="0" role="region" aria-label="Difference of the two models">
                <table>
                    <thead><tr><th scope="col">"figure"</th><th scope="col" class="n">{first}</th><th scope="col" class="n">{second}</th><th scope="col" class="n">"difference"</th><th scope="col" class="n">"p"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p>{at_threshold}</p>
            <p class="muted">"Ranges hold 95 % of the resamples. Rows with the same features are one observation: a flood of copies proves nothing twice."</p>
        </section>
    }
    .into_any()
}

fn difference_rows(paired: &PairedComparison) -> impl IntoView + use<> {
    let with_range = |of: &Estimate| {
        format!(
            "{:.4} ({:.4} to {:.4})",
            of.value, of.interval[0], of.interval[1]
        )
    };
    let row = |name: &'static str, a: &Estimate, b: &Estimate, difference: &Difference| {
        let p = if difference.p_value < 0.001 {
            "< 0.001".to_owned()
        } else {
            format!("{:.3}", difference.p_value)
        };
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="n">{with_range(a)}</td>
                <td class="n">{with_range(b)}</td>
                <td class="n">{with_range(&difference.estimate)}</td>
                <td class="n">{p}</td>
            </tr>
        }
    };
    vec![
        row(
            "ROC AUC",
            &paired.a.roc_auc,
            &paired.b.roc_auc,
            &paired.roc_auc,
        ),
        row(
            "average precision",
            &paired.a.average_precision,
            &paired.b.average_precision,
            &paired.average_precision,
        ),
    ]
}

/// McNemar's test at the threshold, over distinct rows.
fn mcnemar_text(pair: &Pair, threshold: f32, [first, second]: [String; 2]) -> String {
    let of = &pair.distinct;
    let only = |model: &models::risk_histogram::RiskHistogram, truth: Truth| {
        model.at_or_above(threshold, truth) - of.both.at_or_above(threshold, truth)
    };
    let first_right = only(&of.first, Truth::Attack) + only(&of.second, Truth::Normal);
    let second_right = only(&of.second, Truth::Attack) + only(&of.first, Truth::Normal);
    let p = mcnemar(first_right, second_right);
    let p = if p < 0.001 {
        "below 0.001".to_owned()
    } else {
        format!("{p:.3}")
    };
    format!(
        "At risk {}, of the distinct rows on which they differ, {first} is right on {} and {second} on {} (McNemar’s test: p {p}).",
        number::risk(threshold),
        number::count(first_right),
        number::count(second_right)
    )
}
