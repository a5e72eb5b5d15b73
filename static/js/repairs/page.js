// The review of repairs: before and after of each proposal, least certain first.
import { $, button, h } from '../dom.js';
import { post } from '../api.js';
import { number, percent } from '../format.js';
import { review } from '../review/flow.js';
import { openDialog } from '../shell/dialog.js';
import { failed, toast } from '../shell/toast.js';
import { Compare, repaired, strengthSlider } from './compare.js';
import { words } from './words.js';

const WHOLE = 0.8; // of the photo's area

/** Where in a photo a region lies, in words. */
function where([x, y, w, height], photo) {
  if (w * height > WHOLE * photo.width * photo.height) return words.whole;
  const third = (at, of) => Math.min(2, Math.max(0, Math.floor((at / of) * 3)));
  return words.places[third(y + height / 2, photo.height)][third(x + w / 2, photo.width)];
}

const why = ({ stage, network, params, reach }) =>
  stage === 'pixelation'
    ? `${words.whyMosaic(network, number(params.block))} ${words.estimated}`
    : words.why(network, number(Math.round(reach)));

export function mount(main) {
  const compare = new Compare($('.review-stage', main));
  const kinds = new Map();
  const after = ({ before, repair }) => repaired(before, [repair]);
  const strength = strengthSlider((share) => {
    const item = flow.current();
    item.repair.strength = share;
    compare.change(after(item));
  });
  const show = (item) => {
    const { photo, repair } = item;
    const [x, y, w, height] = repair.region;
    const middle = [(x + w / 2) / photo.width, (y + height / 2) / photo.height];
    strength.set(repair.strength);
    strength.element.hidden = repair.kind === 'turned'; // by a quarter, or not
    most.hidden = false;
    most.lastChild.textContent = words.all(repair.kind);
    return compare.show({ ...photo, before: item.before, after: after(item), middle, repair });
  };
  const clear = () => {
    most.hidden = true;
    compare.clear();
  };
  const question = ({ photo, repair }) => [
    h(
      'p',
      {},
      h('strong', {}, words.kind(repair.kind)),
      ` ${where(repair.region, photo)}, `,
      words.sure(percent(repair.confidence)),
    ),
    h('p', { class: 'small muted' }, why(repair)),
  ];
  const field = h('select', { class: 'field', 'aria-label': words.only });
  const drawKinds = () => {
    const { value } = field;
    const total = [...kinds.values()].reduce((sum, n) => sum + n, 0);
    field.replaceChildren(
      ...[['', total], ...kinds].map(([kind, n]) =>
        h('option', { value: kind }, words.of(kind ? words.kind(kind) : words.every, number(n))),
      ),
    );
    field.value = value;
  };

  const acceptAll = () => {
    const { photo, repair } = flow.current();
    const { kind } = repair;
    const form = document.importNode($('#repair-all').content.firstElementChild, true);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      dialog.close();
      try {
        const least = $('input', form).valueAsNumber / 100;
        const { action, changed } = await post('/repairs/answer', { state: 'accepted', kind, least });
        toast(words.allDone(changed));
        flow.answeredAll({ photo, repair: { kind: words.all(kind) } }, action.id);
      } catch (error) {
        failed(error);
      }
    });
    const yes = button(words.yes, { kind: 'primary' }, () => form.requestSubmit());
    const dialog = openDialog(words.all(kind), form, { foot: [yes] });
  };
  const most = button('', { icon: 'copy-check', kind: 'outlined', key: 'a', hidden: true }, acceptAll);

  const flow = review(
    main,
    {
      path: '/review/repairs',
      list: '/repairs',
      by: 'kind',
      key: ({ repair }) => repair.id,
      name: ({ repair }) => words.kind(repair.kind),
      pictures: (item) => [item.before, after(item)],
      send: ({ repair }, answer) =>
        post(
          `/repairs/${repair.id}`,
          answer === 'yes' ? { state: 'accepted', strength: repair.strength } : { state: 'rejected' },
        ),
      question,
      told(answer) {
        kinds.clear();
        if (field.value) kinds.set(field.value, 0);
        for (const { kind, count } of answer.kinds) kinds.set(kind, count);
        drawKinds();
      },
      settled({ repair: { kind } }, answer, back) {
        kinds.set(kind, (kinds.get(kind) ?? 0) + (back ? 1 : -1));
        drawKinds();
      },
      filter(place, chosen, narrow) {
        field.onchange = () => narrow(field.value);
        if (!field.isConnected) place.append(field);
        if (chosen && !kinds.has(chosen)) kinds.set(chosen, 0);
        drawKinds();
        field.value = chosen ?? '';
      },
      stage: { show, clear, end() {} },
    },
    { ...compare.keys, a: () => flow.current() && acceptAll() },
  );
  $('.review-tools', main).prepend(compare.tools(), most);
  $('.review-words', main).after(strength.element);
  return flow;
}
