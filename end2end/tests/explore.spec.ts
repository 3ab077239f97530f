/** Explore: what the connections are like, and one filter that text, charts and table share. */
import { expect, test, type Locator, type Page } from "@playwright/test";
import { confusion, countIn, dragOver, expectFiltered, expectRowsOfTable, filterBy, numberOfFilter, numbersOf, open, openTab, sampleRecords, SAMPLE_ROWS, scoreSample, valueOf, written } from "./workbench";

const RECORDS = sampleRecords();

const filter = (page: Page) => page.getByTestId("filter");
const distribution = (page: Page, feature: string) => page.getByTestId(`distribution-${feature}`).first().locator(".drawn");
/** Clicks a drawing where one of its texts stands. */
async function clickText(drawing: Locator, text: string) {
  const [of, at] = [(await drawing.boundingBox())!, (await drawing.locator("text").getByText(new RegExp(`^(✓ )?${text}$`)).first().boundingBox())!];
  await drawing.click({ position: { x: at.x - of.x + at.width / 2, y: at.y - of.y + at.height / 2 } });
}

const namesOf = (page: Page, charts: string[]) => Promise.all(charts.map((chart) => page.getByTestId(chart).getAttribute("aria-label")));

test.beforeEach(async ({ page }) => {
  await open(page);
  await scoreSample(page);
});

test("a filter that is typed changes counts, charts and table, and Clear gives all back", async ({ page }) => {
  const charts = ["chart-scores", "chart-threshold", "chart-roc", "chart-pr"];
  const all = { charts: await namesOf(page, charts), anomalies: await valueOf(page, "anomalies-found"), table: await page.getByTestId("table-says").innerText() };
  await filterBy(page, "service:http src_bytes:>300");
  const nRows = RECORDS.filter((row) => row.service === "http" && Number(row.src_bytes) > 300).length;
  await expectFiltered(page, nRows);
  for (const [index, name] of (await namesOf(page, charts)).entries()) expect.soft(name, charts[index]).not.toBe(all.charts[index]);
  expect(await valueOf(page, "anomalies-found")).toBeLessThan(all.anomalies);
  await expect(page.getByTestId("table-says")).not.toHaveText(all.table);
  await page.getByRole("button", { name: "Clear" }).click();
  await expectFiltered(page, SAMPLE_ROWS);
  expect(await namesOf(page, charts)).toEqual(all.charts);
  expect(await valueOf(page, "anomalies-found")).toBe(all.anomalies);
  await expect(page.getByTestId("table-says")).toHaveText(all.table);
});

test("every panel counts the same rows of a filter", async ({ page }) => {
  await filterBy(page, "protocol_type:tcp count:<100");
  const rows = RECORDS.filter((row) => row.protocol_type === "tcp" && Number(row.count) < 100);
  await expectFiltered(page, rows.length);
  await expectRowsOfTable(page, rows.length);
  const { trueNegatives, falsePositives, falseNegatives, truePositives } = await confusion(page);
  expect(trueNegatives + falsePositives).toBe(rows.filter((row) => row.label === "normal").length);
  expect(falseNegatives + truePositives).toBe(rows.filter((row) => row.label !== "normal").length);
  expect(truePositives + falsePositives).toBe(await valueOf(page, "anomalies-found"));

  await openTab(page, "Explore");
  for (const { type, selected } of await numbersOf(page, "chart-shares")) {
    expect.soft(countIn(selected), type).toBe(rows.filter((row) => row.label === type).length);
  }
  await expect(page.getByTestId("balance")).toContainText(`${written(rows.length)} connections`);
  for (const feature of ["src_bytes", "count"]) {
    const name = await distribution(page, feature).getAttribute("aria-label");
    const [, normal, anomalies] = /: ([\d,]+) normal by verdict, ([\d,]+) anomaly/.exec(name!)!;
    expect.soft(countIn(normal) + countIn(anomalies), feature).toBe(rows.length);
    expect.soft(countIn(anomalies), feature).toBe(truePositives + falsePositives);
  }
});

test("a brush on a distribution is a condition of the filter, and a click takes it back", async ({ page }) => {
  await openTab(page, "Explore");
  const chart = distribution(page, "src_bytes");
  await expect(chart.locator("svg")).toBeVisible();
  await dragOver(page, chart, [[0.4, 0.5], [0.8, 0.5]]);
  await expect(filter(page)).toHaveValue(/^src_bytes:[\d.]+[kM]?\.\.[\d.]+[kM]?$/);
  const [low, high] = (await filter(page).inputValue()).split(":")[1].split("..").map(numberOfFilter);
  const within = RECORDS.filter((row) => Number(row.src_bytes) >= low && Number(row.src_bytes) <= high);
  expect(within.length).toBeGreaterThan(0);
  expect(within.length).toBeLessThan(SAMPLE_ROWS);
  await expectFiltered(page, within.length);
  await chart.click();
  await expect(filter(page)).toHaveValue("");
  await expectFiltered(page, SAMPLE_ROWS);
});

test("a second brush adds to the filter, and a brush on the same chart moves its condition", async ({ page }) => {
  await filterBy(page, "label:normal src_bytes:>300");
  await openTab(page, "Explore");
  await dragOver(page, distribution(page, "dst_bytes"), [[0.5, 0.5], [0.9, 0.5]]);
  await expect(filter(page)).toHaveValue(/^label:normal src_bytes:>300 dst_bytes:\S+$/);
  await dragOver(page, distribution(page, "src_bytes"), [[0.5, 0.5], [0.9, 0.5]]);
  await expect(filter(page)).toHaveValue(/^label:normal src_bytes:[^>\s]+\.\.\S+ dst_bytes:\S+$/);
});

test("a click on a word lets it through, on a second one that too, and once more takes it back", async ({ page }) => {
  await openTab(page, "Explore");
  const chart = distribution(page, "protocol_type");
  const nRows = (...words: string[]) => RECORDS.filter((row) => words.includes(row.protocol_type)).length;
  await clickText(chart, "udp");
  await expect(filter(page)).toHaveValue("protocol_type:udp");
  await expectFiltered(page, nRows("udp"));
  await clickText(chart, "icmp");
  await expect(filter(page)).toHaveValue("protocol_type:udp,icmp");
  await expectFiltered(page, nRows("udp", "icmp"));
  await clickText(chart, "udp");
  await expect(filter(page)).toHaveValue("protocol_type:icmp");
  await clickText(chart, "icmp");
  await expect(filter(page)).toHaveValue("");
  await expectFiltered(page, SAMPLE_ROWS);
});

test("a click on a label in the chart of classes filters by it", async ({ page }) => {
  await openTab(page, "Explore");
  await clickText(page.getByTestId("chart-shares"), "smurf");
  await expect(filter(page)).toHaveValue("label:smurf");
  await expectFiltered(page, 640);
});

test("a filter that is wrong is pointed at, and nothing else changes", async ({ page }) => {
  await filterBy(page, "service:http");
  await expectFiltered(page, RECORDS.filter((row) => row.service === "http").length);
  const charts = ["chart-scores", "chart-threshold", "chart-roc", "chart-pr", "chart-pca"];
  const before = { charts: await namesOf(page, charts), table: await page.getByTestId("table-says").innerText(), anomalies: await valueOf(page, "anomalies-found") };
  for (const [text, wrong, message] of [
    ["service:http src_bytes:abc", "abc", /expected a number, found "abc"/],
    ["service:http sevrice:http", "sevrice", /sevrice/],
    ["service:http (count:1", "(", /./],
  ] as const) {
    await filterBy(page, text);
    await expect(filter(page)).toHaveAttribute("aria-invalid", "true");
    await expect(page.getByTestId("filter-says").locator("mark")).toHaveText(wrong);
    await expect(page.getByTestId("filter-says")).toContainText(message);
    await expect(filter(page)).toHaveAccessibleDescription(message);
    expect(await namesOf(page, charts)).toEqual(before.charts);
    expect(await page.getByTestId("table-says").innerText()).toBe(before.table);
    expect(await valueOf(page, "anomalies-found")).toBe(before.anomalies);
  }
  await filterBy(page, "service:http");
  await expect(filter(page)).toHaveAttribute("aria-invalid", "false");
});

test("distributions split by verdict follow the threshold, split by label the labels", async ({ page }) => {
  await openTab(page, "Explore");
  const chart = distribution(page, "count");
  await expect(chart).toHaveAccessibleName(new RegExp(`${written(await valueOf(page, "anomalies-found"))} anomaly`));
  await page.getByTestId("threshold").fill("80");
  await expect(chart).toHaveAccessibleName(new RegExp(`${written(await valueOf(page, "anomalies-found"))} anomaly`));
  await page.getByTestId("split").selectOption("label");
  await expect(chart).toHaveAccessibleName(/4,735 labelled normal, 1,694 attack/);
});

test("all 41 features are there, and a heading opens one in large", async ({ page }) => {
  await openTab(page, "Explore");
  await expect(page.locator(".distribution")).toHaveCount(12);
  await page.getByTestId("all-features").click();
  await expect(page.locator(".distribution")).toHaveCount(41);
  for (const drawn of await page.locator(".distribution .drawn").all()) await expect(drawn).toHaveAccessibleName(/\S/);
  await page.getByTestId("distribution-src_bytes").getByRole("button", { name: "src_bytes" }).click();
  const large = page.locator(".distribution:not(.compact)");
  await expect(large.getByRole("heading", { name: "src_bytes" })).toBeVisible();
  expect((await large.locator(".drawn").boundingBox())!.height).toBeGreaterThan(250);
  await large.getByRole("button", { name: "Close" }).click();
  await expect(large).toHaveCount(0);
});

test("correlations and the numbers of every feature open when they are asked for", async ({ page }) => {
  await openTab(page, "Explore");
  await expect(page.getByTestId("chart-correlation")).toHaveCount(0);
  await page.getByTestId("correlations").locator("> summary").click();
  await expect(page.getByTestId("chart-correlation")).toHaveAccessibleName(/Rank correlations of 38 features; strongest: /);

  await page.getByTestId("summary-table").locator("> summary").click();
  const rows = page.getByTestId("summary-table").locator("tbody tr");
  await expect(rows).toHaveCount(41);
  const count = rows.filter({ has: page.getByRole("rowheader", { name: "count", exact: true }) }).locator("td");
  const values = RECORDS.map((row) => Number(row.count));
  // missing, distinct, zeros, least, 5 %, 25 %, median, 75 %, 95 %, greatest
  await expect(count.nth(1)).toHaveText(String(new Set(values).size));
  await expect(count.nth(3)).toHaveText(String(Math.min(...values)));
  await expect(count.nth(9)).toHaveText(String(Math.max(...values)));
});

test("what could be typed is suggested: names, then values", async ({ page }) => {
  await filter(page).click();
  await filter(page).pressSequentially("servi");
  await page.locator(".suggestions").getByRole("option", { name: "service", exact: true }).click();
  await expect(filter(page)).toHaveValue("service:");
  await expect(filter(page)).toBeFocused();
  await filter(page).pressSequentially("htt");
  await page.locator(".suggestions").getByRole("option", { name: "http", exact: true }).click();
  await expect(filter(page)).toHaveValue("service:http");
  await expectFiltered(page, RECORDS.filter((row) => row.service === "http").length);
});
