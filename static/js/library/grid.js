// The virtual grid: of 100,000 photos only the rows in view exist.
import { failed } from '../shell/toast.js';
import { Geometry } from './geometry.js';
import { cells } from './layout.js';
import { blankHeading, blankRow, fillHeading, fillRow, paintRow } from './rows.js';

const FAST = 1.2;

export class Grid extends Geometry {
  #live = new Map();
  #spare = { row: [], head: [] };
  #frame = 0;
  #last = 0;
  #settle = 0;

  constructor(scroller, sheet, selection) {
    super();
    Object.assign(this, { scroller, sheet, selection, library: null, focused: -1 });
    scroller.addEventListener('scroll', () => this.draw(), { passive: true });
    // Tab and screen readers bring the focus, too, not only our own keys.
    sheet.addEventListener('focusin', ({ target }) => {
      const cell = target.closest('.cell');
      if (cell) this.focused = Number(cell.dataset.index);
    });
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
    this.layout(this.library, this.sheet.clientWidth);
    this.resizeSheet();
    this.draw();
  }

  resizeSheet() {
    this.sheet.style.height = `${this.height}px`;
    this.sheet.setAttribute('aria-rowcount', this.rowCount);
    this.dirty = true;
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
    this.resizeSheet();
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
    if (!this.boxes.length) return this.#arrange(new Map());
    const { scrollTop, clientHeight } = this.scroller;
    const fast = Math.abs(scrollTop - this.#last) > clientHeight * FAST;
    this.#last = scrollTop;
    const from = scrollTop - clientHeight / 2;
    const to = scrollTop + clientHeight * 1.5;
    const wanted = new Map();
    for (let number = this.boxAt(from); number < this.boxes.length && this.boxes[number].top < to; number += 1) {
      this.#drawBox(this.boxes[number], from, to, wanted, fast);
    }
    this.dirty = false;
    this.#arrange(wanted);
    clearTimeout(this.#settle);
    if (fast) this.#settle = setTimeout(() => this.draw(), 90);
    this.onview?.(this.boxAt(scrollTop + 8));
    return undefined;
  }

  #drawBox(box, from, to, wanted, fast) {
    const { section, number } = box;
    if (box.head)
      this.#place(`h${number}`, 'head', wanted, (element, fresh) => {
        if (fresh)
          Object.assign(element.style, { transform: `translate(${box.x}px, ${box.top}px)`, width: `${box.width}px` });
        fillHeading(element, box, this.selection);
      });
    const base = box.top + box.head;
    for (let i = 0; i < box.rows.length; i += 1) {
      const row = box.rows[i];
      const top = base + row.y;
      if (top + row.height < from) continue;
      if (top > to) break;
      this.#place(`r${number}.${i}`, 'row', wanted, (element, fresh) => {
        if (fresh) {
          element.style.transform = `translate(${box.x}px, ${top}px)`;
          fillRow(element, {
            box,
            row,
            number: i,
            cells: cells(row, box.aspects, this.gap),
            focused: this.focused,
            selection: this.selection,
          });
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
      () => {
        if (library === this.library && library.sections[number] === section) this.settle(number);
      },
      (error) => {
        section.failed = true;
        failed(error);
      },
    );
  }

  #place(key, kind, wanted, fill) {
    let element = this.#live.get(key);
    const fresh = !element;
    if (fresh) {
      element = this.#spare[kind].pop() ?? (kind === 'row' ? blankRow() : blankHeading());
      element.kind = kind;
      this.#live.set(key, element);
    }
    wanted.set(key, element);
    fill(element, fresh || this.dirty);
  }

  /** Brings what is wanted into the sheet, in reading order, and takes the rest out of it. */
  #arrange(wanted) {
    for (const [key, element] of this.#live) {
      // The row with the focus stays: a recycled one would lose it.
      if (wanted.has(key) || element.contains(document.activeElement)) continue;
      this.#live.delete(key);
      element.remove();
      this.#spare[element.kind].push(element);
    }
    let cursor = this.sheet.firstElementChild;
    for (const element of wanted.values()) {
      if (element === cursor) cursor = cursor.nextElementSibling;
      else this.sheet.insertBefore(element, cursor);
    }
  }

  /** Draws selection, focus and cards anew without moving anything. */
  repaint() {
    this.dirty = true;
    this.#draw();
  }

  cell(index) {
    return this.sheet.querySelector(`.cell[data-index="${index}"]`);
  }

  firstVisible() {
    const box = this.boxes[this.boxAt(this.scroller.scrollTop)];
    const row = box?.rows.find(({ y, height }) => box.top + box.head + y + height > this.scroller.scrollTop);
    return row ? box.section.start + row.from : (box?.section.start ?? 0);
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
    const head = place.i === 0 ? Math.max(place.box.head, 8) : 8;
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

  end() {
    this.observer.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#settle);
  }
}
