/** The points of the map: which row is near a place, and which rows are inside a shape. */

import type { Point } from "../address";

const PER_CELL = 4;

/** A grid over the map that finds the row nearest to a place without looking at all of them. */
export class Grid {
  readonly side: number;
  private readonly starts: Uint32Array;
  private readonly rows: Uint32Array;

  constructor(private readonly points: Float32Array) {
    const n = points.length / 2;
    this.side = Math.max(1, Math.min(1024, Math.floor(Math.sqrt(n / PER_CELL))));
    const cells = new Int32Array(n);
    this.starts = new Uint32Array(this.side * this.side + 1);
    for (let row = 0; row < n; row++) {
      const x = points[2 * row]!;
      const y = points[2 * row + 1]!;
      cells[row] = Number.isNaN(x + y) ? -1 : this.column(x) + this.side * this.column(y);
      if (cells[row]! >= 0) this.starts[cells[row]! + 1]!++;
    }
    for (let i = 1; i < this.starts.length; i++) this.starts[i]! += this.starts[i - 1]!;
    this.rows = new Uint32Array(this.starts[this.starts.length - 1]!);
    const next = this.starts.slice();
    for (let row = 0; row < n; row++) {
      if (cells[row]! >= 0) this.rows[next[cells[row]!]!++] = row;
    }
  }

  private column(value: number): number {
    const at = Math.floor(((value + 1) / 2) * this.side);
    return Math.min(Math.max(at, 0), this.side - 1);
  }

  /** The row nearest to a place, at most `reach` away, among those that `shown` lets through. */
  nearest(x: number, y: number, reach: number, shown: (row: number) => boolean): number | null {
    let best = reach * reach;
    let found: number | null = null;
    const [left, right] = [this.column(x - reach), this.column(x + reach)];
    const [low, high] = [this.column(y - reach), this.column(y + reach)];
    for (let j = low; j <= high; j++) {
      const from = this.starts[left + this.side * j]!;
      const to = this.starts[right + this.side * j + 1]!;
      for (let i = from; i < to; i++) {
        const row = this.rows[i]!;
        const away = (this.points[2 * row]! - x) ** 2 + (this.points[2 * row + 1]! - y) ** 2;
        if (away < best && shown(row)) {
          best = away;
          found = row;
        }
      }
    }
    return found;
  }

  /** Rows of [left, low, right, high] that `shown` lets through; null if they are more than `most`. */
  within(
    [left, low, right, high]: [number, number, number, number],
    most: number,
    shown: (row: number) => boolean,
  ): number[] | null {
    const found: number[] = [];
    const [first, last] = [this.column(left), this.column(right)];
    for (let j = this.column(low); j <= this.column(high); j++) {
      const to = this.starts[last + this.side * j + 1]!;
      for (let i = this.starts[first + this.side * j]!; i < to; i++) {
        const row = this.rows[i]!;
        const [x, y] = [this.points[2 * row]!, this.points[2 * row + 1]!];
        if (x < left || x > right || y < low || y > high || !shown(row)) continue;
        if (found.length === most) return null;
        found.push(row);
      }
    }
    return found;
  }
}

/** Rows inside a closed shape, by the even-odd rule. */
export function inside(points: Float32Array, shape: Point[]): number[] {
  if (shape.length < 3) return [];
  const xs = shape.map((p) => p[0]);
  const ys = shape.map((p) => p[1]);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const out: number[] = [];
  for (let row = 0; 2 * row < points.length; row++) {
    const x = points[2 * row]!;
    const y = points[2 * row + 1]!;
    if (x >= left && x <= right && y >= low && y <= high && contains(xs, ys, x, y)) out.push(row);
  }
  return out;
}

function contains(xs: number[], ys: number[], x: number, y: number): boolean {
  let is = false;
  for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
    const crosses = ys[i]! > y !== ys[j]! > y;
    if (crosses && x < ((xs[j]! - xs[i]!) * (y - ys[i]!)) / (ys[j]! - ys[i]!) + xs[i]!) is = !is;
  }
  return is;
}

/** A hand-drawn line with fewer corners: those closer than `least` to the last are left out. */
export function simplified(line: Point[], least: number): Point[] {
  const out: Point[] = [];
  for (const [x, y] of line) {
    const last = out[out.length - 1];
    if (!last || Math.hypot(x - last[0], y - last[1]) >= least) out.push([x, y]);
  }
  return out;
}

/** Every number below n once, so that any beginning of it is spread evenly over all. */
export function scattered(n: number): Uint32Array {
  const out = new Uint32Array(n);
  if (n < 2) return out;
  // the golden section of n, made prime to n
  let step = Math.max(1, Math.round(n * 0.6180339887));
  while (divisor(step, n) > 1) step++;
  for (let i = 0, at = 0; i < n; i++, at = (at + step) % n) out[i] = at;
  return out;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
