/** Hands the explorer to every part of the page. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Explorer } from "./state";

export const ExplorerContext = createContext<Explorer | null>(null);

export function useExplorer(): Explorer {
  const explorer = useContext(ExplorerContext);
  if (!explorer) throw new Error("a part of the page stands outside of it");
  return explorer;
}
