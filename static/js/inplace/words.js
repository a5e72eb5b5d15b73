// Words of files that stay where they lie, and of files that other programs changed.

export const words = {
  import: {
    open: 'From the server’s disk',
    title: 'Import from the server’s disk',
    hint: 'Photos stay where they are: they are read, never copied, changed or deleted. Sidecars beside them are read, too.',
    top: 'Folders that may be imported',
    up: 'Up',
    none: 'No folder in it.',
    photos: (n, text) => (n === 1 ? '1 photo in this folder' : `${text} photos in this folder`),
    below: 'Folders in it come too.',
    more: 'More folders are here than can be listed.',
    start: 'Import this folder',
    running: (path) => `Importing ${path}`,
    at: (path) => `at ${path}`,
    stop: 'Stop',
    states: { done: 'Done.', failed: 'It failed.', cancelled: 'Stopped. Import the folder again to go on.' },
    counts: {
      added: 'new',
      updated: 'read again',
      unchanged: 'as they were',
      missing: 'no longer there',
      refused: 'not taken',
    },
  },
  beside: {
    title: 'Write sidecars beside the originals?',
    text: (photos) =>
      `An .xmp file is written into the folder of each of ${photos}, or its .xmp is brought up to date; what other programs wrote there stays. The photos themselves are not touched.`,
    others: (photos) => `${photos} of the selection do not lie on the server’s disk and are left out.`,
    none: 'None of these photos lies on the server’s disk. Download their metadata instead.',
    yes: 'Write sidecars',
    queued: (photos) => `Sidecars of ${photos} are being written. What could not be written stands on the jobs page.`,
  },
  photo: {
    edited: 'Edited elsewhere: another program changed this file; its keywords, stars and date were taken over.',
    seen: 'Seen',
    wasSeen: 'Marked as seen.',
    again: 'Read its folder again',
    begun: 'The folder is being read.',
    lies: 'Lies on the server’s disk, not copied',
    versions: 'Files of this picture',
    kept: { managed: '', referenced: 'on the server’s disk', known: 'delivered or written over' },
    current: 'current',
  },
};
