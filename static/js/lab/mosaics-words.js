// The words of looking for mosaics.

export const words = {
  looking: 'Looking…',
  found: (sure) => `Pixelated, ${sure} sure.`,
  none: (sure) => `No mosaic is found; that there is one is ${sure} likely.`,
  unsure: (sure) => `Perhaps pixelated (${sure} likely), but not surely enough to say where.`,
  block: (side) => `Blocks of ${side} px,`,
  noGrid: 'Blocks of a size that cannot be told,',
  size: (x, y, w, h) => `over ${w} × ${h} px.`,
  by: { pixelation_trees: 'the trees', pixelation_cells: 'the network', both: 'trees and network together' },
  told: (by, ms) => `Told by ${by} in ${ms} ms.`,
  estimated: 'A repair estimates what lay there: nobody can be identified from it.',
};
