// Files that arrived whole and were refused by the worker: brings their reasons beside their names.
import { get, query } from '../api.js';
import { queue } from './queue.js';

let seen = -1;
let busy = false;

export async function collectRefusals(progress) {
  if (!progress || busy || !queue.counts.sent || progress.refused === seen) return;
  busy = true;
  try {
    const drops = new Set(queue.items.map((item) => item.drop));
    // Not by name: the server writes some names differently.
    const sent = new Map(queue.items.map((item) => [item.id, item]));
    for (const drop of drops) {
      const { uploads } = await get(`/uploads${query({ drop, state: 'refused' })}`);
      for (const { id, reason, photo } of uploads) {
        const item = sent.get(id);
        if (item?.state === 'sent') (Object.assign(item, { photo }), queue.move(item, 'refused', reason));
      }
    }
    seen = progress.refused;
  } catch {
    // Asked again at the next figure.
  }
  busy = false;
}
