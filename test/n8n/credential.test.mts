// The credential's test, as the "Retry" of the credential dialog runs it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { freePort } from '../../scripts/lib/ports.mjs';
import { environment } from './environment.mts';

const WRONG_KEY = 'wrongk.0123456789abcdef';

async function testCredential(data: { apiKey?: string; baseUrl?: string }) {
	const { client, sandbox } = environment();
	return await client.testCredential('nextMatterApi', { apiKey: sandbox.apiKey, baseUrl: sandbox.apiUrl, ...data });
}

suite('The credential test', () => {
	test('accepts the right key', async () => {
		assert.equal((await testCredential({})).status, 'OK');
	});

	test('accepts the key with a pasted prefix and blanks, and a base URL with a slash at its end', async () => {
		const { sandbox } = environment();
		const result = await testCredential({ apiKey: `  Api-Key ${sandbox.apiKey}\n`, baseUrl: `${sandbox.apiUrl}/` });
		assert.equal(result.status, 'OK', result.message);
	});

	test('refuses a wrong key, says so, and does not repeat it', async () => {
		const { status, message } = await testCredential({ apiKey: WRONG_KEY });
		assert.equal(status, 'Error');
		assert.match(message, /key/i);
		assert.ok(!message.includes(WRONG_KEY), message);
	});

	test('tells an unreachable service from a wrong key', async () => {
		const port = await freePort();
		const { status, message } = await testCredential({ baseUrl: `http://127.0.0.1:${port}/api` });
		const wrongKey = await testCredential({ apiKey: WRONG_KEY });
		assert.equal(status, 'Error');
		assert.notEqual(message, wrongKey.message);
	});

	test('refuses an address where something else answers', async () => {
		const { n8n } = environment();
		const { status } = await testCredential({ baseUrl: `${n8n.url}/rest` });
		assert.equal(status, 'Error');
	});
});
