// The clusters table: sorting, filtering, and picking a cluster to see it on the map.

class Catalogue {
  constructor(table) {
    this.table = table;
    this.bodies = [...table.tBodies];
    this.words = this.bodies.map((body) => body.textContent.toLowerCase());
    this.key = "size";
    this.down = true;
    byId("filter").addEventListener("input", () => this.filter());
    byId("sort").addEventListener("change", (event) => this.sort(event.target.value));
    byId("turn").addEventListener("click", () => this.sort(this.key, !this.down));
    for (const head of table.tHead.querySelectorAll("th[data-key]")) this.makeButton(head);
    this.mark();
  }

  makeButton(head) {
    const button = element("button", "", head.textContent);
    button.type = "button";
    const { key } = head.dataset;
    button.addEventListener("click", () =>
      this.sort(key, key === this.key ? !this.down : key !== "title"),
    );
    head.replaceChildren(button);
  }

  value(body) {
    if (this.key === "title") return body.querySelector(".pick").textContent;
    const value = body.dataset[this.key];
    return value === undefined ? null : Number(value);
  }

  sort(key, down = key !== "title") {
    this.key = key;
    this.down = down;
    const sign = down ? -1 : 1;
    const keyed = this.bodies.map((body) => [this.value(body), Number(body.dataset.index), body]);
    keyed.sort(([a, i], [b, j]) => {
      // What was not measured stays at the end, whichever way round.
      if (a === null || b === null) return (a === null) - (b === null) || i - j;
      const order = key === "title" ? a.localeCompare(b) : a - b;
      return sign * order || i - j;
    });
    this.table.append(...keyed.map(([, , body]) => body));
    this.mark();
  }

  mark() {
    byId("sort").value = this.key;
    byId("turn").textContent = this.down ? "↓" : "↑";
    let marked = false;
    for (const head of this.table.tHead.querySelectorAll("th[data-key]")) {
      const now = head.dataset.key === this.key && !(head.dataset.key === "silhouette" && marked);
      if (now) head.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      marked ||= now;
    }
  }

  filter() {
    const wanted = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    this.bodies.forEach((body, i) => {
      body.hidden = !wanted.every((word) => this.words[i].includes(word));
      shown += !body.hidden;
    });
    byId("shown").textContent = wanted.length ? `${shown} of ${this.bodies.length}` : "";
    byId("none-found").hidden = shown > 0;
  }
}

function buildLegend(atlas) {
  const list = byId("legend");
  const buttons = new Map();
  const add = (group, name, size, swatch) => {
    const button = element("button");
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    const title = element("bdi", "name", name);
    title.title = name;
    button.append(element("span", swatch), title, element("span", "n", grouped(size)));
    button.addEventListener("click", () => atlas.select(group));
    const item = element("li");
    item.append(button);
    list.append(item);
    buttons.set(group, button);
  };
  atlas.data.clusters.forEach((c, i) => add(i, c.title, c.size, `dot k${i}`));
  const noise = atlas.cluster.reduce((sum, group) => sum + (group === NOISE), 0);
  if (noise) add(NOISE, "In no cluster", noise, "dot");
  return buttons;
}

function showSelected(atlas, buttons, group) {
  for (const [key, button] of buttons) button.setAttribute("aria-pressed", String(key === group));
  const button = buttons.get(group);
  if (button) {
    // Only the list scrolls, never the page.
    const list = byId("legend");
    const top = button.offsetTop - list.offsetTop;
    if (top < list.scrollTop || top > list.scrollTop + list.clientHeight - 32) {
      list.scrollTop = top - list.clientHeight / 2;
    }
  }
  const clusters = atlas.data.clusters;
  const name = group === NOISE ? "rows in no cluster" : clusters[group]?.title;
  byId("map-state").textContent =
    group === -1 ? "Pick a cluster to highlight it." : `Highlighted: ${name}`;
  byId("map-clear").hidden = group === -1;
  for (const body of document.querySelectorAll("#catalogue tbody")) {
    body.classList.toggle("picked", Number(body.dataset.index) === group);
  }
}

function startMap() {
  if (!byId("stage")) return;
  const atlas = new Atlas(parse("map-data"));
  const buttons = buildLegend(atlas);
  atlas.listeners.push((group) => showSelected(atlas, buttons, group));
  byId("map-clear").addEventListener("click", () => atlas.select(atlas.selected));
  for (const link of document.querySelectorAll("[data-pick]")) {
    link.addEventListener("click", () => {
      const group = Number(link.dataset.pick);
      if (atlas.selected !== group) atlas.select(group);
    });
  }
}

startMap();
if (byId("catalogue")) new Catalogue(byId("catalogue"));
