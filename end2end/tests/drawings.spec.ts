/** What every chart draws: something, in numbers, and no text outside its card. */
import { expect, test, type Page } from "@playwright/test";
import { expectScored, open, openTab, pick, scoreSample } from "./workbench";
import { connections, csv, formConnections, KDD_COLUMNS } from "./rows";

/** What is wrong with the drawings on the page. */
async function faults(page: Page): Promise<string[]> {
  return page.locator(".drawn").evaluateAll((drawings) => drawings.flatMap((drawing) => {
    const name = drawing.getAttribute("data-testid") ?? drawing.closest("[data-testid]")?.getAttribute("data-testid") ?? "?";
    const svg = drawing.querySelector("svg");
    if (!svg) return [`${name}: nothing is drawn`];
    const found: string[] = [];
    if (svg.textContent!.trim() === "") found.push(`${name}: no text`);
    if (/NaN|Infinity|undefined/.test(svg.outerHTML)) found.push(`${name}: ${/.{0,40}(NaN|Infinity|undefined).{0,20}/.exec(svg.outerHTML)![0]}`);
    const card = drawing.closest(".card, .distribution")!.getBoundingClientRect();
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      if (box.left < card.left - 1 || box.right > card.right + 1 || box.top < card.top - 1 || box.bottom > card.bottom + 1) {
        found.push(`${name}: "${text.textContent}" lies outside (${Math.round(box.left - card.left)} of ${Math.round(card.width)} across, ${Math.round(box.top - card.top)} of ${Math.round(card.height)} down)`);
      }
    }
    return found;
  }));
}

/** Waits for the charts of a tab, and for the map's frame. */
async function show(page: Page, tab: "Findings" | "Explore" | "Compare", nAtLeast: number) {
  await openTab(page, tab);
  await expect.poll(() => page.locator(".drawn svg").count(), tab).toBeGreaterThanOrEqual(nAtLeast);
  await expect.poll(() => page.locator(".drawn:not(:has(svg))").count(), tab).toBe(0);
}

const WIDTHS = [1280, 768, 320];

/** Looks at what is shown at every width. */
async function expectFaultless(page: Page, what: string) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    // Every drawing is made for the width that its place has now.
    await expect.poll(() => page.locator(".drawn").evaluateAll((drawings) => drawings.every((drawing) => Math.abs(drawing.clientWidth - (drawing.querySelector("svg")?.viewBox.baseVal.width ?? 0)) <= 1)), `${what} at ${width} px`).toBe(true);
    expect.soft(await faults(page), `${what} at ${width} px`).toEqual([]);
  }
}

test("every chart of every tab and of the explanation, on wide and narrow screens", async ({ page }) => {
  await open(page);
  await scoreSample(page);
  await show(page, "Findings", 6);
  await expectFaultless(page, "Findings");
  await show(page, "Explore", 13);
  await page.getByTestId("all-features").click();
  await page.getByTestId("correlations").locator("> summary").click();
  await page.getByTestId("distribution-service").getByRole("button", { name: "service" }).click();
  await show(page, "Explore", 44);
  await expectFaultless(page, "Explore");
  await show(page, "Compare", 3);
  await expectFaultless(page, "Compare");
  await page.getByTestId("top-anomalies").locator("tbody tr").first().click();
  await expect(page.getByTestId("chart-contributions").locator("svg")).toBeVisible();
  await expectFaultless(page, "explanation");
});

const FILES: [string, string, number, number][] = [
  ["one row", csv(connections(1)), 1, 3],
  ["one row, repeated", csv(Array.from({ length: 50 }, () => connections(1)[0])), 50, 3],
  ["attacks alone", csv(connections(60).filter((row) => row.label === "flood")), 12, 3],
  ["no labels", csv(connections(60), { columns: KDD_COLUMNS }), 60, 3],
  ["five features", csv(formConnections(60)), 60, 3],
];

for (const [name, content, nRows, nCharts] of FILES) {
  test(`${name}: no chart draws nonsense`, async ({ page }) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await open(page);
    await pick(page, content);
    await expectScored(page, nRows);
    await expect(page.getByTestId("download-results")).toBeVisible();
    for (const [tab, n] of [["Findings", nCharts], ["Explore", 5], ["Compare", 1]] as const) {
      await show(page, tab, n);
      expect.soft(await faults(page), tab).toEqual([]);
      expect.soft(await page.locator("#workbench, main").first().innerText(), tab).not.toMatch(/NaN|undefined|∞/);
    }
    expect(errors).toEqual([]);
  });
}

test("a filter that lets nothing through leaves every panel in order", async ({ page }) => {
  await open(page);
  await scoreSample(page);
  await page.getByTestId("filter").fill("src_bytes:>1G");
  await expect(page.getByTestId("filter-says")).toHaveText("0 of 6,429 connections");
  await expect(page.getByTestId("table-says")).toHaveText(/^0 /);
  for (const [tab, n] of [["Findings", 5], ["Explore", 12], ["Compare", 1]] as const) {
    await show(page, tab, n);
    expect.soft(await faults(page), tab).toEqual([]);
    expect.soft(await page.locator("main").innerText(), tab).not.toMatch(/NaN|undefined|∞/);
  }
});
