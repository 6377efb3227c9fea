import { describe, expect, test } from '@jest/globals';
import {
  contentIdProblem,
  contentTypeProblem,
  fileNameProblem,
} from '../../src/mail/attachment-text.ts';

describe('what may stand in the fields of an attachment:', () => {
  test.each(['offer.pdf', 'Übersicht März.xlsx', '報告書', 'a"b;c', '.hidden', 'x'.repeat(255)])(
    'the file name %j',
    (name) => {
      expect(fileNameProblem(name)).toBeUndefined();
    },
  );

  test.each([
    'application/pdf',
    'text/plain; charset=utf-8',
    'text/calendar;method=REQUEST',
    'a/b; x="y z"',
  ])('the type %j', (type) => {
    expect(contentTypeProblem(type)).toBeUndefined();
  });

  test.each(['logo', 'logo@crm.example', 'a.b+c%d_e-f'])('the content id %j', (id) => {
    expect(contentIdProblem(id)).toBeUndefined();
  });
});

describe('what may not:', () => {
  test.each(['', 'a/b', '..\\b', 'a\r\nb', 'a\0', 'a\u202eb', '\ud800', 'x'.repeat(256)])(
    'the file name %j',
    (name) => {
      expect(fileNameProblem(name)).toEqual(expect.any(String));
    },
  );

  test.each([
    '',
    'pdf',
    'application/',
    'a/b/c',
    'a/b\r\nX: y',
    'a/b\n',
    'a/b;',
    'a/b; x',
    'a/b; name="x"',
    'a/b; boundary=x',
    'a/b; x="y\r\n"',
    'a/b; x="\\""',
    'ä/b',
    `a/b; x=${'y'.repeat(200)}`,
  ])('the type %j', (type) => {
    expect(contentTypeProblem(type)).toEqual(expect.any(String));
  });

  test.each(['', '<a>', 'a b', 'a@b@c', 'a>\r\nX: y', 'a\n', 'é', 'x'.repeat(251)])(
    'the content id %j',
    (id) => {
      expect(contentIdProblem(id)).toEqual(expect.any(String));
    },
  );
});
