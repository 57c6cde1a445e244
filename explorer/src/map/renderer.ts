/** Points drawn by WebGL 2. While the map moves, only as many as the machine draws fluidly. */

import { type Camera, type Size, scale } from "./camera";
import { scattered } from "./points";

const VERTEX = `#version 300 es
in vec2 place;
in vec4 colour;
uniform vec2 centre;
uniform vec2 factor;
uniform float size;
out vec4 shade;
void main() {
  gl_Position = vec4((place - centre) * factor, 0.0, 1.0);
  gl_PointSize = colour.a > 0.0 ? size : 0.0;
  shade = colour;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec4 shade;
uniform float size;
out vec4 painted;
void main() {
  float cover = 1.0;
  if (size > 2.5) {
    float away = length(gl_PointCoord - 0.5) * size;
    cover = clamp(0.5 * size - away, 0.0, 1.0);
  }
  if (cover * shade.a <= 0.0) discard;
  painted = vec4(shade.rgb, 1.0) * shade.a * cover;
}`;

const FLUID_MS = 24;
const LEAST = 20_000;
const FIRST = 200_000;

export class NoWebGL extends Error {}

export class Renderer {
  private readonly gl: WebGL2RenderingContext;
  private readonly program: WebGLProgram;
  private readonly colours: WebGLBuffer;
  /** Rows in the order in which they are drawn. */
  private readonly order: Uint32Array;
  private fluid: number;
  readonly n: number;

  constructor(
    readonly canvas: HTMLCanvasElement,
    points: Float32Array,
  ) {
    const gl = canvas.getContext("webgl2", {
      antialias: false,
      premultipliedAlpha: true,
      preserveDrawingBuffer: true,
    });
    if (!gl) throw new NoWebGL("This browser shows no WebGL 2, which the map needs.");
    this.gl = gl;
    const placed: number[] | Uint32Array = rowsWithPlace(points);
    const mixed = scattered(placed.length);
    this.order = mixed.map((i) => placed[i]!);
    this.n = this.order.length;
    this.fluid = Math.min(this.n, FIRST);
    this.program = linked(gl);
    this.fill("place", 2, gl.FLOAT, this.gathered(points));
    this.colours = this.fill("colour", 4, gl.UNSIGNED_BYTE, new Uint8Array(4 * this.n));
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  private gathered(points: Float32Array): Float32Array {
    const out = new Float32Array(2 * this.n);
    this.order.forEach((row, i) => {
      out[2 * i] = points[2 * row]!;
      out[2 * i + 1] = points[2 * row + 1]!;
    });
    return out;
  }

  private fill(name: string, width: number, kind: number, values: ArrayBufferView): WebGLBuffer {
    const { gl } = this;
    const made = gl.createBuffer()!;
    gl.bindBuffer(gl.ARRAY_BUFFER, made);
    gl.bufferData(gl.ARRAY_BUFFER, values as Float32Array<ArrayBuffer>, gl.DYNAMIC_DRAW);
    const where = gl.getAttribLocation(this.program, name);
    gl.enableVertexAttribArray(where);
    gl.vertexAttribPointer(where, width, kind, kind === gl.UNSIGNED_BYTE, 0, 0);
    return made;
  }

  /** Take a colour for each row, four bytes a row. */
  paint(colours: Uint8Array): void {
    const from = new Uint32Array(colours.buffer);
    const to = new Uint32Array(this.n);
    for (let i = 0; i < this.n; i++) to[i] = from[this.order[i]!]!;
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.colours);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, to);
  }

  /** Draw; while moving, fewer points when all of them would take too long. */
  draw(camera: Camera, size: Size, ratio: number, moving: boolean): void {
    const { gl } = this;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (!this.n || !width || !height) return;
    gl.useProgram(this.program);
    const s = scale(camera, size);
    gl.uniform2f(gl.getUniformLocation(this.program, "centre"), camera.x, camera.y);
    gl.uniform2f(
      gl.getUniformLocation(this.program, "factor"),
      (2 * s) / size.width,
      (2 * s) / size.height,
    );
    const diameter = pointSize(this.n, camera.zoom, size) * ratio;
    gl.uniform1f(gl.getUniformLocation(this.program, "size"), diameter);
    const count = moving ? this.fluid : this.n;
    const began = performance.now();
    gl.drawArrays(gl.POINTS, 0, count);
    if (moving) {
      gl.finish();
      this.adapt(performance.now() - began, count);
    }
  }

  private adapt(ms: number, count: number): void {
    const wished = count * Math.min(Math.max(FLUID_MS / Math.max(ms, 0.5), 0.25), 1.5);
    this.fluid = Math.round(Math.min(Math.max(wished, Math.min(LEAST, this.n)), this.n));
  }
}

/** Diameter in pixels: small when many points share the window, larger as one comes near. */
export function pointSize(n: number, zoom: number, size: Size): number {
  const room = Math.sqrt((size.width * size.height) / Math.max(n, 1));
  const base = Math.min(Math.max(room * 0.55, 1.1), 7);
  return Math.min(base * Math.max(zoom, 1) ** 0.42, 14);
}

/** Opacity that lets a crowd look denser than a few. */
export function opacity(n: number): number {
  return Math.min(Math.max(1.25 - Math.log10(Math.max(n, 1)) * 0.13, 0.45), 0.9);
}

function rowsWithPlace(points: Float32Array): Uint32Array {
  const rows = new Uint32Array(points.length / 2);
  let n = 0;
  for (let row = 0; row < rows.length; row++) {
    if (!Number.isNaN(points[2 * row]! + points[2 * row + 1]!)) rows[n++] = row;
  }
  return rows.slice(0, n);
}

function linked(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram()!;
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(kind)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
      throw new NoWebGL(gl.getShaderInfoLog(shader) ?? "a shader does not compile");
    }
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new NoWebGL(gl.getProgramInfoLog(program) ?? "the shaders do not link");
  }
  gl.useProgram(program);
  return program;
}
