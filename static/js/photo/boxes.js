// What was found, drawn where it was found. Switched by `o`.
import { h } from '../dom.js';
import { percent } from '../format.js';
import { words } from '../words.js';

let on = false;

function rectangle([x, y, width, height], photo, label, kind, tag) {
  return h(
    'span',
    {
      class: `box ${kind} ${y < photo.h * 0.04 ? 'high' : ''}`,
      data: { tag: tag ?? '' },
      style: {
        left: `${(x / photo.w) * 100}%`,
        top: `${(y / photo.h) * 100}%`,
        width: `${(width / photo.w) * 100}%`,
        height: `${(height / photo.h) * 100}%`,
      },
    },
    h('span', { class: 'box-label' }, label),
  );
}

/** What lies over a photo where a mosaic is; without an outline all over it. */
export const mask = ({ params: { outline = [] } }, w, height) => {
  const at = (value, length) => `${((value + 0.5) / length) * 100}%`;
  const corners = outline.map(([x, y]) => `${at(x, w)} ${at(y, height)}`);
  return h('b', { class: 'mask', style: { clipPath: corners.length ? `polygon(${corners})` : '' } });
};

/** The boxes of a photo's tags and faces and the mosaics that are proposed, as one overlay that fills the picture. */
export function overlay(photo, tags, faces = [], repairs = []) {
  const open = tags.filter((tag) => tag.state !== 'rejected');
  return h(
    'div',
    { class: 'boxes', 'aria-hidden': 'true' },
    open.flatMap((tag) =>
      (tag.boxes ?? []).map((box) =>
        rectangle(box, photo, tag.confidence ? `${tag.name} ${percent(tag.confidence)}` : tag.name, 'object', tag.id),
      ),
    ),
    faces
      .filter((face) => face.state !== 'not_face')
      .map((face) => rectangle(face.box, photo, face.name ?? words.view.face, 'face', `face-${face.id}`)),
    repairs
      .filter(({ stage, state }) => stage === 'pixelation' && state === 'suggested')
      .map((repair) => mask(repair, photo.width, photo.height)),
  );
}

export class Boxes {
  #element = null;
  #photo = null;

  constructor(pswp) {
    this.pswp = pswp;
  }

  show(detail) {
    this.#element?.remove();
    this.#photo = detail.id;
    this.#element = overlay(
      detail,
      detail.tags,
      detail.faces,
      detail.versions.some(({ shown }) => shown) ? [] : detail.repairs,
    );
    this.#element.hidden = !on;
    this.follow(this.pswp.currSlide);
  }

  /** Keeps the overlay on the picture while it is zoomed and moved. */
  follow(slide) {
    if (!this.#element || !slide || slide !== this.pswp.currSlide || slide.data.id !== this.#photo) return;
    if (this.#element.parentNode !== slide.holderElement) slide.holderElement?.append(this.#element);
    Object.assign(this.#element.style, {
      transform: `translate(${slide.pan.x}px, ${slide.pan.y}px)`,
      width: `${slide.width * slide.currZoomLevel}px`,
      height: `${slide.height * slide.currZoomLevel}px`,
    });
  }

  toggle() {
    on = !on;
    if (this.#element) this.#element.hidden = !on;
  }

  /** Shows the boxes of one tag while it is pointed at; null goes back. */
  point(tag) {
    if (!this.#element) return;
    this.#element.hidden = !on && !tag;
    for (const box of this.#element.children) box.hidden = Boolean(tag) && box.dataset.tag !== String(tag.id);
  }
}
