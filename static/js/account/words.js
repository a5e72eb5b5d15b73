// The words of the pages for account and users that are not in their templates.

export const words = {
  copy: 'Copy',
  copied: 'Copied.',
  differ: 'The two passwords differ. Type the same one twice.',
  key: { title: 'Your new key', text: 'It is shown this once. Keep it where the program finds it.' },
  link: (name) => ({
    title: `A link for ${name}`,
    text: 'Give it to them yourself. It works once, for three days, and is shown this once.',
  }),
};
