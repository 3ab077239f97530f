import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

/** The system's Chromium: nothing is downloaded. `CHROMIUM` names another one. */
const chromium = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path && existsSync(path));
if (!chromium) {
  throw new Error("no Chromium found: run scripts/setup test, or set CHROMIUM to its path");
}

/** Not the port of `make run`, which may be running meanwhile. */
const address = "127.0.0.1:3100";
const target = process.env.CARGO_TARGET_DIR ?? "target";
/** `BASE_URL` names a server that runs already; otherwise one is started. */
const running = process.env.BASE_URL;

export default defineConfig({
  testDir: "tests",
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  use: {
    baseURL: running ?? `http://${address}`,
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: chromium,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  webServer: running ? undefined : {
    command: `${target}/release/oddflow serve --addr ${address}`,
    cwd: "..",
    url: `http://${address}/healthz`,
    reuseExistingServer: false,
    timeout: 20_000,
    stdout: "ignore",
    stderr: "pipe",
  },
});
