// The words of tags: their list, their branches, the dialog of many photos.

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
