/** The test of the credential: what a person reads after saving it. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useBench } from './support.mts';

const bench = useBench();

const test = (fields: { apiKey?: string; baseUrl?: string } = {}) =>
	bench.engine.credentialTest({ apiKey: bench.sandbox.apiKey, baseUrl: bench.sandbox.apiUrl, ...fields });

it.each([
	['the right key', (key: string) => key],
	['a pasted prefix', (key: string) => `Api-Key ${key}`],
	['a pasted header', (key: string) => `Authorization: Api-Key ${key}`],
	['blanks and a line break', (key: string) => ` ${key}\n`],
	['quotes', (key: string) => `"${key}"`],
])('accepts %s', async (_what, write) => {
	expect(await test({ apiKey: write(bench.sandbox.apiKey) })).toEqual({
		status: 'OK',
		message: 'Next Matter accepts the API key',
	});
	// The second one shows that the first was let in by its key.
	expect(bench.sandbox.requests.map(({ method, path, authorized }) => [method, path, authorized])).toEqual([
		['GET', '/api/instances/0/', true],
		['GET', '/api/instances/0/', false],
	]);
});

it.each(['/', '///', ' '])('tolerates %j after the base URL', async (end) => {
	expect(await test({ baseUrl: bench.sandbox.apiUrl + end })).toMatchObject({ status: 'OK' });
});

it.each(['drf', 'problem', 'html', 'empty'] as const)(
	'accepts the key whatever "not found" looks like (%s)',
	async (errorBodies) => {
		bench.sandbox.set({ errorBodies });
		expect(await test()).toEqual({ status: 'OK', message: 'Next Matter accepts the API key' });
	},
);

it.each([401, 403, 400] as const)('tells a wrong key (%i) from an address that is wrong', async (authFailureStatus) => {
	bench.sandbox.set({ authFailureStatus });
	const { status, message } = await test({ apiKey: 'wrong.key' });
	expect(status).toBe('Error');
	expect(message).toContain('Next Matter is reached');
	expect(message).toContain(`(${authFailureStatus})`);
	expect(message).not.toContain('wrong.key');
});

it.each(['expired', 'revoked'] as const)('refuses a key that is %s', async (keyState) => {
	bench.sandbox.set({ keyState });
	expect((await test()).message).toContain('not expired and not revoked');
});

it.each([
	[{ apiKey: '' }, "'API Key' is empty"],
	[{ apiKey: ' Api-Key ' }, "'API Key' is empty"],
	[{ baseUrl: '' }, "'Base URL' is not a web address"],
	[{ baseUrl: 'core.nextmatter.com/api' }, "'Base URL' is not a web address"],
	[{ baseUrl: 'ftp://core.nextmatter.com/api' }, "'Base URL' is not a web address"],
])('finds %j before anything is sent', async (fields, text) => {
	expect(await test(fields)).toEqual({ status: 'Error', message: expect.stringContaining(text) });
	expect(bench.sandbox.requests).toEqual([]);
});

it('says that nobody is there', async () => {
	const { status, message } = await test({ baseUrl: 'http://127.0.0.1:9/api' });
	expect(status).toBe('Error');
	expect(message).toContain('No answer from http://127.0.0.1:9/api (ECONNREFUSED)');
});

it('says that the name is unknown', async () => {
	const { message } = await test({ baseUrl: 'http://nobody.invalid/api' });
	expect(message).toMatch(/No answer from http:\/\/nobody\.invalid\/api/);
});

it.each([
	['path', '/wrong'],
	['path behind the API', '/api/v9'],
	['path without api', ''],
])('says that the %s is wrong', async (_what, path) => {
	const { status, message } = await test({ baseUrl: bench.sandbox.url + path });
	expect([status, message]).toEqual(['Error', expect.stringContaining("Check 'Base URL'")]);
});

it.each<[string, RequestListener, string]>([
	[
		'a web site',
		(_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>'),
		'it is not the API of Next Matter (200)',
	],
	[
		'a site without that page',
		(_request, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>404</h1>'),
		'it is not the API of Next Matter (404)',
	],
	[
		'another API',
		(_request, response) =>
			response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}'),
		'it is not the API of Next Matter (404)',
	],
	[
		'a log-in page',
		(_request, response) => response.writeHead(302, { location: 'https://login.example/' }).end(),
		'it is not the API of Next Matter (302)',
	],
	['an empty answer', (_request, response) => response.writeHead(200).end(), 'it is not the API of Next Matter (200)'],
	['a service out of order', (_request, response) => response.writeHead(503).end('busy'), 'out of order now (503)'],
	['a used-up rate limit', (_request, response) => response.writeHead(429).end('{}'), 'rate limit is used up (429)'],
	['a line that goes dead', (request) => request.socket.destroy(), 'No answer from'],
])('tells %s from the API', async (_what, listener, text) => {
	const server = createServer(listener);
	await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
	try {
		const { status, message } = await test({
			baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
		});
		expect([status, message]).toEqual(['Error', expect.stringContaining(text)]);
		expect(message).not.toContain(bench.sandbox.apiKey);
	} finally {
		server.close();
		server.closeAllConnections();
	}
});
