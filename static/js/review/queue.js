// The questions ahead, fetched before they are needed, and the answers on their way to the server.
import { get, post, query } from '../api.js';

const LOW = 10;
const BATCH = 20;

export class Questions {
  items = [];
  left = 0;
  settled = 0;
  #next = null;
  #end = false;
  #busy = null;
  #seen = new Set();
  #sending = Promise.resolve();

  constructor({ tag, order }) {
    this.params = { tag, order };
  }

  get current() {
    return this.items[0];
  }

  /** Fetches until enough lies ahead. */
  fill() {
    if (this.#end || this.items.length > LOW) return this.#busy ?? Promise.resolve();
    this.#busy ??= this.#more().finally(() => {
      this.#busy = null;
    });
    return this.#busy;
  }

  async #more() {
    const answer = await get(`/review${query({ ...this.params, after: this.#next, limit: BATCH })}`);
    if (!this.#seen.size) this.left = answer.left;
    this.#next = answer.next;
    this.#end = !answer.next || !answer.items.length;
    for (const item of answer.items) {
      const key = `${item.photo.id} ${item.tag.id}`;
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.items.push(item);
      new Image().src = item.photo.preview;
    }
  }

  /** Takes the current question away; it may be put back by `back`. */
  next() {
    const item = this.items.shift();
    this.fill().catch(() => {}); // Asked again at the next answer; the page shows when nothing is left.
    return item;
  }

  back(item) {
    this.items.unshift(item);
  }

  /** Sends an answer after those before it. Resolves to {action, left, settled}. */
  send(item, answer) {
    const job = this.#sending.then(() => post('/review', { photo: item.photo.id, tag: item.tag.id, answer }));
    this.#sending = job.catch(() => {});
    return job;
  }

  /** Waits for every answer that is on its way. */
  flushed() {
    return this.#sending;
  }

  get ended() {
    return this.#end && !this.items.length;
  }
}
