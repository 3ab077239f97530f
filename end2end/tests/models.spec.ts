import { readFileSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Locator, type Page } from "@playwright/test";

type Spread = { mean: number };
type Figures = Record<string, Spread>;
type Confusion = { true_positives: number; false_positives: number; true_negatives: number; false_negatives: number };
type Model = { name: string; title: string; is_baseline: boolean; figures: Figures; confusion: Confusion; recall_by_attack: unknown[] };
type Protocol = { name: string; leak: string | null; classes: [string, string]; models: Model[]; references: { source: string }[] };
type Report = { protocols: Protocol[]; folds: unknown[]; importance: unknown[]; sequence: unknown[] };

/** What the page shows: the file that `make evaluate` wrote. */
const REPORT: Report = JSON.parse(readFileSync(join(import.meta.dirname, "../../models/evaluation.json"), "utf8"));
const address = (protocol: Protocol) => `/models?protocol=${protocol.name.replace(/[^a-z0-9]+/gi, "-").replace(/-$/, "")}`;
const USUAL = REPORT.protocols.find(({ name }) => name === "P1")!;

const OF_PROTOCOL = ["comparison", "roc", "pr", "threshold", "calibration", "confusion", "scores", "reconstruction", "pca", "attacks"].map((name) => `chart-${name}`);
const BEYOND = ["chart-folds", "chart-importance", "chart-sequence"];

/** Every figure in the table equals that of the report. */
async function expectFigures(page: Page, protocol: Protocol) {
  const cells = await page.getByTestId("protocol-table").locator("tr[data-model] td[data-figure]").evaluateAll((cells) =>
    cells.map((cell) => [cell.closest<HTMLElement>("tr")!.dataset.model, (cell as HTMLElement).dataset.figure, Number((cell as HTMLElement).dataset.value)]));
  const wanted = protocol.models.flatMap(({ name, figures }) => Object.entries(figures).map(([figure, { mean }]) => [name, figure, mean]));
  const sorted = (rows: unknown[][]) => rows.map((row) => JSON.stringify(row)).toSorted();
  expect(sorted(cells.filter(([model]) => model !== "oracle"))).toEqual(sorted(wanted));
}

/** Moves the pointer over the middle of a chart. */
async function hover(page: Page, drawing: Locator) {
  await drawing.scrollIntoViewIfNeeded();
  const box = (await drawing.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.7);
}

test("every chart is there with its sentence and its numbers", async ({ page }) => {
  await page.goto("/models");
  await expect(page.getByTestId("protocol")).toHaveAttribute("data-protocol", "P1");
  for (const id of [...OF_PROTOCOL, ...BEYOND]) {
    await expect(page.getByTestId(id).first(), id).toBeVisible();
  }
  const drawings = page.locator("[data-drawing]");
  expect(await drawings.count()).toBeGreaterThan(12);
  for (const drawing of await drawings.all()) {
    await expect(drawing).toHaveAccessibleName(/\.$/);
    expect(await drawing.locator("svg:visible").count()).toBe(1);
  }
  for (const numbers of await page.locator("figure .numbers").all()) {
    expect(await numbers.locator("tbody tr").count()).toBeGreaterThan(0);
  }
});

for (const protocol of REPORT.protocols) {
  test(`the figures of ${protocol.name} are those of the report`, async ({ page }) => {
    await page.goto(address(protocol));
    await expect(page.getByTestId("protocol")).toHaveAttribute("data-protocol", protocol.name);
    await expectFigures(page, protocol);
    for (const { name, confusion } of protocol.models.filter(({ is_baseline }) => !is_baseline)) {
      const matrix = page.getByTestId("chart-confusion").locator(`[data-model="${name}"]`);
      await expect(matrix.getByTestId("true-positives")).toHaveText(confusion.true_positives.toLocaleString("en"));
      await expect(matrix.getByTestId("false-positives")).toHaveText(confusion.false_positives.toLocaleString("en"));
      await expect(matrix.getByTestId("true-negatives")).toHaveText(confusion.true_negatives.toLocaleString("en"));
      await expect(matrix.getByTestId("false-negatives")).toHaveText(confusion.false_negatives.toLocaleString("en"));
    }
    await expect(page.getByTestId("protocol")).toContainText(`of them ${protocol.classes[1]}`);
    await expect(page.getByTestId("chart-confusion").locator("tbody th").first()).toHaveText(protocol.classes[0]);
    const nTargets = protocol.references.filter(({ source }) => source === "target").length;
    await expect(page.getByTestId("targets").locator("tbody tr")).toHaveCount(nTargets);
    await expect(page.getByTestId("targets").locator("tbody tr", { hasText: /✓ met|✗ missed|not measured/ })).toHaveCount(nTargets);
    // What leaks says so on every chart. Where outliers have no types there is no chart of them.
    const hasTypes = protocol.models[0]!.recall_by_attack.length > 1;
    await expect(page.getByTestId("chart-attacks")).toHaveCount(hasTypes ? 1 : 0);
    for (const id of OF_PROTOCOL.filter((id) => hasTypes || id !== "chart-attacks")) {
      await expect(page.getByTestId(id).getByTestId("leaks"), id).toHaveCount(protocol.leak ? 1 : 0);
    }
  });
}

test("the headline is recall at a calibrated rate, the rate that came out, and ROC AUC", async ({ page }) => {
  await page.goto("/models");
  const { figures } = USUAL.models[0]!;
  for (const [id, figure] of [["recall", "recall"], ["rate", "false_alarm_rate"], ["auc", "roc_auc"], ["macro", "macro_recall"]]) {
    await expect(page.getByTestId(`headline-${id}`)).toHaveAttribute("data-value", String(figures[figure!]!.mean));
  }
  expect(await page.getByTestId("traps").locator("li").count()).toBeGreaterThan(2);
});

test("a protocol that is not known gives 404 and the usual one", async ({ page }) => {
  const response = await page.goto("/models?protocol=P99");
  expect(response?.status()).toBe(404);
  await expect(page.getByText("There is no protocol “P99”")).toBeVisible();
  await expect(page.getByTestId("protocol")).toHaveAttribute("data-protocol", "P1");
});

test("pointer and keys show values, Escape hides them", async ({ page }) => {
  await page.goto("/models");
  const tip = page.locator(".tip");
  for (const id of [...OF_PROTOCOL.filter((id) => id !== "chart-confusion"), ...BEYOND]) {
    await hover(page, page.getByTestId(id).first().locator("[data-drawing]").first());
    await expect(tip, id).toBeVisible();
    await expect(tip, id).toHaveText(/\d/);
  }
  const roc = page.getByTestId("chart-roc").locator("[data-drawing]");
  await roc.focus();
  await page.keyboard.press("Home");
  await expect(tip).toHaveText(new RegExp(`^${USUAL.models[0]!.title}: recall .* at false-alarm rate `));
  await expect(tip).toHaveAttribute("aria-live", "polite");
  const first = await tip.innerText();
  await page.keyboard.press("ArrowRight");
  await expect(tip).not.toHaveText(first);
  await page.keyboard.press("Escape");
  await expect(tip).toBeHidden();
  await expect(page.locator(".tip-mark")).toHaveCount(0);
});

test("Escape hides a value without any focus, and losing the focus hides only the value of that chart", async ({ page }) => {
  await page.goto("/models");
  const tip = page.locator(".tip");
  const [roc, curve] = ["chart-roc", "chart-pr"].map((id) => page.getByTestId(id).locator("[data-drawing]"));
  await hover(page, roc!);
  await expect(tip).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(tip).toBeHidden();
  // A tap moves the mark to the second chart first, then the focus.
  await roc!.focus();
  await page.keyboard.press("Home");
  await curve!.dispatchEvent("pointerdown", { clientX: 0, clientY: 0, pointerType: "touch" });
  await curve!.focus();
  await expect(tip).toBeVisible();
  await expect(curve!.locator(".tip-mark")).toHaveCount(1);
  await curve!.blur();
  await expect(tip).toBeHidden();
});

for (const width of [320, 568, 768, 1280]) {
  test(`${width} px: the text of every chart is 10 to 16 pixels high`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/models");
    const sizes = await page.locator("[data-drawing] svg:visible").evaluateAll((drawings) =>
      drawings.map((drawing) => {
        const svg = drawing as SVGSVGElement;
        const drawn = parseFloat(getComputedStyle(svg.querySelector("text")!).fontSize);
        return (drawn * svg.getBoundingClientRect().width) / svg.viewBox.baseVal.width;
      }));
    expect(sizes.length).toBeGreaterThan(12);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(16);
  });
}

test("a skip link leads to the content of every page", async ({ page }) => {
  for (const address of ["/", "/models", "/about", "/nothing-here"]) {
    await page.goto(address);
    await expect(page.locator("a.skip"), address).toHaveAttribute("href", "#main");
    await expect(page.locator("main#main"), address).toHaveCount(1);
  }
});

test("the page keeps its policy and asks nobody else", async ({ page, baseURL }) => {
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => request.url().startsWith(baseURL!) || problems.push(request.url()));
  await page.goto("/models");
  await hover(page, page.getByTestId("chart-roc").locator("[data-drawing]"));
  await expect(page.locator(".tip")).toBeVisible();
  expect(problems).toEqual([]);
});

test.describe("with JavaScript off", () => {
  test.use({ javaScriptEnabled: false });

  test("protocols are picked by links, and pictures and tables are there", async ({ page }) => {
    await page.goto("/models");
    const picker = page.getByTestId("protocol-picker");
    await expect(picker.getByRole("link")).toHaveCount(REPORT.protocols.length);
    const other = REPORT.protocols.find(({ name }) => name !== "P1")!;
    await picker.locator(`a[href^="${address(other)}#"]`).click();
    await expect(page.getByTestId("protocol")).toHaveAttribute("data-protocol", other.name);
    await expect(picker.locator("[aria-current]")).toContainText(other.name);
    await expect(page.getByTestId("chart-roc").locator("svg").first()).toBeVisible();
    await page.getByTestId("chart-roc").getByText("Numbers").click();
    await expect(page.getByTestId("chart-roc").locator("tbody tr").first()).toBeVisible();
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`${colorScheme}: nothing is wider than the window, also with everything unfolded, and axe finds nothing`, async ({ page }) => {
    test.slow();
    await page.emulateMedia({ colorScheme });
    await page.goto("/models");
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
    for (const width of [1280, 760, 360, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await expect.soft.poll(() => page.evaluate(() => document.scrollingElement!.scrollWidth), { message: `${width} px` }).toBeLessThanOrEqual(width);
    }
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join("; ")}`)).toEqual([]);
  });
}

test("the page is small enough for a phone", async ({ page }) => {
  const plain = await page.request.get(address(USUAL), { headers: { "accept-encoding": "identity" } });
  expect((await plain.body()).length).toBeLessThan(1_200_000);
});
