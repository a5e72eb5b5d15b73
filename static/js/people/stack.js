// Faces without a name that look alike: left out one by one, then named in one go.
import { $, button, h } from '../dom.js';
import { get, post, query } from '../api.js';
import { number } from '../format.js';
import { failed, toast } from '../shell/toast.js';
import { nameBox } from './names.js';
import { words } from './words.js';

export const DRAGGED = 'application/x-faces';

/** One stack; `settle(element, send)` takes it off the page and sends what was said. */
export function stackItem({ stack, count, faces }, settle) {
  const out = new Set();
  let shown = faces;
  const pictures = h('div', { class: 'stack-faces' });
  const said = h('span', { class: 'stack-count muted' });
  const figures = () => {
    said.textContent = out.size ? words.kept(number(count - out.size), number(count)) : words.stack(number(count));
  };
  const picture = (face, index) => {
    const element = h(
      'button',
      {
        type: 'button',
        class: 'stack-face',
        draggable: true,
        'aria-pressed': String(!out.has(face.id)),
        'aria-label': words.in(index + 1),
        onclick: () => {
          out[out.has(face.id) ? 'delete' : 'add'](face.id);
          element.setAttribute('aria-pressed', String(!out.has(face.id)));
          figures();
        },
        ondragstart: (event) => event.dataTransfer.setData(DRAGGED, String(face.id)),
      },
      h('img', { src: face.crop, alt: '', loading: 'lazy', draggable: false }),
    );
    return element;
  };
  const fetchAll = async () => {
    const found = [];
    let next = '';
    do {
      const page = await get(`/people/stacks/${stack}${query({ after: next, limit: 500 })}`);
      found.push(...page.faces);
      ({ next } = page);
    } while (next);
    return found;
  };
  const draw = () => {
    pictures.replaceChildren(...shown.map(picture));
    if (shown.length < count)
      pictures.append(
        button(words.all(number(count)), { kind: 'outlined' }, async () => {
          try {
            shown = await fetchAll();
            draw();
            $('.stack-face', pictures)?.focus();
          } catch (error) {
            failed(error);
          }
        }),
      );
    figures();
  };
  /** The faces that are meant: by their ids, because stacks may be sorted anew at any moment. */
  const chosen = async () => {
    const all = shown.length >= count ? shown : await fetchAll();
    const ids = new Set(all.map((face) => face.id));
    if (!shown.every((face) => ids.has(face.id))) return [];
    return [...ids].filter((id) => !out.has(id));
  };
  const answer = (path, body) =>
    settle(element, async () => {
      const ids = await chosen();
      if (!ids.length) return toast(words.changed);
      return post(path, { faces: ids, ...body });
    });
  const box = nameBox({
    label: words.label(count),
    placeholder: words.who,
    chosen: (name) => answer('/faces/name', { name }),
  });
  const element = h(
    'li',
    { class: 'face-stack', data: { stack, key: `${stack} ${count} ${faces.map((face) => face.id).join(' ')}` } },
    h(
      'div',
      { class: 'stack-name' },
      said,
      box.element,
      button(words.stranger, { icon: 'user-x', title: words.strangerHint }, () =>
        answer('/faces/answer', { state: 'stranger' }),
      ),
      button(words.notFace, { icon: 'ban' }, () => answer('/faces/answer', { state: 'not_face' })),
    ),
    pictures,
  );
  draw();
  return element;
}
