/** Every feature of the page as a person uses it. */

import { readFileSync } from "node:fs";
import axe from "axe-core";
import { expect, test } from "vitest";
import { inked, opened, ROOT, ready, still, titles } from "./page";

const PHONE = { width: 390, height: 844 };

test("the first picture: points, titles, list, nothing from elsewhere, no error", async () => {
  const { page, errors, asked } = await opened();
  await still(page);
  expect(await inked(page)).toBeGreaterThan(200);
  expect((await titles(page)).length).toBeGreaterThan(2);
  expect(await page.locator(".left h2").innerText()).toMatch(/^\d+ clusters$/);
  expect(page.url()).toBe(ROOT);
  expect(asked.filter((url) => !url.startsWith(ROOT) && !url.startsWith("data:"))).toEqual([]);
  expect(errors).toEqual([]);
});

test("hovering shows a text, the wheel zooms, keys move, and the address keeps the place", async () => {
  const { page } = await opened();
  await still(page);
  const box = (await page.locator(".over").boundingBox())!;
  const at = await page.evaluate(() => {
    const dots = document.querySelector<HTMLCanvasElement>(".stage .dots")!;
    const copy = document.createElement("canvas");
    copy.width = dots.width;
    copy.height = dots.height;
    const context = copy.getContext("2d")!;
    context.drawImage(dots, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    for (let i = 3; i < data.length; i += 4) {
      if (data[i]! > 150) {
        const pixel = (i - 3) / 4;
        const ratio = dots.width / dots.clientWidth;
        return [(pixel % copy.width) / ratio, Math.floor(pixel / copy.width) / ratio] as const;
      }
    }
    return [0, 0] as const;
  });
  await page.mouse.move(box.x + at[0], box.y + at[1]);
  await page.waitForSelector(".tip:not([hidden])");
  expect(await page.locator(".tip").innerText()).toMatch(/story \d+/);
  await page.mouse.wheel(0, -400);
  await page.waitForURL(/at=/);
  await page.locator(".over").focus();
  const before = page.url();
  await page.keyboard.press("ArrowRight");
  await page.waitForURL((url) => url.href !== before);
  await page.keyboard.press("0");
  await page.waitForURL((url) => !url.search.includes("at="));
  await page.close();
});

test("dragging pans the map", async () => {
  const { page } = await opened();
  await still(page);
  const box = (await page.locator(".over").boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 80, y + 30, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/at=/);
  const told = new URL(page.url()).searchParams.get("at")!.split(",").map(Number);
  expect(told[0]).toBeLessThan(0);
  expect(told[1]).toBeGreaterThan(0);
  await page.close();
});

test("a cluster that is out of sight is brought into it when it is chosen", async () => {
  const { page } = await opened("at=1,1,40");
  await page.locator(".list .entry").first().click();
  await page.waitForURL((url) => /cluster=/.test(url.search) && !/at=1%2C1%2C40/.test(url.search));
  await still(page);
  expect(await inked(page)).toBeGreaterThan(20);
  await page.close();
});

test("a cluster's page says why, shows rows, and leads to its neighbors; back goes back", async () => {
  const { page } = await opened();
  const [first] = await titles(page);
  await page.locator(".list .entry").first().click();
  const right = page.locator(".right");
  await right.getByRole("heading", { name: first!, exact: true }).waitFor();
  for (const part of ["Typical rows", "As different as it gets inside", "Nearest clusters"]) {
    expect(await right.getByRole("heading", { name: part }).count()).toBe(1);
  }
  expect(await right.locator(".lead").first().innerText()).toMatch(/rows? are|likeness/);
  expect(await right.locator(".profile").innerText()).toMatch(/theme/);
  await right.locator(".spread .link").first().click();
  await page.waitForFunction((t) => document.querySelector(".right h2")?.textContent !== t, first);
  await page.goBack();
  await right.getByRole("heading", { name: first!, exact: true }).waitFor();
  await right.locator(".rows .row").first().click();
  await page.waitForURL(/row=/);
  expect(await page.locator(".card .whole").innerText()).toMatch(/story/);
  await page.reload();
  await ready(page);
  expect(await page.locator(".card .whole").innerText()).toMatch(/story/);
  await page.close();
});

test("search by words, by meaning, and more like a row", async () => {
  const { page } = await opened();
  await page.keyboard.press("/");
  await page.keyboard.type("rocket orbit");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=rocket/);
  const texts = page.locator(".right .rows .text");
  await texts.first().waitFor();
  for (const text of await texts.allInnerTexts()) expect(text).toMatch(/rocket.*|orbit/);
  await page.getByRole("button", { name: "Meaning" }).click();
  await page.waitForURL(/how=meaning/);
  await page.getByRole("heading", { name: /Nearest to/ }).waitFor();
  expect(await texts.first().innerText()).toMatch(/space/);
  await texts.first().click();
  await page.getByRole("button", { name: "More like this" }).click();
  await page.getByRole("heading", { name: "More like this" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: /Nearest to/ }).waitFor();
  await page.locator("#search").fill("zzzz nothing");
  await page.getByRole("button", { name: "Words" }).click();
  await page.getByText("Nothing fits.").waitFor();
  await page.close();
});

test("a lasso and a box select rows, and the selection is in the address", async () => {
  const { page } = await opened();
  await still(page);
  const box = (await page.locator(".over").boundingBox())!;
  for (const tool of ["Box", "Lasso"]) {
    await page.getByRole("button", { name: tool, exact: true }).click();
    await page.mouse.move(box.x + 20, box.y + 20);
    await page.mouse.down();
    const corners = [
      [box.width - 20, 20],
      [box.width - 20, box.height - 20],
    ] as const;
    for (const [x, y] of corners) await page.mouse.move(box.x + x, box.y + y, { steps: 5 });
    if (tool === "Lasso") await page.mouse.move(box.x + 20, box.y + box.height - 20, { steps: 5 });
    await page.mouse.up();
    await page.getByRole("heading", { name: "Selection" }).waitFor();
    expect(await page.locator(".right .lead").innerText()).toBe("202 rows");
  }
  const address = page.url();
  expect(address).toMatch(/lasso=/);
  await page.goto(address);
  await page.getByText("202 rows", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  await page.waitForURL((url) => !url.search.includes("lasso"));
  await page.close();
});

test("filters combine and hide rows from the map and the search", async () => {
  const { page } = await opened("q=story");
  await still(page);
  const before = await inked(page);
  await page.locator(".filters > summary").click();
  await page.getByLabel("Column").selectOption("column:theme");
  await page.getByLabel("space").check();
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByText("50 rows are left").waitFor();
  await page.getByLabel("Column").selectOption("column:length");
  await page.getByLabel("from", { exact: true }).fill("0");
  await page.getByLabel("to", { exact: true }).fill("47");
  await page.getByRole("button", { name: "Add" }).click();
  await page.waitForURL(/f=.*f=/);
  await page.waitForFunction(
    () => !document.querySelector(".filters")?.textContent?.includes("50 rows"),
  );
  await still(page);
  expect(await inked(page)).toBeLessThan(before);
  for (const extra of await page.locator(".right .rows .text").allInnerTexts()) {
    expect(extra).toMatch(/space/);
    expect(extra.length).toBeLessThanOrEqual(47);
  }
  await page.getByRole("button", { name: /Remove the filter on theme/ }).click();
  await page.getByRole("button", { name: /Remove the filter on length/ }).click();
  expect(new URL(page.url()).searchParams.getAll("f")).toEqual([]);
  await page.close();
});

test("colours by strength, outlier score and columns, each with its legend", async () => {
  const { page } = await opened();
  const shot = async () => {
    await still(page);
    return (await page.locator(".stage").screenshot()).toString("base64");
  };
  const seen = new Set([await shot()]);
  for (const colour of [
    "strength",
    "outlier_score",
    "column:theme",
    "column:length",
    "column:day",
  ]) {
    await page.locator(".map-bar > label select").selectOption(colour);
    await page.locator(".legend").waitFor();
    await page.waitForTimeout(300);
    seen.add(await shot());
  }
  expect(seen.size).toBe(6);
  expect(await page.locator(".legend").innerText()).toMatch(/2026-01-01/);
  await page.close();
});

test("the dial of detail moves between levels, and says that others are not edited", async () => {
  const { page } = await opened();
  const own = (await titles(page)).length;
  const dial = page.getByLabel("Detail", { exact: true });
  const most = Number(await dial.getAttribute("max"));
  expect(most).toBeGreaterThan(0);
  const start = Number(await dial.inputValue());
  await dial.focus();
  await page.keyboard.press(start > 0 ? "ArrowLeft" : "ArrowRight");
  await page.waitForURL(/layer=/);
  await page.waitForFunction((n) => document.querySelectorAll(".list .entry").length !== n, own);
  await page.getByText("Not the run's own level").waitFor();
  await page.locator(".list .entry").first().click();
  await page.getByRole("heading", { name: "Typical rows" }).waitFor();
  expect(await page.getByText("Change this cluster").count()).toBe(0);
  await page.getByRole("button", { name: /^Back to/ }).click();
  await page.waitForURL((url) => !url.search.includes("layer="));
  await page.close();
});

test("the order of the list and the letters of a title", async () => {
  const { page } = await opened();
  await page.getByLabel("Order").selectOption("title");
  const shown = await titles(page);
  expect(shown).toEqual([...shown].sort((a, b) => a.localeCompare(b)));
  await page.getByLabel("Show only clusters whose title has").fill(shown[0]!.slice(0, 5));
  expect((await titles(page)).length).toBeLessThan(shown.length);
  await page.getByLabel("Show only clusters whose title has").fill("qqqq");
  await page.getByText("No title has these letters.").waitFor();
  await page.close();
});

test("export: tables, pictures, and a copy that opens from the disk without a network", async () => {
  const { page, errors } = await opened("q=rocket");
  const saved = async (name: string) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name, exact: true }).first().click(),
    ]);
    return download;
  };
  const read = async (name: string) => readFileSync(await (await saved(name)).path());
  await page.getByText("Save these rows").click();
  const rows = (await read("CSV")).toString().trim().split("\n");
  const told = await page.locator(".right .lead").innerText();
  expect(rows.length - 1).toBe(Number.parseInt(told, 10));
  expect((await read("PARQUET")).subarray(0, 4).toString()).toBe("PAR1");
  await page.getByText("Save these rows").click();
  await page.getByText("Save", { exact: true }).click();
  expect((await read("JSONL")).toString().trim().split("\n").length).toBe(202);
  expect((await read("PNG")).subarray(1, 4).toString()).toBe("PNG");
  const svg = (await read("SVG")).toString();
  expect(svg).toMatch(/<text /);
  expect(svg).toMatch(/data:image\/png/);
  const copy = await saved("One HTML file");
  const path = `${await copy.path()}.html`;
  await copy.saveAs(path);
  expect(errors).toEqual([]);

  await page.context().setOffline(true);
  await page.goto(`file://${path}`);
  await ready(page);
  await still(page);
  expect(await inked(page)).toBeGreaterThan(200);
  await page.locator(".list .entry").first().click();
  await page.getByRole("heading", { name: "Typical rows" }).waitFor();
  await page.locator("#search").fill("rocket");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /Rows with/ }).waitFor();
  expect(page.url()).toMatch(/#.*q=rocket/);
  expect(await page.getByText("Change this cluster").count()).toBe(0);
  expect(errors).toEqual([]);
  await page.close();
});

test.each([
  ["wide and light", { width: 1400, height: 860, dark: false }],
  ["wide and dark", { width: 1400, height: 860, dark: true }],
  ["a phone", { ...PHONE, dark: false }],
])("axe finds no serious fault: %s", async (_, window) => {
  for (const choices of [
    "",
    "cluster=0",
    "q=rocket&colour=column:theme",
    "panel=same",
    "panel=odd",
    "panel=edits",
  ]) {
    const { page } = await opened(choices, window);
    await page.waitForTimeout(400);
    await page.evaluate(() => {
      for (const menu of document.querySelectorAll("details")) menu.open = true;
    });
    // the strict policy of the page lets no script in, so axe is run by the browser itself
    const found = await page.evaluate(`${axe.source};axe.run(document)`);
    const serious = (found as axe.AxeResults).violations.filter(
      (v) => v.impact === "serious" || v.impact === "critical",
    );
    expect(serious.map((v) => [v.id, v.nodes.map((n) => n.html)])).toEqual([]);
    await page.close();
  }
});

test("by keys alone: from the search to a cluster, and the focus is seen", async () => {
  const { page } = await opened();
  await page.locator(".left .entry").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/cluster=/);
  await page.keyboard.press("Tab");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
  expect(outline).toBe("solid");
  await page.close();
});

test.each([320, 390, 768, 1100, 2200])(
  "at %i pixels nothing sticks out sideways",
  async (width) => {
    const { page } = await opened("cluster=0", { width, height: 800 });
    await page.getByRole("heading", { name: "Typical rows" }).waitFor();
    const out = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(out).toBeLessThanOrEqual(0);
    const map = (await page.locator(".stage").boundingBox())!;
    expect(map.width).toBeGreaterThan(250);
    expect(map.height).toBeGreaterThan(200);
    await page.close();
  },
);

test("on a phone the list and the details take turns under the map", async () => {
  const { page } = await opened("", PHONE);
  expect(await page.locator(".left").isVisible()).toBe(true);
  expect(await page.locator(".right").isVisible()).toBe(false);
  await page.locator(".list .entry").first().click();
  await page.getByRole("heading", { name: "Typical rows" }).waitFor();
  expect(await page.locator(".left").isVisible()).toBe(false);
  await page.getByRole("button", { name: "Clusters", exact: true }).click();
  expect(await page.locator(".left").isVisible()).toBe(true);
  await page.close();
});

test("the list and a cluster's page show the rows over time, and rising clusters first", async () => {
  const { page, errors } = await opened();
  const line = page.locator(".list .entry .sparkline");
  await line.first().waitFor();
  expect(await line.count()).toBe((await titles(page)).length);
  expect(await line.first().getAttribute("aria-label")).toMatch(
    /^(rising|falling|steady) from 2026-01-01 to 2026-01-28; most in 2026-01-\d\d, \d+ rows?$/,
  );
  expect(await page.locator(".dates").innerText()).toBe(
    "Lines: rows by day, 2026-01-01 to 2026-01-28, by day",
  );
  await page.getByLabel("Order").selectOption("rising");
  await page.waitForURL(/sort=rising/);
  for (const told of await page.locator(".list .entry .num").allInnerTexts()) {
    expect(told).toMatch(/^(rising|falling|steady)$/);
  }
  await page.locator(".list .entry").first().click();
  const chart = page.locator(".right .course .sparkline");
  await chart.waitFor();
  expect((await chart.boundingBox())!.height).toBeGreaterThan(40);
  expect(errors).toEqual([]);
  await page.close();
});
