// Settings: drawn from what the server says it has; each is saved as soon as it is changed.
import { $, $$, h } from '../dom.js';
import { get, post, put } from '../api.js';
import { words } from '../words.js';
import { confirmDialog } from '../shell/dialog.js';
import { chosen, setTheme } from '../shell/theme.js';
import { failed, toast } from '../shell/toast.js';

// Shares are shown in per cent.
const BOUNDS = { precision: { type: 'share', min: 50, max: 99.9, step: 0.1 } };

/** The server's answer as a list of {name, value, label, help, type, choices, min, max, step}. */
export function listOf(answer) {
  const table = answer.settings ?? answer;
  const entries = Array.isArray(table) ? table.map((one) => [one.name, one]) : Object.entries(table);
  return entries
    .filter(([, one]) => one !== null)
    .map(([name, one]) => {
      const full = typeof one === 'object' ? { ...one } : { value: one, help: answer.help?.[name] };
      full.name = name;
      Object.assign(full, BOUNDS[name]);
      full.label ??=
        words.settings.labels[name] ?? name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());
      full.choices ??= answer.choices?.[name];
      full.type ??= full.choices
        ? 'choice'
        : typeof full.value === 'boolean'
          ? 'bool'
          : typeof full.value === 'number'
            ? 'number'
            : 'text';
      return full;
    });
}

function control(setting, id) {
  const { type, value, choices, min, max, step } = setting;
  const common = { id, name: setting.name, disabled: setting.fixed === true, 'aria-describedby': `${id}-help` };
  if (type === 'bool')
    return h('input', { ...common, type: 'checkbox', checked: Boolean(value), role: 'switch', class: 'switch' });
  if (choices) {
    return h(
      'select',
      { ...common, class: 'field' },
      choices.map((choice) => {
        const [key, label] = Array.isArray(choice)
          ? choice
          : typeof choice === 'object'
            ? [choice.value, choice.label]
            : [choice, words.settings.choices[choice] ?? choice];
        return h('option', { value: key, selected: key === value }, label);
      }),
    );
  }
  if (type === 'share')
    return h(
      'span',
      { class: 'share' },
      h('input', {
        ...common,
        type: 'number',
        class: 'field',
        value: Math.round(value * 1000) / 10,
        min,
        max,
        step,
        required: true,
        data: { share: 'yes' },
      }),
      '%',
    );
  if (type === 'number')
    return h('input', {
      ...common,
      type: 'number',
      class: 'field',
      value,
      min,
      max,
      step: step ?? 'any',
      required: true,
    });
  return h('input', { ...common, type: 'text', class: 'field', value: value ?? '' });
}

function valueOf(input) {
  if (input.type === 'checkbox') return input.checked;
  if (input.dataset.share) return Math.round(input.valueAsNumber * 10) / 1000;
  return input.type === 'number' ? input.valueAsNumber : input.value;
}

function row(setting) {
  const id = `setting-${setting.name}`;
  return h(
    'div',
    { class: 'setting' },
    h(
      'div',
      {},
      h('label', { htmlFor: id }, setting.label),
      h('p', { class: 'muted small', id: `${id}-help` }, setting.help ?? ''),
    ),
    control(setting, id),
  );
}

/** Where faces are no longer looked for, those that were found may go. */
async function offerToForget() {
  const told = words.settings.forget;
  if (!(await confirmDialog(told.title, told.text, told.do))) return;
  const { faces } = await post('/people/forget', { forget: true });
  toast(told.done(faces));
}

export function mount(main) {
  const form = $('.settings-form', main);
  let known = new Map();

  const draw = (answer) => {
    const list = listOf(answer);
    if (!list.length) return;
    known = new Map(list.map((one) => [one.name, one.value]));
    const held = document.activeElement?.name;
    form.replaceChildren(...list.map(row));
    if (held) form.elements[held]?.focus();
  };
  const load = async () => {
    try {
      draw(await get('/settings'));
    } catch (error) {
      form.replaceChildren(h('p', { class: 'failure' }, error.message));
    }
  };
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('change', async ({ target }) => {
    if (!target.reportValidity()) return;
    try {
      await put('/settings', { [target.name]: valueOf(target) });
      known.set(target.name, valueOf(target));
      toast(words.settings.saved);
      if (target.name === 'faces' && !target.checked) await offerToForget();
    } catch (error) {
      failed(error);
      if (target.type === 'checkbox') target.checked = known.get(target.name);
      else target.value = target.dataset.share ? known.get(target.name) * 100 : known.get(target.name);
    }
  });
  const looks = $$('[name=theme]', main);
  for (const choice of looks) {
    choice.checked = choice.value === chosen();
    choice.addEventListener('change', () => setTheme(choice.value));
  }
  load();
  return { unmount() {} };
}
