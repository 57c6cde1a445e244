// Pointers on the map: hover, tap, drag with one, pinch with two. And the tip they show.

class Fingers {
  constructor(atlas) {
    this.atlas = atlas;
    this.down = new Map();
    this.moved = 0;
    const over = atlas.over;
    over.addEventListener("pointerdown", (event) => this.onDown(event));
    over.addEventListener("pointermove", (event) => this.onMove(event));
    over.addEventListener("pointerup", (event) => this.onUp(event, true));
    over.addEventListener("pointercancel", (event) => this.onUp(event, false));
    over.addEventListener("pointerleave", () => this.down.size || atlas.hover(-1));
  }

  onDown(event) {
    if (event.button > 0) return;
    if (!this.down.size) this.moved = 0;
    this.down.set(event.pointerId, [event.offsetX, event.offsetY]);
    this.atlas.over.setPointerCapture(event.pointerId);
  }

  onMove(event) {
    const { offsetX: x, offsetY: y } = event;
    const before = this.down.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") this.point(x, y);
      return;
    }
    const [dx, dy] = [x - before[0], y - before[1]];
    this.moved += Math.abs(dx) + Math.abs(dy);
    if (this.down.size > 1) {
      this.pinch(event.pointerId, before, [x, y]);
    } else if (this.moved > 4) {
      this.atlas.over.classList.add("dragged");
      this.atlas.moveBy(dx, dy);
    }
    this.down.set(event.pointerId, [x, y]);
  }

  pinch(id, before, after) {
    const other = [...this.down].find(([key]) => key !== id)[1];
    const span = (a) => Math.hypot(a[0] - other[0], a[1] - other[1]);
    const middle = [(after[0] + other[0]) / 2, (after[1] + other[1]) / 2];
    this.atlas.zoomBy(span(after) / Math.max(span(before), 1), ...middle);
    this.atlas.moveBy((after[0] - before[0]) / 2, (after[1] - before[1]) / 2);
  }

  onUp(event, meant) {
    const known = this.down.delete(event.pointerId);
    this.atlas.over.classList.remove("dragged");
    if (!known || !meant || this.down.size || this.moved > 4) return;
    this.tap(event.offsetX, event.offsetY, event.pointerType === "touch");
  }

  // A title before the dot below it; a free spot ends the highlight.
  tap(x, y, touch) {
    const atlas = this.atlas;
    const titled = atlas.selected === -1 ? atlas.labels.hit(x, y) : -1;
    const point = titled >= 0 ? -1 : atlas.nearest(x, y, touch ? 2 * REACH : REACH);
    const group = titled >= 0 ? titled : point >= 0 ? atlas.cluster[point] : -1;
    if (group !== -1 && group !== atlas.selected) atlas.select(group);
    else if (atlas.selected !== -1 && group === -1) atlas.select(atlas.selected);
    atlas.hover(point, x, y);
  }

  point(x, y) {
    const atlas = this.atlas;
    atlas.hover(atlas.nearest(x, y, REACH), x, y);
    if (atlas.hovered < 0 && atlas.selected === -1) {
      atlas.over.classList.toggle("on-dot", atlas.labels.hit(x, y) >= 0);
    }
  }
}

let texts;

// Texts were taken at even steps: the i-th belongs to dot floor(i * n / n_texts).
function textOf(data, point) {
  texts ??= parse("map-texts");
  const i = Math.ceil((point * data.n_texts) / data.n);
  const owner = Math.floor((i * data.n) / data.n_texts);
  return owner === point && i < texts.length ? texts[i] : "";
}

function showTip(atlas, point, px, py) {
  const tip = byId("tip");
  tip.hidden = point < 0 || px === undefined;
  if (tip.hidden) return;
  const group = atlas.cluster[point];
  const placed = group !== NOISE;
  const cluster = placed ? atlas.data.clusters[group] : null;
  byId("tip-title").textContent = placed ? cluster.title : "In no cluster";
  byId("tip-dot").className = placed ? `dot k${group}` : "dot";
  byId("tip-text").textContent = textOf(atlas.data, point);
  showPicture(atlas.data, point);
  const strength = atlas.strength[point];
  byId("tip-note").textContent =
    placed && strength !== NO_STRENGTH ? `strength ${(strength / 200).toFixed(2)}` : "";
  const box = tip.getBoundingClientRect();
  const left = px + 16 + box.width > atlas.width ? px - 16 - box.width : px + 16;
  const top = Math.min(py + 14, atlas.height - box.height - 8);
  const kept = Math.min(Math.max(left, 8), Math.max(atlas.width - box.width - 8, 8));
  tip.style.transform = `translate(${Math.round(kept)}px, ${Math.round(Math.max(top, 8))}px)`;
}
