import { render } from "preact";
import { App } from "./app";
import { type Frozen, frozenSource } from "./data/frozen";
import { server } from "./data/source";
import { Explorer } from "./state";
import "./style.css";

const copy = document.getElementById("frozen")?.textContent;
const source = copy ? frozenSource(JSON.parse(copy) as Frozen) : server;
const explorer = new Explorer(source, true);
const wish = matchMedia("(prefers-color-scheme: dark)");
explorer.dark.value = wish.matches;
wish.addEventListener("change", () => {
  explorer.dark.value = wish.matches;
});
const root = document.getElementById("shoal")!;
root.replaceChildren();
render(<App explorer={explorer} />, root);
void explorer.start();
