import { expect, test, type Page } from "@playwright/test";
import { open } from "./workbench";

const EXAMPLES = ["6.1 s, few connections", "40 s, ten connections"];

async function verdict(page: Page) {
  await expect(page.getByTestId("result-status")).toBeVisible();
  return {
    status: await page.getByTestId("result-status").innerText(),
    riskShown: await page.getByTestId("result-risk").innerText(),
    risk: await page.getByTestId("result-risk").getAttribute("data-value"),
    score: await page.getByTestId("result-score").getAttribute("data-value"),
    gauge: await page.getByTestId("gauge").getAttribute("aria-label"),
    reasons: await page.locator(".why").innerText(),
  };
}

test.describe("with JavaScript off", () => {
  test.use({ javaScriptEnabled: false });

  test("the form is posted, and the address holds no data", async ({ page, baseURL }) => {
    await page.goto("/");
    for (const [field, value] of [["duration", "0"], ["src-bytes", "0"], ["dst-bytes", "0"], ["count", "511"], ["srv-count", "511"]]) {
      await page.getByTestId(`field-${field}`).fill(value);
    }
    const answer = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByTestId("analyze").click();
    expect((await answer).headers()["cache-control"]).toContain("no-store");
    await expect(page.getByTestId("result-status")).toHaveText("Anomaly");
    await expect(page.getByTestId("field-count")).toHaveValue("511");
    await expect(page.getByTestId("model-accuracy")).toContainText("%");
    expect(page.url()).toBe(`${baseURL}/`);
  });

  test("mistakes are shown beside their fields, and what was typed stays", async ({ page }) => {
    await page.goto("/");
    await page.getByTestId("field-duration").fill("abc");
    await page.getByTestId("field-count").fill("512");
    await page.getByTestId("analyze").click();
    await expect(page.getByTestId("field-duration")).toHaveValue("abc");
    await expect(page.getByTestId("field-duration")).toHaveAccessibleDescription(/expected a number, found "abc"/);
    await expect(page.getByTestId("field-count")).toHaveAccessibleDescription(/expected at most 511, found "512"/);
    await expect(page.getByTestId("field-src-bytes")).toHaveAccessibleDescription(/expected a number, found nothing/);
    await expect(page.getByTestId("result-status")).toBeHidden();
  });

  test("what needs JavaScript says so", async ({ page }) => {
    await page.goto("/");
    await expect(page.getByTestId("drop-zone")).toContainText("JavaScript");
  });

  for (const path of ["/models", "/about"]) {
    test(`${path} can be read`, async ({ page }) => {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    });
  }
});

for (const example of EXAMPLES) {
  test(`"${example}" comes out the same with JavaScript on and off`, async ({ page, browser, baseURL }) => {
    await open(page);
    await page.getByRole("button", { name: example }).click();
    const here = await verdict(page);

    const context = await browser.newContext({ javaScriptEnabled: false, baseURL });
    const plain = await context.newPage();
    await plain.goto("/");
    await plain.getByRole("button", { name: example }).click();
    expect(await verdict(plain)).toEqual(here);
    expect(plain.url()).toBe(`${baseURL}/`);
    await context.close();
  });
}

test("the verdict of a posted form stays when the page comes alive", async ({ page, baseURL }) => {
  const form = { duration: "0", src_bytes: "0", dst_bytes: "0", count: "511", srv_count: "511" };
  await page.goto("/");
  await page.setContent(`<form method="post" action="${baseURL}/">${Object.entries(form)
    .map(([name, value]) => `<input name="${name}" value="${value}">`)
    .join("")}<button>send</button></form>`);
  await page.getByRole("button", { name: "send" }).click();
  await expect(page.getByTestId("drop-zone")).toHaveAttribute("data-ready", "true");
  await expect(page.getByTestId("result-status")).toHaveText("Anomaly");
  await expect(page.getByTestId("field-count")).toHaveValue("511");
});
