import { readFileSync } from "node:fs";
import { expect, test, type Page } from "@playwright/test";
import { connections, csv, type Row } from "./rows";
import { expectScored, open, pick, valueOf } from "./workbench";

async function download(page: Page, button = "Download all results (CSV)") {
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: button }).click();
  const file = await waiting;
  return { name: file.suggestedFilename(), lines: readFileSync(await file.path(), "utf8").trimEnd().split("\n") };
}

test("results hold the original columns first, then what was found, a line per row", async ({ page }) => {
  const rows = connections(300);
  await open(page);
  await pick(page, csv(rows), "tuesday.csv");
  await expectScored(page, 300);
  const { name, lines } = await download(page);
  expect(name).toBe("tuesday.scored.csv");
  expect(lines).toHaveLength(301);
  const columns = Object.keys(rows[0]);
  const header = lines[0].split(",");
  expect(header.slice(0, columns.length)).toEqual(columns);
  expect(header.slice(columns.length)).toEqual(["risk", "verdict", "score", "isolation_forest_score", "autoencoder_score", "density_score", "random_forest_score", "hybrid_score", "reasons"]);
  const cells = lines.slice(1).map((line) => line.split(","));
  for (const [index, row] of rows.entries()) {
    expect(cells[index].slice(0, columns.length)).toEqual(columns.map((column) => String(row[column])));
  }
  const anomalies = cells.filter((row) => row[header.indexOf("verdict")] === "anomaly");
  expect(anomalies).toHaveLength(await valueOf(page, "anomalies-found"));
  expect(anomalies.every((row) => Number(row[header.indexOf("risk")]) >= 50 && row[header.indexOf("reasons")] !== "")).toBe(true);
});

test("anomalies alone follow the threshold", async ({ page }) => {
  await open(page);
  await pick(page, csv(connections(300)));
  await expectScored(page, 300);
  await page.getByTestId("threshold").fill("30");
  const { lines } = await download(page, "Anomalies only");
  expect(lines).toHaveLength(1 + (await valueOf(page, "anomalies-found")));
});

test("rows of the filter alone are written, also where it counts copies", async ({ page }) => {
  const rows = connections(120);
  // The first ten rows twice, their copies in the last lines.
  const text = csv([...rows, ...rows.slice(0, 10)]);
  await open(page);
  await pick(page, text);
  await expectScored(page, 130);
  await page.getByTestId("filter").fill("copies:2 service:http");
  await page.getByTestId("filter").press("Enter");
  await expect(page.getByTestId("download-results")).toHaveText("Rows of the filter (CSV)");
  const { lines } = await download(page, "Rows of the filter (CSV)");
  const original = text.trimEnd().split("\n");
  const wanted = [...original.slice(1, 11), ...original.slice(121)].filter((line) => line.includes(",http,"));
  expect(wanted).toHaveLength(16);
  const n = original[0].split(",").length;
  expect(lines.map((line) => line.split(",").slice(0, n).join(","))).toEqual([original[0], ...wanted]);
});

test("the verdicts are those of the model that is picked", async ({ page }) => {
  await open(page);
  await page.getByTestId("sample").click();
  await expect(page.getByTestId("model-picker")).toBeVisible();
  await page.getByTestId("model-picker").selectOption({ index: 1 });
  const found = await valueOf(page, "anomalies-found");
  const { lines } = await download(page, "Anomalies only");
  expect(lines).toHaveLength(1 + found);
});

test("cells that a spreadsheet would run are made text", async ({ page }) => {
  const formulas = ["=cmd|' /C calc'!A1", "@SUM(A1)", "+1+cmd", "-2+3", "\tx"];
  const rows = connections(20).map((row, index): Row => ({ ...row, note: formulas[index % formulas.length] }));
  await open(page);
  await pick(page, csv(rows));
  await expectScored(page, 20);
  const { lines } = await download(page);
  const column = lines[0].split(",").indexOf("note");
  const notes = lines.slice(1).map((line) => line.split(",")[column].replaceAll('"', ""));
  for (const [index, note] of notes.entries()) {
    expect(note).toBe(`'${formulas[index % formulas.length]}`);
  }
});
