import { expect, test } from "@playwright/test";
import { connections, csv } from "./rows";
import { expectScored, open, pick } from "./workbench";

test("no request leaves the page while a file is scored, looked at and exported", async ({ page, context }) => {
  await open(page);
  const requests: string[] = [];
  context.on("request", (request) => {
    // What the page makes and reads itself never reaches a network.
    if (!request.url().startsWith("blob:")) requests.push(request.url());
  });
  await pick(page, csv(connections(3000)));
  await expectScored(page, 3000);
  await page.getByTestId("threshold").fill("75");
  await page.getByTestId("model-picker").selectOption({ index: 1 });
  const download = page.waitForEvent("download");
  await page.getByTestId("download-results").click();
  await (await download).path();
  await page.getByRole("button", { name: "40 s, ten connections" }).click();
  await expect(page.getByTestId("result-status")).toBeVisible();
  expect(requests).toEqual([]);
  await expect(page.getByTestId("no-upload-proof")).toHaveAttribute("data-requests", "0");
});

test("files are scored without a connection once the page is ready", async ({ page, context }) => {
  await open(page);
  await context.setOffline(true);
  await pick(page, csv(connections(300)));
  await expectScored(page, 300);
});

test("a worker that tries to send a byte is refused by the browser", async ({ page }) => {
  await open(page);
  await page.getByText("left this browser").click();
  await page.getByRole("button", { name: "Have a worker try to send a byte" }).click();
  await expect(page.getByTestId("proof-result")).toContainText("The browser refused");
});

test("page and worker are served with their policies", async ({ page }) => {
  const answer = await page.request.get("/");
  const policy = answer.headers()["content-security-policy"];
  for (const rule of ["default-src 'none'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]) {
    expect(policy).toContain(rule);
  }
  expect(policy).not.toContain("unsafe-inline");
  expect((await page.request.get("/worker.js")).headers()["content-security-policy"]).toContain("connect-src 'none'");
  expect(answer.headers()).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
});

test("nothing is set, stored or asked of others, and the console is silent", async ({ page, context, baseURL }) => {
  const foreign: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(`${baseURL}/`)) foreign.push(request.url());
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  for (const address of ["/models", "/about", "/"]) await page.goto(address);
  await expect(page.getByTestId("drop-zone")).toHaveAttribute("data-ready", "true");
  await page.getByRole("button", { name: "40 s, ten connections" }).click();
  await pick(page, csv(connections(300)));
  await expectScored(page, 300);
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
  expect(await context.cookies()).toEqual([]);
  expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
});
