/** A real Chromium over the run that tests/explorer/test_browser.py serves. */

import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

const ADDRESS = process.env["SHOAL_ADDRESS"] ?? "";
/** Of a run of pictures. */
export const PICTURES = process.env["SHOAL_PICTURES"] ?? "";
export const ROOT = ADDRESS.replace(/\?.*/, "");

let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--enable-unsafe-swiftshader",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});

afterAll(async () => {
  await browser.close();
});

export interface Opened {
  page: Page;
  /** What went wrong in the page, and every address it asked for. */
  errors: string[];
  asked: string[];
}

/** The page in a window of its own, with the token, at some choices. */
export async function opened(
  choices = "",
  { width = 1400, height = 860, dark = false, address = ADDRESS } = {},
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const errors: string[] = [];
  const asked: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (told) => {
    if (told.type() === "error") errors.push(told.text());
  });
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(choices ? `${address}&${choices}` : address);
  await ready(page);
  return { page, errors, asked };
}

export async function ready(page: Page): Promise<void> {
  await page.waitForSelector(".stage[data-drawn]");
  await page.waitForSelector(".list .entry", { state: "attached" });
}

/** The numbers of drawn frames; the map is still when it no longer changes. */
export async function still(page: Page): Promise<void> {
  let last = "";
  for (let i = 0; i < 50; i++) {
    const now = (await page.locator(".stage").getAttribute("data-drawn")) ?? "";
    if (now === last) return;
    last = now;
    await page.waitForTimeout(250);
  }
}

/** How many pixels of the map are not empty. */
export async function inked(page: Page): Promise<number> {
  return page.evaluate(() => {
    const dots = document.querySelector<HTMLCanvasElement>(".stage .dots")!;
    const copy = document.createElement("canvas");
    copy.width = dots.width;
    copy.height = dots.height;
    const context = copy.getContext("2d")!;
    context.drawImage(dots, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    let n = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i]! > 60) n++;
    return n;
  });
}

export const titles = (page: Page): Promise<string[]> =>
  page.locator(".list .entry .title").allInnerTexts();
