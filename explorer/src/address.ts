/** Everything a person chose, as it stands in the address, so that it can be shared. */

export type Filter =
  | { column: string; kind: "in"; values: string[] }
  /** An end that is null is open. */
  | { column: string; kind: "range"; low: number | null; high: number | null };

export type Point = [number, number];

export interface Choices {
  layer: number | null;
  cluster: number | null;
  row: number | null;
  query: string;
  how: "words" | "meaning";
  like: number | null;
  colour: string;
  sort: "groups" | "size" | "title" | "quality" | "stability" | "oddness" | "rising";
  /** The column of dates that the course of the clusters goes by; empty for the first. */
  dates: string;
  filters: Filter[];
  lasso: Point[];
  panel: "clusters" | "odd" | "same" | "edits" | null;
  camera: [number, number, number] | null;
}

export const NOTHING: Choices = {
  layer: null,
  cluster: null,
  row: null,
  query: "",
  how: "words",
  like: null,
  colour: "cluster",
  sort: "groups",
  dates: "",
  filters: [],
  lasso: [],
  panel: null,
  camera: null,
};

const SORTS = ["groups", "size", "title", "quality", "stability", "oddness", "rising"] as const;
const PANELS = ["clusters", "odd", "same", "edits"] as const;

/** A copy on a disk keeps the choices after a hash: a browser lets a file change nothing else. */
const onDisk = (): boolean => location.protocol === "file:";
export const here = (): string => (onDisk() ? location.hash : location.search).slice(1);
export const address = (query: string): string =>
  onDisk() ? `#${query}` : query ? `?${query}` : location.pathname;

/** The part of an address after the question mark; what was not chosen is left out. */
export function written(choices: Choices): string {
  const out = new URLSearchParams();
  const put = (key: string, value: string | number | null) => {
    if (value !== null && value !== "") out.append(key, String(value));
  };
  put("layer", choices.layer);
  put("cluster", choices.cluster);
  put("row", choices.row);
  put("q", choices.query);
  if (choices.query && choices.how === "meaning") put("how", "meaning");
  put("like", choices.like);
  if (choices.colour !== NOTHING.colour) put("colour", choices.colour);
  if (choices.sort !== NOTHING.sort) put("sort", choices.sort);
  put("dates", choices.dates);
  for (const filter of choices.filters) put("f", JSON.stringify(filter));
  if (choices.lasso.length > 2) put("lasso", choices.lasso.flat().map(short).join(","));
  put("panel", choices.panel);
  if (choices.camera) put("at", choices.camera.map(short).join(","));
  return out.toString();
}

/** The choices that an address holds; what makes no sense is as if it were not there. */
export function read(search: string): Choices {
  const told = new URLSearchParams(search);
  const points = numbers(told.get("lasso"));
  const camera = numbers(told.get("at"));
  return {
    layer: whole(told.get("layer")),
    cluster: whole(told.get("cluster")),
    row: whole(told.get("row")),
    query: told.get("q") ?? "",
    how: told.get("how") === "meaning" ? "meaning" : "words",
    like: whole(told.get("like")),
    colour: told.get("colour") || NOTHING.colour,
    sort: SORTS.find((sort) => sort === told.get("sort")) ?? NOTHING.sort,
    dates: told.get("dates") ?? "",
    filters: told.getAll("f").flatMap(filter),
    lasso:
      points && points.length > 5 && points.length % 2 === 0
        ? Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i]!, points[2 * i + 1]!])
        : [],
    panel: PANELS.find((panel) => panel === told.get("panel")) ?? null,
    camera: camera?.length === 3 && camera[2]! > 0 ? [camera[0]!, camera[1]!, camera[2]!] : null,
  };
}

const short = (value: number): string => String(Math.round(value * 1e4) / 1e4);

function whole(told: string | null): number | null {
  return told !== null && /^\d{1,9}$/.test(told) ? Number(told) : null;
}

function numbers(told: string | null): number[] | null {
  const values = told?.split(",").map(Number);
  return values?.every(Number.isFinite) ? values : null;
}

function filter(told: string): Filter[] {
  try {
    const f = JSON.parse(told) as Filter;
    if (typeof f.column !== "string") return [];
    if (f.kind === "in" && Array.isArray(f.values)) return [f];
    if (f.kind === "range" && isEnd(f.low) && isEnd(f.high)) return [f];
  } catch {
    // a hand-made address
  }
  return [];
}

const isEnd = (value: unknown): boolean => value === null || Number.isFinite(value);
