// Ten dots that fill with labels.
import { h } from '../dom.js';
import { words } from './words.js';

export function dots(named) {
  return h(
    'span',
    { class: 'dots', title: words.dotsHint, role: 'img', 'aria-label': words.labels(named) },
    Array.from({ length: 10 }, (_, i) => h('i', { class: i < named ? 'full' : '' })),
  );
}
