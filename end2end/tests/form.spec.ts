import { expect, test, type Page } from "@playwright/test";
import { open } from "./workbench";

const FIELDS = ["field-duration", "field-src-bytes", "field-dst-bytes", "field-count", "field-srv-count"];
const PAGE_FETCH = ["0", "250", "3000", "3", "3"];
const FLOOD = ["0", "0", "0", "511", "511"];

async function fill(page: Page, values: string[]) {
  for (const [index, value] of values.entries()) {
    await page.getByTestId(FIELDS[index]).fill(value);
  }
}

test.beforeEach(({ page }) => open(page));

// The verdicts that README.md promises; the systems that Oddflow carries on gave the same.
for (const [example, verdict] of [["6.1 s, few connections", "Normal"], ["40 s, ten connections", "Anomaly"]]) {
  test(`the example "${example}" is scored with one click`, async ({ page }) => {
    await page.getByRole("button", { name: example }).click();
    await expect(page.getByTestId("result-status")).toHaveText(verdict);
    const risk = Number(await page.getByTestId("result-risk").getAttribute("data-value"));
    expect(risk >= 50 ? "Anomaly" : "Normal").toBe(verdict);
    expect(risk).toBeGreaterThan(0);
    expect(risk).toBeLessThan(100);
    for (const field of FIELDS) {
      await expect(page.getByTestId(field)).not.toHaveValue("");
    }
  });
}

test("a page fetch is normal, with risk, score, gauge and measured accuracy", async ({ page }) => {
  await fill(page, PAGE_FETCH);
  await page.getByTestId("analyze").click();
  await expect(page.getByTestId("result-status")).toHaveText("Normal");
  await expect(page.getByTestId("result-risk")).toHaveText(/^\d+\.\d$/);
  await expect(page.getByTestId("result-score")).toHaveText(/^-?\d+\.\d{3}$/);
  await expect(page.getByTestId("gauge")).toHaveAccessibleName(/\d/);
  await expect(page.getByTestId("model-accuracy")).toHaveText(/\d+\.\d % .*KDD Cup 99/);
});

test("a flood is an anomaly, with its reasons", async ({ page }) => {
  await fill(page, FLOOD);
  await page.getByTestId("analyze").click();
  await expect(page.getByTestId("result-status")).toHaveText("Anomaly");
  const reasons = page.locator(".why li");
  expect(await reasons.count()).toBeGreaterThanOrEqual(2);
  await expect(reasons.first()).toHaveText(/\d+ % · .* · usual /);
});

test("gauge and text give the same risk", async ({ page }) => {
  await page.getByRole("button", { name: "40 s, ten connections" }).click();
  const risk = Number(await page.getByTestId("result-risk").innerText());
  const gauge = Number((await page.getByTestId("gauge").textContent())!.match(/risk (\d+(\.\d)?)/)![1]);
  expect([risk, Math.round(risk)]).toContain(gauge);
});

test("a normal connection is not told what is wrong with it", async ({ page }) => {
  await fill(page, PAGE_FETCH);
  await page.getByTestId("analyze").click();
  await expect(page.getByTestId("result-status")).toHaveText("Normal");
  // Reasons are shares of what raised the score; of a risk near 0 they would explain nothing.
  await expect(page.locator(".result-card")).not.toContainText("what raised the score");
});

test("Enter submits", async ({ page }) => {
  await fill(page, FLOOD);
  await page.getByTestId("field-srv-count").press("Enter");
  await expect(page.getByTestId("result-status")).toHaveText("Anomaly");
});

const MISTAKES = [
  ["field-duration", "abc", 'expected a number, found "abc"'],
  ["field-src-bytes", "-1", 'expected a number ≥ 0, found "-1"'],
  ["field-dst-bytes", "1e400", 'expected a finite number, found "1e400"'],
  ["field-count", "512", 'expected at most 511, found "512"'],
  ["field-srv-count", "NaN", 'expected a finite number, found "NaN"'],
] as const;

for (const [field, text, message] of MISTAKES) {
  test(`${text} in ${field} is wrong as one types`, async ({ page }) => {
    const input = page.getByTestId(field);
    await input.pressSequentially(text);
    await expect(input).toHaveAttribute("aria-invalid", "true");
    await expect(input).toHaveAccessibleDescription(new RegExp(message));
    await input.fill("1");
    await expect(input).not.toHaveAttribute("aria-invalid");
    await expect(input).not.toHaveAccessibleDescription(/expected/);
  });
}

test("an empty form is asked for its numbers, and the first wrong field is in focus", async ({ page }) => {
  await page.getByTestId("field-duration").fill("1");
  await page.getByTestId("analyze").click();
  await expect(page.getByTestId("field-src-bytes")).toHaveAccessibleDescription(/expected a number, found nothing/);
  await expect(page.getByTestId("result-status")).toBeHidden();
  await expect(page.getByTestId("field-src-bytes")).toBeFocused();
});

test("a verdict does not stay beside numbers that it is not about", async ({ page }) => {
  await fill(page, FLOOD);
  await page.getByTestId("analyze").click();
  await expect(page.getByTestId("result-status")).toHaveText("Anomaly");
  await page.getByTestId("field-count").fill("1");
  await expect(page.getByTestId("result-status")).toBeHidden();
});

test("a form sent while the models load is scored when they are there", async ({ page }) => {
  let letLoad = () => {};
  const mayLoad = new Promise<void>((resolve) => { letLoad = resolve; });
  await page.route("**/models/**", async (route) => {
    await mayLoad;
    await route.continue();
  });
  const asked = page.waitForRequest("**/models/**");
  await page.goto("/");
  await asked;
  await page.getByRole("button", { name: "40 s, ten connections" }).click();
  letLoad();
  await expect(page.getByTestId("result-status")).toHaveText(/Normal|Anomaly/);
});
