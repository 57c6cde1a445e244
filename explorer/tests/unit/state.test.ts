import { describe, expect, test } from "vitest";
import { frozenSource, wordsOf } from "../../src/data/frozen";
import type { ClusterPage, History } from "../../src/data/types";
import { branches } from "../../src/lists";
import { foremost, withHits } from "../../src/map/labels";
import { courseInWords, outline } from "../../src/panels/course";
import { grouped, sorted } from "../../src/panels/list";
import { wayBack } from "../../src/panels/notices";
import { Explorer } from "../../src/state";
import { cluster, data, packed, settled } from "./making";

async function opened(): Promise<Explorer> {
  const explorer = new Explorer(frozenSource(data()), false);
  await explorer.start();
  await settled();
  return explorer;
}

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

test("a copy tells the levels and the pictures that it holds, and what it leaves out", async () => {
  const frozen = data();
  const info = (layer: number) => ({ layer, n_clusters: 1, separation: null, stability: null });
  const clusters = { layer: 2, clusters: [cluster(0, { title: "coarse" })], noise: 0, version: 0 };
  frozen.levels = [{ info: info(2), clusters, course: null, pages: {} }];
  frozen.arrays["layer_2"] = packed(Int32Array.from([0, 0, 0, 0]));
  frozen.pictures = { 3: "abcd" };
  frozen.left_out = ["All but this."];
  const source = frozenSource(frozen);
  const explorer = new Explorer(source, false);
  await explorer.start();
  explorer.go({ layer: 2 });
  await settled();
  expect(explorer.run.value?.layers.map((l) => l.layer)).toEqual([0, 2]);
  expect(explorer.titleOf(0)).toBe("coarse");
  expect([...explorer.labels.value!]).toEqual([0, 0, 0, 0]);
  expect([source.picture(3), source.picture(0)]).toEqual(["data:image/jpeg;base64,abcd", null]);
  expect(source.leftOut).toEqual(["All but this."]);
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

test("after every edit it is said what was done, with the way back until somebody edits", async () => {
  const line = { version: 1, at: "", op: "merge", clusters: [0, 1], into: 0 };
  const merged = { ...line, titles: { "0": "cars", "1": "vans" } };
  let told: History = { version: 0, warning: null, done: [], undone: [] };
  const asked: string[] = [];
  const source = {
    ...frozenSource(data()),
    live: true,
    edit: async () => {
      told = { ...told, version: 1, done: [merged], undone: [] };
      return told;
    },
    step: async (way: "undo" | "redo") => {
      asked.push(way);
      const [done, undone] = way === "undo" ? [[], [merged]] : [[merged], []];
      told = { ...told, version: told.version + 1, done, undone };
      return told;
    },
  };
  const explorer = new Explorer(source, false);
  await explorer.start();
  await settled();
  const said = () => {
    const notice = explorer.notice.value!;
    return [notice.kind, notice.text, wayBack(explorer, notice)];
  };
  await explorer.edit({ op: "merge", clusters: [0, 1], into: 0 });
  expect(said()).toEqual(["said", "Merged “vans” into “cars”.", "undo"]);
  await explorer.step("undo");
  expect(said()).toEqual(["said", "Undone: Merged “vans” into “cars”.", "redo"]);
  await explorer.step("redo");
  expect(said()).toEqual(["said", "Done again: Merged “vans” into “cars”.", "undo"]);
  expect(asked).toEqual(["undo", "redo"]);
  // what somebody else did last is not what the button would seem to undo
  explorer.history.value = { ...told, version: 9 };
  expect(said()[2]).toBe(null);
});

test("an edit waits for the one before it, and a double click is one edit", async () => {
  const open: (() => void)[] = [];
  const asked: string[] = [];
  let version = 0;
  const source = {
    ...frozenSource(data()),
    live: true,
    edit: (wish: { op: string }, seen: number) =>
      new Promise<History>((resolve) => {
        asked.push(`${wish.op} of ${seen}`);
        open.push(() => resolve({ version: ++version, warning: null, done: [], undone: [] }));
      }),
  };
  const explorer = new Explorer(source, false);
  await explorer.start();
  await settled();
  const first = explorer.edit({ op: "dissolve", cluster: 0 });
  const again = explorer.edit({ op: "dissolve", cluster: 0 });
  const other = explorer.edit({ op: "note", cluster: 1, note: "x" });
  await settled();
  expect(asked).toEqual(["dissolve of 0"]);
  expect(explorer.busy.value).toBe("Saving…");
  open[0]!();
  await settled();
  expect(asked).toEqual(["dissolve of 0", "note of 1"]);
  open[1]!();
  expect((await first)?.version).toBe(1);
  expect(await again).toBe(null);
  expect((await other)?.version).toBe(2);
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

test("groups go by their rows, and a flat order never rises", () => {
  const some = [3, 40, 10, 12, 5, 9].map((size, i) =>
    cluster(i, { size, parent: i === 4 ? null : i % 2, oddness: 10 - i }),
  );
  const parents = [cluster(0), cluster(1), cluster(2)];
  const groups = grouped(some, parents);
  expect(groups.map((g) => [g.parent?.cluster ?? null, g.rows])).toEqual([
    [1, 61],
    [0, 13],
    [null, 5],
  ]);
  expect(groups[0]!.clusters.map((c) => c.size)).toEqual([40, 12, 9]);
  const flat = sorted(some, "size").map((c) => c.size);
  expect(flat).toEqual([...flat].sort((a, b) => b - a));
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

test("while searching, the rows that were found are counted by cluster", async () => {
  const explorer = await opened();
  expect(explorer.hits.value).toBe(null);
  explorer.go({ query: "rocket" });
  await settled();
  expect([...explorer.hits.value!]).toEqual([[0, 2]]);
  explorer.go({ query: "red" });
  await settled();
  expect([...explorer.hits.value!]).toEqual([
    [0, 1],
    [1, 1],
  ]);
  const hits = explorer.hits.value;
  expect(foremost({ cluster: 1, size: 2 }, hits)).toBeGreaterThan(
    foremost({ cluster: 5, size: 900 }, hits),
  );
  expect([withHits("cars", 1200), withHits("cars", undefined)]).toEqual(["cars · 1,200", "cars"]);
});

test("a level waits until its list is there, and no longer when it cannot be had", async () => {
  const frozen = data();
  const info = (layer: number) => ({ layer, n_clusters: 1, separation: null, stability: null });
  const coarse = { layer: 2, clusters: [cluster(0)], noise: 0, version: 0 };
  frozen.levels = [2, 3].map((layer) => ({
    info: info(layer),
    clusters: { ...coarse, layer },
    course: null,
    pages: {},
  }));
  for (const layer of [2, 3]) frozen.arrays[`layer_${layer}`] = frozen.arrays["cluster"]!;
  const told = frozenSource(frozen);
  let come = () => {};
  const source = {
    ...told,
    clusters: async (layer: number) => {
      if (layer === 3) throw new Error("gone");
      if (layer === 2) await new Promise<void>((resolve) => (come = resolve));
      return told.clusters(layer);
    },
  };
  const explorer = new Explorer(source, false);
  await explorer.start();
  await settled();
  expect(explorer.levelWaits.value).toBe(false);
  explorer.go({ layer: 2 });
  await settled();
  expect(explorer.levelWaits.value).toBe(true);
  come();
  await settled();
  expect(explorer.levelWaits.value).toBe(false);
  explorer.go({ layer: 3 });
  await settled();
  expect(explorer.levelWaits.value).toBe(false);
});
