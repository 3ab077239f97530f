import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { defineConfig } from "@playwright/test";

/** The system's Chromium: nothing is downloaded. `CHROMIUM` names another one; scripts/setup looks for the same names. */
function findChromium(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const candidates = process.env.CHROMIUM ? [process.env.CHROMIUM] : names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const chromium = candidates.find((path) => existsSync(path));
  if (!chromium) throw new Error(`no Chromium at ${process.env.CHROMIUM ?? "PATH"}: run scripts/setup test, or set CHROMIUM to its path`);
  return chromium;
}

/** Not the port of `make run`, which may be running meanwhile. */
const address = "127.0.0.1:3100";
const repository = join(import.meta.dirname, "..");
const target = resolve(repository, process.env.CARGO_TARGET_DIR ?? "target");
/** `BASE_URL` names a server that runs already; otherwise one is started. */
const running = process.env.BASE_URL;

export default defineConfig({
  testDir: "tests",
  // Generous: they end what hangs, and say nothing about speed.
  timeout: 90_000,
  expect: { timeout: 15_000 },
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  use: {
    baseURL: running ?? `http://${address}`,
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: findChromium(),
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
    cwd: repository,
    url: `http://${address}/healthz`,
    reuseExistingServer: false,
    timeout: 20_000,
    stdout: "ignore",
    stderr: "pipe",
  },
});
