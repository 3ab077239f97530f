/** The map: moved, zoomed, asked, drawn around and coloured. */
import { expect, test, type Page } from "@playwright/test";
import { countIn, dragOver, expectFiltered, expectRowsOfTable, open, SAMPLE_ROWS, scoreSample } from "./workbench";

const area = (page: Page) => page.getByTestId("map-area");
const says = (page: Page) => page.getByTestId("map-says");

/** The numbers along the axes, which tell what part is shown. */
const axes = (page: Page) => area(page).locator(".drawn text").allTextContents();
const pixels = (page: Page) => page.getByTestId("chart-pca").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

/** The place of a point on the map, in the pixels of its frame: one with nothing drawn to its left. */
async function placeOfPoint(page: Page) {
  const place = await page.getByTestId("chart-pca").evaluate((canvas: HTMLCanvasElement) => {
    const { data, width, height } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    for (let x = 0; x < width; x += 1) {
      for (let y = 0; y < height; y += 1) {
        if (data[4 * (y * width + x) + 3] > 200) {
          const [box, frame] = [canvas, canvas.closest("[data-testid=map-area]")!].map((element) => element.getBoundingClientRect());
          return { x: box.left - frame.left + ((x + 1) / width) * box.width, y: box.top - frame.top + ((y + 0.5) / height) * box.height };
        }
      }
    }
    return null;
  });
  return place!;
}

test.beforeEach(async ({ page }) => {
  await open(page);
  await scoreSample(page);
  await expect(page.getByTestId("chart-pca")).toHaveAccessibleName(/Map of 6,429 connections/);
});

test("all rows are drawn, and it says so", async ({ page }) => {
  await expect(says(page)).toHaveText("6,429 of 6,429 rows drawn");
  await page.getByTestId("map-in").click();
  await expect(says(page)).toHaveText("6,429 of 6,429 rows drawn, those in this part shown");
});

test("a drag moves the map, and Show all brings it back", async ({ page }) => {
  const [whole, drawn] = [await axes(page), await pixels(page)];
  await dragOver(page, area(page), [[0.5, 0.5], [0.7, 0.4]]);
  await expect.poll(() => axes(page)).not.toEqual(whole);
  await expect.poll(() => pixels(page)).not.toBe(drawn);
  await page.getByTestId("map-reset").click();
  await expect.poll(() => axes(page)).toEqual(whole);
  await expect.poll(() => pixels(page)).toBe(drawn);
});

test("arrows move the map, plus and minus zoom, 0 shows all", async ({ page }) => {
  const whole = await axes(page);
  await area(page).focus();
  for (const key of ["ArrowRight", "ArrowUp", "+", "+", "ArrowLeft", "ArrowDown", "-"]) {
    const before = await page.evaluate(() => document.querySelector("[data-testid=map-area] .drawn")!.innerHTML);
    await page.keyboard.press(key);
    await expect.poll(() => page.evaluate(() => document.querySelector("[data-testid=map-area] .drawn")!.innerHTML), key).not.toBe(before);
  }
  await page.keyboard.press("0");
  await expect.poll(() => axes(page)).toEqual(whole);
});

test("buttons and the wheel with Ctrl zoom; the wheel alone scrolls the page", async ({ page }) => {
  const whole = await axes(page);
  await page.getByTestId("map-in").click();
  await expect.poll(() => axes(page)).not.toEqual(whole);
  await page.getByRole("button", { name: "Map: zoom out" }).click();
  await expect.poll(() => axes(page)).toEqual(whole);
  await area(page).hover();
  await page.mouse.wheel(0, 60);
  await page.keyboard.down("Control");
  await area(page).hover();
  expect(await axes(page)).toEqual(whole);
  await page.mouse.wheel(0, -100);
  await page.keyboard.up("Control");
  await expect.poll(() => axes(page)).not.toEqual(whole);
});

test("a point names its row, and a click explains that row", async ({ page }) => {
  await area(page).evaluate((area) => area.scrollIntoView({ block: "center", behavior: "instant" }));
  const position = await placeOfPoint(page);
  await area(page).hover({ position });
  await expect(says(page)).toHaveText(/^line [\d,]+: risk \d+(\.\d)? \((low|elevated|high|critical)\), \w+/);
  const line = /line ([\d,]+)/.exec(await says(page).innerText())![1];
  await area(page).click({ position });
  await expect(page.getByTestId("explanation").getByRole("heading", { name: `Line ${line}` })).toBeVisible();
  await expect(area(page).locator(".mark .explained")).toHaveCount(1);
});

for (const [how, draw] of [
  ["Shift and a drag", async (page: Page, corners: [number, number][]) => { await page.keyboard.down("Shift"); await dragOver(page, area(page), corners); await page.keyboard.up("Shift"); }],
  ["the lasso and a drag", async (page: Page, corners: [number, number][]) => { await page.getByTestId("lasso").click(); await dragOver(page, area(page), corners); }],
] as const) {
  test(`${how} around points: the filter holds the area, and the table its rows alone`, async ({ page }) => {
    await draw(page, [[0.45, 0.05], [0.98, 0.05], [0.98, 0.85], [0.45, 0.85]]);
    await expect(page.getByTestId("filter")).toHaveValue(/^area:component_1,component_2(,-?[\d.]+(e-?\d+)?[kM]?){6,}$/);
    await expect(page.getByTestId("filter-says")).not.toHaveText(/^6,429 of/);
    const nWithin = countIn(await page.getByTestId("filter-says").innerText());
    expect(nWithin).toBeGreaterThan(0);
    expect(nWithin).toBeLessThan(SAMPLE_ROWS);
    await expectRowsOfTable(page, nWithin);
    expect((await area(page).locator("polygon").getAttribute("points"))!.split(" ").length).toBeGreaterThan(3);
    // The other side of the line has the other rows.
    await page.getByTestId("filter").fill(`-${await page.getByTestId("filter").inputValue()}`);
    await expectFiltered(page, SAMPLE_ROWS - nWithin);
  });
}

test("colour by label changes points and legend", async ({ page }) => {
  const [byRisk, name] = [await pixels(page), await page.getByTestId("chart-pca").getAttribute("aria-label")];
  await page.getByTestId("map-colour").selectOption("label");
  await expect.poll(() => pixels(page)).not.toBe(byRisk);
  await expect(page.getByTestId("chart-pca")).toHaveAccessibleName(/4,735 (labelled )?normal/);
  await page.getByTestId("map-colour").selectOption("risk");
  await expect.poll(() => pixels(page)).toBe(byRisk);
  await expect(page.getByTestId("chart-pca")).toHaveAccessibleName(name!);
});

test("colour by the disagreement of two models", async ({ page }) => {
  const byRisk = await pixels(page);
  await page.getByTestId("map-colour").selectOption("disagreement");
  await expect.poll(() => pixels(page)).not.toBe(byRisk);
});

test("features as axes, in whose units areas are drawn", async ({ page }) => {
  const drawn = await pixels(page);
  await page.getByTestId("map-axis-0").selectOption({ label: "src_bytes" });
  await page.getByTestId("map-axis-1").selectOption({ label: "count" });
  await expect(page.getByTestId("chart-pca")).toHaveAccessibleName(/src_bytes.* across and .*count.* upwards/);
  await expect.poll(() => pixels(page)).not.toBe(drawn);
  await page.keyboard.down("Shift");
  await dragOver(page, area(page), [[0.1, 0.05], [0.7, 0.05], [0.7, 0.85], [0.1, 0.85]]);
  await page.keyboard.up("Shift");
  await expect(page.getByTestId("filter")).toHaveValue(/^area:src_bytes,count,/);
});
