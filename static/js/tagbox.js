// A field for tags with type-ahead: names that exist first, a new one by Enter.
import { debounce, h } from './dom.js';
import { get, query } from './api.js';
import { number } from './format.js';
import { words } from './words.js';

let serial = 0;

const findTags = async (q) => (await get(`/tags${query({ q, limit: 8 })}`)).tags;

/** `chosen(name)` is called for every name taken; `find(q)` gives the known ones as {name, count}. With `fresh(text)`,
 *  which words what is typed as a new name, the first known one is marked while one types. Returns {element, input}. */
export function tagBox({
  label,
  placeholder = label,
  chosen,
  autofocus,
  find = findTags,
  fresh,
  known = words.tagsKnown,
}) {
  const id = `tagbox-${++serial}`;
  const menu = h('div', { class: 'menu', role: 'listbox', id, 'aria-label': known, hidden: true });
  const input = h('input', {
    class: 'field',
    type: 'text',
    placeholder,
    'aria-label': label,
    autocomplete: 'off',
    role: 'combobox',
    maxLength: 200,
    'aria-expanded': 'false',
    'aria-controls': id,
    'aria-autocomplete': 'list',
    autofocus,
  });
  let names = [];
  let at = -1;
  let asked = 0;

  const close = () => {
    menu.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const take = (name) => {
    const clean = name.trim();
    if (!clean) return;
    input.value = '';
    asked += 1;
    close();
    chosen(clean);
    input.focus();
  };
  const mark = (index) => {
    at = index;
    [...menu.children].forEach((option, i) => option.setAttribute('aria-selected', String(i === at)));
    menu.children[at]?.scrollIntoView({ block: 'nearest' });
    if (at >= 0) input.setAttribute('aria-activedescendant', `${id}-${at}`);
    else input.removeAttribute('aria-activedescendant');
  };
  const ask = async () => {
    const mine = ++asked;
    const q = input.value.trim();
    if (!q) return close();
    try {
      const tags = [...(await find(q))];
      if (mine !== asked) return undefined;
      const isKnown = tags.length > 0;
      if (fresh && !tags.some(({ name }) => name.toLowerCase() === q.toLowerCase()))
        tags.push({ name: q, fresh: true });
      names = tags.map((tag) => tag.name);
      menu.replaceChildren(
        ...tags.map((tag, i) =>
          h(
            'div',
            {
              role: 'option',
              id: `${id}-${i}`,
              'aria-selected': 'false',
              onpointerdown: (event) => {
                event.preventDefault();
                take(tag.name);
              },
            },
            h('span', { class: 'clip' }, tag.fresh ? fresh(tag.name) : tag.name),
            !tag.fresh && h('span', { class: 'small muted' }, number(tag.count ?? 0)),
          ),
        ),
      );
      menu.hidden = !names.length;
      mark(fresh && isKnown ? 0 : -1);
      input.setAttribute('aria-expanded', String(names.length > 0));
    } catch {
      close(); // Without suggestions a name can still be typed.
    }
    return undefined;
  };
  input.addEventListener('input', fresh ? ask : debounce(100, ask));
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' && names.length && !menu.hidden) {
      event.preventDefault();
      mark((at + 1) % names.length);
    }
    if (event.key === 'ArrowUp' && names.length && !menu.hidden) {
      event.preventDefault();
      mark((at - 1 + names.length) % names.length);
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      take(names[at] && !menu.hidden ? names[at] : input.value);
    }
    if (event.key === 'Escape' && !menu.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  return { element: h('div', { class: 'tagbox' }, input, menu), input };
}
