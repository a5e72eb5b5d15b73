// Faces that are too blurred or tiny to be sorted: selected one by one, then named or set aside.
import { button, h } from '../dom.js';
import { get, post, query } from '../api.js';
import { failed, toast } from '../shell/toast.js';
import { nameBox } from './names.js';
import { showPhoto } from './tile.js';
import { words } from './words.js';

const PAGE = 60;

/** Fills the fold; `sent(send)` sends an answer and draws the page anew, which calls `load`. */
export function fold(element, sent) {
  const selected = new Set();
  let faces = [];
  let pages = 1;
  let asked = 0;

  const answer = (path, body) => {
    const some = [...selected];
    if (!some.length) return toast(words.noneSelected);
    selected.clear();
    return sent(() => post(path, { faces: some, ...body }));
  };
  const say = (state) => () => answer('/faces/answer', { state });
  const box = nameBox({ label: words.name, placeholder: words.who, chosen: (name) => answer('/faces/name', { name }) });
  const pictures = h('div', { class: 'stack-faces' });
  const more = button(words.more, { kind: 'outlined' }, () => {
    pages += 1;
    load();
  });
  const picture = (face) =>
    h(
      'button',
      {
        type: 'button',
        class: 'stack-face',
        'aria-pressed': String(selected.has(face.id)),
        'aria-label': words.face,
        onclick: ({ currentTarget }) => {
          selected[selected.has(face.id) ? 'delete' : 'add'](face.id);
          currentTarget.setAttribute('aria-pressed', String(selected.has(face.id)));
        },
        ondblclick: () => showPhoto(face),
      },
      h('img', { src: face.crop, alt: '', loading: 'lazy', draggable: false }),
    );

  async function load() {
    const mine = ++asked;
    try {
      const found = [];
      let after = '';
      for (let i = 0; i < pages && after !== null; i += 1) {
        const page = await get(`/faces${query({ state: 'poor', after, limit: PAGE })}`);
        found.push(...page.faces);
        after = page.next;
      }
      if (mine !== asked) return;
      more.hidden = !after;
      const ids = (some) => some.map(({ id }) => id).join();
      if (ids(found) === ids(faces)) return;
      faces = found;
      pictures.replaceChildren(...faces.map(picture));
    } catch (error) {
      failed(error);
    }
  }
  element.append(
    h('p', { class: 'muted' }, words.poorHint),
    h(
      'div',
      { class: 'stack-name' },
      box.element,
      button(words.stranger, { icon: 'user-x', title: words.strangerHint }, say('stranger')),
      button(words.notFace, { icon: 'ban' }, say('not_face')),
    ),
    pictures,
    more,
  );
  load();
  return { load };
}
