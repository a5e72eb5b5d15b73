// A repair that nothing proposed: which kind, then the bench with what is measured on the photo.
import { button, h } from '../dom.js';
import { get, query } from '../api.js';
import { openDialog } from '../shell/dialog.js';
import { failed } from '../shell/toast.js';
import { words } from './words.js';

const KINDS = {
  rotation: ['tilted'],
  light: ['dark', 'faded', 'haze', 'varnish'],
  damage: ['noise', 'blur', 'motion_blur', 'jpeg'],
  distortion: ['barrel', 'pincushion', 'fisheye', 'perspective', 'shear', 'swirl', 'bulge', 'pinch', 'wave', 'ripple', 'arc', 'polar'], // prettier-ignore
  pixelation: ['mosaic'],
};
const SEVERAL = ['distortion', 'pixelation']; // stages of which a photo may have two of a kind

/** Asks for a kind; `begin(repair)` gets the one that is there, or a new one without an id. */
export function chooseKind(detail, begin) {
  const note = h('p', { class: 'muted', role: 'status' });
  let asked = false;
  const choose = async (kind) => {
    if (asked) return;
    asked = true;
    const there = detail.repairs.find((one) => one.kind === kind && !SEVERAL.includes(one.stage));
    let repair = there;
    if (!there) {
      note.textContent = words.measuring;
      try {
        const { stage, params } = await get(`/photos/${detail.id}/repairs/begin${query({ kind })}`);
        const region = [0, 0, detail.width, detail.height];
        repair = { id: 0, stage, kind, params, found: params, region, strength: 1, network: 'hand' };
      } catch (error) {
        note.textContent = '';
        asked = false;
        return failed(error);
      }
      if (!dialog.open) return; // nobody waits for it any more
    }
    dialog.close();
    return begin(repair);
  };
  const groups = Object.entries(KINDS).map(([stage, kinds]) =>
    h(
      'section',
      { class: 'by-hand', 'aria-label': words.stages[stage] },
      h('h3', { class: 'muted small' }, words.stages[stage]),
      h(
        'div',
        {},
        kinds.map((kind) => button(words.kind(kind), { kind: 'outlined' }, () => choose(kind))),
      ),
    ),
  );
  const dialog = openDialog(words.add, h('div', {}, groups, note));
}
