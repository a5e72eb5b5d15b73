// Which files are worth sending; the server has the last word about each.

const PHOTOS = new Set(
  (
    'jpg jpeg jpe jfif png webp tif tiff heic heif hif avif bmp gif jp2 jxl ' +
    'dng cr2 cr3 crw nef nrw arw srf sr2 orf rw2 raf pef ptx raw rwl rwz srw 3fr fff iiq x3f erf mef mos mrw kdc dcr k25 gpr cap eip'
  ).split(' '),
);
const SYSTEM = new Set(['thumbs.db', 'ehthumbs.db', 'desktop.ini', 'icon\r', '__macosx']);

export function extension(path) {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') ? path.slice(dot + 1).toLowerCase() : '';
}

/** "photo", "sidecar", "hidden" (passed over and counted) or "other" (listed as not a photo). */
export function kindOf(path) {
  const parts = path.split('/');
  if (parts.some((part) => part.startsWith('.') || SYSTEM.has(part.toLowerCase()))) return 'hidden';
  const ending = extension(path);
  if (ending === 'xmp') return 'sidecar';
  return PHOTOS.has(ending) ? 'photo' : 'other';
}

/** True if a browser can draw the original itself. */
export function drawable(name) {
  return ['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'avif', 'gif', 'bmp'].includes(extension(name));
}
