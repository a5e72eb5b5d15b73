// Pictures drawn here: a grid and a maze, on which every distortion shows.

const SIDE = 640;
const HEIGHT = 480;

function paper() {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [SIDE, HEIGHT];
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#f4f1ea';
  pen.fillRect(0, 0, SIDE, HEIGHT);
  return [canvas, pen];
}

function grid() {
  const [canvas, pen] = paper();
  const cell = 40;
  const hues = ['#c2452d', '#2f6f9f', '#3d8b57', '#b58a1b'];
  for (let y = 0; y < HEIGHT; y += cell)
    for (let x = 0; x < SIDE; x += cell) {
      const turn = (x / cell) * 3 + (y / cell) * 5;
      if ((x / cell + y / cell) % 2) continue;
      pen.fillStyle = hues[turn % hues.length];
      pen.fillRect(x, y, cell, cell);
    }
  pen.fillStyle = '#1b1b1b';
  for (let x = 0; x <= SIDE; x += cell) pen.fillRect(x - 1.5, 0, 3, HEIGHT);
  for (let y = 0; y <= HEIGHT; y += cell) pen.fillRect(0, y - 1.5, SIDE, 3);
  return canvas;
}

/** A maze without loops, always the same: walks at random that go back where they are stuck. */
function maze() {
  const [canvas, pen] = paper();
  const [cell, columns, rows] = [32, SIDE / 32, HEIGHT / 32];
  const open = Array.from({ length: columns * rows }, () => new Set());
  let state = 20;
  const random = (n) => (state = (state * 16807) % 2147483647) % n;
  const path = [0];
  const seen = new Set(path);
  while (path.length) {
    const here = path.at(-1);
    const [x, y] = [here % columns, Math.floor(here / columns)];
    const ways = [];
    if (x > 0) ways.push(here - 1);
    if (x < columns - 1) ways.push(here + 1);
    if (y > 0) ways.push(here - columns);
    if (y < rows - 1) ways.push(here + columns);
    const fresh = ways.filter((next) => !seen.has(next));
    if (!fresh.length) {
      path.pop();
      continue;
    }
    const next = fresh[random(fresh.length)];
    open[here].add(next);
    open[next].add(here);
    seen.add(next);
    path.push(next);
  }
  pen.fillStyle = '#20242c';
  for (let here = 0; here < columns * rows; here++) {
    const [x, y] = [(here % columns) * cell, Math.floor(here / columns) * cell];
    if (!open[here].has(here + 1)) pen.fillRect(x + cell - 3, y - 3, 6, cell + 6);
    if (!open[here].has(here + columns)) pen.fillRect(x - 3, y + cell - 3, cell + 6, 6);
  }
  pen.fillRect(0, 0, SIDE, 4);
  pen.fillRect(0, 0, 4, HEIGHT);
  return canvas;
}

export const SAMPLES = { grid, maze };

const MOST = 1024; // pixels of the long side

/** A canvas of a picture's file or address, at most MOST pixels long. */
export async function pictureOf(source) {
  const blob = typeof source === 'string' ? await (await fetch(source)).blob() : source;
  const bitmap = await createImageBitmap(blob);
  const factor = Math.min(1, MOST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(8, Math.round(bitmap.width * factor));
  canvas.height = Math.max(8, Math.round(bitmap.height * factor));
  const pen = canvas.getContext('2d');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}
