//! Connections as a table: the columns of KDD Cup 99, by the names of the schema.

use models::schema::View;

use super::event::Event;
use super::simulation::SECOND;
use super::windows::{HostGroup, ServiceGroup, Windows};

/// A connection with its features as they are printed, in the order of [`models::schema::FEATURES`].
pub(super) struct Row {
    cells: [String; 41],
    label: &'static str,
}

impl Row {
    /// Puts the features of a connection into columns.
    pub(super) fn new(event: &Event, windows: &Windows) -> Self {
        let content = &event.content;
        let is_land = event.orig_host == event.resp_host && event.orig_port == event.service.port;
        let Windows {
            host,
            service,
            last_to_host,
            last_to_service,
        } = windows;
        let [count, serror, rerror, same_srv, diff_srv, _] = host_cells(host);
        let [srv_count, srv_serror, srv_rerror, srv_diff_host] = service_cells(service);
        let [
            last_count,
            last_serror,
            last_rerror,
            last_same_srv,
            last_diff_srv,
            last_same_port,
        ] = host_cells(last_to_host);
        let [
            last_srv_count,
            last_srv_serror,
            last_srv_rerror,
            last_srv_diff_host,
        ] = service_cells(last_to_service);
        let none = || "0".to_owned();
        let cells = [
            event.duration_secs.to_string(),
            event.service.protocol.name().to_owned(),
            event.service.name.to_owned(),
            event.flag.name().to_owned(),
            event.orig_bytes.to_string(),
            event.resp_bytes.to_string(),
            u8::from(is_land).to_string(),
            none(), // wrong_fragment
            none(), // urgent
            content.hot.to_string(),
            content.num_failed_logins.to_string(),
            u8::from(content.is_logged_in).to_string(),
            none(), // num_compromised
            none(), // root_shell
            none(), // su_attempted
            none(), // num_root
            content.num_file_creations.to_string(),
            none(), // num_shells
            none(), // num_access_files
            none(), // num_outbound_cmds
            none(), // is_host_login
            u8::from(content.is_guest_login).to_string(),
            count,
            srv_count,
            serror,
            srv_serror,
            rerror,
            srv_rerror,
            same_srv,
            diff_srv,
            srv_diff_host,
            last_count,
            last_srv_count,
            last_same_srv,
            last_diff_srv,
            last_same_port,
            last_srv_diff_host,
            last_serror,
            last_srv_serror,
            last_rerror,
            last_srv_rerror,
        ];
        Self {
            cells,
            label: event.label,
        }
    }
}

/// Count, then the rates of SYN errors, refusals, same service, different services, same port.
fn host_cells(group: &HostGroup) -> [String; 6] {
    [
        group.count.to_string(),
        rate(group.syn_error_rate),
        rate(group.refused_rate),
        rate(group.same_service_rate),
        rate(group.different_service_rate),
        rate(group.same_orig_port_rate),
    ]
}

/// Count, then the rates of SYN errors, refusals, different hosts.
fn service_cells(group: &ServiceGroup) -> [String; 4] {
    [
        group.count.to_string(),
        rate(group.syn_error_rate),
        rate(group.refused_rate),
        rate(group.different_host_rate),
    ]
}

/// Two decimals, as in KDD Cup 99.
fn rate(share: f64) -> String {
    format!("{share:.2}")
}

/// Whether the last column says what a row is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    Written,
    LeftOut,
}

/// The table as CSV with a header.
pub(super) fn to_csv(rows: &[Row], view: View, labels: Labels) -> String {
    let mut csv = String::new();
    let names = view.features().map(|feature| feature.name);
    push_record(&mut csv, names, labels, "label");
    for row in rows {
        push_record(&mut csv, row.cells_of(view), labels, row.label);
    }
    csv
}

/// Adds rows to a CSV table whose first column, `time`, holds their starts in seconds; an empty table gets its header first.
pub(super) fn add_timed_rows(csv: &mut String, rows: &[Row], starts_micros: &[u64], view: View) {
    if csv.is_empty() {
        let names = view.features().map(|feature| feature.name);
        push_record(
            csv,
            ["time"].into_iter().chain(names),
            Labels::Written,
            "label",
        );
    }
    for (row, micros) in rows.iter().zip(starts_micros) {
        let time = format!("{}.{:06}", micros / SECOND, micros % SECOND);
        let cells = [time.as_str()].into_iter().chain(row.cells_of(view));
        push_record(csv, cells, Labels::Written, row.label);
    }
}

impl Row {
    fn cells_of(&self, view: View) -> impl Iterator<Item = &str> {
        let indices = view.feature_indices();
        indices.iter().map(|&index| self.cells[index].as_str())
    }
}

fn push_record<'a>(
    csv: &mut String,
    cells: impl Iterator<Item = &'a str>,
    labels: Labels,
    label: &'a str,
) {
    let label = (labels == Labels::Written).then_some(label);
    for (n, cell) in cells.chain(label).enumerate() {
        if n > 0 {
            csv.push(',');
        }
        csv.push_str(cell);
    }
    csv.push('\n');
}
