// Named people as cards, and below stacks of faces that look alike: a name and Enter, then the next.
import { $, $$, debounce, h, icon } from '../dom.js';
import { get, post, query } from '../api.js';
import { emit, on } from '../bus.js';
import { number } from '../format.js';
import { latest } from '../shell/progress.js';
import { done, failed } from '../shell/toast.js';
import { dots, forget } from './names.js';
import { DRAGGED, stackItem } from './stack.js';
import { words } from './words.js';

const WAIT_MS = 700;
const BUSY_MS = 4000; // between looks while photos are analysed

function card(person, take) {
  const element = h(
    'li',
    { class: 'person-card', data: { person: person.id } },
    h(
      'a',
      { href: `/people/${person.id}`, draggable: false },
      person.cover ? h('img', { src: person.cover, alt: '', loading: 'lazy', draggable: false }) : icon('users'),
      h(
        'span',
        { class: 'person-title' },
        h('strong', { class: 'clip', title: person.name }, person.name),
        person.private &&
          h('span', { title: words.privateHint }, icon('lock'), h('span', { class: 'said' }, words.private)),
      ),
      dots(person.named),
      h('span', { class: 'small muted' }, words.named(person.named)),
      person.suggested > 0 && h('span', { class: 'small person-open' }, words.toConfirm(number(person.suggested))),
    ),
  );
  element.addEventListener('dragover', (event) => {
    if (!event.dataTransfer.types.includes(DRAGGED)) return;
    event.preventDefault();
    event.stopPropagation();
    element.classList.add('over');
  });
  element.addEventListener('dragleave', () => element.classList.remove('over'));
  element.addEventListener('drop', (event) => {
    const dragged = event.dataTransfer.getData(DRAGGED);
    if (!dragged) return;
    event.preventDefault();
    event.stopPropagation();
    element.classList.remove('over');
    take(dragged.split(' ').map(Number), person.name);
  });
  return element;
}

export function mount(main) {
  const cards = $('.people-cards', main);
  const list = $('.stacks', main);
  const unnamed = $('.people-unnamed', main);
  const nothing = $('.people-nothing', main);
  const search = $('.people-search', main);
  const review = $('.people-review', main);
  const poor = $('.people-poor', main);
  let fold = null;
  let changed = false;
  let everyone = { people: [], faces: true, off: false, learning: false };
  let next = null;
  let pages = 1;
  let timer = 0;
  let asked = 0;
  let open = 0;
  let ready = false;

  const drawCards = () => {
    const q = search.value.trim().toLowerCase();
    const held = document.activeElement?.closest?.('.person-card')?.dataset.person;
    const found = everyone.people.filter(({ name }) => ` ${name.toLowerCase()}`.includes(` ${q}`));
    cards.replaceChildren(...found.map((person) => card(person, nameFaces)));
    if (q && !found.length) cards.append(h('li', { class: 'muted people-none' }, words.noMatch));
    if (held) $(`[data-person="${held}"] a`, cards)?.focus();
    search.hidden = !everyone.people.length;
    const waiting = everyone.people.reduce((sum, person) => sum + person.suggested, 0);
    review.hidden = !waiting;
    review.lastElementChild.textContent = words.review(number(waiting));
    poor.hidden = !everyone.poor;
    poor.firstElementChild.textContent = words.poorFaces(number(everyone.poor ?? 0));
    fold?.load();
    const state = everyone.learning ? words.learning : '';
    const said = $('.people-state', main);
    if (said.textContent !== state) said.textContent = state;
  };
  const drawNothing = () => {
    const progress = latest ?? {};
    const busy = progress.waiting + progress.running + progress.uploading > 0;
    const empty = ready && !everyone.people.length && !list.children.length;
    nothing.hidden = !empty;
    unnamed.hidden = !list.children.length;
    if (!empty) return;
    const some = progress.total ? 'none' : 'photos';
    const why = everyone.off ? 'off' : busy || everyone.learning ? 'looking' : everyone.faces ? 'left' : some;
    const [title, hint] = words.empty[why];
    $('h2', nothing).textContent = title;
    $('p', nothing).textContent = hint;
  };

  /** Puts the stacks in place, leaving those alone that are as they were, or in which one types. */
  const drawStacks = (found) => {
    const there = new Map($$('.face-stack', list).map((element) => [element.dataset.key, element]));
    const kept = $$('.face-stack', list).filter(
      (element) => element.contains(document.activeElement) || $('[aria-pressed=false]', element),
    );
    const wanted = found
      .filter(({ stack }) => !kept.some((element) => Number(element.dataset.stack) === stack))
      .map((one) => {
        const key = `${one.stack} ${one.count} ${one.faces.map((face) => face.id).join(' ')}`;
        return there.get(key) ?? stackItem(one, settle);
      });
    for (const element of kept) wanted.splice($$('.face-stack', list).indexOf(element), 0, element);
    const stay = new Set(wanted);
    for (const element of [...list.children]) if (!stay.has(element)) element.remove();
    wanted.forEach((element, i) => {
      if (list.children[i] !== element) list.insertBefore(element, list.children[i] ?? null);
    });
  };

  const load = async () => {
    const mine = ++asked;
    clearTimeout(timer);
    try {
      const found = [];
      const known = await get('/people?limit=5000');
      let after = null;
      for (let i = 0; i < pages; i += 1) {
        const page = await get(`/people/stacks${query({ after })}`);
        found.push(...page.stacks);
        after = page.next;
        if (!after) break;
      }
      if (mine !== asked || open) return;
      next = after;
      everyone = known;
      ready = true;
      drawCards();
      drawStacks(found);
      drawNothing();
      if (known.learning) timer = setTimeout(load, WAIT_MS);
    } catch (error) {
      if (mine === asked) failed(error);
    }
  };
  const soon = debounce(WAIT_MS, load);

  const sent = async (send) => {
    open += 1;
    try {
      const answer = await send();
      if (answer?.action) {
        done(answer.action.label, answer.action);
        forget();
        changed = true;
      }
    } catch (error) {
      failed(error);
    }
    open -= 1;
    if (!open) load();
  };
  /** Takes a stack away at once; the next one has the focus before the server has answered. */
  const settle = (element, send) => {
    const all = $$('.face-stack', list);
    const follower = all[all.indexOf(element) + 1] ?? all[all.indexOf(element) - 1];
    const work = send();
    element.remove();
    (follower ? $('input', follower) : main).focus();
    sent(() => work);
  };
  const nameFaces = (faces, name) => sent(() => post('/faces/name', { faces, name }));

  const end = h('div', { class: 'stacks-end' });
  list.after(end);
  const watcher = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting || !next) return;
    next = null;
    pages += 1;
    load();
  });
  watcher.observe(end);
  search.addEventListener('input', drawCards);
  poor.addEventListener(
    'toggle',
    async () => {
      fold = (await import('./poor.js')).fold(poor, sent);
    },
    { once: true },
  );
  let figures = '';
  let last = 0;
  const stops = [
    on('undone', load),
    on('progress', (progress) => {
      if (!progress) return;
      const now = [progress.done, progress.total, progress.waiting].join();
      if (now === figures || (progress.waiting && Date.now() - last < BUSY_MS)) return;
      figures = now;
      last = Date.now();
      soon();
    }),
  ];
  load();
  return {
    unmount() {
      asked += 1;
      clearTimeout(timer);
      watcher.disconnect();
      stops.forEach((stop) => stop());
      if (changed) emit('library');
    },
  };
}
