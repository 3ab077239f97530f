/** The table: every row of the filter, sorted, read with keys, opened from counts. */
import { expect, test, type Page } from "@playwright/test";
import { columnOf, confusion, countIn, expectFiltered, expectRowsOfTable, filterBy, open, sampleRecords, SAMPLE_ROWS, scoreSample, valueOf, written } from "./workbench";

const RECORDS = sampleRecords();

const table = (page: Page) => page.getByTestId("top-anomalies");
const rows = (page: Page) => table(page).locator("tbody tr");
const chosen = (page: Page) => table(page).locator("tr.chosen");
const sortBy = (page: Page, name: string) => table(page).locator("thead").getByRole("button", { name, exact: true }).click();
const direction = (page: Page, name: string) => table(page).locator("th", { has: page.getByRole("button", { name, exact: true }) });
/** "1,234" and "1.2 kB" as the page writes them are not compared: columns of counts are. */
const counts = async (page: Page, name: string) => (await columnOf(page, name)).map(countIn);

test.beforeEach(async ({ page }) => {
  await open(page);
  await scoreSample(page);
  await expect(rows(page).first()).toBeVisible();
});

test("with equal rows once there are as many as the file has distinct ones, without as many as it has rows", async ({ page }) => {
  const distinct = new Set(RECORDS.map(({ label, ...features }) => Object.values(features).join())).size;
  await expect(page.getByTestId("table-says")).toHaveText(`${written(distinct)} distinct rows; copies counted`);
  await expect(page.locator(".tiles")).toContainText(`${written(distinct)} distinct`);
  await expectRowsOfTable(page, SAMPLE_ROWS);
  await expect(table(page)).toHaveAttribute("aria-rowcount", String(SAMPLE_ROWS + 1));
});

test("scrolled to its end it shows the last row, and on the way no row is missing", async ({ page }) => {
  await expectRowsOfTable(page, SAMPLE_ROWS);
  const window = page.locator("#top-anomalies-window");
  const shown = () => rows(page).evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("aria-rowindex"))));
  for (const share of [0.25, 0.5, 1]) {
    await window.evaluate((window, share) => { window.scrollTop = share * window.scrollHeight; }, share);
    await expect.poll(async () => Math.abs((await shown())[0] / SAMPLE_ROWS - share), `${share}`).toBeLessThan(0.01);
    const indices = await shown();
    expect(indices).toEqual(indices.map((_, position) => indices[0] + position));
    expect(indices.length).toBeLessThan(60);
  }
  await expect(rows(page).last()).toHaveAttribute("aria-rowindex", String(SAMPLE_ROWS + 1));
  const [outer, last, head] = [await window.boundingBox(), await rows(page).last().boundingBox(), await table(page).locator("th").first().boundingBox()];
  expect(last!.y + last!.height).toBeLessThanOrEqual(outer!.y + outer!.height + 1);
  expect(last!.y).toBeGreaterThan(outer!.y + outer!.height / 2);
  expect(Math.abs(head!.y - outer!.y)).toBeLessThan(3);
});

test("every row that a filter lets through is in it", async ({ page }) => {
  await filterBy(page, "label:exfiltration");
  await expectRowsOfTable(page, 16);
  const lines = RECORDS.flatMap((row, index) => (row.label === "exfiltration" ? [index + 2] : []));
  await expect.poll(async () => (await counts(page, "line")).toSorted((a, b) => a - b)).toEqual(lines);
  const first = RECORDS[(await counts(page, "line"))[0] - 2];
  expect((await columnOf(page, "service"))[0]).toBe(first.service);
  expect((await counts(page, "count"))[0]).toBe(Number(first.count));
});

test("a heading sorts, greatest first, and once more turns the order", async ({ page }) => {
  for (const name of ["count", "copies", "line"]) {
    await sortBy(page, name);
    await expect(direction(page, name)).toHaveAttribute("aria-sort", "descending");
    await expect.poll(async () => (await counts(page, name)).every((value, index, all) => index === 0 || value <= all[index - 1]), name).toBe(true);
    const greatest = (await counts(page, name))[0];
    await sortBy(page, name);
    await expect(direction(page, name)).toHaveAttribute("aria-sort", "ascending");
    await expect.poll(async () => (await counts(page, name))[0], name).toBeLessThan(greatest);
    const ascending = await counts(page, name);
    expect(ascending, name).toEqual(ascending.toSorted((a, b) => a - b));
  }
  await sortBy(page, "service");
  await expect.poll(async () => (await columnOf(page, "service"))[0]).toBe(RECORDS.map((row) => row.service).toSorted().at(-1)!);
  await sortBy(page, "service");
  await expect.poll(async () => (await columnOf(page, "service"))[0]).toBe(RECORDS.map((row) => row.service).toSorted()[0]);
});

test("the oddest row stands first, and under another model that model's", async ({ page }) => {
  const risks = async () => (await columnOf(page, "risk")).map(Number.parseFloat);
  const ofEnsemble = await risks();
  expect(ofEnsemble).toEqual(ofEnsemble.toSorted((a, b) => b - a));
  const first = await rows(page).first().innerText();
  await page.getByTestId("model-picker").selectOption({ label: "Autoencoder" });
  await expect(rows(page).first()).not.toHaveText(first);
  const ofAutoencoder = await risks();
  expect(ofAutoencoder).toEqual(ofAutoencoder.toSorted((a, b) => b - a));
});

test("j and k move, Enter explains the row, Esc gives the keyboard back to the table", async ({ page }) => {
  await page.locator("#top-anomalies-window").focus();
  await page.keyboard.press("j");
  await expect(chosen(page)).toHaveAttribute("aria-rowindex", "2");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await expect(chosen(page)).toHaveAttribute("aria-rowindex", "3");
  const line = await chosen(page).locator("td").last().innerText();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("explanation").getByRole("heading", { name: `Line ${line}` })).toBeVisible();
  await expect(page.getByTestId("explanation")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("explanation")).toHaveCount(0);
  await expect(page.locator("#top-anomalies-window")).toBeFocused();
});

test("the chosen row stays in sight", async ({ page }) => {
  await page.locator("#top-anomalies-window").focus();
  for (let press = 0; press < 40; press += 1) await page.keyboard.press("j");
  await expect(chosen(page)).toHaveAttribute("aria-rowindex", "41");
  await expect(chosen(page)).toBeInViewport({ ratio: 0.5 });
  const [outer, row] = [await page.locator("#top-anomalies-window").boundingBox(), await chosen(page).boundingBox()];
  expect(row!.y).toBeGreaterThan(outer!.y);
  expect(row!.y + row!.height).toBeLessThanOrEqual(outer!.y + outer!.height + 1);
});

test("columns are chosen", async ({ page }) => {
  const head = (name: string) => table(page).getByRole("columnheader", { name, exact: true });
  await expect(head("flag")).toHaveCount(1);
  await expect(head("dst_host_count")).toHaveCount(0);
  await page.getByText("Columns", { exact: true }).click();
  await page.getByLabel("flag", { exact: true }).uncheck();
  await page.getByLabel("dst_host_count", { exact: true }).check();
  await expect(head("flag")).toHaveCount(0);
  await expect(head("dst_host_count")).toHaveCount(1);
  const [lines, values] = [await counts(page, "line"), await counts(page, "dst_host_count")];
  expect(values).toEqual(lines.map((line) => Number(RECORDS[line - 2].dst_host_count)));
});

test("a cell of the confusion matrix opens as many rows as it says", async ({ page }) => {
  await page.getByTestId("threshold").fill("62.5");
  const cells = await confusion(page);
  const found = await valueOf(page, "anomalies-found");
  expect(cells.truePositives + cells.falsePositives).toBe(found);
  for (const [testId, cell] of [["true-negatives", "trueNegatives"], ["false-positives", "falsePositives"], ["false-negatives", "falseNegatives"], ["true-positives", "truePositives"]] as const) {
    await page.getByTestId(testId).click();
    await expectFiltered(page, cells[cell]);
    await expectRowsOfTable(page, cells[cell]);
    await page.getByRole("button", { name: "Clear" }).click();
    await expectFiltered(page, SAMPLE_ROWS);
  }
});

test("an attack type opens its rows", async ({ page }) => {
  await page.getByText("Recall by attack type").click();
  await page.getByRole("button", { name: "ipsweep" }).click();
  await expectFiltered(page, 150);
  await expect.poll(async () => [...new Set(await columnOf(page, "label"))]).toEqual(["ipsweep"]);
});
