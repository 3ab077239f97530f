//! The charts of one protocol.

use leptos::prelude::*;
use models::evaluation::report::{ModelReport, ProtocolReport};

use crate::components::confusion::ConfusionTable;
use crate::components::figure::{Drawing, Drawn, Figure, LeakLabel, Room};
use crate::plots::attack_heatmap::AttackHeatmap;
use crate::plots::comparison::Comparison;
use crate::plots::density_map::DensityMap;
use crate::plots::distribution::{Distribution, Score};
use crate::plots::protocol_curves::{calibration, precision_recall, roc, threshold_f1};
use crate::plots::{PageChart, number};

/// What is done, and every chart of it.
#[component]
pub fn ProtocolCharts(protocol: ProtocolReport) -> impl IntoView {
    let leak = protocol.leak.clone();
    let figure = |title: &str, test_id: &'static str, room: Room, chart: &dyn PageChart| {
        let chart = Drawn::new(chart, room);
        view! { <Figure title test_id room chart leak=leak.clone() /> }.into_any()
    };
    let [_, attacks] = &protocol.classes;
    let comparison = Comparison::of_protocol(&protocol);
    let curves = [
        figure(
            &format!("ROC: {attacks} found by false alarms"),
            "chart-roc",
            Room::Half,
            &roc(&protocol),
        ),
        figure(
            "Precision by recall",
            "chart-pr",
            Room::Half,
            &precision_recall(&protocol),
        ),
        figure(
            "F1 by threshold",
            "chart-threshold",
            Room::Half,
            &threshold_f1(&protocol),
        ),
        figure(
            "Calibration: false alarms promised and kept",
            "chart-calibration",
            Room::Half,
            &calibration(&protocol),
        ),
    ];
    let map = DensityMap {
        grid: protocol.map.clone().unwrap_or_default(),
        classes: protocol.classes.clone(),
    };
    let heatmap = AttackHeatmap::new(&protocol);
    // Where outliers have no types there is nothing to tell apart.
    let heatmap = (heatmap.n_types() != 1).then(|| {
        figure(
            "Attacks found (%), by type with its test rows, and model",
            "chart-attacks",
            Room::Full,
            &heatmap,
        )
    });
    view! {
        <About protocol=protocol.clone() outranked=comparison.outranked() />
        <div class="grid">
            {figure("Models compared", "chart-comparison", Room::Full, &comparison)}
            {curves}
            <Confusions models=ours(&protocol) classes=protocol.classes.clone() leak=leak.clone() />
            <Scores models=ours(&protocol) classes=protocol.classes.clone() leak=leak.clone() />
            {reconstruction(&protocol).map(|chart| figure("Reconstruction error of the autoencoder", "chart-reconstruction", Room::Half, &chart))}
            {figure("Map of the test (PCA)", "chart-pca", Room::Half, &map)}
            {heatmap}
        </div>
    }
}

/// What the protocol does, in words.
#[component]
fn About(
    protocol: ProtocolReport,
    /// Which baselines do better than we do, where some do.
    outranked: Option<String>,
) -> impl IntoView {
    let [normal, attacks] = &protocol.classes;
    let share = protocol.n_attacks / protocol.n_test.max(1.0);
    let leak = protocol.leak.clone().map(|why| {
        view! { <p class="leaking"><LeakLabel leak=Some(why.clone()) />" "{why}</p> }
    });
    view! {
        <section class="card" data-testid="protocol" data-protocol=protocol.name.clone()>
            <h3>{format!("{}, view {}", protocol.name, protocol.view)}</h3>
            <p>{protocol.description}</p>
            <p>
                {format!(
                    "{} test connections, {} of them {attacks} ({}), the others {normal}.",
                    number::count(protocol.n_test.round() as u64),
                    number::count(protocol.n_attacks.round() as u64),
                    number::percent(share),
                )}
            </p>
            {leak}
            {outranked.map(|outranked| view! { <p data-testid="outranked">{outranked}</p> })}
            <ul>{protocol.traps.into_iter().map(|trap| view! { <li>{trap}</li> }).collect_view()}</ul>
        </section>
    }
}

fn ours(protocol: &ProtocolReport) -> Vec<ModelReport> {
    let ours = protocol.models.iter().filter(|model| !model.is_baseline);
    ours.cloned().collect()
}

/// The four outcomes of each model.
#[component]
fn Confusions(
    models: Vec<ModelReport>,
    classes: [String; 2],
    leak: Option<String>,
) -> impl IntoView {
    let matrix = |model: ModelReport| {
        let confusion = model.confusion;
        view! {
            <div data-model=model.name>
                <h4>{model.title}</h4>
                <ConfusionTable confusion=Signal::stored(confusion) classes=classes.clone() />
                <p class="muted">{format!("recall {}, false alarms {}", number::percent(confusion.recall()), number::percent(confusion.false_alarm_rate()))}</p>
            </div>
        }
    };
    view! {
        <section class="card wide" data-testid="chart-confusion">
            <div class="head"><h3>"Confusion at risk 50, first seed"</h3><LeakLabel leak /></div>
            <div class="multiples">{models.into_iter().map(matrix).collect_view()}</div>
        </section>
    }
}

/// Risk of both classes for each model.
#[component]
fn Scores(models: Vec<ModelReport>, classes: [String; 2], leak: Option<String>) -> impl IntoView {
    let [normal, attacks] = &classes;
    let title = format!("Risk of {normal} and {attacks}");
    let panel = |model: ModelReport| {
        let above = ["false_alarm_rate", "recall"].map(|figure| {
            model
                .figures
                .get(figure)
                .map_or(f64::NAN, |share| share.mean)
        });
        let chart = Distribution {
            model: model.title.clone(),
            score: Score::Risk(above),
            classes: classes.clone(),
            histogram: model.risk_histogram,
        };
        view! { <div data-model=model.name><h4>{model.title}</h4><Drawing chart=Drawn::new(&chart, Room::Small) /></div> }
    };
    view! {
        <figure class="card figure wide" data-testid="chart-scores">
            <figcaption class="head"><h3>{title}</h3><LeakLabel leak /></figcaption>
            <div class="multiples">{models.into_iter().map(panel).collect_view()}</div>
        </figure>
    }
}

fn reconstruction(protocol: &ProtocolReport) -> Option<Distribution> {
    let model = protocol.model("autoencoder")?;
    Some(Distribution {
        model: model.title.clone(),
        score: Score::Other("reconstruction error (logarithm, no unit)".into()),
        classes: protocol.classes.clone(),
        histogram: model.score_histogram.clone(),
    })
}
