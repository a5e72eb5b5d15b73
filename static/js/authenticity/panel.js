// What a photo's panel says of its authenticity: outcome, reasons, map, a person's correction.
import { button, h } from '../dom.js';
import { post } from '../api.js';
import { percent } from '../format.js';
import { words } from './words.js';

const KIND = 'authenticity';
export const looking = ({ jobs }) =>
  jobs.some(({ kind, state }) => kind === KIND && /^(waiting|queued|running)$/.test(state));

/** The photo, and over it how much each part speaks against a photograph. */
function map({ preview }, { traces, across }) {
  const down = traces.length / across;
  const canvas = h('canvas', { width: across, height: down });
  const pixels = new ImageData(across, down);
  traces.forEach((value, i) => pixels.data.set([230, 60, 40, value], 4 * i));
  canvas.getContext('2d').putImageData(pixels, 0, 0);
  const turn = (event) => (canvas.style.opacity = event.target.value);
  return [
    h('h3', { class: 'muted small' }, words.map),
    h('div', { class: 'traces' }, h('img', { src: preview, alt: '' }), canvas),
    h('input', { type: 'range', min: 0, max: 1, step: 0.05, value: 0.6, 'aria-label': words.strength, oninput: turn }),
  ];
}

function reason({ text, weight }) {
  const amount = Math.abs(weight).toFixed(1);
  return h(
    'li',
    {},
    text,
    h('span', { class: 'small muted' }, ` ${words.speaks(weight)}` + (Math.abs(weight) > 0.05 ? `, ${amount}` : '')),
  );
}

/** The answer, with the heaviest evidence that speaks the way the outcome does. */
function because({ outcome, evidence }) {
  const way = { photograph: 1, generated: -1, edited: -1 }[outcome] ?? 0;
  const found = evidence.find(({ weight }) => weight * way > 0);
  return words.answers[outcome] + (found ? `: ${found.text}` : '.');
}

/** The part of the panel; `change(run)` sends and draws anew. */
export function authenticityPart(detail, change) {
  const told = detail.authenticity;
  const find = () => change(() => post('/authenticity/find', { selection: { ids: [detail.id] } }));
  const failure = detail.jobs.findLast(({ kind }) => kind === KIND);
  const say = (event) =>
    change(() => post(`/photos/${detail.id}/authenticity`, { outcome: event.target.value || null }));
  const option = (value, label) => h('option', { value, selected: (told.said ?? '') === value }, label);
  return h(
    'section',
    { class: 'panel-part panel-authenticity', 'aria-label': words.title },
    h('h3', { class: 'muted small' }, words.title),
    looking(detail) && h('p', { class: 'muted', role: 'status' }, words.looking),
    failure?.state === 'failed' && h('p', { class: 'failure reason' }, failure.reason),
    !told && !looking(detail) && button(words.look, { kind: 'outlined' }, find),
    ...(told
      ? [
          h('p', {}, h('strong', {}, words.outcomes[told.outcome])),
          h('p', {}, because(told)),
          h(
            'p',
            { class: 'small muted' },
            words.chances(...['photograph', 'generated', 'edited'].map((name) => percent(told.probabilities[name]))),
            ` ${words.proof}`,
          ),
          ...(told.traces.length ? map(detail, told) : []),
          h('h3', { class: 'muted small' }, words.evidence),
          h('ul', { class: 'evidence' }, told.evidence.map(reason)),
          h('p', { class: 'small muted' }, words.surer),
          h(
            'label',
            {},
            `${words.yours} `,
            h(
              'select',
              { onchange: say },
              option('', words.machine),
              Object.entries(words.choices).map(([value, label]) => option(value, label)),
            ),
          ),
        ]
      : []),
  );
}
