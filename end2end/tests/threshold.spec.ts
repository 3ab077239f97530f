import { expect, test, type Page } from "@playwright/test";
import { confusion, open, scoreSample, valueOf } from "./workbench";

/** What every panel says. */
async function panels(page: Page) {
  const { falsePositives, truePositives } = await confusion(page);
  const anomalies = await valueOf(page, "anomalies-found");
  expect(truePositives + falsePositives).toBe(anomalies);
  return {
    anomalies,
    roc: await page.getByTestId("chart-roc").getAttribute("aria-label"),
    precisionRecall: await page.getByTestId("chart-pr").getAttribute("aria-label"),
    scores: await page.getByTestId("chart-scores").getAttribute("aria-label"),
    meaning: await page.getByTestId("threshold-meaning").innerText(),
  };
}

const number = (page: Page) => page.getByLabel("Threshold as a number");

test.beforeEach(async ({ page }) => {
  await open(page);
  await scoreSample(page);
});

const MOVES: [string, (page: Page) => Promise<unknown>][] = [
  ["the slider", (page) => page.getByTestId("threshold").fill("75")],
  ["the keys on the slider", (page) => page.getByTestId("threshold").press("PageUp")],
  ["the number", async (page) => { await number(page).fill("75"); await number(page).press("Enter"); }],
  ["the button for the documents' contamination", (page) => page.getByRole("button", { name: "Contamination 0.1" }).click()],
  ["the button for the best F1", (page) => page.getByRole("button", { name: "Best F1" }).click()],
  ["a click on the ROC curve", async (page) => {
    const box = (await page.getByTestId("chart-roc").boundingBox())!;
    await page.getByTestId("chart-roc").click({ position: { x: box.width * 0.6, y: box.height * 0.6 } });
  }],
  ["a click on the histogram", async (page) => {
    const box = (await page.getByTestId("chart-scores").boundingBox())!;
    await page.getByTestId("chart-scores").click({ position: { x: box.width * 0.8, y: box.height * 0.5 } });
  }],
];

test("however the threshold is moved, every panel follows, and Recommended brings all back", async ({ page }) => {
  const before = await panels(page);
  for (const [name, move] of MOVES) {
    await test.step(name, async () => {
      await expect(number(page)).toHaveValue("50");
      await move(page);
      await expect(number(page)).not.toHaveValue("50");
      const threshold = await number(page).inputValue();
      expect(await page.getByTestId("threshold").inputValue()).toBe(threshold);
      const after = await panels(page);
      for (const panel of Object.keys(before) as (keyof typeof before)[]) {
        expect.soft(after[panel], `${panel} after ${name}`).not.toBe(before[panel]);
      }
      expect(after.roc).toContain(`at risk ${threshold} and above`);
      await page.getByRole("button", { name: "Recommended" }).click();
      expect(await panels(page)).toEqual(before);
    });
  }
});

test("a higher threshold never finds more", async ({ page }) => {
  const found: number[] = [];
  for (const threshold of ["0", "25", "50", "75", "100"]) {
    await page.getByTestId("threshold").fill(threshold);
    found.push(await valueOf(page, "anomalies-found"));
  }
  expect(found).toEqual(found.toSorted((a, b) => b - a));
  expect(found[0]).toBe(await valueOf(page, "rows-scored"));
});

test("a number outside 0 to 100 is brought back, and a word changes nothing", async ({ page }) => {
  await number(page).fill("400");
  await number(page).press("Enter");
  await expect(number(page)).toHaveValue("100");
  await number(page).fill("");
  await number(page).press("Tab");
  await expect(number(page)).toHaveValue("100");
});

test("the model picker changes every panel", async ({ page }) => {
  const picker = page.getByTestId("model-picker");
  const titles = await picker.locator("option").allInnerTexts();
  expect(titles).toHaveLength(6);
  const seen = new Set<string>();
  for (const title of titles) {
    await picker.selectOption({ label: title });
    await expect(page.getByTestId("chart-roc")).toHaveAccessibleName(new RegExp(`; ${title} at risk`));
    const { scores } = await panels(page);
    seen.add(`${scores}`);
  }
  expect(seen.size).toBe(6);
});

test("the chart under the pointer is read out in numbers", async ({ page }) => {
  const box = (await page.getByTestId("chart-roc").boundingBox())!;
  await page.getByTestId("chart-roc").hover({ position: { x: box.width * 0.6, y: box.height * 0.6 } });
  await expect(page.locator(".chart-card", { has: page.getByTestId("chart-roc") }).locator(".hover-text")).toContainText(/risk ≥ \d/);
});

test("each chart has its numbers as a table", async ({ page }) => {
  for (const chart of ["chart-scores", "chart-roc", "chart-pr"]) {
    const card = page.locator(".chart-card", { has: page.getByTestId(chart) });
    await card.getByText("Numbers", { exact: true }).click();
    expect(await card.locator("tbody tr").count(), chart).toBeGreaterThan(1);
  }
});

test("the top anomalies say which model's they are", async ({ page }) => {
  const first = page.getByTestId("top-anomalies").locator("tbody tr").first();
  const ofEnsemble = await first.innerText();
  await page.getByTestId("model-picker").selectOption({ index: 1 });
  await expect(first).not.toHaveText(ofEnsemble);
});
