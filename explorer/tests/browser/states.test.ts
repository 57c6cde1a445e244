/** What the page shows where there is nothing, and what leads on from there. */

import { expect, test } from "vitest";
import { inked, opened, still, titles } from "./page";

const filter = (told: object) => `f=${encodeURIComponent(JSON.stringify(told))}`;

test("a cluster and a row that are not there are said in their place, with a way on", async () => {
  const { page } = await opened("cluster=99999&row=88888");
  const right = page.locator(".right");
  await right.getByText(/no cluster 99999/).waitFor();
  await right.getByText(/rows go from/).waitFor();
  expect(await right.getByText(/Loading/).count()).toBe(0);
  await right.getByRole("button", { name: "Close" }).click();
  await right.getByRole("button", { name: "Leave the cluster" }).click();
  await right.getByRole("heading", { name: "How clear the clusters are" }).waitFor();
  expect(await right.getByRole("alert").count()).toBe(0);
  await page.close();
});

test("an explorer that is gone is said, and asked again when it is back", async () => {
  const { page } = await opened();
  await page.context().route("**/api/**", (route) => route.abort());
  await page.locator("#search").fill("rocket");
  await page.keyboard.press("Enter");
  const right = page.locator(".right");
  await right.getByText(/does not answer/).waitFor();
  expect(await right.getByText("Searching…").count()).toBe(0);
  await page.context().unroute("**/api/**");
  await right.getByRole("button", { name: "Try again" }).click();
  await right.getByRole("heading", { name: /Rows with/ }).waitFor();
  await right.locator(".rows .text").first().waitFor();
  await page.close();
});

test("a level that is not there gives way to the run's own, in words", async () => {
  const { page } = await opened("layer=99");
  await page.getByText(/no level 99/).waitFor();
  await page.waitForURL((url) => !url.search.includes("layer"));
  expect((await titles(page)).length).toBeGreaterThan(1);
  await page.close();
});

test("columns that are not there are named and left out of the address", async () => {
  const strange = { column: "column:nosuch", kind: "range", low: 0, high: 1 };
  const { page } = await opened(`colour=column:gone&${filter(strange)}`);
  await page.getByText("no column “gone” and “nosuch”").waitFor();
  await page.waitForURL((url) => !/colour|f=/.test(url.search));
  expect(await page.locator(".map-bar > label select").inputValue()).toBe("cluster");
  expect(await page.locator(".filters > summary").innerText()).toMatch(/^Filter\b/);
  await page.close();
});

test("filters that leave nothing are said on the map, without titles, and taken off there", async () => {
  const { page } = await opened(
    filter({ column: "column:length", kind: "range", low: 99999, high: null }),
  );
  await page.getByText("No row passes the filters.").waitFor();
  await still(page);
  const written = () =>
    page.evaluate(() => {
      const over = document.querySelector<HTMLCanvasElement>(".stage .over")!;
      const { data } = over.getContext("2d")!.getImageData(0, 0, over.width, over.height);
      return data.some((value) => value > 0);
    });
  expect(await written()).toBe(false);
  await page.getByRole("button", { name: "Remove the filters" }).click();
  await still(page);
  expect(await written()).toBe(true);
  expect(await inked(page)).toBeGreaterThan(200);
  await page.close();
});

test("an end of a range that is left empty is open, and a filter cannot be empty", async () => {
  const { page } = await opened();
  await page.locator(".filters > summary").click();
  for (const column of ["outlier_score", "column:length"]) {
    await page.getByLabel("Column").selectOption(column);
    await page.getByText(/The rows go from [\d.]+ to [\d.]+\./).waitFor();
    expect(await page.getByRole("button", { name: "Add" }).isDisabled()).toBe(true);
  }
  await page.getByLabel("to", { exact: true }).fill("1000");
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByText("202 rows are left").waitFor();
  await page.getByText("length: up to 1,000").waitFor();
  await page.close();
});

test("the first panel says in plain words how clear the clusters are, the scores in a fold", async () => {
  const { page } = await opened();
  const right = page.locator(".right");
  await right
    .getByText(/clear|blur|overlap/)
    .first()
    .waitFor();
  const shown = await right.innerText();
  expect(shown).not.toMatch(/modularity|separation|silhouette/i);
  await right.getByText("How their number was chosen").click();
  expect(await right.innerText()).toMatch(/Chosen|asked for|given/);
  await page.close();
});
