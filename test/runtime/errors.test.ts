import { describe, expect, test } from '@jest/globals';
import {
  codeOf,
  errorCatalogue,
  messageOf,
  OnbehalfError,
  validationError,
} from '../../src/runtime/errors.ts';
import { shapeOf } from '../../src/runtime/shape.ts';

test('an error carries its code, message, problems and cause', () => {
  const cause = new Error('inner');
  const problems = [{ field: 'to', message: 'is missing' }];
  const error = new OnbehalfError('INVALID_INPUT', 'outer', { cause, problems });
  expect(error).toMatchObject({ name: 'OnbehalfError', code: 'INVALID_INPUT', message: 'outer' });
  expect(error.cause).toBe(cause);
  expect(error.problems).toEqual(problems);
  expect('cause' in new OnbehalfError('INVALID_INPUT', 'outer')).toBe(false);
  expect(new OnbehalfError('INVALID_INPUT', 'outer').problems).toEqual([]);
});

test('the catalogue holds codes in capitals, each with a sentence', () => {
  for (const [code, sentence] of Object.entries(errorCatalogue)) {
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
    expect(sentence).toMatch(/^[A-Z].*\.$/);
  }
});

test('a validation error names all fields in one message', () => {
  const problems = [
    { field: 'to', message: 'is missing' },
    { field: 'attachments[2].filename', message: 'is empty' },
  ];
  expect(validationError('INVALID_INPUT', 'send()', problems)).toMatchObject({
    message: 'send(): to: is missing; attachments[2].filename: is empty',
    problems,
  });
});

describe('what anything thrown says', () => {
  test.each<[unknown, string | undefined, string]>([
    [new OnbehalfError('INVALID_JOB', 'bad'), 'INVALID_JOB', 'bad'],
    [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED', 'refused'],
    [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED', 'ECONNREFUSED'],
    [{ code: 7, message: 'a plain object' }, undefined, 'a plain object'],
    ['a text', undefined, 'a text'],
    [undefined, undefined, 'undefined'],
    [null, undefined, 'null'],
  ])('%p', (thrown, code, message) => {
    expect(codeOf(thrown)).toBe(code);
    expect(messageOf(thrown)).toBe(message);
  });
});

test.each<[unknown, string]>([
  [undefined, 'missing'],
  [null, 'null'],
  ['planted-secret', 'a text of 14 characters'],
  [['planted-secret'], 'a list of 1'],
  [{ a: 'planted-secret' }, 'an object'],
  [42, 'a number'],
  [true, 'a boolean'],
])('the shape of a value tells no value', (value, shape) => {
  expect(shapeOf(value)).toBe(shape);
});
