// The words of enlarging.

export const words = {
  chosen: (name, size) => (size ? `${name}, ${size}` : name),
  result: (size, megapixels) => `It becomes ${size} pixels, ${megapixels} megapixels.`,
  tooLarge: (size, most) =>
    `It would become ${size} pixels, more than the limit of ${most} megapixels. Choose a smaller factor.`,
  tooMany: (size, most) =>
    `This file has ${size}; ${most} can be sent at once. Add it to the library and choose it there.`,
  size: (w, h) => `${w} × ${h}`,
  sending: 'Sending …',
  waiting: 'Waiting for the queue …',
  running: (share) => `${share} done`,
  cancel: 'Cancel',
  gone: 'Thrown away.',
  ready: (name) => `${name} is ready.`,
  none: 'Nothing yet.',
  methods: { fast: 'fast', quality: 'best', perceptual: 'invented detail' },
  line: (factor, method) => `${factor} ×, ${method}`,
  states: { waiting: 'waiting', running: 'being made', failed: 'failed', cancelled: 'cancelled' },
  show: (name) => `Show ${name}`,
  download: 'Download',
  downloadOne: (name) => `Download ${name}`,
  remove: (name) => `Throw ${name} away`,
  sides: { bicubic: 'Bicubic', enlarged: 'Enlarged' },
  invented: 'Enlarged, detail invented',
  divider: 'Bicubic and enlarged',
  split: (share) => (share > 99 ? 'Bicubic alone' : share < 1 ? 'Enlarged alone' : `${Math.round(share)} % bicubic`),
  loupe: '100 %',
  blink: 'Bicubic, enlarged',
  stage: 'The picture, at 100 % to be moved by arrow keys',
};
