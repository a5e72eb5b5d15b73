// The dialog that imports a folder of the server's disk: choose it, watch it.
import { button, h, icon } from '../dom.js';
import { get, post, query } from '../api.js';
import { emit } from '../bus.js';
import { number } from '../format.js';
import { openDialog } from '../shell/dialog.js';
import { askNow } from '../shell/progress.js';
import { failed } from '../shell/toast.js';
import { words as all } from './words.js';

const words = all.import;
const WATCH_MS = 1000;

function row(name, symbol, onclick) {
  return h('li', {}, h('button', { type: 'button', class: 'facet', onclick }, icon(symbol), h('span', {}, name)));
}

function counts(found) {
  const told = Object.entries(found.counts).filter(([, n]) => n > 0);
  return told.map(([name, n]) => `${number(n)} ${words.counts[name]}`).join(' · ');
}

export async function showFolders() {
  const body = h('div', { class: 'disk' });
  let open = true;
  const dialog = openDialog(words.title, body, { width: 560, onclose: () => (open = false) });

  async function browse(path) {
    try {
      const folder = await get(`/imports/folders${query({ path })}`);
      const start = button(words.start, { icon: 'hard-drive', kind: 'primary' }, () => begin(folder.path));
      body.replaceChildren(
        h('p', { class: 'muted' }, words.hint),
        h('h3', { class: 'path' }, folder.path || words.top),
        h(
          'ul',
          { class: 'disk-list' },
          folder.parent !== null && row(words.up, 'arrow-up', () => browse(folder.parent)),
          folder.folders.map((inner) => row(inner.name, 'folder', () => browse(inner.path))),
          !folder.folders.length && h('li', { class: 'muted' }, words.none),
        ),
        folder.more ? h('p', { class: 'small muted' }, words.more) : '',
        folder.path
          ? h(
              'div',
              { class: 'dialog-foot' },
              h(
                'span',
                { class: 'small muted' },
                `${words.photos(folder.photos, number(folder.photos))}. ${words.below}`,
              ),
              start,
            )
          : '',
      );
      (body.querySelector('.facet') ?? start).focus();
    } catch (error) {
      failed(error);
    }
  }

  async function begin(path) {
    try {
      watch(await post('/imports', { path }));
    } catch (error) {
      failed(error);
    }
  }

  /** Shows how far an import is until it ends; closing the dialog does not stop it. */
  async function watch(found) {
    const line = h('p', { 'aria-live': 'polite' });
    const at = h('p', { class: 'small muted path' });
    const wrong = h('ul', { class: 'paths' });
    const stop = button(words.stop, { kind: 'outlined' }, () => post(`/imports/${found.id}/cancel`).catch(failed));
    body.replaceChildren(h('h3', { class: 'path' }, words.running(found.path)), line, at, wrong, stop);
    stop.focus();
    for (let now = found; open;) {
      const running = now.state === 'running';
      const end = running ? '' : `${words.states[now.state]} ${now.reason ?? ''} `;
      line.textContent = end + counts(now);
      at.textContent = running && now.at ? words.at(now.at) : '';
      wrong.replaceChildren(...now.problems.map(({ name, reason }) => h('li', {}, `${name}: ${reason}`)));
      stop.hidden = !running;
      emit('library');
      if (!running) return askNow();
      await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
      try {
        now = await get(`/imports/${found.id}`);
      } catch (error) {
        return failed(error);
      }
    }
    return undefined;
  }

  await browse('');
  return dialog;
}
