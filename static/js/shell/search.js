// The search box: suggestions while typing, arrows to choose, Enter to go.
import { $, debounce, h } from '../dom.js';
import { get, query } from '../api.js';
import { words } from '../words.js';

export function startSearch(visit) {
  const form = $('.search');
  const input = $('#search');
  const menu = $('#suggestions');
  let items = [];
  let chosen = -1;
  let asked = 0;
  input.value = new URLSearchParams(location.search).get('q') ?? '';

  const close = () => {
    menu.hidden = true;
    chosen = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const go = (text) => {
    input.value = text;
    asked += 1;
    close();
    input.blur();
    visit(text.trim() ? `/${query({ q: text.trim() })}` : '/');
  };
  const mark = (index) => {
    chosen = (index + items.length + 1) % (items.length + 1);
    if (chosen === items.length) chosen = -1;
    [...menu.children].forEach((option, i) => option.setAttribute('aria-selected', String(i === chosen)));
    menu.children[chosen]?.scrollIntoView({ block: 'nearest' });
    if (chosen >= 0) input.setAttribute('aria-activedescendant', `suggestion-${chosen}`);
    else input.removeAttribute('aria-activedescendant');
  };
  const show = () => {
    menu.replaceChildren(
      ...items.map((item, i) =>
        h(
          'div',
          {
            role: 'option',
            id: `suggestion-${i}`,
            'aria-selected': 'false',
            onpointerdown: (event) => {
              event.preventDefault();
              go(item.query ?? item.text);
            },
          },
          h('span', { class: 'clip' }, item.text),
          h('span', { class: 'small muted' }, words.kinds[item.kind] ?? item.kind ?? ''),
        ),
      ),
    );
    menu.hidden = items.length === 0;
    chosen = -1;
    input.setAttribute('aria-expanded', String(items.length > 0));
  };
  const ask = debounce(120, async () => {
    const mine = ++asked;
    try {
      const answer = await get(`/suggest${query({ q: input.value.trim() })}`);
      if (mine !== asked || document.activeElement !== input) return;
      items = answer.suggestions ?? [];
      show();
    } catch {
      close(); // Suggestions are a help: searching works without them.
    }
  });
  input.addEventListener('input', ask);
  input.addEventListener('focus', ask);
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' && items.length) {
      event.preventDefault();
      mark(chosen + 1);
    }
    if (event.key === 'ArrowUp' && items.length) {
      event.preventDefault();
      mark(chosen < 0 ? items.length - 1 : chosen - 1);
    }
    if (event.key === 'Escape') {
      event.preventDefault();
      if (menu.hidden) input.blur();
      close();
    }
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const item = items[chosen];
    go(item ? (item.query ?? item.text) : input.value);
  });
}
