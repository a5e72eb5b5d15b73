// Short words at the foot of the page, with Undo where there is something to take back.
import { $, button, h } from '../dom.js';
import { post } from '../api.js';
import { emit } from '../bus.js';
import { words } from '../words.js';

const box = $('#toasts');
const SHOWN_MS = 7000;

export function toast(text, { label, run } = {}) {
  const element = h('div', { class: 'toast' }, h('span', {}, text));
  const close = () => element.remove();
  if (run)
    element.append(
      button(label, {}, () => {
        close();
        run();
      }),
    );
  element.append(button(words.close, { icon: 'x', bare: true }, close));
  box.append(element);
  while (box.children.length > 3) box.firstElementChild.remove();
  let timer = setTimeout(close, SHOWN_MS);
  element.addEventListener('pointerenter', () => clearTimeout(timer));
  element.addEventListener('pointerleave', () => {
    timer = setTimeout(close, SHOWN_MS);
  });
  element.addEventListener('focusin', () => clearTimeout(timer));
}

export function failed(error) {
  if (error.name === 'AbortError') return;
  toast(error.message);
}

let last = null;

/** Remembers the action as the one that `u` takes back, and says what was done. */
export function done(text, action) {
  const id = action?.id ?? action;
  if (!id) return toast(text);
  last = id;
  toast(text, { label: words.undo, run: () => undo(id) });
}

export function remember(action) {
  last = action?.id ?? action ?? last;
}

export async function undo(id = last) {
  if (!id) return toast(words.nothingToUndo);
  try {
    await post(`/actions/${id}/undo`);
    if (id === last) last = null;
    emit('undone', { id });
    emit('library');
    toast(words.undone);
  } catch (error) {
    failed(error);
  }
}

/** Says something to screen readers alone. */
export function say(text) {
  $('#live').textContent = text;
}
