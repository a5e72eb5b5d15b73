// Review: one proposal at a time, one key an answer, the next at once.
import { $, button, h, icon } from '../dom.js';
import { pathOf } from '../place.js';
import { post } from '../api.js';
import { emit, on } from '../bus.js';
import { number, percent, plural } from '../format.js';
import { words } from '../words.js';
import { bindKeys } from '../shell/keys.js';
import { showLeft, refreshCounts } from '../shell/counts.js';
import { address, setTitle } from '../shell/router.js';
import { failed, say } from '../shell/toast.js';
import { tagBox } from '../tagbox.js';
import { Questions } from './queue.js';
import { Stage } from './stage.js';

const KEPT = 200;

export function mount(main) {
  const parts = Object.fromEntries(
    Object.entries({
      left: '.review-left',
      settled: '.review-settled',
      past: '.past-list',
      ask: '.review-ask',
      words: '.review-words',
      answers: '.review-answers',
      done: '.review-done',
      order: '[name=order]',
      tag: '.review-tag',
      aside: '.review-past',
    }).map(([key, selector]) => [key, $(selector, main)]),
  );
  const params = new URLSearchParams(location.search);
  let questions = null;
  let left = 0;
  let settled = 0;
  const past = [];

  const stage = new Stage($('.review-stage', main), {
    yes: () => answer('yes'),
    no: () => answer('no'),
    skip: () => skip(),
  });

  const figures = () => {
    parts.left.textContent = words.review.left(number(left));
    parts.settled.textContent = settled ? words.review.settled(number(settled)) : '';
    showLeft(left);
  };

  const draw = () => {
    const item = questions.current;
    parts.ask.hidden = !item;
    parts.done.hidden = Boolean(item) || !questions.ended;
    stage.element.hidden = !item;
    figures();
    if (!item) {
      stage.clear();
      if (!questions.ended) return;
      $('h2', parts.done).textContent = past.length ? words.review.allDone : words.review.nothing;
      $('p', parts.done).textContent = past.length
        ? words.review.doneHint(plural(past.length, words.review.answer, words.review.answers))
        : words.review.nothingHint;
      return;
    }
    stage.element.classList.remove('zoomed');
    stage.show(item);
    const name = item.tag.name.charAt(0).toUpperCase() + item.tag.name.slice(1);
    parts.words.replaceChildren(h('strong', {}, name), `, ${percent(item.confidence)}`);
  };

  const load = async () => {
    questions = new Questions({ tag: params.get('tag'), order: params.get('order') ?? 'least' });
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
    parts.aside.hidden = !past.length;
    parts.past.replaceChildren(
      ...past.slice(0, KEPT).map((entry) => {
        const label = `${entry.item.tag.name}: ${words.review.said[entry.answer]}`;
        return h(
          'li',
          { class: entry.answer },
          h('img', { src: entry.item.photo.thumb ?? entry.item.photo.preview, alt: '', loading: 'lazy' }),
          h('span', { class: 'clip' }, icon(entry.answer === 'yes' ? 'check' : 'x'), entry.item.tag.name),
          button(words.review.undoOne(label), { icon: 'undo-2', bare: true }, () => undo(entry)),
        );
      }),
    );
  };

  const answer = async (what) => {
    const mine = questions;
    const item = mine?.current;
    if (!item) return;
    mine.next();
    const entry = { item, answer: what, action: null };
    past.unshift(entry);
    left = Math.max(0, left - 1);
    draw();
    drawPast();
    if (!mine.current) mine.fill().then(draw, failed);
    entry.sent = mine.send(item, what).then(
      (result) => {
        entry.action = result.action?.id ?? result.action;
        left = result.left;
        settled += result.settled ?? 0;
        figures();
      },
      (error) => {
        failed(error);
        past.splice(past.indexOf(entry), 1);
        mine.back(item);
        left += 1;
        draw();
        drawPast();
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
    past.splice(past.indexOf(entry), 1);
    questions.back(entry.item);
    left += 1;
    draw();
    drawPast();
    stage.element.focus({ preventScroll: true });
    try {
      await post(`/actions/${entry.action}/undo`);
    } catch (error) {
      failed(error);
    }
    return undefined;
  };

  const narrowTo = (tag) => {
    if (tag) params.set('tag', tag);
    else params.delete('tag');
    address(`/review${params.size ? `?${params}` : ''}`);
    drawFilter();
    load();
  };
  const field = tagBox({ label: words.review.only, chosen: narrowTo });
  const drawFilter = () => {
    const tag = params.get('tag');
    parts.tag.replaceChildren(
      tag
        ? h(
            'span',
            { class: 'chip' },
            tag,
            button(words.review.everyTag, { icon: 'x', bare: true }, () => narrowTo('')),
          )
        : field.element,
    );
    parts.order.value = params.get('order') === 'most' ? 'most' : 'least';
  };
  parts.order.addEventListener('change', () => {
    params.set('order', parts.order.value);
    address(`/review?${params}`, { replace: true });
    load();
  });

  parts.answers.append(
    button(words.review.undo, { icon: 'undo-2', key: 'u', kind: 'outlined' }, () => undo()),
    button(words.review.skip, { icon: 'skip-forward', key: 's', kind: 'outlined' }, skip),
    button(words.review.no, { icon: 'x', key: 'n', kind: 'outlined answer' }, () => answer('no')),
    button(words.review.yes, { icon: 'check', key: 'y', kind: 'primary answer' }, () => answer('yes')),
  );
  for (const [index, key] of ['u', 's', 'n', 'y'].entries())
    parts.answers.children[index].append(h('kbd', { 'aria-hidden': 'true' }, key));
  setTitle(`${words.review.title} · Proofsheet`);
  drawFilter();
  drawPast();
  load();
  const unbind = bindKeys({
    y: () => answer('yes'),
    n: () => answer('no'),
    s: skip,
    u: () => undo(),
    o: () => stage.toggleBox(),
    z: () => stage.zoom(),
    ArrowRight: () => answer('yes'),
    ArrowLeft: () => answer('no'),
  });
  let known = null;
  const stop = on('progress', (progress) => {
    // New proposals arrive while one waits at the end.
    if (progress && known !== null && progress.done !== known && questions?.ended) load();
    known = progress?.done ?? known;
  });
  stage.element.focus({ preventScroll: true });

  return {
    navigate(url) {
      if (pathOf(url) !== '/review') return false;
      for (const key of ['tag', 'order']) {
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
      stage.end();
      questions?.flushed().then(() => {
        refreshCounts();
        emit('library');
      });
    },
  };
}
