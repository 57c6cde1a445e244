import { expect, test } from "vitest";
import type { Filter } from "../../src/address";
import type { EditLine } from "../../src/data/types";
import { decimal, edited, filterWords, many, percent, shownValue, when } from "../../src/words";

test("numbers in words", () => {
  expect(many(1, "row")).toBe("1 row");
  expect(many(1234, "row")).toBe("1,234 rows");
  expect(decimal(-0.254)).toBe("−0.25");
  expect(decimal(null)).toBe("–");
  expect(percent(0.0001)).toBe("< 0.1 %");
  expect(percent(0.5)).toBe("50 %");
  expect([percent(0), percent(1)]).toEqual(["0 %", "100 %"]);
  expect(percent(1 - 12 / 13083)).toBe("> 99.9 %");
  expect(percent(0.996)).toBe("99.6 %");
  expect(shownValue({ kind: "date" }, 20454)).toBe("2026-01-01");
  const number = (value: number | null) => shownValue({ kind: "number" }, value);
  expect(number(1234)).toBe("1,234");
  expect([0.8899999856948853, 521.760009765625, 123456.7].map(number)).toEqual([
    "0.89",
    "521.8",
    "123,457",
  ]);
  expect([number(null), number(Number.NaN), number(-0.5)]).toEqual(["–", "–", "−0.5"]);
});

test("every edit is said", () => {
  const lines: [Omit<EditLine, "version" | "at">, RegExp][] = [
    [{ op: "rename", cluster: 1, title: "New" }, /New/],
    [{ op: "rename", cluster: 1, title: "" }, /Took back/],
    [{ op: "note", cluster: 1, note: "hm" }, /hm/],
    [{ op: "rename", cluster: 1, title: "New", titles: { 1: "Old" } }, /^Renamed “Old” to “New”$/],
    [{ op: "merge", clusters: [1, 2], into: 1 }, /^Merged title 2 into title 1$/],
    [{ op: "merge", clusters: [1, 2, 3], into: 1 }, /^Merged title 2 and title 3 into title 1$/],
    [{ op: "merge", clusters: [1, 2, 3, 4, 5], into: 1 }, /^Merged 4 clusters into title 1$/],
    [{ op: "move", to: -1, n_rows: 3 }, /3 rows out/],
    [{ op: "move", to: 4, n_rows: 1 }, /1 row to title 4/],
    [{ op: "split", cluster: 1, n_rows: 2 }, /2 rows in new/],
    [{ op: "noise", cluster: 1, n_rows: 2 }, /^Took all 2 rows out of title 1$/],
    [{ op: "dissolve", cluster: 1, n_rows: 2 }, /^Dissolved title 1: 2 rows/],
    [{ op: "dissolve", cluster: 1, n_rows: 2, titles: { 1: "Gone" } }, /^Dissolved “Gone”: 2 rows/],
    [
      { op: "review", kind: "anomaly", key: "7", id: "a7", verdict: "accept" },
      /^Odd row a7: accepted$/,
    ],
    [{ op: "review", kind: "duplicates", key: "7", verdict: "" }, /of row 7: undecided$/],
  ];
  for (const [line, said] of lines) {
    const whole = { version: 1, at: "", ...line } as EditLine;
    expect(edited(whole, (c) => `title ${c}`)).toMatch(said);
  }
});

test("a filter is said with its open ends", () => {
  const columns = [{ name: "column:day", kind: "date" as const }];
  const said = (low: number | null, high: number | null, column = "column:n") =>
    filterWords({ column, kind: "range", low, high }, columns);
  expect(said(0.5, 1234)).toBe("n: 0.5 to 1,234");
  expect([said(null, 2), said(2, null)]).toEqual(["n: up to 2", "n: from 2"]);
  expect(said(20454, null, "column:day")).toBe("day: from 2026-01-01");
  const among: Filter = { column: "column:c", kind: "in", values: ["a", "b"] };
  expect(filterWords(among, columns)).toBe("c: a or b");
});

test("a time of the log is told as the clock here shows it", () => {
  const here = new Date("2026-11-28T15:55:05Z");
  const two = (n: number) => String(n).padStart(2, "0");
  expect(when("2026-11-28T15:55:05+00:00")).toMatch(
    new RegExp(`${two(here.getDate())} ${two(here.getHours())}:${two(here.getMinutes())}$`),
  );
  expect(when("long ago")).toBe("long ago");
});
