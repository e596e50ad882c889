// All tests in one suite, so that n8n is ended as soon as the last of them is.
import { globSync } from 'node:fs';
import { after, suite } from 'node:test';
import { stopEnvironment } from './environment.mts';

const folder = new URL('.', import.meta.url);
const wanted = process.argv[2] ?? '';
const files = globSync('*.test.mts', { cwd: folder })
	.filter((name) => name.includes(wanted))
	.sort();

suite('The package in a real n8n', async () => {
	after(stopEnvironment);
	for (const name of files) await import(new URL(name, folder).href);
});
