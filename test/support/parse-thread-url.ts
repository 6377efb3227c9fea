/** The mail parser's thread, for `threadUrl`: from the sources, without a build. */
export const parseThreadUrl = new URL('./parse-thread.mjs', import.meta.url);
