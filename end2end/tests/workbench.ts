/** What a visitor does on the page, and reads there. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test, type Page } from "@playwright/test";

const REPOSITORY = join(import.meta.dirname, "../..");

/** The sample that the page offers. */
export const SAMPLE = join(REPOSITORY, "public/samples/office-day.csv");
export const SAMPLE_ROWS = 6429;

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

/** Scores the sample, in place of what is there. */
export async function scoreSample(page: Page) {
  await page.getByTestId("sample").click();
  await expectScored(page, SAMPLE_ROWS);
}

/** The number that an element holds. */
export async function valueOf(page: Page, testId: string): Promise<number> {
  const value = await page.getByTestId(testId).getAttribute("data-value");
  expect(value, testId).toMatch(/^\d+$/);
  return Number(value);
}

/** The four cells of the confusion matrix. */
export async function confusion(page: Page) {
  const read = async (testId: string) => Number((await page.getByTestId(testId).innerText()).replaceAll(",", ""));
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

/** A file's bytes. */
export const bytesOf = (path: string) => readFileSync(path);

/** Writes a measured value into the report; timed figures are not asserted. */
export function note(what: string, value: string) {
  test.info().annotations.push({ type: what, description: value });
  console.log(`      ${what}: ${value}`);
}
