/** Columns of some rows against those of others. */

import type { ProfileEntry } from "../data/types";
import { columnName, percent, shownValue } from "../words";

export function Profile({ heading, entries }: { heading: string; entries: ProfileEntry[] }) {
  if (!entries.length) return null;
  return (
    <>
      <h3>{heading}</h3>
      <ul class="profile">
        {entries.map((e) => (
          <li key={e.name}>
            <b>{columnName(e.name)}</b>
            {e.values ? (
              <ul>
                {e.values.map((v) => (
                  <li key={v.value}>
                    <span class="value">{v.value}</span>
                    <Bars share={v.share} overall={v.overall} />
                    <span class="num">
                      {percent(v.share)} <small>against {percent(v.overall)}</small>
                    </span>
                  </li>
                ))}
              </ul>
            ) : (
              <p>
                half of them {said(e, e.low)} to {said(e, e.high)}, middle {said(e, e.median)},
                middle of all {said(e, e.overall)}
              </p>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** A number or a date, which no line break parts. */
function said(entry: ProfileEntry, value: number | undefined) {
  return <span class="together">{shownValue(entry, value)}</span>;
}

function Bars({ share, overall }: { share: number; overall: number }) {
  return (
    <svg class="bars" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="own" y="0" width={100 * share} height="8" />
      <rect class="mark" x={Math.min(100 * overall, 98.5)} y="0" width="1.5" height="8" />
    </svg>
  );
}
