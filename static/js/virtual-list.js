// A list of equal rows of which only the visible ones exist.
import { h } from './dom.js';

export class VirtualList {
  #rows = new Map();
  #spare = [];
  #frame = 0;

  /** `fill(row, index)` writes the row anew; `blank()` makes an empty one. */
  constructor({ rowHeight, blank, fill, label, onend }) {
    Object.assign(this, { rowHeight, blank, fill, onend });
    this.count = 0;
    this.sheet = h('div', { class: 'vlist-sheet', role: 'list', 'aria-label': label });
    this.element = h('div', { class: 'vlist', tabIndex: 0, 'aria-label': label, role: 'group' }, this.sheet);
    this.element.addEventListener('scroll', () => this.update(), { passive: true });
    this.observer = new ResizeObserver(() => this.update());
    this.observer.observe(this.element);
  }

  setCount(count) {
    this.count = count;
    this.sheet.style.height = `${count * this.rowHeight}px`;
    this.update();
  }

  update() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const { scrollTop, clientHeight } = this.element;
    const from = Math.max(0, Math.floor(scrollTop / this.rowHeight) - 4);
    const to = Math.min(this.count, Math.ceil((scrollTop + clientHeight) / this.rowHeight) + 4);
    for (const [index, row] of this.#rows) {
      if (index >= from && index < to) continue;
      this.#rows.delete(index);
      row.hidden = true;
      this.#spare.push(row);
    }
    for (let index = from; index < to; index += 1) {
      let row = this.#rows.get(index);
      if (!row) {
        row = this.#spare.pop() ?? this.sheet.appendChild(this.blank());
        row.hidden = false;
        row.style.transform = `translateY(${index * this.rowHeight}px)`;
        this.#rows.set(index, row);
      }
      row.setAttribute('aria-setsize', this.count);
      row.setAttribute('aria-posinset', index + 1);
      this.fill(row, index);
    }
    if (this.onend && to >= this.count - 20) this.onend();
  }

  end() {
    this.observer.disconnect();
    cancelAnimationFrame(this.#frame);
  }
}
