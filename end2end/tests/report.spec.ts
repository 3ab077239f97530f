/** What is taken away: a report that lives without us, and a summary that can be compared with the command line's. */
import { readFileSync } from "node:fs";
import { expect, test, type Browser, type Page } from "@playwright/test";
import { connections, csv } from "./rows";
import { bytesOf, digest, digestOfCommandLine, expectScored, open, pick, SAMPLE, SAMPLE_ROWS, scoreSample, valueOf } from "./workbench";

/** Presses a button and keeps the file that comes. */
async function download(page: Page, testId: string): Promise<{ name: string; path: string }> {
  const waiting = page.waitForEvent("download");
  await page.getByTestId(testId).click();
  const file = await waiting;
  const path = test.info().outputPath(file.suggestedFilename());
  await file.saveAs(path);
  return { name: file.suggestedFilename(), path };
}

/** Opens a file from the disk in a browser without a network; `problems` fills with what the console says. */
async function openFromDisk(browser: Browser, path: string, options: Parameters<Browser["newContext"]>[0] = {}) {
  const context = await browser.newContext({ offline: true, ...options });
  const report = await context.newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  report.on("console", (message) => problems.push(message.text()));
  report.on("pageerror", (error) => problems.push(error.message));
  report.on("request", (request) => requests.push(request.url()));
  await report.goto(`file://${path}`);
  return { report, problems, requests };
}

const numberIn = async (page: Page, testId: string) => Number((await page.getByTestId(testId).innerText()).replaceAll(",", ""));

test("a report opens from the disk without a network and its threshold moves everything", async ({ page, browser }) => {
  await open(page);
  await scoreSample(page);
  const found = await valueOf(page, "anomalies-found");
  const { name, path } = await download(page, "download-report");
  expect(name).toBe("office-day.csv.report.html");
  const { report, problems, requests } = await openFromDisk(browser, path);
  await expect(report.getByRole("heading", { level: 1 })).toHaveText("Odd connections in office-day.csv");
  expect(await numberIn(report, "anomalies")).toBe(found);
  expect(await report.getByTestId("digest").innerText()).toBe(await digest(page));
  const marks = () => report.locator("svg.wide .mark").evaluateAll((all) => all.map((mark) => mark.outerHTML));
  const before = await marks();
  expect(before).toHaveLength(4);

  await report.getByTestId("threshold").fill("90");
  await page.getByTestId("threshold").fill("90");
  const atNinety = await valueOf(page, "anomalies-found");
  expect(atNinety).toBeLessThan(found);
  expect(await numberIn(report, "anomalies")).toBe(atNinety);
  const cells = await Promise.all(["tp", "fp", "tn", "fn"].map((cell) => numberIn(report, cell)));
  expect(cells.reduce((sum, n) => sum + n)).toBe(SAMPLE_ROWS);
  expect(cells[0] + cells[1]).toBe(atNinety);
  const after = await marks();
  after.forEach((mark, index) => expect(mark).not.toBe(before[index]));

  // Rows are in the order of their risk, so those below the threshold come last.
  await report.getByTestId("threshold").fill("100");
  const verdicts = await report.locator("#rows td.verdict").allInnerTexts();
  expect(verdicts).toHaveLength(50);
  expect(verdicts).toEqual([...verdicts].sort());
  await report.getByRole("button", { name: "Next" }).first().click();
  await expect(report.locator("[data-page]").first()).toHaveText(/^rows 51 to 100 of /);
  await report.getByRole("button", { name: "as saved: 50" }).click();
  expect(await numberIn(report, "anomalies")).toBe(found);
  expect(problems).toEqual([]);
  expect(requests).toEqual([`file://${path}`]);
});

test("without JavaScript a report says the same, but for the rows", async ({ page, browser }) => {
  await open(page);
  await scoreSample(page);
  const { path } = await download(page, "download-report");
  const texts = async (javaScriptEnabled: boolean) => {
    const { report } = await openFromDisk(browser, path, { javaScriptEnabled });
    return {
      figures: await report.locator("[data-figure], [data-found], [data-recall]").allTextContents(),
      places: await report.locator(".mark").evaluateAll((all) => all.map((mark) => ["x1", "cx", "cy"].map((name) => Number(mark.getAttribute(name))))),
    };
  };
  const [alive, still] = [await texts(true), await texts(false)];
  expect(alive.figures).toEqual(still.figures);
  // Both round to a tenth of a pixel.
  alive.places.flat().forEach((place, index) => expect(Math.abs(place - still.places.flat()[index])).toBeLessThan(0.15));
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`a report fits a phone, ${colorScheme}`, async ({ page, browser }) => {
    await open(page);
    await scoreSample(page);
    const { path } = await download(page, "download-report");
    const { report } = await openFromDisk(browser, path, { viewport: { width: 320, height: 640 }, colorScheme });
    expect(await report.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await expect(report.locator("svg.narrow").first()).toBeVisible();
    await expect(report.locator("svg.wide").first()).toBeHidden();
  });
}

test("text of the file stays text in a report", async ({ page, browser }) => {
  const hostile = "</script><script>alert(1)</script>";
  const rows = connections(60).map((row) => ({ ...row, label: row.label === "flood" ? hostile : "normal" }));
  await open(page);
  await pick(page, csv(rows), "hostile.csv");
  await expectScored(page, 60);
  const { path } = await download(page, "download-report");
  const { report, problems } = await openFromDisk(browser, path);
  await expect(report.locator("tr[data-label] th", { hasText: hostile })).toHaveText(hostile);
  await expect(report.locator("#rows td", { hasText: hostile }).first()).toHaveText(hostile);
  expect(await report.locator("script").count()).toBe(2);
  expect(problems).toEqual([]);
});

test("the summary has the digest of the page and of the command that it names", async ({ page }) => {
  await open(page);
  await scoreSample(page);
  const { name, path } = await download(page, "download-summary");
  expect(name).toBe("office-day.csv.findings.json");
  const findings = JSON.parse(readFileSync(path, "utf8"));
  expect(findings.summary.rows).toBe(SAMPLE_ROWS);
  expect(findings.summary.digest).toBe(await digest(page));
  expect(findings.summary.digest).toBe(digestOfCommandLine(bytesOf(SAMPLE)));
  expect(findings.selected.anomalies).toBe(await valueOf(page, "anomalies-found"));
  expect(findings.repeat.command).toBe("oddflow score office-day.csv --threshold 50 --format json");
});
