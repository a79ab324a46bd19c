import native from './index.js';

export const {
  Application,
  CSS,
  GO_PROFILE,
  HTML,
  HTMLAttr,
  JS,
  JSStr,
  Page,
  Srcset,
  Template,
  URL,
  Update,
  VERSION,
  codes,
  compress,
} = native;
