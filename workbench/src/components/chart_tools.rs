//! The toolbar of a chart: full screen, and the chart as PNG, SVG and CSV. What is saved says which file and model it shows.

use leptos::html::Section;
use leptos::prelude::*;
use traffic::export::RecordWriter;
use wasm_bindgen_futures::spawn_local;

use crate::state::{Workbench, use_workbench};
use app::browser::{canvas, files, full_screen};
use app::components::icon::{Icon, IconKind};
use app::plots::Table;

/// Pixels of a PNG per CSS pixel.
const PNG_SCALE: f64 = 2.0;
/// Characters of the scored file's name that go into the name of a saved one.
const MAX_NAME: usize = 60;

/// One button. A list of them instead of a view of each: what a view's type is made of is compiled anew for every type.
pub struct Tool {
    /// What it shows: an icon, or else the text.
    pub(super) icon: Option<IconKind>,
    /// What it shows.
    pub(super) text: &'static str,
    /// What it does, for its name.
    pub(super) does: &'static str,
    /// It would do nothing now. It can be pressed all the same: a disabled button loses the keyboard.
    pub(super) is_idle: Signal<bool>,
    /// It is not for this chart or this browser.
    pub(super) is_hidden: Signal<bool>,
    /// Does it.
    pub(super) run: Callback<()>,
}

impl Tool {
    /// With an icon.
    pub(super) fn icon(
        icon: IconKind,
        does: &'static str,
        run: impl Fn(()) + Send + Sync + 'static,
    ) -> Self {
        Self {
            icon: Some(icon),
            ..Self::text("", does, run)
        }
    }

    /// With a word.
    fn text(
        text: &'static str,
        does: &'static str,
        run: impl Fn(()) + Send + Sync + 'static,
    ) -> Self {
        Self {
            icon: None,
            text,
            does,
            is_idle: Signal::default(),
            is_hidden: Signal::default(),
            run: Callback::new(run),
        }
    }
}

/// Buttons for what can be done with a chart.
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
    more: Vec<Tool>,
    /// Buttons of another kind, before all others.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let workbench = use_workbench();
    let name = move |extension: &str| {
        let result = workbench.result.read_untracked();
        let file = result.as_ref().map_or("", |result| result.name.as_str());
        file_name(test_id, file, extension)
    };
    let save = move |bytes: &[u8], extension: &str, media_type: &str| {
        if let Some(blob) = files::typed_blob(bytes, media_type) {
            files::download(&name(extension), &blob);
        }
    };
    let has_full_screen = RwSignal::new(true);
    Effect::new(move || has_full_screen.set(full_screen::is_possible()));
    let fill_screen = move |()| {
        if let Some(card) = card.get_untracked() {
            full_screen::toggle(&card);
        }
    };
    let save_png = move |()| {
        let (name, svg) = (name("png"), svg.run(()));
        spawn_local(async move {
            let Some(svg) = svg else { return };
            match canvas::png_of(&svg, PNG_SCALE).await {
                Some(blob) => files::download(&name, &blob),
                None => leptos::logging::error!("the browser cannot draw {name}"),
            }
        });
    };
    let save_svg = move |()| {
        if let Some(svg) = svg.run(()) {
            save(svg.as_bytes(), "svg", "image/svg+xml");
        }
    };
    let save_csv = move |()| {
        if let Some(table) = table.run(()) {
            save(&csv_of(&table), "csv", "text/csv");
        }
    };
    let mut tools = more;
    tools.push(Tool {
        is_hidden: Signal::derive(move || !has_full_screen.get()),
        ..Tool::icon(IconKind::FullScreen, "full screen", fill_screen)
    });
    tools.extend([
        Tool::text("PNG", "save as PNG", save_png),
        Tool::text("SVG", "save as SVG", save_svg),
        Tool::text("CSV", "save the numbers as CSV", save_csv),
    ]);
    let button = |tool: Tool| {
        let name = format!("{title}: {}", tool.does);
        view! {
            <button
                class="tool"
                type="button"
                aria-label=name
                title=tool.does
                hidden=move || tool.is_hidden.get()
                aria-disabled=move || tool.is_idle.get().then_some("true")
                on:click=move |_| tool.run.run(())
            >
                {tool.icon.map(|kind| view! { <Icon kind /> })}
                {tool.text}
            </button>
        }
    };
    let buttons: Vec<_> = tools.into_iter().map(button).collect();
    view! { <div class="chart-tools" role="group" aria-label=format!("{title}: tools")>{children.map(|children| children())} {buttons}</div> }
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
