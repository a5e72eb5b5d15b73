// The words of the dialog of keys.

export const keys = {
  title: 'Keys',
  groups: {
    move: [
      'Everywhere',
      [
        ['/', 'Search'],
        ['g l', 'Library'],
        ['g r', 'Review'],
        ['g p', 'People'],
        ['g b', 'Lab'],
        ['g j', 'Jobs'],
        ['g s', 'Settings'],
        ['d', 'Download'],
        ['u', 'Undo'],
        ['esc', 'Back'],
        ['?', 'These keys'],
      ],
    ],
    grid: [
      'Library',
      [
        ['← ↑ → ↓', 'Move'],
        ['space', 'Select'],
        ['shift →', 'Extend the selection'],
        ['ctrl a', 'Select all of the filter'],
        ['enter', 'Open'],
        ['t', 'Tag'],
        ['del', 'Move to the trash'],
      ],
    ],
    photo: [
      'Photo',
      [
        ['← →', 'Previous, next'],
        ['z', '100 %'],
        ['o', 'Boxes'],
        ['i', 'Details'],
        ['t', 'Add a tag'],
        ['p', 'Name a face'],
        ['y n', 'Confirm, reject the first open tag'],
        ['d', 'Download this photo'],
      ],
    ],
    review: [
      'Review',
      [
        ['y', 'Yes'],
        ['n', 'No'],
        ['s', 'Skip'],
        ['u', 'Undo'],
        ['o', 'Box'],
        ['z', '100 %'],
      ],
    ],
    people: [
      'People',
      [
        ['y n s', 'Yes, no, skip'],
        ['a', 'Yes to all up to the marked face'],
        ['space', 'Select'],
        ['p', 'Name what is selected'],
        ['enter', 'Show the photo'],
        ['x', 'A stranger'],
        ['c', 'Cover'],
      ],
    ],
  },
};
