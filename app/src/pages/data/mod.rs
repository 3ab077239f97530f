//! The page about the training data: what the models know the world by, in statistics.
//!
//! In: the statistics that `oddflow data --statistics` wrote, and what the address asks for, from the server's context. Every figure comes
//! from there; the data itself is not part of Oddflow. It is a document without a bundle: choices are links, `public/charts.js` adds
//! values under the pointer.

pub mod choice;
pub mod features;
pub mod labels;
pub mod overview;
pub mod summary;

use std::sync::Arc;

use analysis::statistics::{FileStatistics, TableStatistics};
use leptos::prelude::*;

use crate::components::figure::{Drawn, Figure, Room};
use crate::context::{AskedData, TrainingData};
use crate::plots::correlation::Correlation;
use crate::plots::loadings::{Loading, Loadings};
use choice::DataChoice;
use features::{Categories, Distributions, Picker};
use labels::{LabelShares, LabelTable};
use overview::Overview;
use summary::SummaryTable;

/// The page.
#[component]
pub fn DataPage() -> impl IntoView {
    let TrainingData(statistics) = use_context().unwrap_or_default();
    let AskedData(asked) = use_context().unwrap_or_default();
    let choice = DataChoice::of(&asked);
    let body = if statistics.table.n_rows() > 0 {
        view! { <Statistics statistics choice=choice.clone().unwrap_or_default() unknown=choice.err() /> }.into_any()
    } else {
        view! {
            <section class="card" data-testid="not-counted">
                <h2>"Nothing was counted yet"</h2>
                <p>"There are no statistics of the training data to show. "<code>"oddflow data --statistics"</code>" writes them."</p>
            </section>
        }
        .into_any()
    };
    view! {
        <div class="intro"><div>
            <h1>"The training data"</h1>
            <p>"What the models know the world by: how it is made up, how its features are distributed, and why figures on it look better than they should."</p>
        </div></div>
        {body}
    }
}

/// Everything that there is to say.
#[component]
fn Statistics(
    statistics: Arc<FileStatistics>,
    choice: DataChoice,
    unknown: Option<String>,
) -> impl IntoView {
    let table = statistics.table.clone();
    let correlation = Drawn::new(&correlation(&table, choice), Room::Full);
    let loadings = Drawn::new(&loadings(&table), Room::Full);
    let correlation_title = format!(
        "Rank correlation of the features: {}",
        choice.rows.title().to_lowercase()
    );
    view! {
        <Overview statistics=statistics.clone() />
        <LabelShares table=table.clone() />
        <LabelTable table=table.clone() />
        <h2 class="part" id="features">"Features one by one"</h2>
        <Picker choice unknown />
        <Distributions table=table.clone() choice />
        <Categories table=table.clone() choice />
        <h2 class="part" id="together">"Features together"</h2>
        <div class="grid">
            <Figure title=correlation_title test_id="chart-correlation" room=Room::Full chart=correlation leak=None />
            <Figure title="What the axes of the map are made of" test_id="chart-loadings" room=Room::Full chart=loadings leak=None />
        </div>
        <h2 class="part" id="summary">"All features"</h2>
        <SummaryTable table choice />
        <Source statistics />
    }
}

fn correlation(table: &TableStatistics, choice: DataChoice) -> Correlation {
    let correlation = &choice.rows.of(table).correlation;
    Correlation {
        names: correlation.names.clone(),
        matrix: correlation
            .values
            .iter()
            .map(|value| value.unwrap_or(f32::NAN))
            .collect(),
    }
}

fn loadings(table: &TableStatistics) -> Loadings {
    let features = table.features.iter().map(|facts| Loading {
        feature: facts.name.clone(),
        weights: facts.loadings,
    });
    Loadings {
        explained: table.explained,
        features: features.collect(),
    }
}

/// File and model of the figures.
#[component]
fn Source(statistics: Arc<FileStatistics>) -> impl IntoView {
    let FileStatistics {
        name,
        sha256,
        model,
        model_sha256,
        ..
    } = statistics.as_ref().clone();
    view! {
        <details class="card">
            <summary><h2>"Where the figures come from"</h2></summary>
            <p>"Counted by "<code>"oddflow data --statistics"</code>", with the code that answers questions about a file on the page; no connection is kept."</p>
            <ul>
                <li>{format!("{name}; SHA-256 ")}<code class="digest">{sha256}</code></li>
                <li>{format!("scored by the shipped model {model}; SHA-256 ")}<code class="digest">{model_sha256}</code></li>
            </ul>
        </details>
    }
}

/// The committed statistics.
#[cfg(test)]
fn committed() -> FileStatistics {
    serde_json::from_str(include_str!("../../../../models/training_data.json")).expect("statistics")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    /// The page as the server sends it.
    fn page(statistics: FileStatistics, query: &[(&str, &str)]) -> String {
        let asked = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let asked = AskedData(asked.collect());
        Owner::new().with(|| {
            provide_context(TrainingData(Arc::new(statistics)));
            provide_context(asked);
            view! { <DataPage /> }.to_html()
        })
    }

    #[test]
    fn every_section_is_there_and_the_page_is_small_enough() {
        for query in [&[][..], &[("split", "verdict"), ("rows", "distinct")]] {
            let html = page(committed(), query);
            for part in [
                "overview",
                "data-traps",
                "chart-shares",
                "chart-shares-distinct",
                "imbalance",
                "distributions",
                "chart-category",
                "chart-correlation",
                "chart-loadings",
                "feature-summary",
            ] {
                assert!(html.contains(&format!("data-testid=\"{part}\"")), "{part}");
            }
            assert_eq!(html.matches("data-separation=").count(), 38);
            assert_eq!(html.matches("<tr data-feature=").count(), 41);
            assert!(html.len() < 1_200_000, "{} bytes", html.len());
        }
    }

    #[test]
    fn links_choose_rows_and_split() {
        let html = page(committed(), &[("split", "verdict")]);
        assert!(html.contains("href=\"/data?split=verdict#features\" aria-current=\"true\""));
        assert!(html.contains("href=\"/data?split=verdict&amp;rows=distinct#features\""));
        assert!(html.contains("href=\"/data#features\""));
        assert!(html.contains(" usual, ") && html.contains(" anomalies, "));
        assert!(page(committed(), &[("rows", "distinct")]).contains(" distinct attacks, "));
    }

    #[test]
    fn says_what_is_unknown_or_missing() {
        let html = page(committed(), &[("split", "<i>")]);
        assert!(html.contains("There is no view “&lt;i&gt;”"));
        assert!(page(FileStatistics::default(), &[]).contains("Nothing was counted yet"));
    }

    /// Writes the page to the file in `PAGE_OUT`, to be looked at.
    #[test]
    #[ignore = "writes a file to look at"]
    fn write_page() {
        let path = std::env::var("PAGE_OUT").unwrap();
        let query = std::env::var("QUERY").unwrap_or_default();
        let pairs: Vec<(&str, &str)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let head = "<!DOCTYPE html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width,initial-scale=1'>\
                    <title>Data</title><link rel=stylesheet href=main.css><script src=theme.js></script><script src=charts.js defer></script>";
        std::fs::write(
            path,
            format!("{head}<main>{}</main>", page(committed(), &pairs)),
        )
        .unwrap();
    }
}
