// The photo in question, with the box of the proposal, and the swipe that answers on a phone.
import { h } from '../dom.js';
import { at } from '../place.js';
import { drawable } from '../upload/types.js';
import { overlay } from '../photo/boxes.js';

const SWIPE_PX = 90;

export class Stage {
  #view = null;
  showBox = true;

  constructor(element, { yes, no, skip }) {
    Object.assign(this, { element, yes, no, skip });
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(element);
    this.swipe();
  }

  show(item) {
    const { photo, tag, boxes } = item;
    const image = h('img', { alt: photo.name, draggable: false, decoding: 'async' });
    image.src = photo.preview;
    const marks = overlay(photo, [{ ...tag, boxes, confidence: item.confidence, state: 'suggested' }]);
    marks.hidden = !this.showBox;
    const view = h('figure', { class: 'review-photo' }, image, marks);
    if (photo.placeholder) view.style.backgroundImage = `url("${photo.placeholder}")`;
    this.#view = { view, image, marks, photo };
    this.element.replaceChildren(view);
    this.fit();
  }

  fit() {
    if (!this.#view) return;
    const { view, photo } = this.#view;
    const { clientWidth, clientHeight } = this.element;
    const scale = Math.min((clientWidth - 32) / photo.w, (clientHeight - 16) / photo.h, 2);
    Object.assign(view.style, { width: `${photo.w * scale}px`, height: `${photo.h * scale}px` });
  }

  clear() {
    this.#view = null;
    this.element.replaceChildren();
  }

  toggleBox() {
    this.showBox = !this.showBox;
    if (this.#view) this.#view.marks.hidden = !this.showBox;
  }

  /** 100 %: the photo's own pixels, moved with the pointer. */
  zoom() {
    if (!this.#view) return;
    const { view, photo, image } = this.#view;
    const on = this.element.classList.toggle('zoomed');
    if (!on) return this.fit();
    if (drawable(photo.name)) image.src = at(`/photos/${photo.id}/original`);
    Object.assign(view.style, { width: `${photo.w}px`, height: `${photo.h}px` });
    this.element.scrollTo((photo.w - this.element.clientWidth) / 2, (photo.h - this.element.clientHeight) / 2);
  }

  swipe() {
    let from = null;
    const move = (event) => {
      if (!from || !this.#view) return;
      const x = event.clientX - from.x;
      this.#view.view.style.transform = `translateX(${x}px) rotate(${x / 60}deg)`;
      this.element.dataset.swipe = x > SWIPE_PX ? 'yes' : x < -SWIPE_PX ? 'no' : '';
    };
    const end = (event) => {
      if (!from) return;
      const x = event.clientX - from.x;
      from = null;
      this.element.dataset.swipe = '';
      if (this.#view) this.#view.view.style.transform = '';
      if (event.type === 'pointercancel') return;
      if (x > SWIPE_PX) this.yes();
      else if (x < -SWIPE_PX) this.no();
    };
    this.element.addEventListener('pointerdown', (event) => {
      if (event.pointerType === 'mouse' || this.element.classList.contains('zoomed')) return;
      from = { x: event.clientX };
      this.element.setPointerCapture(event.pointerId);
    });
    this.element.addEventListener('pointermove', move);
    this.element.addEventListener('pointerup', end);
    this.element.addEventListener('pointercancel', end);
  }

  end() {
    this.resized.disconnect();
  }
}
