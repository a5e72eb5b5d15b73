// The left rail: what the library holds, each a link. On a phone it opens as a sheet.
import { $, $$, debounce, h, icon, narrow } from '../dom.js';
import { get, query } from '../api.js';
import { number } from '../format.js';
import { words } from '../words.js';
import { filterPath, isOn, turned } from './filter.js';

const SHOWN = 8;
const GROUPS = [
  ['states', 'state', 'circle-dot'],
  ['folders', 'folder', 'folder'],
  ['years', 'year', 'calendar'],
  ['categories', 'category', 'shapes'],
  ['persons', 'person', 'users'],
  ['people', 'people', 'users'],
  ['tags', 'tag', 'tags'],
  ['cameras', 'camera', 'camera'],
  ['ratings', 'rating', 'star'],
];
const JOINER = ' > ';
const wide = new Set();

function target(filter, sort, key, value) {
  if (key !== 'year') return { on: isOn(filter, key, value), path: filterPath(turned(filter, key, value), sort) };
  const on = filter.from === `${value}-01-01` && filter.to === `${value}-12-31`;
  const next = { ...filter };
  delete next.from;
  delete next.to;
  if (!on) Object.assign(next, { from: `${value}-01-01`, to: `${value}-12-31` });
  return { on, path: filterPath(next, sort) };
}

/** Files that were not taken in are no photos: their link opens the list of reasons. */
function refusedEntry({ label, count }) {
  const open = async () => {
    const { showRefused } = await import('../upload/list.js');
    showRefused();
  };
  return h(
    'li',
    {},
    h(
      'button',
      { type: 'button', class: 'facet', onclick: open },
      h('span', { class: 'clip' }, label),
      h('span', { class: 'facet-count' }, number(count)),
    ),
  );
}

/** Tags as a tree: under each the branches of it, but only where one of them is chosen. */
function branches(items, isChosen) {
  const below = new Map();
  for (const item of items) {
    const above = item.value.split(JOINER).slice(0, -1).join(JOINER);
    below.set(above, [...(below.get(above) ?? []), item]);
  }
  const grow = (path, depth) =>
    (below.get(path) ?? []).flatMap((item) => {
      const open = items.some(
        ({ value }) => isChosen(value) && `${value}${JOINER}`.startsWith(`${item.value}${JOINER}`),
      );
      return [{ ...item, label: item.value.split(JOINER).pop(), depth }, ...(open ? grow(item.value, depth + 1) : [])];
    });
  return grow('', 0);
}

function entry({ value, label, count, depth }, key, filter, sort) {
  if (value === 'refused') return refusedEntry({ label, count });
  const { on, path } = value === 'repairs' ? { path: '/review/repairs' } : target(filter, sort, key, String(value));
  return h(
    'li',
    {},
    h(
      'a',
      {
        href: path,
        class: 'facet',
        'aria-current': on ? 'true' : null,
        title: String(depth === undefined ? (label ?? value) : value),
        style: { marginInlineStart: depth ? `${depth * 12}px` : '' },
      },
      h('span', { class: 'clip' }, String(label ?? value)),
      on ? icon('x') : h('span', { class: 'facet-count' }, number(count)),
    ),
  );
}

function group([name, key, symbol], facets, filter, sort, redraw) {
  const chosen = (value) => target(filter, sort, key, String(value)).on;
  let items = (facets[name] ?? []).filter((item) => item.count > 0 || chosen(item.value));
  if (name === 'tags') items = branches(items, chosen);
  if (!items.length) return null;
  const open = wide.has(name) || items.length <= SHOWN + 2;
  const shown = open ? items : items.filter((item, i) => i < SHOWN || item.depth || chosen(item.value));
  const more =
    items.length > SHOWN + 2 &&
    h(
      'button',
      {
        type: 'button',
        class: 'facet more',
        'aria-expanded': String(open),
        onclick: () => {
          wide[open ? 'delete' : 'add'](name);
          redraw();
        },
      },
      open ? words.rail.fewer : words.rail.more(number(items.length - shown.length)),
    );
  return h(
    'section',
    { class: 'facets' },
    h('h2', { class: 'facets-head' }, icon(symbol), words.rail[name]),
    h(
      'ul',
      {},
      shown.map((item) => entry(item, key, filter, sort)),
    ),
    more,
  );
}

export function startRail(element, opener) {
  const body = $('.rail-body', element);
  let facets = {};
  let state = { filter: {}, sort: {} };
  let asked = 0;

  const draw = () => {
    const at = $$('a, button', body).indexOf(document.activeElement);
    body.replaceChildren(...GROUPS.map((one) => group(one, facets, state.filter, state.sort, draw)).filter(Boolean));
    if (at >= 0) $$('a, button', body)[at]?.focus();
  };
  const load = async () => {
    const mine = ++asked;
    try {
      const answer = await get(`/facets${query(state.filter)}`);
      if (mine !== asked) return;
      facets = answer;
      draw();
    } catch {
      body.replaceChildren(h('p', { class: 'small muted' }, words.rail.gone));
    }
  };
  opener.addEventListener('click', () => {
    if (!narrow()) {
      element.hidden = !element.hidden;
      return;
    }
    const home = element.parentNode;
    const after = element.nextSibling;
    const sheet = h('dialog', { class: 'sheet', 'aria-label': words.rail.title }, element);
    const close = () => sheet.close();
    sheet.addEventListener('click', (event) => {
      if (event.target === sheet || event.target.closest('a')) close();
    });
    sheet.addEventListener('close', () => {
      home.insertBefore(element, after);
      sheet.remove();
      opener.focus();
    });
    document.body.append(sheet);
    sheet.showModal();
  });
  return {
    /** Counting is the dearest question of all: it is asked once the photos are there. */
    show(filter, sort, ready) {
      state = { filter, sort };
      draw();
      ready.then(load);
    },
    refresh: debounce(1500, load),
  };
}
