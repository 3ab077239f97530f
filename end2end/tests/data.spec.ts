import { readFileSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";

type Feature = { label_separation: number; verdict_separation: number; by_label: [number[], number[]] };
type Rows = { n_rows: number; by_label: [number, number]; by_verdict: [number, number]; features: Feature[] };
type Label = { name: string; n_rows: number; n_distinct: number };
type Table = { n_distinct: number; labels: Label[]; features: { name: string; kind: string }[]; all: Rows; distinct: Rows };

/** What the page shows: the file that `oddflow data --statistics` wrote. */
const { table }: { table: Table } = JSON.parse(readFileSync(join(import.meta.dirname, "../../models/training_data.json"), "utf8"));
const count = (n: number) => n.toLocaleString("en");

/** The features as the page should order them: those that tell apart best first. */
function ordered(rows: Rows, by: "label_separation" | "verdict_separation") {
  const features = table.features.map(({ name, kind }, index) => ({ name, kind, separation: rows.features[index]![by] }));
  return features.filter(({ kind }) => kind !== "category").toSorted((a, b) => b.separation - a.separation);
}

const shown = (page: Page) =>
  page.locator("[data-separation]").evaluateAll((panels) => panels.map((panel) => Number((panel as HTMLElement).dataset.separation)));

test("the figures are those of the committed statistics", async ({ page }) => {
  await page.goto("/data");
  await expect(page).toHaveTitle("Data · Oddflow");
  await expect(page.getByTestId("n-rows")).toHaveText(count(table.all.n_rows));
  await expect(page.getByTestId("n-distinct")).toHaveText(count(table.n_distinct));
  expect(await page.getByTestId("data-traps").locator("li").count()).toBeGreaterThan(4);
  for (const { name, n_rows, n_distinct } of table.labels) {
    const row = page.getByTestId("imbalance").locator(`[data-label="${name}"]`);
    await expect(row.locator("td").nth(1)).toHaveText(count(n_rows));
    await expect(row.locator("td").nth(3)).toHaveText(count(n_distinct));
  }
  await expect(page.getByTestId("feature-summary").locator("tbody tr")).toHaveCount(table.features.length);
  await expect(page.getByTestId("chart-category")).toHaveCount(3);
  for (const id of ["chart-shares", "chart-shares-distinct", "chart-correlation", "chart-loadings"]) {
    await expect(page.getByTestId(id).locator("svg:visible"), id).toHaveCount(1);
  }
  expect(await shown(page)).toEqual(ordered(table.all, "label_separation").map(({ separation }) => separation));
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("links choose what is told apart and which connections count", async ({ page }) => {
    await page.goto("/data");
    const picker = page.getByTestId("data-picker");
    await picker.getByRole("link", { name: "By verdict" }).click();
    await expect(page).toHaveURL(/\/data\?split=verdict#features$/);
    await expect(page.locator(".legend")).toContainText(`anomalies ${count(table.all.by_verdict[1])}`);
    await picker.getByRole("link", { name: "Distinct connections" }).click();
    await expect(page).toHaveURL(/\/data\?split=verdict&rows=distinct#features$/);
    await expect(picker.locator("[aria-current]")).toHaveText([/By verdict/, /Distinct connections/]);
    await picker.getByRole("link", { name: "By label" }).click();
    await expect(page.locator(".legend")).toContainText(`distinct attacks ${count(table.distinct.by_label[1])}`);
    await expect(page.locator(".multiples > [data-feature]").first()).toHaveAttribute("data-feature", ordered(table.distinct, "label_separation")[0]!.name);
  });
});

test("pointer and keys show the counts of a bin", async ({ page }) => {
  await page.goto("/data");
  const name = ordered(table.all, "label_separation")[0]!.name;
  const bins = table.all.features[table.features.findIndex((feature) => feature.name === name)]!.by_label;
  const drawing = page.locator(`[data-feature="${name}"] [data-drawing]`).first();
  const tip = page.locator(".tip");
  await drawing.focus();
  await page.keyboard.press("End");
  await expect(tip).toContainText(`${count(bins[0].at(-1)!)} normal, ${count(bins[1].at(-1)!)} attacks`);
  await page.keyboard.press("Escape");
  await expect(tip).toBeHidden();
  await drawing.hover();
  await expect(tip).toHaveText(/\d normal, /);
});

test("a choice that is not known gives 404 and the usual one", async ({ page }) => {
  const response = await page.goto("/data?split=nothing");
  expect(response?.status()).toBe(404);
  await expect(page.getByText("There is no view “nothing”")).toBeVisible();
  await expect(page.locator(".legend")).toContainText("normal");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`${colorScheme}: with everything unfolded nothing is wider than the window, and axe finds nothing`, async ({ page }) => {
    test.slow();
    await page.emulateMedia({ colorScheme });
    await page.goto("/data?split=verdict&rows=distinct");
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
    for (const width of [1280, 760, 360, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await expect.soft.poll(() => page.evaluate(() => document.scrollingElement!.scrollWidth), { message: `${width} px` }).toBeLessThanOrEqual(width);
    }
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join("; ")}`)).toEqual([]);
  });
}
