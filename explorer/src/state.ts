/** What the page knows and what the person chose; everything shown follows from this. */

import { batch, computed, effect, signal } from "@preact/signals";
import { address, type Choices, here, NOTHING, read, written } from "./address";
import { Answer, reason } from "./answer";
import { Refused, type Source } from "./data/source";
import type {
  Cluster,
  ClusterPage,
  Column,
  EditLine,
  Found,
  History,
  MoreInfo,
  RunInfo,
  Wish,
} from "./data/types";
import { countedBy, filtered, type Left, leftBy, lookedAt, type Values, withStops } from "./kept";
import { type Lists, loadLists } from "./lists";
import { Grid, inside } from "./map/points";
import { columnName, edited } from "./words";

export interface Notice {
  text: string;
  kind: "error" | "said";
  /** What takes back what is told, as long as the edits have this version. */
  back?: { way: Way; version: number };
}

type Way = "undo" | "redo";

const NO_EDITS: History = { version: 0, warning: null, done: [], undone: [] };

const SAVING = "Saving…";

export class Explorer {
  readonly choices = signal<Choices>(NOTHING);
  readonly run = signal<RunInfo | null>(null);
  readonly more = signal<MoreInfo | null>(null);
  readonly points = signal<Float32Array | null>(null);
  readonly labels = new Answer<Int32Array>();
  readonly lists = new Answer<Lists>();
  readonly page = new Answer<ClusterPage>();
  readonly found = new Answer<Found>();
  readonly history = signal<History>(NO_EDITS);
  /** What the map is coloured by; null for the clusters. */
  readonly values = signal<Values | null>(null);
  readonly loaded = signal<Map<string, Values>>(new Map());
  private readonly seen = new Map<number, string>();
  private readonly needed = new Set<string>();
  /** How often the person asked for the same once more. */
  readonly attempt = signal(0);
  private readonly works = signal<string[]>([]);
  /** The edit that is being saved, as text, and what the next one waits for. */
  private saving: string | null = null;
  private turn: Promise<void> = Promise.resolve();
  readonly busy = computed(() => this.works.value.at(-1) ?? null);
  readonly notice = signal<Notice | null>(null);
  readonly failure = signal<string | null>(null);
  readonly hovered = signal<number | null>(null);
  readonly dark = signal(false);
  readonly tool = signal<"pan" | "lasso" | "box">("pan");

  readonly list = computed(() => this.lists.value?.list ?? null);
  readonly above = computed(() => this.lists.value?.above ?? null);
  readonly course = computed(() => this.lists.value?.course ?? null);
  readonly grid = computed(() => (this.points.value ? new Grid(this.points.value) : null));
  readonly layer = computed(() => {
    const { layer } = this.choices.value;
    const run = this.run.value;
    return (run && !run.layers.some((l) => l.layer === layer) ? run.chosen : layer) ?? 0;
  });
  private readonly version = computed(() => this.history.value.version);
  readonly editable = computed(
    () => this.source.live && this.layer.value === this.run.value?.chosen,
  );
  readonly clusters = computed(
    () => new Map((this.list.value?.clusters ?? []).map((c): [number, Cluster] => [c.cluster, c])),
  );
  /** Rows that the filters let through; null when there is no filter. */
  readonly kept = computed(() =>
    filtered(this.choices.value.filters, this.loaded.value, this.labels.value?.length ?? 0),
  );
  /** What the filters leave; null when there is no filter. */
  readonly left = computed((): Left | null => {
    const [kept, labels] = [this.kept.value, this.labels.value];
    return kept && labels && leftBy(kept, labels);
  });
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
  readonly focus = computed(() => lookedAt(this.selected.value, this.found.value, this.kept.value));

  /** Rows that are found or drawn around, by cluster; null when none are sought. */
  readonly hits = computed(() => {
    const [focus, labels] = [this.focus.value, this.labels.value];
    return focus && labels && countedBy(focus.rows, labels);
  });
  /** The list is still that of another level. */
  readonly levelWaits = computed(() => {
    const list = this.list.value;
    return list !== null && list.layer !== this.layer.value && !this.lists.failure;
  });

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
      const { layer } = this.choices.peek();
      const [run, points] = await Promise.all([
        this.source.run(),
        this.source.points(),
        this.labels.ask(() => this.source.labels(layer)),
      ]);
      if (layer !== null && !run.layers.some((l) => l.layer === layer)) {
        this.go({ layer: null, cluster: null }, true);
        this.warn(`This run has no level ${layer}; you see the one that it chose.`);
        await this.labels.ask(() => this.source.labels(null));
      }
      if (this.labels.failure) throw new Error(this.labels.failure);
      batch(() => {
        this.run.value = run;
        this.points.value = points;
        // so that what is loaded now is not loaded again when the edits are known
        this.history.value = { ...NO_EDITS, version: run.version };
      });
      this.follow();
      this.history.value = await this.source.history();
      this.more.value = await this.source.more();
    } catch (error) {
      this.failure.value = reason(error);
    }
  }

  /** Load again whatever a choice changes. */
  private follow(): void {
    let first = true;
    effect(() => {
      void [this.version.value, this.attempt.value];
      const layer = this.layer.value === this.run.value?.chosen ? null : this.layer.value;
      if (!first) void this.told(this.labels, () => this.source.labels(layer));
      first = false;
    });
    const over = computed(() => this.choices.value.dates);
    effect(() => {
      void [this.version.value, this.attempt.value];
      const [layer, dates] = [this.layer.value, over.value];
      void this.told(this.lists, async () => {
        const made = await loadLists(this.source, this.run.peek()!, layer, dates, (text) =>
          this.warn(text),
        );
        if (layer === this.run.peek()!.chosen) this.remember(made.list.clusters);
        return made;
      });
    });
    const cluster = computed(() => this.choices.value.cluster);
    effect(() => {
      const wanted = cluster.value;
      const layer = this.layer.value;
      void [this.version.value, this.attempt.value];
      if (wanted === null) this.page.forget();
      else void this.told(this.page, () => this.source.cluster(layer, wanted));
    });
    const asked = computed(() => {
      const { query, how, like } = this.choices.value;
      return JSON.stringify([query, how, like]);
    });
    effect(() => {
      void this.attempt.value;
      const [query, how, like] = JSON.parse(asked.value) as [string, string, number | null];
      this.find(query, how, like);
    });
    effect(() => this.leaveOutStrange());
    effect(() => {
      const { colour, filters } = this.choices.value;
      for (const name of [colour, ...filters.map((f) => f.column)]) void this.need(name);
    });
    effect(() => {
      const { colour } = this.choices.value;
      // the last colours stay until the new ones are there
      this.values.value = this.loaded.value.get(colour) ?? this.keptColours(colour);
    });
  }

  private keptColours(colour: string): Values | null {
    return this.allColumns.value.some((c) => c.name === colour) ? this.values.peek() : null;
  }

  /** Columns of the source, and what the run itself says of each row. */
  readonly allColumns = computed((): Column[] => [
    { name: "strength", kind: "number" },
    { name: "outlier_score", kind: "number" },
    ...(this.more.value?.columns ?? []).map((c) => ({ ...c, name: `column:${c.name}` })),
  ]);

  /** Load the values of a column, once. */
  async need(name: string): Promise<void> {
    const column = this.allColumns.value.find((c) => c.name === name);
    if (!column || this.needed.has(name)) return;
    this.needed.add(name);
    await this.guarded(async () => {
      const values = await (column.kind === "category"
        ? this.source.codes(name)
        : this.source.numbers(name));
      this.loaded.value = new Map(this.loaded.peek()).set(name, withStops(column, values));
    });
    if (!this.loaded.peek().has(name)) this.needed.delete(name);
  }

  /** Say which columns of an address this run does not have, and go on without them. */
  private leaveOutStrange(): void {
    if (!this.more.value) return;
    const { colour, filters, dates } = this.choices.value;
    const names = new Set(this.allColumns.value.map((c) => c.name));
    const known = (name: string) => names.has(name);
    const strange = [colour, ...filters.map((f) => f.column), dates && `column:${dates}`].filter(
      (name) => name && name !== NOTHING.colour && !known(name),
    );
    if (!strange.length) return;
    const told = [...new Set(strange)].map((name) => `“${columnName(name)}”`).join(" and ");
    this.warn(`This run has no column ${told}, so it is left out.`);
    this.go(
      {
        colour: known(colour) ? colour : NOTHING.colour,
        filters: filters.filter((f) => known(f.column)),
        dates: known(`column:${dates}`) ? dates : NOTHING.dates,
      },
      true,
    );
  }

  private find(query: string, how: string, like: number | null): void {
    this.found.forget();
    if (!query && like === null) return;
    void this.told(
      this.found,
      () => (like === null ? this.source.search(query, how) : this.source.similar(like)),
      "Searching…",
    );
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

  /** Carry out an edit and say what it did; on a conflict load what is new and say that. An edit
   * waits for the one before it; the same one again meanwhile is a double click. */
  async edit(wish: Wish): Promise<History | null> {
    const said = JSON.stringify(wish);
    if (this.saving === said) return null;
    this.saving = said;
    const done = await this.change(() => this.source.edit(wish, this.history.peek().version));
    if (this.saving === said) this.saving = null;
    if (done) this.tell("undo", "", done.done.at(-1));
    return done;
  }

  async step(way: Way): Promise<void> {
    let last: EditLine | undefined;
    const done = await this.change(() => {
      last = this.history.peek().done.at(-1);
      return this.source.step(way, this.history.peek().version);
    });
    if (!done) return;
    if (way === "undo") this.tell("redo", "Undone: ", last);
    else this.tell("undo", "Done again: ", done.done.at(-1));
  }

  /** Say what an edit did, with the way back. */
  private tell(way: Way, before: string, edit: EditLine | undefined): void {
    if (!edit) return;
    const text = `${before}${edited(edit, (cluster) => this.editedTitle(cluster))}.`;
    this.say(text, { way, version: this.history.peek().version });
  }

  private async change(work: () => Promise<History>): Promise<History | null> {
    let done: History | null = null;
    const before = this.turn;
    this.turn = this.guarded(async () => {
      await before;
      try {
        done = await work();
        await this.adopt(done);
      } catch (error) {
        if (error instanceof Refused && error.conflict) {
          await this.adopt(await this.source.history());
        }
        throw error;
      }
    }, SAVING);
    await this.turn;
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
  async guarded(work: () => Promise<void>, busy?: string): Promise<void> {
    await this.meanwhile(async () => {
      try {
        await work();
      } catch (error) {
        this.warn(reason(error));
      }
    }, busy);
  }

  /** Ask for something; what goes wrong is said where the answer would stand. */
  private async told<T>(to: Answer<T>, question: () => Promise<T>, busy?: string): Promise<void> {
    await this.meanwhile(() => to.ask(question), busy);
  }

  private async meanwhile(work: () => Promise<void>, busy = "Loading…"): Promise<void> {
    this.works.value = [...this.works.peek(), busy];
    try {
      await work();
    } finally {
      const at = this.works.peek().indexOf(busy);
      this.works.value = this.works.peek().filter((_, i) => i !== at);
    }
  }

  /** Ask once more for what could not be told. */
  retry(): void {
    this.attempt.value++;
  }

  warn(text: string): void {
    this.notice.value = { kind: "error", text };
  }

  say(text: string, back?: Notice["back"]): void {
    this.notice.value = { kind: "said", text, ...(back && { back }) };
  }

  private remember(clusters: Cluster[]): void {
    for (const c of clusters) this.seen.set(c.cluster, c.title);
  }

  /** Of the level that is edited; the title stays known when the cluster is gone. */
  editedTitle(cluster: number): string {
    const title = this.seen.get(cluster);
    return title === undefined ? `cluster ${cluster}` : `“${title}”`;
  }

  titleOf(cluster: number): string {
    return cluster < 0 ? "no cluster" : (this.clusters.value.get(cluster)?.title ?? `#${cluster}`);
  }
}
