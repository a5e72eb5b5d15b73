// Who is on a photo: beside it, each face with its name, or with a field for one.
import { button, h } from '../dom.js';
import { post } from '../api.js';
import { percent } from '../format.js';
import { nameBox } from './names.js';
import { words } from './words.js';

const ASIDE = ['stranger', 'not_face'];

/** The part of the panel; `change(run)` sends and draws anew, `point` shows where a face is. */
export function peoplePart(detail, { change, point }) {
  const row = (face) => {
    const send = (path, body) => change(() => post(path, { faces: [face.id], ...body }));
    const say = (state) => () => send('/faces/answer', { state });
    const field = () => nameBox({ label: words.who, chosen: (name) => send('/faces/name', { name }) });
    const rename = () => {
      const box = field();
      element.children[1].replaceWith(box.element);
      box.input.focus();
    };
    const act = (label, icon, run) => button(label, { icon, bare: true }, run);
    const link = () =>
      h(
        'span',
        { class: 'clip' },
        h('a', { href: `/people/${face.person}` }, face.name),
        face.state === 'suggested' &&
          h('span', { class: 'muted small' }, ` ${percent(Math.min(face.confidence, 0.99))}`),
      );
    const other = act(words.other, 'pencil', rename);
    const no = act(words.notThem(face.name), 'x', () => send('/faces/reject', { person: face.person }));
    const kinds = {
      suggested: () => [link(), [other, no, act(words.isRight(face.name), 'check', () => send('/faces/confirm'))]],
      named: () => [link(), [other, no]],
      aside: () => [h('span', { class: 'muted' }, words.tabs[face.state]), [act(words.again, 'undo-2', say('open'))]],
      open: () => [
        field().element,
        [act(words.stranger, 'user-x', say('stranger')), act(words.notFace, 'ban', say('not_face'))],
      ],
    };
    const [middle, acts] = (kinds[face.state] ?? kinds[ASIDE.includes(face.state) ? 'aside' : 'open'])();
    const tag = `face-${face.id}`;
    const element = h(
      'li',
      {
        class: 'person-row',
        data: { tag },
        onpointerenter: () => point({ id: tag }),
        onpointerleave: () => point(null),
      },
      h('img', { src: face.crop, alt: '', loading: 'lazy' }),
      middle,
      h('span', { class: 'tag-acts' }, acts),
    );
    return element;
  };
  return h(
    'section',
    { class: 'panel-part panel-people', 'aria-label': words.faces },
    h('h3', { class: 'muted small' }, words.faces),
    h('ul', {}, detail.faces.map(row)),
  );
}
