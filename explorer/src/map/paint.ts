/** The colour of every point: what it is coloured by, and what is in the foreground. */

import type { Cluster, Column } from "../data/types";

export type Rgb = [number, number, number];

export interface Theme {
  dark: boolean;
}

export interface Layering {
  /** Rows that a filter hides have 0, the others 1; null when nothing is hidden. */
  kept: Uint8Array | null;
  /** Rows in the foreground have 1; null when none is. */
  lit: Uint8Array | null;
}

const NOISE: { light: Rgb; dark: Rgb } = { light: [165, 172, 178], dark: [92, 100, 107] };
const MISSING = NOISE;
/** From little to much; the ends differ in lightness, so it is read without telling hues apart. */
const RAMP: { light: Rgb[]; dark: Rgb[] } = {
  light: [
    [205, 222, 160],
    [104, 190, 141],
    [33, 143, 141],
    [46, 92, 134],
    [66, 22, 92],
  ],
  dark: [
    [84, 56, 128],
    [62, 102, 152],
    [44, 154, 152],
    [112, 204, 140],
    [250, 236, 110],
  ],
};
/** As many categories as can be told apart; neighbors differ in lightness too. */
const CATEGORIES: { light: string[]; dark: string[] } = {
  light:
    "#2f62ad #e08a2e #3d8f52 #b23a86 #17a2ad #c03a34 #7d5cc6 #a3902a #8a5530 #e18ab4 #77b43a #26356f".split(
      " ",
    ),
  dark: "#6f9fe8 #f2a65a #5fbf7d #e07fc2 #58cfd6 #ee7b73 #a58cf0 #cdb94c #c79468 #f6b9d6 #aadb70 #ccd6ff".split(
    " ",
  ),
};

export function rgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** A colour between the ends of the ramp, for a share from 0 to 1. */
export function along(share: number, theme: Theme): Rgb {
  const stops = theme.dark ? RAMP.dark : RAMP.light;
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const rest = at - low;
  return stops[low]!.map((v, i) => Math.round(v + (stops[low + 1]![i]! - v) * rest)) as Rgb;
}

const noise = (theme: Theme): Rgb => (theme.dark ? NOISE.dark : NOISE.light);

/** Colour of a cluster's points by its number. */
export function clusterPalette(clusters: Cluster[], theme: Theme): Map<number, Rgb> {
  return new Map(clusters.map((c) => [c.cluster, rgb(theme.dark ? c.dark : c.light)]));
}

/** Writes a colour for each row: red, green, blue, and 255 for noise and missing values or not. */
export function byCluster(labels: Int32Array, palette: Map<number, Rgb>, theme: Theme): Uint8Array {
  const highest = Math.max(0, ...palette.keys());
  const table = new Uint8Array(4 * (highest + 2));
  for (let c = -1; c <= highest; c++) {
    const known = c >= 0 ? palette.get(c) : undefined;
    table.set([...(known ?? noise(theme)), known ? 1 : 0], 4 * (c + 1));
  }
  const out = new Uint8Array(4 * labels.length);
  const wide = new Uint32Array(table.buffer);
  const target = new Uint32Array(out.buffer);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    target[row] = wide[label > highest ? 0 : label + 1]!;
  }
  return out;
}

/** How far a value is between the stops: each part of the way holds as many rows as any other, so
 * that a few far values do not leave one colour to all the rest. */
export function share(value: number, stops: number[]): number {
  const parts = stops.length - 1;
  // of equal stops the last counts, for nothing lies between them
  let part = 0;
  while (part < parts - 1 && value >= stops[part + 1]!) part++;
  const [low, high] = [stops[part]!, stops[part + 1]!];
  const inside = high > low ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 0;
  return (part + inside) / parts;
}

/** Writes a colour for each row along the ramp, by the numbers that cut the rows into equal parts. */
export function byNumber(values: Float32Array, stops: number[], theme: Theme): Uint8Array {
  const steps = 256;
  const table = new Uint8Array(4 * (steps + 1));
  for (let i = 0; i < steps; i++) table.set([...along(i / (steps - 1), theme), 1], 4 * i);
  table.set([...(theme.dark ? MISSING.dark : MISSING.light), 0], 4 * steps);
  const out = new Uint8Array(4 * values.length);
  const wide = new Uint32Array(table.buffer);
  const target = new Uint32Array(out.buffer);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const step = Number.isNaN(value) ? steps : Math.round(share(value, stops) * (steps - 1));
    target[row] = wide[step]!;
  }
  return out;
}

/** Colours of the most frequent categories; the others share one. */
export function categoryPalette(column: Column, theme: Theme): Map<number, Rgb> {
  const hues = theme.dark ? CATEGORIES.dark : CATEGORIES.light;
  const names = column.categories ?? [];
  return new Map(hues.slice(0, names.length).map((hue, code) => [code, rgb(hue)]));
}

/** Puts opacity into the fourth number: full in the foreground, faint behind, none when hidden. */
export function layered(colours: Uint8Array, layering: Layering, opacity: number): Uint8Array {
  const out = colours.slice();
  const full = Math.round(255 * opacity);
  const faint = Math.max(Math.round(255 * opacity * 0.14), 5);
  const thin = Math.round(full * 0.45);
  for (let row = 0; 4 * row < out.length; row++) {
    const plain = out[4 * row + 3]! > 0;
    let alpha = plain ? full : thin;
    if (layering.lit) alpha = layering.lit[row] ? 255 : faint;
    if (layering.kept && !layering.kept[row]) alpha = 0;
    out[4 * row + 3] = alpha;
  }
  return out;
}
