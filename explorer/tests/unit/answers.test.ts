import { expect, test } from "vitest";
import { Answer } from "../../src/answer";
import { noMeaning } from "../../src/app";
import { frozenSource } from "../../src/data/frozen";
import type { Source } from "../../src/data/source";
import type { ClusterList, Found } from "../../src/data/types";
import { Explorer } from "../../src/state";
import { cluster, data, settled } from "./making";

/** Promises that are kept by hand, in any order. */
function later<T>() {
  const open: ((told: T) => void)[] = [];
  const asked = () => new Promise<T>((resolve) => open.push(resolve));
  return { open, asked };
}

async function opened(source: Partial<Source>, choices = {}): Promise<Explorer> {
  const explorer = new Explorer({ ...frozenSource(data()), live: true, ...source }, false);
  explorer.go(choices);
  await explorer.start();
  await settled();
  return explorer;
}

test("an answer that comes late is dropped, and so is a late failure", async () => {
  const answer = new Answer<string>();
  const { open, asked } = later<string>();
  void answer.ask(asked);
  void answer.ask(asked);
  open[1]!("new");
  await settled();
  open[0]!("old");
  await settled();
  expect(answer.value).toBe("new");
  let fail = (_: Error) => {};
  void answer.ask(
    () =>
      new Promise((_, reject) => {
        fail = reject;
      }),
  );
  await answer.ask(async () => "newest");
  fail(new Error("late"));
  await settled();
  expect([answer.value, answer.failure]).toEqual(["newest", null]);
});

test("a late search never stands under the words of a newer one", async () => {
  const { open, asked } = later<Found>();
  const explorer = await opened({ search: asked });
  explorer.go({ query: "card" });
  explorer.go({ query: "refund" });
  expect(explorer.found.value).toBe(null);
  open[1]!({ total: 1, rows: [2], scores: null });
  await settled();
  open[0]!({ total: 2, rows: [0, 1], scores: null });
  await settled();
  expect(explorer.found.value?.rows).toEqual([2]);
});

function layered() {
  const frozen = data();
  const info = (layer: number) => ({ layer, n_clusters: 2, separation: null, stability: null });
  frozen.run.layers = [info(0), info(1), info(2)];
  return frozen;
}

test("the level that was chosen last is shown, whichever answer comes last", async () => {
  const frozen = layered();
  const open = new Map<number, () => void>();
  const explorer = await opened({
    run: async () => frozen.run,
    clusters: (layer) =>
      new Promise((resolve) => {
        const tell = () =>
          resolve({ layer, clusters: [cluster(10 * layer)], noise: 0, version: 0 });
        if (layer) open.set(layer, tell);
        else tell();
      }),
  });
  explorer.go({ layer: 1 });
  explorer.go({ layer: 2 });
  open.get(2)!();
  await settled();
  open.get(1)!();
  await settled();
  expect(explorer.list.value?.layer).toBe(2);
});

test("a level that the run does not have is said, and its own is shown", async () => {
  const frozen = layered();
  const explorer = await opened(
    {
      run: async () => frozen.run,
      labels: async (layer) => {
        if (layer === 99) throw new Error("there is no layer 99.");
        return Int32Array.from([0, 0, 1, -1]);
      },
    },
    { layer: 99 },
  );
  expect(explorer.failure.value).toBe(null);
  expect(explorer.layer.value).toBe(0);
  expect(explorer.choices.value.layer).toBe(null);
  expect(explorer.notice.value?.text).toMatch(/no level 99/);
  expect(explorer.list.value?.clusters.length).toBe(2);
});

test("columns that the run does not have are said and left out", async () => {
  const explorer = await opened(
    {},
    {
      colour: "column:nosuch",
      filters: [
        { column: "column:gone", kind: "range", low: 0, high: 1 },
        { column: "column:kind", kind: "in", values: ["a"] },
      ],
    },
  );
  expect(explorer.notice.value?.text).toMatch(/no column “nosuch” and “gone”/);
  expect(explorer.choices.value.colour).toBe("cluster");
  expect(explorer.choices.value.filters.map((f) => f.column)).toEqual(["column:kind"]);
  expect(explorer.left.value?.rows).toBe(2);
});

test("what cannot be had is said in its place, and can be asked for again", async () => {
  let works = false;
  const explorer = await opened({
    search: async () => {
      if (!works) throw new Error("gone");
      return { total: 1, rows: [3], scores: null };
    },
  });
  explorer.go({ cluster: 7, query: "x" });
  await settled();
  expect(explorer.page.failure).toMatch(/no cluster 7/);
  expect(explorer.found.failure).toBe("gone");
  works = true;
  explorer.retry();
  await settled();
  expect([explorer.found.failure, explorer.found.value?.rows]).toEqual([null, [3]]);
  explorer.go({ cluster: null });
  expect(explorer.page.failure).toBe(null);
});

test("the reason why meaning cannot be searched is the right one", async () => {
  const explorer = await opened({ more: async () => ({ columns: [], meaning: false }) });
  const run = data().run;
  expect(noMeaning(explorer)).toMatch(/is not here/);
  explorer.run.value = { ...run, readable: false };
  expect(noMeaning(explorer)).toMatch(/reads no words/);
  explorer.more.value = null;
  expect(noMeaning(explorer)).toMatch(/looked for/);
  explorer.more.value = { columns: [], meaning: true };
  expect(noMeaning(explorer)).toBe(null);
});

test("the list comes at once with its groups and lines, and without lines where they fail", async () => {
  const frozen = layered();
  frozen.run.layers[0]!.n_clusters = 40;
  const { open, asked } = later<ClusterList>();
  let fail = (_: Error) => {};
  const explorer = await opened({
    run: async () => frozen.run,
    clusters: (layer) => (layer ? asked() : Promise.resolve(frozen.clusters)),
    course: () =>
      new Promise((_, reject) => {
        fail = reject;
      }),
  });
  expect(explorer.list.value).toBe(null);
  open[0]!({ layer: 1, clusters: [cluster(0)], noise: 0, version: 0 });
  await settled();
  expect(explorer.list.value).toBe(null);
  fail(new Error("no lines"));
  await settled();
  expect([explorer.list.value?.layer, explorer.above.value?.layer]).toEqual([0, 1]);
  expect(explorer.notice.value?.text).toBe("no lines");
});

test("nothing is loaded twice because the run was edited before", async () => {
  let lists = 0;
  const frozen = data();
  frozen.run.version = 5;
  frozen.history.version = 5;
  await opened({
    run: async () => frozen.run,
    history: async () => frozen.history,
    clusters: async () => {
      lists++;
      return frozen.clusters;
    },
  });
  expect(lists).toBe(1);
});
