// The words of downloads.

export const download = {
  title: (photos) => `Download ${photos}`,
  measuring: 'Measuring …',
  none: 'There are no photos to download.',
  size: (photos, size) => `${photos}, about ${size}. Originals stay as they are; the tags go into the copies.`,
  layout: 'Folders in the zip',
  layouts: {
    folders: ['As they were', 'The folders you dropped'],
    date: ['By date', 'A folder a day'],
    flat: ['None', 'All files side by side, equal names numbered'],
  },
  tags: 'Tags',
  unreviewed: ['Also what you have not reviewed', 'Where the machine is sure enough; rejected tags are never written'],
  people: 'Names of people you named; never those of private people',
  names: {
    regions: ['Regions', 'Where each face is, for Lightroom, digiKam and others'],
    people: ['Person shown', 'Names without a place'],
    people_keywords: ['Keywords', 'Below “People”'],
  },
  where: 'Where the tags go',
  wheres: {
    inside: ['Inside the files', 'RAW and HEIC get an .xmp beside them; nothing is written into them'],
    beside: ['Beside the files', 'An .xmp file for each photo; the files stay as they are'],
    alone: ['Metadata only', 'A small zip of .xmp files in the folders you dropped, to unpack over your photos'],
  },
  lightroom:
    'Lightroom and Camera Raw read .xmp files beside RAW alone. For JPEG, TIFF and PNG they read only what is inside the file: choose “Inside the files” for those. Into DNG nothing is written, so that they do not see its new tags. digiKam and darktable read .xmp beside every file.',
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
