//! Makes the sample tables that the page offers to try: a day in a simulated office, none of it taken from a data set.
//!
//! In: nothing but seeds. Out: `office-day.csv` (41 features and label), `five-fields.csv` (the five columns of the form) and
//! a README that says what is in them. [`office`] and [`attacks`] make connections, [`windows`] computes from them
//! the features of KDD Cup 99, [`table`] prints them. The same program writes the same bytes on every machine.
//!
//! [`days`] makes more of the same with the time of each connection, to fit and measure a model of sequences on.

mod attacks;
mod days;
mod event;
mod office;
mod simulation;
mod table;
mod windows;

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};
use models::schema::View;

use attacks::Attack;
use event::Event;
use office::{Activity, Hosts};
use simulation::{HOUR, Simulation};
use table::{Labels, Row, to_csv};
use windows::windows;

/// Seeds that days with times are written for.
const N_DAY_SEEDS: u64 = 5;

/// Writes the samples and their README into a folder.
///
/// # Errors
///
/// When the folder cannot be written.
pub(crate) fn write(folder: &Path) -> Result<()> {
    write_files(folder, files().map(|(name, text)| (name.to_owned(), text)))
}

/// Writes days with times into a folder, four tables for each seed; see [`days`].
///
/// # Errors
///
/// When the folder cannot be written.
pub(crate) fn write_days(folder: &Path) -> Result<()> {
    write_files(folder, days::files(N_DAY_SEEDS))
}

fn write_files(folder: &Path, files: impl IntoIterator<Item = (String, String)>) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{:>10}  {}", text.len(), path.display());
    }
    Ok(())
}

/// Names and contents of what is written.
fn files() -> [(&'static str, String); 3] {
    let day = office_day().events();
    let hour = busy_hour().events();
    [
        (
            "office-day.csv",
            to_csv(&rows(&day), View::Kdd41, Labels::Written),
        ),
        (
            "five-fields.csv",
            to_csv(&rows(&hour), View::Kdd5, Labels::LeftOut),
        ),
        ("README.md", readme(&day, &hour)),
    ]
}

/// A time in the office, and what goes wrong in it.
struct Scenario {
    seed: u64,
    hours: Range<u64>,
    activity: Activity,
    attacks: Vec<(u64, Attack)>,
}

impl Scenario {
    /// Lets it happen: connections in order of their start.
    fn events(&self) -> Vec<Event> {
        let mut simulation = Simulation::new(self.seed);
        let hosts = Hosts::new(&mut simulation);
        simulation.work(&hosts, &self.hours, &self.activity);
        for &(start, attack) in &self.attacks {
            simulation.attack(&hosts, attack, start);
        }
        simulation.into_events()
    }
}

fn office_day() -> Scenario {
    Scenario {
        seed: 2026,
        hours: 8 * HOUR..18 * HOUR,
        activity: Activity {
            n_pages: 340,
            n_visits: 70,
            n_mails: 210,
            n_mail_checks: 130,
            n_downloads: 28,
            n_logins: 45,
            n_fingers: 30,
            n_pings: 90,
            n_polls: 160,
            n_clock_checks: 60,
        },
        attacks: vec![
            (9 * HOUR + HOUR / 2, Attack::HostSweep { n_hosts: 150 }),
            (10 * HOUR + HOUR / 4, Attack::PortSweep { n_ports: 160 }),
            (11 * HOUR + HOUR / 3, Attack::ServiceScan { n_ports: 220 }),
            (
                13 * HOUR + HOUR / 6,
                Attack::PasswordGuessing { n_tries: 48 },
            ),
            (14 * HOUR + HOUR / 3, Attack::SynFlood { n_packets: 460 }),
            (15 * HOUR + HOUR / 2, Attack::PingFlood { n_packets: 640 }),
            (16 * HOUR + HOUR / 2, Attack::Exfiltration { n_files: 12 }),
        ],
    }
}

fn busy_hour() -> Scenario {
    Scenario {
        seed: 2027,
        hours: 14 * HOUR..15 * HOUR,
        activity: Activity {
            n_pages: 18,
            n_visits: 4,
            n_mails: 16,
            n_mail_checks: 10,
            n_downloads: 3,
            n_logins: 4,
            n_fingers: 3,
            n_pings: 6,
            n_polls: 10,
            n_clock_checks: 4,
        },
        attacks: vec![
            (14 * HOUR + HOUR / 3, Attack::ServiceScan { n_ports: 40 }),
            (14 * HOUR + HOUR / 2, Attack::Exfiltration { n_files: 2 }),
            (
                14 * HOUR + HOUR * 2 / 3,
                Attack::PingFlood { n_packets: 100 },
            ),
        ],
    }
}

fn rows(events: &[Event]) -> Vec<Row> {
    let windows = windows(events);
    events
        .iter()
        .zip(&windows)
        .map(|(event, windows)| Row::new(event, windows))
        .collect()
}

fn readme(day: &[Event], hour: &[Event]) -> String {
    format!(
        "# Samples

Tables to try Oddflow with. `cargo run -p xtask -- sample` writes them, this file included; do not edit.

No row is taken from a data set. A simulation lets a small office work (workstations that browse, mail, file transfers,
logins, name look-ups, monitoring) and lets attacks happen to it; the window features are then computed from the simulated
connections by the definitions of KDD Cup 99. Where nothing can vary (a flood that has filled every window), a row can still
come out equal to one of that data set. The seeds are fixed: the same program writes the same bytes. Columns that a
table of KDD Cup 99 has and nothing in this office sets (`root_shell`, `urgent`, ...) are 0. How the windows are computed
is in `xtask/src/sample/windows.rs`.

## office-day.csv

The 41 features and `label`, 8:00 to 18:00, in order of time. {} connections:

{}
## five-fields.csv

The five columns of the form, without labels, one hour of another day, in order of time. {} connections:

{}",
        day.len(),
        label_table(day),
        hour.len(),
        label_table(hour),
    )
}

fn label_table(events: &[Event]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events {
        *counts.entry(event.label).or_default() += 1;
    }
    let mut table = "| label | connections |\n| --- | ---: |\n".to_owned();
    for (label, count) in counts {
        table.push_str(&format!("| {label} | {count} |\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use models::schema::{FEATURES, FeatureKind, MAX_WINDOW_COUNT};

    use super::*;

    #[test]
    fn same_seed_same_bytes() {
        assert_eq!(files(), files());
    }

    #[test]
    fn published_samples_are_what_is_written() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../public/samples");
        for (name, text) in files() {
            assert!(
                fs::read_to_string(folder.join(name)).unwrap() == text,
                "{name} is out of date"
            );
        }
    }

    #[test]
    fn ping_flood_fills_the_windows_of_its_victim() {
        let events = office_day().events();
        let windows = windows(&events);
        let flood = events
            .iter()
            .zip(&windows)
            .filter(|(event, _)| event.label == "smurf");
        let fullest = flood
            .map(|(_, windows)| (windows.host.count, windows.last_to_host.count))
            .max();
        assert_eq!(fullest, Some((511, 255)));
    }

    #[test]
    fn connections_are_in_order_of_time() {
        assert!(
            office_day()
                .events()
                .is_sorted_by_key(|event| event.start_micros)
        );
    }

    #[test]
    fn values_are_within_their_ranges() {
        let [(_, csv), ..] = files();
        let mut lines = csv.lines();
        let names: Vec<&str> = FEATURES
            .iter()
            .map(|feature| feature.name)
            .chain(["label"])
            .collect();
        assert_eq!(lines.next().unwrap(), names.join(","));
        for line in lines {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells.len(), 42, "{line}");
            for (cell, feature) in cells.iter().zip(&FEATURES) {
                let is_legal = match feature.kind {
                    FeatureKind::Category => {
                        !cell.is_empty()
                            && cell
                                .bytes()
                                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                    }
                    FeatureKind::Flag => ["0", "1"].contains(cell),
                    FeatureKind::Rate => {
                        cell.len() == 4 && (0.0..=1.0).contains(&cell.parse::<f32>().unwrap())
                    }
                    FeatureKind::Seconds | FeatureKind::Bytes | FeatureKind::Count => {
                        let value: u64 = cell.parse().unwrap();
                        match feature.name {
                            "count" | "srv_count" => (1..=MAX_WINDOW_COUNT as u64).contains(&value),
                            "dst_host_count" | "dst_host_srv_count" => (1..=255).contains(&value),
                            _ => true,
                        }
                    }
                };
                assert!(is_legal, "{} = {cell} in {line}", feature.name);
            }
        }
    }

    #[test]
    fn table_of_five_fields_has_no_label() {
        let [_, (_, csv), _] = files();
        assert_eq!(
            csv.lines().next().unwrap(),
            "duration,src_bytes,dst_bytes,count,srv_count"
        );
        assert!(csv.lines().all(|line| line.split(',').count() == 5));
    }
}
