/** The credential and what is made of it. */
import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';
import { bareApiKey, NextMatterApi } from '../../../credentials/NextMatterApi.credentials.ts';
import { normalizeBaseUrl, openConnection } from '../../../nodes/NextMatter/api/connection.ts';
import { oneAtATime } from '../../../nodes/NextMatter/api/once.ts';
import { createSandbox, type Sandbox } from '../../../sandbox/next-matter/server.mts';
import { createContext } from '../kernel/context.mts';
import fc from '../property.mts';

const KEY = 'xyzabc.12fsfe242ubdgakew';

describe('bareApiKey', () => {
	it.each([
		KEY, ` ${KEY} `, `\t${KEY}\n`, `"${KEY}"`, `'${KEY}'`, `Api-Key ${KEY}`, `api-key ${KEY}`, `API-KEY  ${KEY}`, `Api-Key: ${KEY}`, `"Api-Key ${KEY}"`,
		`Authorization: Api-Key ${KEY}`, `authorization:Api-Key ${KEY}`, `Authorization: ${KEY}`, `Api-Key\n${KEY}\n`, 'xyzabc. 12fsfe242\nubdgakew',
	])('%j', (given) => {
		expect(bareApiKey(given)).toBe(KEY);
	});

	it('leaves a key alone, whatever it is made of', () => {
		const keys = fc.stringMatching(/^[A-Za-z0-9]{4,12}\.[A-Za-z0-9]{8,40}$/);
		fc.assert(
			fc.property(keys, (key) => {
				expect(bareApiKey(key)).toBe(key);
				expect(bareApiKey(`Api-Key ${key}`)).toBe(key);
				expect(bareApiKey(bareApiKey(` "${key}" `))).toBe(key);
			}),
		);
	});

	it.each([undefined, null, '', ' ', 'Api-Key '])('is empty for %p', (given) => {
		expect(bareApiKey(given)).toBe('');
	});
});

it('adds the key and changes nothing else', async () => {
	const { authenticate } = new NextMatterApi();
	const options: IHttpRequestOptions = { url: 'https://a.b/', headers: { Accept: 'x' }, body: { a: 1 } };
	const authenticated = await (authenticate as (data: ICredentialDataDecryptedObject, options: IHttpRequestOptions) => Promise<IHttpRequestOptions>)({ apiKey: `Api-Key ${KEY} ` }, options);
	expect(authenticated).toEqual({ ...options, headers: { Accept: 'x', Authorization: `Api-Key ${KEY}` } });
	expect(options.headers).toEqual({ Accept: 'x' });
});

describe('normalizeBaseUrl', () => {
	it.each([
		['https://core.nextmatter.com/api', 'https://core.nextmatter.com/api'],
		[' https://core.nextmatter.com/api// ', 'https://core.nextmatter.com/api'],
		['http://127.0.0.1:4010/api/', 'http://127.0.0.1:4010/api'],
		['HTTPS://host', 'HTTPS://host'],
	])('%j', (given, expected) => {
		expect(normalizeBaseUrl(given)).toBe(expected);
	});

	it.each(['', 'core.nextmatter.com/api', 'ftp://a.b', 'https://', 'https://a.b/api?x=1', 'https://a.b/#x', 'https://user:pw@a.b/', 'https://a b/', undefined, 7])('refuses %p', (given) => {
		expect(normalizeBaseUrl(given)).toBeUndefined();
	});
});

describe('openConnection', () => {
	let sandbox: Sandbox;
	beforeAll(async () => {
		sandbox = await createSandbox({ switches: { echoAuth: true } });
	});
	afterAll(async () => await sandbox.close());

	it('tells accounts apart without giving the key away', async () => {
		const open = async (apiKey: string, baseUrl: string) => await openConnection(await createContext({ apiKey, baseUrl }));
		const one = await open(KEY, 'https://a.b/api/');
		expect(one).toMatchObject({ baseUrl: 'https://a.b/api', account: (await open(` Api-Key ${KEY}`, 'https://a.b/api')).account });
		expect(one.account).not.toBe((await open(`${KEY}x`, 'https://a.b/api')).account);
		expect(one.account).not.toBe((await open(KEY, 'https://a.c/api')).account);
		expect(JSON.stringify(one)).not.toContain(KEY);
	});

	it('refuses a base URL that is none', async () => {
		await expect(openConnection(await createContext({ apiKey: KEY, baseUrl: 'core' }))).rejects.toThrow("'Base URL' in the credential is not a web address");
	});

	it.each(['drf', 'html'] as const)('keeps the key out of errors, though the service gives it back (%s)', async (errorBodies) => {
		sandbox.set({ errorBodies });
		const { send, baseUrl } = await openConnection(await createContext({ apiKey: 'wrong.S3cret', baseUrl: sandbox.apiUrl }));
		const failure = await send({ method: 'GET', url: `${baseUrl}/instances/1/`, effect: 'read', expectsJson: true }).catch((error: { failure: unknown }) => error.failure);
		expect(failure).toMatchObject({ kind: 'refused', status: 401 });
		expect(JSON.stringify(failure)).toContain('***');
		expect(JSON.stringify(failure)).not.toContain('S3cret');
	});
});

describe('oneAtATime', () => {
	it('runs work of one key in order and never at the same time, whatever fails', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.record({ key: fc.constantFrom('a', 'b', '__proto__'), turns: fc.nat(5), fails: fc.boolean() }), { maxLength: 15 }), async (jobs) => {
				const log: string[] = [];
				const running = new Set<string>();
				const ended = await Promise.allSettled(
					jobs.map(({ key, turns, fails }, index) =>
						oneAtATime(key, async () => {
							expect(running.has(key)).toBe(false);
							running.add(key);
							for (let turn = 0; turn < turns; turn++) await Promise.resolve();
							running.delete(key);
							log.push(`${key} ${index}`);
							if (fails) throw new Error('no');
							return index;
						}),
					),
				);
				expect(ended.map(({ status }) => status)).toEqual(jobs.map(({ fails }) => (fails ? 'rejected' : 'fulfilled')));
				for (const key of ['a', 'b', '__proto__']) {
					const own = log.filter((entry) => entry.startsWith(`${key} `));
					expect(own).toEqual(jobs.flatMap((job, index) => (job.key === key ? [`${key} ${index}`] : [])));
				}
			}),
		);
	});
});
