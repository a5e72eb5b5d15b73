// A person's name: a field that offers known ones while one types, a new one by Enter; how many faces have it.
import { get } from '../api.js';
import { h } from '../dom.js';
import { on } from '../bus.js';
import { tagBox } from '../tagbox.js';
import { words } from './words.js';

const SHOWN = 8;
let asked = null;

/** Everybody known, fetched once until something changes, so that Enter needs no answer of the server. */
export function everybody() {
  asked ??= get('/people?limit=5000').then(
    ({ people }) => people,
    (error) => {
      asked = null;
      throw error;
    },
  );
  return asked;
}

export function forget() {
  asked = null;
}
on('library', forget);

const plain = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

async function find(typed) {
  const wanted = plain(typed);
  const rank = ({ name }) => {
    const key = plain(name);
    if (key === wanted) return 0;
    return key.startsWith(wanted) ? 1 : key.includes(` ${wanted}`) ? 2 : 3;
  };
  return (await everybody())
    .map((person) => ({ name: person.name, count: person.named, rank: rank(person) }))
    .filter((one) => one.rank < 3)
    .sort((a, b) => a.rank - b.rank || b.count - a.count)
    .slice(0, SHOWN);
}

export function nameBox(options) {
  everybody().catch(() => {}); // A name can be typed without.
  return tagBox({ find, fresh: words.fresh, known: words.known, ...options });
}

/** Ten dots that fill with labels. */
export function dots(named) {
  return h(
    'span',
    { class: 'dots', title: words.dotsHint, role: 'img', 'aria-label': words.labels(named) },
    Array.from({ length: 10 }, (_, i) => h('i', { class: i < named ? 'full' : '' })),
  );
}
