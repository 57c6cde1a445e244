import { render } from "preact";
import { App } from "./app";
import { server } from "./data/source";
import { Explorer } from "./state";
import "./style.css";

const explorer = new Explorer(server, true);
const wish = matchMedia("(prefers-color-scheme: dark)");
explorer.dark.value = wish.matches;
wish.addEventListener("change", () => {
  explorer.dark.value = wish.matches;
});
const root = document.getElementById("shoal")!;
root.replaceChildren();
render(<App explorer={explorer} />, root);
void explorer.start();
