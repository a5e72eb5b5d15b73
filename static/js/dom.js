// Makes elements; nothing here ever parses markup.
import { within } from './place.js';

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

const SVG = 'http://www.w3.org/2000/svg';
const sprite = document.documentElement.dataset.icons;

/** An element; keys of props that begin with "on" are listeners, `style` an object, null and false are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) set(element, key, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
  else if (key === 'style') Object.assign(element.style, value);
  else if (key === 'data') Object.assign(element.dataset, value);
  else if (key === 'class') element.className = value;
  else if (key === 'href') element.href = within(value);
  else if (key in element && key !== 'list' && key !== 'form' && key !== 'role') element[key] = value;
  else element.setAttribute(key, value === true ? '' : value);
}

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function setIcon(holder, name) {
  $('use', holder).setAttribute('href', `${sprite}#${name}`);
}

/** A button with icon and label; `key` is named in the tooltip. `bare` shows the icon alone. */
export function button(label, { icon: name, key, bare, kind = '', ...props } = {}, onclick) {
  const title = key ? `${label} (${key})` : bare ? label : null;
  return h(
    'button',
    { type: 'button', class: `button ${kind} ${bare ? 'bare' : ''}`, title, onclick, ...props },
    name && icon(name),
    bare ? h('span', { class: 'said' }, label) : h('span', {}, label),
  );
}

/** A bar from 0 to 1 with no meaning of its own: the figure always stands beside it. */
export function meter(fraction, quiet = false) {
  const fill = h('i', { style: { transform: `scaleX(${fraction})` } });
  return h('span', { class: `meter ${quiet ? 'quiet' : ''}`, 'aria-hidden': 'true' }, fill);
}

export function setMeter(element, fraction) {
  element.firstElementChild.style.transform = `scaleX(${Math.min(1, Math.max(0, fraction || 0))})`;
}

export function typing(target) {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches('input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select'))
  );
}

export function narrow() {
  return matchMedia('(max-width: 720px)').matches;
}

export function debounce(wait, run) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(run, wait, ...args);
  };
}
