/** A link to what is looked at: whoever opens it with the same file sees the same. No row is in it. */
import { expect, test, type Page } from "@playwright/test";
import { expectFiltered, filterBy, open, openTab, sampleRecords, SAMPLE, scoreSample, valueOf } from "./workbench";

const fragment = (page: Page) => new URLSearchParams(new URL(page.url()).hash.slice(1));

/** What makes a view, as the page shows it. */
async function view(page: Page) {
  return {
    filter: await page.getByTestId("filter").inputValue(),
    says: await page.getByTestId("filter-says").innerText(),
    threshold: await page.getByLabel("Threshold as a number").inputValue(),
    model: await page.getByTestId("model-picker").evaluate((picker: HTMLSelectElement) => picker.selectedOptions[0].label),
    tab: await page.getByRole("tab", { selected: true }).innerText(),
    anomalies: await valueOf(page, "anomalies-found"),
    table: await page.getByTestId("table-says").innerText(),
  };
}

/** Filter, model, threshold, zoom and tab, none as they are at first. */
async function look(page: Page) {
  await open(page);
  await scoreSample(page);
  await page.getByTestId("map-in").click();
  await filterBy(page, 'service:http,smtp src_bytes:200..2k label:"normal"');
  await page.getByTestId("model-picker").selectOption({ label: "Autoencoder" });
  await page.getByTestId("threshold").fill("62.5");
  await openTab(page, "Explore");
  const rows = sampleRecords().filter((row) => ["http", "smtp"].includes(row.service) && Number(row.src_bytes) >= 200 && Number(row.src_bytes) <= 2000 && row.label === "normal");
  await expectFiltered(page, rows.length);
  await expect.poll(() => [...fragment(page).keys()].toSorted()).toEqual(["filter", "model", "risk", "tab", "zoom"]);
}

test("the address holds the view, and with the same file shows the same", async ({ page, context }) => {
  await look(page);
  expect(Object.fromEntries(fragment(page))).toMatchObject({ filter: 'service:http,smtp src_bytes:200..2k label:"normal"', model: "autoencoder", risk: "62.5", tab: "explore" });
  const [address, here] = [page.url(), await view(page)];
  expect(here).toMatchObject({ threshold: "62.5", model: "Autoencoder", tab: "Explore" });

  const other = await context.newPage();
  await open(other, address);
  await other.getByTestId("file-input").setInputFiles(SAMPLE);
  await expect(other.getByTestId("table-says")).toBeVisible();
  await expect.poll(() => view(other)).toEqual(here);
  await openTab(other, "Findings");
  await expect(other.getByTestId("map-says")).toContainText("those in this part shown");
  await expect.poll(() => fragment(other).get("zoom")).toBe(fragment(page).get("zoom"));
});

test("the link that is copied is the address", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await look(page);
  await page.getByTestId("copy-link").click();
  await expect(page.getByTestId("copy-link")).toHaveText("Link copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
});

test("no value of a row gets into the address, whatever is looked at", async ({ page }) => {
  await open(page);
  await scoreSample(page);
  await page.getByTestId("top-anomalies").locator("tbody tr").first().click();
  await expect(page.getByTestId("explanation")).toBeVisible();
  const slider = page.getByTestId("what-if").getByRole("slider").first();
  await slider.press(Number(await slider.inputValue()) > 100 ? "Home" : "End");
  await expect(page.getByTestId("explained-risk")).toContainText("(was ");
  await page.keyboard.press("Escape");
  for (const tab of ["Explore", "Compare", "Findings"] as const) await openTab(page, tab);
  await page.getByTestId("threshold").fill("40");
  await expect.poll(() => [...fragment(page).keys()]).toEqual(["risk"]);
});

test("an untouched view has no fragment, and one that is cleared none again", async ({ page }) => {
  await open(page);
  await scoreSample(page);
  await page.getByTestId("threshold").fill("40");
  await expect.poll(() => page.url()).toContain("#risk=40");
  await page.getByRole("button", { name: "Recommended" }).click();
  await expect.poll(() => new URL(page.url()).hash).toBe("");
});

test("a link followed on the open page shows its view and nothing of the last one", async ({ page }) => {
  await open(page);
  await scoreSample(page);
  await filterBy(page, "service:http");
  await expect.poll(() => fragment(page).get("filter")).toBe("service:http");
  await page.evaluate(() => { location.hash = "#risk=75&tab=compare"; });
  await expect(page.getByRole("tab", { name: "Compare" })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByLabel("Threshold as a number")).toHaveValue("75");
  await expect(page.getByTestId("filter")).toHaveValue("");
});

for (const [what, hash] of [
  ["a filter that cannot be read", "#filter=src_bytes%3Aabc"],
  ["a threshold that is none", "#risk=NaN&tab=nowhere&model=oracle&zoom=1,0,0,1"],
  ["half an escape", "#filter=%E0%A4%A&risk=60"],
] as const) {
  test(`a link with ${what} still shows the file`, async ({ page }) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await open(page, `/${hash}`);
    await scoreSample(page);
    await expect(page.getByTestId("table-says")).toBeVisible();
    await expect(page.getByTestId("chart-scores")).toHaveAccessibleName(/\S/);
    expect(errors).toEqual([]);
  });
}
