//! The parts that pages are made of, one component a file.

pub mod chart;
pub mod chart_tools;
pub mod confusion;
pub mod drop_zone;
pub mod explanation;
pub mod figure;
pub mod filter_bar;
pub mod form_card;
pub mod gauge;
pub mod header;
pub mod icon;
pub mod job_panel;
pub mod map_chart;
pub mod map_options;
pub mod proof;
pub mod rejected_rows;
pub mod result_card;
pub mod rows_table;
pub mod shortcut_list;
pub mod summary_tiles;
pub mod take_away;
pub mod threshold_bar;
