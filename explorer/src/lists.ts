/** The clusters of a level as the list shows them: in groups, and over time. */

import { reason } from "./answer";
import type { Source } from "./data/source";
import type { ClusterList, Course, LayerInfo, RunInfo } from "./data/types";

const MOST_BRANCHES = 40;

/** What the list shows; it comes at once, so that nothing moves under the pointer afterwards. */
export interface Lists {
  list: ClusterList;
  /** Clusters of a coarser layer that the list groups by. */
  above: ClusterList | null;
  /** The clusters over time; null without a column of dates. */
  course: Course | null;
}

/** The coarser layer whose clusters the list groups those of a layer by, if one is fit for it. */
export function branches(layers: LayerInfo[], layer: number): number | null {
  const own = layers.find((l) => l.layer === layer)?.n_clusters ?? 0;
  const most = Math.min(own / 4, MOST_BRANCHES);
  const fit = layers.find((l) => l.layer > layer && l.n_clusters > 1 && l.n_clusters <= most);
  return fit?.layer ?? null;
}

export async function loadLists(
  source: Source,
  run: RunInfo,
  layer: number,
  dates: string,
  warn: (text: string) => void,
): Promise<Lists> {
  const coarser = branches(run.layers, layer);
  const [list, above, course] = await Promise.all([
    source.clusters(layer, coarser),
    coarser === null ? null : source.clusters(coarser),
    source.course(layer, dates).catch((error: unknown) => {
      warn(reason(error));
      return null;
    }),
  ]);
  return { list, above, course };
}
