// What browsers can do by themselves, in place of packages that tus-js-client brings for old ones: url-parse, js-base64.

export default class extends URL {
  /** Like url-parse, takes a base that is itself an address of this page's server. */
  constructor(link, base) {
    super(link, new URL(base, globalThis.location.href));
  }
}

export const Base64 = {
  encode: (text) => btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')),
};
