/** Keeps the picture of the map up to date and turns what a hand does into choices. */

import { effect } from "@preact/signals";
import type { Point } from "../address";
import type { Explorer } from "../state";
import { type Camera, panned, type Size, toMap, toScreen, WHOLE, zoomed } from "./camera";
import { coloured } from "./colouring";
import { type Box, foremost, type Placed, placed, shortened, withHits } from "./labels";
import { drawOver } from "./over";
import { tellTitles } from "./picture";
import { simplified } from "./points";
import { opacity, Renderer } from "./renderer";
import { inSight, type Thumb, Thumbs } from "./thumbs";
import { Tip } from "./tip";

const REACH = 12;
const REST_MS = 180;
const CLICK = 4;
const STEP = 60;

/** Closest look at a cluster that is brought into sight. */
const NEAR_ZOOM = 4;

export class Stage {
  readonly renderer: Renderer;
  camera: Camera;
  size: Size = { width: 1, height: 1 };
  shape: Point[] = [];
  titles: Placed[] = [];
  pictures: Thumb[] = [];
  private readonly thumbs: Thumbs;
  private readonly stops: (() => void)[] = [];
  private readonly watching: ResizeObserver;
  private readonly tip: Tip;
  private colours: Uint8Array = new Uint8Array(0);
  private frame = 0;
  private rest = 0;
  private moving = false;
  private held: { x: number; y: number; moved: boolean; drawing: boolean } | null = null;
  private fingers = new Map<number, [number, number]>();

  constructor(
    readonly explorer: Explorer,
    private readonly root: HTMLElement,
    dots: HTMLCanvasElement,
    private readonly over: HTMLCanvasElement,
    tip: HTMLElement,
  ) {
    this.renderer = new Renderer(dots, explorer.points.value!);
    this.tip = new Tip(explorer, tip);
    this.thumbs = new Thumbs(explorer.source.picture, () => this.redraw());
    const at = explorer.choices.peek().camera;
    this.camera = at ? { x: at[0], y: at[1], zoom: at[2] } : WHOLE;
    this.watching = new ResizeObserver(() => this.resized());
    this.watching.observe(root);
    this.resized();
    this.stops.push(
      effect(() => this.recolour()),
      effect(() => {
        explorer.list.value;
        explorer.dark.value;
        explorer.choices.value;
        explorer.left.value;
        explorer.hits.value;
        explorer.more.value;
        this.redraw();
      }),
      effect(() => this.fly()),
    );
    tellTitles(() => this.titles);
    this.listen();
  }

  close(): void {
    for (const stop of this.stops) stop();
    this.watching.disconnect();
  }

  private resized(): void {
    this.size = { width: this.root.clientWidth || 1, height: this.root.clientHeight || 1 };
    this.redraw();
  }

  /** Bring a cluster that is chosen elsewhere into sight; show all where nothing is chosen. */
  private looked: number | null | undefined = undefined;
  private fly(): void {
    const { cluster, camera } = this.explorer.choices.value;
    const before = this.looked;
    this.looked = cluster;
    if (before === undefined || before === cluster) return;
    if (cluster === null) {
      if (camera === null && this.camera !== WHOLE) this.show(WHOLE, false);
      return;
    }
    const at = this.explorer.list.peek()?.clusters.find((c) => c.cluster === cluster)?.at;
    if (!at) return;
    const [x, y] = toScreen(this.camera, this.size, ...at);
    const seen = x > 0 && y > 0 && x < this.size.width && y < this.size.height;
    // closer there may be nothing but a gap between the cluster's rows
    const zoom = Math.min(this.camera.zoom, NEAR_ZOOM);
    if (!seen) this.show({ x: at[0], y: at[1], zoom });
  }

  show(camera: Camera, told = true): void {
    this.camera = camera;
    this.redraw();
    if (told) this.settle();
  }

  private recolour(): void {
    const { explorer } = this;
    const labels = explorer.labels.value;
    if (!labels) return;
    this.colours = coloured(explorer, labels, opacity(this.renderer.n));
    this.renderer.paint(this.colours);
    this.redraw();
  }

  /** Red, green, blue, opacity. */
  colourOf(row: number): Uint8Array {
    return this.colours.subarray(4 * row, 4 * row + 4);
  }

  redraw(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    this.frame = 0;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    this.renderer.draw(this.camera, this.size, ratio, this.moving);
    const context = this.over.getContext("2d");
    if (!context) return;
    context.font = "600 12px system-ui, sans-serif";
    this.titles = this.placedTitles((title) => context.measureText(title).width);
    this.pictures = this.placedPictures();
    drawOver(this, context, this.over, ratio);
    this.root.dataset["pictures"] = String(this.pictures.length);
    this.root.dataset["drawn"] = String(Number(this.root.dataset["drawn"] ?? 0) + 1);
  }

  private placedTitles(widthOf: (title: string) => number): Placed[] {
    const { cluster } = this.explorer.choices.value;
    const clusters = this.explorer.list.value?.clusters ?? [];
    const left = this.explorer.left.value?.clusters;
    const hits = this.explorer.hits.value;
    const wanted = clusters.flatMap((c) =>
      c.at && (!left || left.has(c.cluster))
        ? [
            {
              cluster: c.cluster,
              title: withHits(shortened(c.title), hits?.get(c.cluster)),
              x: c.at[0],
              y: c.at[1],
              weight: c.cluster === cluster ? Number.POSITIVE_INFINITY : foremost(c, hits),
            },
          ]
        : [],
    );
    return placed(wanted, this.camera, this.size, widthOf);
  }

  private placedPictures(): Thumb[] {
    const { grid, more, points } = this.explorer;
    if (!more.value?.pictures || !grid.value) return [];
    const rows = inSight(grid.value, this.camera, this.size, this.shown);
    return this.thumbs.placed(rows, points.value!, this.camera, this.size, this.moving);
  }

  private readonly shown = (row: number): boolean => this.colours[4 * row + 3]! > 0;

  /** Draw fewer points until the hand rests, then all, and write the place into the address. */
  private move(camera: Camera): void {
    this.camera = camera;
    this.moving = true;
    this.tip.hide();
    this.redraw();
    this.awaitRest();
  }

  private awaitRest(): void {
    clearTimeout(this.rest);
    this.rest = window.setTimeout(() => {
      // a slow machine may take longer for a frame than a hand needs to rest
      if (this.held?.moved) this.awaitRest();
      else this.settle();
    }, REST_MS);
  }

  private settle(): void {
    this.moving = false;
    this.redraw();
    const { x, y, zoom } = this.camera;
    const whole = x === 0 && y === 0 && zoom === 1;
    this.explorer.go({ camera: whole ? null : [x, y, zoom] }, true);
  }

  private listen(): void {
    const { over } = this;
    const on = <K extends keyof HTMLElementEventMap>(
      kind: K,
      act: (event: HTMLElementEventMap[K]) => void,
    ) => {
      over.addEventListener(kind, act, { passive: false });
      this.stops.push(() => over.removeEventListener(kind, act));
    };
    on("wheel", (event) => {
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
      const factor = Math.exp(-Math.min(Math.max(pixels, -200), 200) * 0.0032);
      const [x, y] = this.at(event);
      this.move(zoomed(this.camera, this.size, factor, x, y));
    });
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.dragged(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.up(event));
    on("pointerleave", () => this.hover(null));
    on("dblclick", (event) => {
      const [x, y] = this.at(event);
      this.move(zoomed(this.camera, this.size, 2, x, y));
    });
    on("keydown", (event) => this.key(event));
    // the cross in the middle is there while the map has the focus
    on("focus", () => this.redraw());
    on("blur", () => this.redraw());
  }

  private at(event: MouseEvent): [number, number] {
    const box = this.over.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private down(event: PointerEvent): void {
    const [x, y] = this.at(event);
    this.over.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, [x, y]);
    const drawing =
      this.fingers.size === 1 && (event.shiftKey || this.explorer.tool.peek() !== "pan");
    this.held = { x, y, moved: false, drawing };
    if (drawing) this.shape = [toMap(this.camera, this.size, x, y)];
  }

  private dragged(event: PointerEvent): void {
    const [x, y] = this.at(event);
    if (!this.held) {
      this.hover([x, y]);
      return;
    }
    if (this.fingers.size === 2) {
      this.pinched(event.pointerId, [x, y]);
      return;
    }
    const [dx, dy] = [x - this.held.x, y - this.held.y];
    if (!this.held.moved && Math.hypot(dx, dy) < CLICK) return;
    if (this.held.drawing) {
      this.held.moved = true;
      this.extend(toMap(this.camera, this.size, x, y));
    } else {
      this.move(panned(this.camera, this.size, dx, dy));
      this.held = { x, y, moved: true, drawing: false };
    }
  }

  private pinched(finger: number, to: [number, number]): void {
    const spread = () => {
      const [a, b] = [...this.fingers.values()] as [[number, number], [number, number]];
      return {
        away: Math.hypot(a[0] - b[0], a[1] - b[1]),
        x: (a[0] + b[0]) / 2,
        y: (a[1] + b[1]) / 2,
      };
    };
    const before = spread();
    this.fingers.set(finger, to);
    const after = spread();
    const moved = panned(this.camera, this.size, after.x - before.x, after.y - before.y);
    this.move(zoomed(moved, this.size, after.away / Math.max(before.away, 1), after.x, after.y));
    if (this.held) this.held.moved = true;
  }

  private extend(place: Point): void {
    if (this.explorer.tool.peek() === "box") {
      const from = this.shape[0]!;
      this.shape = [from, [place[0], from[1]], place, [from[0], place[1]]];
    } else {
      this.shape.push(place);
    }
    this.redraw();
  }

  private up(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    const held = this.held;
    if (this.fingers.size) return;
    this.held = null;
    if (!held || event.type === "pointercancel") {
      this.shape = [];
    } else if (held.drawing && held.moved) {
      const least = 4 / ((Math.min(this.size.width, this.size.height) / 2) * this.camera.zoom);
      const lasso = simplified(this.shape, least);
      this.shape = [];
      if (lasso.length > 2) this.explorer.go({ lasso, panel: null, row: null });
    } else if (!held.moved) {
      this.shape = [];
      this.clicked(...this.at(event));
    }
    this.redraw();
  }

  private clicked(x: number, y: number, reach = REACH): void {
    const title = this.titles.find((t) => holds(t, x, y));
    const none = { query: "", like: null, lasso: [], panel: null };
    if (title) {
      this.looked = title.cluster;
      this.explorer.go({ ...none, cluster: title.cluster, row: null });
      return;
    }
    const row = this.rowAt(x, y, reach);
    if (row === null) {
      this.explorer.go({ cluster: null, row: null, lasso: [] });
      return;
    }
    const label = this.explorer.labels.peek()![row]!;
    const cluster = label < 0 ? null : label;
    // who took it from the map looks at it already
    this.looked = cluster;
    this.explorer.go({ row, cluster, lasso: [], panel: null });
  }

  private rowAt(x: number, y: number, reach = REACH): number | null {
    const picture = this.pictures.find((p) => holds(p, x, y));
    if (picture) return picture.row;
    const [mx, my] = toMap(this.camera, this.size, x, y);
    const away = toMap(this.camera, this.size, x + reach, y)[0] - mx;
    return this.explorer.grid.value?.nearest(mx, my, away, this.shown) ?? null;
  }

  private hover(place: [number, number] | null): void {
    const row = place && this.rowAt(...place);
    if (row === null || place === null) this.tip.hide();
    else this.tip.show(row, place, this.size);
    if (this.explorer.hovered.peek() !== row) {
      this.explorer.hovered.value = row;
      this.redraw();
    }
  }

  private key(event: KeyboardEvent): void {
    const { size } = this;
    const middle: [number, number] = [size.width / 2, size.height / 2];
    const moves: Record<string, () => Camera> = {
      ArrowLeft: () => panned(this.camera, size, STEP, 0),
      ArrowRight: () => panned(this.camera, size, -STEP, 0),
      ArrowUp: () => panned(this.camera, size, 0, STEP),
      ArrowDown: () => panned(this.camera, size, 0, -STEP),
      "+": () => zoomed(this.camera, size, 1.5, ...middle),
      "=": () => zoomed(this.camera, size, 1.5, ...middle),
      "-": () => zoomed(this.camera, size, 1 / 1.5, ...middle),
      "0": () => WHOLE,
    };
    const made = event.ctrlKey || event.metaKey ? undefined : moves[event.key];
    if (made) {
      event.preventDefault();
      this.move(made());
    } else if (event.key === "Enter") {
      this.clicked(...middle, Math.max(...middle));
    } else if (event.key === "Escape") {
      this.explorer.go({ lasso: [], cluster: null, row: null });
    }
  }
}

const holds = (box: Box, x: number, y: number): boolean =>
  x >= box.left && x <= box.left + box.width && y >= box.top && y <= box.top + box.height;
