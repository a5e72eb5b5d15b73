// What a photo's panel says of its repairs and versions.
import { button, h } from '../dom.js';
import { post } from '../api.js';
import { bytes, dateTime, named, number, percent } from '../format.js';
import { words } from './words.js';

export const shownVersion = (detail) => detail.versions.find(({ shown }) => shown);
const working = ({ jobs }) =>
  jobs.some(({ kind, state }) => /^(repair|diagnose)$/.test(kind) && /^(waiting|queued|running)$/.test(state));
/** Marks that are begun and empty are nobody's to answer. */
export const painted = ({ network, params, found }) => network !== 'hand' || params.mask !== found.mask;
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

function version({ width, height, format, size, made, recipe, networks, shown, file }) {
  const steps = recipe.steps.map((step) => words.step(named(step.kind), percent(step.strength))).join(', ');
  return h(
    'li',
    {},
    h('a', { href: file, download: '' }, `${number(width)} × ${number(height)}, ${format}, ${bytes(size)}`),
    shown && h('strong', {}, ` ${words.shown}`),
    h('p', { class: 'small muted' }, `${steps}. ${Object.values(networks).join(', ')}, ${dateTime(made)}`),
  );
}

/** The part of the panel; `change(run)` sends and draws anew. */
export function repairsPart(detail, change) {
  const row = (repair) => {
    const { id, stage, kind, state, source, confidence } = repair;
    const back = (wanted) => (stage === 'marks' ? OTHER[wanted] : 'suggested');
    const act = (label, icon, wanted) =>
      button(
        label(kind),
        { icon, bare: true, 'aria-pressed': String(state === wanted), data: { tag: `repair-${wanted}-${id}` } },
        () => change(() => post(`/repairs/${id}`, { state: state === wanted ? back(wanted) : wanted })),
      );
    const said = state === 'accepted' && source === 'machine' ? words.byPolicy : words.states[state];
    return h(
      'li',
      { class: 'repair-row' },
      h('span', {}, named(kind), h('span', { class: 'small muted' }, ` ${words.sure(percent(confidence))}, ${said}`)),
      h(
        'span',
        { class: 'tag-acts' },
        button(words.adjust(kind), { icon: 'sliders-horizontal', bare: true }, () => compare(detail, change, repair)),
        act(words.reject, 'x', 'rejected'),
        act(words.accept, 'check', 'accepted'),
      ),
      stage === 'pixelation' && h('p', { class: 'small muted' }, words.estimated),
    );
  };
  const failure = detail.jobs.findLast(({ kind }) => kind === 'repair');
  return h(
    'section',
    { class: 'panel-part panel-repairs', 'aria-label': words.found },
    h('h3', { class: 'muted small' }, words.found),
    h('ul', {}, detail.repairs.filter(painted).map(row)),
    button(words.mark, { icon: 'eraser', kind: 'outlined' }, () => mark(detail, change)),
    working(detail) && h('p', { class: 'muted', role: 'status' }, words.making),
    failure?.state === 'failed' && h('p', { class: 'failure reason' }, failure.reason),
    shownVersion(detail) &&
      button(words.compare, { icon: 'contrast', key: 'b', kind: 'outlined' }, () => compare(detail, change)),
    detail.versions.length > 0 && [
      h('h3', { class: 'muted small' }, words.versions),
      h('ul', { class: 'versions' }, detail.versions.map(version)),
      h('a', { href: `${detail.original}&download`, download: detail.name }, words.original),
    ],
  );
}
