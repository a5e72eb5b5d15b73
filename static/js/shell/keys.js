// Keys: a page says which it answers, the newest answer first; `?` shows them all.
import { $, typing } from '../dom.js';
import { words } from '../words.js';
import { openDialog } from './dialog.js';

const layers = [];
const GO = { l: '/', r: '/review', p: '/people', b: '/lab', j: '/jobs', s: '/settings' };
let going = 0;

/** Adds a table of key -> function(event); a function that returns false passes the key on. Returns its removal. */
export function bindKeys(table) {
  layers.unshift(table);
  return () => layers.splice(layers.indexOf(table), 1);
}

/** The arrow keys of `tiles()` in rows: from the marked one to the one beside, above or below it. */
export const arrows = (marked, mark, tiles) => {
  const row = () => {
    const all = tiles();
    const second = all.findIndex((one) => one.offsetTop > all[0].offsetTop);
    return second > 0 ? second : all.length;
  };
  return {
    ArrowRight: () => mark(marked() + 1),
    ArrowLeft: () => mark(marked() - 1),
    ArrowDown: () => mark(marked() + row()),
    ArrowUp: () => mark(marked() - row()),
  };
};

function spell(event) {
  const mod = event.ctrlKey || event.metaKey ? 'ctrl+' : '';
  return mod + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

export function startKeys(visit) {
  document.addEventListener('keydown', (event) => {
    // Some keyboards type brackets with Alt.
    if (event.defaultPrevented || event.isComposing || (event.altKey && !/^[[\]]$/.test(event.key))) return;
    if (typing(event.target) && event.key !== 'Escape') return;
    const key = spell(event);
    if (Date.now() - going < 1200 && GO[key]) {
      going = 0;
      event.preventDefault();
      return visit(GO[key]);
    }
    const modal = [...document.querySelectorAll('dialog[open]:modal')].at(-1); // the one on top
    for (const table of layers) {
      if (modal && !table.modal?.(modal)) continue;
      if (table[key] && table[key](event) !== false) return event.preventDefault();
    }
    if (modal) return;
    if (key === 'g') going = Date.now();
    if (key === '?') {
      event.preventDefault();
      showKeys();
    }
    if (key === '/') {
      event.preventDefault();
      document.querySelector('#search').focus();
    }
  });
}

export function showKeys() {
  openDialog(words.keys, document.importNode($('#keys').content, true), { width: 720 });
}
