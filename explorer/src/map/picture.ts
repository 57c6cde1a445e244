/** The map as it is shown, as a picture: PNG, or SVG with titles that stay text. */

function canvases(): [HTMLCanvasElement, HTMLCanvasElement] {
  const dots = document.querySelector<HTMLCanvasElement>(".stage .dots");
  const over = document.querySelector<HTMLCanvasElement>(".stage .over");
  if (!dots || !over) throw new Error("There is no map to save.");
  return [dots, over];
}

export async function mapPng(): Promise<Blob> {
  const [dots, over] = canvases();
  const made = document.createElement("canvas");
  made.width = dots.width;
  made.height = dots.height;
  const context = made.getContext("2d")!;
  context.fillStyle = getComputedStyle(over).getPropertyValue("--paper").trim();
  context.fillRect(0, 0, made.width, made.height);
  context.drawImage(dots, 0, 0);
  context.drawImage(over, 0, 0, made.width, made.height);
  return new Promise((resolve, reject) => {
    made.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("No picture came out."))));
  });
}

interface Written {
  title: string;
  left: number;
  top: number;
  height: number;
}

let titles: () => Written[] = () => [];

/** The map tells which titles it shows. */
export function tellTitles(shown: () => Written[]): void {
  titles = shown;
}

export async function mapSvg(): Promise<Blob> {
  const [dots, over] = canvases();
  const [width, height] = [over.clientWidth, over.clientHeight];
  const look = getComputedStyle(over);
  const paper = look.getPropertyValue("--paper").trim();
  const ink = look.getPropertyValue("--ink").trim();
  const texts = titles().map(
    (t) => `<text x="${t.left + 3}" y="${t.top + t.height / 2}">${escaped(t.title)}</text>`,
  );
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">`,
    `<rect width="100%" height="100%" fill="${paper}"/>`,
    `<image width="${width}" height="${height}" href="${dots.toDataURL("image/png")}"/>`,
    `<g font-family="system-ui, sans-serif" font-size="12" font-weight="600" fill="${ink}"`,
    ` stroke="${paper}" stroke-width="4" paint-order="stroke" dominant-baseline="central">`,
    ...texts,
    "</g></svg>",
  ];
  return new Blob([svg.join("\n")], { type: "image/svg+xml" });
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
