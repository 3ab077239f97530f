//! The people and machines of a small office in the days of telnet, and what they do all day.
//!
//! A mail and file host, a web server, a name server, a monitor and two dozen workstations; outside, web sites, mail hosts,
//! name servers, visitors. Sizes are those of the protocols: a GET with its headers has a few hundred bytes, an NTP packet 48.

use std::net::Ipv4Addr;
use std::ops::Range;

use super::event::{Content, Event, Flag, Service};
use super::simulation::{SECOND, Simulation};

/// Who is there.
pub(super) struct Hosts {
    /// Mail, files, logins.
    pub(super) server: Ipv4Addr,
    /// The web site of the office.
    pub(super) www: Ipv4Addr,
    name_server: Ipv4Addr,
    monitor: Ipv4Addr,
    /// A machine for tests that nobody works with.
    pub(super) test_host: Ipv4Addr,
    pub(super) workstations: Vec<Ipv4Addr>,
    sites: Vec<Ipv4Addr>,
    ftp_sites: Vec<Ipv4Addr>,
    mail_hosts: Vec<Ipv4Addr>,
    /// The provider's, for outgoing mail.
    mail_relay: Ipv4Addr,
    name_servers: Vec<Ipv4Addr>,
    visitors: Vec<Ipv4Addr>,
    time_server: Ipv4Addr,
}

/// How often things happen.
pub(super) struct Activity {
    pub(super) n_pages: u64,
    pub(super) n_visits: u64,
    pub(super) n_mails: u64,
    pub(super) n_mail_checks: u64,
    pub(super) n_downloads: u64,
    pub(super) n_logins: u64,
    pub(super) n_fingers: u64,
    pub(super) n_pings: u64,
    pub(super) n_polls: u64,
    pub(super) n_clock_checks: u64,
}

impl Hosts {
    /// The same office every time; only the addresses outside are drawn.
    pub(super) fn new(simulation: &mut Simulation) -> Self {
        let inside = |last| Ipv4Addr::new(172, 20, 1, last);
        let mut outside = |n| (0..n).map(|_| outside_host(simulation)).collect::<Vec<_>>();
        let (sites, ftp_sites) = (outside(70), outside(5));
        let (mail_hosts, name_servers, visitors) = (outside(25), outside(12), outside(40));
        Self {
            server: inside(10),
            www: inside(11),
            name_server: inside(12),
            monitor: inside(13),
            test_host: inside(14),
            workstations: (50..74).map(inside).collect(),
            sites,
            ftp_sites,
            mail_hosts,
            name_servers,
            visitors,
            mail_relay: outside_host(simulation),
            time_server: outside_host(simulation),
        }
    }
}

/// An address of the range for benchmarks (RFC 2544): nobody's.
pub(super) fn outside_host(simulation: &mut Simulation) -> Ipv4Addr {
    let [third, fourth] = [
        simulation.between(0..=255) as u8,
        simulation.between(1..=254) as u8,
    ];
    Ipv4Addr::new(198, simulation.between(18..=19) as u8, third, fourth)
}

impl Simulation {
    /// Everything ordinary that happens in the office within hours.
    pub(super) fn work(&mut self, hosts: &Hosts, hours: &Range<u64>, activity: &Activity) {
        let times = [
            (
                activity.n_pages,
                Self::open_page as fn(&mut Self, &Hosts, u64),
            ),
            (activity.n_visits, Self::be_visited),
            (activity.n_mails, Self::exchange_mail),
            (activity.n_mail_checks, Self::check_mail),
            (activity.n_downloads, Self::download),
            (activity.n_logins, Self::log_in),
            (activity.n_fingers, Self::finger),
            (activity.n_pings, Self::ping),
            (activity.n_polls, Self::poll_counters),
            (activity.n_clock_checks, Self::check_clock),
        ];
        for (n, happen) in times {
            for _ in 0..n {
                let start = self.moment(hours);
                happen(self, hosts, start);
            }
        }
    }

    /// A workstation looks up a site and fetches a page with its pictures; now and then the site is down.
    fn open_page(&mut self, hosts: &Hosts, start: u64) {
        let client = self.pick(&hosts.workstations);
        let is_own_site = self.chance(0.15);
        let site = if is_own_site {
            hosts.www
        } else {
            self.pick_popular(&hosts.sites)
        };
        let mut now = start;
        if !is_own_site && self.chance(0.6) {
            now = self.look_up(hosts, client, now);
        }
        if self.chance(0.02) {
            for _ in 0..self.between(2..=4) {
                let refused = self.connection(now, client, site, Service::HTTP);
                self.log(Event {
                    flag: Flag::Rej,
                    ..refused
                });
                now += self.wait(SECOND);
            }
            return;
        }
        self.fetch_page(client, site, now);
        // Pictures of advertisers come from elsewhere.
        if !is_own_site && self.chance(0.25) {
            let advertiser = self.pick_popular(&hosts.sites);
            self.fetch(client, advertiser, now + SECOND / 2);
        }
    }

    /// Somebody outside reads the site of the office.
    fn be_visited(&mut self, hosts: &Hosts, start: u64) {
        let visitor = self.pick(&hosts.visitors);
        self.fetch_page(visitor, hosts.www, start);
    }

    /// HTTP/1.0: a connection for the page and one for each picture, a few at a time.
    fn fetch_page(&mut self, client: Ipv4Addr, site: Ipv4Addr, start: u64) {
        self.fetch(client, site, start);
        let mut now = start + SECOND / 5;
        for _ in 0..self.log_normal(5.0, 0.8, 0..=30) {
            now += self.wait(SECOND / 6);
            self.fetch(client, site, now);
        }
    }

    fn fetch(&mut self, client: Ipv4Addr, site: Ipv4Addr, start: u64) {
        let is_unchanged = self.chance(0.12);
        let resp_bytes = if is_unchanged {
            self.between(125..=260)
        } else {
            self.log_normal(1700.0, 1.2, 200..=60_000)
        };
        let is_aborted = self.chance(0.003);
        let fetched = Event {
            duration_secs: u64::from(self.chance(0.03)),
            orig_bytes: self.log_normal(250.0, 0.18, 150..=400),
            resp_bytes,
            flag: if is_aborted { Flag::Rsto } else { Flag::Sf },
            content: logged_in(),
            ..self.connection(start, client, site, Service::HTTP)
        };
        self.log(fetched);
    }

    /// A host asks the name server of the office, which may have to ask another. Gives the time of the answer.
    fn look_up(&mut self, hosts: &Hosts, client: Ipv4Addr, start: u64) -> u64 {
        let (asked, answered) = (self.between(28..=46), self.between(44..=140));
        let question = Event {
            orig_bytes: asked,
            resp_bytes: answered,
            ..self.connection(start, client, hosts.name_server, Service::DOMAIN_U)
        };
        self.log(question);
        if self.chance(0.5) {
            let other = self.pick_popular(&hosts.name_servers);
            let question = Event {
                // Name servers of the time ask from port 53.
                orig_port: Service::DOMAIN_U.port,
                orig_bytes: asked,
                resp_bytes: answered,
                ..self.connection(start + 5_000, hosts.name_server, other, Service::DOMAIN_U)
            };
            self.log(question);
        }
        start + self.wait(SECOND / 10)
    }

    /// A mail comes in from anywhere or goes out by way of the provider; many hosts ask back by `auth` who is there.
    fn exchange_mail(&mut self, hosts: &Hosts, start: u64) {
        let (sender, receiver) = if self.chance(0.65) {
            (self.pick_popular(&hosts.mail_hosts), hosts.server)
        } else {
            (hosts.server, hosts.mail_relay)
        };
        let now = self.look_up(hosts, hosts.server, start);
        let mail = Event {
            duration_secs: self.log_normal(1.0, 1.1, 0..=40),
            orig_bytes: self.log_normal(1250.0, 0.5, 480..=60_000),
            resp_bytes: self.between(322..=342),
            content: logged_in(),
            ..self.connection(now, sender, receiver, Service::SMTP)
        };
        self.log(mail);
        if self.chance(0.2) {
            let question = Event {
                orig_bytes: self.between(9..=11),
                resp_bytes: self.between(34..=41),
                content: logged_in(),
                ..self.connection(now + SECOND / 10, receiver, sender, Service::AUTH)
            };
            self.log(question);
        }
    }

    /// A workstation fetches its mail.
    fn check_mail(&mut self, hosts: &Hosts, start: u64) {
        let client = self.pick(&hosts.workstations);
        let n_mails = if self.chance(0.4) {
            0
        } else {
            self.log_normal(1.5, 0.7, 1..=12)
        };
        let mut resp_bytes = self.between(124..=138);
        for _ in 0..n_mails {
            resp_bytes += self.log_normal(1600.0, 0.5, 500..=20_000);
        }
        let checked = Event {
            duration_secs: if n_mails > 2 { self.between(0..=4) } else { 0 },
            // USER, PASS, STAT and QUIT, then RETR and DELE for each.
            orig_bytes: self.between(34..=44) + 16 * n_mails,
            resp_bytes,
            content: logged_in(),
            ..self.connection(start, client, hosts.server, Service::POP_3)
        };
        self.log(checked);
    }

    /// A guest fetches files: a workstation from a site outside, or a visitor from the server here.
    fn download(&mut self, hosts: &Hosts, start: u64) {
        let is_outbound = self.chance(0.6);
        let (client, site) = if is_outbound {
            (
                self.pick(&hosts.workstations),
                self.pick_popular(&hosts.ftp_sites),
            )
        } else {
            (self.pick(&hosts.visitors), hosts.server)
        };
        let n_files = self.log_normal(4.0, 0.6, 1..=12);
        let session = Event {
            duration_secs: 16 + 2 * n_files + self.between(0..=8),
            orig_bytes: 130 + 60 * n_files + self.between(0..=60),
            resp_bytes: 560 + 190 * n_files + self.between(0..=150),
            content: Content {
                hot: 2 + 2 * n_files as u32,
                is_guest_login: true,
                ..logged_in()
            },
            ..self.connection(start, client, site, Service::FTP)
        };
        self.log(session);
        let mut now = start + 4 * SECOND;
        for _ in 0..n_files {
            now += self.wait(2 * SECOND);
            let file = Event {
                orig_port: Service::FTP_DATA.port,
                orig_bytes: self.log_normal(2200.0, 1.5, 40..=180_000),
                content: logged_in(),
                // Active mode: the server calls back.
                ..self.connection(now, site, client, Service::FTP_DATA)
            };
            self.log(file);
        }
    }

    /// Somebody works on the server for a while, by telnet mostly, a few by ssh; some mistype their password once.
    fn log_in(&mut self, hosts: &Hosts, start: u64) {
        let client = self.pick(&hosts.workstations);
        let duration_secs = self.log_normal(90.0, 1.6, 4..=14_000);
        let service = if self.chance(0.12) {
            Service::SSH
        } else {
            Service::TELNET
        };
        let n_typed = 60 + self.log_normal(0.8 * duration_secs as f64, 0.5, 30..=6_000);
        let session = Event {
            duration_secs,
            orig_bytes: n_typed,
            resp_bytes: 400 + n_typed * self.log_normal(30.0, 1.0, 3..=400),
            content: Content {
                num_failed_logins: u32::from(self.chance(0.03)),
                num_file_creations: if self.chance(0.1) { 1 } else { 0 },
                ..logged_in()
            },
            flag: if self.chance(0.03) {
                Flag::S1
            } else {
                Flag::Sf
            },
            ..self.connection(start, client, hosts.server, service)
        };
        self.log(session);
    }

    /// Who is at the server?
    fn finger(&mut self, hosts: &Hosts, start: u64) {
        let client = self.pick(&hosts.workstations);
        let asked = Event {
            orig_bytes: self.between(5..=10),
            resp_bytes: self.log_normal(150.0, 0.3, 130..=500),
            ..self.connection(start, client, hosts.server, Service::FINGER)
        };
        self.log(asked);
    }

    /// The monitor asks a server whether it is there; request and reply are two connections, as in KDD Cup 99.
    fn ping(&mut self, hosts: &Hosts, start: u64) {
        let target = self.pick(&[hosts.server, hosts.www, hosts.name_server]);
        // 32 letters behind the header of 8, as the ping of Windows sends them.
        let orig_bytes = 40;
        for (now, orig, resp, service) in [
            (start, hosts.monitor, target, Service::ECHO_REQUEST),
            (start + 800, target, hosts.monitor, Service::ECHO_REPLY),
        ] {
            let packet = self.connection(now, orig, resp, service);
            self.log(Event {
                orig_bytes,
                ..packet
            });
        }
    }

    /// The monitor reads the traffic counters of the server by SNMP.
    fn poll_counters(&mut self, hosts: &Hosts, start: u64) {
        let polled = Event {
            // Four counters; they take a byte more as they grow.
            orig_bytes: 96,
            resp_bytes: self.between(104..=111),
            ..self.connection(start, hosts.monitor, hosts.server, Service::SNMP)
        };
        self.log(polled);
    }

    /// A host asks for the time; both ends of NTP are port 123.
    fn check_clock(&mut self, hosts: &Hosts, start: u64) {
        let client = self.pick(&[hosts.server, hosts.www, hosts.name_server]);
        let asked = Event {
            orig_port: Service::NTP_U.port,
            orig_bytes: 48,
            resp_bytes: 48,
            ..self.connection(start, client, hosts.time_server, Service::NTP_U)
        };
        self.log(asked);
    }
}

/// What KDD Cup 99 says of every session that a server let in, a GET included.
pub(super) fn logged_in() -> Content {
    Content {
        is_logged_in: true,
        ..Content::default()
    }
}
