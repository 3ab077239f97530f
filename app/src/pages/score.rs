//! The start page: type one connection or drop a file; see what is odd, how odd, and why.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

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
use crate::plots::curve::{Curve, CurvePoint, OperatingPoint};
use crate::plots::precision_recall::PrecisionRecall;
use crate::plots::roc::Roc;
use crate::plots::score_histogram::ScoreHistogram;
use crate::workbench::Workbench;

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
    view! {
        <RejectedRows />
        <SummaryTiles />
        <ThresholdBar />
        <div class="grid">
            <MapChart />
            <ChartCard<ScoreHistogram> title="Risk of all connections" test_id="chart-scores" chart=histogram />
            <Show when=move || has_labels.get()>
                <ConfusionCard />
                <ChartCard<Roc> title="ROC" test_id="chart-roc" chart=roc />
                <ChartCard<PrecisionRecall> title="Precision and recall" test_id="chart-pr" chart=precision_recall />
            </Show>
        </div>
        <TopTable />
        <TakeAway />
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
        })
    };
    result.models.iter().enumerate().filter_map(curve).collect()
}
