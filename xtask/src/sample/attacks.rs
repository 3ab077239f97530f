//! What goes wrong on the day: floods, scans, guessing, theft. Every connection carries the name of its attack.

use std::net::Ipv4Addr;

use super::event::{Content, Event, Flag, Service};
use super::office::{Hosts, logged_in, outside_host};
use super::simulation::{SECOND, Simulation};

/// Services with a name that a scanner tries first.
const WELL_KNOWN: [Service; 24] = [
    Service::named("echo", 7),
    Service::named("discard", 9),
    Service::named("systat", 11),
    Service::named("daytime", 13),
    Service::named("netstat", 15),
    Service::FTP,
    Service::SSH,
    Service::TELNET,
    Service::SMTP,
    Service::named("time", 37),
    Service::named("whois", 43),
    Service::named("domain", 53),
    Service::named("gopher", 70),
    Service::FINGER,
    Service::HTTP,
    Service::named("hostnames", 101),
    Service::POP_3,
    Service::named("sunrpc", 111),
    Service::AUTH,
    Service::named("imap4", 143),
    Service::named("exec", 512),
    Service::named("login", 513),
    Service::named("shell", 514),
    Service::named("printer", 515),
];

/// One attack.
#[derive(Clone, Copy, Debug)]
pub(super) enum Attack {
    /// Half-open connections from forged addresses until the web server has no room: `neptune`.
    SynFlood { n_packets: u64 },
    /// Echo replies of a whole network, called up in the name of the victim: `smurf`.
    PingFlood { n_packets: u64 },
    /// One port after the other, seconds apart: `portsweep`.
    PortSweep { n_ports: u16 },
    /// All services as fast as they answer: `satan`.
    ServiceScan { n_ports: u16 },
    /// One echo request to every address of a subnet: `ipsweep`.
    HostSweep { n_hosts: u8 },
    /// A list of passwords, first by telnet, then by FTP: `guess_passwd`.
    PasswordGuessing { n_tries: u64 },
    /// Archives leave by FTP: `exfiltration`.
    Exfiltration { n_files: u64 },
}

impl Simulation {
    /// Lets an attack happen.
    pub(super) fn attack(&mut self, hosts: &Hosts, attack: Attack, start: u64) {
        let attacker = outside_host(self);
        match attack {
            Attack::SynFlood { n_packets } => self.flood_with_syns(hosts.www, n_packets, start),
            Attack::PingFlood { n_packets } => self.flood_with_replies(hosts.www, n_packets, start),
            Attack::PortSweep { n_ports } => {
                self.sweep_ports(attacker, hosts.test_host, n_ports, start)
            }
            Attack::ServiceScan { n_ports } => {
                self.scan_services(attacker, hosts.test_host, n_ports, start)
            }
            Attack::HostSweep { n_hosts } => self.sweep_hosts(attacker, n_hosts, start),
            Attack::PasswordGuessing { n_tries } => {
                self.guess_passwords(attacker, hosts.server, n_tries, start)
            }
            Attack::Exfiltration { n_files } => {
                let workstation = self.pick(&hosts.workstations);
                self.exfiltrate(workstation, attacker, n_files, start);
            }
        }
    }

    fn flood_with_syns(&mut self, victim: Ipv4Addr, n_packets: u64, start: u64) {
        let mut now = start;
        // The tool walks over a range of ports again and again.
        let first_port = self.between(600..=900) as u16;
        for n in 0..n_packets {
            now += self.wait(SECOND / 110);
            let forged = outside_host(self);
            let service = Service::private(first_port + (n % 16) as u16);
            let syn = self.connection(now, forged, victim, service);
            self.log(Event {
                flag: Flag::S0,
                label: "neptune",
                ..syn
            });
        }
    }

    fn flood_with_replies(&mut self, victim: Ipv4Addr, n_packets: u64, start: u64) {
        let mut now = start;
        for _ in 0..n_packets {
            now += self.wait(SECOND / 320);
            let amplifier = Ipv4Addr::new(198, 19, 255, self.between(1..=254) as u8);
            let reply = self.connection(now, amplifier, victim, Service::ECHO_REPLY);
            // 1,024 bytes behind the header of 8.
            self.log(Event {
                orig_bytes: 1032,
                label: "smurf",
                ..reply
            });
        }
    }

    fn sweep_ports(&mut self, attacker: Ipv4Addr, victim: Ipv4Addr, n_ports: u16, start: u64) {
        let mut now = start;
        // Ports without a name.
        let first_port = self.between(2_000..=4_000) as u16;
        // Scanners of the kind send from one port of their own.
        let orig_port = self.between(30_000..=60_000) as u16;
        for n in 0..n_ports {
            now += SECOND + self.wait(3 * SECOND);
            let flag = self.pick(&[Flag::Rej, Flag::Rstr, Flag::Rstr, Flag::S0]);
            let probe = self.connection(now, attacker, victim, Service::private(first_port + n));
            self.log(Event {
                orig_port,
                flag,
                label: "portsweep",
                ..probe
            });
        }
    }

    fn scan_services(&mut self, attacker: Ipv4Addr, victim: Ipv4Addr, n_ports: u16, start: u64) {
        let mut now = start;
        let private = (1000..).map(Service::private);
        for service in WELL_KNOWN
            .into_iter()
            .chain(private)
            .take(usize::from(n_ports))
        {
            now += self.wait(SECOND / 50);
            // A firewall swallows a tenth of them.
            let flag = if self.chance(0.1) {
                Flag::S0
            } else {
                Flag::Rej
            };
            let probe = self.connection(now, attacker, victim, service);
            self.log(Event {
                flag,
                label: "satan",
                ..probe
            });
        }
    }

    fn sweep_hosts(&mut self, attacker: Ipv4Addr, n_hosts: u8, start: u64) {
        let mut now = start;
        // An empty echo request, or one with a time stamp of 10 bytes: 8 or 18 bytes with the header.
        let orig_bytes = self.pick(&[8, 18]);
        for last in 1..=n_hosts {
            now += SECOND / 2 + self.wait(2 * SECOND);
            let target = Ipv4Addr::new(172, 20, 2, last);
            let request = self.connection(now, attacker, target, Service::ECHO_REQUEST);
            self.log(Event {
                orig_bytes,
                label: "ipsweep",
                ..request
            });
        }
    }

    fn guess_passwords(&mut self, attacker: Ipv4Addr, victim: Ipv4Addr, n_tries: u64, start: u64) {
        let mut now = start;
        for n in 0..n_tries {
            now += SECOND / 2 + self.wait(SECOND);
            let n_failed = self.between(1..=3);
            let is_telnet = n * 3 < n_tries * 2;
            let (service, flag) = if is_telnet {
                (
                    Service::TELNET,
                    self.pick(&[Flag::Rsto, Flag::Rsto, Flag::Sf]),
                )
            } else {
                (Service::FTP, Flag::Sf)
            };
            let tried = Event {
                duration_secs: n_failed + self.between(0..=2),
                orig_bytes: 60 + 22 * n_failed + self.between(0..=9),
                resp_bytes: 110 + 55 * n_failed + self.between(0..=5),
                flag,
                content: Content {
                    num_failed_logins: n_failed as u32,
                    ..Content::default()
                },
                label: "guess_passwd",
                ..self.connection(now, attacker, victim, service)
            };
            self.log(tried);
        }
    }

    fn exfiltrate(&mut self, workstation: Ipv4Addr, collector: Ipv4Addr, n_files: u64, start: u64) {
        let mut now = start;
        for n in 0..n_files {
            now += 20 * SECOND + self.wait(60 * SECOND);
            let duration_secs = self.log_normal(240.0, 0.6, 60..=1500);
            // Every few files a new session.
            if n % 3 == 0 {
                let session = Event {
                    duration_secs: 3 * duration_secs,
                    orig_bytes: self.between(180..=320),
                    resp_bytes: self.between(600..=900),
                    content: logged_in(),
                    label: "exfiltration",
                    ..self.connection(now, workstation, collector, Service::FTP)
                };
                self.log(session);
            }
            now += SECOND;
            let upload = Event {
                duration_secs,
                orig_port: Service::FTP_DATA.port,
                // Active mode: the collector calls back, so that the upload flows towards the originator.
                resp_bytes: duration_secs * self.between(40_000..=120_000),
                content: logged_in(),
                label: "exfiltration",
                ..self.connection(now, collector, workstation, Service::FTP_DATA)
            };
            self.log(upload);
            now += duration_secs * SECOND;
        }
    }
}
