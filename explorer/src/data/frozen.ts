/** The data of a static copy or a notebook widget: all of it is there from the start. */

import { Refused, type Source } from "./source";
import type {
  Anomaly,
  ClusterList,
  ClusterPage,
  Course,
  Duplicates,
  Found,
  History,
  LayerInfo,
  MoreInfo,
  OddRule,
  Row,
  RunInfo,
} from "./types";

interface Level {
  clusters: ClusterList;
  course: Course | null;
  pages: Record<string, ClusterPage>;
}

/** The level that the run chose, and others that the copy holds beside it. */
export interface Frozen extends Level {
  run: RunInfo;
  more: MoreInfo;
  levels: (Level & { info: LayerInfo })[];
  arrays: Record<string, string>;
  ids: string[];
  texts: string[];
  columns: Record<string, string[]>;
  /** JPEG in base64 by row. */
  pictures: Record<string, string>;
  anomalies: Anomaly[];
  odd: OddRule;
  duplicates: Duplicates;
  history: History;
  left_out: string[];
}

function bytes(packed: string): ArrayBuffer {
  const text = atob(packed);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out.buffer;
}

/** Words and "quoted phrases" of a query, small letters. */
export function wordsOf(query: string): string[] {
  return [...query.toLowerCase().matchAll(/"([^"]+)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? "");
}

const never = async (): Promise<never> => {
  throw new Refused("This copy cannot be edited. Open the run with `shoal explore`.", false);
};

export function frozenSource(data: Frozen): Source {
  const array = (name: string): ArrayBuffer => {
    const packed = data.arrays[name];
    if (packed === undefined) throw new Refused(`This copy has no ${name}.`, false);
    return bytes(packed);
  };
  const labels = new Int32Array(array("cluster"));
  const lower = data.texts.map((text) => text.toLowerCase());
  const row = (number: number): Row => ({
    row: number,
    id: data.ids[number] ?? "",
    text: data.texts[number] ?? "",
    cluster: labels[number] ?? -1,
    columns: Object.fromEntries(
      Object.entries(data.columns).map(([name, values]) => [name, values[number] ?? null]),
    ),
  });
  const search = async (query: string): Promise<Found> => {
    const words = wordsOf(query);
    const rows: number[] = [];
    lower.forEach((text, i) => {
      if (words.every((word) => text.includes(word))) rows.push(i);
    });
    return { total: rows.length, rows, scores: null };
  };
  const others = new Map(data.levels.map((level) => [level.info.layer, level]));
  const level = (layer: number): Level => others.get(layer) ?? data;
  const layers = [...data.run.layers, ...data.levels.map((l) => l.info)];
  return {
    live: false,
    leftOut: data.left_out,
    run: async () => ({ ...data.run, layers: layers.sort((a, b) => a.layer - b.layer) }),
    more: async () => data.more,
    points: async () => new Float32Array(array("points")),
    labels: async (layer) =>
      layer === null || layer === data.run.chosen
        ? labels
        : new Int32Array(array(`layer_${layer}`)),
    numbers: async (name) => new Float32Array(array(name)),
    codes: async (name) => new Int32Array(array(name)),
    clusters: async (layer) => level(layer).clusters,
    cluster: async (layer, cluster) => {
      const page = level(layer).pages[String(cluster)];
      if (!page) throw new Refused(`There is no cluster ${cluster}.`, false);
      return page;
    },
    // the other columns of dates stayed with the run
    course: async (layer) => {
      const { course } = level(layer);
      return course && { ...course, columns: [course.column] };
    },
    rows: async (rows) => rows.map(row),
    row: async (number) => row(number),
    picture: (number) => {
      const picture = data.pictures[String(number)];
      return picture === undefined ? null : `data:image/jpeg;base64,${picture}`;
    },
    search,
    similar: never,
    anomalies: async () => ({ ...data.odd, entries: data.anomalies }),
    duplicates: async () => data.duplicates,
    history: async () => data.history,
    edit: never,
    step: never,
    export: never,
    copy: never,
  };
}
