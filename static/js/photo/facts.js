// What a photo's file says: its name and size, where it lies, what stands behind it, its metadata.
import { button, h, icon } from '../dom.js';
import { post } from '../api.js';
import { bytes, number } from '../format.js';
import { words } from '../words.js';

/** The name, and why a photo could not be read. */
export function headOf(detail) {
  const size = detail.w ? `${number(detail.w)} × ${number(detail.h)} · ` : '';
  return h(
    'header',
    { class: 'panel-head' },
    h('h2', { class: 'clip', title: detail.name }, detail.name),
    h('p', { class: 'muted' }, `${detail.format ?? ''} · ${size}${bytes(detail.size)}`),
    detail.state === 'failed' && h('p', { class: 'failure reason' }, icon('circle-alert'), detail.reason),
  );
}

/** Where it lies, and the files that stand behind it; `change(run, said)` sends. */
export function filesOf(detail, change) {
  return h(
    'section',
    { class: 'panel-part' },
    h('h3', { class: 'muted small' }, words.view.files(detail.locations.length)),
    h(
      'ul',
      { class: 'paths' },
      detail.locations.map((path) => h('li', {}, typeof path === 'string' ? path : path.path)),
    ),
    stackOf(detail, change),
  );
}

function stackOf(detail, change) {
  const { stacked = [], stackable } = detail;
  if (!stacked.length && !stackable) return '';
  const what = stacked.length ? 'unstack' : 'stack';
  return h(
    'div',
    { class: 'stack' },
    stacked.length > 0 && h('h3', { class: 'muted small' }, words.view.stacked),
    h(
      'ul',
      { class: 'paths' },
      stacked.map((file) =>
        h(
          'li',
          {},
          h('a', { href: `${file.original}&download`, download: file.name }, file.name),
          ` ${bytes(file.size)}`,
        ),
      ),
    ),
    button(words.view[what], { kind: 'outlined' }, () =>
      change(() => post(`/photos/${what}`, { selection: { ids: [detail.id] } }), words.view[what]),
    ),
  );
}

/** What the file says of itself. */
export function factsOf(detail) {
  const problems = (detail.problems ?? []).map((problem) => h('p', { class: 'small muted' }, problem));
  if (!detail.metadata.length && !problems.length) return '';
  return h(
    'section',
    { class: 'panel-part' },
    h('h3', { class: 'muted small' }, words.view.metadata),
    h(
      'dl',
      { class: 'facts' },
      detail.metadata.flatMap(([label, value]) => [h('dt', {}, label), h('dd', {}, String(value))]),
    ),
    problems,
  );
}
