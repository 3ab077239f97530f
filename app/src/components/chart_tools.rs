//! The toolbar of a chart: full screen, and the chart as PNG, SVG and CSV. What is saved says which file and model it shows.

use leptos::html::Section;
use leptos::prelude::*;
use traffic::export::RecordWriter;
use wasm_bindgen_futures::spawn_local;

use super::icon::{Icon, IconKind};
use crate::browser::{canvas, files, full_screen};
use crate::plots::Table;
use crate::workbench::{Workbench, use_workbench};

/// Pixels of a PNG per CSS pixel.
const PNG_SCALE: f64 = 2.0;
/// Characters of the scored file's name that go into the name of a saved one.
const MAX_NAME: usize = 60;

/// Buttons for what can be done with a chart, after those of the chart's own.
#[component]
pub fn ChartTools(
    /// The chart's title.
    title: &'static str,
    /// Its test id, which names the files.
    test_id: &'static str,
    /// What goes on the whole screen.
    card: NodeRef<Section>,
    /// The chart as an SVG file, if there is one.
    #[prop(into)]
    svg: Callback<(), Option<String>>,
    /// Its numbers, if there are any.
    #[prop(into)]
    table: Callback<(), Option<Table>>,
    /// Buttons before ours.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let workbench = use_workbench();
    let name = move |extension: &str| {
        let result = workbench.result.read_untracked();
        let file = result.as_ref().map_or("", |result| result.name.as_str());
        file_name(test_id, file, extension)
    };
    let has_full_screen = RwSignal::new(false);
    Effect::new(move || has_full_screen.set(full_screen::is_possible()));
    let fill_screen = move |_| {
        if let Some(card) = card.get_untracked() {
            full_screen::toggle(&card);
        }
    };
    let save_png = move |_| {
        let name = name("png");
        spawn_local(async move {
            let Some(svg) = svg.run(()) else { return };
            match canvas::png_of(&svg, PNG_SCALE).await {
                Some(blob) => files::download(&name, &blob),
                None => leptos::logging::error!("the browser cannot draw {name}"),
            }
        });
    };
    let save_svg = move |_| {
        let blob = svg
            .run(())
            .and_then(|svg| files::typed_blob(svg.as_bytes(), "image/svg+xml"));
        if let Some(blob) = blob {
            files::download(&name("svg"), &blob);
        }
    };
    let save_csv = move |_| {
        let blob = table
            .run(())
            .and_then(|table| files::typed_blob(&csv_of(&table), "text/csv"));
        if let Some(blob) = blob {
            files::download(&name("csv"), &blob);
        }
    };
    let about = move |does: &str| format!("{title}: {does}");
    view! {
        <div class="chart-tools" role="group" aria-label=about("tools")>
            {children.map(|children| children())}
            <Show when=move || has_full_screen.get()>
                <button class="tool" type="button" aria-label=about("full screen") title="Full screen" on:click=fill_screen><Icon kind=IconKind::FullScreen /></button>
            </Show>
            <button class="tool" type="button" aria-label=about("save as PNG") title="Save as PNG" on:click=save_png>"PNG"</button>
            <button class="tool" type="button" aria-label=about("save as SVG") title="Save as SVG" on:click=save_svg>"SVG"</button>
            <button class="tool" type="button" aria-label=about("save the numbers as CSV") title="Save the numbers as CSV" on:click=save_csv>"CSV"</button>
        </div>
    }
}

/// What stands above a saved chart: its title, then `context`, or where that is empty the file and the model that decides.
pub fn heading(workbench: Workbench, title: &str, context: Vec<String>) -> Vec<String> {
    let mut lines = vec![title.to_owned()];
    if context.is_empty() {
        lines.extend(untrack(|| about_view(workbench)));
    } else {
        lines.extend(context);
    }
    lines
}

/// File, model, threshold and, where there is one, filter.
fn about_view(workbench: Workbench) -> Vec<String> {
    let mut lines = vec![format!("File: {}", workbench.file_name())];
    let title = workbench.model_title(workbench.model.get());
    lines.push(format!(
        "Model: {title}, threshold: risk {}",
        workbench.threshold.get()
    ));
    let query = workbench.query.get();
    if !query.is_empty() {
        lines.push(format!("Filter: {query}"));
    }
    lines
}

/// `oddflow-roc-monday.png` for the chart with test id `chart-roc` of `monday.csv`.
fn file_name(test_id: &str, file: &str, extension: &str) -> String {
    let chart = test_id.strip_prefix("chart-").unwrap_or(test_id);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let safe = |c: char| match c {
        c if c.is_alphanumeric() => c,
        '-' | '_' | '.' => c,
        _ => '-',
    };
    let stem: String = stem.chars().take(MAX_NAME).map(safe).collect();
    format!("oddflow-{chart}-{stem}.{extension}")
}

/// A table as CSV; cells that a spreadsheet would run are made text.
fn csv_of((header, rows): &Table) -> Vec<u8> {
    let writer = RecordWriter::new(b',');
    let mut lines = Vec::new();
    for cells in std::iter::once(header).chain(rows) {
        writer.write_cells(&mut lines, cells);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_files_are_named_after_chart_and_file() {
        assert_eq!(
            file_name("chart-roc", "monday.csv", "png"),
            "oddflow-roc-monday.png"
        );
        assert_eq!(
            file_name("chart-pr", "../a b\\c\u{202e}.csv.gz", "svg"),
            "oddflow-pr-..-a-b-c-.csv.svg"
        );
        assert!(file_name("chart-roc", &"x".repeat(9999), "csv").len() < 100);
    }

    #[test]
    fn no_cell_of_a_saved_table_runs_in_a_spreadsheet() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let table = (
            row(["model", "recall"]),
            vec![row(["=1+1", "99.2 %"]), row(["a,b", "-5"])],
        );
        assert_eq!(
            String::from_utf8(csv_of(&table)).unwrap(),
            "model,recall\n'=1+1,99.2 %\n\"a,b\",-5\n"
        );
    }
}
