//! The parts that pages are made of, one component a file.

pub mod chart;
pub mod chart_tools;
pub mod confusion;
pub mod drop_zone;
pub mod figure;
pub mod form_card;
pub mod gauge;
pub mod header;
pub mod icon;
pub mod job_panel;
pub mod map_chart;
pub mod proof;
pub mod rejected_rows;
pub mod result_card;
pub mod summary_tiles;
pub mod threshold_bar;
pub mod top_table;
