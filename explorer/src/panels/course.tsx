/** How many rows a cluster has over time: a line in the list, a picture on its page. */

import { useExplorer } from "../context";
import type { Course, Over } from "../data/types";
import { columnName, many } from "../words";

const WIDTH = 100;
const HEIGHT = 16;

/** The outline of the rows over time, in a box of WIDTH by HEIGHT, and closed as an area. */
export function outline(rows: number[]): { line: string; area: string } {
  const most = Math.max(...rows, 1);
  const last = Math.max(rows.length - 1, 1);
  // a pixel of room for the width of the line
  const places = rows.map((n, i) => {
    const y = HEIGHT - 1 - ((HEIGHT - 2) * n) / most;
    return `${round((WIDTH * i) / last)} ${round(y)}`;
  });
  const line = `M${places.join("L")}`;
  return { line, area: `${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z` };
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** The course in words, for those who cannot see the line and for the pointer. */
export function courseInWords(course: Course, own: Over): string {
  const { most, when } = top(course, own);
  const [first, last] = [course.periods[0], course.periods.at(-1)];
  return `${own.trend} from ${first} to ${last}; most in ${when}, ${many(most, "row")}`;
}

function top(course: Course, own: Over): { most: number; when: string } {
  const most = Math.max(...own.rows);
  return { most, when: course.periods[own.rows.indexOf(most)] ?? "" };
}

/** The share of all rows that a cluster has is told as its trend; the line shows its rows. */
export function Sparkline({ own, colour, told }: { own: Over; colour: string; told: string }) {
  const { line, area } = outline(own.rows);
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={told}
    >
      <title>{told}</title>
      <path class="under" d={area} fill={colour} />
      <path d={line} stroke={colour} />
    </svg>
  );
}

/** Which column of dates the lines go by; a choice where there are several. */
export function Dates() {
  const explorer = useExplorer();
  const course = explorer.course.value;
  if (!course) return null;
  const { periods, unit, columns } = course;
  const span = `${periods[0]} to ${periods.at(-1)}`;
  return (
    <p class="quiet-note dates">
      Lines: rows by {unit}, {span},{" "}
      {columns.length > 1 ? (
        <label>
          <span class="unseen">Column of dates</span>
          <select
            value={course.column}
            onChange={(e) => explorer.go({ dates: e.currentTarget.value })}
          >
            {columns.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      ) : (
        <>by {columnName(course.column)}</>
      )}
    </p>
  );
}

/** The course of one cluster on its page, with what the line begins, ends and tops out at. */
export function OverTime({ cluster }: { cluster: number }) {
  const explorer = useExplorer();
  const course = explorer.course.value;
  const own = course?.clusters[cluster];
  const entry = explorer.clusters.value.get(cluster);
  if (!course || !own || !entry) return null;
  const { most, when } = top(course, own);
  const said: Record<Over["trend"], string> = {
    rising: "Its share of all rows rises",
    falling: "Its share of all rows falls",
    steady: "Its share of all rows neither rises nor falls clearly",
  };
  return (
    <>
      <h3>Over time</h3>
      <p>
        {said[own.trend]}; most in {when}, {many(most, "row")}.
      </p>
      <figure class="course">
        <Sparkline
          own={own}
          colour={explorer.dark.value ? entry.dark : entry.light}
          told={courseInWords(course, own)}
        />
        <figcaption>
          <span>{course.periods[0]}</span>
          <span>{course.periods.at(-1)}</span>
        </figcaption>
      </figure>
    </>
  );
}
