/** How the page looks and gives way: menus, lines, pictures. */

import { expect, test } from "vitest";
import { opened, PICTURES, ready, still } from "./page";

const pictures = { address: PICTURES };

test("a menu closes by Escape, by a click elsewhere, and for another", async () => {
  const { page } = await opened("cluster=0");
  const open = page.locator(".menu[open]");
  const filters = page.locator(".filters > summary");
  await filters.click();
  await page.getByLabel("Column").focus();
  await page.keyboard.press("Escape");
  expect(await open.count()).toBe(0);
  expect(await filters.evaluate((e) => document.activeElement === e)).toBe(true);
  expect(page.url()).toMatch(/cluster=0/);
  await filters.click();
  await page.getByText("Save", { exact: true }).click();
  expect(await open.locator("summary").allInnerTexts()).toEqual(["Save"]);
  await page.locator(".over").click({ position: { x: 5, y: 300 } });
  expect(await open.count()).toBe(0);
  await page.close();
});

test("words are not torn, and the marks of a cluster stand in one line", async () => {
  const { page } = await opened("cluster=0&panel=clusters", { width: 900, height: 860 });
  await page.getByRole("heading", { name: "Typical rows" }).waitFor();
  const lines = await page.locator(".left h2").evaluate((e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    return new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size;
  });
  expect(lines).toBe(1);
  await page.setViewportSize({ width: 1400, height: 860 });
  await page.getByText("Scores", { exact: true }).click();
  const tops = await page
    .locator(".measures > div")
    .evaluateAll((all) => all.map((e) => e.getBoundingClientRect().top));
  expect(tops.length).toBeGreaterThan(4);
  expect(new Set(tops).size).toBe(1);
  await page.close();
});

test("a cluster's dates are days, and shares stand against those of all rows", async () => {
  const { page } = await opened("cluster=0");
  const profile = page.locator(".profile");
  await profile.waitFor();
  expect(await profile.innerText()).toMatch(
    /half of them 2026-01-\d\d to 2026-01-\d\d, middle 2026-01-\d\d, middle of all 2026-01-\d\d/,
  );
  expect(await profile.innerText()).toMatch(/\d % against \d/);
  await page.close();
});

test("the legend of numbers holds the run's own range and middle below its bar", async () => {
  const { page } = await opened("colour=outlier_score");
  const ramp = page.locator(".legend .ramp");
  await ramp.waitFor();
  const [low, middle, high] = (await ramp.locator("span").allInnerTexts()).map(Number);
  expect(low! < middle! && middle! < high!).toBe(true);
  expect([low, high]).not.toEqual([0.5, 2]);
  const bar = (await ramp.locator("svg").boundingBox())!;
  const last = (await ramp.locator("span").last().boundingBox())!;
  expect(Math.abs(last.x + last.width - bar.x - bar.width)).toBeLessThan(2);
  await page.close();
});

test("on the map, Enter takes the row nearest to the cross, and the place stays", async () => {
  const { page } = await opened("at=0.1,0.1,3");
  await still(page);
  const shot = () => page.locator(".over").screenshot();
  const bare = await shot();
  await page.locator(".over").focus();
  await page.keyboard.press("Shift");
  await still(page);
  expect((await shot()).equals(bare)).toBe(false);
  await page.keyboard.press("Enter");
  await page.waitForURL(/row=/);
  await page.locator(".card").waitFor();
  await still(page);
  expect(new URL(page.url()).searchParams.get("at")).toBe("0.1,0.1,3");
  await page.close();
});

test("why meaning is not searched is told to whoever presses it", async () => {
  const { page } = await opened("", pictures);
  const meaning = page.getByRole("button", { name: "Meaning" });
  await page.waitForFunction(
    () =>
      !/looked for/.test(
        document.querySelector("[aria-disabled=true]")?.getAttribute("title") ?? "looked for",
      ),
  );
  expect(await meaning.getAttribute("aria-disabled")).toBe("true");
  await meaning.press("Enter");
  await page.getByText(/reads no words/).waitFor();
  expect(page.url()).not.toMatch(/how=/);
  await page.close();
});

test("pictures stand side by side on a cluster's page, and beside what is to be decided", async () => {
  const { page, errors } = await opened("cluster=0", pictures);
  const images = page.locator(".rows").first().locator("img.picture");
  await images.nth(1).waitFor();
  const [one, two] = [(await images.nth(0).boundingBox())!, (await images.nth(1).boundingBox())!];
  expect(two.y).toBe(one.y);
  expect(two.x).toBeGreaterThan(one.x);
  for (const tab of ["Odd rows", "Duplicates"]) {
    await page.getByRole("button", { name: tab }).click();
    const entries = page.locator(".reviews > li");
    await entries.first().waitFor();
    expect(await page.locator(".reviews img.picture").count()).toBe(await entries.count());
  }
  expect(errors).toEqual([]);
  await page.close();
});

test("a copy holds pictures, says what it leaves out, and asks nobody", async () => {
  const { page, errors } = await opened("", pictures);
  await page.getByText("Save", { exact: true }).click();
  const [copy] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "One HTML file" }).click(),
  ]);
  const path = `${await copy.path()}.html`;
  await copy.saveAs(path);
  await page.context().setOffline(true);
  await page.goto(`file://${path}`);
  await ready(page);
  await page.getByText("What this copy leaves out").waitFor();
  await page.locator(".list .entry").first().click();
  const picture = page.locator(".right .rows img.picture").first();
  await picture.waitFor();
  expect(await picture.getAttribute("src")).toMatch(/^data:image\/jpeg/);
  expect(await picture.evaluate((e) => (e as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
  expect(errors).toEqual([]);
  await page.close();
});

test("near enough, the map shows the pictures of its rows, and a click takes one", async () => {
  const { page, errors } = await opened("", pictures);
  await still(page);
  const shown = async () => Number(await page.locator(".stage").getAttribute("data-pictures"));
  expect(await shown()).toBe(0);
  const box = (await page.locator(".over").boundingBox())!;
  await page.locator(".list .entry").first().click();
  await page.waitForURL(/cluster=/);
  await page.locator(".right .rows .row").first().click();
  await page.waitForURL(/row=/);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let i = 0; i < 12 && (await shown()) === 0; i++) {
    await page.mouse.wheel(0, -300);
    await page.waitForTimeout(400);
    await still(page);
  }
  expect(await shown()).toBeGreaterThan(0);
  expect(await shown()).toBeLessThanOrEqual(40);
  expect(errors).toEqual([]);
  await page.close();
});
