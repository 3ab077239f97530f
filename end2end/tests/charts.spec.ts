import { readFileSync } from "node:fs";
import { expect, test, type Page } from "@playwright/test";
import { open, scoreSample } from "./workbench";

const CHARTS = [
  ["Risk of all connections", "scores"],
  ["ROC", "roc"],
  ["Precision and recall", "pr"],
  ["Map of all connections", "pca"],
  ["What each threshold comes to", "threshold"],
  ["What the axes of the map are made of", "loadings"],
] as const;

test.beforeEach(async ({ page }) => {
  await open(page);
  await scoreSample(page);
});

/** What a button of a chart saves. */
async function saved(page: Page, button: string) {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: button, exact: true }).click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

test("every chart is saved as PNG, SVG and CSV, without a request", async ({ page }) => {
  // The map's comes when its points are there.
  await expect(page.getByTestId("chart-pca")).toHaveAccessibleName(/\S/);
  const requests: string[] = [];
  page.on("request", (request) => { if (/^http/.test(request.url())) requests.push(request.url()); });
  for (const [title, chart] of CHARTS) {
    await test.step(title, async () => {
      const svg = await saved(page, `${title}: save as SVG`);
      expect(svg.name).toBe(`oddflow-${chart}-office-day.svg`);
      const problem = await page.evaluate((text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror")?.textContent, svg.bytes.toString());
      expect(problem).toBeUndefined();
      for (const text of [`>${title}</text>`, ">File: office-day.csv</text>", ">Model: "]) expect(svg.bytes.toString()).toContain(text);
      expect(svg.bytes.toString()).not.toContain("var(--");

      const png = await saved(page, `${title}: save as PNG`);
      expect(png.name).toBe(`oddflow-${chart}-office-day.png`);
      expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
      const width = Number(/width="(\d+)"/.exec(svg.bytes.toString())![1]);
      expect(png.bytes.readUInt32BE(16)).toBe(2 * width);

      const csv = await saved(page, `${title}: save the numbers as CSV`);
      expect(csv.name).toBe(`oddflow-${chart}-office-day.csv`);
      const [header, ...rows] = csv.bytes.toString().trimEnd().split("\n");
      expect(header).toMatch(/^[a-z]/);
      expect(rows.length).toBeGreaterThan(1);
    });
  }
  expect(requests).toEqual([]);
});

test("ROC: zoomed in powers of ten by button and double click, back by button and Esc, at the same threshold", async ({ page }) => {
  const chart = page.getByTestId("chart-roc");
  const threshold = page.getByLabel("Threshold as a number");
  const ticks = (text: string) => chart.locator("text").getByText(text, { exact: true });
  await expect(ticks("100 %")).toHaveCount(2);
  await page.getByRole("button", { name: "ROC: zoom in" }).click();
  await expect(ticks("0.1 %")).toHaveCount(1);
  await expect(ticks("100 %")).toHaveCount(1);
  await page.getByRole("button", { name: "ROC: reset the zoom" }).click();
  await expect(ticks("100 %")).toHaveCount(2);
  const box = (await chart.boundingBox())!;
  await chart.dblclick({ position: { x: box.width * 0.5, y: box.height * 0.5 } });
  await expect(ticks("100 %")).toHaveCount(1);
  await expect(threshold).toHaveValue("50");
  await page.keyboard.press("Escape");
  await expect(ticks("100 %")).toHaveCount(2);
});

test("precision and recall: zoomed in around the pointer", async ({ page }) => {
  const chart = page.getByTestId("chart-pr");
  const texts = async () => (await chart.locator("text").allTextContents()).filter((text) => /%$/.test(text));
  const whole = await texts();
  const box = (await chart.boundingBox())!;
  await chart.dblclick({ position: { x: box.width * 0.8, y: box.height * 0.4 } });
  await expect.poll(texts).not.toEqual(whole);
  await page.getByRole("button", { name: "Precision and recall: reset the zoom" }).press("Enter");
  await expect.poll(texts).toEqual(whole);
});

test("full screen: the chart is drawn at the size of the screen, and back", async ({ page }) => {
  const wide = () => page.getByTestId("chart-roc").locator("svg").evaluate((svg) => (svg as SVGSVGElement).viewBox.baseVal.width);
  const before = await wide();
  const button = page.getByRole("button", { name: "ROC: full screen" });
  await button.click();
  await expect.poll(wide).toBeGreaterThan(before * 1.5);
  await button.click();
  await expect.poll(wide).toBe(before);
});

test("charts follow the window", async ({ page }) => {
  const wide = () => page.getByTestId("chart-scores").locator("svg").evaluate((svg) => (svg as SVGSVGElement).viewBox.baseVal.width);
  const before = await wide();
  await page.setViewportSize({ width: 500, height: 900 });
  await expect.poll(wide).toBeLessThan(before);
});
