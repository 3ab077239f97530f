//! Every feature in a few numbers.

use analysis::statistics::{FeatureFacts, FeatureStatistics, TableStatistics};
use analysis::summary::ValueSummary;
use leptos::prelude::*;
use models::schema::FeatureKind;

use super::choice::DataChoice;
use crate::plots::number;

/// Columns after the feature's own: seven quantiles, mean, deviation, zeros.
const N_VALUES: usize = 10;

/// The table.
#[component]
pub fn SummaryTable(table: TableStatistics, choice: DataChoice) -> impl IntoView {
    let features = table.features.iter().zip(&choice.rows.of(&table).features);
    let title = format!(
        "Every feature in numbers: {}",
        choice.rows.title().to_lowercase()
    );
    let quantiles = ["least", "5 %", "25 %", "median", "75 %", "95 %", "greatest"];
    let header = quantiles
        .into_iter()
        .chain(["mean", "sd", "zeros", "tells apart"]);
    let header = header
        .map(|name| view! { <th scope="col" class="n">{name}</th> })
        .collect_view();
    let row = |(facts, feature): (&FeatureFacts, &FeatureStatistics)| {
        view! {
            <tr data-feature=facts.name.clone()>
                <th scope="row">{facts.name.clone()}</th>
                <td>{unit(facts.kind)}</td>
                <td class="n">"0"</td>
                <td class="n">{number::count(feature.n_distinct)}</td>
                {values(feature.values.as_ref())}
                <td class="n">{choice.split.separation(feature).map_or("–".into(), number::fraction)}</td>
            </tr>
        }
    };
    view! {
        <section class="card" data-testid="feature-summary">
            <div class="head"><h3>{title.clone()}</h3></div>
            <p class="muted">"A quantile is the least value that at least such a share of the connections is at or below; of words there are the commonest. Rows with a missing value are refused, so none is left."</p>
            <div class="scroll tall" tabindex="0" role="region" aria-label=title>
                <table class="figures-table">
                    <thead><tr>
                        <th scope="col">"feature"</th>
                        <th scope="col">"unit"</th>
                        <th scope="col" class="n">"missing"</th>
                        <th scope="col" class="n">"distinct"</th>
                        {header}
                    </tr></thead>
                    <tbody>{features.map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

/// What the values of a kind are counted in.
fn unit(kind: FeatureKind) -> &'static str {
    match kind {
        FeatureKind::Seconds => "seconds",
        FeatureKind::Bytes => "bytes",
        FeatureKind::Count => "count",
        FeatureKind::Rate => "share, 0 to 1",
        FeatureKind::Flag => "flag",
        FeatureKind::Category => "word",
    }
}

/// The cells of a feature's values.
fn values(values: Option<&ValueSummary>) -> AnyView {
    match values {
        Some(ValueSummary::Numbers {
            quantiles,
            mean,
            sd,
            zeros,
        }) => {
            let numbers = quantiles.iter().copied().chain([*mean as f32, *sd as f32]);
            let cells = numbers.map(number::value).chain([number::percent(*zeros)]);
            cells
                .map(|cell| view! { <td class="n">{cell}</td> })
                .collect_view()
                .into_any()
        }
        Some(ValueSummary::Words(words)) => {
            let words = words
                .iter()
                .map(|(word, share)| format!("{word} {}", number::percent(*share)));
            let words = words.collect::<Vec<_>>().join(", ");
            view! { <td colspan=N_VALUES>{words}</td> }.into_any()
        }
        None => view! { <td colspan=N_VALUES>"–"</td> }.into_any(),
    }
}
