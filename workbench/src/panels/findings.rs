//! The first tab: where the odd connections are, how risk is distributed, and what each threshold comes to.

use leptos::prelude::*;

use crate::components::chart::ChartCard;
use crate::components::confusion_card::ConfusionCard;
use crate::components::map_chart::MapChart;
use crate::state::use_workbench;
use app::job::result::{FileResult, RankingResult};
use app::plots::curve::{Curve, CurveBands, CurvePoint, OperatingPoint};
use app::plots::loadings::{Loading, Loadings};
use app::plots::precision_recall::PrecisionRecall;
use app::plots::roc::Roc;
use app::plots::score_histogram::ScoreHistogram;
use app::plots::threshold_curves::{Cost, ThresholdCurves};

/// The panels.
#[component]
pub fn Findings(stage: RwSignal<u32>, cost: RwSignal<Option<Cost>>) -> impl IntoView {
    let workbench = use_workbench();
    workbench.want(|wants, is_wanted| wants.has_curves = is_wanted);
    let has_labels = Memo::new(move |_| workbench.fact(|result| result.has_both_labels));
    let histogram = Signal::derive(move || {
        workbench.with_selected(|_, selected| {
            ScoreHistogram::new(&selected.counts.risks, workbench.threshold.get())
        })
    });
    let curves = Memo::new(move |_| {
        workbench
            .with_selected(|result, selected| curves_of(result, &selected.rankings))
            .unwrap_or_default()
    });
    let operating = move || {
        let threshold = workbench.threshold.get();
        let (model, at) = workbench.with_selected(|_, selected| {
            let confusion = selected.counts.risks.confusion_at(threshold);
            (selected.model, CurvePoint::new(threshold, &confusion))
        })?;
        let curve = curves
            .read()
            .iter()
            .position(|curve| curve.colour == model)?;
        Some(OperatingPoint { curve, at })
    };
    // Another tab may not have asked for curves: they are on their way.
    let is_waiting = move || {
        let selected = workbench.selected.read();
        selected.as_ref().is_none_or(|selected| {
            let is_ranked = selected.rankings.iter().any(Option::is_some);
            selected.counts.risks.has_both_labels() && !is_ranked
        })
    };
    let roc = Signal::derive(move || {
        (!is_waiting()).then(|| Roc {
            curves: curves.get(),
            operating: operating(),
        })
    });
    let base_rate = Memo::new(move |_| {
        workbench
            .with_selected(|_, selected| {
                let of = selected.counts.risks.confusion_at(0.0);
                let n_attacks = of.true_positives + of.false_negatives;
                n_attacks as f64 / of.total().max(1) as f64
            })
            .unwrap_or_default()
    });
    let precision_recall = Signal::derive(move || {
        (!is_waiting()).then(|| PrecisionRecall {
            curves: curves.get(),
            operating: operating(),
            base_rate: base_rate.get(),
        })
    });
    // What does not depend on the threshold is worked out once.
    let thresholds = Memo::new(move |_| {
        workbench.with_selected(|_, selected| {
            ThresholdCurves::new(&selected.counts.risks, 0.0, cost.get())
        })
    });
    let thresholds = Signal::derive(move || {
        let mut curves = thresholds.get()?;
        curves.threshold = workbench.threshold.get();
        Some(curves)
    });
    let loadings = Signal::derive(move || {
        let result = workbench.result.read();
        result.as_ref().map(|result| loadings_of(result))
    });
    let is_at = move |wanted: u32| stage.get() >= wanted;
    view! {
        <div class="grid">
            <MapChart />
            <Show when=move || is_at(2)>
                <ChartCard<ScoreHistogram> title="Risk of all connections" test_id="chart-scores" chart=histogram />
            </Show>
            <Show when=move || is_at(3)>
                <ChartCard<ThresholdCurves> title="What each threshold comes to" test_id="chart-threshold" chart=thresholds />
            </Show>
            <Show when=move || is_at(4) && has_labels.get()>
                <ConfusionCard />
            </Show>
            <Show when=move || is_at(5) && has_labels.get()>
                <ChartCard<Roc> title="ROC" test_id="chart-roc" chart=roc />
            </Show>
            <Show when=move || is_at(6) && has_labels.get()>
                <ChartCard<PrecisionRecall> title="Precision and recall" test_id="chart-pr" chart=precision_recall />
            </Show>
            <Show when=move || is_at(6)>
                <ChartCard<Loadings> title="What the axes of the map are made of" test_id="chart-loadings" chart=loadings />
            </Show>
        </div>
    }
    .into_any()
}

/// The curves of the models that were ranked.
fn curves_of(result: &FileResult, rankings: &[Option<RankingResult>]) -> Vec<Curve> {
    let models = result.models.iter().zip(rankings).enumerate();
    let curves = models.filter_map(|(colour, (model, ranking))| {
        let ranking = ranking.as_ref()?;
        Some(curve_of(
            &model.title,
            colour,
            ranking,
            CurveBands::default(),
        ))
    });
    curves.collect()
}

/// A model's curve.
pub(super) fn curve_of(
    title: &str,
    colour: usize,
    ranking: &RankingResult,
    bands: CurveBands,
) -> Curve {
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
    Curve {
        name: title.to_owned(),
        colour,
        roc_auc: ranking.roc_auc,
        average_precision: ranking.average_precision,
        points: points.collect(),
        bands,
    }
}

fn loadings_of(result: &FileResult) -> Loadings {
    let features = result.features.iter().map(|facts| Loading {
        feature: facts.name.clone(),
        weights: facts.loadings,
    });
    Loadings {
        explained: result.explained,
        features: features.collect(),
    }
}
