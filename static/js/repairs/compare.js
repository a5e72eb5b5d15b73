// Before and after, one over the other with a divider, or side by side, or at 100 %.
import { button, debounce, h } from '../dom.js';
import { percent } from '../format.js';
import { mask } from '../photo/boxes.js';
import { words } from './words.js';

const RENDER_MS = 120;

/** The address of a photo's picture with repairs; `before` is that of its original. */
export const repaired = (before, repairs) => {
  const steps = repairs.map(({ stage, kind, params, strength }) => ({ stage, kind, params, strength }));
  return `${before.replace('/preview?', '/repaired?')}&recipe=${encodeURIComponent(JSON.stringify({ steps }))}`;
};

/** A slider of how much is undone; `moved(share)` at every step. */
export function strengthSlider(moved) {
  const said = h('output', {});
  const input = h('input', {
    type: 'range',
    min: 5,
    max: 100,
    step: 5,
    'aria-label': words.strength,
    oninput: () => {
      set(input.value / 100);
      moved(input.value / 100);
    },
  });
  const set = (share) => {
    input.value = share * 100;
    said.textContent = percent(share);
    input.setAttribute('aria-valuetext', percent(share));
  };
  return { element: h('label', { class: 'lab-row' }, h('span', {}, words.strength), input, said), set };
}

export class Compare {
  constructor(stage) {
    this.stage = stage;
    stage.classList.add('compare-stage');
    /** Shows another picture after, when the hand has come to rest. */
    this.change = debounce(RENDER_MS, (after) => {
      if (this.after) this.after.src = after;
    });
    this.keys = {
      b: () => this.blink(),
      v: () => this.turn('side'),
      z: () => this.loupe(),
      o: () => this.turn('unmasked'),
    };
    this.covering = button(words.outline, { icon: 'scan', bare: true, key: 'o', hidden: true }, this.keys.o);
  }

  /** `before` and `after` are addresses, `middle` is the loupe's; resolves when both can be seen. */
  show({ before, after, w, h: height, placeholder, middle = [0.5, 0.5], repair }) {
    this.middle = middle;
    const picture = (alt) => h('img', { alt, draggable: false, decoding: 'async', onload: () => this.align() });
    this.before = picture(words.before);
    this.after = picture(words.after);
    this.before.src = before;
    this.after.src = after;
    this.divider = h('input', {
      type: 'range',
      'aria-label': words.divider,
      oninput: () => this.split(this.divider.value),
    });
    const covered = repair?.stage === 'pixelation';
    this.covering.hidden = !covered;
    const side = (image, name, over) => h('div', { class: `compare-${name}` }, image, over, h('span', {}, words[name]));
    this.view = h(
      'figure',
      { class: 'compare' },
      side(this.after, 'after'),
      side(this.before, 'before', covered && mask(repair, w, height)),
      h('i', {}),
      this.divider,
    );
    this.view.style.setProperty('--ratio', w / height);
    if (placeholder) this.view.firstChild.style.backgroundImage = `url("${placeholder}")`;
    this.stage.replaceChildren(this.view);
    this.split(50);
    return this.after.decode().catch(() => {});
  }

  /** What is cut off is missing in its place: both pictures are of one scale. */
  align() {
    const { before, after } = this;
    if (!before.naturalWidth || !after.naturalWidth) return;
    after.style.width = `${Math.min(100, (after.naturalWidth / before.naturalWidth) * 100)}%`;
    after.style.height = `${Math.min(100, (after.naturalHeight / before.naturalHeight) * 100)}%`;
  }

  split(share) {
    this.divider.value = share;
    this.divider.setAttribute('aria-valuetext', words.split(Number(share)));
    this.view.style.setProperty('--at', `${share}%`);
  }

  blink() {
    this.split(this.divider.value > 50 ? 0 : 100);
  }

  turn(name) {
    return this.stage.classList.toggle(name);
  }

  loupe() {
    const { stage, view, before, middle } = this;
    if (!view) return;
    view.style.setProperty('--full', `${before.naturalWidth}px`);
    if (!this.turn('zoomed')) return;
    stage.scrollTo(
      view.clientWidth * middle[0] - stage.clientWidth / 2,
      view.clientHeight * middle[1] - stage.clientHeight / 2,
    );
  }

  tools() {
    return h(
      'span',
      { class: 'compare-tools' },
      button(words.blink, { icon: 'contrast', bare: true, key: 'b' }, this.keys.b),
      button(words.side, { icon: 'columns-2', bare: true, key: 'v' }, this.keys.v),
      button(words.loupe, { icon: 'zoom-in', bare: true, key: 'z' }, this.keys.z),
      this.covering,
    );
  }

  clear() {
    this.stage.replaceChildren();
  }
}
