//! The first thing on the page: the result in three figures, and what to beware of.

use std::sync::Arc;

use leptos::prelude::*;
use models::evaluation::report::{EvaluationReport, ModelReport, ProtocolReport, Spread};

use super::target::{self, in_words, write, write_spread};
use crate::plots::number;

/// Headline figures of the usual protocol, and the traps.
#[component]
pub fn Summary(
    report: Arc<EvaluationReport>,
    /// The protocol of the headline.
    usual: Option<ProtocolReport>,
) -> impl IntoView {
    let met = in_words(&target::of_report(&report));
    let (traps, of_protocols) = traps(&report);
    let item = |trap: String| view! { <li>{trap}</li> };
    let more = (!of_protocols.is_empty()).then(|| {
        let title = format!(
            "What to beware of in single protocols ({})",
            of_protocols.len()
        );
        view! {
            <details class="numbers">
                <summary>{title}</summary>
                <ul>{of_protocols.into_iter().map(item).collect_view()}</ul>
            </details>
        }
    });
    let headline = usual.and_then(|protocol| {
        let model = protocol.models.iter().find(|model| !model.is_baseline)?;
        Some(view! { <Headline model=model.clone() protocol n_seeds=report.seeds.len() /> })
    });
    view! {
        {headline}
        <section class="card">
            <h2>"What to beware of"</h2>
            <ul data-testid="traps">{traps.into_iter().map(item).collect_view()}</ul>
            {more}
            <p>
                "Of what we set out to reach: "{met}" "
                <a href="#targets">"All of them, the missed ones too"</a>"."
            </p>
        </section>
    }
}

#[component]
fn Headline(model: ModelReport, protocol: ProtocolReport, n_seeds: usize) -> impl IntoView {
    let figure = |name: &str| model.figures.get(name).copied();
    let tile = |testid: &'static str,
                name: &'static str,
                label: &'static str,
                note: &'static str| {
        let value: Option<Spread> = figure(name);
        let spread = value.map(|value| {
            let spread = write_spread(name, value);
            spread
                .split_once('±')
                .map_or(String::new(), |(_, sd)| format!("±{sd} · "))
        });
        view! {
            <div>
                <span class="muted">{label}</span>
                <b data-testid=testid data-value=value.map(|value| value.mean.to_string())>{value.map_or("–".into(), |value| write(name, value.mean))}</b>
                <span class="muted">{spread}{note}</span>
            </div>
        }
    };
    let [normal, attacks] = &protocol.classes;
    let sentence = figure("recall").zip(figure("false_alarm_rate")).map(|(recall, rate)| {
        format!(
            "Set so that one in a hundred {normal} raises an alarm, the {} finds {} of the {attacks}; {} of the {normal} did raise one.",
            model.title.to_lowercase(),
            number::percent(recall.mean),
            number::percent(rate.mean),
        )
    });
    view! {
        <section class="card" data-testid="headline">
            <p class="lead">{sentence}</p>
            <div class="tiles four">
                {tile("headline-recall", "recall", "attacks found", "at a calibrated 1 %")}
                {tile("headline-rate", "false_alarm_rate", "false alarms", "of normal, 1 % was set")}
                {tile("headline-auc", "roc_auc", "ROC AUC", "0.5 is chance")}
                {tile("headline-macro", "macro_recall", "attack types", "found, each type counts alike")}
            </div>
            <p class="muted">
                {format!(
                    "Protocol {}, view {}: {} held-out connections, {} of them {attacks}; mean ± standard deviation over {n_seeds} seeds. {}",
                    protocol.name,
                    protocol.view,
                    number::count(protocol.n_test.round() as u64),
                    number::count(protocol.n_attacks.round() as u64),
                    protocol.description,
                )}
            </p>
        </section>
    }
}

/// What makes figures look better than they are, with the report's own proof where it has one: in general, and in single protocols.
fn traps(report: &EvaluationReport) -> (Vec<String>, Vec<String>) {
    let mut traps = Vec::new();
    let all_attack = |protocol: &ProtocolReport| {
        let f1 = protocol.model("all_attack")?.figures.get("f1")?.mean;
        Some((protocol.name.clone(), f1))
    };
    let best = report
        .protocols
        .iter()
        .filter_map(all_attack)
        .max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((protocol, f1)) = best {
        let f1 = number::fraction(f1);
        traps.push(format!(
            "F1 proves little: on {protocol}, calling everything an attack reaches F1 {f1}. Look at the attacks found at a fixed rate of false alarms."
        ));
    }
    let mut by_trap: Vec<(&str, Vec<&str>)> = Vec::new();
    for protocol in &report.protocols {
        for trap in &protocol.traps {
            match by_trap.iter_mut().find(|(of, _)| of == trap) {
                Some((_, names)) => names.push(&protocol.name),
                None => by_trap.push((trap, vec![&protocol.name])),
            }
        }
    }
    let n = report.protocols.len();
    let (of_all, of_some): (Vec<_>, Vec<_>) =
        by_trap.into_iter().partition(|(_, names)| names.len() == n);
    traps.extend(of_all.into_iter().map(|(trap, _)| trap.to_owned()));
    let of_protocols = of_some
        .into_iter()
        .map(|(trap, names)| format!("{trap} ({})", names.join(", ")));
    traps.push(
        "What was seen of test rows while the models were made stands with each protocol.".into(),
    );
    let leaking: Vec<&str> = report
        .protocols
        .iter()
        .filter(|protocol| protocol.leak.is_some())
        .map(|protocol| protocol.name.as_str())
        .collect();
    if !leaking.is_empty() {
        traps.push(format!(
            "Figures of {} carry the label “leaks”: they look better than they are and are here only because others print them.",
            leaking.join(", ")
        ));
    }
    (traps, of_protocols.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::specimen;

    #[test]
    fn traps_name_what_leaks_and_what_f1_hides() {
        let mut report = specimen::report();
        report.protocols[0].traps.push("Only here.".into());
        let (traps, of_protocols) = traps(&report);
        assert_eq!(of_protocols, ["Only here. (P0)"]);
        assert!(
            traps[0].contains("everything an attack reaches F1 0.970"),
            "{}",
            traps[0]
        );
        assert_eq!(traps.len(), 5);
        assert!(traps[3].contains("seen of test rows"));
        assert!(traps[4].contains("Figures of P0 carry"));
    }
}
