// Tags: every word of the library, how many photos carry it, and how it stands in files.
import { $, button, debounce, h } from '../dom.js';
import { get, post, query } from '../api.js';
import { on } from '../bus.js';
import { number, plural } from '../format.js';
import { words } from '../words.js';
import { address } from '../shell/router.js';
import { done, failed } from '../shell/toast.js';
import { VirtualList } from '../virtual-list.js';

const ROW = 48;

function blank() {
  const choice = h(
    'select',
    { class: 'field word-write' },
    Object.entries(words.vocabulary.writes).map(([value, label]) => h('option', { value }, label)),
  );
  const path = h('input', { class: 'field word-as', maxLength: 200, placeholder: words.vocabulary.example });
  const row = h(
    'div',
    { class: 'vrow word-row', role: 'listitem' },
    h('a', { class: 'word-name clip' }),
    h('span', { class: 'word-kind muted clip' }),
    h('span', { class: 'word-count muted' }),
    choice,
    path,
    button('', { icon: 'pencil', bare: true }, async () => {
      const { editBranch } = await import('./branch.js');
      editBranch(row.tag);
    }),
  );
  row.lastChild.classList.add('word-edit');
  choice.addEventListener('change', () => row.choose(choice.value));
  path.addEventListener('change', () => row.choose('as'));
  path.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') path.blur();
  });
  return row;
}

export function mount(main) {
  const field = $('.words-search', main);
  const said = $('.words-count', main);
  const holder = $('.words-list', main);
  let q = new URLSearchParams(location.search).get('q') ?? '';
  let found = [];
  let next = null;
  let asked = 0;
  let loading = false;

  const save = async (tag, row, write) => {
    const [, , , choice, path] = row.children;
    const text = path.value.trim();
    if (write === 'as' && !text) {
      path.hidden = false;
      return path.focus();
    }
    try {
      const { action } = await post(`/tags/${tag.id}/writing`, { write, as: write === 'as' ? text : '' });
      Object.assign(tag, { write, as: write === 'as' ? text : null });
      done(action.label, action);
    } catch (error) {
      failed(error);
      choice.value = tag.write;
    }
    return list.update();
  };
  const fill = (row, index) => {
    const tag = found[index];
    const [name, kind, count, choice, path, edit] = row.children;
    edit.title = words.branch.edit(tag.name);
    edit.setAttribute('aria-label', edit.title);
    name.textContent = name.title = tag.name;
    name.href = `/${query({ tag: tag.name })}`;
    kind.textContent = words.vocabulary.kinds[tag.kind];
    count.textContent = number(tag.count);
    count.title = plural(tag.count, words.photo, words.photos);
    choice.setAttribute('aria-label', words.vocabulary.how(tag.name));
    path.setAttribute('aria-label', words.vocabulary.instead(tag.name));
    if (row.tag !== tag || (document.activeElement !== choice && document.activeElement !== path)) {
      choice.value = tag.write;
      path.value = tag.as ?? '';
      path.hidden = tag.write !== 'as';
    }
    row.tag = tag;
    row.choose = (write) => save(tag, row, write);
  };
  const list = new VirtualList({ rowHeight: ROW, blank, fill, label: words.vocabulary.title, onend: () => more() });
  const none = h('p', { class: 'muted jobs-none', hidden: true });
  holder.append(list.element, none);

  const draw = () => {
    list.setCount(found.length);
    list.element.hidden = !found.length;
    none.hidden = found.length > 0;
    none.textContent = q ? words.vocabulary.noMatch : words.vocabulary.none;
    said.textContent = found.length ? words.vocabulary.shown(plural(found.length, words.tag, words.tags), next) : '';
  };
  const load = async (after = null, limit = 100) => {
    const mine = after === null ? ++asked : asked;
    loading = true;
    try {
      const answer = await get(`/tags/all${query({ q, after, limit })}`);
      if (mine === asked) {
        found = after === null ? answer.tags : found.concat(answer.tags);
        ({ next } = answer);
        draw();
      }
    } catch (error) {
      if (mine === asked) failed(error);
    }
    if (mine === asked) loading = false;
  };
  const more = () => {
    if (next && !loading) load(next);
  };
  field.value = q;
  field.addEventListener(
    'input',
    debounce(150, () => {
      q = field.value.trim();
      address(`/tags${query({ q })}`, { replace: true });
      list.element.scrollTop = 0;
      load();
    }),
  );
  const stop = on('library', () => load(null, Math.min(500, Math.max(100, found.length))));
  load();
  return {
    unmount() {
      asked += 1;
      stop();
      list.end();
    },
  };
}
