/** What is drawn above the points: titles, the selection, the row in question. */

import type { Point } from "../address";
import type { Explorer } from "../state";
import { type Camera, type Size, toScreen } from "./camera";
import type { Placed } from "./labels";
import type { Thumb } from "./thumbs";

/** What the map knows of what it draws. */
export interface Scene {
  readonly explorer: Explorer;
  readonly camera: Camera;
  readonly size: Size;
  /** What the hand is drawing. */
  readonly shape: Point[];
  readonly titles: Placed[];
  readonly pictures: Thumb[];
  colourOf(row: number): Uint8Array;
}

export function drawOver(
  scene: Scene,
  context: CanvasRenderingContext2D,
  canvas: HTMLCanvasElement,
  ratio: number,
): void {
  const { width, height } = scene.size;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const look = getComputedStyle(canvas);
  const colour = (name: string) => look.getPropertyValue(name).trim();
  drawShape(scene, context, colour("--accent"));
  drawThumbs(scene, context, colour("--paper"));
  drawTitles(scene, context, colour("--ink"), colour("--paper"), colour("--accent"));
  drawRows(scene, context, colour("--ink"), colour("--paper"));
  // only for those who move the map by keys: Enter takes what is nearest to the cross
  if (canvas.matches(":focus-visible"))
    drawCross(scene, context, colour("--ink"), colour("--paper"));
}

/** Below this the points of rows are in the background. */
const FAINT = 40;

function drawThumbs(scene: Scene, context: CanvasRenderingContext2D, paper: string): void {
  for (const { row, image, left, top, width, height } of scene.pictures) {
    const [red, green, blue, opacity] = scene.colourOf(row);
    context.fillStyle = paper;
    context.fillRect(left - 3, top - 3, width + 6, height + 6);
    context.globalAlpha = opacity! < FAINT ? 0.3 : 1;
    context.strokeStyle = `rgb(${red},${green},${blue})`;
    context.lineWidth = 2;
    context.strokeRect(left - 1, top - 1, width + 2, height + 2);
    context.drawImage(image, left, top, width, height);
    context.globalAlpha = 1;
  }
}

function drawCross(
  scene: Scene,
  context: CanvasRenderingContext2D,
  ink: string,
  paper: string,
): void {
  const [x, y] = [scene.size.width / 2, scene.size.height / 2];
  for (const [colour, line] of [
    [paper, 4],
    [ink, 1.75],
  ] as const) {
    context.beginPath();
    context.moveTo(x - 9, y);
    context.lineTo(x + 9, y);
    context.moveTo(x, y - 9);
    context.lineTo(x, y + 9);
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.stroke();
  }
}

function drawShape(scene: Scene, context: CanvasRenderingContext2D, accent: string): void {
  const shape = scene.shape.length ? scene.shape : scene.explorer.choices.value.lasso;
  if (shape.length < 2) return;
  context.beginPath();
  for (const [x, y] of shape) context.lineTo(...toScreen(scene.camera, scene.size, x, y));
  context.closePath();
  context.strokeStyle = accent;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 0.08;
  context.fillStyle = accent;
  context.fill();
  context.globalAlpha = 1;
}

function drawTitles(
  scene: Scene,
  context: CanvasRenderingContext2D,
  ink: string,
  paper: string,
  accent: string,
): void {
  const chosen = scene.explorer.choices.value.cluster;
  const hits = scene.explorer.hits.value;
  context.font = "600 12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const title of [...scene.titles].reverse()) {
    const x = title.left + 3;
    const y = title.top + title.height / 2;
    context.strokeStyle = paper;
    context.lineWidth = 4;
    const behind = hits ? !hits.has(title.cluster) : chosen !== null && title.cluster !== chosen;
    context.globalAlpha = behind ? 0.35 : 0.86;
    context.strokeText(title.title, x, y);
    context.globalAlpha = behind ? 0.5 : 1;
    context.fillStyle = title.cluster === chosen ? accent : ink;
    context.fillText(title.title, x, y);
  }
  context.globalAlpha = 1;
}

function drawRows(
  scene: Scene,
  context: CanvasRenderingContext2D,
  ink: string,
  paper: string,
): void {
  const points = scene.explorer.points.value;
  const { row } = scene.explorer.choices.value;
  for (const one of [row, scene.explorer.hovered.value]) {
    if (one === null || !points || Number.isNaN(points[2 * one])) continue;
    const [x, y] = toScreen(scene.camera, scene.size, points[2 * one]!, points[2 * one + 1]!);
    for (const [radius, colour, line] of [
      [7, paper, 4],
      [7, ink, 1.75],
    ] as const) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.stroke();
    }
  }
}
