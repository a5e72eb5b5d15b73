// The download sheet: what is in it, how large it will be, then the making of it, then the file.
import { $, button, h, meter, setMeter } from '../dom.js';
import { get, post } from '../api.js';
import { bytes, number, plural } from '../format.js';
import { words } from '../words.js';
import { openDialog } from '../shell/dialog.js';
import { failed, say, toast } from '../shell/toast.js';
import { currentFilter } from '../library/filter.js';

const NAMES = ['regions', 'people', 'people_keywords'];
const POLL_MS = 500;
const ENDED = ['ready', 'done', 'failed', 'cancelled'];

function options() {
  const form = document.importNode($('#download').content.firstElementChild, true);
  form.addEventListener('change', () => {
    const { value } = form.elements.where;
    $('[data-note]', form).hidden = value === 'inside';
    // Metadata alone has no pictures, and its folders are those of the photos.
    for (const name of ['folders', 'pictures-of'])
      form.elements[name].hidden = form.elements[name].disabled = value === 'alone';
  });
  return form;
}

/** Switches the fields of people's names as the settings have them. */
async function knowSettings(form) {
  const { settings } = await get('/settings');
  for (const name of NAMES) form.elements[name].checked = settings[`write_${name}`];
  form.querySelector('.export-people').disabled = false;
}

function chosen(form) {
  const data = new FormData(form);
  const known = !form.querySelector('.export-people').disabled;
  const names = known ? NAMES.map((name) => [name, data.has(name)]) : [];
  return {
    ...Object.fromEntries(names),
    layout: data.get('layout') ?? 'folders',
    pictures: data.get('pictures') ?? 'repaired',
    sidecars: data.get('where') === 'beside',
    metadata_only: data.get('where') === 'alone',
    unreviewed: data.has('unreviewed'),
  };
}

/** Watches the making of the zip; resolves when it has ended. */
async function watch(id, draw, alive) {
  for (;;) {
    const state = await get(`/exports/${id}`);
    if (!alive()) return state;
    draw(state);
    if (state.url || ENDED.includes(state.state)) return state;
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}

function told(files, title, mark) {
  return h(
    'details',
    { class: 'export-errors', open: files.length < 6 },
    h('summary', { class: mark }, title(number(files.length))),
    h(
      'ul',
      {},
      files.map(({ name, reason }) => h('li', {}, h('strong', {}, name), ' ', reason)),
    ),
  );
}

/** `selection` as the server takes it, `count` photos. */
export function showSheet({ selection, count }) {
  const form = options();
  knowSettings(form).catch(failed);
  const size = h('p', { class: 'export-size' }, words.export.measuring);
  const line = meter(0);
  const said = h('p', { class: 'muted' });
  const errors = h('div', {});
  const making = h('div', { class: 'export-making', hidden: true }, said, line, errors);
  let id = null;
  let open = true;

  const draw = (state) => {
    setMeter(line, state.total ? state.done / state.total : 0);
    said.textContent = words.export.making(number(state.done), number(state.total));
    const lists = [];
    if (state.errors.length) lists.push(told(state.errors, words.export.errors, 'failure'));
    if (state.notes.length) lists.push(told(state.notes, words.export.notes, 'muted'));
    errors.replaceChildren(...lists);
  };
  const finish = (state) => {
    if (!state.url) {
      said.textContent = state.reason ?? words.export.failed;
      return;
    }
    setMeter(line, 1);
    said.textContent = words.export.ready(state.size ? bytes(state.size) : '');
    say(said.textContent);
    go.hidden = true;
    stop.lastElementChild.textContent = words.close;
    id = null;
    location.assign(state.url); // An attachment: the page stays.
    foot.append(h('a', { class: 'button outlined', href: state.url }, words.export.again));
  };
  const start = async () => {
    go.disabled = true;
    form.hidden = true;
    making.hidden = false;
    said.textContent = words.export.begin;
    try {
      ({ id } = await post('/exports', { selection, options: chosen(form) }));
      const state = await watch(id, draw, () => open);
      if (open) finish(state);
    } catch (error) {
      failed(error);
      form.hidden = false;
      making.hidden = true;
      go.disabled = false;
    }
  };
  const go = button(words.export.start, { icon: 'download', kind: 'primary', autofocus: true }, start);
  const stop = button(words.cancel, { kind: 'outlined' }, () => dialog.close());
  const foot = h('span', { class: 'dialog-foot' }, stop, go);
  const dialog = openDialog(
    words.export.title(plural(count, words.photo, words.photos)),
    h('div', { class: 'export' }, size, form, making),
    {
      width: 520,
      foot: [foot],
      onclose: () => {
        open = false;
        if (id) post(`/exports/${id}/cancel`).catch(() => {}); // The server also lets go of it by itself.
      },
    },
  );
  if (!count) {
    go.disabled = true;
    size.textContent = words.export.none;
    return;
  }
  post('/exports/estimate', { selection, options: chosen(form) }).then(
    (estimate) => {
      const all = plural(estimate.photos, words.photo, words.photos);
      const tell = () => {
        const { metadata_only: only } = chosen(form);
        size.textContent = only ? words.export.only(all) : words.export.size(all, bytes(estimate.size));
      };
      form.addEventListener('change', tell);
      tell();
    },
    (error) => {
      size.textContent = error.message;
    },
  );
}

/** Everything the page shows: the filter of the library, or the whole of it. */
export async function downloadCurrent() {
  const current = currentFilter();
  if (current?.bar) return current.bar();
  try {
    const total = current?.total ?? (await get('/photos/sections')).total;
    if (!total) return toast(words.export.none);
    return showSheet({ selection: { filter: current?.filter ?? {}, except: [] }, count: total });
  } catch (error) {
    return failed(error);
  }
}
