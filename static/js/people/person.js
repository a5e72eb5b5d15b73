// The head of a person's page: ten dots, private or not, another name, one person made of two.
import { $, button, h, icon } from '../dom.js';
import { post, remove } from '../api.js';
import { emit } from '../bus.js';
import { at } from '../place.js';
import { confirmDialog, openDialog } from '../shell/dialog.js';
import { setTitle, visit } from '../shell/router.js';
import { failed, toast } from '../shell/toast.js';
import { dots, everybody, nameBox } from './names.js';
import { words } from './words.js';

/** Deletes for good what is known of faces, after asking. */
async function deleteFaces(title, text, send) {
  if (!(await confirmDialog(title, text, words.delete))) return;
  try {
    toast(words.deleted((await send()).faces));
    emit('library');
    visit('/people');
  } catch (error) {
    failed(error);
  }
}

/** What is known of everybody's faces, taken along or deleted. */
export function everybodysTools(main) {
  $('.person-tools', main).append(
    h(
      'a',
      { class: 'button outlined', href: at('/api/v1/people/export'), download: '' },
      icon('download'),
      words.export,
    ),
    button(words.deleteAll, { icon: 'trash-2' }, () =>
      deleteFaces(words.deleteAllTitle, words.deleteAllText, () => post('/people/forget', { forget: true })),
    ),
  );
}

/** `change(send)` sends a change that can be undone and draws the page anew. */
export function personTools(main, id, change) {
  const heading = $('.person-name', main);
  const figures = $('.person-dots', main);
  const tools = { person: null, draw, rename: () => ask() };
  const lock = button(words.private, { icon: 'lock', kind: 'outlined', title: words.privateHint }, () =>
    change(() => post(`/people/${id}`, { private: !tools.person.private })),
  );
  const rename = async (to) => {
    const { name } = tools.person;
    try {
      const key = to.trim().toLowerCase();
      const other = (await everybody()).find((one) => one.id !== id && one.name.toLowerCase() === key);
      if (other) {
        const sure = await confirmDialog(
          words.mergeTitle(name, other.name),
          words.mergeText(name, other.name),
          words.merge,
          'primary',
        );
        if (!sure) return;
      }
      change(async () => {
        const told = await post(`/people/${id}`, { name: to });
        if (other) setTimeout(() => visit(`/people/${other.id}`));
        return told;
      });
    } catch (error) {
      failed(error);
    }
  };
  const ask = () => {
    const box = nameBox({
      label: words.name,
      placeholder: tools.person.name,
      autofocus: true,
      chosen: (to) => {
        dialog.close();
        rename(to);
      },
    });
    const dialog = openDialog(
      words.renameTitle(tools.person.name),
      h('div', { class: 'tag-dialog' }, box.element, h('p', { class: 'small muted' }, words.renameHint)),
    );
  };
  $('.person-tools', main).append(
    lock,
    button(words.rename, { icon: 'pencil', kind: 'outlined', key: 'm' }, ask),
    button(words.delete, { icon: 'trash-2', bare: true }, () =>
      deleteFaces(words.deleteTitle(tools.person.name), words.deleteText, () => remove(`/people/${id}`)),
    ),
  );

  function draw(person) {
    tools.person = person;
    heading.textContent = person.name;
    setTitle(`${person.name} · Proofsheet`);
    lock.setAttribute('aria-pressed', String(person.private));
    figures.replaceChildren(dots(person.named), h('span', { class: 'small muted' }, words.labels(person.named)));
  }
  return tools;
}
