//! What the labels are: shares of classes and attack types, and what is left of them where every distinct connection counts once.

use analysis::statistics::{LabelStatistics, TableStatistics};
use leptos::prelude::*;

use super::choice::Rows;
use super::overview::{copies_share, share};
use crate::components::figure::{Drawn, Figure, Room};
use crate::plots::number;
use crate::plots::shares::{SharePart, Shares};

/// Shares before and after copies are left out, side by side.
#[component]
pub fn LabelShares(table: TableStatistics) -> impl IntoView {
    let figure = |rows: Rows, test_id: &'static str| {
        let chart = shares(&table.labels, rows);
        view! { <Figure title=rows.title() test_id room=Room::Half chart=Drawn::new(&chart, Room::Half) leak=None /> }
    };
    view! {
        <h2 class="part" id="shares">"Classes and attack types"</h2>
        <div class="grid">
            {figure(Rows::All, "chart-shares")}
            {figure(Rows::Distinct, "chart-shares-distinct")}
        </div>
    }
}

fn count(label: &LabelStatistics, rows: Rows) -> u64 {
    match rows {
        Rows::All => label.n_rows,
        Rows::Distinct => label.n_distinct,
    }
}

fn shares(labels: &[LabelStatistics], rows: Rows) -> Shares {
    let part = |label: &LabelStatistics| SharePart {
        name: label.name.clone(),
        family: Some(label.family.clone()),
        n_all: count(label, rows),
        n_selected: count(label, rows),
        is_normal: !label.is_attack,
    };
    Shares {
        parts: labels.iter().map(part).collect(),
    }
}

/// Copies and imbalance, by label.
#[component]
pub fn LabelTable(table: TableStatistics) -> impl IntoView {
    let (n_rows, n_distinct) = (table.all.n_rows, table.distinct.n_rows);
    let row = |label: &LabelStatistics| {
        view! {
            <tr data-label=label.name.clone()>
                <th scope="row">{label.name.clone()}</th>
                <td>{label.family.clone()}</td>
                <td class="n">{number::count(label.n_rows)}</td>
                <td class="n">{number::percent(share(label.n_rows, n_rows))}</td>
                <td class="n">{number::count(label.n_distinct)}</td>
                <td class="n">{number::percent(share(label.n_distinct, n_distinct))}</td>
                <td class="n">{ratio(label.n_rows, label.n_distinct)}</td>
            </tr>
        }
    };
    view! {
        <section class="card" data-testid="imbalance">
            <div class="head"><h3>"Copies and imbalance"</h3></div>
            <p>{imbalance(&table)}</p>
            <p class="muted">"Detectors are fitted to distinct connections, so that a flood does not own what is usual; only the random forest weighs copies."</p>
            <div class="scroll tall" tabindex="0" role="region" aria-label="Connections by label, with and without copies">
                <table class="figures-table">
                    <thead><tr>
                        <th scope="col">"label"</th>
                        <th scope="col">"family"</th>
                        <th scope="col" class="n">"connections"</th>
                        <th scope="col" class="n">"share"</th>
                        <th scope="col" class="n">"distinct"</th>
                        <th scope="col" class="n">"share of distinct"</th>
                        <th scope="col" class="n">"copies of each"</th>
                    </tr></thead>
                    <tbody>{table.labels.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

/// How many of one there are to one of another: whole from ten on, else with one decimal, with two below one.
fn ratio(n: u64, to: u64) -> String {
    let ratio = n as f64 / to.max(1) as f64;
    match ratio {
        10.0.. => number::count(ratio.round() as u64),
        1.0.. => format!("{ratio:.1}"),
        _ => format!("{ratio:.2}"),
    }
}

/// How unequal classes and labels are, before and after.
fn imbalance(table: &TableStatistics) -> String {
    let per_normal = Rows::ALL.map(|rows| {
        let [n_normal, n_attacks] = rows.of(table).by_label;
        ratio(n_attacks, n_normal)
    });
    let range = Rows::ALL.map(|rows| {
        let most = table.labels.iter().max_by_key(|label| count(label, rows));
        let least = table.labels.iter().min_by_key(|label| count(label, rows));
        most.zip(least).map_or(String::new(), |(most, least)| {
            let ratio = count(most, rows) / count(least, rows).max(1);
            format!(
                "{} has {} times the connections of {}",
                most.name,
                number::count(ratio),
                least.name
            )
        })
    });
    let [all, distinct] = per_normal;
    let [range, distinct_range] = range;
    format!(
        "{} of the connections are copies. With them there are {all} attacks to one normal connection, and {range}; without, {distinct} attacks to one, and {distinct_range}.",
        number::percent(copies_share(table))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::data::committed;

    #[test]
    fn shares_have_every_label_and_add_up() {
        let table = committed().table;
        for rows in Rows::ALL {
            let chart = shares(&table.labels, rows);
            assert_eq!(chart.parts.len(), table.labels.len());
            let n: u64 = chart.parts.iter().map(|part| part.n_all).sum();
            assert_eq!(n, rows.of(&table).n_rows);
        }
    }

    #[test]
    fn imbalance_is_told_before_and_after() {
        let label = |name: &str, n_rows, n_distinct, is_attack| LabelStatistics {
            name: name.into(),
            n_rows,
            n_distinct,
            is_attack,
            ..LabelStatistics::default()
        };
        let mut table = TableStatistics {
            n_distinct: 30,
            labels: vec![label("smurf", 80, 4, true), label("normal", 20, 16, false)],
            ..TableStatistics::default()
        };
        (table.all.n_rows, table.all.by_label) = (100, [20, 80]);
        (table.distinct.n_rows, table.distinct.by_label) = (20, [16, 4]);
        assert_eq!(
            imbalance(&table),
            "70.0 % of the connections are copies. With them there are 4.0 attacks to one normal connection, and smurf has 4 times the connections of normal; \
             without, 0.25 attacks to one, and normal has 4 times the connections of smurf."
        );
    }
}
