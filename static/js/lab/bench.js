// A photo of the library on the bench: before and after, and the sliders of a repair that is set by hand.
import { button, h } from '../dom.js';
import { get, post } from '../api.js';
import { bindKeys } from '../shell/keys.js';
import { openDialog } from '../shell/dialog.js';
import { failed } from '../shell/toast.js';
import { Compare, repaired, strengthSlider } from '../repairs/compare.js';
import { shownVersion } from '../repairs/panel.js';
import { words as shared } from '../words.js';
import { words } from '../repairs/words.js';
import { defaults, rows } from './controls.js';
import { held } from './laws.js';
import { words as lab } from './words.js';

let kinds = null;

/** What ml/warps says of the parameters of a kind; a series of numbers has no sliders. */
async function told(kind) {
  kinds ??= (await get('/repairs/kinds')).kinds;
  const found = kinds.find(({ effect }) => effect === kind);
  return { ...found, parameters: found.parameters.filter(({ type }) => type !== 'series') };
}

/** The sliders of a repair; `draw(repair)` shows it. */
function sliders(repair, description, size, draw) {
  // What was found before a kind had more numbers lacks those.
  const whole = (params) => ({ ...defaults(description, size), ...structuredClone(params) });
  const now = { ...structuredClone(repair), params: whole(repair.params) };
  const note = h('p', { class: 'lab-note muted', role: 'status' });
  const list = h('div', {});
  const current = () => ({ ...now, params: held(now.kind, now.params) });
  const show = () => {
    note.textContent = current().params === now.params ? '' : lab.held;
    draw(current());
  };
  const moved = (name, value) => {
    now.params = { ...now.params, [name]: typeof value === 'function' ? value(now.params[name]) : value };
    show();
  };
  const strength = strengthSlider((share) => {
    now.strength = share;
    show();
  });
  const begin = () => {
    list.replaceChildren(...rows(description, now.params, size, moved, () => {}), strength.element);
    strength.set(now.strength);
    strength.element.hidden = now.kind === 'turned'; // by a quarter, or not
    show();
  };
  const reset = () => {
    Object.assign(now, { params: whole(repair.found), strength: 1 });
    begin();
  };
  begin();
  return { element: h('div', {}, list, note), current, reset };
}

/** Opens the bench; without a repair it shows the version beside the original. */
export async function bench(detail, change, repair) {
  const stage = h('div', { tabIndex: -1 });
  const compare = new Compare(stage);
  // Both sides lie as the photo is shown: a quarter turn is none of what is compared.
  const turned = detail.repairs.find(({ kind, state }) => kind === 'turned' && state === 'accepted');
  const { width: w, height } = detail;
  const lies = turned && turned.params.degrees % 180 ? [height, w] : [w, height];
  const before = turned ? repaired(detail.before, [turned]) : detail.before;
  const done = detail.repairs.filter(({ id, state }) => state === 'accepted' || id === repair?.id);
  if (repair && !repair.id) done.push(repair);
  const after = (now) => repaired(detail.before, done.map((one) => (one.id === now.id ? now : one))); // prettier-ignore
  let set = null;
  if (repair) {
    try {
      set = sliders(repair, await told(repair.kind), [w, height], (now) => compare.change(after(now)));
    } catch (error) {
      failed(error);
      return;
    }
  }
  const shown = repair ? after(repair) : shownVersion(detail) ? detail.preview : before;
  const seen = turned ? { before } : { before, placeholder: detail.placeholder, repair }; // an outline lies untouched
  compare.show({ ...seen, after: shown, w: lies[0], h: lies[1] });
  const apply = () => {
    const { params, strength } = set.current();
    const said = { params, strength };
    change(() =>
      repair.id
        ? post(`/repairs/${repair.id}`, { state: 'accepted', ...said })
        : post(`/photos/${detail.id}/repairs`, { kind: repair.kind, ...said }),
    );
    dialog.close();
  };
  const dialog = openDialog(
    repair ? words.adjust(words.kind(repair.kind)) : words.compare,
    h('div', { class: 'repair-bench' }, stage, set?.element),
    {
      width: 1280,
      foot: [
        compare.tools(),
        set &&
          button(
            repair.network === 'hand' ? words.restart : words.reset,
            { icon: 'rotate-ccw', kind: 'outlined' },
            set.reset,
          ),
        set && button(shared.cancel, { kind: 'outlined' }, () => dialog.close()),
        set && button(words.apply, { kind: 'primary' }, apply),
      ].filter(Boolean),
      onclose: () => unbind(),
    },
  );
  compare.divider.focus();
  const unbind = bindKeys({ modal: (open) => open === dialog, ...compare.keys });
}
