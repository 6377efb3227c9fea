#!/usr/bin/env node
/**
 * Where the program begins. Signing runs in Node's thread pool, which is fastest with one thread per
 * core; its default is 4. The size is read when the pool starts, and loading the first module of the
 * kind that all the others are of starts it: hence a file of the old kind, before all of them.
 */
{
  const { availableParallelism } = process.getBuiltinModule('node:os');
  // Two at least: a slow look-up of a host name takes one of them.
  process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(2, availableParallelism()));
  void import('./main.ts');
}
