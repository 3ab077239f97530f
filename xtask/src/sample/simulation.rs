//! What every actor of the simulated day shares: chance, the clock, the ports of hosts, and the log of connections.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::{Range, RangeInclusive};

use models::random::Random;

use super::event::{Content, Event, Flag, Protocol, Service};

/// One second of the clock.
pub(super) const SECOND: u64 = 1_000_000;
/// One hour of the clock.
pub(super) const HOUR: u64 = 3600 * SECOND;

/// First and last port that a host opens a connection from (the classic BSD range).
const EPHEMERAL_PORTS: RangeInclusive<u16> = 1024..=5000;

/// A network while its day is being written.
pub(super) struct Simulation {
    random: Random,
    next_ports: BTreeMap<Ipv4Addr, u16>,
    events: Vec<Event>,
}

impl Simulation {
    /// An empty day.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed, 0),
            next_ports: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    /// Everything that happened, in order of its start.
    pub(super) fn into_events(mut self) -> Vec<Event> {
        self.events.sort_by_key(|event| event.start_micros);
        self.events
    }

    /// A connection from a fresh port that is opened and closed within a second and carries nothing, for a caller to fill in.
    pub(super) fn connection(
        &mut self,
        start_micros: u64,
        orig_host: Ipv4Addr,
        resp_host: Ipv4Addr,
        service: Service,
    ) -> Event {
        let orig_port = match service.protocol {
            Protocol::Icmp => service.port,
            Protocol::Tcp | Protocol::Udp => self.next_port(orig_host),
        };
        Event {
            start_micros,
            duration_secs: 0,
            orig_host,
            orig_port,
            resp_host,
            service,
            flag: Flag::Sf,
            orig_bytes: 0,
            resp_bytes: 0,
            content: Content::default(),
            label: "normal",
        }
    }

    /// Writes a connection to the log.
    pub(super) fn log(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Hosts take their ports one after the other.
    fn next_port(&mut self, host: Ipv4Addr) -> u16 {
        let span = usize::from(EPHEMERAL_PORTS.end() - EPHEMERAL_PORTS.start());
        let random = &mut self.random;
        let next = self
            .next_ports
            .entry(host)
            .or_insert_with(|| EPHEMERAL_PORTS.start() + random.below(span) as u16);
        let port = *next;
        *next = if port == *EPHEMERAL_PORTS.end() {
            *EPHEMERAL_PORTS.start()
        } else {
            port + 1
        };
        port
    }

    /// True with that probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.random.uniform() < probability
    }

    /// Uniform among whole numbers, both ends included.
    pub(super) fn between(&mut self, range: RangeInclusive<u64>) -> u64 {
        let n = range.end() - range.start() + 1;
        range.start() + self.random.below(n as usize) as u64
    }

    /// One of them, each as likely; `items` is not empty.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.random.below(items.len())]
    }

    /// One of them, the first ones far more likely, as popularity goes; `items` is not empty.
    pub(super) fn pick_popular<T: Copy>(&mut self, items: &[T]) -> T {
        let uniform = self.random.uniform();
        items[(uniform * uniform * uniform * items.len() as f64) as usize]
    }

    /// Log-normal around a median, kept within a range: sizes and lengths of what people do.
    pub(super) fn log_normal(
        &mut self,
        median: f64,
        sigma: f64,
        range: RangeInclusive<u64>,
    ) -> u64 {
        let value = median * libm::exp(sigma * self.random.normal());
        (libm::round(value) as u64).clamp(*range.start(), *range.end())
    }

    /// Exponential around a mean, in microseconds: the wait for something that comes at random.
    pub(super) fn wait(&mut self, mean_micros: u64) -> u64 {
        (-libm::log(1.0 - self.random.uniform()) * mean_micros as f64) as u64
    }

    /// A moment within hours, fewer of them around lunch.
    pub(super) fn moment(&mut self, hours: &Range<u64>) -> u64 {
        let lunch = 12 * HOUR..13 * HOUR;
        loop {
            let moment = self.between(hours.start..=hours.end - 1);
            if !lunch.contains(&moment) || self.chance(0.4) {
                return moment;
            }
        }
    }
}
