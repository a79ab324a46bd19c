// This repository's Node.js package.
import { createRequire } from 'node:module';

export const { Application, Template, HTML, URL: TrustedURL, codes } = createRequire(import.meta.url)('../../../bindings/node');
