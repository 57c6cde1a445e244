/** What stands in the place of something that could not be had, with ways out. */

import { useEffect, useState } from "preact/hooks";
import { Answer } from "../answer";
import { useExplorer } from "../context";

/** The newest answer to a question that is asked again when what it hangs on changes. */
export function useAnswer<T>(question: () => Promise<T>, hangsOn: unknown[]): Answer<T> {
  const attempt = useExplorer().attempt.value;
  const [answer] = useState(() => new Answer<T>());
  useEffect(() => void answer.ask(question), [...hangsOn, attempt]);
  return answer;
}

interface Way {
  said: string;
  go: () => void;
}

export function Trouble({ text, out }: { text: string; out?: Way }) {
  const explorer = useExplorer();
  return (
    <div class="trouble" role="alert">
      <p>{text}</p>
      <div class="buttons">
        <button type="button" onClick={() => explorer.retry()}>
          Try again
        </button>
        {out && (
          <button type="button" onClick={out.go}>
            {out.said}
          </button>
        )}
      </div>
    </div>
  );
}
