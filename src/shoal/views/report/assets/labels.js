// Cluster titles straight on the map: the largest first, each where it covers no other.
// Only so many at a time, or they would hide what they name; zooming in brings up the rest.

const LABEL_LENGTH = 30;
const ROOM_PER_LABEL = 19000;
const GAP = 5;

// As many keywords of a title as there is room for, and the beginning of a lone long one.
function labelText(title) {
  const parts = title.split(" · ");
  while (parts.length > 1 && Array.from(parts.join(" · ")).length > LABEL_LENGTH) parts.pop();
  const letters = Array.from(parts.join(" · "));
  if (letters.length <= LABEL_LENGTH) return letters.join("");
  return letters.slice(0, LABEL_LENGTH - 1).join("").trimEnd() + "…";
}

const overlap = (a, b) =>
  a.x - GAP < b.x + b.w && b.x < a.x + a.w + GAP && a.y < b.y + b.h && b.y < a.y + a.h;

class Labels {
  constructor(clusters) {
    this.clusters = clusters;
    this.texts = clusters.map((cluster) => labelText(cluster.title));
    this.widths = new Map();
    this.boxes = [];
    this.size = 12;
  }

  font(strong) {
    return `${strong ? 700 : 600} ${this.size}px ${getComputedStyle(document.body).fontFamily}`;
  }

  measure(context, index, strong) {
    const key = `${index}/${this.size}/${strong}`;
    if (!this.widths.has(key)) {
      context.font = this.font(strong);
      this.widths.set(key, context.measureText(this.texts[index]).width);
    }
    return this.widths.get(key);
  }

  // Choose places; `project` turns map places into pixels, `only` is the highlighted cluster.
  place(context, project, width, height, only) {
    this.size = width < 520 ? 11 : 12;
    // The zoom buttons' corner counts as taken.
    this.boxes = [{ x: 0, y: height - 52, w: 142, h: 52, index: -1 }];
    const order = only >= 0 ? [only] : this.clusters.keys();
    const most = Math.max(8, Math.round((width * height) / ROOM_PER_LABEL));
    for (const index of order) {
      if (this.boxes.length > most) break;
      const { at } = this.clusters[index];
      if (!at) continue;
      const [x, y] = project(at[0], at[1]);
      if (x < 0 || y < 0 || x > width || y > height) continue;
      const w = this.measure(context, index, only >= 0) + 8;
      const h = this.size + 6;
      const box = this.free(x, y, w, h, width, height);
      if (box) this.boxes.push({ ...box, index });
    }
    this.boxes.shift();
  }

  free(x, y, w, h, width, height) {
    for (const shift of [0, -0.9, 0.9]) {
      const box = {
        x: Math.min(Math.max(x - w / 2, 3), Math.max(width - w - 3, 3)),
        y: Math.min(Math.max(y - h / 2 + shift * h, 3), height - h - 3),
        w,
        h,
      };
      if (!this.boxes.some((other) => overlap(box, other))) return box;
    }
    return null;
  }

  draw(context, ink, paper, strong) {
    context.font = this.font(strong);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const box of this.boxes) {
      const x = box.x + box.w / 2;
      const y = box.y + box.h / 2 + 0.5;
      // A halo in the colour of the paper keeps the words legible over any dots.
      context.globalAlpha = 0.86;
      context.lineWidth = 4;
      context.strokeStyle = paper;
      context.strokeText(this.texts[box.index], x, y);
      context.globalAlpha = 1;
      context.fillStyle = ink;
      context.fillText(this.texts[box.index], x, y);
    }
  }

  hit(x, y) {
    const found = this.boxes.find(
      (box) => x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h,
    );
    return found ? found.index : -1;
  }
}
