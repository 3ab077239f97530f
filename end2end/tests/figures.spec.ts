/** The page's figures are those of `oddflow evaluate`, for every model. */
import { expect, test } from "@playwright/test";
import { cardOf, confusion, evaluationOfSample, open, scoreSample } from "./workbench";

/** A share as the page writes it says as much as its decimals. */
function expectShare(text: string, value: number, what: string) {
  const [, digits, decimals = ""] = /^(\d+(?:\.(\d+))?)/.exec(text)!;
  const unit = text.includes("%") ? 100 : 1;
  expect(Math.abs(Number(digits) - unit * value), `${what}: ${text}, ${value}`).toBeLessThanOrEqual(0.5001 * 10 ** -decimals.length);
}

test("areas, average precision, outcomes and recall by attack, for every model", async ({ page }) => {
  const { models } = evaluationOfSample();
  await open(page);
  await scoreSample(page);
  const titles = await page.getByTestId("model-picker").locator("option").allInnerTexts();
  expect(titles).toHaveLength(models.length);
  await page.getByText("Recall by attack type").click();
  for (const [index, title] of titles.entries()) {
    const of = models[index];
    expect(of.model).toBe(title === titles[0] ? "ensemble" : of.model);
    await page.getByTestId("model-picker").selectOption({ label: title });
    await expect(page.getByTestId("chart-roc")).toHaveAccessibleName(new RegExp(`${title} at risk 50 and above`));
    await expect(page.getByTestId("chart-pr")).toHaveAccessibleName(new RegExp(`${title} at risk 50 and above`));
    for (const [chart, value] of [["chart-roc", of.roc_auc], ["chart-pr", of.average_precision]] as const) {
      const name = (await page.getByTestId(chart).getAttribute("aria-label"))!;
      expectShare(new RegExp(`(?:: |, )${title} (\\d\\.\\d+)`).exec(name)![1], value, `${chart} of ${title}`);
    }
    const { true_positives, false_positives, true_negatives, false_negatives } = of.confusion;
    expect(await confusion(page), title).toEqual({ truePositives: true_positives, falsePositives: false_positives, trueNegatives: true_negatives, falseNegatives: false_negatives });
    const figures = Object.fromEntries(await page.locator(".figures > div").evaluateAll((figures) => figures.map((figure) => [figure.querySelector("dt")!.textContent, figure.querySelector("dd")!.textContent])));
    for (const [name, value] of [["Accuracy", of.accuracy], ["Precision", of.precision], ["Recall", of.recall], ["F1", of.f1], ["False alarms", of.false_alarm_rate]] as const) {
      expectShare(figures[name]!, value, `${name} of ${title}`);
    }
    const rows = cardOfConfusion(page).locator("tbody tr").filter({ has: page.locator("button.link") });
    await expect(rows).toHaveCount(Object.keys(of.recall_by_attack).length);
    for (const row of await rows.all()) {
      const [type, , n, found] = await row.locator("th, td").allInnerTexts();
      expect(Number(n.replaceAll(",", "")), type).toBe(of.recall_by_attack[type].n);
      expectShare(found, of.recall_by_attack[type].found / of.recall_by_attack[type].n, `${type} by ${title}`);
    }
  }
});

const cardOfConfusion = (page: Parameters<typeof cardOf>[0]) => page.getByTestId("chart-confusion");

test("the threshold's words and Best F1 agree with them", async ({ page }) => {
  const { models: [ensemble] } = evaluationOfSample();
  await open(page);
  await scoreSample(page);
  const said = await page.getByTestId("threshold-meaning").innerText();
  const [, recall, precision, f1] = /recall ([\d.]+ %) · precision ([\d.]+ %) · F1 ([\d.]+)/.exec(said)!;
  expectShare(recall, ensemble.recall, "recall");
  expectShare(precision, ensemble.precision, "precision");
  expectShare(f1, ensemble.f1, "F1");
  await page.getByTestId("best-f1").click();
  const best = Number(/F1 ([\d.]+)/.exec(await page.getByTestId("threshold-meaning").innerText())![1]);
  // The slider has steps of a tenth, the command line every threshold there is.
  expect(best).toBeGreaterThanOrEqual(Number(f1));
  expect(best).toBeLessThanOrEqual(ensemble.best_f1 + 0.0005);
  expect(best).toBeGreaterThan(ensemble.best_f1 - 0.01);
});
