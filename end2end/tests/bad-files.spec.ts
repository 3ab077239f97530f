import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import { connections, csv, formConnections, type Row } from "./rows";
import { expectScored, open, pick, scoreSample, valueOf } from "./workbench";

const GOOD = formConnections(20);

/** The good rows with one cell changed in the fourth, which is line 5 of the file. */
const withCell = (column: string, cell: string) => csv(GOOD.map((row, index): Row => (index === 3 ? { ...row, [column]: cell } : row)));
/** The good rows with another line in place of the fourth. */
const withLine = (line: string) => csv(GOOD).split("\n").map((text, index) => (index === 4 ? line : text)).join("\n");

const REFUSED: [string, string | Buffer, RegExp][] = [
  ["an empty file", "", /expected a table of connections, found an empty file/],
  ["white space", " \r\n\r\n", /found an empty file/],
  ["a header alone", csv(GOOD).split("\n")[0] + "\n", /found (only a header|no rows|0 rows)/],
  ["a long line without an end", "1,".repeat(1 << 20), /found one line without an end/],
  ["UTF-16", Buffer.from(`\uFEFF${csv(GOOD)}`, "utf16le"), /UTF-16.*save it as UTF-8/],
  ["binary data", Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 37) % 251)), /found binary data/],
  ["an HTML page named .csv", "<!doctype html>\n<html><body>Sign in</body></html>\n", /found an HTML page/],
  ["JSON", '{"duration": 1}\n', /found JSON/],
  ["a spreadsheet", Buffer.from("PK\x03\x04and more"), /save the table as CSV/],
  ["a packet capture", Buffer.from([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]), /packet capture/],
  ["a table of three columns", "1,2,3\n4,5,6\n", /3 columns, expected 41, 42 or 43/],
  ["a header without all columns", "duration,src_bytes,dst_bytes,count\n0,1,2,3\n", /lacks "?srv_count/],
  ["a header of another kind of table", "name,price,colour\nbread,2,brown\n", /file has 3 columns, expected .* or a header that names them/],
  ["gzip that breaks off at once", gzipSync(csv(connections(2000))).subarray(0, 12), /gzip.*cut off after 12 bytes/],
];

for (const [name, content, message] of REFUSED) {
  test(`${name} is refused in words, and the page goes on`, async ({ page }) => {
    await open(page);
    await pick(page, content, "odd one.csv");
    await expect(page.getByTestId("job-error")).toContainText(message);
    await expect(page.getByTestId("job-error")).toContainText("odd one.csv");
    await scoreSample(page);
    await expect(page.getByTestId("job-error")).toHaveCount(0);
  });
}

const REJECTED: [string, string, RegExp][] = [
  ["a word for a number", withCell("src_bytes", "abc"), /line 5, column "src_bytes": expected a number, found "abc"/],
  ["NaN", withCell("src_bytes", "NaN"), /line 5, column "src_bytes": expected a finite number, found "NaN"/],
  ["inf", withCell("dst_bytes", "inf"), /line 5, column "dst_bytes": expected a finite number, found "inf"/],
  ["1e400", withCell("duration", "1e400"), /line 5, column "duration": expected a finite number, found "1e400"/],
  ["a number below zero", withCell("duration", "-1"), /line 5, column "duration": expected a number ≥ 0, found "-1"/],
  ["a count above 511", withCell("count", "512"), /line 5, column "count": expected at most 511, found "512"/],
  ["a NUL byte", withCell("count", "1\0"), /line 5, column "count": expected a number, found "1\\u\{0\}"/],
  ["too few columns", withLine("0,1,2"), /line 5: expected 5 columns, found 3/],
  ["too many columns", withLine("0,1,2,3,4,5"), /line 5: expected 5 columns, found 6/],
  ["a line of 3 MB", withLine(`0,${"1".repeat(3 << 20)},2,3,4`), /line 5: longer than 1 MiB/],
];

for (const [name, content, message] of REJECTED) {
  test(`${name} is named with its line, and the other rows are scored`, async ({ page }) => {
    await open(page);
    await pick(page, content);
    await expectScored(page, GOOD.length - 1);
    await expect(page.getByTestId("rejected-rows")).toContainText(message);
    expect(await valueOf(page, "rejected-rows")).toBe(1);
    await expect(page.getByText(`of ${GOOD.length} scored`)).toBeVisible();
    await scoreSample(page);
    await expect(page.getByTestId("rejected-rows")).toHaveCount(0);
  });
}

test("a quote that is never closed is named with the line that opens it", async ({ page }) => {
  await open(page);
  await pick(page, withLine('0,"1,2,3,4'));
  await expect(page.getByTestId("rejected-rows")).toContainText(/line 5: quote opened here is never closed/);
  await expectScored(page, GOOD.length - 1);
});

test("one bad row is counted as one", async ({ page }) => {
  await open(page);
  await pick(page, withCell("src_bytes", "abc"));
  await expect(page.getByRole("heading", { name: "1 row could not be read" })).toBeVisible();
});

test("a service that the training never saw is scored and counted as unseen", async ({ page }) => {
  await open(page);
  const rows = connections(20).map((row, index): Row => (index === 3 ? { ...row, service: "made_up" } : row));
  await pick(page, csv(rows));
  await expectScored(page, 20);
  await expect(page.getByText("values never seen in training").locator("xpath=following-sibling::b")).toHaveText("1");
  await expect(page.getByTestId("rejected-rows")).toHaveCount(0);
});

test("gzip that breaks off gives the rows before and says so", async ({ page }) => {
  await open(page);
  const packed = gzipSync(csv(connections(200_000)), { level: 1 });
  await pick(page, packed.subarray(0, packed.length - 1000), "broken.csv.gz");
  await expect(page.getByTestId("incomplete")).toContainText(/gzip/, { timeout: 60_000 });
  const nRows = await valueOf(page, "rows-scored");
  expect(nRows).toBeGreaterThan(0);
  expect(nRows).toBeLessThan(200_000);
  await scoreSample(page);
  await expect(page.getByTestId("incomplete")).toHaveCount(0);
});

test("two rows without a last line end are two rows", async ({ page }) => {
  await open(page);
  await pick(page, "0,250,3000,3,3\n0,0,0,511,511");
  await expectScored(page, 2);
});

test("a file of bad rows alone lists a hundred of them and draws no empty charts", async ({ page }) => {
  await open(page);
  const rows = formConnections(150).map((row) => ({ ...row, count: "many" }));
  await pick(page, csv(rows));
  await expect(page.getByTestId("rejected-rows").or(page.getByTestId("job-error"))).toContainText(/expected a number, found "many"/);
  await expect(page.getByTestId("chart-pca")).toHaveCount(0);
});

test("the list of bad rows can be downloaded, and runs nothing", async ({ page }) => {
  await open(page);
  await pick(page, withCell("src_bytes", "=1+1"));
  await expectScored(page, GOOD.length - 1);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the list" }).click();
  const lines = readFileSync(await (await download).path(), "utf8").trimEnd().split("\n");
  expect(lines[0]).toBe("line,column,problem");
  expect(lines[1]).toBe('5,"src_bytes","expected a number, found ""=1+1"""');
});

test("results of an earlier file stay under the error of another, with their name, and still work", async ({ page }) => {
  await open(page);
  await scoreSample(page);
  await pick(page, "", "empty.csv");
  await expect(page.getByTestId("job-error")).toContainText("empty.csv");
  await expect(page.getByRole("heading", { name: "Results of office-day.csv" })).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByTestId("download-results").click();
  expect((await download).suggestedFilename()).toBe("office-day.scored.csv");
  await expect(page.getByTestId("job-error")).toHaveText(/empty\.csv/);
  await scoreSample(page);
  await expect(page.getByTestId("job-error")).toHaveCount(0);
});

test("the API answers bad files with 4xx and the same message", async ({ page }) => {
  await open(page);
  for (const [name, content, message] of REFUSED) {
    const response = await page.request.post("/api/v1/score", { data: Buffer.from(content), headers: { "content-type": "text/csv" } });
    const text = await response.text();
    expect.soft(response.status(), `${name}: ${text}`).toBeGreaterThanOrEqual(400);
    expect.soft(response.status(), name).toBeLessThan(500);
    expect.soft(JSON.stringify(JSON.parse(text)).replaceAll('\\"', '"'), name).toMatch(message);
  }
});
