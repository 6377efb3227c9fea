import { readFileSync } from 'node:fs';
import { messageOf, validationError } from '../runtime/errors.ts';

/**
 * The bytes of a file that an option names; `-` is standard input.
 *
 * @throws OnbehalfError `INVALID_INPUT` naming the option
 */
export function readOptionFile(verb: string, option: string, file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw validationError('INVALID_INPUT', verb, [{ field: option, message: messageOf(error) }]);
  }
}
