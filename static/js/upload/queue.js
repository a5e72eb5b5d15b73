// The files of this page's drops and how far each is. Figures are kept as they change, so that 20,000 files cost nothing to sum.
import { emit } from '../bus.js';
import { kindOf } from './types.js';
import { words } from '../words.js';

/** queued → hashing → ready → sending → sent; or known, refused, failed, cancelled, other (not a photo). */
export const STATES = [
  'queued',
  'hashing',
  'ready',
  'sending',
  'sent',
  'known',
  'refused',
  'failed',
  'cancelled',
  'other',
];
const OPEN = new Set(['queued', 'hashing', 'ready', 'sending']);
const NOTICE_MS = 200;

class Queue {
  items = [];
  counts = Object.fromEntries(STATES.map((state) => [state, 0]));
  hidden = 0;
  bytes = 0;
  bytesSent = 0;
  walking = 0;
  paused = false;
  #byPath = new Map();
  #next = 0;
  #again = [];
  #notice = 0;

  /** Adds a slice of a walk; what is hidden is counted, what is no photo is listed and not sent. */
  add(drop, slice) {
    for (const { file, path, error } of slice) {
      const kind = kindOf(path);
      if (kind === 'hidden') {
        this.hidden += 1;
        continue;
      }
      const twin = this.#byPath.get(path);
      if (twin && OPEN.has(twin.state) && twin.size === file?.size) continue;
      const item = {
        drop,
        file,
        path,
        size: file?.size ?? 0,
        modified: file?.lastModified ?? 0,
        state: 'queued',
        sent: 0,
        sha256: null,
        reason: '',
        photo: null,
      };
      this.#byPath.set(path, item);
      this.items.push(item);
      this.counts.queued += 1;
      this.bytes += item.size;
      if (error) this.move(item, 'failed', words.upload.unreadable);
      else if (kind === 'other') this.move(item, 'other', words.upload.notPhoto);
      else if (item.size === 0) this.move(item, 'refused', words.upload.empty);
    }
    this.changed();
  }

  /** The next file to hash, in the order of the drop. */
  take() {
    const again = this.#again.shift();
    if (again) return again;
    while (this.#next < this.items.length) {
      const item = this.items[this.#next++];
      if (item.state === 'queued') return item;
    }
    return null;
  }

  move(item, state, reason = '') {
    this.counts[item.state] -= 1;
    this.counts[state] += 1;
    if (OPEN.has(item.state) && !OPEN.has(state))
      this.progress(item, state === 'sent' || state === 'known' ? item.size : 0, state);
    item.state = state;
    item.reason = reason;
    this.changed();
  }

  progress(item, sent, ended = '') {
    if (ended && ended !== 'sent') {
      this.bytes -= item.size; // Nothing of it is to be sent any more.
      this.bytesSent -= item.sent;
      item.sent = 0;
    } else {
      this.bytesSent += sent - item.sent;
      item.sent = sent;
    }
    this.changed();
  }

  /** Puts a file that failed or was cancelled back to the head of the queue. */
  retry(item) {
    if (OPEN.has(item.state) || !item.file) return;
    if (item.sent)
      this.bytesSent -= item.sent; // It had been sent, and was refused afterwards.
    else this.bytes += item.size;
    item.sent = 0;
    this.move(item, 'queued');
    this.#again.push(item);
  }

  get open() {
    return this.counts.queued + this.counts.hashing + this.counts.ready + this.counts.sending;
  }

  get active() {
    return this.open > 0 || this.walking > 0;
  }

  clear() {
    this.items = [];
    this.#byPath.clear();
    this.#next = 0;
    this.#again = [];
    for (const state of STATES) this.counts[state] = 0;
    this.bytes = this.bytesSent = this.hidden = 0;
    this.changed();
  }

  changed() {
    if (this.#notice) return;
    this.#notice = setTimeout(() => {
      this.#notice = 0;
      emit('uploads', this);
    }, NOTICE_MS);
  }
}

export const queue = new Queue();
