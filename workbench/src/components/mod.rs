//! The parts that panels are made of, one component a file.

pub mod chart;
pub mod chart_tools;
pub mod confusion_card;
pub mod explanation;
pub mod filter_bar;
pub mod map_chart;
pub mod map_options;
pub mod rejected_rows;
pub mod rows_table;
pub mod shortcut_list;
pub mod summary_tiles;
pub mod take_away;
pub mod threshold_bar;
