/** A small run for unit tests. */

import type { Frozen } from "../../src/data/frozen";
import type { Cluster } from "../../src/data/types";

export const packed = (values: ArrayBufferView): string =>
  btoa(String.fromCharCode(...new Uint8Array(values.buffer)));

export function cluster(number: number, more: Partial<Cluster> = {}): Cluster {
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

export function data(): Frozen {
  return {
    run: {
      title: "t",
      counts: { rows: 4, used: 4, clusters: 2, noise: 1 },
      model: "m",
      verdict: "v",
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
    levels: [],
    pictures: {},
    left_out: [],
    anomalies: [],
    odd: { total: 0, n: 0, rule: "" },
    duplicates: { groups: [], total: 0, rows: 0 },
    history: { version: 0, warning: null, done: [], undone: [] },
  };
}

export const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
