// What the network found: its word, equation and parameters beside the true ones, before and after.
import { $, h } from '../dom.js';
import { percent } from '../format.js';
import { number } from './figures.js';
import { formula } from './formula.js';
import { packed } from './laws.js';
import { words } from './words.js';

const round = (value) => number(Math.round(value * 100) / 100);
const told = (value) =>
  Array.isArray(value) ? value.map(told).join(', ') : typeof value === 'number' ? round(value) : String(value ?? '–');

export class Answer {
  constructor(parts) {
    this.parts = parts;
    this.box = parts.answer;
    this.frame = parts.frame;
    this.slider = h('input', { type: 'range', min: 0, max: 100, value: 50, class: 'lab-divider' });
    this.slider.setAttribute('aria-label', `${words.before}, ${words.afterwards}`);
    this.slider.addEventListener('input', () => this.divide());
    new ResizeObserver(() => this.divide()).observe(parts.canvas);
    this.clear();
  }

  clear() {
    this.found = null;
    this.packed = null;
    this.box.replaceChildren();
    this.box.setAttribute('aria-busy', 'false');
    $('.lab-after', this.frame)?.remove();
    this.slider.remove();
  }

  looking() {
    this.clear();
    this.box.setAttribute('aria-busy', 'true');
    this.box.append(h('p', { class: 'muted' }, words.looking));
  }

  failed(message) {
    this.clear();
    this.box.append(h('p', {}, message));
  }

  divide() {
    const image = $('.lab-after', this.frame);
    this.slider.style.width = `${this.parts.canvas.clientWidth}px`;
    if (image) image.style.clipPath = `inset(0 0 0 ${this.slider.value}%)`;
    this.slider.setAttribute('aria-valuetext', `${words.before} ${this.slider.value} %`);
  }

  show(judged, effect, values) {
    this.clear();
    this.found = judged.found;
    if (!judged.found.length) {
      this.box.append(h('p', { class: 'lab-word' }, words.nothing));
    } else {
      const names = judged.found.map((each) => words.effects[each.kind]).join(`, ${words.after} `);
      const sure = percent(Math.min(...judged.found.map((each) => each.confidence)));
      this.box.append(h('p', { class: 'lab-word' }, words.found(names, sure)));
      for (const each of judged.found) {
        this.box.append(...formula(each.kind, each.parameters));
        this.box.append(table(each, each.kind === effect ? values : null));
      }
      this.packed = packed(judged.found[0].kind, judged.found[0].parameters);
    }
    if (judged.error_px !== null)
      this.box.append(
        h('p', { title: words.errorScale }, words.error(round(judged.error_px), round(judged.error_nothing_px))),
      );
    this.box.append(h('p', { class: 'muted' }, words.took(number(judged.ms))));
    this.box.scrollIntoView({ block: 'nearest' });
    if (!judged.undone) return;
    this.frame.append(h('img', { class: 'lab-after', src: judged.undone, alt: words.afterwards }));
    this.frame.after(this.slider);
    this.divide();
  }
}

function table(found, values) {
  const rows = Object.entries(found.parameters).filter(([name]) => name !== 'size' && name !== 'heights');
  const head = h(
    'tr',
    {},
    h('th', { scope: 'col' }, words.parameter),
    h('th', { scope: 'col' }, words.estimated),
    values && h('th', { scope: 'col' }, words.true),
  );
  const line = ([name, value]) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, words.parameters[name] ?? name),
      h('td', {}, told(value)),
      values && h('td', {}, told(values[name])),
    );
  return h('table', { class: 'lab-table' }, h('thead', {}, head), h('tbody', {}, rows.map(line)));
}
