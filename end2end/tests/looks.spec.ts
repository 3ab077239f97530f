import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { connections, csv } from "./rows";
import { expectScored, open, openTab, pick, scoreSample } from "./workbench";

/** The page with everything on it: a verdict and a scored file. */
async function openFull(page: Page) {
  await open(page);
  await page.getByRole("button", { name: "40 s, ten connections" }).click();
  await expect(page.getByTestId("result-status")).toBeVisible();
  await scoreSample(page);
  await expect(page.getByTestId("chart-pca")).toHaveAccessibleName(/\S/);
}

/** A tab with all of its panels open. */
async function openWholeTab(page: Page, tab: "Explore" | "Compare") {
  await open(page);
  await scoreSample(page);
  await openTab(page, tab);
  if (tab === "Compare") {
    await expect(page.getByTestId("difference").locator("tbody tr")).toHaveCount(2);
    return;
  }
  await page.getByTestId("distribution-src_bytes").getByRole("button").click();
  for (const panel of ["correlations", "summary-table"]) await page.getByTestId(panel).locator("> summary").click();
  await expect(page.getByTestId("chart-correlation").locator("svg")).toBeVisible();
  await expect(page.getByTestId("summary-table").locator("tbody tr")).toHaveCount(41);
}

/** The explanation of an odd row, with a changed value. */
async function openExplanation(page: Page) {
  await open(page);
  await scoreSample(page);
  await page.getByTestId("filter").fill("label:guess_passwd");
  await expect(page.getByTestId("filter-says")).toHaveText(/^48 of/);
  await page.getByTestId("top-anomalies").locator("tbody tr").first().click();
  await page.getByTestId("explanation").getByText("Where they differ").click();
  await page.getByTestId("try-change").click();
  await expect(page.getByTestId("explained-risk")).toContainText("(was ");
}

/** What opens over the results: the list of keys, columns, ways to choose a threshold, a wrong filter. */
async function openOverlays(page: Page) {
  await open(page);
  await pick(page, csv(connections(60)));
  await expectScored(page, 60);
  await expect(page.getByTestId("download-results")).toBeVisible();
  await page.getByText("Columns", { exact: true }).click();
  await page.getByText("Choose by…").click();
  await page.getByTestId("filter").fill("service:http src_bytes:abc");
  await expect(page.getByTestId("filter-says").locator("mark")).toBeVisible();
  await page.getByRole("tab", { name: "Findings" }).press("?");
  await expect(page.getByTestId("shortcuts")).toBeVisible();
}

const STATES: [string, (page: Page) => Promise<unknown>][] = [
  ["start", (page) => open(page)],
  ["results", openFull],
  ["explore", (page) => openWholeTab(page, "Explore")],
  ["compare", (page) => openWholeTab(page, "Compare")],
  ["explanation", openExplanation],
  ["overlays", openOverlays],
  ["error", async (page) => { await open(page); await page.getByTestId("field-count").fill("512"); await pick(page, ""); await expect(page.getByTestId("job-error")).toBeVisible(); }],
  ["bad rows", async (page) => { await open(page); await pick(page, "0,1,2,3,4\n0,1,2,3\n"); await expect(page.getByTestId("rejected-rows")).toBeVisible(); }],
  ["models", (page) => page.goto("/models")],
  ["data", (page) => page.goto("/data")],
  ["about", (page) => page.goto("/about")],
  ["not found", (page) => page.goto("/nothing-here")],
];

const PLAIN = { contrast: "no-preference", forcedColors: "none" } as const;
const THEMES = {
  light: { ...PLAIN, colorScheme: "light" },
  dark: { ...PLAIN, colorScheme: "dark" },
  "light with more contrast": { ...PLAIN, colorScheme: "light", contrast: "more" },
  "dark with more contrast": { ...PLAIN, colorScheme: "dark", contrast: "more" },
  "forced colours": { ...PLAIN, colorScheme: "light", forcedColors: "active" },
} as const;

for (const [state, arrive] of STATES) {
  test(`${state}: no violation that axe knows, in any theme`, async ({ page }) => {
    test.slow();
    await arrive(page);
    for (const [theme, media] of Object.entries(THEMES)) {
      await page.emulateMedia(media);
      const axe = new AxeBuilder({ page });
      // Names, roles and order are those of the first theme.
      if (theme !== "light") axe.withRules(["color-contrast", "link-in-text-block"]);
      const { violations } = await axe.analyze();
      expect.soft(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, any }) => `${target} (${any[0]?.message})`).join("; ")}`), theme).toEqual([]);
    }
  });

  test(`${state}: nothing is wider than the window`, async ({ page }) => {
    await arrive(page);
    for (const width of [1280, 360, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await expect.soft.poll(() => page.evaluate(() => document.scrollingElement!.scrollWidth), { message: `${width} px` }).toBeLessThanOrEqual(width);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: test.info().outputPath(`${state}-${colorScheme}-${width}.png`), fullPage: true });
      }
    }
  });
}

const brightness = (page: Page) => page.locator(".card").first().evaluate((card) => Math.max(...getComputedStyle(card).backgroundColor.match(/[\d.]+/g)!.slice(0, 3).map(Number)));

test("dark follows the system, and the button overrides it for good", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await openFull(page);
  expect(await brightness(page)).toBeLessThan(80);
  await page.getByRole("button", { name: "Switch between light and dark" }).click();
  expect(await brightness(page)).toBeGreaterThan(200);
  await page.reload();
  expect(await brightness(page)).toBeGreaterThan(200);
});

test("charts change colour with the theme: drawings by the style sheet, the map's points by being drawn again", async ({ page }) => {
  await openFull(page);
  // All panels are there: the map keeps its size from here on.
  await expect(page.getByTestId("download-results")).toBeVisible();
  const points = () => page.getByTestId("chart-pca").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const light = await points();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(points).not.toBe(light);
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(points).toBe(light);
  const drawing = (testId: string) => page.getByTestId(testId).evaluate((drawing) => drawing.innerHTML);
  const colour = (testId: string) => page.getByTestId(testId).locator("text").first().evaluate((text) => getComputedStyle(text).fill);
  for (const chart of ["chart-scores", "chart-roc", "chart-pr"]) {
    const [light, drawn] = [await colour(chart), await drawing(chart)];
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await colour(chart), chart).not.toBe(light);
    expect(await drawing(chart), chart).toBe(drawn);
    await page.emulateMedia({ colorScheme: "light" });
  }
});

test("text of charts takes the system's colour where that has its own", async ({ page }) => {
  await openFull(page);
  const texts = () => page.locator(".plot text").evaluateAll((texts) => [...new Set(texts.map((text) => getComputedStyle(text).fill))]);
  expect((await texts()).length).toBeGreaterThan(1);
  for (const media of [{ forcedColors: "active" }, { contrast: "more" }] as const) {
    await page.emulateMedia({ ...PLAIN, ...media });
    expect(await texts(), JSON.stringify(media)).toHaveLength(1);
  }
});

test("charts are on paper, with the map's points on their axes and without buttons", async ({ page }) => {
  await openFull(page);
  await page.setViewportSize({ width: 700, height: 900 });
  await page.emulateMedia({ media: "print" });
  for (const chart of ["chart-scores", "chart-roc", "chart-pr", "chart-pca"]) await expect(page.getByTestId(chart)).toBeVisible();
  for (const control of [".chart-tools", ".control-bar", ".tabs", ".map-options"]) await expect(page.locator(control).first()).toBeHidden();
  for (const button of await page.locator("main button:not(.cell, .link, .sort)").all()) await expect.soft(button).toBeHidden();
  await page.screenshot({ path: test.info().outputPath("print.png"), fullPage: true });
  const inside = await page.locator(".plot", { has: page.getByTestId("chart-pca") }).evaluate((plot) => {
    const [frame, points] = [plot.querySelector("svg")!, plot.querySelector("canvas")!].map((part) => part.getBoundingClientRect());
    return points.left > frame.left && points.right < frame.right && points.top > frame.top && points.bottom < frame.bottom;
  });
  expect(inside).toBe(true);
});

test("nothing moves for those who asked for less motion", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await openFull(page);
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  const moving = await page.evaluate(() => [...document.querySelectorAll("*")].filter((element) => getComputedStyle(element).transitionDuration !== "0s").length);
  expect(moving).toBe(0);
});

test("the first Tab reaches the skip link, and it leads to the content", async ({ page }) => {
  await open(page);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.querySelector("main")!.contains(document.activeElement))).toBe(true);
});
