import { expect, test } from "@playwright/test";

test("the models page shows every model with data, figures and limits", async ({ page }) => {
  await page.goto("/models");
  await expect(page).toHaveTitle("Models · Oddflow");
  const cards = page.getByTestId("model-card");
  await expect(cards).toHaveCount(3);
  for (const card of await cards.all()) {
    await card.locator("summary").click();
    await expect(card.locator("tbody tr").filter({ hasText: "isolation forest" }).first()).toBeVisible();
    await expect(card.locator("tbody tr").filter({ hasText: "autoencoder" }).first()).toBeVisible();
    await expect(card).toContainText(/Trained on .* normal rows/);
    await expect(card).toContainText(/[0-9a-f]{64}/);
    expect(await card.locator("ul li").count()).toBeGreaterThan(0);
    const file = await page.request.get((await card.getByRole("link", { name: /model file/ }).getAttribute("href"))!);
    expect(file.status()).toBe(200);
  }
});

test("the about page tells version, privacy and licences", async ({ page }) => {
  await page.goto("/about");
  await expect(page).toHaveTitle("About · Oddflow");
  for (const heading of ["Privacy", "Version", "Licences"]) {
    await expect(page.getByRole("heading", { name: heading })).toBeVisible();
  }
  await expect(page.locator("main")).toContainText(/Oddflow \d+\.\d+\.\d+/);
});

test("an unknown address gives 404 and a way back", async ({ page }) => {
  const response = await page.goto("/nothing-here");
  expect(response?.status()).toBe(404);
  await expect(page).toHaveTitle("Not found · Oddflow");
  await page.getByRole("link", { name: "To the start" }).click();
  await expect(page.getByTestId("analyze")).toBeVisible();
});

test("one gets from page to page and back", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByTestId("drop-zone")).toHaveAttribute("data-ready", "true");
  await page.getByRole("link", { name: "Models" }).click();
  await expect(page.getByTestId("model-card")).toHaveCount(3);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Data" }).click();
  await expect(page.getByTestId("distributions")).toBeVisible();
  await page.getByRole("link", { name: "About" }).click();
  await expect(page.getByRole("heading", { name: "Privacy" })).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId("distributions")).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId("model-card")).toHaveCount(3);
  await page.getByRole("link", { name: "Score" }).click();
  await expect(page.getByTestId("drop-zone")).toHaveAttribute("data-ready", "true");
  await page.getByRole("button", { name: "40 s, ten connections" }).click();
  await expect(page.getByTestId("result-status")).toBeVisible();
  await page.getByTestId("sample").click();
  await expect(page.getByTestId("rows-scored")).toBeVisible();
});

test("a scored file is still there after a look at the models", async ({ page, context }) => {
  await page.goto("/");
  await page.getByTestId("sample").click();
  await expect(page.getByTestId("rows-scored")).toBeVisible();
  const beside = context.waitForEvent("page");
  await page.getByRole("link", { name: "Models" }).click();
  await expect((await beside).getByRole("heading", { name: "The models", exact: true })).toBeVisible();
  await expect(page.getByTestId("rows-scored")).toBeVisible();
});

test("the models are listed by the API", async ({ page }) => {
  const { models } = await (await page.request.get("/api/v1/models")).json();
  expect(models.map((model: { view: string }) => model.view).toSorted()).toEqual(["kdd28", "kdd41", "kdd5"]);
});
