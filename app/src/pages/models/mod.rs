//! The page about the models: how good they are, by what they were measured, and what they must not be used for.
//!
//! In: the report of `make evaluate` and the models, from the server's context. Every figure comes from there. It is a document
//! without a bundle: pictures and tables are complete as they come, `public/charts.js` adds values under the pointer.

pub mod beyond;
pub mod cards;
pub mod protocol;
pub mod summary;
pub mod tables;
pub mod target;

use leptos::prelude::*;
use models::evaluation::report::EvaluationReport;

use crate::context::{AskedProtocol, Evaluation, protocol_address};
use beyond::{Folds, ImportanceCharts, Sequences};
use cards::ModelCards;
use protocol::ProtocolCharts;
use summary::Summary;
use tables::{AllTargets, ProtocolTable, Targets};

/// The page.
#[component]
pub fn ModelsPage() -> impl IntoView {
    let evaluation: Evaluation = use_context().unwrap_or_default();
    let AskedProtocol(asked) = use_context().unwrap_or_default();
    let picked = evaluation.pick(asked.as_deref()).cloned();
    let unknown = asked.filter(|asked| evaluation.find(asked).is_none());
    let report = evaluation.0;
    let body = match picked {
        Some(protocol) => {
            let targets = target::of_protocol(&protocol);
            view! {
                <Summary report=report.clone() usual=Evaluation(report.clone()).pick(None).cloned() />
                <Picker report=report.clone() picked=protocol_address(&protocol) unknown />
                <ProtocolCharts protocol=protocol.clone() />
                <ProtocolTable protocol />
                <Targets targets />
            }
            .into_any()
        }
        None => view! {
            <section class="card" data-testid="not-measured">
                <h2>"Nothing was measured yet"</h2>
                <p>"The report of the measurements holds no protocol, so there is no figure to show. "<code>"make evaluate"</code>" writes it."</p>
            </section>
        }
        .into_any(),
    };
    view! {
        <div class="intro"><div>
            <h1>"The models"</h1>
            <p>"How many attacks they find, how often they cry wolf, and where the figures must not be trusted. Nothing was measured on connections that a model was fitted to, except where the label “leaks” says so."</p>
        </div></div>
        {body}
        <Beyond report />
        <h2 class="part" id="cards">"The models themselves"</h2>
        <ModelCards />
    }
}

/// The protocols as links.
#[component]
fn Picker(
    report: std::sync::Arc<EvaluationReport>,
    /// Address of the one that is shown.
    picked: String,
    /// What was asked for, where there is no such protocol.
    unknown: Option<String>,
) -> impl IntoView {
    let link = |protocol: &models::evaluation::report::ProtocolReport| {
        let address = protocol_address(protocol);
        let current = (address == picked).then_some("true");
        let leaks = protocol.leak.is_some().then_some(" ⚠ leaks");
        view! {
            <a class="choice" href=format!("/models?protocol={address}#protocol") aria-current=current>
                <b>{protocol.name.clone()}</b>
                <small>{format!("view {}", protocol.view)}{leaks}</small>
            </a>
        }
    };
    let unknown = unknown.map(|asked| {
        view! { <p class="card problem" role="status">{format!("There is no protocol “{asked}”; this is another.")}</p> }
    });
    view! {
        <h2 class="part" id="protocol">"One protocol in detail"</h2>
        {unknown}
        <nav class="picker" aria-label="Protocols" data-testid="protocol-picker">
            {report.protocols.iter().map(link).collect_view()}
        </nav>
    }
}

/// What does not belong to one protocol.
#[component]
fn Beyond(report: std::sync::Arc<EvaluationReport>) -> impl IntoView {
    view! {
        <AllTargets report=report.clone() />
        <Folds folds=report.folds.clone() />
        <ImportanceCharts importance=report.importance.clone() />
        <Sequences sequence=report.sequence.clone() />
        <Source report />
    }
}

/// Files, seeds and commit of the figures.
#[component]
fn Source(report: std::sync::Arc<EvaluationReport>) -> impl IntoView {
    if report.protocols.is_empty() {
        return ().into_any();
    }
    let seeds: Vec<String> = report.seeds.iter().map(u64::to_string).collect();
    let commit = if report.commit.is_empty() {
        "unknown commit".into()
    } else {
        format!("commit {}", report.commit)
    };
    let file = |file: &models::evaluation::report::DataFile| {
        view! {
            <li>
                {format!(
                    "{}: {} rows, {} distinct; SHA-256 ",
                    file.name,
                    crate::plots::number::count(file.n_rows as u64),
                    crate::plots::number::count(file.n_distinct as u64),
                )}
                <code class="digest">{file.sha256.clone()}</code>
            </li>
        }
    };
    view! {
        <details class="card">
            <summary><h2>"Where the figures come from"</h2></summary>
            <p>{format!("Oddflow {}, {commit}, seeds {}; written by ", report.version, seeds.join(", "))}<code>"make evaluate"</code>"."</p>
            <ul>{report.data.iter().map(file).collect_view()}</ul>
        </details>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::plots::specimen;

    /// The page as the server sends it.
    fn page(report: EvaluationReport, asked: Option<&str>) -> String {
        let owner = Owner::new();
        owner.with(|| {
            provide_context(Evaluation(std::sync::Arc::new(report)));
            provide_context(AskedProtocol(asked.map(str::to_owned)));
            view! { <ModelsPage /> }.to_html()
        })
    }

    #[test]
    fn every_chart_of_the_picked_protocol_is_there() {
        let html = page(specimen::report(), Some("P1-28"));
        for chart in [
            "comparison",
            "roc",
            "pr",
            "threshold",
            "calibration",
            "confusion",
            "scores",
            "reconstruction",
            "pca",
            "attacks",
            "folds",
            "importance",
            "sequence",
        ] {
            assert!(
                html.contains(&format!("data-testid=\"chart-{chart}\"")),
                "{chart}"
            );
        }
        assert!(html.contains("data-protocol=\"P1-28\""));
        assert!(html.len() < 1_200_000, "{} bytes", html.len());
    }

    #[test]
    fn what_leaks_says_so_on_every_figure() {
        let leaks = |asked| {
            page(specimen::report(), asked)
                .matches("data-testid=\"leaks\"")
                .count()
        };
        // Ten charts, the words about it, the table and four targets, beside what leaks on every page.
        assert_eq!(leaks(Some("P0")) - leaks(Some("P1")), 16);
    }

    #[test]
    fn classes_have_the_names_of_the_protocol() {
        let html = page(specimen::report(), Some("P1-lit-KDDCUP"));
        for words in [
            "of them outliers",
            ">inliers</th>",
            "Risk of inliers and outliers",
            "share of outliers found",
            "inliers only",
        ] {
            assert!(html.contains(words), "{words}");
        }
        assert!(!html.contains("chart-attacks"));
    }

    #[test]
    fn runs_of_labels_are_a_sentence_and_no_row() {
        let html = page(specimen::report(), None);
        assert!(html.contains("office: 98,765 records in 1,234 runs of one label."));
        assert!(!html.contains("runs of one label</th>"));
    }

    #[test]
    fn missed_targets_say_what_was_tried() {
        let html = page(specimen::report(), None);
        assert!(html.contains("2 of 4 targets are met"));
        assert!(html.contains("What was tried") && html.contains("Deeper trees"));
    }

    #[test]
    fn says_what_is_missing() {
        assert!(page(EvaluationReport::default(), None).contains("Nothing was measured yet"));
        let html = page(specimen::report(), Some("P9"));
        assert!(
            html.contains("There is no protocol “P9”") && html.contains("data-protocol=\"P1\"")
        );
    }

    /// Writes the page to the file in `PAGE_OUT`, to be looked at.
    #[test]
    #[ignore = "writes a file to look at"]
    fn write_page() {
        let path = std::env::var("PAGE_OUT").unwrap();
        let report = match std::env::var("REPORT") {
            Ok(path) => serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap(),
            Err(_) => specimen::report(),
        };
        let asked = std::env::var("PROTOCOL").ok();
        let head = "<!DOCTYPE html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width,initial-scale=1'>\
                    <link rel=stylesheet href=main.css><script src=theme.js></script><script src=charts.js defer></script>";
        let html = page(report, asked.as_deref());
        std::fs::write(path, format!("{head}<main>{html}</main>")).unwrap();
    }
}
