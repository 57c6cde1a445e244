import { expect, test } from "vitest";
import { withStops } from "../../src/kept";
import { panned, toMap, toScreen, WHOLE, zoomed } from "../../src/map/camera";
import { overlap, placed, shortened, type Wanted } from "../../src/map/labels";
import { byCluster, byNumber, categoryPalette, layered, share } from "../../src/map/paint";
import { escaped } from "../../src/map/picture";
import { Grid, inside, scattered, simplified } from "../../src/map/points";
import { apart, inSight, MOST_IN_SIGHT } from "../../src/map/thumbs";

const size = { width: 800, height: 500 };

/** Numbers that look random and are the same each time. */
function* draws(): Generator<number> {
  let state = 1;
  while (true) {
    state = (state * 48271) % 2147483647;
    yield state / 2147483647;
  }
}

function cloud(n: number): Float32Array {
  const draw = draws();
  return Float32Array.from({ length: 2 * n }, () => draw.next().value * 2 - 1);
}

test("a place on the screen and on the map are one", () => {
  const camera = { x: 0.3, y: -0.2, zoom: 5 };
  const [x, y] = toMap(camera, size, 123, 456);
  const [px, py] = toScreen(camera, size, x, y);
  expect(px).toBeCloseTo(123);
  expect(py).toBeCloseTo(456);
});

test("zooming keeps what is under the pointer", () => {
  const before = toMap(WHOLE, size, 600, 100);
  const after = toMap(zoomed(WHOLE, size, 3, 600, 100), size, 600, 100);
  expect(after[0]).toBeCloseTo(before[0]);
  expect(after[1]).toBeCloseTo(before[1]);
});

test("panning moves the map with the hand and never out of the window", () => {
  const [x] = toMap(WHOLE, size, 400, 250);
  const [moved] = toMap(panned(WHOLE, size, 50, 0), size, 450, 250);
  expect(moved).toBeCloseTo(x);
  expect(panned(WHOLE, size, 1e9, 1e9).x).toBe(-1.1);
});

test("the grid finds what a look at every point finds", () => {
  const points = cloud(3000);
  points[10] = Number.NaN;
  const grid = new Grid(points);
  const draw = draws();
  for (let i = 0; i < 200; i++) {
    const [x, y] = [draw.next().value * 2.4 - 1.2, draw.next().value * 2.4 - 1.2];
    const shown = (row: number) => row % 3 !== 0;
    let best: number | null = null;
    let least = 0.1 ** 2;
    for (let row = 0; row < 3000; row++) {
      const away = (points[2 * row]! - x) ** 2 + (points[2 * row + 1]! - y) ** 2;
      if (shown(row) && away < least) {
        least = away;
        best = row;
      }
    }
    expect(grid.nearest(x, y, 0.1, shown)).toBe(best);
  }
});

test("a grid of no points finds none", () => {
  expect(new Grid(new Float32Array()).nearest(0, 0, 1, () => true)).toBe(null);
});

test("a shape holds what lies inside, also where it is hollow", () => {
  const points = Float32Array.from([0, 0, 0.5, 0.5, 0.9, 0.1, Number.NaN, 0, -0.5, 0.2]);
  const hook: [number, number][] = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [0.8, 1],
    [0.8, -0.5],
    [-1, -0.5],
  ];
  expect(inside(points, hook)).toEqual([2]);
  expect(inside(points, hook.slice(0, 2))).toEqual([]);
});

test("a drawn line loses corners that are too close", () => {
  const line = Array.from({ length: 100 }, (_, i): [number, number] => [i / 100, 0]);
  const fewer = simplified(line, 0.1);
  expect(fewer.length).toBeLessThanOrEqual(10);
  expect(fewer[0]).toEqual([0, 0]);
});

test.each([0, 1, 2, 3, 10, 1000, 4181])("every one of %i points is drawn once", (n) => {
  const order = scattered(n);
  expect(new Set(order).size).toBe(n);
  // the first tenth is spread over all: no tenth of the rows is missing
  const tenths = new Set(
    [...order.slice(0, Math.ceil(n / 5))].map((i) => Math.floor((10 * i) / n)),
  );
  if (n >= 1000) expect(tenths.size).toBe(10);
});

function wishes(n: number): Wanted[] {
  const draw = draws();
  return Array.from({ length: n }, (_, i) => ({
    cluster: i,
    title: `title ${i}`,
    x: draw.next().value * 2 - 1,
    y: draw.next().value * 2 - 1,
    weight: n - i,
  }));
}

test("no title is written over another, the largest is there, nearer there are more", () => {
  const wanted = wishes(400);
  const measure = (title: string) => 7 * title.length;
  const far = placed(wanted, WHOLE, size, measure);
  far.forEach((a, i) => {
    for (const b of far.slice(i + 1)) expect(overlap(a, b)).toBe(false);
  });
  expect(far[0]?.cluster).toBe(0);
  const seen = (all: Wanted[], camera: typeof WHOLE) =>
    all.filter((w) => {
      const [x, y] = toScreen(camera, size, w.x, w.y);
      return x > 0 && y > 0 && x < size.width && y < size.height;
    }).length;
  const close = { x: 0, y: 0, zoom: 3 };
  const near = placed(wanted, close, size, measure);
  expect(near.length / seen(wanted, close)).toBeGreaterThan(far.length / seen(wanted, WHOLE));
  for (const t of near) expect(t.left >= 0 && t.left + t.width <= size.width).toBe(true);
});

test("a wider window shows more titles", () => {
  const measure = (title: string) => 7 * title.length;
  const wanted = wishes(400);
  const usual = placed(wanted, WHOLE, { width: 700, height: 760 }, measure).length;
  const wide = placed(wanted, WHOLE, { width: 1700, height: 1100 }, measure).length;
  expect(usual).toBeGreaterThan(26);
  expect(wide).toBeGreaterThan(1.5 * usual);
});

test("pictures are drawn once few rows are in sight, none over another", () => {
  const points = cloud(2000);
  const grid = new Grid(points);
  const all = () => true;
  expect(inSight(grid, WHOLE, size, all)).toEqual([]);
  const near = { x: 0.2, y: 0.1, zoom: 12 };
  const rows = inSight(grid, near, size, all);
  expect(rows.length).toBeGreaterThan(3);
  expect(rows.length).toBeLessThanOrEqual(MOST_IN_SIGHT);
  const at = (row: number) => toScreen(near, size, points[2 * row]!, points[2 * row + 1]!);
  for (const row of rows) {
    const [x, y] = at(row);
    expect(x >= 0 && x <= size.width && y >= 0 && y <= size.height).toBe(true);
  }
  expect(inSight(grid, near, size, (row) => row === rows[1])).toEqual([rows[1]]);
  const boxes = apart(
    rows.map((row) => ({ row, width: 60, height: 40 })),
    at,
  );
  expect(boxes[0]?.row).toBe(rows[0]);
  boxes.forEach((a, i) => {
    for (const b of boxes.slice(i + 1)) expect(overlap(a, b)).toBe(false);
  });
  expect(
    apart(
      [1, 2].map((row) => ({ row, width: 60, height: 40 })),
      () => [5, 5],
    ).length,
  ).toBe(1);
});

test("a long title is cut between letters", () => {
  expect(shortened("👩‍🚀 short")).toBe("👩‍🚀 short");
  expect([...shortened("x".repeat(100))].length).toBe(32);
});

test("colours: noise and missing values are told apart from clusters and numbers", () => {
  const theme = { dark: false };
  const painted = byCluster(
    Int32Array.from([0, -1, 5, 99]),
    new Map([
      [0, [1, 2, 3]],
      [5, [4, 5, 6]],
    ]),
    theme,
  );
  expect([...painted.slice(0, 4)]).toEqual([1, 2, 3, 1]);
  expect([...painted.slice(8, 12)]).toEqual([4, 5, 6, 1]);
  expect(painted[7]).toBe(0);
  expect([...painted.slice(12, 16)]).toEqual([...painted.slice(4, 8)]);
  const numbers = byNumber(Float32Array.from([0, 1, Number.NaN, -5, 9]), [0, 0.5, 1], theme);
  expect([...numbers.slice(12, 16)]).toEqual([...numbers.slice(0, 4)]);
  expect([...numbers.slice(16, 20)]).toEqual([...numbers.slice(4, 8)]);
  expect(numbers[11]).toBe(0);
});

test("categories have colours of their own, however few clusters there are", () => {
  const names = Array.from({ length: 20 }, (_, i) => `value ${i}`);
  for (const dark of [false, true]) {
    const palette = categoryPalette({ name: "c", kind: "category", categories: names }, { dark });
    expect(new Set([...palette.values()].map(String)).size).toBe(12);
    const few = categoryPalette({ name: "c", kind: "category", categories: ["a"] }, { dark });
    expect(few.size).toBe(1);
  }
});

test("a few far values leave the other rows their own colours", () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => (i === 999 ? 1e6 : i));
  const { stops } = withStops({ name: "n", kind: "number" }, values);
  expect([stops[0], stops.at(-1)]).toEqual([0, 1e6]);
  const painted = byNumber(values, stops, { dark: false });
  const hues = new Set(Array.from(values, (_, i) => painted.slice(4 * i, 4 * i + 3).join()));
  expect(hues.size).toBeGreaterThan(100);
  const shares = [...values].map((v) => share(v, stops));
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect([share(-9, stops), share(2e6, stops), share(5, [5, 5, 5])]).toEqual([0, 1, 0.5]);
});

test("what is hidden is not drawn, what is lit stands out", () => {
  const colours = Uint8Array.from([9, 9, 9, 1, 9, 9, 9, 1, 9, 9, 9, 0]);
  const alpha = (out: Uint8Array) => [out[3], out[7], out[11]];
  expect(alpha(layered(colours, { kept: null, lit: null }, 1))).toEqual([255, 255, 115]);
  const both = { kept: Uint8Array.from([1, 0, 1]), lit: Uint8Array.from([1, 1, 0]) };
  const [lit, hidden, faint] = alpha(layered(colours, both, 1));
  expect(lit).toBe(255);
  expect(hidden).toBe(0);
  expect(faint).toBeLessThan(60);
});

test("a title in a picture cannot be markup", () => {
  expect(escaped('<b a="1">&')).not.toMatch(/[<>"]/);
});
