/** Where one looks at: centre in map units (-1..1) and how many times larger than the whole map. */

export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

export const WHOLE: Camera = { x: 0, y: 0, zoom: 1 };
const MOST_ZOOM = 4000;
const MARGIN = 0.92;

/** Pixels per map unit. */
export const scale = (camera: Camera, size: Size): number =>
  (Math.min(size.width, size.height) / 2) * MARGIN * camera.zoom;

export function toScreen(camera: Camera, size: Size, x: number, y: number): [number, number] {
  const s = scale(camera, size);
  return [size.width / 2 + (x - camera.x) * s, size.height / 2 - (y - camera.y) * s];
}

export function toMap(camera: Camera, size: Size, px: number, py: number): [number, number] {
  const s = scale(camera, size);
  return [camera.x + (px - size.width / 2) / s, camera.y - (py - size.height / 2) / s];
}

export function panned(camera: Camera, size: Size, dx: number, dy: number): Camera {
  const s = scale(camera, size);
  return kept({ ...camera, x: camera.x - dx / s, y: camera.y + dy / s });
}

/** Zoomed so that what is under a pixel stays there. */
export function zoomed(camera: Camera, size: Size, factor: number, px: number, py: number): Camera {
  const [x, y] = toMap(camera, size, px, py);
  const zoom = Math.min(Math.max(camera.zoom * factor, 0.5), MOST_ZOOM);
  const done = camera.zoom / zoom;
  return kept({ x: x + (camera.x - x) * done, y: y + (camera.y - y) * done, zoom });
}

/** The map never leaves the window. */
function kept(camera: Camera): Camera {
  const clamp = (v: number) => Math.min(Math.max(v, -1.1), 1.1);
  return { x: clamp(camera.x), y: clamp(camera.y), zoom: camera.zoom };
}
