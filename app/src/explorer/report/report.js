// Moves the threshold of a report: counts, figures, marks in the charts, and the table follow. Nothing is fetched; the numbers are in #data.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const N_STEPS = 1001;
  const PAGE = 50;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // As the program writes them: more decimals where a share would be rounded to nothing or to all.
  const fixed = (value, whole, least) => {
    if (!Number.isFinite(value)) return "–";
    let decimals = least;
    const isHidden = () => value < 0.1 ** decimals / 2 || value >= whole - 0.1 ** decimals / 2;
    if (value > 0 && value < whole) while (decimals < least + 4 && isHidden()) decimals++;
    return value.toFixed(decimals);
  };
  const count = (n) => n.toLocaleString("en-US");
  const percent = (share) => fixed(share * 100, 100, 1) + " %";
  const risk = (step) => String(step / 10);

  // Rows at or above each step of risk, from pairs of a step and rows on it.
  const atOrAbove = (pairs) => {
    const sums = new Array(N_STEPS + 1).fill(0);
    for (const [step, n] of pairs) sums[step] += n;
    for (let step = N_STEPS - 1; step >= 0; step--) sums[step] += sums[step + 1];
    return sums;
  };
  const [normal, attack, unknown] = [1, 2, 3].map((kind) => atOrAbove(data.steps.map((counts) => [counts[0], counts[kind]])));
  const labels = data.labels.map(atOrAbove);

  const ratio = (part, whole) => (whole > 0 ? part / whole : 0);
  const confusionAt = (step) => {
    const [tp, fp] = [attack[step], normal[step]];
    const [fn, tn] = [attack[0] - tp, normal[0] - fp];
    const [precision, recall] = [ratio(tp, tp + fp), ratio(tp, tp + fn)];
    const spread = Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
    return {
      tp, fp, tn, fn, precision, recall, rate: ratio(fp, fp + tn), accuracy: ratio(tp + tn, tp + tn + fp + fn),
      f1: ratio(2 * tp, 2 * tp + fp + fn), mcc: ratio(tp * tn - fp * fn, spread),
    };
  };
  const figuresAt = (step, at) => {
    const n = normal[step] + attack[step] + unknown[step];
    const oneIn = Math.round(10 ** (step / 250));
    return {
      risk: risk(step), anomalies: count(n), share: percent(ratio(n, normal[0] + attack[0] + unknown[0])),
      words: oneIn < 2 ? "every normal connection is at or above it" : `one in ${count(oneIn)} normal connections is at or above it`,
      tp: count(at.tp), fp: count(at.fp), tn: count(at.tn), fn: count(at.fn),
      precision: percent(at.precision), recall: percent(at.recall), rate: percent(at.rate), accuracy: percent(at.accuracy),
      f1: fixed(at.f1, 1, 3), mcc: fixed(at.mcc, 1, 3),
    };
  };

  // The mark of a chart, placed by what is along its axes.
  const move = (svg, step, at) => {
    const [left, top, right, bottom] = svg.dataset.area.split(" ").map(Number);
    const x = (share) => (left + (right - left) * share).toFixed(1);
    const y = (share) => (bottom - (bottom - top) * share).toFixed(1);
    const mark = svg.querySelector(".mark");
    const set = (values) => Object.entries(values).forEach(([name, value]) => mark.setAttribute(name, value));
    if (svg.dataset.axes === "risk") set({ x1: x(step / 1000), x2: x(step / 1000) });
    if (svg.dataset.axes === "roc") set({ cx: x(Math.sqrt(at.rate)), cy: y(at.recall) });
    if (svg.dataset.axes === "pr") set({ cx: x(at.recall), cy: y(at.precision) });
  };

  // The table, a page at a time.
  const { n, columns, reasons } = data.rows;
  const value = ({ v, c }, row) => (c ? v[c[row]] : v.length === 1 ? v[0] : v[row]);
  const named = (name) => columns.findIndex((column) => column.name === name);
  const risks = columns[named("risk")];
  const first = named("copies") + 1;
  const shown = (cell) => (typeof cell === "number" ? cell.toLocaleString("en-US", { maximumFractionDigits: 4 }) : cell);
  const body = document.querySelector("#rows tbody");
  let page = 0;
  // The strongest reason, and the others on demand.
  const explain = (td, [strongest, ...others]) => {
    td.className = "why";
    td.textContent = strongest ?? "–";
    if (others.length === 0) return;
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = strongest;
    details.append(summary, others.join("; "));
    td.replaceChildren(details);
  };
  const draw = () => {
    const from = page * PAGE;
    const until = Math.min(from + PAGE, n);
    const line = (row) => {
      const tr = document.createElement("tr");
      const add = (text, kind) => {
        const td = tr.insertCell();
        td.textContent = text;
        if (kind) td.className = kind;
      };
      add(count(row + 1), "n");
      add(risk(value(risks, row)), "n");
      add("", "verdict");
      columns.slice(1, first).forEach((column) => add(shown(value(column, row)), column.name === "label" ? "" : "n"));
      explain(tr.insertCell(), reasons[row] ?? []);
      columns.slice(first).forEach((column) => {
        const cell = value(column, row);
        add(shown(cell), typeof cell === "number" ? "n feature" : "feature");
      });
      return tr;
    };
    body.replaceChildren(...Array.from({ length: until - from }, (_, index) => line(from + index)));
    all("[data-page]").forEach((place) => { place.textContent = n ? `rows ${count(from + 1)} to ${count(until)} of ${count(n)}` : "no rows"; });
    all("[data-turn]").forEach((button) => {
      const to = page + Number(button.dataset.turn);
      button.disabled = to < 0 || to * PAGE >= n;
    });
  };
  const judge = (step) => {
    [...body.rows].forEach((tr, index) => {
      const isAbove = value(risks, page * PAGE + index) >= step;
      tr.classList.toggle("above", isAbove);
      tr.querySelector(".verdict").textContent = isAbove ? "anomaly" : "normal";
    });
  };

  const [slider, box] = all("#threshold, #threshold-box");
  let step = data.saved;
  const update = () => {
    const at = confusionAt(step);
    const figures = figuresAt(step, at);
    all("[data-figure]").forEach((place) => { place.textContent = figures[place.dataset.figure]; });
    all("[data-label]").forEach((row) => {
      const found = labels[Number(row.dataset.label)];
      row.querySelector("[data-found]").textContent = count(found[step]);
      row.querySelector("[data-recall]").textContent = percent(ratio(found[step], found[0]));
      row.querySelector("meter").value = ratio(found[step], found[0]);
    });
    all("svg[data-area]").forEach((svg) => move(svg, step, at));
    let nAbove = 0;
    while (nAbove < n && value(risks, nAbove) >= step) nAbove++;
    all("[data-above]").forEach((place) => { place.textContent = count(nAbove); });
    judge(step);
    slider.value = box.value = step / 10;
  };
  const setTo = (threshold) => {
    if (Number.isFinite(threshold)) step = Math.round(Math.min(Math.max(threshold, 0), 100) * 10);
    update();
  };
  slider.addEventListener("input", () => setTo(Number(slider.value)));
  box.addEventListener("change", () => setTo(box.value === "" ? undefined : Number(box.value)));
  document.getElementById("reset").addEventListener("click", () => setTo(data.saved / 10));
  all("svg[data-axes=risk]").forEach((svg) => svg.addEventListener("click", (event) => {
    const [left, , right] = svg.dataset.area.split(" ").map(Number);
    const { x, width } = svg.getBoundingClientRect();
    setTo((((event.clientX - x) / width) * svg.viewBox.baseVal.width - left) / (right - left) * 100);
  }));
  all("[data-turn]").forEach((button) => button.addEventListener("click", () => {
    page += Number(button.dataset.turn);
    draw();
    judge(step);
  }));
  draw();
  update();
  all(".alive").forEach((part) => { part.hidden = false; });
})();
