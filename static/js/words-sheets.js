// The words of sheets and lists over many photos: downloads, tags.

export const download = {
  title: (photos) => `Download ${photos}`,
  measuring: 'Measuring …',
  none: 'There are no photos to download.',
  size: (photos, size) => `${photos}, about ${size}. Originals stay as they are; the tags go into the copies.`,
  only: (photos) => `${photos}: .xmp files alone, no picture.`,
  start: 'Download',
  begin: 'Preparing the copies …',
  making: (done, total) => `${done} of ${total} copies prepared`,
  ready: (size) => `The zip is on its way${size && ', '}${size}.`,
  again: 'Download again',
  failed: 'The zip could not be made. Look at the jobs page for the reason.',
  errors: (n) => `${n} could not be read; they are named in ERRORS.txt, too`,
  notes: (n) => `${n} with something to know`,
};

export const vocabulary = {
  title: 'Tags',
  kinds: { object: 'Object', category: 'Category', keyword: 'Keyword' },
  writes: { write: 'Write', as: 'Write as …', never: 'Never write' },
  how: (name) => `How ${name} is written`,
  instead: (name) => `Keyword written for ${name}`,
  example: 'Animals > Dog',
  shown: (tags, more) => (more ? `The first ${tags}` : tags),
  none: 'No tags yet. They come with your photos and with what is seen on them.',
  noMatch: 'No tag has these letters.',
};

export const branch = {
  title: (name) => `Tag “${name}”`,
  path: 'Name, with those above it',
  hint: 'Places > Europe > Rome puts it under others. What lies under this tag comes along; a tag that is there already becomes one with it.',
  move: 'Rename',
  delete: 'Delete the tag',
  edit: (name) => `Rename, move, merge or delete ${name}`,
};

export const tagDialog = {
  title: (photos) => `Tag ${photos}`,
  add: 'Add a tag',
  remove: 'Remove a tag',
  apply: 'Apply',
  drop: (name) => `Leave out ${name}`,
  done: (photos) => `Tags changed on ${photos}.`,
};
