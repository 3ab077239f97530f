//! The first thing on the page: what the data is in four figures, and what to beware of.

use std::sync::Arc;

use analysis::statistics::{FileStatistics, LabelStatistics, RowStatistics, TableStatistics};
use leptos::prelude::*;

use super::choice::{Rows, Split};
use crate::plots::number;

/// What the data is.
#[component]
pub fn Overview(statistics: Arc<FileStatistics>) -> impl IntoView {
    let table = &statistics.table;
    let (n_rows, n_distinct) = (table.n_rows(), table.n_distinct);
    let [attacks, distinct_attacks] = Rows::ALL.map(|rows| attack_share(rows.of(table)));
    let n_attack_types = table.labels.iter().filter(|label| label.is_attack).count();
    let lead = format!(
        "{} of the connections are attacks, and {} are copies of another one.",
        number::percent(attacks),
        number::percent(copies_share(table))
    );
    let tile = |test_id: &'static str, label: &'static str, value: String, note: String| {
        view! { <div><span class="muted">{label}</span><b data-testid=test_id>{value}</b><span class="muted">{note}</span></div> }
    };
    view! {
        <section class="card" data-testid="overview">
            <p class="lead">{lead}</p>
            <div class="tiles four">
                {tile("n-rows", "connections", number::count(n_rows), format!("{} features and a label each", table.features.len()))}
                {tile("n-distinct", "distinct", number::count(n_distinct), format!("{} of all", number::percent(share(n_distinct, n_rows))))}
                {tile("attack-share", "attacks", number::percent(attacks), format!("{} of the distinct", number::percent(distinct_attacks)))}
                {tile("n-attack-types", "attack types", n_attack_types.to_string(), rarest(&table.labels))}
            </div>
            <p class="muted">
                {format!("KDD Cup 1999, the 10 % file ({}): simulated traffic of 1998 with labels, in which attacks were staged. ", statistics.name)}
                "No value is missing: a row with a missing value is refused, training stops at the first one, and none was."
            </p>
        </section>
        <section class="card">
            <h2>"What to beware of"</h2>
            <ul data-testid="data-traps">{traps(table).into_iter().map(|trap| view! { <li>{trap}</li> }).collect_view()}</ul>
            <p>"How good the models are on connections that they were not fitted to is on the page "<a href="/models">"Models"</a>"."</p>
        </section>
    }
}

/// 0 of nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn attack_share(rows: &RowStatistics) -> f64 {
    share(rows.by_label[1], rows.n_rows)
}

/// Share of the rows that could be left out without losing a distinct one.
pub(super) fn copies_share(table: &TableStatistics) -> f64 {
    share(
        table.n_rows().saturating_sub(table.n_distinct),
        table.n_rows(),
    )
}

fn rarest(labels: &[LabelStatistics]) -> String {
    let rarest = labels.iter().min_by_key(|label| label.n_rows);
    rarest.map_or(String::new(), |label| {
        format!(
            "the rarest, {}, {} times",
            label.name,
            number::count(label.n_rows)
        )
    })
}

/// What makes figures on this data look better than they are, in its own numbers.
fn traps(table: &TableStatistics) -> Vec<String> {
    let mut traps = vec![
        "It is simulated, and of 1998: what is normal today may look odd to a model that learnt from it, and the other way round.".to_owned(),
        format!(
            "Whoever calls everything an attack is right {} of the time: accuracy and F1 say little here.",
            number::percent(attack_share(&table.all))
        ),
    ];
    let mut floods: Vec<&LabelStatistics> = table
        .labels
        .iter()
        .filter(|label| label.is_attack)
        .collect();
    floods.sort_by_key(|label| std::cmp::Reverse(label.n_rows));
    if let [first, second, ..] = floods.as_slice() {
        traps.push(format!(
            "Two floods, {} and {}, are {} of all connections; the {} of {} are {} distinct ones. Where copies count, finding a few connections is finding all.",
            first.name,
            second.name,
            number::percent(share(first.n_rows + second.n_rows, table.n_rows())),
            number::count(first.n_rows),
            first.name,
            number::count(first.n_distinct)
        ));
    }
    if let Some((name, separation)) = best_feature(table) {
        traps.push(format!(
            "It is easy: at one cut of “{name}” alone, the share of attacks on one side is {:.1} points above that of normal connections.",
            separation * 100.0
        ));
    }
    if table.n_conflicting > 0 {
        traps.push(format!(
            "{} distinct connections occur with more than one label; nobody can call them right each time.",
            number::count(table.n_conflicting)
        ));
    }
    let constant = constant_features(table);
    if !constant.is_empty() {
        traps.push(format!(
            "Always the same, so that nothing can be learnt from it: {}.",
            constant.join(", ")
        ));
    }
    traps.push(format!(
        "Verdicts on this page are the ensemble's at risk {}. It was fitted on a part of these very connections: they show what it looks at, not how good it is.",
        number::risk(table.threshold)
    ));
    traps
}

/// The number that by itself tells normal rows and attacks apart best.
fn best_feature(table: &TableStatistics) -> Option<(&str, f64)> {
    let features = table.features.iter().zip(&table.all.features);
    features
        .filter(|(facts, _)| facts.kind != models::schema::FeatureKind::Category)
        .filter_map(|(facts, feature)| {
            Some((facts.name.as_str(), Split::Label.separation(feature)?))
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

fn constant_features(table: &TableStatistics) -> Vec<&str> {
    let features = table.features.iter().zip(&table.all.features);
    let constant = features.filter(|(_, feature)| feature.n_distinct == 1);
    constant.map(|(facts, _)| facts.name.as_str()).collect()
}
