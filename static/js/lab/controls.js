// The sliders of an effect, made from what ml/warps says of its parameters.
import { h } from '../dom.js';
import { number } from './figures.js';
import { words } from './words.js';

const STEPS = 200;
const BASES = {
  'short side': ([w, h]) => Math.min(w, h),
  'long side': ([w, h]) => Math.max(w, h),
  'half the diagonal': ([w, h]) => Math.hypot(w, h) / 2,
};
const SHAPES = 9; // of the contours that one can choose among
const ORDERS = Array.from({ length: 15 }, (_, n) => [Math.floor((n + 1) / 4), (n + 1) % 4]);

const base = (told, size) => BASES[told.of]?.(size) ?? 1;
const spot = (share, size) => share.map((each, axis) => each * size[axis] - 0.5);

/** Cosine heights of about half the short side's hundredths, another landscape for every shape. */
function landscape(strength, shape, size) {
  return ORDERS.map(([i, j], n) => {
    const sign = Math.sin((n + 1) * 12.9898 + shape * 78.233) * 1.4;
    return (strength * sign * 0.06 * Math.min(...size)) / (i * i + j * j);
  });
}

/** The default parameters of an effect on a picture of `size`. */
export function defaults(told, size) {
  const one = (parameter) => {
    const { type, default: value } = parameter;
    if (type === 'size') return [...size];
    if (type === 'choice') return value;
    if (type === 'position') return spot(value, size);
    if (type === 'series') return landscape(0.5, 1, size);
    const times = base(parameter, size);
    return Array.isArray(value) ? value.map((each) => each * times) : value * times;
  };
  return Object.fromEntries(told.parameters.map((parameter) => [parameter.name, one(parameter)]));
}

const shown = (value, unit) => {
  if (unit === 'px') return `${number(Math.round(value) + 0)} px`;
  if (unit === 'deg') return `${number(Math.round(value) + 0)}°`;
  return number(Math.round(value * 1000) / 1000);
};

function slider({ label, low, high, value, unit, id, moved, settled }) {
  const said = h('output', { class: 'lab-figure', htmlFor: id }, shown(value, unit));
  const input = h('input', {
    type: 'range',
    id,
    min: Math.min(low, value), // what was found may lie beyond what is drawn at random
    max: Math.max(high, value),
    step: (high - low) / STEPS,
    value,
    oninput: () => {
      input.setAttribute('aria-valuetext', shown(Number(input.value), unit));
      said.textContent = shown(Number(input.value), unit);
      moved(Number(input.value));
    },
    onchange: settled,
  });
  input.setAttribute('aria-valuetext', shown(value, unit));
  return h('div', { class: 'lab-row' }, h('label', { htmlFor: id }, label), input, said);
}

function choice({ label, options, value, id, moved, settled }) {
  const field = h(
    'select',
    {
      class: 'field',
      id,
      onchange: () => {
        moved(field.value);
        settled();
      },
    },
    options.map((option) => h('option', { value: option, selected: option === value }, option)),
  );
  return h('div', { class: 'lab-row' }, h('label', { htmlFor: id }, label), field);
}

/** Rows for every parameter that has a range; `moved(name, value)` at every step, `settled()` at its end. */
export function rows(told, values, size, moved, settled) {
  const made = [];
  for (const parameter of told.parameters) {
    const { name, type, range, unit } = parameter;
    const label = words.parameters[name] ?? name;
    const add = (more) => made.push(slider({ unit, settled, id: `lab-${name}`, label, ...more }));
    if (type === 'choice') {
      const row = { label, options: range, value: values[name], id: `lab-${name}`, settled };
      made.push(choice({ ...row, moved: (value) => moved(name, value) }));
    } else if (type === 'series') made.push(...series(name, size, moved, settled));
    else if (type === 'position' || type === 'vector') {
      if (range[0] >= range[1]) continue;
      for (const axis of [0, 1]) {
        const times = type === 'position' ? size[axis] : base(parameter, size);
        const [low, high] = type === 'position' ? [0, 1] : range;
        const change = (value) => moved(name, (now) => now.map((each, at) => (at === axis ? value : each)));
        const place = { id: `lab-${name}-${axis}`, label: `${label}, ${words.axes[axis]}` };
        add({ ...place, low: low * times, high: high * times, value: values[name][axis], moved: change });
      }
    } else if (type === 'number' && range[0] < range[1]) {
      const times = base(parameter, size);
      add({ low: range[0] * times, high: range[1] * times, value: values[name], moved: (value) => moved(name, value) });
    }
  }
  return made;
}

function series(name, size, moved, settled) {
  const now = { strength: 0.5, shape: 1 };
  const change = (key) => (value) => {
    now[key] = value;
    moved(name, landscape(now.strength, Math.round(now.shape), size));
  };
  const row = (key, low, high, unit) =>
    slider({
      label: words.parameters[key],
      low,
      high,
      value: now[key],
      unit,
      id: `lab-${key}`,
      moved: change(key),
      settled,
    });
  return [row('strength', -1, 1, ''), row('shape', 1, SHAPES, '')];
}
