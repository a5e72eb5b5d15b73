// The lab: a picture, an effect with sliders, what the network makes of it. Nothing reaches the library.
import { $, h } from '../dom.js';
import { ApiError, get, post } from '../api.js';
import { bindKeys } from '../shell/keys.js';
import { toast } from '../shell/toast.js';
import { defaults, rows } from './controls.js';
import { held, packed } from './laws.js';
import { Answer } from './answer.js';
import { formula } from './formula.js';
import { SAMPLES, pictureOf } from './samples.js';
import { BORDERS, Bench } from './shader.js';
import { words } from './words.js';

const KEPT = 50; // states that can be taken back
const SENT = 0.92; // JPEG quality of what the network sees

export function mount(main) {
  const parts = Object.fromEntries(
    [
      'effect',
      'border',
      'sliders',
      'note',
      'canvas',
      'source',
      'run',
      'grid',
      'original',
      'reset',
      'download',
      'parameters',
      'file',
      'frame',
      'answer',
      'equation',
    ].map((name) => [name, $(`[data-lab=${name}]`, main)]),
  );
  const told = JSON.parse($('[data-effects]', main).dataset.effects);
  const effects = new Map(told.map((each) => [each.effect, each]));
  const state = { effect: 'swirl', values: {}, border: 'black', source: 'grid', name: words.samples.grid };
  const past = [];
  let settled = null;
  let shownOriginal = false;
  let bench;
  try {
    bench = new Bench(parts.canvas);
  } catch (error) {
    parts.note.textContent = words.noWebgl;
    console.warn(error.message);
    return {};
  }
  const answer = new Answer(parts);

  const current = () => held(state.effect, state.values);
  const packedNow = () => (shownOriginal ? packed('') : packed(state.effect, current()));

  let waiting = 0;
  /** Draws before the next frame, however often it is asked for. */
  const draw = () => {
    waiting ||= requestAnimationFrame(drawNow);
  };

  function drawNow() {
    waiting = 0;
    const grid = parts.grid.getAttribute('aria-pressed') === 'true';
    const found = grid && !shownOriginal ? answer.packed : null;
    bench.draw(packedNow(), { border: state.border, grid, found });
    const values = state.effect ? current() : null;
    parts.note.textContent = state.effect && values !== state.values ? words.held : '';
    parts.equation.replaceChildren(...(values && !shownOriginal ? formula(state.effect, values) : []));
    const name = words.effects[state.effect] ?? '';
    parts.canvas.setAttribute('aria-label', words.picture(state.name, shownOriginal ? '' : name));
  }

  const snapshot = () => structuredClone({ effect: state.effect, values: state.values, border: state.border });

  /** Something was changed: what stood before can be taken back, what was found no longer holds. */
  function changed() {
    past.push(settled);
    if (past.length > KEPT) past.shift();
    settled = snapshot();
    answer.clear();
    draw();
  }

  function controls() {
    parts.effect.value = state.effect;
    parts.border.value = state.border;
    const moved = (name, value) => {
      const now = state.values[name];
      state.values = { ...state.values, [name]: typeof value === 'function' ? value(now) : value };
      draw();
    };
    const made = state.effect ? rows(effects.get(state.effect), state.values, bench.size, moved, changed) : [];
    parts.sliders.replaceChildren(...made);
    draw();
  }

  function begin() {
    state.values = state.effect ? defaults(effects.get(state.effect), bench.size) : {};
    controls();
  }

  function take(picture, name, source) {
    Object.assign(state, { name, source });
    bench.take(picture);
    past.length = 0;
    begin();
    settled = snapshot();
    answer.clear();
    parts.source.dataset.source = source;
    for (const each of parts.source.querySelectorAll('[data-sample]'))
      each.setAttribute('aria-pressed', String(each.dataset.sample === source));
  }

  async function takeFile(source, name) {
    try {
      take(await pictureOf(source), name, 'photo');
    } catch {
      toast(words.unreadable);
    }
  }

  function undo() {
    const before = past.pop();
    if (!before) return toast(words.nothingToUndo);
    Object.assign(state, structuredClone(before));
    settled = before;
    answer.clear();
    controls();
  }

  const toggle = (element, on = element.getAttribute('aria-pressed') !== 'true') => {
    element.setAttribute('aria-pressed', String(on));
    return on;
  };

  const json = () => ({
    effect: state.effect || null,
    parameters: state.effect ? current() : {},
    source: state.name,
    width: bench.size[0],
    height: bench.size[1],
    border: state.border,
    interpolation: 'cubic',
    found: answer.found,
  });

  /** The picture without its grid, as a file. */
  const blobOf = (type, quality) =>
    new Promise((done) => {
      bench.draw(packedNow(), { border: state.border });
      parts.canvas.toBlob(done, type, quality);
      draw();
    });

  function save(blob, name) {
    const link = h('a', { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
  const base = () =>
    `${state.name.replace(/\.\w+$/, '').replaceAll(/[^\w-]+/g, '_')}-${shownOriginal ? 'original' : state.effect || 'original'}`;

  async function run() {
    if (parts.run.disabled) return;
    answer.looking();
    const effect = shownOriginal ? '' : state.effect;
    const image = await dataOf(await blobOf('image/jpeg', SENT));
    const truth = effect ? [{ effect, parameters: current() }] : [];
    try {
      answer.show(await post('/lab/judge', { image, effects: truth }), effect, current());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answer.failed(error.message);
    }
    draw();
  }

  const library = async () => {
    const { choosePhoto } = await import('./picker.js');
    choosePhoto(({ thumb, name }) => takeFile(thumb.replace('/thumb', '/preview'), name));
  };

  for (const name of ['', ...effects.keys()])
    parts.effect.append(h('option', { value: name }, name ? words.effects[name] : words.noEffect));
  for (const name of BORDERS) parts.border.append(h('option', { value: name }, name));
  parts.effect.addEventListener('change', () => {
    state.effect = parts.effect.value;
    begin();
    changed();
  });
  parts.border.addEventListener('change', () => {
    state.border = parts.border.value;
    changed();
  });
  parts.grid.addEventListener('click', () => {
    toggle(parts.grid);
    draw();
  });
  parts.original.addEventListener('click', () => {
    shownOriginal = toggle(parts.original);
    answer.clear();
    draw();
  });
  parts.reset.addEventListener('click', () => {
    begin();
    changed();
  });
  parts.run.addEventListener('click', run);
  parts.download.addEventListener('click', async () => save(await blobOf('image/png'), `${base()}.png`));
  parts.parameters.addEventListener('click', () =>
    save(new Blob([JSON.stringify(json(), null, 2)], { type: 'application/json' }), `${base()}.json`),
  );
  for (const each of parts.source.querySelectorAll('[data-sample]'))
    each.addEventListener('click', () =>
      take(SAMPLES[each.dataset.sample](), words.samples[each.dataset.sample], each.dataset.sample),
    );
  $('[data-lab=own]', main).addEventListener('click', () => parts.file.click());
  $('[data-lab=library]', main)?.addEventListener('click', library);
  const taken = () => {
    if (parts.file.files[0]) takeFile(parts.file.files[0], parts.file.files[0].name);
    parts.file.value = '';
  };
  parts.file.addEventListener('change', taken);
  for (const kind of ['dragenter', 'dragover', 'drop'])
    parts.frame.addEventListener(kind, (event) => {
      event.preventDefault();
      event.stopPropagation(); // else the window takes it into the library
      if (kind === 'drop' && event.dataTransfer.files[0])
        takeFile(event.dataTransfer.files[0], event.dataTransfer.files[0].name);
    });
  const unbind = bindKeys({
    o: () => parts.grid.click(),
    b: () => parts.original.click(),
    u: undo,
    r: () => parts.reset.click(),
    Enter: (event) => (event.target.closest('button, a, select, input') ? false : run()),
  });
  take(SAMPLES.grid(), words.samples.grid, 'grid');
  const photo = new URLSearchParams(location.search).get('photo');
  if (/^\d+$/.test(photo ?? ''))
    takeFile(`${document.documentElement.dataset.root ?? ''}/photos/${photo}/preview`, words.own);
  taken(); // one that was chosen before this page listened
  return {
    unmount() {
      cancelAnimationFrame(waiting);
      unbind();
    },
  };
}

function dataOf(blob) {
  return new Promise((done, refuse) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => done(reader.result.split(',')[1]));
    reader.addEventListener('error', () => refuse(reader.error));
    reader.readAsDataURL(blob);
  });
}
