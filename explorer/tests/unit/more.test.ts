import { expect, test } from "vitest";
import { moreOf, moreThanRest } from "../../src/more";

const column = (name: string, values: number[], categories = ["a", "b"]) => ({
  column: { name, kind: "category" as const, categories },
  values: Int32Array.from(values),
  stops: [],
});
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
/** 20 rows of which 16 are a, then 80 of which 16 are a. */
const uneven = range(0, 100).map((i) => (i < 20 ? Number(i >= 16) : Number(i % 5 !== 0)));

test("what is clearly more frequent among some rows is told against the rest", () => {
  const told = moreOf(range(0, 20), column("column:kind", uneven), null)!;
  expect(told.values).toEqual([{ value: "a", share: 0.8, overall: 0.2 }]);
});

test("what chance can make is not told, and neither is what all rows are", () => {
  const even = range(0, 100).map((i) => i % 2);
  expect(moreOf(range(0, 7), column("even", even), null)).toBe(null);
  expect(moreOf(range(0, 100), column("kind", uneven), null)).toBe(null);
  expect(moreOf([], column("kind", uneven), null)).toBe(null);
  // two rows are too few, however rare their value is
  const rare = range(0, 1000).map((i) => Number(i > 1));
  expect(moreOf(range(0, 10), column("rare", rare), null)).toBe(null);
});

test("rows without a value and rows that a filter hides count on neither side", () => {
  const gaps = [...uneven, ...range(0, 50).map(() => -1)];
  const own = [...range(0, 20), ...range(100, 120)];
  expect(moreOf(own, column("kind", gaps), null)?.values?.[0]?.share).toBe(0.8);
  const kept = Uint8Array.from(uneven, (code, i) => Number(i < 20 || code === 1));
  expect(moreOf(range(0, 20), column("kind", uneven), kept)?.values?.[0]?.overall).toBe(0);
});

test("the most telling column comes first", () => {
  const sharp = range(0, 100).map((i) => Number(i >= 20));
  const both = [column("dull", uneven), column("sharp", sharp)];
  expect(moreThanRest(range(0, 20), both, null).map((e) => e.name)).toEqual(["sharp", "dull"]);
});
