/** Edits, undo and verdicts; each test leaves the run as it found it. */

import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { opened, titles } from "./page";

test("rename, note, merge, split, dissolve, noise: each is undone and redone", async () => {
  const { page } = await opened();
  const start = await titles(page);
  const open = async () => {
    await page.locator(".list .entry").first().click();
    await page.getByText("Change this cluster").click();
  };
  const edits = (n: number) =>
    page.getByRole("button", { name: n ? `Edits ${n}` : "Edits", exact: true }).waitFor();

  await page.locator(".list .entry").first().click();
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("Title", { exact: true }).fill("My own name");
  await page.keyboard.press("Enter");
  await edits(1);
  await page.getByRole("heading", { name: "My own name" }).waitFor();
  await page.waitForFunction(
    () => document.querySelector(".entry .title")?.textContent === "My own name",
  );

  await open();
  await page.getByLabel("Note", { exact: true }).fill("look again");
  await page.getByRole("button", { name: "Save note" }).click();
  await edits(2);
  await page.locator(".entry .flag").waitFor();

  await page.getByLabel("Merge with").fill(start[1]!);
  await page.getByRole("button", { name: "Merge", exact: true }).click();
  await edits(3);
  await page.waitForFunction(
    (n) => document.querySelectorAll(".list .entry").length === n,
    start.length - 1,
  );
  await page.getByText(/^Measured again after its last edit/).waitFor();

  await page.getByLabel("Split into").fill("2");
  await page.getByRole("button", { name: "Split", exact: true }).click();
  await edits(4);
  await page.waitForFunction(
    (n) => document.querySelectorAll(".list .entry").length === n,
    start.length,
  );

  await page.getByRole("button", { name: "Dissolve into the nearest" }).click();
  await edits(5);
  await page.waitForFunction(
    (n) => document.querySelectorAll(".list .entry").length === n,
    start.length - 1,
  );
  // a cluster that is open already would be closed by another click
  const change = page.getByText("Change this cluster");
  if (!(await change.isVisible())) await page.locator(".list .entry").first().click();
  await change.click();
  await page.getByRole("button", { name: "Mark all as noise" }).click();
  await edits(6);
  await page.getByText(/rows? with no cluster/).waitFor();

  await page.getByRole("button", { name: "Edits 6" }).click();
  expect(await page.locator(".history li").count()).toBe(6);
  const undo = page.getByRole("banner").getByRole("button", { name: "Undo" });
  for (let n = 5; n >= 0; n--) {
    await undo.click();
    await edits(n);
  }
  await page.waitForFunction(
    (t) => document.querySelector(".list .entry .title")?.textContent === t,
    start[0],
  );
  expect(await titles(page)).toEqual(start);
  const redo = page.getByRole("banner").getByRole("button", { name: "Redo" });
  await redo.click();
  await edits(1);
  await page.keyboard.press("Control+z");
  await edits(0);
  await page.close();
});

test("selected rows become a cluster, move to another, or noise", async () => {
  const { page } = await opened("q=penalty");
  const n = (await titles(page)).length;
  await page.getByRole("button", { name: "Make a new cluster" }).click();
  await page.waitForFunction((m) => document.querySelectorAll(".list .entry").length > m, n);
  await page.waitForURL((url) => url.search.includes("cluster=") && !url.search.includes("q="));
  await page.getByRole("heading", { name: "Typical rows" }).waitFor();

  await page.locator("#search").fill("penalty");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /Rows with/ }).waitFor();
  const other = (await titles(page))[0]!;
  await page.getByLabel("Move to cluster").fill(other);
  await page.getByRole("button", { name: "Move", exact: true }).nth(1).click();
  // the words of the edit before begin alike, and nothing is taken while an edit is being saved
  await page
    .getByText(/^Moved \d+ rows to/)
    .filter({ hasText: other })
    .first()
    .waitFor();
  await page.getByRole("button", { name: "Mark as noise" }).click();
  await page
    .getByText(/^Took \d+ rows out of their clusters/)
    .first()
    .waitFor();
  await page.locator(".spread").getByText("no cluster").waitFor();
  const undo = page.getByRole("banner").getByRole("button", { name: "Undo" });
  for (let i = 2; i >= 0; i--) {
    await undo.click();
    await page.getByRole("button", { name: i ? `Edits ${i}` : "Edits", exact: true }).waitFor();
  }
  await page.close();
});

test("a tab that is behind is told, sees what is new, and loses nothing", async () => {
  const one = await opened();
  const two = await opened();
  await one.page.locator(".list .entry").first().click();
  await two.page.locator(".list .entry").first().click();
  for (const { page } of [one, two]) await page.getByText("Change this cluster").click();
  await one.page.getByLabel("Note", { exact: true }).fill("from the first");
  await one.page.getByRole("button", { name: "Save note" }).click();
  await one.page.getByRole("button", { name: "Edits 1" }).waitFor();
  await two.page.getByLabel("Note", { exact: true }).fill("from the second");
  await two.page.getByRole("button", { name: "Save note" }).click();
  await two.page.getByText(/edited elsewhere/).waitFor();
  await two.page.getByRole("button", { name: "Edits 1" }).waitFor();
  // what the second wrote is still there, beside what the first noted, and may be saved now
  const note = two.page.getByLabel("Note", { exact: true });
  await two.page.getByText("Elsewhere it was noted: from the first").waitFor();
  expect(await note.inputValue()).toBe("from the second");
  await two.page.getByRole("button", { name: "Save note" }).click();
  await two.page.getByRole("button", { name: "Edits 2" }).waitFor();
  expect(await note.inputValue()).toBe("from the second");
  await two.page.getByRole("banner").getByRole("button", { name: "Undo" }).click();
  await two.page.getByRole("button", { name: "Edits 1" }).waitFor();
  await two.page.getByRole("banner").getByRole("button", { name: "Undo" }).click();
  await two.page.getByRole("button", { name: "Edits", exact: true }).waitFor();
  await one.page.close();
  await two.page.close();
});

test("a title that is being written outlives somebody else's", async () => {
  const one = await opened();
  const two = await opened();
  for (const { page } of [one, two]) {
    await page.locator(".list .entry").first().click();
    await page.getByRole("button", { name: "Rename" }).click();
  }
  const title = (page: Page) => page.getByLabel("Title", { exact: true });
  await title(one.page).fill("from the first");
  await one.page.keyboard.press("Enter");
  await one.page.getByRole("button", { name: "Edits 1" }).waitFor();
  await title(two.page).fill("from the second");
  await two.page.keyboard.press("Enter");
  await two.page.getByText(/edited elsewhere/).waitFor();
  await two.page.getByText("Elsewhere it was named “from the first”.").waitFor();
  expect(await title(two.page).inputValue()).toBe("from the second");
  await two.page.getByRole("button", { name: "Edits", exact: false }).last().click();
  await two.page
    .locator(".history")
    .getByText(/from the first/)
    .waitFor();
  expect(await two.page.locator(".history time").first().getAttribute("datetime")).toMatch(/T/);
  await two.page.getByRole("banner").getByRole("button", { name: "Undo" }).click();
  await two.page.getByRole("button", { name: "Edits", exact: true }).waitFor();
  await one.page.close();
  await two.page.close();
});

test("odd rows and duplicates are accepted, rejected, and undecided again", async () => {
  const { page } = await opened("panel=same");
  await page.getByText(/\d+ rows in \d+ groups that say the same\./).waitFor();
  const accept = page.getByRole("button", { name: "Accept" }).first();
  await accept.click();
  await page.locator('[data-verdict="accept"]').waitFor();
  await accept.click();
  await page.waitForFunction(() => !document.querySelector('[data-verdict="accept"]'));
  // what was taken back by hand is two edits, and other tests begin without any
  const undo = page.getByRole("banner").getByRole("button", { name: "Undo" });
  for (const left of ["Edits 1", "Edits"]) {
    await undo.click();
    await page.getByRole("button", { name: left, exact: true }).waitFor();
  }
  await page.getByRole("button", { name: "Odd rows" }).click();
  await page.waitForURL(/panel=odd/);
  const odd = page.locator(".reviews > li");
  await Promise.race([odd.first().waitFor(), page.getByText("no row an anomaly").waitFor()]);
  if (await odd.count()) {
    expect(await odd.first().locator(".extra").innerText()).toMatch(/farther|likeness/);
    await odd.first().getByRole("button", { name: "Reject" }).click();
    await page.locator('[data-verdict="reject"]').waitFor();
    await undo.click();
    await page.waitForFunction(() => !document.querySelector('[data-verdict="reject"]'));
  }
  await page.close();
});
