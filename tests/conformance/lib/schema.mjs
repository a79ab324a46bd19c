// The JSON Schemas that the engine ships: every message of their kinds must be valid.
import { readFileSync } from 'node:fs';
import addFormats from 'ajv-formats';
import Ajv from 'ajv/dist/2020.js';

// (`data` has a type of its own in each branch of a schema, which the strict mode wants repeated.)
const ajv = new Ajv({ strict: true, strictTypes: false });
addFormats(ajv);

function validator(name) {
  const validate = ajv.compile(JSON.parse(readFileSync(new URL(`../../../livetemplate-core/schema/${name}`, import.meta.url), 'utf8')));
  return (message) => {
    if (!validate(message)) throw new Error(`a message is not as ${name} has it: ${ajv.errorsText(validate.errors)}`);
  };
}

/** Throws where a message of the format `patches` is not valid. */
export const checkUpdate = validator('update-message-1.0.json');
/** Throws where a control message, of either side, is not valid. */
export const checkControl = validator('control-message-1.0.json');
