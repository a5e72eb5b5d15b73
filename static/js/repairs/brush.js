// The brush: damage is painted by hand and filled at once; with Shift or the right button a wrong mark is wiped away.
import { button, h } from '../dom.js';
import { post } from '../api.js';
import { at } from '../place.js';
import { named } from '../format.js';
import { bindKeys } from '../shell/keys.js';
import { openDialog } from '../shell/dialog.js';
import { failed } from '../shell/toast.js';
import { repaired } from './compare.js';
import { words } from './words.js';

const LONGEST = 1024; // pixels of a mask's long side
const KINDS = ['scratch', 'loss', 'tear', 'craquelure', 'stain'];
const INK = '#ff66ff'; // light enough to count as white
const KEPT = 30; // strokes that can be taken back
const STEP = 4; // arrow keys, in pixels of the mask

/** Opens the brush on a photo; `closed(answer)` hears of the last stroke, if there was one. */
export function openBrush(detail, closed, kind = KINDS[0]) {
  const factor = Math.min(1, LONGEST / Math.max(detail.width, detail.height));
  const size = [detail.width, detail.height].map((n) => Math.max(1, Math.round(n * factor)));
  const picture = h('img', { alt: words.after, draggable: false });
  const canvas = h('canvas', { width: size[0], height: size[1], tabIndex: 0, ariaLabel: words.brush.canvas });
  const cursor = h('i', {});
  const view = h('div', { class: 'brush' }, picture, canvas, cursor);
  view.style.setProperty('--ratio', size[0] / size[1]);
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const said = h('p', { class: 'small muted', role: 'status' });
  const strokes = [];
  let repair = null;
  let answer = null;
  let last = null;
  let spot = size.map((n) => n / 2);
  let sending = Promise.resolve();

  const show = () => {
    const done = detail.repairs.filter(({ state }) => state === 'accepted');
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
    KINDS.map((name) => h('option', { value: name, selected: name === kind }, named(name))),
  );

  const send = () => {
    const sheet = h('canvas', { width: size[0], height: size[1] });
    const ink = sheet.getContext('2d');
    ink.fillRect(0, 0, ...size);
    ink.drawImage(canvas, 0, 0);
    const { id } = repair;
    const mask = sheet.toDataURL('image/png').split(',')[1];
    said.textContent = words.brush.filling;
    sending = sending.then(async () => {
      try {
        answer = await post(`/repairs/${id}/mask`, { mask });
        detail = answer.photo;
        said.textContent = words.brush.filled;
        show();
      } catch (error) {
        said.textContent = '';
        failed(error);
      }
    });
  };
  const remember = () => {
    strokes.push(pen.getImageData(0, 0, ...size));
    if (strokes.length > KEPT) strokes.shift();
  };
  const undo = () => {
    const before = strokes.pop();
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
    width.value = Number(width.value) * by;
    place(spot);
  };

  const load = async () => {
    const mask = new Image();
    mask.src = at(`/api/v1/repairs/${repair.id}/mask?v=${repair.params.mask}`);
    await mask.decode();
    pen.globalCompositeOperation = 'source-over';
    pen.clearRect(0, 0, ...size);
    pen.drawImage(mask, 0, 0, ...size);
    const sheet = pen.getImageData(0, 0, ...size);
    for (let i = 0; i < sheet.data.length; i += 4) {
      const marked = sheet.data[i] > 127;
      sheet.data.set(marked ? [255, 102, 255, 255] : [0, 0, 0, 0], i);
    }
    pen.putImageData(sheet, 0, 0);
  };
  const begin = async (name) => {
    repair = null;
    strokes.length = 0;
    try {
      await sending;
      const { repair: begun } = await post(`/photos/${detail.id}/marks`, { kind: name });
      repair = begun;
      await load();
      canvas.focus();
      said.textContent = words.brush.hint;
    } catch (error) {
      failed(error);
    }
  };

  const row = (label, input) => h('label', { class: 'brush-row' }, h('span', {}, label), input);
  const tools = h(
    'div',
    { class: 'brush-tools' },
    row(words.brush.kind, field),
    row(words.brush.size, width),
    row(words.brush.wipe, wiping),
    button(words.brush.undo, { icon: 'undo-2', kind: 'outlined', key: 'ctrl+z' }, undo),
    button(words.brush.look, { icon: 'scan', kind: 'outlined', key: 'o' }, () => view.classList.toggle('bare')),
    said,
  );
  const dialog = openDialog(words.brush.title, h('div', { class: 'brush-bench' }, view, tools), {
    width: 1280,
    foot: [button(words.brush.done, { kind: 'primary' }, () => dialog.close())],
    onclose: async () => {
      unbind();
      await sending;
      if (answer) closed(answer);
    },
  });
  const unbind = bindKeys({
    modal: (open) => open === dialog,
    '[': wider(0.75),
    ']': wider(1.34),
    o: () => view.classList.toggle('bare'),
    e: () => (wiping.checked = !wiping.checked),
    'ctrl+z': undo,
    ' ': dab,
    ArrowLeft: go(-1, 0),
    ArrowRight: go(1, 0),
    ArrowUp: go(0, -1),
    ArrowDown: go(0, 1),
  });
  show();
  place(spot);
  begin(kind);
}
