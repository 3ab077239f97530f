//! The start page: type one connection or drop a file; see what is odd, how odd, and why.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::browser::focus;
use crate::components::chart::ChartCard;
use crate::components::confusion::ConfusionCard;
use crate::components::drop_zone::DropZone;
use crate::components::form_card::FormCard;
use crate::components::job_panel::JobPanel;
use crate::components::map_chart::MapChart;
use crate::components::proof::Proof;
use crate::components::rejected_rows::RejectedRows;
use crate::components::result_card::ResultCard;
use crate::components::summary_tiles::{SummaryTiles, TakeAway};
use crate::components::threshold_bar::ThresholdBar;
use crate::components::top_table::TopTable;
use crate::context::{ModelFacts, model_facts, submitted_form};
use crate::job::result::FileResult;
use crate::plots::curve::{Curve, CurveBands, CurvePoint, OperatingPoint};
use crate::plots::number;
use crate::plots::precision_recall::PrecisionRecall;
use crate::plots::roc::Roc;
use crate::plots::score_histogram::ScoreHistogram;
use crate::workbench::{Workbench, use_workbench};

/// The page.
#[component]
pub fn ScorePage() -> impl IntoView {
    let facts: ModelFacts = SharedValue::new(model_facts).into_inner();
    let workbench = Workbench::provide(SharedValue::new(submitted_form).into_inner());
    let form = workbench.form;
    let prepared = facts.clone();
    Effect::new(move || {
        let facts = prepared.clone();
        spawn_local(async move { workbench.prepare(facts).await });
        follow_theme(workbench);
    });
    // A form sent before the workers are there is scored as soon as they are.
    let is_asked = RwSignal::new(false);
    Effect::new(move || {
        if workbench.is_ready.get() && is_asked.get() {
            is_asked.set(false);
            workbench.score_form();
        }
    });
    let has_result = Memo::new(move |_| workbench.result.read().is_some());
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
        <JobPanel />
        <Show when=move || has_result.get()>
            <Results workbench />
        </Show>
    }
}

/// Repaints when the theme changes, by choice or by the system.
fn follow_theme(workbench: Workbench) {
    use wasm_bindgen::prelude::*;
    let handler = Closure::<dyn FnMut()>::new(move || workbench.theme.update(|theme| *theme += 1));
    let callback: &js_sys::Function = handler.as_ref().unchecked_ref();
    // Both live as long as the page.
    drop(window().add_event_listener_with_callback("themechange", callback));
    if let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") {
        drop(query.add_event_listener_with_callback("change", callback));
    }
    handler.forget();
}

/// Everything about a scored file.
#[component]
fn Results(workbench: Workbench) -> impl IntoView {
    let has_labels = Memo::new(move |_| {
        workbench
            .with_model(|_, model| model.risks.has_both_labels())
            .unwrap_or(false)
    });
    let histogram = Signal::derive(move || {
        workbench
            .with_model(|_, model| ScoreHistogram::new(&model.risks, workbench.threshold.get()))
    });
    let curves = Memo::new(move |_| {
        workbench
            .result
            .read()
            .as_ref()
            .map(|result| curves_of(result))
            .unwrap_or_default()
    });
    let operating = move || {
        let threshold = workbench.threshold.get();
        let at = workbench.with_model(|_, model| {
            CurvePoint::new(threshold, &model.risks.confusion_at(threshold))
        })?;
        Some(OperatingPoint {
            curve: workbench.model.get(),
            at,
        })
    };
    let roc = Signal::derive(move || {
        Some(Roc {
            curves: curves.get(),
            operating: operating(),
        })
    });
    let base_rate = Memo::new(move |_| {
        let ranking = workbench
            .with_model(|_, model| model.ranking.clone())
            .flatten();
        ranking.map_or(0.0, |ranking| {
            ranking.n_attacks as f64 / (ranking.n_attacks + ranking.n_normal).max(1) as f64
        })
    });
    let precision_recall = Signal::derive(move || {
        Some(PrecisionRecall {
            curves: curves.get(),
            operating: operating(),
            base_rate: base_rate.get(),
        })
    });
    // Panels come one after the other, each in a frame of its own, so that no frame is long.
    let stage = RwSignal::new(0);
    Effect::new(move || advance(stage));
    let has_rows = Memo::new(move |_| {
        workbench
            .result
            .read()
            .as_ref()
            .is_some_and(|result| result.n_rows > 0)
    });
    let is_at = move |wanted: u32| stage.get() >= wanted && has_rows.get();
    view! {
        <RejectedRows />
        <ResultsHeading />
        <Show when=move || is_at(0)>
            <SummaryTiles />
            <ThresholdBar />
        </Show>
        <div class="grid">
            <Show when=move || is_at(1)>
                <MapChart />
            </Show>
            <Show when=move || is_at(2)>
                <ChartCard<ScoreHistogram> title="Risk of all connections" test_id="chart-scores" is_wide=Signal::derive(move || !has_labels.get()) chart=histogram />
            </Show>
            <Show when=move || is_at(3) && has_labels.get()>
                <ConfusionCard />
            </Show>
            <Show when=move || is_at(4) && has_labels.get()>
                <ChartCard<Roc> title="ROC" test_id="chart-roc" chart=roc />
            </Show>
            <Show when=move || is_at(5) && has_labels.get()>
                <ChartCard<PrecisionRecall> title="Precision and recall" test_id="chart-pr" chart=precision_recall />
            </Show>
        </div>
        <Show when=move || is_at(6)>
            <TopTable />
        </Show>
        <Show when=move || is_at(7)>
            <TakeAway />
        </Show>
    }
}

/// Number of stages in which panels come.
const N_STAGES: u32 = 7;

/// Lets the next panel come once the last is painted.
fn advance(stage: RwSignal<u32>) {
    request_animation_frame(move || {
        // After the frame: what came is laid out and painted.
        set_timeout(
            move || {
                if stage.try_update(|stage| *stage += 1).is_some()
                    && stage.get_untracked() < N_STAGES
                {
                    advance(stage);
                }
            },
            std::time::Duration::ZERO,
        );
    });
}

/// Names the file, and takes the keyboard and the view to its results.
#[component]
fn ResultsHeading() -> impl IntoView {
    let workbench = use_workbench();
    let name = Memo::new(move |_| {
        workbench
            .result
            .read()
            .as_ref()
            .map_or(String::new(), |result| result.name.clone())
    });
    let said = move || {
        let n_rows = workbench
            .result
            .read()
            .as_ref()
            .map_or(0, |result| result.n_rows);
        let n_anomalies = workbench
            .with_model(|_, model| model.risks.n_anomalies(workbench.threshold.get_untracked()))
            .unwrap_or(0);
        format!(
            "{} connections scored, {} anomalies",
            number::count(n_rows),
            number::count(n_anomalies)
        )
    };
    Effect::new(move || {
        workbench.result.track();
        // Focusing lays the page out, which has its own frame.
        request_animation_frame(|| focus("results"));
    });
    view! {
        <div class="results-heading">
            <h2 id="results" tabindex="-1">"Results of " {move || name.get()}</h2>
            <p class="hidden" role="status">{said}</p>
        </div>
    }
}

/// The curves of all models.
fn curves_of(result: &FileResult) -> Vec<Curve> {
    let curve = |(colour, model): (usize, &crate::job::result::ModelResult)| {
        let ranking = model.ranking.as_ref()?;
        let (n_attacks, n_normal) = (
            ranking.n_attacks.max(1) as f32,
            ranking.n_normal.max(1) as f32,
        );
        let points = ranking.curve.iter().map(|point| CurvePoint {
            threshold: point.threshold,
            false_alarm_rate: point.false_positives as f32 / n_normal,
            recall: point.true_positives as f32 / n_attacks,
            precision: point.true_positives as f32
                / (point.true_positives + point.false_positives).max(1) as f32,
        });
        Some(Curve {
            name: model.title.clone(),
            colour,
            roc_auc: ranking.roc_auc,
            average_precision: ranking.average_precision,
            points: points.collect(),
            bands: CurveBands::default(),
        })
    };
    result.models.iter().enumerate().filter_map(curve).collect()
}
