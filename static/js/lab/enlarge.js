// Enlarging: a file or a photo of the library, made larger by the queue, compared with bicubic, fetched.
import { $, button, h, icon, meter, setMeter } from '../dom.js';
import { call, csrf, get, post, query, remove } from '../api.js';
import { bytes, number, percent } from '../format.js';
import { at } from '../place.js';
import { bindKeys } from '../shell/keys.js';
import { failed, say, toast } from '../shell/toast.js';
import { choosePhoto } from './picker.js';
import { Pieces } from './pieces.js';
import { words } from './enlarge-words.js';

const WAIT_MS = 400;
const AWAY_MS = 5000; // between tries while the server does not answer
const OPEN = ['waiting', 'running'];

export function mount(main) {
  const parts = Object.fromEntries(
    ['place', 'view', 'before', 'nothing', 'form', 'file', 'chosen', 'run', 'running', 'list'].map((name) => [
      name,
      $(`[data-enlarge=${name}]`, main),
    ]),
  );
  const pieces = new Pieces(parts.view);
  let limits = { most_bytes: Infinity, most_pixels: Infinity };
  let kept = [];
  let source = null; // {file} or {photo}, name, width and height where they are known
  let shown = null; // the id of the one that is shown
  let making = null; // the id of the one that is waited for
  let timer = 0;
  let left = false;
  let away = false; // the server did not answer

  const bar = meter(0);
  const said = h('span', { role: 'status' });
  parts.running.append(
    bar,
    said,
    button(words.cancel, { kind: 'outlined' }, () => throwAway(making)),
  );

  const chosen = (name) => new FormData(parts.form).get(name);
  const sizeOf = (w, height) => words.size(number(w), number(height));
  const drawChosen = () => {
    const notes = [];
    let fits = Boolean(source) && making === null;
    if (source) {
      notes.push(words.chosen(source.name, source.width && sizeOf(source.width, source.height)));
      const factor = Number(chosen('factor'));
      const pixels = (source.width ?? 0) * (source.height ?? 0) * factor ** 2;
      const size = sizeOf(source.width * factor, source.height * factor);
      const mega = (n) => number(Math.round(n / 1e6));
      if (pixels > limits.most_pixels) notes.push(words.tooLarge(size, mega(limits.most_pixels)));
      else if (pixels) notes.push(words.result(size, number(Math.round(pixels / 1e5) / 10)));
      const heavy = source.file?.size > limits.most_bytes;
      if (heavy) notes.push(words.tooMany(bytes(source.file.size), bytes(limits.most_bytes)));
      fits &&= !heavy && pixels <= limits.most_pixels;
    }
    parts.chosen.replaceChildren(...notes.map((text) => h('span', {}, text)));
    parts.run.disabled = !fits;
  };
  const drawPlace = () => {
    const now = kept.some(({ id }) => id === shown);
    parts.view.hidden = !now;
    parts.before.hidden = now || !source || source.unseen;
    parts.nothing.hidden = now || !parts.before.hidden;
    if (source?.unseen) $('h2', parts.nothing).textContent = source.name;
  };
  parts.before.addEventListener('error', () => {
    if (source) source.unseen = true; // the server may know the format
    drawPlace();
  });
  const take = (next, picture) => {
    source = next;
    drawChosen();
    if (!picture) return;
    URL.revokeObjectURL(parts.before.src);
    parts.before.src = picture;
    parts.before.alt = next.name;
    shown = null;
    draw();
  };
  const takeFile = async (file) => {
    take({ file, name: file.name }, URL.createObjectURL(file));
    try {
      const bitmap = await createImageBitmap(file);
      if (source.file === file) take({ ...source, width: bitmap.width, height: bitmap.height });
      bitmap.close();
    } catch {
      // The browser does not know the format; the server may.
    }
  };

  const draw = () => {
    const open = kept.find(({ id }) => id === making);
    const watched = parts.running.contains(document.activeElement);
    parts.running.hidden = making === null;
    setMeter(bar, open?.share ?? 0);
    const text = !open ? words.sending : open.state === 'waiting' ? words.waiting : words.running(percent(open.share));
    if (said.textContent !== text) said.textContent = text;
    drawChosen();
    if (watched && making === null) parts.run.focus();
    drawPlace();
    const held = document.activeElement?.dataset?.act;
    parts.list.replaceChildren(...(kept.length ? kept.map(line) : [h('li', { class: 'muted' }, words.none)]));
    if (held) $(`[data-act="${held}"]`, parts.list)?.focus();
  };
  const line = (one) =>
    h(
      'li',
      { 'aria-current': String(one.id === shown) },
      one.state === 'ready'
        ? h(
            'button',
            {
              type: 'button',
              class: 'button',
              data: { act: `show ${one.id}` },
              'aria-label': words.show(one.name),
              onclick: () => show(one),
            },
            h('span', { class: 'clip' }, one.name),
          )
        : h('span', { class: 'clip' }, one.name),
      h(
        'span',
        { class: 'small muted' },
        [
          words.line(one.factor, words.methods[one.method]),
          one.state === 'ready' ? `${sizeOf(one.width, one.height)}, ${bytes(one.size)}` : words.states[one.state],
        ].join(' · '),
      ),
      one.reason && h('span', { class: 'small failure' }, one.reason),
      h(
        'span',
        { class: 'enlarge-acts' },
        one.file &&
          h(
            'a',
            { class: 'button bare', href: at(one.file), download: '', title: words.downloadOne(one.name) },
            icon('download'),
            h('span', { class: 'said' }, words.downloadOne(one.name)),
          ),
        button(words.remove(one.name), { icon: 'trash-2', bare: true, data: { act: `drop ${one.id}` } }, () =>
          throwAway(one.id),
        ),
      ),
    );
  const show = (one) => {
    shown = one.id;
    draw();
    pieces.show(one);
  };

  const load = async () => {
    clearTimeout(timer);
    const asked = making;
    try {
      const told = await get('/enlargements');
      if (left) return;
      away = false;
      limits = told;
      kept = told.enlargements;
      const mine = kept.find(({ id }) => id === making);
      if (asked && asked === making && !mine) making = null; // thrown away elsewhere
      if (mine && !OPEN.includes(mine.state)) {
        making = null;
        if (mine.state === 'ready') {
          say(words.ready(mine.name));
          show(mine);
        } else if (mine.reason) toast(mine.reason);
      }
      draw();
      if (kept.some(({ state }) => OPEN.includes(state))) timer = setTimeout(load, WAIT_MS);
    } catch (error) {
      if (left) return;
      if (!away) failed(error);
      away = true;
      if (making) timer = setTimeout(load, AWAY_MS);
    }
  };

  const throwAway = async (id) => {
    try {
      await remove(`/enlargements/${id}`);
      if (id === shown) shown = null;
      if (id === making) making = null;
      say(words.gone);
    } catch (error) {
      failed(error);
    }
    load();
  };

  /** Sends the file's bytes, or the number of the photo. */
  const send = ({ file, photo, name }, factor, method) =>
    file
      ? call('POST', `/enlargements/file${query({ name, factor, method })}`, undefined, {
          body: file,
          headers: { ...csrf(), 'Content-Type': 'application/octet-stream' },
        })
      : post('/enlargements', { photo, factor, method });

  const run = async (event) => {
    event.preventDefault();
    if (parts.run.disabled) return;
    making = 0;
    draw();
    $('button', parts.running).focus(); // that of Enlarge cannot be pressed now
    try {
      making = (await send(source, Number(chosen('factor')), chosen('method'))).id;
    } catch (error) {
      making = null;
      failed(error);
    }
    load();
  };

  const library = () =>
    choosePhoto(({ id, name, w, h: height, thumb }) => {
      take({ photo: id, name, width: w, height }, thumb.replace('/thumb', '/preview'));
      parts.run.focus();
    });

  $('[data-enlarge=own]', main).addEventListener('click', () => parts.file.click());
  $('[data-enlarge=library]', main).addEventListener('click', library);
  const taken = () => {
    if (parts.file.files[0]) takeFile(parts.file.files[0]);
    parts.file.value = '';
  };
  parts.file.addEventListener('change', taken);
  taken(); // one that was chosen before this page listened
  for (const kind of ['dragenter', 'dragover', 'drop'])
    parts.place.addEventListener(kind, (event) => {
      event.preventDefault();
      event.stopPropagation(); // else the window takes it into the library
      if (kind === 'drop' && event.dataTransfer.files[0]) takeFile(event.dataTransfer.files[0]);
    });
  parts.form.addEventListener('submit', run);
  parts.form.addEventListener('change', drawChosen);
  const unbind = bindKeys({
    z: () => shown !== null && pieces.turn(),
    b: () => shown !== null && pieces.blink(),
  });
  const photo = new URLSearchParams(location.search).get('photo');
  if (/^\d+$/.test(photo ?? ''))
    get(`/photos/${photo}`).then(
      (told) => take({ photo: told.id, name: told.name, width: told.w, height: told.h }, told.preview),
      failed,
    );
  load().then(() => {
    const newest = kept.find(({ state }) => state === 'ready');
    const open = kept.find(({ state }) => OPEN.includes(state));
    if (open) making = open.id;
    if (newest && !left) show(newest);
  });
  return {
    unmount() {
      left = true;
      clearTimeout(timer);
      unbind();
      pieces.end();
    },
  };
}
