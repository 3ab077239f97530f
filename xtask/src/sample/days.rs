//! Days of the simulated office with the time of each connection: what a model of sequences is fitted and measured on.
//!
//! In: a number of seeds. Out: for each seed four tables in order of time, with the columns `time` (seconds since the first midnight,
//! ascending), the 41 features and `label`: several ordinary days in a row to fit on, one to validate, one to calibrate, and one with
//! attacks to test. How busy a day is and when attacks happen differs from day to day.

use models::random::Random;
use models::schema::View;

use super::attacks::Attack;
use super::event::Event;
use super::office::Activity;
use super::simulation::HOUR;
use super::table::add_timed_rows;
use super::{Scenario, office_day, rows};

/// Days that are fitted on.
const N_FIT_DAYS: u64 = 8;
/// Days by seed, all four tables together.
const N_DAYS: u64 = N_FIT_DAYS + 3;
/// Midnight to midnight.
const DAY: u64 = 24 * HOUR;

/// Names and contents of the tables of every seed: `fit-SEED.csv`, `validation-SEED.csv`, `calibration-SEED.csv`, `test-SEED.csv`.
pub(super) fn files(n_seeds: u64) -> impl Iterator<Item = (String, String)> {
    (1..=n_seeds).flat_map(|seed| {
        let table = |days: std::ops::Range<u64>| {
            let mut csv = String::new();
            for day in days {
                let events = day_of(seed, day);
                let rows = rows(&events);
                let starts: Vec<u64> = events
                    .iter()
                    .map(|event| day * DAY + event.start_micros)
                    .collect();
                add_timed_rows(&mut csv, &rows, &starts, View::Kdd41);
            }
            csv
        };
        [
            ("fit", 0..N_FIT_DAYS),
            ("validation", N_FIT_DAYS..N_FIT_DAYS + 1),
            ("calibration", N_FIT_DAYS + 1..N_FIT_DAYS + 2),
            ("test", N_FIT_DAYS + 2..N_DAYS),
        ]
        .map(|(name, days)| (format!("{name}-{seed}.csv"), table(days)))
    })
}

/// One day of a seed; the last is the one with attacks.
fn day_of(seed: u64, day: u64) -> Vec<Event> {
    let mut random = Random::new(seed, day);
    let usual = office_day();
    let mut busy = |n: u64| (n as f64 * (0.8 + 0.4 * random.uniform())) as u64;
    let activity = Activity {
        n_pages: busy(usual.activity.n_pages),
        n_visits: busy(usual.activity.n_visits),
        n_mails: busy(usual.activity.n_mails),
        n_mail_checks: busy(usual.activity.n_mail_checks),
        n_downloads: busy(usual.activity.n_downloads),
        n_logins: busy(usual.activity.n_logins),
        n_fingers: busy(usual.activity.n_fingers),
        n_pings: busy(usual.activity.n_pings),
        n_polls: busy(usual.activity.n_polls),
        n_clock_checks: busy(usual.activity.n_clock_checks),
    };
    let attacks: Vec<(u64, Attack)> = if day + 1 == N_DAYS {
        let hours = &usual.hours;
        // The last hour is left to those that take long.
        let span = (hours.end - HOUR - hours.start) as usize;
        usual
            .attacks
            .iter()
            .map(|&(_, attack)| (hours.start + random.below(span) as u64, attack))
            .collect()
    } else {
        Vec::new()
    };
    Scenario {
        // No seed of the samples, and none twice.
        seed: 1_000_000 + seed * 1000 + day,
        activity,
        attacks,
        ..usual
    }
    .events()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_test_day_has_attacks_and_time_ascends() {
        let files: Vec<_> = files(1).collect();
        assert_eq!(
            files
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>(),
            [
                "fit-1.csv",
                "validation-1.csv",
                "calibration-1.csv",
                "test-1.csv"
            ]
        );
        for (name, csv) in &files {
            let mut lines = csv.lines();
            let header = lines.next().unwrap();
            assert!(header.starts_with("time,duration,") && header.ends_with(",label"));
            let mut last = 0.0;
            let mut n_attacks = 0;
            for line in lines {
                let (time, rest) = line.split_once(',').unwrap();
                let time: f64 = time.parse().unwrap();
                assert!(time >= last, "{name}: {time} after {last}");
                last = time;
                n_attacks += usize::from(!rest.ends_with(",normal"));
                assert_eq!(rest.split(',').count(), 42);
            }
            assert_eq!(n_attacks > 0, name == "test-1.csv", "{name}");
        }
    }

    #[test]
    fn days_differ_and_come_out_the_same_again() {
        assert_eq!(day_of(1, 0), day_of(1, 0));
        assert_ne!(day_of(1, 0), day_of(1, 1));
        assert_ne!(day_of(1, 0), day_of(2, 0));
    }
}
