import { expect, test } from "vitest";
import { type Choices, NOTHING, read, written } from "../../src/address";

const full: Choices = {
  layer: 3,
  cluster: 7,
  row: 12,
  query: 'a "b" & ü=1',
  how: "meaning",
  like: 4,
  colour: "column:a b",
  sort: "rising",
  dates: "day of & sale",
  filters: [
    { column: "column:x", kind: "in", values: ["a|b", "c,d"] },
    { column: "strength", kind: "range", low: 0.25, high: 1 },
    { column: "column:y", kind: "range", low: null, high: -3 },
  ],
  lasso: [
    [0, 0],
    [0.5, 0],
    [0.25, -0.75],
  ],
  panel: "odd",
  camera: [0.1, -0.2, 3.5],
};

test("what was chosen comes back from its address", () => {
  expect(read(written(full))).toEqual(full);
});

test("nothing chosen leaves the address empty", () => {
  expect(written(NOTHING)).toBe("");
  expect(read("")).toEqual(NOTHING);
});

test("what makes no sense is as if it were not there", () => {
  const told = read(
    'layer=x&cluster=-1&row=-&f={&f={"kind":"in"}&lasso=1,2,3&at=0,0,-1&panel=evil&sort=evil&how=evil',
  );
  expect(told).toEqual(NOTHING);
});
