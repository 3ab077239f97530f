/** The whole story with the keyboard: no pointer is used in this file. */
import { expect, test, type Page } from "@playwright/test";
import { expectFiltered, expectScored, open, sampleRecords, SAMPLE_ROWS } from "./workbench";

/** Presses Tab until an element of this kind has the keyboard. */
async function tabTo(page: Page, selector: string, key = "Tab") {
  for (let press = 0; press < 60; press += 1) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`no ${selector} within 60 steps of ${key}`);
}

/** Opens the sample as somebody without a mouse does. */
async function openSample(page: Page) {
  await open(page);
  await tabTo(page, "[data-testid=sample]");
  await page.keyboard.press("Enter");
  await expectScored(page, SAMPLE_ROWS);
  await expect(page.locator("#results")).toBeFocused();
  await expect(page.getByTestId("download-results")).toBeAttached();
}

test.beforeEach(({ page }) => openSample(page));

test("from the sample to the reasons for an odd row, and back", async ({ page }) => {
  await page.keyboard.press("/");
  await expect(page.getByTestId("filter")).toBeFocused();
  await page.keyboard.type("label:portsweep");
  await expectFiltered(page, 160);
  // While one types, no key is a shortcut.
  await expect(page.getByLabel("Threshold as a number")).toHaveValue("50");
  await page.keyboard.press("Tab");
  await page.keyboard.press("]");
  await page.keyboard.press("]");
  await page.keyboard.press("[");
  await expect(page.getByLabel("Threshold as a number")).toHaveValue("51");
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await expect(page.locator("#top-anomalies-window")).toBeFocused();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const panel = page.getByTestId("explanation");
  await expect(panel).toBeFocused();
  await expect(panel).toContainText("label portsweep");
  await page.keyboard.press("Tab");
  await expect(panel.getByRole("button", { name: "Close the explanation" })).toBeFocused();
  await tabTo(page, "[data-testid=explanation] input[type=range]");
  const risk = () => page.getByTestId("explained-risk").getAttribute("data-value");
  const before = await risk();
  await page.keyboard.press(Number(await page.locator(":focus").inputValue()) > 100 ? "Home" : "End");
  await expect.poll(risk).not.toBe(before);
  await page.keyboard.press("Escape");
  await expect(panel).toHaveCount(0);
  await expect(page.locator("#top-anomalies-window")).toBeFocused();
});

test("tabs by letters and by arrows", async ({ page }) => {
  const tab = (name: string) => page.getByRole("tab", { name });
  for (const [letter, name, shown] of [["e", "Explore", "distributions"], ["c", "Compare", "agreement"], ["f", "Findings", "map-area"]]) {
    await page.keyboard.press("g");
    await page.keyboard.press(letter);
    await expect(tab(name)).toHaveAttribute("aria-selected", "true");
    await expect(page.getByTestId(shown)).toBeVisible();
  }
  await tabTo(page, "[role=tab]");
  await page.keyboard.press("ArrowRight");
  await expect(tab("Explore")).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(tab("Findings")).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(tab("Compare")).toHaveAttribute("aria-selected", "true");
});

test("? lists the keys, all that there are, and Esc closes the list", async ({ page }) => {
  await page.keyboard.press("?");
  const list = page.getByRole("dialog", { name: "Keys" });
  await expect(list).toBeFocused();
  for (const key of ["?", "/", "j", "k", "Enter", "Esc", "[", "]", "g"]) await expect(list.locator("kbd").getByText(key, { exact: true }).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(list).toHaveCount(0);
  await expect(page.locator("#results")).toBeFocused();
});

test("the map moves and zooms, and a chart opens its numbers", async ({ page }) => {
  await tabTo(page, "[data-testid=map-area]");
  await page.keyboard.press("+");
  await expect(page.getByTestId("map-says")).toContainText("those in this part shown");
  await page.keyboard.press("0");
  await expect(page.getByTestId("map-says")).not.toContainText("those in this part shown");
  await tabTo(page, ".numbers summary");
  await page.keyboard.press("Enter");
  expect(await page.locator(".numbers[open] tbody tr").count()).toBeGreaterThan(1);
});

test("a suggestion is taken without a pointer", async ({ page }) => {
  await page.keyboard.press("/");
  await page.keyboard.type("servi");
  await expect(page.locator(".suggestions [role=option]").first()).toHaveText("service");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("filter")).toHaveValue("service:");
  await page.keyboard.type("http");
  await expectFiltered(page, sampleRecords().filter((row) => row.service === "http").length);
});

test("nothing that has the keyboard lies under what sticks to the window's edge", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.setViewportSize({ width: 1280, height: 800 });
  await tabTo(page, "[data-testid=map-area]");
  const hidden: string[] = [];
  for (let press = 0; press < 60; press += 1) {
    // There, and back.
    await page.keyboard.press(press < 35 ? "Tab" : "Shift+Tab");
    const name = await page.evaluate(() => {
      const element = document.activeElement!;
      if (element.closest(".control-bar, header, .explanation")) return null;
      const box = element.getBoundingClientRect();
      const bar = document.querySelector(".control-bar")!.getBoundingClientRect();
      return box.bottom <= bar.bottom ? `${element.tagName} ${element.getAttribute("aria-label") ?? element.textContent}` : null;
    });
    if (name) hidden.push(name);
  }
  expect(hidden).toEqual([]);
});
