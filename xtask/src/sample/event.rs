//! One connection as a monitor would log it: who, with whom, when, how much, how it ended.

use std::net::Ipv4Addr;

/// Transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Tcp,
    Udp,
    Icmp,
}

impl Protocol {
    /// Name in the column `protocol_type`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
        }
    }
}

/// What is asked for at the responder. The port is part of it: the windows of KDD Cup 99 tell the ports within `private`
/// apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Service {
    /// Name in the column `service`.
    pub(super) name: &'static str,
    pub(super) protocol: Protocol,
    /// Port at the responder; for ICMP the type; for `ftp_data` the port of the server, which is the originator.
    pub(super) port: u16,
}

const fn service(name: &'static str, protocol: Protocol, port: u16) -> Service {
    Service {
        name,
        protocol,
        port,
    }
}

impl Service {
    pub(super) const FTP_DATA: Self = service("ftp_data", Protocol::Tcp, 20);
    pub(super) const FTP: Self = service("ftp", Protocol::Tcp, 21);
    pub(super) const SSH: Self = service("ssh", Protocol::Tcp, 22);
    pub(super) const TELNET: Self = service("telnet", Protocol::Tcp, 23);
    pub(super) const SMTP: Self = service("smtp", Protocol::Tcp, 25);
    pub(super) const DOMAIN_U: Self = service("domain_u", Protocol::Udp, 53);
    pub(super) const FINGER: Self = service("finger", Protocol::Tcp, 79);
    pub(super) const HTTP: Self = service("http", Protocol::Tcp, 80);
    pub(super) const POP_3: Self = service("pop_3", Protocol::Tcp, 110);
    pub(super) const AUTH: Self = service("auth", Protocol::Tcp, 113);
    pub(super) const NTP_U: Self = service("ntp_u", Protocol::Udp, 123);
    /// SNMP has no name of its own in KDD Cup 99.
    pub(super) const SNMP: Self = service("private", Protocol::Udp, 161);
    pub(super) const ECHO_REQUEST: Self = service("eco_i", Protocol::Icmp, 8);
    pub(super) const ECHO_REPLY: Self = service("ecr_i", Protocol::Icmp, 0);

    /// A TCP port without a name.
    pub(super) const fn private(port: u16) -> Self {
        service("private", Protocol::Tcp, port)
    }

    /// A TCP port by its name, as a scanner goes through them.
    pub(super) const fn named(name: &'static str, port: u16) -> Self {
        service(name, Protocol::Tcp, port)
    }
}

/// How a connection ended, as Zeek names it; the states that the sample makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flag {
    /// Established and closed.
    Sf,
    /// A SYN without an answer.
    S0,
    /// Established, not closed.
    S1,
    /// A SYN answered with a reset.
    Rej,
    /// Reset by the originator.
    Rsto,
    /// Reset by the responder.
    Rstr,
}

impl Flag {
    /// Name in the column `flag`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sf => "SF",
            Self::S0 => "S0",
            Self::S1 => "S1",
            Self::Rej => "REJ",
            Self::Rsto => "RSTO",
            Self::Rstr => "RSTR",
        }
    }

    /// Tells whether the connection counts in `serror_rate` and its kin. In KDD Cup 99 every S state does.
    pub(super) fn is_syn_error(self) -> bool {
        matches!(self, Self::S0 | Self::S1)
    }

    /// Tells whether the connection counts in `rerror_rate` and its kin. In KDD Cup 99 every reset does.
    pub(super) fn is_refused(self) -> bool {
        matches!(self, Self::Rej | Self::Rsto | Self::Rstr)
    }
}

/// What the payload told; columns that nothing here sets are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) hot: u32,
    pub(super) num_failed_logins: u32,
    pub(super) is_logged_in: bool,
    pub(super) num_file_creations: u32,
    pub(super) is_guest_login: bool,
}

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// Microseconds since midnight.
    pub(super) start_micros: u64,
    pub(super) duration_secs: u64,
    pub(super) orig_host: Ipv4Addr,
    /// For ICMP the type.
    pub(super) orig_port: u16,
    pub(super) resp_host: Ipv4Addr,
    pub(super) service: Service,
    pub(super) flag: Flag,
    /// Payload bytes from originator to responder.
    pub(super) orig_bytes: u64,
    /// Payload bytes from responder to originator.
    pub(super) resp_bytes: u64,
    pub(super) content: Content,
    pub(super) label: &'static str,
}
