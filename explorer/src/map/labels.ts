/** Which titles are written on the map: none over another, the largest clusters first. */

import { count } from "../words";
import { type Camera, type Size, toScreen } from "./camera";

export interface Wanted {
  cluster: number;
  title: string;
  x: number;
  y: number;
  /** Larger ones are placed first. */
  weight: number;
}

/** A place on the screen. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Placed extends Wanted, Box {}

const PAD = 6;
const LINE = 18;
const FIRST = 26;
const MOST = 90;

/** The titles that have room, in order of weight. */
export function placed(
  wanted: Wanted[],
  camera: Camera,
  size: Size,
  widthOf: (title: string) => number,
): Placed[] {
  const out: Placed[] = [];
  // few from afar, more as one comes near
  const most = Math.min(Math.round(FIRST * room(size) * camera.zoom ** 0.7), MOST);
  for (const one of [...wanted].sort((a, b) => b.weight - a.weight)) {
    if (out.length >= most) break;
    const [px, py] = toScreen(camera, size, one.x, one.y);
    if (px < 0 || px > size.width || py < 0 || py > size.height) continue;
    const width = widthOf(one.title) + PAD;
    const left = Math.min(Math.max(px - width / 2, 2), Math.max(size.width - width - 2, 2));
    const top = Math.min(Math.max(py - LINE / 2, 2), size.height - LINE - 2);
    const box = { ...one, left, top, width, height: LINE };
    if (!out.some((other) => overlap(box, other))) out.push(box);
  }
  return out;
}

export function overlap(a: Box, b: Box): boolean {
  return (
    a.left < b.left + b.width + PAD &&
    b.left < a.left + a.width + PAD &&
    a.top < b.top + b.height + 2 &&
    b.top < a.top + a.height + 2
  );
}

/** A title that is not too long for a map. */
export function shortened(title: string, most = 32): string {
  const letters = [...title];
  return letters.length > most
    ? `${letters
        .slice(0, most - 1)
        .join("")
        .trimEnd()}…`
    : title;
}

/** How much of a usual window there is: a phone shows fewer titles, a wide screen more. */
const room = (size: Size): number => (size.width * size.height) / 400_000;

/** How far ahead of all others a cluster with hits is placed. */
const AHEAD = 1e9;

/** The weight of a title: the clusters with the most hits, then the largest. */
export function foremost(
  cluster: { cluster: number; size: number },
  hits: Map<number, number> | null,
): number {
  return AHEAD * (hits?.get(cluster.cluster) ?? 0) + cluster.size;
}

/** A title with the hits of its cluster. */
export function withHits(title: string, hits: number | undefined): string {
  return hits ? `${title} · ${count(hits)}` : title;
}
