// Measures a page with a map in Chromium: node tests/fluid.mjs ADDRESS
// The map is there when a shot of its largest canvas is no longer nearly empty; that is looked at
// every 100 ms, for any tool alike. Prints one line of JSON.
import { chromium } from "playwright-core";

const FULL_BYTES = 25_000;
const WAIT_MS = 60_000;
const PAN_MS = 4000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--no-first-run",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
    // software for WebGPU too, which embedding-atlas needs
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
  ],
});
const page = await browser.newPage({ viewport: { width: 1400, height: 860 } });
const errors = [];
page.on("pageerror", (error) => errors.push(error.message));
const began = Date.now();
await page.goto(process.argv[2], { waitUntil: "commit" });

async function largest() {
  let best = null;
  let most = 0;
  for (const canvas of await page.locator("canvas").all()) {
    const box = await canvas.boundingBox().catch(() => null);
    if (box && box.width * box.height > most) {
      most = box.width * box.height;
      best = box;
    }
  }
  return best;
}

let box = null;
let first = null;
while (Date.now() - began < WAIT_MS && first === null) {
  box = await largest();
  if (box && box.width > 200) {
    const shot = await page.screenshot({ clip: box }).catch(() => Buffer.alloc(0));
    if (shot.length > FULL_BYTES) first = Date.now() - began;
  }
  if (first === null) await page.waitForTimeout(100);
}

let frames = null;
if (first !== null) {
  await page.waitForTimeout(4000);
  await page.evaluate(() => {
    window.frames_seen = 0;
    const count = () => {
      window.frames_seen++;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const start = Date.now();
  const before = await page.evaluate(() => window.frames_seen);
  for (let i = 0; Date.now() - start < PAN_MS; i++) {
    await page.mouse.move(x + 120 * Math.sin(i / 6), y + 80 * Math.cos(i / 6));
  }
  const after = await page.evaluate(() => window.frames_seen);
  await page.mouse.up();
  frames = ((after - before) * 1000) / (Date.now() - start);
}
const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? null);
if (process.argv[3]) await page.screenshot({ path: process.argv[3] });
console.log(
  JSON.stringify({
    first_picture_ms: first,
    frames_per_second: frames,
    page_heap_mb: heap && heap / 1e6,
    errors,
  }),
);
await browser.close();
