/** What the page knows and what the person chose; everything shown follows from this. */

import { batch, computed, effect, signal } from "@preact/signals";
import { type Choices, type Filter, NOTHING, read, written } from "./address";
import { Refused, type Source } from "./data/source";
import type {
  Cluster,
  ClusterList,
  ClusterPage,
  Column,
  Course,
  Found,
  History,
  LayerInfo,
  MoreInfo,
  RunInfo,
  Wish,
} from "./data/types";
import { Grid, inside } from "./map/points";

export interface Notice {
  text: string;
  kind: "error" | "said";
}

const NO_EDITS: History = { version: 0, warning: null, done: [], undone: [] };

const MOST_BRANCHES = 40;

/** A copy on a disk keeps the choices after a hash: a browser lets a file change nothing else. */
const onDisk = (): boolean => location.protocol === "file:";
const here = (): string => (onDisk() ? location.hash : location.search).slice(1);
const address = (query: string): string =>
  onDisk() ? `#${query}` : query ? `?${query}` : location.pathname;

/** The coarser layer whose clusters the list groups those of a layer by, if one is fit for it. */
export function branches(layers: LayerInfo[], layer: number): number | null {
  const own = layers.find((l) => l.layer === layer)?.n_clusters ?? 0;
  const most = Math.min(own / 4, MOST_BRANCHES);
  const fit = layers.find((l) => l.layer > layer && l.n_clusters > 1 && l.n_clusters <= most);
  return fit?.layer ?? null;
}

export class Explorer {
  readonly choices = signal<Choices>(NOTHING);
  readonly run = signal<RunInfo | null>(null);
  readonly more = signal<MoreInfo | null>(null);
  readonly points = signal<Float32Array | null>(null);
  readonly labels = signal<Int32Array | null>(null);
  readonly list = signal<ClusterList | null>(null);
  /** Clusters of coarser layers that the list groups by. */
  readonly above = signal<ClusterList | null>(null);
  readonly page = signal<ClusterPage | null>(null);
  /** The clusters over time; null without a column of dates. */
  readonly course = signal<Course | null>(null);
  readonly found = signal<Found | null>(null);
  readonly history = signal<History>(NO_EDITS);
  readonly values = signal<{
    name: string;
    column: Column;
    values: Float32Array | Int32Array;
  } | null>(null);
  readonly filterValues = signal<Map<string, Float32Array | Int32Array>>(new Map());
  readonly busy = signal<string | null>(null);
  readonly notice = signal<Notice | null>(null);
  readonly failure = signal<string | null>(null);
  readonly hovered = signal<number | null>(null);
  readonly dark = signal(false);
  readonly tool = signal<"pan" | "lasso" | "box">("pan");

  readonly grid = computed(() => (this.points.value ? new Grid(this.points.value) : null));
  readonly layer = computed(() => this.choices.value.layer ?? this.run.value?.chosen ?? 0);
  readonly editable = computed(
    () => this.source.live && this.layer.value === this.run.value?.chosen,
  );
  readonly clusters = computed(
    () => new Map((this.list.value?.clusters ?? []).map((c): [number, Cluster] => [c.cluster, c])),
  );
  /** Rows that the filters let through; null when there is no filter. */
  readonly kept = computed(() => this.filtered());
  private readonly drawnShape = computed(() => this.choices.value.lasso);
  readonly selected = computed(() => {
    const points = this.points.value;
    const shape = this.drawnShape.value;
    if (!points || shape.length < 3) return null;
    const kept = this.kept.value;
    const rows = inside(points, shape);
    return kept ? rows.filter((row) => kept[row]) : rows;
  });
  /** The rows that the person looks at: drawn around, found, or of a cluster. */
  readonly focus = computed(
    (): { rows: number[]; scores: number[] | null; total: number } | null => {
      const kept = this.kept.value;
      const drawn = this.selected.value;
      if (drawn) return { rows: drawn, scores: null, total: drawn.length };
      const found = this.found.value;
      if (!found) return null;
      if (!kept) return found;
      const places = found.rows.map((_, i) => i).filter((i) => kept[found.rows[i]!]);
      const scores = found.scores;
      return {
        rows: places.map((i) => found.rows[i]!),
        scores: scores && places.map((i) => scores[i]!),
        total: places.length,
      };
    },
  );

  constructor(
    readonly source: Source,
    readonly addressed: boolean,
  ) {
    if (addressed) {
      this.choices.value = read(here());
      addEventListener("popstate", () => {
        this.choices.value = read(here());
      });
      addEventListener("visibilitychange", () => {
        if (!document.hidden) void this.look();
      });
    }
  }

  /** Load what the first picture needs, then the rest. */
  async start(): Promise<void> {
    try {
      const source = this.source;
      const [run, points, labels] = await Promise.all([
        source.run(),
        source.points(),
        source.labels(this.choices.value.layer),
      ]);
      batch(() => {
        this.run.value = run;
        this.points.value = points;
        this.labels.value = labels;
      });
      this.follow();
      this.history.value = await source.history();
      this.more.value = await source.more();
    } catch (error) {
      this.failure.value = error instanceof Error ? error.message : String(error);
    }
  }

  /** Load again whatever a choice changes. */
  private follow(): void {
    let last: { layer: number | null; version: number } | null = { layer: null, version: -1 };
    effect(() => {
      const layer = this.layer.value;
      const version = this.history.value.version;
      if (last && last.layer === layer && last.version === version) return;
      const first = last?.layer === null;
      last = { layer, version };
      void this.guarded(async () => {
        if (!first) this.labels.value = await this.source.labels(this.choices.peek().layer);
        const above = branches(this.run.peek()?.layers ?? [], layer);
        this.list.value = await this.source.clusters(layer, above);
        this.above.value = above === null ? null : await this.source.clusters(above);
      });
    });
    effect(() => {
      const { cluster } = this.choices.value;
      const layer = this.layer.value;
      void this.history.value.version;
      if (cluster === null || cluster < 0) this.page.value = null;
      else void this.loadPage(layer, cluster);
    });
    const over = computed(() => this.choices.value.dates);
    effect(() => {
      const column = over.value;
      const layer = this.layer.value;
      void this.history.value.version;
      if (!this.more.value?.columns.some((c) => c.kind === "date")) return;
      void this.guarded(async () => {
        const found = await this.source.course(layer, column);
        if (layer === this.layer.peek() && column === over.peek()) this.course.value = found;
      });
    });
    const asked = computed(() => {
      const { query, how, like } = this.choices.value;
      return JSON.stringify([query, how, like]);
    });
    effect(() => {
      const [query, how, like] = JSON.parse(asked.value) as [string, string, number | null];
      void this.find(query, how, like);
    });
    effect(() => {
      const { colour } = this.choices.value;
      const columns = this.allColumns.value;
      const column = columns.find((c) => c.name === colour);
      if (!column) this.values.value = null;
      else void this.guarded(async () => this.colourBy(column));
    });
    effect(() => {
      const wanted = this.choices.value.filters.map((f) => f.column);
      const columns = this.allColumns.value;
      for (const name of wanted) {
        const column = columns.find((c) => c.name === name);
        if (column && !this.filterValues.peek().has(name)) {
          void this.guarded(async () => {
            const values = await this.valuesOf(column);
            this.filterValues.value = new Map(this.filterValues.peek()).set(name, values);
          });
        }
      }
    });
  }

  /** Columns of the source, and what the run itself says of each row. */
  readonly allColumns = computed((): Column[] => [
    { name: "strength", kind: "number", low: 0, high: 1 },
    { name: "outlier_score", kind: "number", low: 0.5, high: 2 },
    ...(this.more.value?.columns ?? []).map((c) => ({ ...c, name: `column:${c.name}` })),
  ]);

  private async valuesOf(column: Column): Promise<Float32Array | Int32Array> {
    return column.kind === "category"
      ? this.source.codes(column.name)
      : this.source.numbers(column.name);
  }

  private async colourBy(column: Column): Promise<void> {
    if (this.values.peek()?.name === column.name) return;
    const values = await this.valuesOf(column);
    if (this.choices.peek().colour === column.name) {
      this.values.value = { name: column.name, column, values };
    }
  }

  private async loadPage(layer: number, cluster: number): Promise<void> {
    await this.guarded(async () => {
      const page = await this.source.cluster(layer, cluster);
      if (this.choices.peek().cluster === cluster) this.page.value = page;
    });
  }

  private async find(query: string, how: string, like: number | null): Promise<void> {
    if (!query && like === null) {
      this.found.value = null;
      return;
    }
    await this.guarded(async () => {
      this.found.value =
        like === null ? await this.source.search(query, how) : await this.source.similar(like);
    }, "Searching…");
  }

  private filtered(): Uint8Array | null {
    const filters = this.choices.value.filters;
    const n = this.labels.value?.length ?? 0;
    const ready = filters.filter((f) => this.filterValues.value.has(f.column));
    if (!ready.length || !n) return null;
    const out = new Uint8Array(n).fill(1);
    for (const filter of ready) {
      const values = this.filterValues.value.get(filter.column)!;
      const allowed = this.allowedBy(filter);
      for (let row = 0; row < n; row++) if (!allowed(values[row]!)) out[row] = 0;
    }
    return out;
  }

  private allowedBy(filter: Filter): (value: number) => boolean {
    if (filter.kind === "range") return (v) => v >= filter.low && v <= filter.high;
    const names = this.allColumns.value.find((c) => c.name === filter.column)?.categories ?? [];
    const codes = new Set(filter.values.map((v) => names.indexOf(v)));
    return (v) => codes.has(v);
  }

  /** Take a choice; it becomes a new address unless it only replaces the last one. */
  go(change: Partial<Choices>, replace = false): void {
    const next = { ...this.choices.peek(), ...change };
    if (this.addressed) {
      const query = written(next);
      if (replace) history.replaceState(null, "", address(query));
      else if (query !== here()) history.pushState(null, "", address(query));
    }
    // last, for what follows from it may choose again
    this.choices.value = next;
  }

  /** Carry out an edit; on a conflict load what is new and say so. */
  async edit(wish: Wish): Promise<History | null> {
    return this.change(() => this.source.edit(wish, this.history.peek().version));
  }

  async step(way: "undo" | "redo"): Promise<void> {
    await this.change(() => this.source.step(way, this.history.peek().version));
  }

  private async change(work: () => Promise<History>): Promise<History | null> {
    if (this.busy.peek() === "Saving…") return null;
    let done: History | null = null;
    await this.guarded(async () => {
      try {
        done = await work();
        await this.adopt(done);
      } catch (error) {
        if (error instanceof Refused && error.conflict) {
          await this.adopt(await this.source.history());
        }
        throw error;
      }
    }, "Saving…");
    return done;
  }

  /** Take a new history, but first let go of a cluster that is no more: all that is shown is
   * fetched again when the history changes, and that cluster could not be. */
  private async adopt(told: History): Promise<void> {
    const { cluster } = this.choices.peek();
    if (cluster !== null && !(await this.stillThere(cluster))) this.go({ cluster: null }, true);
    this.history.value = told;
  }

  private async stillThere(cluster: number): Promise<boolean> {
    const list = await this.source.clusters(this.layer.peek());
    return cluster < 0 || list.clusters.some((c) => c.cluster === cluster);
  }

  /** See whether somebody else edited. */
  private async look(): Promise<void> {
    if (!this.source.live || !this.run.peek()) return;
    try {
      const told = await this.source.history();
      if (told.version !== this.history.peek().version) await this.adopt(told);
    } catch {
      // the next thing the person does will say it
    }
  }

  /** Do some work; what goes wrong is told, not thrown. */
  async guarded(work: () => Promise<void>, busy = "Loading…"): Promise<void> {
    this.busy.value = busy;
    try {
      await work();
    } catch (error) {
      this.notice.value = {
        kind: "error",
        text: error instanceof Error ? error.message : String(error),
      };
    } finally {
      this.busy.value = null;
    }
  }

  say(text: string): void {
    this.notice.value = { kind: "said", text };
  }

  titleOf(cluster: number): string {
    return cluster < 0 ? "no cluster" : (this.clusters.value.get(cluster)?.title ?? `#${cluster}`);
  }
}
