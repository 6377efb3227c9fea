/**
 * Jest reporter whose only output is the last line of a run: `N passed, N failed`.
 * A test file that could not even be loaded counts as one failure; jest's own summary tells of skipped tests.
 */
export default class SummaryLine {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const line = `${results.numPassedTests} passed, ${failed} failed\n`;
    // Jest writes its summary after all other reporters, so the line waits until nothing more can come.
    process.once('exit', () => process.stdout.write(line));
  }
}
