/** What becomes of a failure: words from any body, no secret, items that n8n takes for failed ones. */
import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { explain, fieldErrors, InputError, redact, ServiceError, serviceWords, toErrorItem, toNodeError, type ServiceFailure } from '../../../nodes/kernel/errors.ts';
import fc from '../property.mts';

const node = { id: '1', name: 'Node', type: 'x.y', typeVersion: 1, position: [0, 0], parameters: {} } as INode;
const texts = { service: 'Next Matter', labels: { name: 'Name', actions: 'Form Fields', action_id: 'Form Field ID' } };
const failure = (more: Partial<ServiceFailure> = {}): ServiceFailure => ({ kind: 'refused', status: 400, words: '', fields: [], unclear: false, ...more });

describe('fieldErrors', () => {
	it.each<[unknown, string]>([
		[{ detail: 'Not found.' }, 'Not found.'],
		[{ name: ['Too long.', 'Too odd.'] }, "'Name': Too long. · 'Name': Too odd."],
		[{ actions: [{}, { action_id: ['A valid integer is required.'] }] }, "'Form Fields', entry 2, 'Form Field ID': A valid integer is required."],
		[{ non_field_errors: ['Both.'] }, 'Both.'],
		[{ errors: { name: 'Taken.' } }, "'Name': Taken."],
		[['One.', 'Two.'], 'One. · Two.'],
		['Alone.', 'Alone.'],
		[{ unknown_field: ['No.'] }, "'unknown_field': No."],
		[{ toString: ['No.'], constructor: ['Neither.'] }, "'toString': No. · 'constructor': Neither."],
		[{ name: [] }, ''],
		[{ code: 17, retry: false }, "'code': 17 · 'retry': false"],
		[null, ''],
	])('%j', (body, expected) => {
		expect(serviceWords(failure({ fields: fieldErrors(body) }), texts.labels)).toBe(expected);
	});

	it('never throws, and gives texts with paths, for any JSON', () => {
		fc.assert(
			fc.property(fc.jsonValue({ maxDepth: 8 }), (body) => {
				for (const { path, text } of fieldErrors(body)) {
					expect(typeof text).toBe('string');
					expect(path.every((step) => ['string', 'number'].includes(typeof step))).toBe(true);
				}
				expect(serviceWords(failure({ fields: fieldErrors(body) }), texts.labels).length).toBeLessThanOrEqual(601);
			}),
		);
	});

	it('loses no message of a list of messages per field', () => {
		fc.assert(
			fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), fc.array(fc.string({ minLength: 1 }))), (body) => {
				const found = fieldErrors(body).map(({ path, text }) => `${path.join()}=${text}`);
				expect(found).toEqual(Object.entries(body).flatMap(([key, list]) => list.map((text) => `${key}=${text}`)));
			}),
		);
	});

	it('survives a body that is nested without end', () => {
		const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown;
		expect(fieldErrors(deep)).toEqual([]);
		const named = JSON.parse(`${'{"a":'.repeat(5_000)}"x"${'}'.repeat(5_000)}`) as unknown;
		expect(fieldErrors(named)).toEqual([]);
	});
});

describe('redact', () => {
	const secret = fc.string({ minLength: 4 }).filter((text) => !text.includes('*'));

	it('leaves no secret in any text', () => {
		fc.assert(
			fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), fc.array(fc.string()), (secrets, parts) => {
				const dirty = parts.concat(secrets, secrets.map(encodeURIComponent)).join(' - ');
				const clean = redact(dirty, secrets);
				for (const one of secrets) {
					expect(clean).not.toContain(one);
					expect(clean).not.toContain(encodeURIComponent(one));
				}
			}),
		);
	});

	it('leaves no rest of a secret that holds another one', () => {
		expect(redact('x password123 y', ['pass', 'password123'])).toBe('x *** y');
	});

	it('leaves a text without secrets as it is', () => {
		fc.assert(fc.property(fc.string(), (text) => expect(redact(text, ['', 'not-in-there-000'])).toBe(text)));
	});
});

describe('explain', () => {
	it.each<[Partial<ServiceFailure>, RegExp, RegExp]>([
		[{ kind: 'notSent', status: undefined, words: 'connect ECONNREFUSED' }, /^Next Matter cannot be reached$/, /Nothing was sent.*'Base URL'.*Reason: connect ECONNREFUSED/],
		[{ kind: 'notSent', status: undefined, unclear: true }, /cannot be reached/, /^It is not known/],
		[{ kind: 'noAnswer', status: undefined }, /did not answer$/, /Run the item again later/],
		[{ kind: 'noAnswer', status: undefined, unclear: true }, /did not answer$/, /not known.*look there/],
		[{ kind: 'notReadable', status: 200 }, /not JSON \(200\)/, /'Base URL'/],
		[{ kind: 'notReadable', status: 200, unclear: true }, /not JSON \(200\)/, /not known/],
		[{ status: 400 }, /did not accept the request \(400\)/, /Nothing was done/],
		[{ status: 400, unclear: true }, /\(400\)/, /^(?!.*Nothing was done)/],
		[{ status: 401 }, /did not accept the credential \(401\)/, /expired or revoked/],
		[{ status: 403 }, /refused access \(403\)/, /rights/],
		[{ status: 404 }, /did not find.*\(404\)/, /deleted/],
		[{ status: 429 }, /rate limit.*\(429\)/, /Requests per Minute/],
		[{ status: 500 }, /could not process.*\(500\)/, /Wait a minute/],
		[{ status: 504, unclear: true }, /\(504\)/, /not known/],
	])('%j', (more, message, description) => {
		const error = new ServiceError('', failure(more));
		explain(error, texts, undefined);
		expect(error.message).toMatch(message);
		expect(error.description).toMatch(description);
	});

	it('prefers the words of the operation, and keeps those of the service', () => {
		const error = new ServiceError('', failure({ fields: [{ path: ['name'], text: 'Taken.' }] }));
		explain(error, texts, { message: 'Not created', description: 'Do this.' });
		expect(error).toMatchObject({ message: 'Not created', description: "Do this. Next Matter says: 'Name': Taken." });
	});
});

describe('the error of an item', () => {
	it('has status, text and item, also where n8n would put a stock text', () => {
		const error = new ServiceError('Next Matter did not answer: ECONNREFUSED', failure({ status: 429, retryAfterMs: 5 }), 'Do this.');
		error.details = { instanceId: 7 };
		const nodeError = toNodeError(node, error, 3);
		expect(nodeError).toBeInstanceOf(NodeApiError);
		expect(nodeError).toMatchObject({ message: 'Next Matter did not answer: ECONNREFUSED [item 3]', description: 'Do this.', httpCode: '429', context: { itemIndex: 3, details: { instanceId: 7 } } });
	});

	it.each<[unknown, string, string | undefined]>([
		[new InputError("'Name' is empty", 'Fill it in.'), "'Name' is empty [item 0]", 'Fill it in.'],
		[new Error('odd'), 'odd [item 0]', undefined],
		['thrown text', 'thrown text [item 0]', undefined],
	])('of %p is one of the node', (thrown, message, description) => {
		const error = toNodeError(node, thrown, 0);
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toBe(message);
		expect(error.description ?? undefined).toBe(description);
	});

	it('leaves an error of n8n as it is, and says which item it is about', () => {
		const own = new NodeOperationError(node, 'own');
		expect(toNodeError(node, own, 4)).toBe(own);
		expect(own.context.itemIndex).toBe(4);
		expect(toNodeError(node, own, 5).context.itemIndex).toBe(4);
	});

	it('becomes an item with nothing but error, message and details', () => {
		const failures = fc.record({
			kind: fc.constantFrom('notSent', 'noAnswer', 'notReadable', 'refused', 'cancelled') as fc.Arbitrary<ServiceFailure['kind']>,
			status: fc.option(fc.integer({ min: 100, max: 599 }), { nil: undefined }),
			words: fc.string(),
			fields: fc.array(fc.record({ path: fc.array(fc.oneof(fc.string(), fc.nat())), text: fc.string() })),
			unclear: fc.boolean(),
		});
		fc.assert(
			fc.property(failures, fc.nat(99), (facts, index) => {
				const error = new ServiceError('', facts);
				explain(error, texts, undefined);
				const { json, pairedItem } = toErrorItem(toNodeError(node, error, index), index);
				expect(Object.keys(json).filter((key) => !['error', 'message', 'details'].includes(key))).toEqual([]);
				expect(json.error).toMatch(new RegExp(`^Next Matter .* \\[item ${index}\\]$`));
				expect(json.details).toMatchObject({ description: expect.any(String) });
				expect(pairedItem).toEqual({ item: index });
			}),
		);
	});
});
