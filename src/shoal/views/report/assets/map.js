// The map: where dots lie on the screen, and what pointer, wheel and keys do to it.

const NOISE = 65535;
const NO_STRENGTH = 255;
const MOST_ZOOM = 60;
const REACH = 9;

class Atlas {
  constructor(data) {
    this.data = data;
    this.n = data.n;
    this.x = unpack(data.x, 2);
    this.y = unpack(data.y, 2);
    this.cluster = unpack(data.cluster, 2);
    this.strength = unpack(data.strength, 1);
    this.stage = byId("stage");
    this.over = byId("over");
    this.pen = this.over.getContext("2d");
    this.painter = new Painter(byId("dots"));
    this.labels = new Labels(data.clusters);
    this.selected = -1;
    this.hovered = -1;
    this.listeners = [];
    this.view = { zoom: 1, x: 0.5, y: 0.5 };
    this.index();
    this.listen();
    this.fit();
  }

  // Dots by grid cell, so that hovering looks at a few of them only.
  index() {
    const side = Math.min(256, Math.max(8, Math.ceil(Math.sqrt(this.n / 4))));
    const starts = new Uint32Array(side * side + 1);
    const cellOf = (i) => ((this.y[i] * side) >> 16) * side + ((this.x[i] * side) >> 16);
    for (let i = 0; i < this.n; i++) starts[cellOf(i) + 1]++;
    for (let c = 0; c < side * side; c++) starts[c + 1] += starts[c];
    const next = starts.slice();
    const members = new Uint32Array(this.n);
    for (let i = 0; i < this.n; i++) members[next[cellOf(i)]++] = i;
    this.grid = { side, starts, members };
  }

  fit() {
    const { width, height } = this.stage.getBoundingClientRect();
    if (width < 2 || height < 2) return;
    this.width = width;
    this.height = height;
    this.ratio = Math.min(window.devicePixelRatio || 1, 2.5);
    this.painter.resize(Math.round(width * this.ratio), Math.round(height * this.ratio));
    this.over.width = Math.round(width * this.ratio);
    this.over.height = Math.round(height * this.ratio);
    const pad = Math.min(48, width * 0.07);
    const across = width - 2 * pad;
    const down = height - 2 * pad;
    // The map's own shape, stretched by a third at most to fill the frame.
    const unit = Math.min(across / this.data.aspect, down);
    this.base = {
      x: Math.min(across, unit * this.data.aspect * 1.35),
      y: Math.min(down, unit * 1.35),
    };
    this.paint();
  }

  project = (x, y) => [
    (x - this.view.x) * this.base.x * this.view.zoom + this.width / 2,
    (y - this.view.y) * this.base.y * this.view.zoom + this.height / 2,
  ];

  unproject(px, py) {
    return [
      (px - this.width / 2) / (this.base.x * this.view.zoom) + this.view.x,
      (py - this.height / 2) / (this.base.y * this.view.zoom) + this.view.y,
    ];
  }

  radius() {
    const area = Math.sqrt((this.base.x * this.base.y) / Math.max(this.n, 1));
    const small = Math.min(4.5, Math.max(0.95, area * 0.36));
    return Math.min(7, small * this.view.zoom ** 0.4);
  }

  // Ask for one drawing on the next frame, however many reasons there are.
  paint() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.paintNow();
    });
  }

  paintNow() {
    if (!this.base) return;
    const style = getComputedStyle(root);
    this.colours = {
      paper: style.getPropertyValue("--paper").trim(),
      ink: style.getPropertyValue("--ink").trim(),
      noise: colourParts(style.getPropertyValue("--noise").trim()),
      clusters: this.data.clusters.map((c) => colourParts(isDark() ? c.dark : c.light)),
    };
    const lit = this.selected;
    this.painter.start(this.colours.paper);
    this.painter.setRadius(this.radius() * this.ratio);
    const strong = this.n > 30000 ? 175 : 215;
    this.paintDots((group) => group !== lit, lit === -1 ? strong : 24);
    if (lit !== -1) this.paintDots((group) => group === lit, 240);
    this.painter.finish();
    this.over.classList.toggle("zoomed", this.view.zoom > 1.001);
    this.labels.place(this.pen, this.project, this.width, this.height, lit === NOISE ? -2 : lit);
    this.paintOver();
  }

  paintDots(wanted, alpha) {
    const { x, y, cluster, painter, ratio } = this;
    const { clusters, noise } = this.colours;
    const kx = (this.base.x * this.view.zoom * ratio) / 65535;
    const ky = (this.base.y * this.view.zoom * ratio) / 65535;
    const ox = (this.width / 2 - this.view.x * this.base.x * this.view.zoom) * ratio;
    const oy = (this.height / 2 - this.view.y * this.base.y * this.view.zoom) * ratio;
    for (let i = 0; i < this.n; i++) {
      const group = cluster[i];
      if (!wanted(group)) continue;
      painter.put(x[i] * kx + ox, y[i] * ky + oy, group === NOISE ? noise : clusters[group], alpha);
    }
  }

  paintOver() {
    // On paper a canvas that was cleared is opaque and would hide the one below: write on that.
    const pen = printing ? this.painter.context : this.pen;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    if (!printing) pen.clearRect(0, 0, this.width, this.height);
    this.paintRings(pen); // below the titles
    if (this.selected !== NOISE) {
      this.labels.draw(pen, this.colours.ink, this.colours.paper, this.selected >= 0);
    }
    if (this.hovered < 0) return;
    const [x, y] = this.project(this.x[this.hovered] / 65535, this.y[this.hovered] / 65535);
    pen.beginPath();
    pen.arc(x, y, this.radius() + 2.5, 0, 2 * Math.PI);
    pen.lineWidth = 4;
    pen.strokeStyle = this.colours.paper;
    pen.stroke();
    pen.lineWidth = 2;
    pen.strokeStyle = this.colours.ink;
    pen.stroke();
  }

  // A ring around every row that stands out; on a highlighted cluster around its own.
  paintRings(pen) {
    pen.lineWidth = 1;
    pen.strokeStyle = this.colours.ink;
    for (const i of this.data.odd) {
      if (this.selected !== -1 && this.cluster[i] !== this.selected) continue;
      const [x, y] = this.project(this.x[i] / 65535, this.y[i] / 65535);
      pen.beginPath();
      pen.arc(x, y, this.radius() + 3, 0, 2 * Math.PI);
      pen.stroke();
    }
  }

  // The dot nearest to a pixel, within reach; highlighted dots go before dimmed ones.
  nearest(px, py, reach) {
    const { side, starts, members } = this.grid;
    const [left, top] = this.unproject(px - reach, py - reach);
    const [right, bottom] = this.unproject(px + reach, py + reach);
    const cell = (v) => Math.min(side - 1, Math.max(0, Math.floor(v * side)));
    let best = -1;
    let least = reach * reach;
    for (let row = cell(top); row <= cell(bottom); row++) {
      for (let at = starts[row * side + cell(left)]; at < starts[row * side + cell(right) + 1]; at++) {
        const i = members[at];
        if (this.selected !== -1 && this.cluster[i] !== this.selected) continue;
        const [x, y] = this.project(this.x[i] / 65535, this.y[i] / 65535);
        const away = (x - px) ** 2 + (y - py) ** 2;
        if (away < least) [best, least] = [i, away];
      }
    }
    return best;
  }

  zoomBy(factor, px = this.width / 2, py = this.height / 2) {
    const before = this.unproject(px, py);
    this.view.zoom = Math.min(MOST_ZOOM, Math.max(1, this.view.zoom * factor));
    const after = this.unproject(px, py);
    this.moveTo(this.view.x + before[0] - after[0], this.view.y + before[1] - after[1]);
  }

  // The middle of the view stays on the map; at zoom 1 the whole map is in view.
  moveTo(x, y) {
    const slack = 0.5 - 0.5 / this.view.zoom;
    const keep = (v) => Math.min(0.5 + slack, Math.max(0.5 - slack, v));
    this.view.x = keep(x);
    this.view.y = keep(y);
    this.hover(-1);
    this.paint();
  }

  moveBy(dx, dy) {
    const { zoom, x, y } = this.view;
    this.moveTo(x - dx / (this.base.x * zoom), y - dy / (this.base.y * zoom));
  }

  reset() {
    this.view.zoom = 1;
    this.moveTo(0.5, 0.5);
  }

  select(cluster) {
    this.selected = cluster === this.selected ? -1 : cluster;
    const at = this.data.clusters[this.selected]?.at;
    if (at) this.moveTo(...at);
    this.hover(-1);
    this.paint();
    for (const listener of this.listeners) listener(this.selected);
  }

  listen() {
    themeListeners.push(() => (printing ? this.paintNow() : this.paint()));
    new ResizeObserver(() => this.fit()).observe(this.stage);
    this.over.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    this.over.addEventListener("keydown", (event) => this.onKey(event));
    byId("zoom-in").addEventListener("click", () => this.zoomBy(1.6));
    byId("zoom-out").addEventListener("click", () => this.zoomBy(1 / 1.6));
    byId("zoom-all").addEventListener("click", () => this.reset());
    new Fingers(this);
  }

  onWheel(event) {
    const steps = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    // Scrolling down on the whole map goes on down the page instead of getting stuck here.
    if (steps > 0 && this.view.zoom <= 1.001) return;
    event.preventDefault();
    const speed = event.ctrlKey ? 0.01 : 0.0018;
    this.zoomBy(Math.exp(-steps * speed), event.offsetX, event.offsetY);
  }

  onKey(event) {
    const keys = {
      ArrowLeft: () => this.moveBy(60, 0),
      ArrowRight: () => this.moveBy(-60, 0),
      ArrowUp: () => this.moveBy(0, 60),
      ArrowDown: () => this.moveBy(0, -60),
      "+": () => this.zoomBy(1.4),
      "=": () => this.zoomBy(1.4),
      "-": () => this.zoomBy(1 / 1.4),
      0: () => this.reset(),
      Escape: () => this.selected !== -1 && this.select(this.selected),
    };
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  }

  hover(point, px, py) {
    if (point !== this.hovered) {
      this.hovered = point;
      this.over.classList.toggle("on-dot", point >= 0);
      if (this.base && this.colours) this.paintOver();
    }
    showTip(this, point, px, py);
  }
}
