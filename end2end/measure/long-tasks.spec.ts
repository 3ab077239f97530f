/** Long tasks of the page's thread, printed: `npm run measure`, which `make bench` calls. Speed is measured here and not asserted. */
import { writeFileSync } from "node:fs";
import { test, type Page } from "@playwright/test";
import { connections, csv } from "../tests/rows";
import { expectScored, note, open, scoreSample } from "../tests/workbench";

/** Records long tasks of the page's thread from now on. */
async function watch(page: Page) {
  await page.evaluate(() => {
    const seen: number[] = [];
    Object.assign(window, { longTasks: seen });
    new PerformanceObserver((list) => seen.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
  });
}

async function report(page: Page, what: string) {
  // Two frames: what is painted last is over then, and has been reported.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const tasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
  note(`long tasks, ${what}`, tasks.length ? `${tasks.join(", ")} ms` : "none over 50 ms");
}

test("long tasks while the sample is scored are measured", async ({ page }) => {
  await open(page);
  await watch(page);
  await scoreSample(page);
  await report(page, "sample");
});

test("long tasks while 50,000 rows are scored and the threshold is moved are measured", async ({ page }) => {
  await open(page);
  await watch(page);
  const file = test.info().outputPath("connections.csv");
  writeFileSync(file, csv(connections(50_000)));
  await page.getByTestId("file-input").setInputFiles(file);
  await expectScored(page, 50_000);
  await report(page, "50,000 rows");
  await watch(page);
  for (const threshold of ["20", "40", "60", "80"]) await page.getByTestId("threshold").fill(threshold);
  await report(page, "threshold moved");
});

test("long tasks while the page starts are measured", async ({ page }) => {
  await page.addInitScript(() => {
    const seen: number[] = [];
    Object.assign(window, { longTasks: seen });
    new PerformanceObserver((list) => seen.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask", buffered: true });
  });
  await open(page);
  await report(page, "start");
});
