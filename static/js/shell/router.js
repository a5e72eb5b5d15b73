// Turns pages without leaving the document, so that an upload goes on while one looks elsewhere.
import { $, $$ } from '../dom.js';
import { pathOf, within } from '../place.js';
import { failed } from './toast.js';

const REVIEWS = {
  '/review': () => import('../review/page.js'),
  '/review/people': () => import('../people/page.js'),
  '/review/repairs': () => import('../repairs/page.js'),
};
const LABS = {
  '/lab': () => import('../lab/page.js'),
  '/lab/enlarge': () => import('../lab/enlarge.js'),
  '/lab/mosaics': () => import('../lab/mosaics.js'),
};
const PAGES = {
  library: () => import('../library/page.js'),
  review: () => REVIEWS[pathOf(location)](),
  people: () => import('../people/page.js'),
  lab: () => LABS[pathOf(location)](),
  jobs: () => import('../jobs/page.js'),
  settings: () => import('../settings/page.js'),
  tags: () => import('../tags/page.js'),
  teach: () => import('../concepts/page.js'),
  account: () => import('../account/page.js'),
  users: () => import('../account/page.js'),
};
let mounted = null;
let turn = 0;
let where = location.href;

export function setTitle(text) {
  base = text;
  showTitle();
}

let base = document.title;
let share = '';
export function setTitleShare(text) {
  share = text;
  showTitle();
}
function showTitle() {
  const title = share ? `${share} · ${base}` : base;
  if (document.title !== title) document.title = title;
}

async function mount() {
  const main = $('#main');
  const name = main.dataset.page;
  const mine = turn;
  if (!PAGES[name]) return;
  const page = await PAGES[name]();
  if (mine !== turn) return;
  mounted = { name, page: page.mount(main) };
}

function leave() {
  mounted?.page?.unmount?.();
  mounted = null;
}

async function swap(url, mine) {
  $('#main').setAttribute('aria-busy', 'true');
  const response = await fetch(url, { headers: { Accept: 'text/html' } });
  const text = await response.text();
  if (mine !== turn) return; // another page was turned to since
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  const next = fresh.querySelector('#main');
  if (!next) return location.assign(url);
  leave();
  $('#main').replaceWith(document.adoptNode(next));
  setTitle(fresh.title);
  for (const link of $$('[data-nav]')) {
    if (link.dataset.nav === next.dataset.page) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  await mount();
  next.focus({ preventScroll: true });
}

async function show(url) {
  turn += 1;
  where = url;
  // A page may take a new address by itself (another filter, another photo).
  if (mounted?.page?.navigate?.(new URL(url))) return $('#main').removeAttribute('aria-busy');
  const mine = turn;
  try {
    await swap(url, mine);
  } catch (error) {
    if (mine === turn) failed(error);
  }
}

/** Goes to an address of this site. */
export async function visit(path, { replace = false } = {}) {
  const url = new URL(within(path), location.href);
  if (url.href === where && !replace) return;
  history[replace ? 'replaceState' : 'pushState']({}, '', url);
  await show(url.href);
}

/** Changes the address without turning the page. */
export function address(path, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState']({}, '', within(path));
  where = location.href;
}

function inside(url) {
  const path = pathOf(url);
  return (
    url.origin === location.origin &&
    (/^\/(review|people|lab|jobs|settings|tags|teach|account|users)?$/.test(path) ||
      /^\/((photo|teach|people)\/\d+|review\/(people|repairs)|people\/aside|lab\/(enlarge|mosaics))$/.test(path))
  );
}

export async function startRouter() {
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    if (
      !link ||
      event.defaultPrevented ||
      event.button ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    if (link.target || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    if (!inside(url) || (url.hash && url.pathname === location.pathname)) return;
    event.preventDefault();
    visit(url.href);
  });
  addEventListener('popstate', () => show(location.href));
  await mount();
}
