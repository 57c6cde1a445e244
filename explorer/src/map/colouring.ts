/** The colour of every row by what was chosen: cluster, column, filters and what is lit. */

import type { Explorer } from "../state";
import { byCluster, byNumber, categoryPalette, clusterPalette, layered } from "./paint";

/** Four bytes a row; the last is 0 where a row is hidden. */
export function coloured(explorer: Explorer, labels: Int32Array, opacity: number): Uint8Array {
  const theme = { dark: explorer.dark.value };
  const chosen = explorer.values.value;
  let colours: Uint8Array;
  if (chosen && chosen.column.kind !== "category") {
    colours = byNumber(chosen.values as Float32Array, chosen.stops, theme);
  } else if (chosen) {
    const palette = categoryPalette(chosen.column, theme);
    colours = byCluster(chosen.values as Int32Array, palette, theme);
  } else {
    const clusters = explorer.list.value?.clusters ?? [];
    colours = byCluster(labels, clusterPalette(clusters, theme), theme);
  }
  return layered(colours, { kept: explorer.kept.value, lit: lit(explorer, labels) }, opacity);
}

/** Rows that stand out; null when none does. */
function lit(explorer: Explorer, labels: Int32Array): Uint8Array | null {
  const focus = explorer.focus.value;
  const { cluster, row } = explorer.choices.value;
  if (!focus && cluster === null) return null;
  const out = new Uint8Array(labels.length);
  if (focus) for (const one of focus.rows) out[one] = 1;
  else for (let i = 0; i < labels.length; i++) if (labels[i] === cluster) out[i] = 1;
  if (row !== null && row < out.length) out[row] = 1;
  return out;
}
