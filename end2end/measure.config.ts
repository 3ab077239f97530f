/** What is measured in the browser and not asserted: no part of the tests. */
import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

export default defineConfig({ ...tests, testDir: "measure" });
