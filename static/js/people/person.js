// The head of a person's page: ten dots, private or not, another name, one person made of two.
import { $, button, h } from '../dom.js';
import { post } from '../api.js';
import { confirmDialog, openDialog } from '../shell/dialog.js';
import { setTitle, visit } from '../shell/router.js';
import { failed } from '../shell/toast.js';
import { dots } from './dots.js';
import { everybody, nameBox } from './names.js';
import { words } from './words.js';

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
  $('.person-tools', main).append(lock, button(words.rename, { icon: 'pencil', kind: 'outlined', key: 'm' }, ask));

  function draw(person) {
    tools.person = person;
    heading.textContent = person.name;
    setTitle(`${person.name} · Proofsheet`);
    lock.setAttribute('aria-pressed', String(person.private));
    figures.replaceChildren(dots(person.named), h('span', { class: 'small muted' }, words.labels(person.named)));
  }
  return tools;
}
