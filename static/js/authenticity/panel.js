// What a photo's panel says of its authenticity: outcome, reasons, map, a person's correction.
import { button, h } from '../dom.js';
import { post } from '../api.js';
import { words } from './words.js';

const KIND = 'authenticity';
const looking = ({ jobs }) => jobs.some(({ kind, state }) => kind === KIND && /^(waiting|queued|running)$/.test(state));

/** A picture, and over it how much each part speaks against a photograph. */
function map(picture, { outcome, traces, across }) {
  const down = traces.length / across;
  const canvas = h('canvas', { width: across, height: down });
  const pixels = new ImageData(across, down);
  traces.forEach((value, i) => pixels.data.set([230, 60, 40, value], 4 * i));
  canvas.getContext('2d').putImageData(pixels, 0, 0);
  const turn = (event) => (canvas.style.opacity = event.target.value);
  return [
    h('h3', { class: 'muted small' }, words.maps[outcome]),
    h('div', { class: 'traces' }, picture, canvas),
    h('input', { type: 'range', min: 0, max: 1, step: 0.05, value: 0.6, 'aria-label': words.strength, oninput: turn }),
  ];
}

/** What was cut out of the photo about a person. */
function cutOut({ before, width, height }, [left, top, across, down]) {
  const share = (start, part, whole) => `${(100 * start) / Math.max(1, whole - part)}%`;
  const style = {
    aspectRatio: `${across} / ${down}`,
    backgroundImage: `url("${before}")`,
    backgroundSize: `${(100 * width) / across}% ${(100 * height) / down}%`,
    backgroundPosition: `${share(left, across, width)} ${share(top, down, height)}`,
  };
  return h('div', { class: 'cut-out', style });
}

function reason({ text, weight }) {
  return h('li', {}, text, h('div', { class: 'small muted' }, words.speaks(weight)));
}

/** The answer, with the heaviest evidence that speaks the way the outcome does. */
function because({ outcome, evidence, said }) {
  if (said) return words.said(words.choices[said]);
  const way = { photograph: 1, generated: -1, edited: -1 }[outcome] ?? 0;
  const first = evidence.find(({ weight }) => weight * way > 0);
  return words.answers[outcome] + (first ? `: ${first.text}` : '.');
}

/** What the machine found: no chances where it cannot tell, no map where nothing speaks against the photo. */
function found(picture, told) {
  const { outcome, probabilities, traces, evidence } = told;
  const chances = ['photograph', 'generated', 'edited'].map((name) => words.chance(probabilities[name]));
  const likely = outcome !== 'inconclusive' && words.chances(...chances);
  const shown = /^(generated|edited)$/.test(outcome) && traces.length > 0;
  return [
    h('p', { class: 'small muted' }, likely, ` ${words.proof}`),
    ...(shown ? map(picture, told) : [picture.matches('.cut-out') && picture]),
    h('h3', { class: 'muted small' }, words.evidence),
    h('p', { class: 'small muted' }, words.scale),
    h('ul', { class: 'evidence' }, evidence.map(reason)),
  ];
}

/** Each person who was looked at by themselves, closed until somebody wants to know. */
function people(detail, judged) {
  return judged.map((person, i) =>
    h(
      'details',
      { class: 'judged-person' },
      h('summary', {}, words.person(i + 1, judged.length, words.outcomes[person.outcome])),
      ...found(cutOut(detail, person.place), person),
    ),
  );
}

/** The part of the panel; `change(run)` sends and draws anew. */
export function authenticityPart(detail, change) {
  const told = detail.authenticity;
  const find = () => change(() => post('/authenticity/find', { selection: { ids: [detail.id] } }));
  const look =
    !looking(detail) &&
    button(told ? words.again : words.look, { kind: 'outlined', data: { tag: 'verdict-look' } }, find);
  const failure = detail.jobs.findLast(({ kind }) => kind === KIND);
  const say = (event) =>
    change(() => post(`/photos/${detail.id}/authenticity`, { outcome: event.target.value || null }));
  const option = (value, label) => h('option', { value, selected: (told.said ?? '') === value }, label);
  return h(
    'section',
    { class: 'panel-part panel-authenticity', 'aria-label': words.title },
    h('h3', { class: 'muted small' }, words.title),
    looking(detail) &&
      h('p', { class: 'muted', role: 'status', tabIndex: -1, data: { tag: 'verdict-look' } }, words.looking),
    failure?.state === 'failed' && h('p', { class: 'failure reason' }, failure.reason),
    !told && look,
    ...(told
      ? [
          h('p', {}, h('strong', {}, words.outcomes[told.outcome])),
          h('p', {}, because(told)),
          ...(told.said
            ? []
            : [
                ...found(h('img', { src: detail.before, alt: '' }), told),
                h('p', { class: 'small muted' }, words.surer),
                ...people(detail, told.people),
              ]),
          h(
            'label',
            {},
            `${words.yours} `,
            h(
              'select',
              { onchange: say, data: { tag: 'verdict-said' } },
              option('', words.machine),
              Object.entries(words.choices).map(([value, label]) => option(value, label)),
            ),
          ),
          look,
        ]
      : []),
  );
}
