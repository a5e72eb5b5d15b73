// What a photo's panel says of its files: edited elsewhere, missing on disk, older ones.
import { button, h, icon } from '../dom.js';
import { post } from '../api.js';
import { bytes, dateTime } from '../format.js';
import { done, failed } from '../shell/toast.js';
import { words as all } from './words.js';

const words = all.photo;

function edited(detail, change) {
  return h(
    'div',
    { class: 'notice', role: 'status' },
    h('p', {}, words.edited),
    button(words.seen, { icon: 'check', kind: 'outlined' }, () =>
      change(() => post('/photos/seen', { selection: { ids: [detail.id] } }), words.wasSeen),
    ),
  );
}

function trouble(detail) {
  const again = async () => {
    try {
      await post('/imports', { path: detail.source.replace(/[/\\][^/\\]*$/, '') });
      done(words.begun);
    } catch (error) {
      failed(error);
    }
  };
  return h(
    'div',
    { class: 'disk' },
    h('p', { class: 'failure reason' }, icon('circle-alert'), detail.trouble),
    document.documentElement.dataset.imports && button(words.again, { icon: 'folder', kind: 'outlined' }, again),
  );
}

function version(file) {
  const said = [bytes(file.size), dateTime(file.added), words.kept[file.kept], file.current && words.current];
  return h('li', {}, said.filter(Boolean).join(' · '));
}

/** The parts to show; `change` runs a change that can be undone. */
export function parts(detail, change) {
  return [
    detail.edited && edited(detail, change),
    detail.trouble && trouble(detail),
    detail.source && h('p', { class: 'small muted' }, `${words.lies}: `, h('span', { class: 'path' }, detail.source)),
    detail.files.length > 1 &&
      h(
        'details',
        {},
        h('summary', { class: 'small' }, words.versions),
        h('ul', { class: 'versions' }, detail.files.map(version)),
      ),
  ].filter(Boolean);
}
