// At 100 % the eye wants the file itself: the preview gives way to the original, where the browser can draw it.
import { at } from '../place.js';
import { drawable } from '../upload/types.js';

const PREVIEW_PX = 1600;
const loading = new Set();

export async function sharpen(slide) {
  const { id, name, width, height, full: version } = slide.data;
  const element = slide.content?.element;
  if (!id || !(element instanceof HTMLImageElement) || element.dataset.original || !drawable(name)) return;
  if (slide.currZoomLevel * Math.max(width, height) <= PREVIEW_PX * 1.1 || loading.has(id)) return;
  loading.add(id);
  const full = new Image();
  full.src = version ?? at(`/photos/${id}/original`);
  try {
    await full.decode();
    if (element.isConnected) {
      element.src = full.src;
      element.dataset.original = 'yes';
    }
  } catch {
    element.dataset.original = 'no'; // Not to be drawn here: the preview stays.
  }
  loading.delete(id);
}
