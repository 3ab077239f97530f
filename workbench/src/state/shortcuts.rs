//! Keys: one list, for those who press them and for the page that explains them.

use leptos::prelude::*;

use super::{Tab, Workbench};
use crate::components::rows_table::TABLE_ID;
use app::browser::{focus, keys};

/// A key and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// What is pressed.
    pub keys: &'static str,
    /// What happens.
    pub does: &'static str,
}

/// All keys.
pub const SHORTCUTS: [Shortcut; 10] = [
    Shortcut {
        keys: "?",
        does: "shows this list",
    },
    Shortcut {
        keys: "/",
        does: "goes to the filter",
    },
    Shortcut {
        keys: "j k",
        does: "next and previous row of the table",
    },
    Shortcut {
        keys: "Enter",
        does: "explains the row",
    },
    Shortcut {
        keys: "Esc",
        does: "closes what is open",
    },
    Shortcut {
        keys: "[ ]",
        does: "threshold down and up by one",
    },
    Shortcut {
        keys: "g f",
        does: "goes to Findings",
    },
    Shortcut {
        keys: "g e",
        does: "goes to Explore",
    },
    Shortcut {
        keys: "g c",
        does: "goes to Compare",
    },
    Shortcut {
        keys: "g t",
        does: "goes to the table",
    },
];

/// Id of the filter's field.
pub const FILTER_ID: &str = "filter";

impl Workbench {
    /// Listens to keys.
    pub(super) fn follow_keys(self) {
        let has_g = StoredValue::new(false);
        keys::on_key(move |key| {
            let is_second = has_g.get_value();
            has_g.set_value(false);
            if key == "?" {
                self.has_shortcuts.update(|is_open| *is_open = !*is_open);
                return true;
            }
            if key == "Escape" {
                return self.close();
            }
            if self.result.read_untracked().is_none() {
                return false;
            }
            match (is_second, key) {
                (true, "f") => self.tab.set(Tab::Findings),
                (true, "e") => self.tab.set(Tab::Explore),
                (true, "c") => self.tab.set(Tab::Compare),
                (true, "t") => focus(TABLE_ID),
                (false, "g") => has_g.set_value(true),
                (false, "/") => focus(FILTER_ID),
                (false, "[") => self.set_threshold(self.threshold.get_untracked() - 1.0),
                (false, "]") => self.set_threshold(self.threshold.get_untracked() + 1.0),
                (false, "j") => self.move_cursor(1),
                (false, "k") => self.move_cursor(-1),
                (false, "Enter") => return self.explain_cursor(),
                _ => return false,
            }
            true
        });
    }

    /// Closes the list of keys, or the explanation; tells whether one was open.
    fn close(self) -> bool {
        if self.has_shortcuts.get_untracked() {
            self.has_shortcuts.set(false);
            return true;
        }
        let is_open = self.explanation.read_untracked().is_some();
        if is_open {
            self.close_explanation();
        }
        is_open
    }

    /// Moves the chosen row of the table.
    fn move_cursor(self, by: i64) {
        let n_rows = i64::from(self.rows.read_untracked().n_rows);
        if n_rows == 0 {
            return;
        }
        self.cursor.update(|cursor| {
            let next = cursor.map_or(0, |cursor| i64::from(cursor) + by);
            *cursor = Some(next.clamp(0, n_rows - 1) as u32);
        });
    }

    /// Explains the chosen row; tells whether there is one on the screen.
    fn explain_cursor(self) -> bool {
        let rows = self.rows.read_untracked();
        let chosen = self.cursor.get_untracked().and_then(|cursor| {
            let index = cursor.checked_sub(rows.from)?;
            rows.rows.get(index as usize)
        });
        if let Some(row) = chosen {
            self.explain_row(row.row);
        }
        chosen.is_some()
    }
}
