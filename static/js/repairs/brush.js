// The brush: damage is painted by hand and filled at once; with Shift or the right button a wrong mark is wiped away.
import { button, h } from '../dom.js';
import { get, post } from '../api.js';
import { at } from '../place.js';
import { bindKeys } from '../shell/keys.js';
import { openDialog } from '../shell/dialog.js';
import { failed } from '../shell/toast.js';
import { repaired } from './compare.js';
import { words } from './words.js';

const LONGEST = 1024; // pixels of a mask's long side
const KINDS = ['scratch', 'loss', 'tear', 'craquelure', 'stain'];
const INK = '#ff66ff'; // light enough to count as white
const WHITE = [255, 255, 255, 255];
const BLACK = [0, 0, 0, 255];
const KEPT = 30; // strokes that can be taken back
const STEP = 4; // arrow keys, in pixels of the mask
const KEEPABLE = 48_000; // letters of a mask that a closing tab still sends
const MOVING = ['rotation', 'distortion']; // their picture lies elsewhere than the mask

/** Makes every pixel one of two colours. */
function whole({ data }, marked, clean) {
  for (let i = 0; i < data.length; i += 4) data.set(data[i] > 127 ? marked : clean, i);
}

/** Opens the brush on a photo; `closed(answer)` hears of the last stroke, if there was one. */
export function openBrush(detail, closed, kind = KINDS[0]) {
  const factor = Math.min(1, LONGEST / Math.max(detail.width, detail.height));
  const size = [detail.width, detail.height].map((n) => Math.max(1, Math.round(n * factor)));
  const fallback = () => {
    if (picture.getAttribute('src') === detail.before) return;
    picture.src = detail.before;
    said.textContent = words.brush.unseen;
  };
  const picture = h('img', { alt: words.after, draggable: false, onerror: fallback });
  const canvas = h('canvas', { width: size[0], height: size[1], tabIndex: 0, ariaLabel: words.brush.canvas });
  const cursor = h('i', {});
  const view = h('div', { class: 'brush' }, picture, canvas, cursor);
  view.style.setProperty('--ratio', size[0] / size[1]);
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const said = h('p', { class: 'small muted', role: 'status' });
  const strokes = [];
  let repair = null;
  let turn = 0;
  let answer = null;
  let sent = false;
  let last = null;
  let spot = size.map((n) => n / 2);
  let sending = Promise.resolve();

  const show = () => {
    const done = detail.repairs.filter(({ stage, state }) => state === 'accepted' && !MOVING.includes(stage));
    picture.src = done.length ? repaired(detail.before, done) : detail.before;
  };
  const place = (point) => {
    spot = point.map((n, i) => Math.min(size[i], Math.max(0, n)));
    cursor.style.left = `${(spot[0] / size[0]) * 100}%`;
    cursor.style.top = `${(spot[1] / size[1]) * 100}%`;
    cursor.style.width = `${(width.value / size[0]) * 100}%`;
  };
  const width = h('input', { type: 'range', min: 1, max: 120, value: 12, oninput: () => place(spot) });
  const wiping = h('input', { type: 'checkbox' });
  const field = h(
    'select',
    { class: 'field', onchange: () => begin(field.value) },
    KINDS.map((name) => h('option', { value: name, selected: name === kind }, words.kind(name))),
  );

  const send = (done = words.brush.filled) => {
    const sheet = h('canvas', { width: size[0], height: size[1] });
    const ink = sheet.getContext('2d');
    ink.fillRect(0, 0, ...size);
    ink.drawImage(canvas, 0, 0);
    const pixels = ink.getImageData(0, 0, ...size);
    whole(pixels, WHITE, BLACK); // soft edges would make the file many times as large
    ink.putImageData(pixels, 0, 0);
    const { id } = repair;
    const mask = sheet.toDataURL('image/png').split(',')[1];
    said.textContent = words.brush.filling;
    sent = true;
    sending = sending.then(async () => {
      try {
        answer = await post(`/repairs/${id}/mask`, { mask }, { keepalive: mask.length < KEEPABLE });
        detail = answer.photo;
        said.textContent = done;
        show();
      } catch (error) {
        said.textContent = words.brush.lost;
        failed(error);
      }
    });
  };
  const remember = () => {
    strokes.push(pen.getImageData(0, 0, ...size));
    if (strokes.length > KEPT) strokes.shift();
  };
  const undo = () => {
    const before = repair && strokes.pop();
    if (!before) return;
    pen.putImageData(before, 0, 0);
    send();
  };
  const line = (from, to, wipe) => {
    pen.globalCompositeOperation = wipe ? 'destination-out' : 'source-over';
    Object.assign(pen, { lineCap: 'round', lineWidth: width.value, strokeStyle: INK });
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(to[0] + 0.01, to[1]);
    pen.stroke();
  };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * size[0], ((event.clientY - box.top) / box.height) * size[1]];
  };
  const wipes = (event) => event.shiftKey || wiping.checked || Boolean(event.buttons & 2);
  canvas.onpointerdown = (event) => {
    if (!repair) return;
    canvas.setPointerCapture(event.pointerId);
    remember();
    last = point(event);
    line(last, last, wipes(event));
  };
  canvas.onpointermove = (event) => {
    const to = point(event);
    place(to);
    if (!last) return;
    line(last, to, wipes(event));
    last = to;
  };
  canvas.onpointerup = () => {
    if (last) send();
    last = null;
  };
  canvas.onpointercancel = canvas.onpointerup;
  canvas.oncontextmenu = (event) => event.preventDefault();
  const dab = (event) => {
    if (!repair || event.target !== canvas) return false;
    remember();
    line(spot, spot, wipes(event));
    send();
  };
  const go = (x, y) => (event) => {
    if (event.target !== canvas) return false;
    place([spot[0] + x * STEP, spot[1] + y * STEP]);
  };
  const wider = (by) => () => {
    const { valueAsNumber: now } = width;
    width.value = by > 1 ? Math.max(now + 1, now * by) : now * by;
    place(spot);
  };

  const load = async (source) => {
    const mask = new Image();
    mask.src = source;
    await mask.decode();
    pen.globalCompositeOperation = 'source-over';
    const sheet = h('canvas', { width: size[0], height: size[1] }).getContext('2d');
    sheet.drawImage(mask, 0, 0, ...size);
    const pixels = sheet.getImageData(0, 0, ...size);
    whole(pixels, [255, 102, 255, 255], [0, 0, 0, 0]);
    return pixels;
  };
  const begin = async (name) => {
    const mine = ++turn;
    repair = last = null;
    strokes.length = 0;
    pen.clearRect(0, 0, ...size);
    try {
      await sending;
      const { repair: begun, sought } = await post(`/photos/${detail.id}/marks`, { kind: name });
      const pixels = await load(at(`/api/v1/repairs/${begun.id}/mask?v=${begun.params.mask}`));
      if (mine !== turn) return; // another kind was chosen meanwhile
      pen.putImageData(pixels, 0, 0);
      repair = begun;
      finder.hidden = !sought;
      const moved = detail.repairs.some(({ stage, state }) => state === 'accepted' && MOVING.includes(stage));
      said.textContent = moved ? `${words.brush.hint} ${words.brush.unmoved}` : words.brush.hint;
    } catch (error) {
      failed(error);
    }
  };
  const find = async () => {
    if (!repair || finder.hidden) return;
    const mine = turn;
    said.textContent = words.brush.finding;
    try {
      const { mask } = await get(`/photos/${detail.id}/marks/${field.value}`);
      const { data } = await load(`data:image/png;base64,${mask}`);
      if (mine !== turn) return;
      const painted = pen.getImageData(0, 0, ...size);
      if (!data.some((value, i) => value > painted.data[i])) {
        said.textContent = words.brush.nothing;
        return;
      }
      remember();
      data.forEach((value, i) => (painted.data[i] = Math.max(value, painted.data[i])));
      pen.putImageData(painted, 0, 0);
      send(words.brush.found);
    } catch (error) {
      said.textContent = words.brush.hint;
      failed(error);
    }
  };

  const finder = button(words.brush.find, { icon: 'sparkles', kind: 'outlined', key: 'f' }, find);
  const row = (label, input) => h('label', { class: 'brush-row' }, h('span', {}, label), input);
  const tools = h(
    'div',
    { class: 'brush-tools' },
    row(words.brush.kind, field),
    row(words.brush.size, width),
    row(words.brush.wipe, wiping),
    finder,
    button(words.brush.undo, { icon: 'undo-2', kind: 'outlined', key: 'ctrl+z' }, undo),
    button(words.brush.look, { icon: 'scan', kind: 'outlined', key: 'o' }, () => view.classList.toggle('bare')),
    said,
  );
  /** Has the version made of all strokes: once, not for every one of them. */
  const made = (options) => post(`/photos/${detail.id}/version`, {}, options);
  const leaving = () => sent && made({ keepalive: true }).catch(() => {}); // the tab is closed
  addEventListener('pagehide', leaving);
  const dialog = openDialog(words.brush.title, h('div', { class: 'brush-bench' }, view, tools), {
    width: 1280,
    foot: [button(words.brush.done, { kind: 'primary' }, () => dialog.close())],
    onclose: async () => {
      turn += 1; // what is still looked for is painted no more
      unbind();
      removeEventListener('pagehide', leaving);
      await sending;
      if (!answer) return;
      try {
        answer.photo = (await made()).photo;
      } catch (error) {
        failed(error);
      }
      closed(answer);
    },
  });
  const unbind = bindKeys({
    modal: (open) => open === dialog,
    '[': wider(0.75),
    ']': wider(1.34),
    o: () => view.classList.toggle('bare'),
    e: () => (wiping.checked = !wiping.checked),
    'ctrl+z': undo,
    f: find,
    ' ': dab,
    ArrowLeft: go(-1, 0),
    ArrowRight: go(1, 0),
    ArrowUp: go(0, -1),
    ArrowDown: go(0, 1),
  });
  show();
  place(spot);
  begin(kind).then(() => canvas.focus());
}
