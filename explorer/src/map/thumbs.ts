/** The pictures of the rows in sight, drawn at their points once there are few of them. */

import { type Camera, type Size, toMap, toScreen } from "./camera";
import { type Box, overlap } from "./labels";
import type { Grid } from "./points";

/** More in sight than this are points only. */
export const MOST_IN_SIGHT = 40;
const SIDE = 64;
const MOST_KEPT = 400;

export interface Thumb extends Box {
  row: number;
  image: HTMLImageElement;
}

/** The rows in sight; none where there are too many to draw each. */
export function inSight(
  grid: Grid,
  camera: Camera,
  size: Size,
  shown: (row: number) => boolean,
): number[] {
  const [left, top] = toMap(camera, size, 0, 0);
  const [right, bottom] = toMap(camera, size, size.width, size.height);
  return grid.within([left, bottom, right, top], MOST_IN_SIGHT, shown) ?? [];
}

/** Boxes around the points of rows, without those that would lie on one before. */
export function apart<T extends { row: number; width: number; height: number }>(
  wanted: T[],
  at: (row: number) => [number, number],
): (T & Box)[] {
  const out: (T & Box)[] = [];
  for (const one of wanted) {
    const [x, y] = at(one.row);
    const box = { ...one, left: x - one.width / 2, top: y - one.height / 2 };
    if (!out.some((other) => overlap(box, other))) out.push(box);
  }
  return out;
}

export class Thumbs {
  private readonly images = new Map<number, HTMLImageElement>();

  constructor(
    private readonly source: (row: number) => string | null,
    private readonly arrived: () => void,
  ) {}

  /** Those that are loaded; the others are asked for only while the map rests. */
  placed(
    rows: number[],
    points: Float32Array,
    camera: Camera,
    size: Size,
    moving: boolean,
  ): Thumb[] {
    if (this.images.size > MOST_KEPT) this.images.clear();
    const wanted = rows.flatMap((row) => {
      const image = this.images.get(row) ?? (moving ? null : this.load(row));
      if (!image?.complete || !image.naturalWidth) return [];
      const fit = SIDE / Math.max(image.naturalWidth, image.naturalHeight);
      return [{ row, image, width: image.naturalWidth * fit, height: image.naturalHeight * fit }];
    });
    return apart(wanted, (row) => toScreen(camera, size, points[2 * row]!, points[2 * row + 1]!));
  }

  private load(row: number): HTMLImageElement | null {
    const source = this.source(row);
    if (!source) return null;
    const image = new Image();
    image.decoding = "async";
    image.onload = this.arrived;
    image.src = source;
    this.images.set(row, image);
    return image;
  }
}
