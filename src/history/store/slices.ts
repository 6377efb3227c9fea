/** Rows or keys of one statement: SQLite takes 32 766 values, and our widest row has 20. */
const sliceMax = 500;

/** Cuts a list into pieces that fit into one statement. */
export function* inSlices<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += sliceMax) {
    yield items.slice(start, start + sliceMax);
  }
}
