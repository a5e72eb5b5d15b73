// Asks the server how far it is: often while there is work, seldom otherwise, never while no one looks.
import { get } from '../api.js';
import { emit } from '../bus.js';

const BUSY_MS = 1000;
const IDLE_MS = 8000;
let timer = 0;
let asking = false;
let expected = false;
export let latest = null;

async function ask() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  let busy = false;
  try {
    latest = await get('/progress');
    busy = latest.uploading + latest.waiting + latest.running > 0;
    emit('progress', latest);
  } catch {
    emit('progress', null);
  }
  asking = false;
  timer = setTimeout(ask, (busy || expected) && !document.hidden ? BUSY_MS : IDLE_MS);
}

/** Work is about to begin or goes on in this page: ask often. */
export function expectWork(yes) {
  const fresh = yes && !expected;
  expected = yes;
  if (fresh) ask();
}

export const askNow = ask;

export function startProgress() {
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) ask();
  });
  ask();
}
