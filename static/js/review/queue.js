// The questions ahead, fetched before they are needed, and the answers on their way to the server.
import { get, query } from '../api.js';

const LOW = 10;
const BATCH = 20;

export class Questions {
  items = [];
  left = 0;
  #next = null;
  #end = false;
  #busy = null;
  #seen = new Set();
  #sending = Promise.resolve();

  constructor(kind, params) {
    Object.assign(this, { kind, params });
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
    const answer = await get(`${this.kind.list}${query({ ...this.params, after: this.#next, limit: BATCH })}`);
    if (!this.#seen.size) {
      this.left = answer.left;
      this.kind.told?.(answer);
    }
    this.#next = answer.next;
    this.#end = !answer.next || !answer.items.length;
    for (const item of answer.items) {
      const key = this.kind.key(item);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.items.push(item);
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

  /** Sends an answer after those before it. */
  send(item, answer) {
    const job = this.#sending.then(() => this.kind.send(item, answer));
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
