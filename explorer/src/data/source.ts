/** Where the page gets its data: the server, or what is frozen into a static copy. */

import type {
  ClusterList,
  ClusterPage,
  Course,
  Duplicates,
  Found,
  History,
  MoreInfo,
  Odd,
  Row,
  RunInfo,
  Wish,
} from "./types";

export interface Source {
  /** Whether edits, search by meaning and export are there. */
  readonly live: boolean;
  /** What a copy of the run does not hold, in sentences. */
  readonly leftOut: string[];
  run(): Promise<RunInfo>;
  more(): Promise<MoreInfo>;
  points(): Promise<Float32Array>;
  labels(layer: number | null): Promise<Int32Array>;
  numbers(name: string): Promise<Float32Array>;
  codes(name: string): Promise<Int32Array>;
  clusters(layer: number, above?: number | null): Promise<ClusterList>;
  cluster(layer: number, cluster: number): Promise<ClusterPage>;
  course(layer: number, column: string): Promise<Course | null>;
  rows(rows: number[]): Promise<Row[]>;
  row(row: number): Promise<Row>;
  /** Where the picture of a row is; null if it is not here. */
  picture(row: number): string | null;
  search(query: string, how: string): Promise<Found>;
  similar(row: number): Promise<Found>;
  anomalies(): Promise<Odd>;
  duplicates(): Promise<Duplicates>;
  history(): Promise<History>;
  edit(wish: Wish, version: number): Promise<History>;
  step(way: "undo" | "redo", version: number): Promise<History>;
  export(rows: number[] | null, ending: string, edited: boolean): Promise<Blob>;
  copy(): Promise<Blob>;
}

/** Something the person can mend; `conflict` when somebody else edited first. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly conflict: boolean,
  ) {
    super(message);
  }
}

async function ask(path: string, body?: unknown): Promise<Response> {
  const asked: RequestInit =
    body === undefined
      ? {}
      : {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        };
  let answer: Response;
  try {
    answer = await fetch(path, asked);
  } catch {
    throw new Refused("The explorer does not answer. Is `shoal explore` still running?", false);
  }
  if (answer.ok) return answer;
  const told = await answer.text();
  throw new Refused(reason(told), answer.status === 409);
}

function reason(told: string): string {
  try {
    const parsed: unknown = JSON.parse(told);
    if (parsed && typeof parsed === "object" && "error" in parsed) return String(parsed.error);
  } catch {
    // not JSON: the guard answers in plain text
  }
  return told || "The explorer could not do this.";
}

const json = async <T>(path: string, body?: unknown): Promise<T> =>
  (await (await ask(path, body)).json()) as T;

const buffer = async (path: string): Promise<ArrayBuffer> => (await ask(path)).arrayBuffer();

const part = encodeURIComponent;

/** The server that sent the page. */
export const server: Source = {
  live: true,
  leftOut: [],
  run: () => json("api/run"),
  more: () => json("api/more"),
  points: async () => new Float32Array(await buffer("api/points")),
  labels: async (layer) =>
    new Int32Array(await buffer(`api/array/${layer === null ? "cluster" : `layer_${layer}`}`)),
  numbers: async (name) => new Float32Array(await buffer(`api/array/${part(name)}`)),
  codes: async (name) => new Int32Array(await buffer(`api/array/${part(name)}`)),
  clusters: (layer, above = null) =>
    json(`api/clusters?layer=${layer}${above === null ? "" : `&above=${above}`}`),
  cluster: (layer, cluster) => json(`api/clusters/${cluster}?layer=${layer}`),
  course: (layer, column) =>
    json(`api/course?layer=${layer}${column ? `&column=${part(column)}` : ""}`),
  rows: async (rows) => (await json<{ rows: Row[] }>("api/rows", { rows })).rows,
  row: (row) => json(`api/rows/${row}`),
  picture: (row) => `api/pictures/${row}`,
  search: (query, how) => json(`api/search?q=${part(query)}&how=${how}`),
  similar: (row) => json(`api/similar/${row}`),
  anomalies: () => json("api/anomalies"),
  duplicates: () => json("api/duplicates"),
  history: () => json("api/edits"),
  edit: (edit, version) => json("api/edits", { edit, version }),
  step: (way, version) => json(`api/${way}`, { version }),
  export: async (rows, ending, edited) =>
    (await ask("api/export", { rows, ending, edited })).blob(),
  copy: async () => (await ask("api/copy", {})).blob(),
};
