import { closeSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, type Page } from "@playwright/test";
import { connections, csv } from "./rows";
import { note, open, scoreSample, valueOf, expectScored } from "./workbench";

const N_BLOCKS = 120;
const BLOCK = connections(10_000);
const folder = join(tmpdir(), `oddflow-end2end-${process.pid}`);
const big = join(folder, "big.csv");
const second = join(folder, "second.csv");

test.beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  const [header, ...lines] = csv(BLOCK).split("\n");
  const rows = lines.join("\n");
  const file = openSync(big, "w");
  writeSync(file, `${header}\n`);
  for (let block = 0; block < N_BLOCKS; block++) writeSync(file, rows);
  closeSync(file);
  linkSync(big, second);
});
test.afterAll(() => rmSync(folder, { recursive: true }));

/** Clicks Cancel; gives the milliseconds until the button says so, or is gone because the job has stopped. */
function cancel(page: Page): Promise<number> {
  return page.getByTestId("job-cancel").evaluate((button) => new Promise<number>((resolve, reject) => {
    const start = performance.now();
    new MutationObserver(() => {
      if (button.textContent === "Stopping…" || !button.isConnected) resolve(performance.now() - start);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    setTimeout(() => reject(new Error("Cancel was not acknowledged")), 30_000);
    (button as HTMLButtonElement).click();
  }));
}

async function start(page: Page) {
  await page.getByTestId("file-input").setInputFiles(big);
  await expect(page.getByTestId("job-progress")).toContainText(/rows\/s · .* MB read · \d+ s left/);
}

test("Cancel is acknowledged, and the rows so far are kept", async ({ page }) => {
  await open(page);
  await start(page);
  note("Cancel to acknowledgement", `${(await cancel(page)).toFixed(1)} ms`);
  const acknowledged = Date.now();
  await expect(page.getByTestId("incomplete")).toContainText("not read to its end");
  note("Cancel to the results so far", `${Date.now() - acknowledged} ms`);
  const nRows = await valueOf(page, "rows-scored");
  expect(nRows).toBeGreaterThan(0);
  expect(nRows).toBeLessThan(N_BLOCKS * BLOCK.length);
  await expect(page.getByTestId("job-cancel")).toHaveCount(0);
  await scoreSample(page);
  await expect(page.getByTestId("incomplete")).toHaveCount(0);
});

test("the page answers while a file is scored", async ({ page }) => {
  await open(page);
  await start(page);
  await page.getByRole("button", { name: "40 s, ten connections" }).click();
  await expect(page.getByTestId("result-status")).toBeVisible();
  await expect(page.getByTestId("job-cancel")).toBeVisible();
  await cancel(page);
});

test("a second file takes the place of one under way", async ({ page }) => {
  await open(page);
  await start(page);
  await page.getByTestId("file-input").setInputFiles({ name: "small.csv", mimeType: "text/csv", buffer: Buffer.from(csv(BLOCK)) });
  await expectScored(page, BLOCK.length);
  await expect(page.getByTestId("incomplete")).toHaveCount(0);
  await expect(page.getByTestId("job-cancel")).toHaveCount(0);
});

test("the progress of a second big file is shown, and it can be cancelled as well", async ({ page }) => {
  await open(page);
  await start(page);
  await page.getByTestId("file-input").setInputFiles(second);
  // The first one is given up well before its middle: this is the progress of the second.
  await expect(page.getByTestId("job-progress")).toHaveAttribute("data-value", /^0\.[4-9]/, { timeout: 60_000 });
  await expect(page.getByText("Scoring second.csv")).toBeVisible();
  await cancel(page);
  await expect(page.getByTestId("job-cancel")).toHaveCount(0);
});

test("cancelled writing leaves no half file that looks whole", async ({ page }) => {
  const downloads: string[] = [];
  page.on("download", (download) => downloads.push(download.suggestedFilename()));
  await open(page);
  await page.getByTestId("file-input").setInputFiles(big);
  await expectScored(page, N_BLOCKS * BLOCK.length);
  await page.getByTestId("download-results").click();
  await cancel(page);
  await expect(page.getByTestId("job-cancel")).toHaveCount(0);
  await scoreSample(page);
  expect(downloads).toEqual([]);
});
