/** What a visitor does on the page, and reads there. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test, type Locator, type Page } from "@playwright/test";

const REPOSITORY = join(import.meta.dirname, "../..");

/** The sample that the page offers. */
export const SAMPLE = join(REPOSITORY, "public/samples/office-day.csv");
export const SAMPLE_ROWS = 6429;

/** The rows of the sample, cells by column. */
export const sampleRecords = (): Record<string, string>[] => {
  const [header, ...lines] = readFileSync(SAMPLE, "utf8").trimEnd().split("\n").map((line) => line.split(","));
  return lines.map((cells) => Object.fromEntries(header.map((column, index) => [column, cells[index]])));
};

/** The command line program. */
const ODDFLOW = process.env.ODDFLOW_BIN ?? resolve(REPOSITORY, process.env.CARGO_TARGET_DIR ?? "target", "release/oddflow");

/** KDD Cup 99, 10 %: there where `oddflow data` put it, or where `ODDFLOW_DATA` says. */
export const KDD = resolve(REPOSITORY, process.env.ODDFLOW_DATA ?? "data", "kddcup.data_10_percent.gz");
export const hasKdd = existsSync(KDD);

/** Opens a page of the site and waits until it can score. */
export async function open(page: Page, address = "/") {
  await page.goto(address);
  await expect(page.getByTestId("drop-zone")).toHaveAttribute("data-ready", "true");
}

/** Picks a file of this content. */
export async function pick(page: Page, content: string | Buffer, name = "connections.csv") {
  await page.getByTestId("file-input").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(content) });
}

/** Waits until this many rows are scored. */
export async function expectScored(page: Page, nRows: number) {
  await expect(page.getByTestId("rows-scored")).toHaveAttribute("data-value", String(nRows), { timeout: 60_000 });
}

/** Scores the sample, in place of what is there, and waits for all panels. */
export async function scoreSample(page: Page) {
  await page.getByTestId("sample").click();
  await expectScored(page, SAMPLE_ROWS);
  await expect(page.getByTestId("download-results")).toBeVisible();
}

/** The number that an element holds. */
export async function valueOf(page: Page, testId: string): Promise<number> {
  const value = await page.getByTestId(testId).getAttribute("data-value");
  expect(value, testId).toMatch(/^\d+$/);
  return Number(value);
}

/** A count as the page writes it. */
export const written = (count: number) => count.toLocaleString("en-US");

/** The first count in a text of the page. */
export const countIn = (text: string | null) => Number(/\d[\d,]*/.exec(text ?? "")?.[0].replaceAll(",", ""));

/** A number of a filter: "1.5k" is 1500. */
export const numberOfFilter = (text: string) => Number.parseFloat(text) * ({ k: 1e3, M: 1e6, G: 1e9, "%": 0.01 }[text.at(-1)!] ?? 1);

/** Opens a tab of the results. */
export async function openTab(page: Page, name: "Findings" | "Explore" | "Compare") {
  await page.getByRole("tab", { name }).click();
  await expect(page.getByRole("tab", { name })).toHaveAttribute("aria-selected", "true");
}

/** Types a filter in place of the one that is there. */
export const filterBy = (page: Page, text: string) => page.getByTestId("filter").fill(text);

/** Waits until the filter lets this many rows of the sample through. */
export async function expectFiltered(page: Page, nRows: number) {
  await expect(page.getByTestId("filter-says")).toHaveText(`${written(nRows)} of ${written(SAMPLE_ROWS)} connections`);
}

/** Waits until the table has this many rows, equal ones each by itself. */
export async function expectRowsOfTable(page: Page, nRows: number) {
  await page.getByLabel("equal rows once").uncheck();
  await expect(page.getByTestId("table-says")).toHaveText(`${written(nRows)} rows`);
}

/** What a column of the table shows, of the rows that are there. */
export async function columnOf(page: Page, name: string): Promise<string[]> {
  return page.getByTestId("top-anomalies").evaluate((table, name) => {
    const names = [...table.querySelectorAll("thead th")].map((head) => head.textContent!.replace(/ [▼▲]$/, ""));
    return [...table.querySelectorAll("tbody tr")].map((row) => row.children[names.indexOf(name)].textContent!);
  }, name);
}

/** The card of a chart. */
export const cardOf = (page: Page, chart: string) => page.locator(".chart-card", { has: page.getByTestId(chart) });

/** The numbers of a chart: a record per row, by heading. */
export async function numbersOf(page: Page, chart: string): Promise<Record<string, string>[]> {
  const numbers = cardOf(page, chart).locator("details.numbers");
  if (!(await numbers.evaluate((details: HTMLDetailsElement) => details.open))) await numbers.locator("summary").click();
  await expect(numbers.locator("table")).toBeVisible();
  return numbers.locator("table").evaluate((table) => {
    const [header, ...rows] = [...table.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent!));
    return rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index]])));
  });
}

/** Drags over an element, from corner to corner, in shares of its width and height. */
export async function dragOver(page: Page, element: Locator, corners: [number, number][]) {
  // At the lower edge of the window: the bar that sticks to the upper one does not lie over it.
  await element.evaluate((element) => element.scrollIntoView({ block: "end", behavior: "instant" }));
  const box = (await element.boundingBox())!;
  const [from, ...others] = corners.map(([across, down]) => [box.x + across * box.width, box.y + down * box.height] as const);
  await page.mouse.move(...from);
  await page.mouse.down();
  for (const corner of others) await page.mouse.move(...corner, { steps: 8 });
  await page.mouse.up();
}

/** The four cells of the confusion matrix. */
export async function confusion(page: Page) {
  const read = async (testId: string) => countIn(await page.getByTestId(testId).innerText());
  return {
    trueNegatives: await read("true-negatives"), falsePositives: await read("false-positives"),
    falseNegatives: await read("false-negatives"), truePositives: await read("true-positives"),
  };
}

/** The digest on the page. */
export async function digest(page: Page): Promise<string> {
  const text = await page.getByTestId("digest").innerText();
  expect(text).toMatch(/^[0-9a-f]{64}$/);
  return text;
}

/** The digest that the API gives for the same bytes. */
export async function digestOfApi(page: Page, content: Buffer): Promise<string> {
  const response = await page.request.post("/api/v1/score?results=false", { data: content, headers: { "content-type": "text/csv" } });
  expect(response.status()).toBe(200);
  return (await response.json()).summary.digest;
}

/** The digest that the command line prints for the same bytes. */
export function digestOfCommandLine(content: Buffer): string {
  const file = test.info().outputPath("scored-by-command-line");
  writeFileSync(file, content);
  const output = execFileSync(ODDFLOW, ["score", file, "--format", "ndjson", "--quiet"], { encoding: "utf8", maxBuffer: 1 << 30 });
  return JSON.parse(output.trimEnd().split("\n").at(-1)!).summary.digest;
}

/** What the command line makes of the sample's rows and labels. */
export function evaluationOfSample(): Evaluation {
  return JSON.parse(execFileSync(ODDFLOW, ["evaluate", SAMPLE, "--format", "json"], { encoding: "utf8", maxBuffer: 1 << 26 }));
}

/** As `oddflow evaluate --format json` writes it, as far as it is on the page. */
export interface Evaluation {
  models: {
    model: string; roc_auc: number; average_precision: number; accuracy: number; precision: number; recall: number; f1: number; false_alarm_rate: number; best_f1: number;
    confusion: Record<"true_positives" | "false_positives" | "true_negatives" | "false_negatives", number>;
    recall_by_attack: Record<string, { n: number; found: number }>;
  }[];
}

/** A file's bytes. */
export const bytesOf = (path: string) => readFileSync(path);

/** Writes a measured value into the report; timed figures are not asserted. */
export function note(what: string, value: string) {
  test.info().annotations.push({ type: what, description: value });
  console.log(`      ${what}: ${value}`);
}
