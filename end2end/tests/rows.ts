/** Tables of made-up connections: the same seed gives the same bytes. No row comes from a data set. */

export const FORM_COLUMNS = ["duration", "src_bytes", "dst_bytes", "count", "srv_count"];

export const KDD_COLUMNS = [
  "duration", "protocol_type", "service", "flag", "src_bytes", "dst_bytes", "land", "wrong_fragment", "urgent", "hot",
  "num_failed_logins", "logged_in", "num_compromised", "root_shell", "su_attempted", "num_root", "num_file_creations",
  "num_shells", "num_access_files", "num_outbound_cmds", "is_host_login", "is_guest_login", "count", "srv_count",
  "serror_rate", "srv_serror_rate", "rerror_rate", "srv_rerror_rate", "same_srv_rate", "diff_srv_rate",
  "srv_diff_host_rate", "dst_host_count", "dst_host_srv_count", "dst_host_same_srv_rate", "dst_host_diff_srv_rate",
  "dst_host_same_src_port_rate", "dst_host_srv_diff_host_rate", "dst_host_serror_rate", "dst_host_srv_serror_rate",
  "dst_host_rerror_rate", "dst_host_srv_rerror_rate",
];

/** Cells by column name. */
export type Row = Record<string, string | number>;

/** Whole numbers from `low` to `high`, both included. */
function dice(seed: number) {
  let state = seed >>> 0;
  return (low: number, high: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + Math.floor((state / 2 ** 32) * (high - low + 1));
  };
}

/** Connections of all 41 features: every `attackEvery`-th is one of a flood, the others fetch pages; the label is last. */
export function connections(n: number, { seed = 7, attackEvery = 5 } = {}): Row[] {
  const roll = dice(seed);
  return Array.from({ length: n }, (_, index) => {
    const row: Row = Object.fromEntries(KDD_COLUMNS.map((column) => [column, 0]));
    const isAttack = index % attackEvery === attackEvery - 1;
    const count = isAttack ? roll(150, 511) : roll(1, 12);
    const busy = isAttack
      ? { service: "private", flag: "S0", serror_rate: 1, srv_serror_rate: 1, dst_host_serror_rate: 1, dst_host_srv_serror_rate: 1,
          srv_count: roll(1, 20), same_srv_rate: 0.06, diff_srv_rate: 0.07, dst_host_srv_count: roll(1, 20) }
      : { service: "http", flag: "SF", src_bytes: roll(180, 360), dst_bytes: roll(400, 9000), logged_in: 1,
          srv_count: count, same_srv_rate: 1, dst_host_srv_count: 255, dst_host_same_srv_rate: 1 };
    return { ...row, protocol_type: "tcp", count, dst_host_count: 255, ...busy, label: isAttack ? "flood" : "normal" };
  });
}

/** Connections of the five features of the form. */
export function formConnections(n: number, seed = 7): Row[] {
  return connections(n, { seed }).map((row) => Object.fromEntries(FORM_COLUMNS.map((column) => [column, row[column]])));
}

/** A table as text: the columns of the first row unless others are named. */
export function csv(rows: Row[], { columns = Object.keys(rows[0]), delimiter = ",", hasHeader = true } = {}): string {
  const lines = rows.map((row) => columns.map((column) => row[column]).join(delimiter));
  return [...(hasHeader ? [columns.join(delimiter)] : []), ...lines].join("\n") + "\n";
}
