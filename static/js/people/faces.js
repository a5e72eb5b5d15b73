// Faces as tiles, a key an answer: a person's, the proposals of all people, or those that were set aside.
import { $, $$, h } from '../dom.js';
import { get, post, query } from '../api.js';
import { emit, on } from '../bus.js';
import { number } from '../format.js';
import { arrows, bindKeys } from '../shell/keys.js';
import { done, failed, remember, say, undo } from '../shell/toast.js';
import { swipe } from '../swipe.js';
import { forget } from './names.js';
import { actions } from './answers.js';
import { everybodysTools, personTools } from './person.js';
import { tile } from './tile.js';
import { words } from './words.js';

const WAIT_MS = 700;
const PAGE = 60;
const MOST = 500; // faces that are ranked anew while one answers
const TABS = { person: ['suggested', 'named', 'rejected'], review: [], aside: ['stranger', 'not_face', 'unsure'] };

export function mount(main) {
  const page = $('.faces-page', main);
  const { view } = page.dataset;
  const person = Number(page.dataset.person ?? 0);
  const parts = Object.fromEntries(
    ['faces', 'foot', 'order', 'tabs', 'sort'].map((key) => [
      key,
      $(key === 'faces' ? '.faces' : `.faces-${key}`, main),
    ]),
  );
  const nothing = $('.people-nothing', main);
  const state = $('.people-state', main);
  const tools = person ? personTools(main, person, (send) => answer([], send)) : null;
  if (view === 'aside') everybodysTools(main);
  const answered = new Set();
  const selected = new Set();
  let tab = TABS[view][0] ?? 'suggested';
  let order = null;
  let faces = [];
  let next = null;
  let counts = {};
  let timer = 0;
  let asked = 0;
  let open = 0;
  let sending = Promise.resolve();

  const tiles = () => $$('.face-tile', parts.faces);
  const marked = () => Math.max(0, tiles().indexOf($('[aria-current=true]', parts.faces)));
  const mark = (index, focus = true) => {
    const all = tiles();
    const chosen = all[Math.min(Math.max(0, index), all.length - 1)];
    for (const one of all) one.setAttribute('aria-current', String(one === chosen));
    bar.draw(all.indexOf(chosen));
    if (!chosen || !focus) return;
    $('button', chosen).focus({ preventScroll: true });
    chosen.scrollIntoView({ block: 'nearest' });
  };
  const choose = (element, face) => $('button', element).setAttribute('aria-pressed', String(selected.has(face.id)));
  const select = (face) => {
    selected[selected.has(face.id) ? 'delete' : 'add'](face.id);
    choose(tiles()[faces.indexOf(face)], face);
    bar.draw(marked());
    say(selected.has(face.id) ? words.selected : '');
  };
  /** What an answer is about: the selected faces, else the marked one. */
  const meant = () =>
    selected.size ? faces.filter((face) => selected.has(face.id)) : faces.slice(marked(), marked() + 1);

  const drawNothing = () => {
    nothing.hidden = faces.length > 0 || open > 0;
    const why = view === 'aside' ? 'aside' : tab === 'suggested' && answered.size ? 'answered' : tab;
    const [title, hint] = words.empty[why];
    $('h2', nothing).textContent = title;
    $('p', nothing).textContent = hint;
  };
  const draw = (held = null) => {
    const active = document.activeElement;
    const focus = parts.faces.contains(active) || active === main || active === document.body;
    const before = marked();
    const there = new Map(tiles().map((element) => [element.dataset.key, element]));
    parts.faces.replaceChildren(
      ...faces.map((face) => {
        const key = [face.id, face.confidence, face.name, face.twice].join();
        const element = there.get(key) ?? tile(face, { view, mark: (e) => mark(tiles().indexOf(e)), select });
        element.dataset.key = key;
        choose(element, face);
        return element;
      }),
    );
    const again = held ? faces.findIndex((face) => face.id === held) : -1;
    mark(again < 0 ? before : again, focus);
    drawNothing();
  };
  const drawTabs = () => {
    const at = [...parts.tabs.children].indexOf(document.activeElement);
    parts.tabs.replaceChildren(
      ...TABS[view].map((name) =>
        h(
          'button',
          { type: 'button', class: 'button', 'aria-pressed': String(name === tab), onclick: () => turn(name) },
          words.tabs[name],
          counts[name] !== undefined && h('span', { class: 'count' }, number(counts[name])),
        ),
      ),
    );
    parts.tabs.children[at]?.focus();
    parts.sort.hidden = tab !== 'suggested';
  };
  const figures = (told) => {
    const text = told.learning ? words.learning : view === 'person' ? '' : words.stack(number(told.total));
    if (state.textContent !== text) state.textContent = text;
    if (view === 'aside') counts[tab] = told.total;
    if (told.person) {
      counts = { suggested: told.person.suggested, named: told.person.named, rejected: told.rejected };
      tools.draw(told.person);
    }
    drawTabs();
  };

  const ask = async (after) => {
    const limit = after ? PAGE : Math.max(PAGE, Math.min(MOST, faces.length)); // what is shown stays
    if (!person) return get(`/faces${query({ state: tab, order, after, limit })}`);
    const [told, page] = await Promise.all([
      get(`/people/${person}`),
      get(`/people/${person}/faces${query({ tab, order, after, limit })}`),
    ]);
    if (!order && !after) {
      if (!told.person.suggested && told.person.named) tab = 'named';
      // The first labels are best given where the machine learns most.
      order = told.person.named < 10 && told.person.suggested ? 'teach' : 'most';
      parts.order.value = order;
      if (order === 'teach' || tab === 'named') return ask(after);
    }
    return { ...told, ...page };
  };
  const load = async (more = false) => {
    const mine = ++asked;
    clearTimeout(timer);
    try {
      const told = await ask(more ? next : null);
      if (mine !== asked) return;
      figures(told);
      if (!open && (more || faces.length <= MOST)) {
        const fresh = told.faces.filter((face) => !answered.has(face.id));
        const held = faces[marked()]?.id;
        faces = more ? faces.concat(fresh.filter((face) => !faces.some((one) => one.id === face.id))) : fresh;
        ({ next } = told);
        draw(held);
      }
      if (told.learning) timer = setTimeout(load, WAIT_MS);
    } catch (error) {
      if (mine === asked) failed(error);
    }
  };
  const turn = (name) => {
    tab = name;
    answered.clear();
    selected.clear();
    faces = [];
    draw();
    load();
  };

  /** Takes faces off the page at once and sends what was said of them; `send` gives {action}. */
  const answer = (some, send) => {
    for (const face of some) answered.add(face.id);
    faces = faces.filter((face) => !answered.has(face.id));
    selected.clear();
    open += 1;
    draw();
    sending = sending
      .then(send)
      .then((told) => {
        if (!told?.action) return;
        forget();
        if (some.length === 1) {
          remember(told.action);
          say(told.action.label);
        } else done(told.action.label, told.action);
      })
      .catch((error) => {
        failed(error);
        for (const face of some) answered.delete(face.id);
      })
      .finally(() => {
        open -= 1;
        clearTimeout(timer);
        if (!open) timer = setTimeout(load, some.length ? WAIT_MS / 2 : 0);
        if (!faces.length) drawNothing();
      });
  };
  const skip = () => {
    const [face] = faces.splice(marked(), 1);
    if (face) answered.add(face.id);
    draw();
    if (faces.length < 10 && next) load(true);
  };

  const takeBack = () => {
    sending.then(() => undo());
  };
  const bar = actions(parts.foot, {
    view,
    tab: () => tab,
    faces: () => faces,
    selected,
    person: () => tools?.person,
    meant,
    marked,
    answer,
    skip,
    select,
    undo: takeBack,
  });
  const swiped = (key) => (element) => {
    const index = tiles().indexOf(element);
    if (index < 0) return;
    if (selected.size && !selected.has(faces[index].id)) {
      selected.clear();
      draw();
    }
    mark(index, false);
    bar.keys[key]();
  };
  const take = (event) => event.target.closest('.face-tile');
  swipe(parts.faces, { take, yes: swiped('y'), no: swiped('n'), far: 48 });
  parts.order.append(...Object.entries(words.orders).map(([value, label]) => h('option', { value }, label)));
  if (!person) order = 'teach';
  parts.order.addEventListener('change', () => {
    order = parts.order.value;
    turn(tab);
  });
  const onscroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = parts.faces;
    if (next && scrollTop + clientHeight > scrollHeight - 600) {
      load(true);
      next = null;
    }
  };
  parts.faces.addEventListener('scroll', onscroll, { passive: true });
  const unbind = bindKeys({
    ...bar.keys,
    u: takeBack,
    m: () => (tools ? tools.rename() : false),
    ...arrows(marked, mark, tiles),
  });
  const stop = on('undone', () => {
    answered.clear();
    load();
  });
  load();
  return {
    unmount() {
      asked += 1;
      clearTimeout(timer);
      unbind();
      stop();
      if (answered.size) sending.then(() => emit('library'));
    },
  };
}
