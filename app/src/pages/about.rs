//! The page about Oddflow: version, privacy in three sentences, licences.

use leptos::prelude::*;

/// The page.
#[component]
pub fn AboutPage() -> impl IntoView {
    view! {
        <h1>"About Oddflow"</h1>
        <section class="card">
            <h2>"Privacy"</h2>
            <p>
                "Files that you drop are read and scored in your browser and go nowhere. The form is scored in your browser too; with JavaScript off it is sent to this server, scored, and forgotten. There are no cookies and no requests to anyone else."
            </p>
            <h2>"Version"</h2>
            <p>{format!("Oddflow {}", env!("CARGO_PKG_VERSION"))}</p>
            <h2>"Licences"</h2>
            <p>
                "Oddflow is free software under MIT or Apache-2.0. The models were trained on KDD Cup 1999 data (UCI KDD Archive, CC BY 4.0; S. Stolfo, W. Fan, W. Lee, A. Prodromidis, P. Chan)."
            </p>
        </section>
    }
}
