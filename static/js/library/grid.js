// The virtual grid: of 100,000 photos only the rows in view exist.
import { failed } from '../shell/toast.js';
import { cells, clampAspect, estimate, justify } from './layout.js';
import { blankHeading, blankRow, fillHeading, fillRow, paintRow } from './rows.js';

const HEAD = 44;
const FOOT = 12;
const BETWEEN = 20;
const NARROWEST = 132;
const FAST = 1.2;

export class Grid {
  #live = new Map();
  #spare = { row: [], head: [] };
  #frame = 0;
  #last = 0;
  #settle = 0;

  constructor(scroller, sheet, selection) {
    Object.assign(this, { scroller, sheet, selection, library: null, focused: -1, boxes: [], width: 0 });
    scroller.addEventListener('scroll', () => this.draw(), { passive: true });
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(scroller);
  }

  show(library) {
    this.library = library;
    this.focused = -1;
    this.scroller.scrollTop = 0;
    this.relayout();
  }

  resize() {
    if (!this.library || this.sheet.clientWidth === this.width) return this.draw();
    const top = this.firstVisible();
    this.relayout();
    if (top > 0) this.reveal(top, 'start');
    return undefined;
  }

  /** Geometry of everything, measured or estimated. */
  relayout() {
    this.width = this.sheet.clientWidth;
    this.gap = this.width < 700 ? 2 : 4;
    this.target = this.width < 500 ? 116 : this.width < 1000 ? 172 : 212;
    this.boxes = this.library.sections.map((section) => this.measure(section));
    this.stack();
    this.dirty = true;
    this.draw();
  }

  measure(section) {
    const aspects = section.photos.map(clampAspect);
    const { rows, height } = justify(aspects, this.width, this.target, this.gap);
    const rest = section.stale ? 0 : section.count - section.photos.length;
    const known = aspects.reduce((sum, aspect) => sum + aspect, 0);
    const guess = estimate(rest, Math.max(section.aspect - known, rest * 0.5), this.width, this.target, this.gap);
    const lone = rows.length + guess.rows === 1;
    const natural = Math.max(section.aspect, known) * this.target + this.gap * (section.count - 1);
    const width = lone ? Math.min(this.width, Math.max(NARROWEST, Math.ceil(natural))) : this.width;
    return { section, aspects, rows, known: height, guess, lone, width, x: 0, height: HEAD + height + guess.height + FOOT };
  }

  /** Puts the sections under one another, and those of one short row beside one another. */
  stack() {
    let top = 0;
    let rows = 0;
    let before = null;
    this.boxes.forEach((box, number) => {
      const x = before ? before.x + before.width + BETWEEN : 0;
      const beside = before && box.lone && x + box.width <= this.width;
      if (before && !beside) top += before.tall;
      Object.assign(box, { top, number, firstRow: rows, x: beside ? x : 0, tall: beside ? Math.max(before.tall, box.height) : box.height });
      rows += 1 + box.rows.length + box.guess.rows;
      before = box.lone ? box : null;
      if (!before) top += box.height;
    });
    this.height = top + (before ? before.tall : 0);
    top = this.height;
    this.sheet.style.height = `${top}px`;
    this.sheet.setAttribute('aria-rowcount', rows);
  }

  boxAt(y) {
    let low = 0;
    let high = this.boxes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.boxes[middle].top <= y) low = middle;
      else high = middle - 1;
    }
    while (low > 0 && this.boxes[low - 1].top === this.boxes[low].top) low -= 1;
    return Math.max(0, low);
  }

  /** Measures a section anew after its photos came, without moving what one looks at. */
  settle(number) {
    const old = this.boxes[number];
    if (!old) return;
    const view = this.scroller.scrollTop;
    const held = this.boxAt(view);
    const depth = view - this.boxes[held].top;
    this.boxes[number] = this.measure(this.library.sections[number]);
    this.stack();
    this.dirty = true;
    const moved = this.boxes[held].top + depth;
    if (moved !== view) this.scroller.scrollTop = moved;
    this.draw();
  }

  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    if (!this.boxes.length) return this.#release(new Set());
    const { scrollTop, clientHeight } = this.scroller;
    const fast = Math.abs(scrollTop - this.#last) > clientHeight * FAST;
    this.#last = scrollTop;
    const from = scrollTop - clientHeight / 2;
    const to = scrollTop + clientHeight * 1.5;
    const wanted = new Set();
    for (let number = this.boxAt(from); number < this.boxes.length && this.boxes[number].top < to; number += 1) {
      this.#drawBox(this.boxes[number], from, to, wanted, fast);
    }
    this.dirty = false;
    this.#release(wanted);
    clearTimeout(this.#settle);
    if (fast) this.#settle = setTimeout(() => this.draw(), 90);
    this.onview?.(this.boxAt(scrollTop + 8));
    return undefined;
  }

  #drawBox(box, from, to, wanted, fast) {
    const { section, number } = box;
    this.#place(`h${number}`, 'head', wanted, (element, fresh) => {
      if (fresh) Object.assign(element.style, { transform: `translate(${box.x}px, ${box.top}px)`, width: `${box.width}px` });
      fillHeading(element, box, this.selection);
    });
    const base = box.top + HEAD;
    for (let i = 0; i < box.rows.length; i += 1) {
      const row = box.rows[i];
      const top = base + row.y;
      if (top + row.height < from) continue;
      if (top > to) break;
      this.#place(`r${number}.${i}`, 'row', wanted, (element, fresh) => {
        if (fresh) {
          element.style.transform = `translate(${box.x}px, ${top}px)`;
          fillRow(element, { box, row, number: i, cells: cells(row, box.aspects, this.gap), focused: this.focused, selection: this.selection });
        }
        if (!fast) paintRow(element);
      });
    }
    const open = base + box.known < to && box.guess.rows > 0;
    if ((open || section.stale) && !section.failed && !fast) this.#ask(box, to - base);
  }

  /** Brings photos of a section in view that are not known yet. */
  #ask(box, depth) {
    const { section, number } = box;
    if (section.loading) return;
    const per = section.count / Math.max(1, box.rows.length + box.guess.rows);
    const need = Math.min(section.count, Math.max(1, Math.ceil((depth / (this.target + this.gap)) * per)));
    const { library } = this;
    library.load(section, need).then(
      () => { if (library === this.library && library.sections[number] === section) this.settle(number); },
      (error) => { section.failed = true; failed(error); },
    );
  }

  #place(key, kind, wanted, fill) {
    wanted.add(key);
    let element = this.#live.get(key);
    const fresh = !element;
    if (fresh) {
      element = this.#spare[kind].pop() ?? this.sheet.appendChild(kind === 'row' ? blankRow() : blankHeading());
      element.kind = kind;
      element.hidden = false;
      this.#live.set(key, element);
    }
    fill(element, fresh || this.dirty);
  }

  #release(wanted) {
    for (const [key, element] of this.#live) {
      // The row with the focus stays: a recycled one would lose it.
      if (wanted.has(key) || element.contains(document.activeElement)) continue;
      this.#live.delete(key);
      element.hidden = true;
      this.#spare[element.kind].push(element);
    }
  }

  /** Draws selection, focus and cards anew without moving anything. */
  repaint() {
    this.dirty = true;
    this.#draw();
  }

  cell(index) {
    return this.sheet.querySelector(`.row:not([hidden]) > .cell[data-index="${index}"]:not([hidden])`);
  }

  firstVisible() {
    const box = this.boxes[this.boxAt(this.scroller.scrollTop)];
    const row = box?.rows.find(({ y, height }) => box.top + HEAD + y + height > this.scroller.scrollTop);
    return row ? box.section.start + row.from : box?.section.start ?? 0;
  }

  /** Where a photo lies: its row, left edge and width; undefined while it is not known. */
  place(index) {
    const where = this.library.locate(index);
    const box = where && this.boxes[where.number];
    const i = box?.rows.findIndex(({ from, to }) => where.offset >= from && where.offset < to) ?? -1;
    if (i < 0) return undefined;
    const row = box.rows[i];
    const cell = cells(row, box.aspects, this.gap)[where.offset - row.from];
    return { box, row, i, top: box.top + HEAD + row.y, x: box.x + cell.x, width: cell.width };
  }

  /** Scrolls a photo into view; loads its section first where that is needed. */
  async reveal(index, align = 'nearest') {
    const where = this.library.locate(index);
    if (!where) return;
    if (!where.section.photos[where.offset]) {
      await this.library.load(where.section, where.offset + 1);
      this.settle(where.number);
    }
    const place = this.place(index);
    if (!place) return;
    const { scroller } = this;
    const head = place.i === 0 ? HEAD : 8;
    if (align === 'start' || place.top - head < scroller.scrollTop) scroller.scrollTop = place.top - head;
    else if (place.top + place.row.height + 8 > scroller.scrollTop + scroller.clientHeight) {
      scroller.scrollTop = place.top + place.row.height + 8 - scroller.clientHeight;
    }
    this.#draw();
  }

  /** Moves the one tab stop of the grid. */
  async focus(index) {
    if (index < 0 || index >= this.library.total) return;
    const old = this.focused;
    this.focused = index;
    await this.reveal(index);
    const before = this.cell(old);
    if (before) before.tabIndex = -1;
    const cell = this.cell(index);
    if (cell) {
      cell.tabIndex = 0;
      cell.focus({ preventScroll: true });
    }
  }

  /** Photos whose tiles meet a rectangle in sheet coordinates. */
  within({ left, top, right, bottom }) {
    const hits = [];
    for (let number = this.boxAt(top); number < this.boxes.length && this.boxes[number].top < bottom; number += 1) {
      const box = this.boxes[number];
      for (const row of box.rows) {
        const y = box.top + HEAD + row.y;
        if (y > bottom || y + row.height < top) continue;
        cells(row, box.aspects, this.gap).forEach(({ x, width }, i) => {
          if (box.x + x < right && box.x + x + width > left) hits.push(box.section.photos[row.from + i].id);
        });
      }
    }
    return hits;
  }

  end() {
    this.observer.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#settle);
  }
}
