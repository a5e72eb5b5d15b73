// The number beside "Review": how many tags wait for an answer.
import { $, debounce } from '../dom.js';
import { get } from '../api.js';
import { on } from '../bus.js';
import { number } from '../format.js';

export function showLeft(left) {
  $('[data-count=review]').textContent = left > 999 ? '999+' : left ? number(left) : '';
}

export const refreshCounts = debounce(400, async () => {
  try {
    showLeft((await get('/review?limit=1')).left);
  } catch {
    showLeft(0); // The figure is a hint; the review page itself says what is wrong.
  }
});

let done = -1;
on('progress', (progress) => {
  if (!progress || progress.done === done) return;
  if (done >= 0) refreshCounts();
  done = progress.done;
});
