// From an effect's parameters to the numbers of the shader, and where they must be held back.

const RADIANS = Math.PI / 180;
const EDGE = 1.25; // of a lens's radius; beyond, the law goes on as a straight line
const PROFILES = ['quadratic', 'linear', 'cubic', 'exponential'];
const FOREVER = 1e9;
export const NOTHING = { law: 0, numbers: [] };

const radial = (v, unit, stretch, edge, slope, form, ...numbers) => ({
  law: 2,
  numbers: [...v.center, unit, stretch, edge, Math.max(slope, 1e-3), form, ...numbers],
});

function bowed(v, sign) {
  const k = sign * v.k;
  const square = k * EDGE ** 2;
  const slope = v.model === 'division' ? (1 + square) / (1 - square) ** 2 : 1 + 3 * square;
  return radial(v, v.radius, 1, EDGE, slope, v.model === 'division' ? 0 : 1, k);
}

const local = (v, sign) => radial(v, v.radius, v.stretch, 1, 1, v.model === 'smooth' ? 4 : 5, sign * v.strength);

function fisheye(v) {
  const angle = v.angle * RADIANS;
  return radial(v, v.radius, 1, EDGE, 1 / Math.cos(EDGE * angle) ** 2, 2, angle);
}

function lens(v) {
  const slope = 4 * v.a * EDGE ** 3 + 3 * v.b * EDGE ** 2 + 2 * v.c * EDGE + 1 + v.zoom;
  return radial(v, v.radius, 1, EDGE, slope, 3, v.a, v.b, v.c, v.zoom);
}

function linear([cx, cy], [a, b, c, d]) {
  const det = a * d - b * c;
  const [e, f, g, h] = [d / det, -b / det, -c / det, a / det];
  return { law: 4, numbers: [e, f, cx - e * cx - f * cy, g, h, cy - g * cx - h * cy, 0, 0, 1] };
}

/** Solves a square system by elimination with pivots. */
export function solved(rows, wanted) {
  const m = rows.map((row, i) => [...row, wanted[i]]);
  for (let i = 0; i < m.length; i++) {
    const pivot = m.slice(i).reduce((best, row, k) => (Math.abs(row[i]) > Math.abs(m[best][i]) ? i + k : best), i);
    [m[i], m[pivot]] = [m[pivot], m[i]];
    for (let k = 0; k < m.length; k++) {
      if (k === i) continue;
      const share = m[k][i] / m[i][i];
      for (let j = i; j <= m.length; j++) m[k][j] -= share * m[i][j];
    }
  }
  return m.map((row, i) => row[m.length] / row[i]);
}

/** The homography (9 numbers) from distorted to clean points: four corners determine it. */
function perspective(v) {
  const [w, h] = v.size;
  const clean = [
    [0, 0],
    [w, 0],
    [w, h],
    [0, h],
  ].map(([x, y]) => [x - 0.5, y - 0.5]);
  const moves = [v.top_left, v.top_right, v.bottom_right, v.bottom_left];
  const rows = [];
  const wanted = [];
  clean.forEach(([u, t], i) => {
    const [x, y] = [u + moves[i][0], t + moves[i][1]];
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -t * x, -t * y]);
    wanted.push(u, t);
  });
  return { law: 4, numbers: [...solved(rows, wanted), 1] };
}

function arc(v) {
  const bend = (v.angle * RADIANS) / v.length;
  const numbers = [...v.center, Math.abs(bend) * v.length > 1e-7 ? bend : 0, v.scale, ...v.shift];
  return { law: 6, numbers };
}

function contour(v) {
  const scale = Math.sqrt(v.size[0] * v.size[1]) / Math.PI;
  return { law: 7, numbers: [0, ...v.heights.map((each) => each * scale)] };
}

const PACKED = {
  swirl: (v) => ({ law: 1, numbers: [...v.center, v.angle, v.radius, v.stretch, PROFILES.indexOf(v.profile)] }),
  barrel: (v) => bowed(v, 1),
  pincushion: (v) => bowed(v, -1),
  fisheye,
  lens,
  bulge: (v) => local(v, -1),
  pinch: (v) => local(v, 1),
  wave: (v) => ({ law: 3, numbers: [...v.amplitude, v.wavelength, ...v.phase] }),
  ripple: (v) => radial(v, v.wavelength, 1, FOREVER, 1, 6, v.amplitude / v.wavelength, v.phase * RADIANS),
  perspective,
  shear: (v) => linear(v.center, [1, v.slope[0], v.slope[1], 1]),
  rotation: (v) => {
    const [cos, sin] = [Math.cos(v.angle * RADIANS), Math.sin(v.angle * RADIANS)];
    return linear(v.center, [cos, -sin, sin, cos]);
  },
  polar: (v) => ({
    law: 5,
    numbers: [...v.center, v.radius, v.inner, v.start, v.direction === 'clockwise' ? 1 : -1],
  }),
  arc,
  contour,
};

/** {law, numbers} of an effect for the shader. */
export const packed = (effect, values) => (effect ? PACKED[effect](values) : NOTHING);

/** The parameters, weakened where the picture would fold over itself; ml/warps refuses what does. */
export function held(effect, values) {
  const at = (name, most) =>
    Math.abs(values[name]) > most ? { ...values, [name]: Math.sign(values[name]) * most } : values;
  if (effect === 'pincushion' && values.model === 'polynomial') return at('k', 0.2);
  if (effect === 'pinch' && values.model === 'sine') return at('strength', 0.94);
  if (effect === 'ripple') {
    const most = (0.96 * values.wavelength) / (2 * Math.PI * (1 + 0.86 * Math.abs(Math.sin(values.phase * RADIANS))));
    return at('amplitude', most);
  }
  if (effect !== 'contour') return values;
  const [w, h] = values.size;
  const bends = values.heights.map((each, n) => {
    const [i, j] = [Math.floor((n + 1) / 4), (n + 1) % 4];
    return Math.abs(each) * Math.PI * Math.sqrt(w * h) * ((i / w) ** 2 + (j / h) ** 2);
  });
  const share = Math.min(1, 0.85 / (bends.reduce((sum, each) => sum + each, 0) || 1));
  return share < 1 ? { ...values, heights: values.heights.map((each) => each * share) } : values;
}
