// The words of downloads.

export const download = {
  title: (photos) => `Download ${photos}`,
  measuring: 'Measuring …',
  none: 'There are no photos to download.',
  size: (photos, size) => `${photos}, about ${size}. Originals stay as they are; the tags go into the copies.`,
  only: (photos) => `${photos}: .xmp files alone, no picture.`,
  start: 'Download',
  begin: 'Preparing the copies …',
  making: (done, total) => `${done} of ${total} copies prepared`,
  ready: (size) => `The zip is on its way${size ? `, ${size}` : ''}.`,
  again: 'Download again',
  failed: 'The zip could not be made. Look at the jobs page for the reason.',
  errors: (n) => `${n} could not be read; they are named in ERRORS.txt, too`,
  notes: (n) => `${n} with something to know`,
};
