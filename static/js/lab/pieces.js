// Bicubic below, enlarged above, cut at a divider: the whole picture, or its pixels one to one, piece by piece.
import { button, h, icon } from '../dom.js';
import { query } from '../api.js';
import { at } from '../place.js';
import { words } from './enlarge-words.js';

const PIECE = 1024; // pixels of a side, as the server cuts them
const SIDES = ['bicubic', 'enlarged'];

export class Pieces {
  constructor(place) {
    this.layers = SIDES.map((side) => h('div', { class: `pieces-${side}` }));
    this.sheet = h('div', { class: 'pieces-sheet' }, this.layers);
    this.scroller = h(
      'div',
      { class: 'pieces-scroll', tabIndex: 0, role: 'group', 'aria-label': words.stage },
      this.sheet,
    );
    this.divider = h('input', {
      type: 'range',
      class: 'pieces-divider',
      'aria-label': words.divider,
      oninput: () => this.cut(),
    });
    const [bicubic, enlarged] = SIDES.map((side) => h('span', { class: `pieces-word ${side}` }, words.sides[side]));
    this.side = enlarged;
    this.zoom = button(words.loupe, { icon: 'zoom-in', kind: 'outlined', key: 'z', 'aria-pressed': 'false' }, () =>
      this.turn(),
    );
    this.blinker = button(words.blink, { icon: 'contrast', kind: 'outlined', key: 'b' }, () => this.blink());
    this.frame = h('div', { class: 'pieces-frame' }, this.scroller, h('i', {}), this.divider, bicubic, enlarged);
    this.file = h('a', { class: 'button primary', download: '' }, icon('download'), h('span', {}, words.download));
    place.replaceChildren(this.frame, h('div', { class: 'lab-tools' }, this.zoom, this.blinker, this.file));
    this.scroller.addEventListener('scroll', () => this.draw(), { passive: true });
    this.scroller.addEventListener('dblclick', (event) => this.turn(event));
    this.scroller.addEventListener('pointerdown', (event) => this.drag(event));
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.frame);
  }

  /** Shows one that is ready. */
  show(made) {
    this.made = made;
    this.file.href = at(made.file);
    this.side.textContent = made.method === 'perceptual' ? words.invented : words.sides.enlarged;
    this.split(50);
    this.full = false;
    this.fit();
  }

  address(of, place) {
    return at(`/enlargements/${this.made.id}/look${query({ of, ...place, v: this.made.expires })}`);
  }

  /** Lays the sheet out anew: within the frame, or a pixel of the picture for one of the screen. */
  fit() {
    if (!this.made) return;
    const { width, height } = this.made;
    const { clientWidth, clientHeight } = this.frame;
    const one = 1 / devicePixelRatio;
    this.scale = this.full ? one : Math.min(clientWidth / width, clientHeight / height, one * 2);
    Object.assign(this.sheet.style, { width: `${width * this.scale}px`, height: `${height * this.scale}px` });
    this.frame.classList.toggle('full', this.full);
    this.zoom.setAttribute('aria-pressed', String(this.full));
    this.layers.forEach((layer, i) => {
      layer.replaceChildren();
      if (!this.full)
        layer.append(h('img', { src: this.address(SIDES[i]), alt: words.sides[SIDES[i]], draggable: false }));
    });
    this.draw();
  }

  /** To 100 % and back; the place under the pointer, or the middle, stays where it is. */
  turn(event) {
    if (!this.made) return;
    const { scroller } = this;
    const sheet = this.sheet.getBoundingClientRect();
    const frame = scroller.getBoundingClientRect();
    const point = [event?.clientX ?? frame.x + frame.width / 2, event?.clientY ?? frame.y + frame.height / 2];
    const share = [(point[0] - sheet.x) / sheet.width, (point[1] - sheet.y) / sheet.height];
    this.full = !this.full;
    this.fit();
    scroller.scrollTo(
      share[0] * this.sheet.offsetWidth - (point[0] - frame.x),
      share[1] * this.sheet.offsetHeight - (point[1] - frame.y),
    );
    this.draw();
  }

  /** The pieces that can be seen, and the divider's place on the sheet. */
  draw() {
    this.cut();
    if (!this.full) return;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.scroller;
    const side = PIECE * this.scale;
    const range = (from, length, most) => {
      const last = Math.min(Math.ceil(most / PIECE), Math.ceil((from + length) / side));
      const first = Math.max(0, Math.floor(from / side));
      return Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
    };
    const across = range(scrollLeft, clientWidth, this.made.width);
    const down = range(scrollTop, clientHeight, this.made.height);
    const wanted = down.flatMap((y) => across.map((x) => ({ x, y })));
    this.layers.forEach((layer, i) => {
      const there = new Map([...layer.children].map((image) => [image.dataset.place, image]));
      layer.replaceChildren(
        ...wanted.map((place) => there.get(`${place.x} ${place.y}`) ?? this.piece(SIDES[i], place, side)),
      );
    });
  }

  piece(of, place, side) {
    const { width, height } = this.made;
    const long = (from, most) => `${Math.min(PIECE, most - from * PIECE) * this.scale}px`;
    return h('img', {
      src: this.address(of, place),
      alt: '',
      draggable: false,
      data: { place: `${place.x} ${place.y}` },
      style: {
        left: `${place.x * side}px`,
        top: `${place.y * side}px`,
        width: long(place.x, width),
        height: long(place.y, height),
      },
    });
  }

  split(share) {
    this.divider.value = share;
    this.cut();
  }

  /** Cuts the upper picture where the divider stands. */
  cut() {
    const share = Number(this.divider.value);
    const frame = this.frame.getBoundingClientRect();
    const sheet = this.sheet.getBoundingClientRect();
    const from = frame.x + (share / 100) * frame.width - sheet.x;
    this.layers[1].style.clipPath = `inset(0 0 0 ${Math.max(0, from)}px)`;
    this.frame.style.setProperty('--at', `${share}%`);
    this.divider.setAttribute('aria-valuetext', words.split(share));
  }

  blink() {
    this.split(this.divider.value > 50 ? 0 : 100);
  }

  /** A mouse moves the picture as a finger does. */
  drag(event) {
    if (!this.full || event.pointerType !== 'mouse' || event.button) return;
    const { scroller } = this;
    const start = [scroller.scrollLeft + event.clientX, scroller.scrollTop + event.clientY];
    const move = ({ clientX, clientY }) => scroller.scrollTo(start[0] - clientX, start[1] - clientY);
    scroller.setPointerCapture(event.pointerId);
    scroller.addEventListener('pointermove', move);
    scroller.addEventListener('lostpointercapture', () => scroller.removeEventListener('pointermove', move), {
      once: true,
    });
  }

  end() {
    this.observer.disconnect();
  }
}
