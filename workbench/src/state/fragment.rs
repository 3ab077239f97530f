//! The view in the page's address: filter, model, threshold, tab and zoom, never a row. Whoever opens the link and drops the same file
//! sees the same.

use std::time::Duration;

use leptos::prelude::*;
use models::calibration::DEFAULT_THRESHOLD;

use super::{Tab, Workbench};
use app::browser::address;

/// Least time between two changes of the address: browsers refuse more than some hundred in half a minute.
const PAUSE: Duration = Duration::from_millis(400);

impl Workbench {
    /// Takes the view from the address, and writes it back when it changes.
    pub(super) fn follow_fragment(self) {
        self.read_fragment();
        address::on_fragment(move || {
            // A link to a place on the page holds no view.
            if !address::fragment().is_empty() {
                self.reset_view();
                self.read_fragment();
            }
        });
        let is_due = StoredValue::new(false);
        Effect::new(move |is_first: Option<()>| {
            // What it depends on.
            drop(self.fragment_of_view());
            if is_first.is_none() || is_due.get_value() {
                return;
            }
            is_due.set_value(true);
            set_timeout(
                move || {
                    is_due.set_value(false);
                    address::replace_fragment(&self.fragment_now());
                },
                PAUSE,
            );
        });
    }

    /// The view as it stands behind `#`.
    pub(super) fn fragment_now(self) -> String {
        untrack(|| address::encode(&self.fragment_of_view()))
    }

    /// What differs from the view that a file opens with.
    fn fragment_of_view(self) -> Vec<(&'static str, String)> {
        let (query, model, threshold) = (self.query.get(), self.model.get(), self.threshold.get());
        let (tab, zoom) = (self.tab.get(), self.zoom.get());
        let name = self.fact(|result| result.models.get(model).map(|model| model.name.clone()));
        let mut pairs = Vec::new();
        if tab != Tab::default() {
            pairs.push(("tab", tab.title().to_lowercase()));
        }
        if !query.is_empty() {
            pairs.push(("filter", query));
        }
        if model != 0
            && let Some(name) = name
        {
            pairs.push(("model", name));
        }
        if threshold != DEFAULT_THRESHOLD {
            pairs.push(("risk", format!("{threshold}")));
        }
        if let Some([(left, right), (bottom, top)]) = zoom {
            pairs.push(("zoom", format!("{left:.4},{right:.4},{bottom:.4},{top:.4}")));
        }
        pairs
    }

    /// Back to the view that a file opens with: a link says only what differs from it.
    fn reset_view(self) {
        self.query.set(String::new());
        self.model.set(0);
        self.threshold.set(DEFAULT_THRESHOLD);
        self.tab.set(Tab::default());
        self.zoom.set(None);
    }

    fn read_fragment(self) {
        for (name, value) in address::fragment() {
            match name.as_str() {
                "filter" => self.query.set(value),
                "risk" => {
                    if let Ok(threshold) = value.parse() {
                        self.set_threshold(threshold);
                    }
                }
                "tab" => {
                    let mut tabs = Tab::ALL.into_iter();
                    if let Some(tab) = tabs.find(|tab| tab.title().to_lowercase() == value) {
                        self.tab.set(tab);
                    }
                }
                "model" => self.take_model(&value),
                "zoom" => {
                    let numbers: Vec<f32> = value
                        .split(',')
                        .filter_map(|number| number.parse().ok())
                        .collect();
                    if let [left, right, bottom, top] = numbers[..]
                        && left < right
                        && bottom < top
                    {
                        self.zoom.set(Some([(left, right), (bottom, top)]));
                    }
                }
                _ => {}
            }
        }
    }

    /// Models have no names before there is a file: every view has the same ones, in this order.
    fn take_model(self, name: &str) {
        const NAMES: [&str; 6] = [
            "ensemble",
            "isolation_forest",
            "autoencoder",
            "density",
            "random_forest",
            "hybrid",
        ];
        let of_file = untrack(|| {
            self.fact(|result| result.models.iter().position(|model| model.name == name))
        });
        let position = of_file.or_else(|| NAMES.iter().position(|known| *known == name));
        if let Some(position) = position {
            self.model.set(position);
        }
    }
}
