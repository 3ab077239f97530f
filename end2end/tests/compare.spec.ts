/** Compare: two models on the same connections. */
import { expect, test, type Page } from "@playwright/test";
import { cardOf, columnOf, confusion, countIn, expectFiltered, expectRowsOfTable, numbersOf, open, openTab, SAMPLE_ROWS, scoreSample, valueOf } from "./workbench";

const CELLS = ["agree-neither", "only-first", "only-second", "agree-both"] as const;

/** The four cells of the agreement. */
async function agreement(page: Page) {
  const counts = await Promise.all(CELLS.map(async (cell) => [cell, countIn(await page.getByTestId(cell).innerText())] as const));
  return Object.fromEntries(counts) as Record<(typeof CELLS)[number], number>;
}

/** Waits until the agreement is of all rows. */
async function expectCounted(page: Page) {
  await expect.poll(async () => Object.values(await agreement(page)).reduce((sum, n) => sum + n)).toBe(SAMPLE_ROWS);
}

async function pickPair(page: Page, first: string, second: string) {
  await page.getByTestId("compare-0").selectOption({ label: first });
  await page.getByTestId("compare-1").selectOption({ label: second });
  await expect(page.getByTestId("chart-scatter")).toHaveAccessibleName(new RegExp(`Risk by ${second} against risk by ${first}`));
  await expectCounted(page);
}

test.beforeEach(async ({ page }) => {
  await open(page);
  await scoreSample(page);
  await openTab(page, "Compare");
  await expectCounted(page);
});

test("any two models can be picked, and the alarms of each are those that it raises by itself", async ({ page }) => {
  const titles = await page.getByTestId("compare-0").locator("option").allInnerTexts();
  expect(titles).toHaveLength(6);
  const alarms = new Map<string, number>();
  for (const title of titles) {
    await page.getByTestId("model-picker").selectOption({ label: title });
    await expect(page.getByTestId("anomalies-found")).toHaveAttribute("data-value", /\d/);
    await openTab(page, "Findings");
    await expect(page.getByTestId("chart-roc")).toHaveAccessibleName(new RegExp(`${title} at risk`));
    const { truePositives, falsePositives } = await confusion(page);
    alarms.set(title, truePositives + falsePositives);
    expect(await valueOf(page, "anomalies-found")).toBe(truePositives + falsePositives);
  }
  await openTab(page, "Compare");
  for (const [first, second] of [[0, 1], [3, 2], [4, 5]]) {
    await pickPair(page, titles[first], titles[second]);
    const cells = await agreement(page);
    expect.soft(cells["agree-both"] + cells["only-first"], titles[first]).toBe(alarms.get(titles[first]));
    expect.soft(cells["agree-both"] + cells["only-second"], titles[second]).toBe(alarms.get(titles[second]));
  }
});

test("the four cells follow the threshold and sum to the rows", async ({ page }) => {
  for (const threshold of ["0", "25", "80", "100"]) {
    await page.getByTestId("threshold").fill(threshold);
    const cells = await agreement(page);
    expect(Object.values(cells).reduce((sum, n) => sum + n)).toBe(SAMPLE_ROWS);
    if (threshold === "0") expect(cells["agree-both"]).toBe(SAMPLE_ROWS);
  }
});

test("a cell opens its rows", async ({ page }) => {
  const cells = await agreement(page);
  for (const cell of CELLS) {
    await page.getByTestId(cell).click();
    await expectFiltered(page, cells[cell]);
    await expectRowsOfTable(page, cells[cell]);
    // Within its rows the others are empty.
    await expect.poll(async () => (await agreement(page))[cell]).toBe(cells[cell]);
    expect(Object.values(await agreement(page)).reduce((sum, n) => sum + n)).toBe(cells[cell]);
    await page.getByRole("button", { name: "Clear" }).click();
    await expectFiltered(page, SAMPLE_ROWS);
  }
});

test("both curves get bands as resamples add up, and the difference a p value", async ({ page }) => {
  await expect(page.getByTestId("resamples")).toHaveText(/^400 resamples of groups of equal rows$/, { timeout: 60_000 });
  for (const chart of ["chart-compare-roc", "chart-compare-pr"]) {
    await expect(page.getByTestId(chart)).toHaveAccessibleName(/\S/);
    const numbers = await numbersOf(page, chart);
    const band = Object.keys(numbers[0]).find((name) => name.endsWith("in 95 % of resamples"));
    expect(band, chart).toBeTruthy();
    expect(numbers.filter((row) => /\d/.test(row[band!])).length, chart).toBeGreaterThan(10);
    expect(await cardOf(page, chart).locator(".drawn polygon, .drawn path").count()).toBeGreaterThan(2);
  }
  const rows = page.getByTestId("difference").locator("tbody tr");
  await expect(rows).toHaveCount(2);
  for (const row of await rows.all()) {
    const [a, b, difference, p] = await row.locator("td").allInnerTexts();
    const parts = (text: string) => text.match(/-?\d+\.\d+/g)!.map(Number);
    for (const [value, low, high] of [a, b, difference].map(parts)) {
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
    expect(parts(difference)[0]).toBeCloseTo(parts(a)[0] - parts(b)[0], 3);
    expect(p).toMatch(/^(< 0\.001|0\.\d{3}|1\.000)$/);
  }
  await expect(page.getByTestId("difference")).toContainText(/McNemar’s test: p (below )?\d/);
});

test("other models are resampled anew", async ({ page }) => {
  await expect(page.getByTestId("difference").locator("tbody tr")).toHaveCount(2, { timeout: 60_000 });
  const before = await page.getByTestId("difference").locator("tbody").innerText();
  await page.getByTestId("compare-0").selectOption({ label: "Density" });
  await expect(page.getByTestId("difference").locator("thead")).toContainText("Density");
  await expect(page.getByTestId("difference").locator("tbody")).not.toHaveText(before);
  await expect(page.getByTestId("resamples")).toHaveText(/^400 resamples of/, { timeout: 60_000 });
});

test("the table is ranked by how far the two are apart", async ({ page }) => {
  await pickPair(page, "Density", "Autoencoder");
  const before = await columnOf(page, "line");
  await page.getByTestId("sort-disagreement").click();
  await expect.poll(() => columnOf(page, "line")).not.toEqual(before);
  // What each says of the first row: further apart than anything a row in the middle has.
  await page.getByTestId("top-anomalies").locator("tbody tr").first().click();
  const said = await page.getByTestId("explanation").innerText();
  const of = (model: string) => Number(new RegExp(`${model} (\\d+(\\.\\d)?)`).exec(said)![1]);
  expect(Math.abs(of("Density") - of("Autoencoder"))).toBeGreaterThan(40);
});
