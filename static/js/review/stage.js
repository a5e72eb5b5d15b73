// The photo in question, with the box of the proposal; a swipe answers on a phone.
import { h } from '../dom.js';
import { at } from '../place.js';
import { swipe } from '../swipe.js';
import { drawable } from '../upload/types.js';
import { overlay } from '../photo/boxes.js';

export class Stage {
  #view = null;
  showBox = true;

  constructor(element, { yes, no }) {
    Object.assign(this, { element, yes, no });
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(element);
    const take = () => (element.classList.contains('zoomed') ? null : (this.#view?.view ?? null));
    swipe(element, { take, yes, no, sign: element });
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
    const repaired = /\.\d+$/.test(photo.preview); // the original is another picture
    if (drawable(photo.name) && !repaired) image.src = at(`/photos/${photo.id}/original`);
    Object.assign(view.style, { width: `${photo.w}px`, height: `${photo.h}px` });
    this.element.scrollTo((photo.w - this.element.clientWidth) / 2, (photo.h - this.element.clientHeight) / 2);
  }

  end() {
    this.resized.disconnect();
  }
}
