// What a photo's panel says of its repairs and versions.
import { button, h } from '../dom.js';
import { post } from '../api.js';
import { bytes, dateTime, number, percent } from '../format.js';
import { words } from './words.js';

export const shownVersion = (detail) => detail.versions.find(({ shown }) => shown);
const OPEN = /^(waiting|queued|running)$/;
/** What the work on a photo is at, in words. */
function working({ jobs, repairs }) {
  const open = (wanted) => jobs.some(({ kind, state }) => kind === wanted && OPEN.test(state));
  if (open('diagnose')) return words.looking;
  if (open('repair')) return words.making;
  const looked = jobs.findLast(({ kind }) => kind === 'diagnose');
  return looked?.state === 'done' && !repairs.some(({ network }) => network !== 'hand') && words.nothing;
}
/** Marks that are begun and empty are nobody's to answer. */
const painted = ({ stage, params, found }) => stage !== 'marks' || params.mask !== found.mask;
/** What was added and taken back is nobody's to see. */
const listed = (repair) =>
  painted(repair) && !(repair.network === 'hand' && repair.stage !== 'marks' && repair.state === 'rejected');
export const adjustable = (repair) => listed(repair) && repair.kind !== 'turned';
const OTHER = { accepted: 'rejected', rejected: 'accepted' };

/** Opens before and after; with a repair, the lab's sliders beside them. */
export async function compare(detail, change, repair = null) {
  if (repair?.stage === 'marks') return mark(detail, change, repair.kind);
  const { bench } = await import('../lab/bench.js');
  bench(detail, change, repair);
}

/** Opens the brush, on a repair's marks or on new ones. */
async function mark(detail, change, kind) {
  const { openBrush } = await import('./brush.js');
  openBrush(detail, (answer) => change(async () => answer), kind);
}

const maker = (network) => (network === 'hand' ? words.byHand : network);

function version({ width, height, format, size, made, recipe, networks, shown, file }) {
  const steps = recipe.steps.map((step) => words.step(words.name(step), percent(step.strength))).join(', ');
  return h(
    'li',
    {},
    h('a', { href: file, download: '' }, `${number(width)} × ${number(height)}, ${format}, ${bytes(size)}`),
    shown && h('strong', {}, ` ${words.shown}`),
    h(
      'p',
      { class: 'small muted' },
      `${steps}. ${[...new Set(Object.values(networks).map(maker))].join(', ')}, ${dateTime(made)}`,
    ),
  );
}

/** The repair with which a photo that lies by `quarters` to the right of upright is shown upright. */
export function turned(detail, quarters) {
  const there = detail.repairs.find(({ kind }) => kind === 'turned');
  const now = there?.state === 'accepted' ? there.params.degrees : 0;
  const degrees = (now - 90 * quarters + 360) % 360;
  if (degrees) return post(`/photos/${detail.id}/repairs`, { kind: 'turned', params: { degrees } });
  return post(`/repairs/${there.id}`, { state: 'rejected' });
}

/** The part of the panel; `change(run)` sends and draws anew. */
export function repairsPart(detail, change) {
  const shown = detail.repairs.filter(listed);
  const row = (repair) => {
    const { id, stage, kind, state, source, confidence, network } = repair;
    const alike = shown.filter((one) => one.kind === kind);
    const name = words.name(repair) + (alike.length > 1 ? ` ${alike.indexOf(repair) + 1}` : '');
    const back = (wanted) => (network === 'hand' ? OTHER[wanted] : 'suggested');
    const act = (label, icon, wanted) =>
      button(
        label(name),
        { icon, bare: true, 'aria-pressed': String(state === wanted), data: { tag: `repair-${wanted}-${id}` } },
        () => change(() => post(`/repairs/${id}`, { state: state === wanted ? back(wanted) : wanted })),
      );
    const said = state === 'accepted' && source === 'machine' ? words.byPolicy : words.states[state];
    const why = network === 'hand' ? words.byHand : words.sure(percent(confidence));
    return h(
      'li',
      { class: 'repair-row' },
      h('span', {}, name, h('span', { class: 'small muted' }, ` ${why}, ${said}`)),
      h(
        'span',
        { class: 'tag-acts' },
        kind !== 'turned' &&
          button(
            words.adjust(name),
            { icon: 'sliders-horizontal', bare: true, data: { tag: `repair-adjust-${id}` } },
            () => compare(detail, change, repair),
          ),
        act(words.reject, 'x', 'rejected'),
        act(words.accept, 'check', 'accepted'),
      ),
      stage === 'pixelation' && h('p', { class: 'small muted' }, words.estimated),
    );
  };
  const work = working(detail);
  const failure = detail.jobs.findLast(({ kind }) => kind === 'repair');
  return h(
    'section',
    { class: 'panel-part panel-repairs', 'aria-label': words.found },
    h('h3', { class: 'muted small' }, words.found),
    h('ul', {}, shown.map(row)),
    work && h('p', { class: 'muted', role: 'status' }, work),
    button(words.look, { icon: 'search', kind: 'outlined', data: { tag: 'repair-look' } }, () =>
      change(() => post('/repairs/find', { selection: { ids: [detail.id] } })),
    ),
    button(words.add, { icon: 'sliders-horizontal', kind: 'outlined', data: { tag: 'repair-add' } }, async () => {
      const { chooseKind } = await import('./by-hand.js');
      chooseKind(detail, (repair) => compare(detail, change, repair));
    }),
    button(words.mark, { icon: 'eraser', kind: 'outlined', data: { tag: 'repair-mark' } }, () => mark(detail, change)),
    failure?.state === 'failed' && h('p', { class: 'failure reason' }, failure.reason),
    shownVersion(detail) &&
      button(words.compare, { icon: 'contrast', key: 'b', kind: 'outlined', data: { tag: 'repair-compare' } }, () =>
        compare(detail, change),
      ),
    detail.versions.length > 0 && [
      h('h3', { class: 'muted small' }, words.versions),
      h('ul', { class: 'versions' }, detail.versions.map(version)),
      h('a', { href: `${detail.original}&download`, download: detail.name }, words.original),
    ],
  );
}
