// One proposal at a time, one key an answer, the next at once; what was answered can be taken back.
import { $, button, h, icon } from '../dom.js';
import { pathOf } from '../place.js';
import { post } from '../api.js';
import { emit, on } from '../bus.js';
import { number, plural } from '../format.js';
import { words } from '../words.js';
import { bindKeys } from '../shell/keys.js';
import { refreshCounts } from '../shell/counts.js';
import { address } from '../shell/router.js';
import { failed, say } from '../shell/toast.js';
import { Questions } from './queue.js';

const KEPT = 200;
const AHEAD = 4; // questions whose pictures are fetched

/**
 * The page of a queue. `kind` says what is asked: `path` of the page, `list` of the API, `by` (what one can narrow
 * to), `key(item)`, `name(item)`, `pictures(item)`, `send(item, answer)`, `stage` (show, clear, end), `question(item)`,
 * `filter(place, chosen, narrow)`, `figures(left)`, `settled(item, answer, taken back)`, `told(answer of the API)`.
 */
export function review(main, kind, keys) {
  const find = (name) => $(`.review-${name}`, main);
  const order = $('[name=order]', main);
  const list = $('.past-list', main);
  const element = find('stage');
  const params = new URLSearchParams(location.search);
  let questions = null;
  let left = 0;
  let settled = 0;
  const past = [];

  const figures = () => {
    find('left').textContent = words.review.left(number(left));
    find('settled').textContent = settled ? words.review.settled(number(settled)) : '';
    kind.figures?.(left);
  };

  const draw = () => {
    const item = questions.current;
    const done = find('done');
    find('ask').hidden = !item;
    done.hidden = Boolean(item) || !questions.ended;
    element.hidden = !item;
    figures();
    if (!item) {
      kind.stage.clear();
      if (!past.length) return;
      $('h2', done).textContent = words.review.allDone;
      $('p', done).textContent = words.review.doneHint(plural(past.length, words.review.answer, words.review.answers));
      return;
    }
    element.classList.remove('zoomed');
    const shown = kind.stage.show(item);
    find('words').replaceChildren(...kind.question(item));
    const ahead = questions.items.slice(1, AHEAD).flatMap(kind.pictures);
    Promise.resolve(shown).then(() => ahead.forEach((src) => (new Image().src = src)));
  };

  const load = async () => {
    questions = new Questions(kind, { [kind.by]: params.get(kind.by), order: params.get('order') ?? 'least' });
    const mine = questions;
    try {
      await mine.fill();
      if (mine !== questions) return;
      left = mine.left;
      draw();
    } catch (error) {
      failed(error);
    }
  };

  const drawPast = () => {
    find('past').hidden = !past.length;
    list.replaceChildren(
      ...past.slice(0, KEPT).map((entry) => {
        const { item, answer: said } = entry;
        return h(
          'li',
          { class: said },
          h('img', { src: item.photo.thumb ?? item.photo.preview, alt: '', loading: 'lazy' }),
          h('span', { class: 'clip' }, icon(said === 'yes' ? 'check' : 'x'), kind.name(item)),
          button(
            words.review.undoOne(`${kind.name(item)}: ${words.review.said[said]}`),
            { icon: 'undo-2', bare: true },
            () => undo(entry),
          ),
        );
      }),
    );
  };

  const turn = (by, item, said, back) => {
    left = Math.max(0, left + by);
    kind.settled?.(item, said, back);
    draw();
    drawPast();
  };
  /** Puts a question back before the current one. */
  const reopen = (entry) => {
    past.splice(past.indexOf(entry), 1);
    if (entry.all) return drawPast();
    questions.back(entry.item);
    return turn(1, entry.item, entry.answer, true);
  };

  const answer = (said) => {
    const mine = questions;
    const item = mine?.current;
    if (!item) return;
    mine.next();
    const entry = { item, answer: said, action: null };
    past.unshift(entry);
    turn(-1, item, said, false);
    if (!mine.current) mine.fill().then(draw, failed);
    entry.sent = mine.send(item, said).then(
      (result) => {
        entry.action = result.action?.id ?? result.action;
        left = result.left ?? left;
        settled += result.settled ?? 0;
        figures();
      },
      (error) => {
        failed(error);
        reopen(entry);
      },
    );
  };

  const skip = () => {
    if (!questions?.current) return;
    questions.next();
    draw();
    if (!questions.current) questions.fill().then(draw, failed);
  };

  const undo = async (entry = past[0]) => {
    if (!entry) return say(words.nothingToUndo);
    await entry.sent;
    if (!entry.action || !past.includes(entry)) return undefined;
    reopen(entry);
    element.focus({ preventScroll: true });
    try {
      await post(`/actions/${entry.action}/undo`);
      if (entry.all) load();
    } catch (error) {
      failed(error);
    }
    return undefined;
  };

  const narrow = (value) => {
    if (value) params.set(kind.by, value);
    else params.delete(kind.by);
    address(kind.path + (params.size ? `?${params}` : ''));
    drawFilter();
    load();
  };
  const drawFilter = () => {
    kind.filter(find('filter'), params.get(kind.by), narrow);
    order.value = params.get('order') === 'most' ? 'most' : 'least';
  };
  order.addEventListener('change', () => {
    params.set('order', order.value);
    address(`${kind.path}?${params}`, { replace: true });
    load();
  });

  const acts = { y: () => answer('yes'), n: () => answer('no'), s: skip, u: () => undo() };
  for (const [key, run] of Object.entries(acts)) $(`[data-key=${key}]`, main).addEventListener('click', run);
  drawFilter();
  drawPast();
  load();
  const unbind = bindKeys({ ...acts, ...keys });
  let known = null;
  const stop = on('progress', (progress) => {
    // New proposals arrive while one waits at the end.
    if (progress && known !== null && progress.done !== known && questions?.ended) load();
    known = progress?.done ?? known;
  });
  element.focus({ preventScroll: true });

  return {
    answer,
    /** Many were answered at once, like this `item`. */
    answeredAll(item, action) {
      past.unshift({ item, answer: 'yes', action, all: true });
      drawPast();
      load();
    },
    current: () => questions?.current,
    navigate(url) {
      if (pathOf(url) !== kind.path) return false;
      for (const key of [kind.by, 'order']) {
        if (url.searchParams.get(key)) params.set(key, url.searchParams.get(key));
        else params.delete(key);
      }
      drawFilter();
      load();
      return true;
    },
    unmount() {
      unbind();
      stop();
      kind.stage.end();
      questions?.flushed().then(() => {
        refreshCounts();
        emit('library');
      });
    },
  };
}
