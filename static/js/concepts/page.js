// Teaching a tag: the likely photos as tiles, y or n for the marked one, the rest follows.
import { $, $$, button, h, meter, setMeter } from '../dom.js';
import { get, post, remove } from '../api.js';
import { emit, on } from '../bus.js';
import { number, percent, plural } from '../format.js';
import { at, pathOf } from '../place.js';
import { words as shared } from '../words.js';
import { words } from '../words-concepts.js';
import { arrows, bindKeys } from '../shell/keys.js';
import { confirmDialog } from '../shell/dialog.js';
import { visit } from '../shell/router.js';
import { done, failed, remember, say, undo } from '../shell/toast.js';
import { tagBox } from '../tagbox.js';

const WAIT_MS = 700;

export function mount(main) {
  const id = Number(/^\/teach\/(\d+)$/.exec(pathOf(location))?.[1] ?? 0);
  return id ? teaching(main, id) : overview(main);
}

/** Every own tag, and a field for a new one. */
function overview(main) {
  const list = $('.taught', main);
  const begin = async (name) => {
    try {
      visit(`/teach/${(await post('/concepts', { name })).concept.id}`);
    } catch (error) {
      failed(error);
    }
  };
  $('.teach-new', main).append(tagBox({ label: words.name, chosen: begin }).element);
  const line = (one) =>
    h(
      'li',
      {},
      h('a', { class: 'clip', href: at(`/teach/${one.id}`) }, one.name),
      h('span', { class: 'muted' }, words.counts(number(one.yes), number(one.no))),
      h('span', { class: 'muted' }, words.proposed(number(one.proposed))),
    );
  const load = async () => {
    try {
      const { concepts } = await get('/concepts');
      list.replaceChildren(...(concepts.length ? concepts.map(line) : [h('li', { class: 'muted' }, words.none)]));
    } catch (error) {
      failed(error);
    }
  };
  load();
  return { unmount: on('undone', load) };
}

function teaching(main, id) {
  const parts = Object.fromEntries(
    ['tiles', 'state', 'order', 'foot', 'nothing', 'name'].map((key) => [key, $(`.teach-${key}`, main)]),
  );
  const answered = new Set();
  let photos = [];
  let concept = null;
  let timer = 0;
  let asked = 0;
  let sending = Promise.resolve();
  let open = 0;

  const counter = (key) => {
    const bar = meter(0);
    const said = h('span', { class: 'figures' });
    $(`.teach-${key}`, main).append(h('strong', {}, words[key]), bar, said);
    return (n, wanted) => {
      setMeter(bar, n / wanted);
      said.textContent = n < wanted ? words.towards(n, wanted) : number(n);
    };
  };
  const counters = { yes: counter('yes'), no: counter('no') };
  const tiles = () => $$('.teach-tile', parts.tiles);
  const marked = () => Math.max(0, tiles().indexOf($('[aria-current=true]', parts.tiles)));

  const mark = (index, focus = true) => {
    const all = tiles();
    const chosen = all[Math.min(Math.max(0, index), all.length - 1)];
    for (const one of all) one.setAttribute('aria-current', String(one === chosen));
    above.hidden = parts.order.value !== 'certain' || !chosen;
    above.lastElementChild.textContent = words.above(all.indexOf(chosen) + 1);
    if (!chosen || !focus) return;
    $('.teach-photo', chosen).focus({ preventScroll: true });
    chosen.scrollIntoView({ block: 'nearest' });
  };

  const tile = (photo) => {
    const image = h('img', { src: photo.thumb ?? photo.placeholder ?? '', alt: '', draggable: false });
    const label = words.photo(photo.name, percent(photo.confidence));
    return h(
      'li',
      { class: 'teach-tile', 'aria-current': 'false' },
      h(
        'button',
        { type: 'button', class: 'teach-photo', 'aria-label': label, onclick: () => mark(photos.indexOf(photo)) },
        image,
      ),
      h('span', { class: 'teach-sure muted' }, meter(photo.confidence, true), percent(photo.confidence)),
      button(words.no, { icon: 'x', bare: true }, () => answer([photo], 'no')),
      button(words.yes, { icon: 'check', bare: true }, () => answer([photo], 'yes')),
    );
  };

  const figures = () => {
    parts.name.textContent = concept.name;
    counters.yes(concept.yes, concept.wanted);
    counters.no(concept.no, concept.wanted);
    const text =
      concept.failed ?? (concept.learning ? words.learning : concept.trained && concept.yes ? words.learned : '');
    if (parts.state.textContent !== text) parts.state.textContent = text;
  };

  const empty = () => {
    const kind = !concept.yes ? 'first' : !concept.trained || !answered.size ? 'waiting' : 'ended';
    parts.nothing.hidden = photos.length > 0 || concept.learning;
    $('h2', parts.nothing).textContent = words[kind];
    $('p', parts.nothing).textContent = words[`${kind}Hint`];
  };

  const draw = () => {
    const active = document.activeElement;
    const held = parts.tiles.contains(active) || active === main || active === document.body;
    const where = marked();
    parts.tiles.replaceChildren(...photos.map(tile));
    parts.foot.hidden = !photos.length;
    figures();
    empty();
    mark(where, held);
  };

  const load = async () => {
    const mine = ++asked;
    clearTimeout(timer);
    try {
      const found = await get(`/concepts/${id}?order=${parts.order.value}`);
      if (mine !== asked) return;
      concept = found.concept;
      if (!open) {
        photos = found.photos.filter((photo) => !answered.has(photo.id));
        draw();
      } else figures();
      if (concept.learning) timer = setTimeout(load, WAIT_MS);
    } catch (error) {
      if (mine === asked) failed(error);
    }
  };

  const answer = (some, said) => {
    if (!some.length) return;
    const ids = some.map((photo) => photo.id);
    for (const one of ids) answered.add(one);
    photos = photos.filter((photo) => !answered.has(photo.id));
    concept[said] += ids.length;
    concept.learning = true;
    draw();
    open += 1;
    sending = sending
      .then(() => post(`/concepts/${id}`, { photos: ids, answer: said }))
      .then(({ action }) => {
        if (ids.length > 1) done(words.said(said, ids.length), action);
        else {
          remember(action);
          say(words.said(said, 1));
        }
      })
      .catch((error) => {
        failed(error);
        for (const one of ids) answered.delete(one);
      })
      .finally(() => {
        open -= 1;
        clearTimeout(timer);
        if (!open) timer = setTimeout(load, WAIT_MS);
      });
  };
  const one = (said) => answer(photos.slice(marked(), marked() + 1), said);
  const above = button(words.above(1), { icon: 'copy-check', key: 'a', kind: 'outlined', title: words.aboveHint }, () =>
    answer(photos.slice(0, marked() + 1), 'yes'),
  );

  const stop = async () => {
    if (!(await confirmDialog(words.stopTitle(concept.name), words.stopText, words.stop))) return;
    try {
      const { action } = await remove(`/concepts/${id}`);
      done(words.stopped(concept.name), action);
      emit('library');
      visit('/teach');
    } catch (error) {
      failed(error);
    }
  };

  parts.foot.append(
    above,
    button(words.no, { icon: 'x', key: 'n', kind: 'outlined answer' }, () => one('no')),
    button(words.yes, { icon: 'check', key: 'y', kind: 'primary answer' }, () => one('yes')),
  );
  $('[data-do=stop]', main).addEventListener('click', stop);
  parts.order.addEventListener('change', load);
  const unbind = bindKeys({
    y: () => one('yes'),
    n: () => one('no'),
    a: () => above.hidden || above.click(),
    u: () => {
      sending.then(() => undo());
    },
    ...arrows(marked, mark, tiles),
  });
  const restored = on('undone', () => {
    answered.clear();
    load();
  });
  load();

  return {
    unmount() {
      asked += 1;
      clearTimeout(timer);
      unbind();
      restored();
      if (answered.size) sending.then(() => emit('library'));
    },
  };
}
