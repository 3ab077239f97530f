import { expect, test } from "@playwright/test";

test("the first page answers", async ({ page }) => {
  const response = await page.goto("/");
  expect(response?.status()).toBe(200);
});
