// Painting dots into an image by hand: one pass over typed arrays stays fluid at 100,000 dots,
// where one canvas call for each would not. A dot is a mask of coverage, kept for 4 x 4 positions
// within a pixel, so that dots neither jump nor turn square.

const PHASES = 4;

function colourParts(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function dotMasks(radius) {
  const side = Math.ceil(2 * radius) + 2;
  const masks = [];
  for (let py = 0; py < PHASES; py++) {
    for (let px = 0; px < PHASES; px++) {
      const cx = side / 2 + (px + 0.5) / PHASES - 0.5;
      const cy = side / 2 + (py + 0.5) / PHASES - 0.5;
      const mask = new Uint8Array(side * side);
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const away = Math.hypot(x + 0.5 - cx, y + 0.5 - cy);
          mask[y * side + x] = 255 * Math.min(1, Math.max(0, radius + 0.5 - away));
        }
      }
      masks.push(mask);
    }
  }
  return { side, masks };
}

class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.radius = 0;
  }

  resize(width, height) {
    this.canvas.width = width;
    this.canvas.height = height;
    this.image = this.context.createImageData(width, height);
    this.words = new Uint32Array(this.image.data.buffer);
  }

  start(paper) {
    const [r, g, b] = colourParts(paper);
    // Written through the bytes, so that the machine's byte order does not matter.
    this.image.data.set([r, g, b, 255], 0);
    this.words.fill(this.words[0]);
  }

  setRadius(radius) {
    const rounded = Math.round(radius * 4) / 4;
    if (rounded === this.radius) return;
    this.radius = rounded;
    this.dot = dotMasks(rounded);
  }

  // Blend one dot with its middle at x, y (device pixels).
  put(x, y, [r, g, b], alpha) {
    const { side, masks } = this.dot;
    const { width, height, data } = this.image;
    const left = Math.floor(x - side / 2 + 0.5);
    const top = Math.floor(y - side / 2 + 0.5);
    if (left + side <= 0 || top + side <= 0 || left >= width || top >= height) return;
    const px = Math.floor((x - side / 2 + 0.5 - left) * PHASES);
    const py = Math.floor((y - side / 2 + 0.5 - top) * PHASES);
    const mask = masks[py * PHASES + px];
    const x0 = Math.max(0, -left);
    const x1 = Math.min(side, width - left);
    const y1 = Math.min(side, height - top);
    for (let my = Math.max(0, -top); my < y1; my++) {
      let at = ((top + my) * width + left + x0) * 4;
      for (let mx = x0; mx < x1; mx++, at += 4) {
        const cover = mask[my * side + mx];
        if (cover === 0) continue;
        const share = cover * alpha;
        data[at] += ((r - data[at]) * share) >> 16;
        data[at + 1] += ((g - data[at + 1]) * share) >> 16;
        data[at + 2] += ((b - data[at + 2]) * share) >> 16;
      }
    }
  }

  finish() {
    this.context.putImageData(this.image, 0, 0);
  }
}
