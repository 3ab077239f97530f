//! The 19 window features of KDD Cup 99, computed from a stream of connections.
//!
//! In: connections in order of their start. Out: per connection what the two windows around it hold, the connection itself
//! always included.
//!
//! - The *time window* holds what started in the two seconds before. The connections to the same host in it give `count` and
//!   its rates, those to the same service `srv_count` and its rates; of each at most the last 511.
//! - The *connection window* follows Lee and Stolfo (2000): all connections are sorted by responder, those of one responder by
//!   start, and the last ones in that order are looked at. Its neighbours are therefore earlier connections to the same host
//!   and, where those are few, connections to the host sorted before it, which is how a sweep over a subnet shows. The paper
//!   says 100 connections; the values in the data go to 255, so 255 it is.
//!
//! "Different" rates count distinct services or hosts, 0 where there is one only: with two connections the data has only the
//! values 0 and 1, with three only 0, 0.67 and 1.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::event::{Event, Service};

/// Length of the time window (Lee and Stolfo, 2000).
const TIME_WINDOW_MICROS: u64 = 2_000_000;

/// Largest `count` and `srv_count` in KDD Cup 99; the connection window never comes near it.
const MAX_IN_GROUP: usize = models::schema::MAX_WINDOW_COUNT as usize;

/// Largest `dst_host_count` and `dst_host_srv_count` in KDD Cup 99.
const CONNECTION_WINDOW: usize = 255;

/// What both windows of a connection hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Windows {
    /// Time window, same host.
    pub(super) host: HostGroup,
    /// Time window, same service.
    pub(super) service: ServiceGroup,
    /// Connection window, same host.
    pub(super) last_to_host: HostGroup,
    /// Connection window, same service.
    pub(super) last_to_service: ServiceGroup,
}

/// The connections of a window that go to the same host. Rates are shares of them, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HostGroup {
    pub(super) count: usize,
    pub(super) same_service_rate: f64,
    pub(super) different_service_rate: f64,
    pub(super) same_orig_port_rate: f64,
    pub(super) syn_error_rate: f64,
    pub(super) refused_rate: f64,
}

/// The connections of a window that go to the same service. Rates are shares of them, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ServiceGroup {
    pub(super) count: usize,
    pub(super) different_host_rate: f64,
    pub(super) syn_error_rate: f64,
    pub(super) refused_rate: f64,
}

/// The windows of every connection. `events` are in order of their start.
pub(super) fn windows(events: &[Event]) -> Vec<Windows> {
    let mut by_responder: Vec<usize> = (0..events.len()).collect();
    // The sort is stable: connections to one host stay in order of time.
    by_responder.sort_by_key(|&index| events[index].resp_host);
    let mut position_of = vec![0; events.len()];
    for (position, &index) in by_responder.iter().enumerate() {
        position_of[index] = position;
    }
    events
        .iter()
        .enumerate()
        .map(|(index, current)| {
            let earliest = current.start_micros.saturating_sub(TIME_WINDOW_MICROS);
            let recent = || {
                events[..=index]
                    .iter()
                    .rev()
                    .take_while(move |event| event.start_micros >= earliest)
            };
            let position = position_of[index];
            let first = (position + 1).saturating_sub(CONNECTION_WINDOW);
            let last = || {
                by_responder[first..=position]
                    .iter()
                    .map(|&index| &events[index])
            };
            Windows {
                host: HostGroup::of(current, recent()),
                service: ServiceGroup::of(current, recent()),
                last_to_host: HostGroup::of(current, last()),
                last_to_service: ServiceGroup::of(current, last()),
            }
        })
        .collect()
}

impl HostGroup {
    fn of<'a>(current: &Event, window: impl Iterator<Item = &'a Event>) -> Self {
        let same_host = window.filter(|event| event.resp_host == current.resp_host);
        let group: Vec<&Event> = same_host.take(MAX_IN_GROUP).collect();
        let mut services: Vec<Service> = Vec::new();
        for event in &group {
            if !services.contains(&event.service) {
                services.push(event.service);
            }
        }
        Self {
            count: group.len(),
            same_service_rate: share(&group, |event| event.service == current.service),
            different_service_rate: different_rate(services.len(), group.len()),
            same_orig_port_rate: share(&group, |event| event.orig_port == current.orig_port),
            syn_error_rate: share(&group, |event| event.flag.is_syn_error()),
            refused_rate: share(&group, |event| event.flag.is_refused()),
        }
    }
}

impl ServiceGroup {
    fn of<'a>(current: &Event, window: impl Iterator<Item = &'a Event>) -> Self {
        let same_service = window.filter(|event| event.service == current.service);
        let group: Vec<&Event> = same_service.take(MAX_IN_GROUP).collect();
        let hosts: BTreeSet<Ipv4Addr> = group.iter().map(|event| event.resp_host).collect();
        Self {
            count: group.len(),
            different_host_rate: different_rate(hosts.len(), group.len()),
            syn_error_rate: share(&group, |event| event.flag.is_syn_error()),
            refused_rate: share(&group, |event| event.flag.is_refused()),
        }
    }
}

fn share(group: &[&Event], is_counted: impl Fn(&Event) -> bool) -> f64 {
    let n_counted = group.iter().filter(|event| is_counted(event)).count();
    n_counted as f64 / group.len().max(1) as f64
}

fn different_rate(n_distinct: usize, n: usize) -> f64 {
    if n_distinct > 1 {
        n_distinct as f64 / n as f64
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{Content, Flag};
    use super::*;

    fn event(start_millis: u64, resp: u8, service: Service, flag: Flag) -> Event {
        Event {
            start_micros: start_millis * 1000,
            duration_secs: 0,
            orig_host: Ipv4Addr::new(10, 0, 0, 1),
            orig_port: 2000 + (start_millis / 100) as u16,
            resp_host: Ipv4Addr::new(10, 0, 1, resp),
            service,
            flag,
            orig_bytes: 0,
            resp_bytes: 0,
            content: Content::default(),
            label: "normal",
        }
    }

    #[test]
    fn counts_three_connections_within_two_seconds() {
        let events = [
            event(0, 1, Service::HTTP, Flag::Sf),
            event(900, 1, Service::SMTP, Flag::S0),
            event(1900, 1, Service::HTTP, Flag::Rej),
        ];
        let last = windows(&events)[2];
        assert_eq!(last.host.count, 3);
        assert_eq!(last.host.same_service_rate, 2.0 / 3.0);
        assert_eq!(last.host.different_service_rate, 2.0 / 3.0);
        assert_eq!(last.host.syn_error_rate, 1.0 / 3.0);
        assert_eq!(last.host.refused_rate, 1.0 / 3.0);
        assert_eq!(last.service.count, 2);
        assert_eq!(last.service.different_host_rate, 0.0);
        assert_eq!(last.service.refused_rate, 0.5);
        assert_eq!(last.last_to_host.same_orig_port_rate, 1.0 / 3.0);
    }

    #[test]
    fn time_window_forgets_after_two_seconds_and_connection_window_does_not() {
        let events = [
            event(0, 1, Service::HTTP, Flag::Sf),
            event(2000, 1, Service::HTTP, Flag::Sf),
            event(4001, 1, Service::HTTP, Flag::Sf),
        ];
        let counts: Vec<_> = windows(&events)
            .iter()
            .map(|w| (w.host.count, w.last_to_host.count))
            .collect();
        assert_eq!(counts, [(1, 1), (2, 2), (1, 3)]);
    }

    #[test]
    fn service_window_spans_hosts() {
        let events = [
            event(0, 1, Service::HTTP, Flag::Sf),
            event(100, 2, Service::HTTP, Flag::Sf),
            event(200, 2, Service::DOMAIN_U, Flag::Sf),
        ];
        let second = windows(&events)[1];
        assert_eq!((second.host.count, second.service.count), (1, 2));
        assert_eq!(second.service.different_host_rate, 1.0);
        assert_eq!(
            (second.last_to_host.count, second.last_to_service.count),
            (1, 2)
        );
        assert_eq!(second.last_to_service.different_host_rate, 1.0);
    }

    #[test]
    fn connection_window_is_sorted_by_responder() {
        // Host 2 comes first in time, host 1 first in the order of hosts.
        let events = [
            event(0, 2, Service::ECHO_REQUEST, Flag::Sf),
            event(100, 1, Service::ECHO_REQUEST, Flag::Sf),
        ];
        let counts: Vec<_> = windows(&events)
            .iter()
            .map(|w| w.last_to_service.count)
            .collect();
        assert_eq!(counts, [2, 1]);
    }

    #[test]
    fn windows_hold_at_most_511_and_255() {
        let events: Vec<_> = (0..600)
            .map(|n| event(n, 1, Service::ECHO_REPLY, Flag::Sf))
            .collect();
        let last = windows(&events)[599];
        assert_eq!((last.host.count, last.service.count), (511, 511));
        assert_eq!(
            (last.last_to_host.count, last.last_to_service.count),
            (255, 255)
        );
    }

    #[test]
    fn ports_without_a_name_are_different_services() {
        let events = [
            event(0, 1, Service::private(900), Flag::Rej),
            event(100, 1, Service::private(901), Flag::Rej),
        ];
        let second = windows(&events)[1];
        assert_eq!(second.host.same_service_rate, 0.5);
        assert_eq!(second.host.different_service_rate, 1.0);
    }
}
