import { expect, test } from "vitest";
import type { Filter } from "../../src/address";
import type { Column } from "../../src/data/types";
import { filtered, leftBy, withStops } from "../../src/kept";

const numbers: Column = { name: "n", kind: "number" };
const kinds: Column = { name: "k", kind: "category", categories: ["a", "b"] };
const loaded = new Map([
  ["n", withStops(numbers, Float32Array.from([-5, 0, 3, Number.NaN]))],
  ["k", withStops(kinds, Int32Array.from([0, 1, -1, 0]))],
]);
const range = (low: number | null, high: number | null): Filter => ({
  column: "n",
  kind: "range",
  low,
  high,
});
const passed = (...filters: Filter[]) => [...(filtered(filters, loaded, 4) ?? [])];

test("an open end lets all through on its side, and nothing is in no range", () => {
  expect(passed(range(null, 0))).toEqual([1, 1, 0, 0]);
  expect(passed(range(0, null))).toEqual([0, 1, 1, 0]);
  expect(passed(range(null, null))).toEqual([1, 1, 1, 0]);
  expect(passed(range(-5, -1))).toEqual([1, 0, 0, 0]);
});

test("values that the run does not have let no row through, not those without a value", () => {
  expect(passed({ column: "k", kind: "in", values: ["nosuch"] })).toEqual([0, 0, 0, 0]);
  expect(passed({ column: "k", kind: "in", values: ["a", "nosuch"] })).toEqual([1, 0, 0, 1]);
});

test("filters are combined; those whose values are not there yet wait", () => {
  expect(passed(range(null, 0), { column: "k", kind: "in", values: ["b"] })).toEqual([0, 1, 0, 0]);
  expect(filtered([{ ...range(0, 1), column: "later" }], loaded, 4)).toBe(null);
});

test("the stops are of the run's own values, whatever its range", () => {
  const scores = Float32Array.from({ length: 101 }, (_, i) => 0.25 + i / 10);
  const { stops } = withStops(numbers, scores);
  expect(stops.map((s) => Math.round(100 * s) / 100)).toEqual([0.25, 2.75, 5.25, 7.75, 10.25]);
  expect(withStops(numbers, Float32Array.from([Number.NaN])).stops).toEqual([0, 0, 0, 0, 0]);
});

test("clusters without a row left are told apart", () => {
  const left = leftBy(Uint8Array.from([1, 0, 1, 0]), Int32Array.from([4, 5, 4, -1]));
  expect([left.rows, [...left.clusters]]).toEqual([2, [4]]);
});
