//! Every feature by itself: how it is distributed in both classes or verdicts, those that tell them apart best first.

use analysis::distribution::Cut;
use analysis::statistics::{FeatureFacts, FeatureStatistics, TableStatistics};
use leptos::prelude::*;

use super::choice::{DataChoice, Rows, Split};
use crate::components::figure::{Drawing, Drawn, Figure, Room};
use crate::plots::category_bars::{CategoryBars, CategoryValue};
use crate::plots::feature_histogram::{FeatureHistogram, PartSeries};
use crate::plots::number;

/// Values of a category that half a row is enough for.
const MOST_IN_HALF: usize = 20;

/// What can be chosen, as links.
#[component]
pub fn Picker(
    choice: DataChoice,
    /// What was asked for, where there is no such choice.
    unknown: Option<String>,
) -> impl IntoView {
    let link = |to: DataChoice, title: &'static str, note: &'static str| {
        view! {
            <a class="choice" href=format!("{}#features", to.address()) aria-current=(to == choice).then_some("true")>
                <b>{title}</b>
                <small>{note}</small>
            </a>
        }
    };
    let split = |split: Split| {
        let note = match split {
            Split::Label => "normal and attacks",
            Split::Verdict => "usual and anomalies",
        };
        link(DataChoice { split, ..choice }, split.title(), note)
    };
    let rows = |rows: Rows| {
        let note = match rows {
            Rows::All => "copies count",
            Rows::Distinct => "each counts once",
        };
        link(DataChoice { rows, ..choice }, rows.title(), note)
    };
    let unknown = unknown.map(|asked| {
        view! { <p class="card problem" role="status">{format!("There is no view “{asked}”; this is the usual one.")}</p> }
    });
    view! {
        {unknown}
        <nav class="picker" aria-label="What is told apart, and which connections count" data-testid="data-picker">
            <div class="row">{Split::ALL.map(split).collect_view()}</div>
            <div class="row">{Rows::ALL.map(rows).collect_view()}</div>
        </nav>
    }
}

/// The distribution of every numeric feature.
#[component]
pub fn Distributions(table: TableStatistics, choice: DataChoice) -> impl IntoView {
    let panel = |(facts, histogram, separation): (FeatureFacts, FeatureHistogram, Option<f64>)| {
        let chart = Drawn::new(&histogram, Room::Small);
        view! {
            <div data-feature=facts.name.clone() data-separation=separation.map(|value| value.to_string())>
                <div class="head">
                    <h3>{facts.name.clone()}</h3>
                    <span class="muted">{separation_text(separation)}</span>
                </div>
                <p class="muted">{facts.meaning}</p>
                <Drawing chart />
            </div>
        }
    };
    view! {
        <section class="card quiet" data-testid="distributions">
            <Legend choice table=table.clone() />
            <p class="muted">
                "Heights and long-tailed axes are logarithmic. The figure at each name says how far the feature by itself tells both apart: the share of one that the best cut has on its side, less the share of the other. 0 is not at all, 1 wholly. For categories, below, any set of words is a cut."
            </p>
            <div class="multiples">{histograms(&table, choice).into_iter().map(panel).collect_view()}</div>
        </section>
    }
}

/// What the colours of small charts mean.
#[component]
fn Legend(choice: DataChoice, table: TableStatistics) -> impl IntoView {
    let totals = choice.split.totals(choice.rows.of(&table));
    let parts = choice
        .part_names()
        .into_iter()
        .zip(totals)
        .zip(["first", "second"]);
    let part = |((name, n), class): ((String, u64), &'static str)| {
        view! { <span><i class=format!("swatch {class}")></i>{format!("{name} {}", number::count(n))}</span> }
    };
    view! {
        <p class="legend">
            {parts.map(part).collect_view()}
            <span><i class="swatch whole"></i>{format!("whole file {}", number::count(table.n_rows()))}</span>
        </p>
    }
}

fn separation_text(separation: Option<f64>) -> String {
    separation.map_or_else(|| "–".to_owned(), number::fraction)
}

/// Features with their charts, those that tell the parts apart best first.
fn histograms(
    table: &TableStatistics,
    choice: DataChoice,
) -> Vec<(FeatureFacts, FeatureHistogram, Option<f64>)> {
    let features = table.features.iter().zip(&choice.rows.of(table).features);
    let mut histograms: Vec<_> = features
        .zip(&table.all.features)
        .filter_map(|((facts, feature), all)| {
            let Cut::Numbers(bins) = &facts.cut else {
                return None;
            };
            let [a, b] = choice.part_names();
            let [of_a, of_b] = choice.split.counts(feature).clone();
            let series = |name, counts| PartSeries { name, counts };
            let histogram = FeatureHistogram {
                feature: facts.name.clone(),
                edges: bins.edges.clone(),
                is_log: bins.is_log,
                n_all: whole(all),
                parts: [series(a, of_a), series(b, of_b)],
                brush: None,
                is_compact: true,
            };
            Some((facts.clone(), histogram, choice.split.separation(feature)))
        })
        .collect();
    histograms.sort_by(|a, b| b.2.unwrap_or(-1.0).total_cmp(&a.2.unwrap_or(-1.0)));
    histograms
}

/// Rows of the whole file per bin.
fn whole(all: &FeatureStatistics) -> Vec<u64> {
    let [normal, attacks] = &all.by_label;
    normal.iter().zip(attacks).map(|(a, b)| a + b).collect()
}

/// The values of every categorical feature; those with more than have room in half a row come last.
#[component]
pub fn Categories(table: TableStatistics, choice: DataChoice) -> impl IntoView {
    let features = table.features.iter();
    let features = features
        .zip(&choice.rows.of(&table).features)
        .zip(&table.all.features);
    let mut charts: Vec<(String, CategoryBars)> = features
        .filter_map(|((facts, feature), all)| {
            let separation = separation_text(choice.split.separation(feature));
            let title = format!("{}: {} ({separation})", facts.name, facts.meaning);
            Some((title, category_bars(facts, feature, all, choice)?))
        })
        .collect();
    charts.sort_by_key(|(_, chart)| chart.values.len());
    let figure = |(title, chart): (String, CategoryBars)| {
        let room = if chart.values.len() > MOST_IN_HALF {
            Room::Full
        } else {
            Room::Half
        };
        let chart = Drawn::new(&chart, room);
        view! { <Figure title test_id="chart-category" room chart leak=None /> }
    };
    view! {
        <h2 class="part" id="categories">"Categories"</h2>
        <div class="grid">{charts.into_iter().map(figure).collect_view()}</div>
    }
}

fn category_bars(
    facts: &FeatureFacts,
    feature: &FeatureStatistics,
    all: &FeatureStatistics,
    choice: DataChoice,
) -> Option<CategoryBars> {
    let Cut::Words { names, .. } = &facts.cut else {
        return None;
    };
    let [a, b] = choice.split.counts(feature);
    let counts = a.iter().zip(b).zip(whole(all));
    let value = |(name, ((&a, &b), n_all)): (&String, ((&u64, &u64), u64))| CategoryValue {
        name: name.clone(),
        n_all,
        n_parts: [a, b],
    };
    Some(CategoryBars {
        feature: facts.name.clone(),
        values: names.iter().zip(counts).map(value).collect(),
        part_names: choice.part_names(),
        chosen: Vec::new(),
        is_compact: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::data::committed;

    #[test]
    fn features_that_tell_apart_best_come_first() {
        let table = committed().table;
        for choice in Rows::ALL
            .into_iter()
            .flat_map(|rows| Split::ALL.map(|split| DataChoice { rows, split }))
        {
            let histograms = histograms(&table, choice);
            assert_eq!(histograms.len(), 38);
            assert!(histograms.is_sorted_by(|a, b| a.2 >= b.2));
            for (facts, histogram, _) in &histograms {
                let totals = choice.split.totals(choice.rows.of(&table));
                for (part, total) in histogram.parts.iter().zip(totals) {
                    assert_eq!(part.counts.iter().sum::<u64>(), total, "{}", facts.name);
                }
                assert_eq!(histogram.n_all.iter().sum::<u64>(), table.n_rows());
            }
        }
    }

    #[test]
    fn every_word_has_a_bar() {
        let table = committed().table;
        let choice = DataChoice::default();
        let features = table.features.iter().zip(&table.all.features);
        let bars: Vec<CategoryBars> = features
            .filter_map(|(facts, feature)| category_bars(facts, feature, feature, choice))
            .collect();
        let names: Vec<&str> = bars.iter().map(|bars| bars.feature.as_str()).collect();
        assert_eq!(names, ["protocol_type", "service", "flag"]);
        for (bars, n_values) in bars.iter().zip([3, 66, 11]) {
            assert_eq!(bars.values.len(), n_values);
            let n: u64 = bars.values.iter().map(|value| value.n_all).sum();
            assert_eq!(n, table.n_rows());
        }
    }
}
