// What can be said of faces, by button and by key, on each kind of list.
import { button, h } from '../dom.js';
import { post } from '../api.js';
import { openDialog } from '../shell/dialog.js';
import { done } from '../shell/toast.js';
import { nameBox } from './names.js';
import { showPhoto } from './tile.js';
import { words as shared } from '../words.js';
import { words } from './words.js';

const ids = (faces) => faces.map((face) => face.id);

/** Proposals of several people are rejected one person after the other, each to be taken back by itself. */
async function rejectAll(faces, person) {
  let told = null;
  for (const who of new Set(faces.map((face) => person ?? face.person))) {
    if (told) done(told.action.label, told.action);
    const theirs = faces.filter((face) => (person ?? face.person) === who);
    told = await post('/faces/reject', { faces: ids(theirs), person: who });
  }
  return told;
}

/** Draws the bar below the faces into `foot`; gives the keys that press it. */
export function actions(foot, list) {
  const act = (send) => () => {
    const some = list.meant();
    if (some.length) list.answer(some, () => send(some));
  };
  const person = () => list.person()?.id;
  const confirm = (some) => post('/faces/confirm', { faces: ids(some) });
  const reject = act((some) => rejectAll(some, person()));
  const say = (state) => act((some) => post('/faces/answer', { faces: ids(some), state }));
  const name = () => {
    const some = list.meant();
    if (!some.length) return;
    const box = nameBox({
      label: words.name,
      autofocus: true,
      chosen: (text) => {
        dialog.close();
        list.answer(some, () => post('/faces/name', { faces: ids(some), name: text }));
      },
    });
    const dialog = openDialog(words.nameTitle(some.length), h('div', { class: 'tag-dialog' }, box.element));
  };
  const above = () => {
    const some = list.faces().slice(0, list.marked() + 1);
    if (some.length) list.answer(some, () => confirm(some));
  };
  const show = () => {
    const face = list.faces()[list.marked()];
    if (face) showPhoto(face);
  };
  const select = () => {
    const face = list.faces()[list.marked()];
    if (face) list.select(face);
  };
  const cover = () => {
    const face = list.faces()[list.marked()];
    if (face) list.answer([], () => post(`/people/${person()}`, { cover: face.id }));
  };
  const aside = [
    ['x', words.stranger, 'user-x', say('stranger')],
    ['b', words.notFace, 'ban', say('not_face')],
  ];
  const other = ['p', words.other, 'pencil', name];
  const whose = () => list.person()?.name ?? '';
  const tables = {
    suggested: () => [
      ...aside,
      other,
      ['a', words.above(list.marked() + 1), 'copy-check', above],
      ['s', words.skip, 'skip-forward', list.skip],
      ['n', words.no, 'x', reject, 'answer'],
      ['y', words.yes, 'check', act(confirm), 'answer primary'],
    ],
    named: () => [
      ...aside,
      ['c', words.cover, 'image', cover],
      ['r', words.takeOff, 'eraser', say('open')],
      other,
      ['n', words.notThem(whose()), 'x', reject, 'answer'],
    ],
    rejected: () => [
      [
        'y',
        words.after(whose()),
        'check',
        act((some) => post('/faces/name', { faces: ids(some), name: whose() })),
        'answer',
      ],
    ],
    set: () => [other, ['y', words.again, 'undo-2', say('open'), 'answer']],
  };
  const table = () => (tables[list.tab()] ?? tables.set)();
  const always = [
    ['u', shared.undo, 'undo-2', list.undo],
    ['enter', words.show, 'scan', show],
    ['space', words.select, 'circle-check', select],
  ];
  let drawn = '';

  const draw = (index) => {
    foot.hidden = index < 0;
    const all = [...always, ...table()];
    const kind = all.map(([, label]) => label).join();
    if (kind === drawn) return;
    drawn = kind;
    const held = document.activeElement?.dataset?.key;
    foot.replaceChildren(
      ...all.map(([key, label, symbol, run, kinds = '']) => {
        const element = button(
          label,
          { icon: symbol, key, kind: kinds.includes('primary') ? kinds : `outlined ${kinds}` },
          run,
        );
        element.dataset.key = key;
        return element;
      }),
    );
    if (held) foot.querySelector(`[data-key="${held}"]`)?.focus();
  };
  const press = (key) => () => {
    const found = table().find(([one]) => one === key);
    return found ? found[3]() : false;
  };
  const keys = Object.fromEntries(['y', 'n', 's', 'a', 'p', 'x', 'b', 'c', 'r'].map((key) => [key, press(key)]));
  const onFace = () => document.activeElement?.closest('.face-tile');
  return {
    draw,
    keys: {
      ...keys,
      Enter: () => (onFace() ? show() : false),
      ' ': () => (onFace() ? select() : false),
    },
  };
}
