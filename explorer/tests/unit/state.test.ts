import { describe, expect, test } from "vitest";
import { type Frozen, frozenSource, wordsOf } from "../../src/data/frozen";
import type { Cluster, ClusterPage, EditLine } from "../../src/data/types";
import { courseInWords, outline } from "../../src/panels/course";
import { sorted } from "../../src/panels/list";
import { branches, Explorer } from "../../src/state";
import { decimal, edited, many, percent, shownValue } from "../../src/words";

const packed = (values: ArrayBufferView): string =>
  btoa(String.fromCharCode(...new Uint8Array(values.buffer)));

function cluster(number: number, more: Partial<Cluster> = {}): Cluster {
  const marks = { cohesion: 0, separation: 0, silhouette: 0, stability: 0, dbcv: 0, purity: 0 };
  const at: [number, number] = [0, 0];
  const colours = { light: "#112233", dark: "#445566" };
  const rest = { oddness: null, parent: null, note: null, renamed: false, at, ...colours };
  return {
    cluster: number,
    title: `c${number}`,
    size: 3,
    marks,
    dots: 1,
    word: "loose",
    ...rest,
    ...more,
  };
}

function data(): Frozen {
  return {
    run: {
      title: "t",
      counts: { rows: 4, used: 4, clusters: 2, noise: 1 },
      model: "m",
      reason: "r",
      chosen: 0,
      layers: [{ layer: 0, n_clusters: 2, separation: null, stability: null }],
      readable: true,
      most_copied: 200_000,
      version: 0,
    },
    more: {
      meaning: false,
      columns: [{ name: "kind", kind: "category", categories: ["a", "b"] }],
    },
    clusters: { layer: 0, clusters: [cluster(0), cluster(1)], noise: 1, version: 0 },
    course: null,
    pages: {},
    arrays: {
      points: packed(Float32Array.from([0, 0, 0.5, 0.5, -0.5, 0.5, 0.9, 0.9])),
      cluster: packed(Int32Array.from([0, 0, 1, -1])),
      "column:kind": packed(Int32Array.from([0, 1, 0, 1])),
    },
    ids: ["a", "b", "c", "d"],
    texts: ["Red rocket", "blue rocket", "red car", ""],
    columns: { kind: ["a", "b", "a", "b"] },
    anomalies: [],
    duplicates: { groups: [], total: 0, rows: 0 },
    history: { version: 0, warning: null, done: [], undone: [] },
  };
}

async function opened(): Promise<Explorer> {
  const explorer = new Explorer(frozenSource(data()), false);
  await explorer.start();
  await settled();
  return explorer;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("the explorer over frozen data", () => {
  test("words are found in any order and case, phrases as they stand", async () => {
    expect(wordsOf('Red "blue rocket"')).toEqual(["red", "blue rocket"]);
    const explorer = await opened();
    explorer.go({ query: "ROCKET red" });
    await settled();
    expect(explorer.focus.value?.rows).toEqual([0]);
  });

  test("a filter hides rows from what was found and drawn", async () => {
    const explorer = await opened();
    explorer.go({ filters: [{ column: "column:kind", kind: "in", values: ["a"] }] });
    await settled();
    expect([...explorer.kept.value!]).toEqual([1, 0, 1, 0]);
    explorer.go({ query: "rocket" });
    await settled();
    expect(explorer.focus.value?.rows).toEqual([0]);
    const all: [number, number][] = [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ];
    explorer.go({ lasso: all });
    expect(explorer.focus.value?.rows).toEqual([0, 2]);
  });

  test("an edit of a copy is refused in words, and nothing is lost", async () => {
    const explorer = await opened();
    expect(await explorer.edit({ op: "note", cluster: 0, note: "x" })).toBe(null);
    expect(explorer.notice.value?.text).toMatch(/cannot be edited/);
    expect(explorer.editable.value).toBe(false);
  });
});

test("a cluster that an edit emptied is let go of before what is shown is fetched again", async () => {
  const frozen = data();
  const asked: number[] = [];
  const source = {
    ...frozenSource(frozen),
    live: true,
    edit: async () => {
      frozen.clusters = { ...frozen.clusters, clusters: [cluster(0)], version: 1 };
      return { version: 1, warning: null, done: [], undone: [] };
    },
    clusters: async () => frozen.clusters,
    cluster: async (_: number, wanted: number) => {
      asked.push(frozen.clusters.clusters.some((c) => c.cluster === wanted) ? wanted : -1);
      return {} as ClusterPage;
    },
  };
  const explorer = new Explorer(source, false);
  await explorer.start();
  explorer.go({ cluster: 1 });
  await settled();
  expect(asked).toEqual([1]);
  await explorer.edit({ op: "move", rows: [2], to: 0 });
  await settled();
  expect(explorer.choices.value.cluster).toBe(null);
  expect(explorer.history.value.version).toBe(1);
  expect(asked).toEqual([1]);
});

test("the list is grouped by a layer that is coarse enough", () => {
  const layers = [200, 100, 60, 30, 7, 1].map((n, layer) => ({
    layer,
    n_clusters: n,
    separation: null,
    stability: null,
  }));
  expect(branches(layers, 0)).toBe(3);
  expect(branches(layers, 4)).toBe(null);
});

test("the order of the list", () => {
  const some = [
    cluster(0, { size: 5, title: "b" }),
    cluster(1, { size: 9, title: "a", oddness: 2 }),
    cluster(2, { size: 5, title: "c", oddness: 3 }),
  ];
  const order = (by: Parameters<typeof sorted>[1]) => sorted(some, by).map((c) => c.cluster);
  expect(order("size")).toEqual([1, 0, 2]);
  expect(order("title")).toEqual([1, 0, 2]);
  expect(order("oddness")).toEqual([2, 1, 0]);
});

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
  expect(shownValue({ name: "d", kind: "date" }, 20454)).toBe("2026-01-01");
  expect(shownValue({ name: "n", kind: "number" }, 1234)).toBe("1,234");
});

test("every edit is said", () => {
  const lines: [Omit<EditLine, "version" | "at">, RegExp][] = [
    [{ op: "rename", cluster: 1, title: "New" }, /New/],
    [{ op: "rename", cluster: 1, title: "" }, /Took back/],
    [{ op: "note", cluster: 1, note: "hm" }, /hm/],
    [{ op: "merge", clusters: [1, 2], into: 1 }, /2 clusters into title 1/],
    [{ op: "move", to: -1, n_rows: 3 }, /3 rows out/],
    [{ op: "move", to: 4, n_rows: 1 }, /1 row to title 4/],
    [{ op: "split", cluster: 1, n_rows: 2 }, /2 rows in new/],
    [{ op: "noise", cluster: 1, n_rows: 2 }, /all 2 rows/],
    [{ op: "dissolve", cluster: 1, n_rows: 2 }, /Dissolved/],
    [{ op: "review", kind: "anomaly", key: "7", verdict: "accept" }, /Odd row 7: accept/],
  ];
  for (const [line, said] of lines) {
    expect(edited({ version: 1, at: "", ...line } as EditLine, (c) => `title ${c}`)).toMatch(said);
  }
});

describe("clusters over time", () => {
  const over = (rows: number[], slope: number) => ({ rows, slope, trend: "rising" as const });
  const course = {
    column: "day",
    columns: ["day"],
    unit: "month",
    periods: ["2026-01", "2026-02", "2026-03"],
    clusters: { 0: over([5, 0, 1], -3), 1: over([0, 2, 8], 4.5) },
  };

  test("the line goes from edge to edge, the most rows on top, none at the bottom", () => {
    expect(outline([0, 4, 2]).line).toBe("M0 15L50 1L100 8");
    expect(outline([0, 0]).line).toBe("M0 15L100 15");
    expect(outline([3]).area).toBe("M0 1L100 16L0 16Z");
  });

  test("the course is told in words, and the clusters that rise come first", () => {
    expect(courseInWords(course, course.clusters[1])).toBe(
      "rising from 2026-01 to 2026-03; most in 2026-03, 8 rows",
    );
    const order = sorted([cluster(0), cluster(2), cluster(1)], "rising", course);
    expect(order.map((c) => c.cluster)).toEqual([1, 0, 2]);
  });
});
