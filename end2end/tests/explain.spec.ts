/** One connection explained: why it is odd, what would make it normal, what if. */
import { expect, test, type Page } from "@playwright/test";
import { countIn, expectFiltered, filterBy, numbersOf, open, sampleRecords, scoreSample } from "./workbench";

const panel = (page: Page) => page.getByTestId("explanation");
const risk = async (page: Page) => Number(await page.getByTestId("explained-risk").getAttribute("data-value"));
const gauge = async (page: Page) => Number(/risk (\d+(\.\d)?)/.exec((await panel(page).getByTestId("gauge").textContent())!)![1]);
const sliders = (page: Page) => page.getByTestId("what-if").getByRole("slider");

/** Opens the oddest row of a filter. */
async function explainFirst(page: Page, filter: string, nRows: number) {
  await open(page);
  await scoreSample(page);
  await filterBy(page, filter);
  await expectFiltered(page, nRows);
  await expect(page.getByTestId("table-says")).toContainText(/^\d/);
  await page.getByTestId("top-anomalies").locator("tbody tr").first().click();
  await expect(panel(page)).toBeVisible();
}

test.describe("an odd row", () => {
  test.beforeEach(({ page }) => explainFirst(page, "label:guess_passwd", 48));

  test("says where it is, what every model thinks and what each value adds", async ({ page }) => {
    const line = countIn(await panel(page).getByRole("heading", { level: 2 }).first().innerText());
    expect(sampleRecords()[line - 2].label).toBe("guess_passwd");
    await expect(panel(page)).toContainText(/label guess_passwd/);
    for (const model of ["Isolation forest", "Autoencoder", "Density"]) await expect(panel(page)).toContainText(new RegExp(`${model} \\d`, "i"));
    expect(await risk(page)).toBeGreaterThanOrEqual(50);
    expect(Math.abs((await gauge(page)) - (await risk(page)))).toBeLessThanOrEqual(0.5);
    await expect(page.getByTestId("chart-contributions")).toHaveAccessibleName(/\S/);
    expect((await numbersOf(page, "chart-contributions")).length).toBe(41);
  });

  test("has a nearest normal row, which is explained on a click", async ({ page }) => {
    const text = await page.getByTestId("nearest-normal").innerText();
    const [, line, near, nDiffers] = /Line ([\d,]+), risk (\d+(?:\.\d)?)\. It differs in (\d+) of 41 values/.exec(text)!.map((part) => part);
    const record = sampleRecords()[countIn(line) - 2];
    expect(record.label).toBe("normal");
    expect(Number(near)).toBeLessThan(50);
    await page.getByText("Where they differ").click();
    await expect(page.getByTestId("nearest-normal").locator("tbody tr")).toHaveCount(Number(nDiffers));
    await page.getByRole("button", { name: "Explain it" }).click();
    await expect(panel(page).getByRole("heading", { name: `Line ${line}` })).toBeVisible();
    expect(await risk(page)).toBeLessThan(50);
  });

  test("the smallest change, once tried, brings the risk below the threshold", async ({ page }) => {
    const before = await risk(page);
    const promised = Number(/Risk would be (\d+(\.\d)?)/.exec(await page.getByTestId("smallest-change").innerText())![1]);
    expect(promised).toBeLessThan(50);
    await page.getByTestId("try-change").click();
    await expect.poll(() => risk(page)).toBeLessThan(50);
    expect(Math.abs((await risk(page)) - promised)).toBeLessThanOrEqual(0.1);
    await expect(page.getByTestId("explained-risk")).toContainText("(was ");
    await expect(page.getByTestId("map-area").locator(".mark .changed")).toHaveCount(1);
    await page.getByRole("button", { name: "As it was" }).click();
    await expect.poll(() => risk(page)).toBe(before);
    await expect(page.getByTestId("explained-risk")).not.toContainText("(was ");
  });

  test("a slider changes risk, gauge and bars; As it was takes it back", async ({ page }) => {
    const before = { risk: await risk(page), bars: await page.getByTestId("chart-contributions").getAttribute("aria-label") };
    const slider = sliders(page).first();
    const value = await slider.inputValue();
    await slider.focus();
    await slider.press(Number(value) > 100 ? "Home" : "End");
    await expect.poll(() => risk(page)).not.toBe(before.risk);
    expect(Math.abs((await gauge(page)) - (await risk(page)))).toBeLessThanOrEqual(0.5);
    await expect(page.getByTestId("chart-contributions")).not.toHaveAccessibleName(before.bars!);
    await page.getByRole("button", { name: "As it was" }).click();
    await expect(slider).toHaveValue(value);
    await expect.poll(() => risk(page)).toBe(before.risk);
  });

  test("a value that cannot be is refused in words", async ({ page }) => {
    await page.getByRole("button", { name: "All 41 values" }).click();
    await page.getByLabel(/^count: .*, as a number$/).fill("9999");
    await page.getByLabel(/^count: .*, as a number$/).press("Enter");
    await expect(page.getByTestId("what-if").getByRole("status")).toContainText('expected at most 511, found "9999"');
  });

  test("a word can be another one", async ({ page }) => {
    await page.getByRole("button", { name: "All 41 values" }).click();
    const before = await risk(page);
    const service = page.getByTestId("what-if").getByLabel(/^service: /);
    expect(await service.locator("option").count()).toBeGreaterThan(5);
    await service.selectOption("http");
    await expect.poll(() => risk(page)).not.toBe(before);
  });
});

test("a usual row is not told what would make it normal", async ({ page }) => {
  await explainFirst(page, "label:normal risk:<5", await usualRows(page));
  expect(await risk(page)).toBeLessThan(5);
  await expect(page.getByTestId("smallest-change")).toHaveCount(0);
  await expect(page.getByTestId("what-if")).toBeVisible();
});

/** How many rows of the sample are of next to no risk, as the API says. */
async function usualRows(page: Page): Promise<number> {
  const { SAMPLE, bytesOf } = await import("./workbench");
  const answer = await page.request.post("/api/v1/score", { data: bytesOf(SAMPLE), headers: { "content-type": "text/csv" } });
  const { results } = await answer.json();
  const records = sampleRecords();
  return results.filter((row: { risk: number }, index: number) => row.risk < 5 && records[index].label === "normal").length;
}

test("the form's connection is explained likewise, without a file", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "40 s, ten connections" }).click();
  await expect(page.getByTestId("result-status")).toHaveText("Anomaly");
  const ofForm = Number(await page.getByTestId("result-risk").getAttribute("data-value"));
  await page.getByTestId("explain-form").click();
  await expect(panel(page).getByRole("heading", { name: "This connection" })).toBeVisible();
  expect(await risk(page)).toBeCloseTo(ofForm, 3);
  expect(await numbersOf(page, "chart-contributions")).toHaveLength(5);
  await expect(sliders(page)).toHaveCount(5);
  await expect(page.getByTestId("nearest-normal")).toHaveCount(0);
  await page.getByTestId("try-change").click();
  await expect.poll(() => risk(page)).toBeLessThan(50);
  await page.getByRole("button", { name: "As it was" }).click();
  await expect.poll(() => risk(page)).toBeCloseTo(ofForm, 3);
  await page.keyboard.press("Escape");
  await expect(panel(page)).toHaveCount(0);
  await expect(page.getByTestId("explain-form")).toBeFocused();
});

test("the form's connection with changes is judged by the model that judged it, whatever the file's picker says", async ({ page }) => {
  await open(page);
  await scoreSample(page);
  await page.getByRole("button", { name: "40 s, ten connections" }).click();
  await page.getByTestId("explain-form").click();
  await expect(panel(page)).toBeVisible();
  const before = await risk(page);
  const said = await panel(page).innerText();
  const others = ["Isolation forest", "Autoencoder", "Density", "Random forest"].map((title) => ({ title, risk: Number(new RegExp(`${title} (\\d+(\\.\\d)?)`).exec(said)![1]) }));
  const furthest = others.toSorted((a, b) => Math.abs(b.risk - before) - Math.abs(a.risk - before))[0];
  await page.keyboard.press("Escape");
  await page.getByTestId("model-picker").selectOption({ label: furthest.title });
  await page.getByTestId("explain-form").click();
  await page.getByTestId("try-change").click();
  const promised = Number(/Risk would be (\d+(\.\d)?)/.exec(await page.getByTestId("smallest-change").innerText())![1]);
  await expect.poll(() => risk(page)).not.toBe(before);
  expect(Math.abs((await risk(page)) - promised), furthest.title).toBeLessThanOrEqual(0.1);
});
