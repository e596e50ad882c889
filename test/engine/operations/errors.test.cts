/** What the service, a proxy or the network can answer: readable texts, and no key in any of them. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Fault } from '../../../sandbox/next-matter/faults.mts';
import type { Switches } from '../../../sandbox/next-matter/switches.mts';
import { done, failed, FIRST_STEP, hurried, ONBOARDING, useBench } from './support.mts';

const bench = useBench();
const { run, sent, calls, instance } = bench;

const UNKNOWN = 999_999;
const create: [string, INodeParameters] = ['instance.create', { workflowId: String(ONBOARDING) }];
const get: [string, INodeParameters] = ['instance.get', { instanceId: '={{ $json.id ?? 88001 }}' }];

/** A request that the service refuses with field errors in nested lists. */
const refusedForm = (id: number): [string, INodeParameters] => [
	'step.complete',
	{
		instanceId: String(id),
		stepId: String(FIRST_STEP),
		inputMode: 'json',
		formFieldsJson:
			'[{"action_id": 369584, "input_object": {"inputValue": "x"}}, {"action_id": 369585, "input_object": {"emailValue": 5}}]',
	},
];

describe('400 with the words of the service', () => {
	it('names the parameter, the entry and the item, and keeps the words (nested field errors)', async () => {
		const { message, description, httpCode, itemIndex } = await failed(run(...refusedForm(instance())));
		expect(message).toBe("Next Matter did not accept the step in 'Step' (400) [item 0]");
		expect(description).toContain('must be active');
		expect(description).toContain("Next Matter says: 'Form Fields', entry 2, 'Value': Enter a valid email address.");
		expect({ httpCode, itemIndex }).toEqual({ httpCode: '400', itemIndex: 0 });
	});

	it.each([
		['problem', 'Next Matter says'],
		['empty', 'did not accept the step'],
		['html', 'Bad Request'],
	] as const)('is readable with a body of the kind %s', async (errorBodies, text) => {
		bench.sandbox.set({ errorBodies });
		const { message, description } = await failed(run(...refusedForm(instance())));
		expect(message).toContain("'Step' (400)");
		expect(message + description).toContain(text);
		expect(description).not.toMatch(/<\/|undefined|\[object/);
	});

	it.each<[string, string, INodeParameters, ...string[]]>([
		['a workflow that does not exist', 'instance.create', { workflowId: '1' }, "'Workflow'", 'cannot be started'],
		[
			'a name where names are automatic',
			'instance.create',
			{ workflowId: '4211', additionalFields: { name: 'Mine' } },
			"'Name'",
			'automatically',
		],
		['missing assignments', 'instance.create', { workflowId: '4212' }, "'Step Assignments'", 'selected at the start'],
		[
			'a step that is done',
			'step.complete',
			{ instanceId: '88001', stepId: String(FIRST_STEP) },
			"'Step'",
			'already completed',
		],
		['a step not reached', 'step.save', { instanceId: '88003', stepId: '141497' }, "'Step'", 'not active'],
		[
			'a step of another workflow',
			'step.save',
			{ instanceId: '88003', stepId: '141510' },
			"'Step'",
			'object does not exist',
		],
		[
			'a required field that is empty',
			'step.complete',
			{ instanceId: '88003', stepId: String(FIRST_STEP) },
			"'Step'",
			'Full name',
		],
		[
			'a user that does not exist',
			'instance.update',
			{ instanceId: '88001', stepAssignments: { assignment: [{ stepId: '141490', userId: '1' }] } },
			"'Step Assignments', entry 1, 'User ID'",
		],
	])('%s', async (_what, name, parameters, ...texts) => {
		const { message, description } = await failed(run(name, parameters));
		for (const text of texts) expect(message + description).toContain(text);
		expect(message).toMatch(/\(400\) \[item 0\]$/);
	});

	it('says of a filter which one', async () => {
		const body = { total_runtime_max: ['Enter a valid duration.'] };
		bench.sandbox.faults.add({ kind: 'status', status: 400, body });
		const { description } = await failed(
			run('instance.getAll', { workflowId: '4210', filters: { totalRuntimeMax: 'PT1M' } }),
		);
		expect(description).toContain("'Total Runtime Max': Enter a valid duration.");
	});
});

describe('401 and 403', () => {
	it.each([
		[401, 'credential'],
		[403, 'Test the credential'],
	] as const)('a refused key (%i)', async (authFailureStatus, text) => {
		bench.sandbox.set({ authFailureStatus, keyState: 'revoked' });
		const { message, description, httpCode } = await failed(run(...get));
		expect(message).toContain(`(${authFailureStatus})`);
		expect(message + description).toContain(text);
		expect(httpCode).toBe(String(authFailureStatus));
		expect(bench.sandbox.requests).toHaveLength(1);
	});

	it('the rights of the key', async () => {
		bench.sandbox.set({ keyUserRole: 'member' });
		const id = instance();
		bench.sandbox.state.completeStep(id, FIRST_STEP);
		const { message, description } = await failed(run('step.save', { instanceId: String(id), stepId: '141490' }));
		expect(message).toContain("API key's user may not fill in the step in 'Step' (403)");
		expect(description).toMatch(/owner of the step, the lead of the workflow or an admin/);
	});
});

describe('404', () => {
	it.each<[string, INodeParameters, string]>([
		['instance.get', { instanceId: String(UNKNOWN) }, "The instance in 'Instance' does not exist"],
		[
			'instance.update',
			{ instanceId: String(UNKNOWN), updateFields: { name: 'x' } },
			"The instance in 'Instance' does not exist",
		],
		['instance.getAll', { workflowId: '1' }, "The workflow in 'Workflow' does not exist"],
		['instance.stop', { instanceId: String(UNKNOWN) }, "The instance in 'Instance'"],
		['instance.delete', { instanceId: String(UNKNOWN) }, "The instance in 'Instance' was not deleted"],
		['step.complete', { instanceId: String(UNKNOWN), stepId: '1' }, "The instance in 'Instance' does not exist"],
		['step.getAll', { instanceId: String(UNKNOWN) }, "The instance in 'Instance' does not exist"],
		[
			'formField.getAll',
			{ workflowId: '4210', stepId: '141487', actionId: '1' },
			"The form field in 'Form Field' does not exist",
		],
		['workflow.get', { workflowId: '1' }, "The workflow in 'Workflow' was not found"],
	])('%s', async (name, parameters, text) => {
		const { message, description } = await failed(run(name, parameters));
		expect(message).toContain(text);
		expect(message).toContain('(404) [item 0]');
		expect(description).not.toBe('');
	});

	it('of an upload and of a workflow says that they may not be offered', async () => {
		bench.sandbox.set({ processDetail: false });
		const { message, description } = await failed(run('workflow.get', { workflowId: '4210' }));
		expect(message + description).toMatch(/not offered.*not in the public reference/);
	});
});

describe('429', () => {
	it.each([
		['seconds', 1],
		['http-date', 2],
	] as const)('waits as long as Retry-After says (%s), then goes on', async (retryAfter, seconds) => {
		const value = retryAfter === 'seconds' ? seconds : new Date(Date.now() + 3_000).toUTCString();
		bench.sandbox.faults.add({ kind: 'rate-limit', retryAfter: value });
		const started = Date.now();
		const [json] = await hurried(async () => await done(run(...create)));
		expect(json.id).toEqual(expect.any(Number));
		expect(calls()).toEqual(['POST /instances/', 'POST /instances/']);
		expect(Date.now() - started).toBeLessThan(3_000);
	});

	it('waits a minute without Retry-After, for all items at once', async () => {
		bench.sandbox.set({ retryAfter: 'none' });
		bench.sandbox.faults.add({ kind: 'rate-limit', times: 2 });
		const items = [{ id: 88001 }, { id: 88002 }, { id: 88003 }];
		let waited = 0;
		await hurried(async () => {
			const started = Date.now();
			await done(run('instance.get', { instanceId: '={{ $json.id }}', options: { concurrency: 2 } }, { items }));
			waited = Date.now() - started;
		});
		expect(waited).toBeGreaterThan(60_000);
		expect(waited).toBeLessThan(130_000);
		expect(sent('GET')).toHaveLength(5);
	});

	it('can be cancelled while it waits', async () => {
		bench.sandbox.faults.add({ kind: 'rate-limit', times: 'always', retryAfter: null });
		const stop = new AbortController();
		setTimeout(() => stop.abort(), 150);
		const started = performance.now();
		const { status } = await run(...create, { signal: stop.signal });
		expect(status).toBe('canceled');
		expect(performance.now() - started).toBeLessThan(1_500);
		expect(bench.sandbox.requests).toHaveLength(1);
	});

	it('gives up after a while and says that nothing was done', async () => {
		bench.sandbox.faults.add({ kind: 'rate-limit', times: 'always', retryAfter: 1 });
		const { message, description } = await hurried(async () => await failed(run(...create)));
		expect(message).toContain('reached its rate limit (429)');
		expect(description).toContain('Nothing was done');
		expect(bench.sandbox.requests.length).toBeLessThanOrEqual(9);
	});

	it('holds its own pace on demand', async () => {
		const options = { requestsPerMinute: 2 };
		let waited = 0;
		await hurried(async () => {
			const started = Date.now();
			await done(run('instance.get', { instanceId: '88001', options }, { items: [{}, {}, {}] }));
			waited = Date.now() - started;
		});
		expect(waited).toBeGreaterThanOrEqual(60_000);
	});
});

const html =
	'<html><head><title>504</title><style>p {}</style></head><body><h1>504 Gateway Time-out</h1></body></html>';

/** Fault, whether the call (a create) may have worked, and a text. */
const BROKEN: Array<[string, Fault, boolean, ...string[]]> = [
	['500 as HTML', { kind: 'status', status: 500, body: '<h1>Server Error</h1>', html: true }, true, 'Server Error'],
	['500 empty', { kind: 'status', status: 500, body: '' }, true],
	['502 as JSON', { kind: 'status', status: 502, body: { detail: 'upstream' } }, true, 'upstream'],
	['504 as HTML', { kind: 'status-after', status: 504, body: html }, true, '504 Gateway Time-out'],
	['a connection cut before', { kind: 'reset-before' }, true, 'did not answer'],
	['a connection cut after', { kind: 'reset-after' }, true, 'did not answer'],
	['half an answer', { kind: 'cut' }, true, 'did not answer'],
	['JSON that ends in the middle', { kind: 'truncate' }, true, 'not JSON'],
	['a web page with status 200', { kind: 'not-json' }, true, 'not JSON', 'We will be right back'],
	['an empty answer', { kind: 'empty' }, true, 'not JSON'],
	[
		'a redirect',
		{ kind: 'status', status: 302, body: '', headers: { location: 'https://login.example/' } },
		false,
		'redirects to https://login.example/',
	],
	['a plain text', { kind: 'status', status: 418, body: 'I am a teapot' }, false, 'I am a teapot'],
	['a list of texts', { kind: 'status', status: 400, body: ['No.', 'Never.'] }, false, 'No. · Never.'],
	['a number', { kind: 'status', status: 400, body: '42' }, false, '(400)'],
];

describe.each(BROKEN)('%s', (_what, fault, unclear, ...texts) => {
	it('on a write: says what is known, and sends nothing again', async () => {
		bench.sandbox.faults.add(fault);
		const { message, description } = await failed(run(...create));
		for (const text of texts) expect(message + description).toContain(text);
		if (unclear) expect(message + description).toMatch(/not known/);
		else expect(message + description).not.toMatch(/not known/);
		expect(message + description).not.toMatch(/<\w+>|undefined|\[object|ECONNRESET/);
		expect(calls()).toEqual(['POST /instances/']);
	});

	it('on a read: tries again where that may help', async () => {
		const mayHelp = !('status' in fault) || Number(fault.status) >= 500;
		bench.sandbox.faults.add(fault);
		const result = await hurried(async () => await run(...get));
		expect(result.status).toBe(mayHelp ? 'success' : 'error');
		expect(bench.sandbox.requests).toHaveLength(mayHelp ? 2 : 1);
	});
});

it('gives up reading after four tries', async () => {
	bench.sandbox.faults.add({ kind: 'status', status: 503, times: 'always' });
	const { message, description } = await hurried(async () => await failed(run(...get)));
	expect(message).toContain('could not process the request (503) [item 0]');
	expect(description).toContain('Wait a minute');
	expect(bench.sandbox.requests).toHaveLength(4);
});

it('says that nothing was sent when nobody is there', async () => {
	const credentials = { nextMatterApi: { apiKey: 'k', baseUrl: 'http://127.0.0.1:9/api' } };
	const { message, description } = await hurried(async () => await failed(run(...create, { credentials })));
	expect(message).toContain('Next Matter cannot be reached');
	expect(description).toContain("Nothing was sent. Check 'Base URL'");
});

it.each(['core.nextmatter.com', '', 'ftp://example.com'])('refuses the base URL %j with a text', async (baseUrl) => {
	const credentials = { nextMatterApi: { apiKey: 'k', baseUrl } };
	const { message } = await failed(run(...get, { credentials }));
	expect(message).toContain("'Base URL' in the credential is not a web address");
});

it('takes a slash at the end of the base URL and a pasted prefix', async () => {
	const credentials = {
		nextMatterApi: { apiKey: `  Api-Key ${bench.sandbox.apiKey}\n`, baseUrl: ` ${bench.sandbox.apiUrl}// ` },
	};
	await done(run(...get, { credentials }));
	expect(calls()).toEqual(['GET /instances/88001/']);
});

it('tells which items were done when one stops the run', async () => {
	const items = [{ id: 88001 }, { id: 88002 }, { id: UNKNOWN }, { id: 88003 }];
	const { description, itemIndex } = await failed(
		run(
			'instance.update',
			{ instanceId: '={{ $json.id }}', updateFields: { tags: ['x'] }, options: { concurrency: 1 } },
			{ items },
		),
	);
	expect(itemIndex).toBe(2);
	expect(description).toContain('Already carried out, and not undone: item 0 to 1.');
	expect(bench.sandbox.state.instance(88003)?.tags).not.toContain('x');
});

it('gives each failed item its own reason, and the others their result', async () => {
	const items = [{ id: 88001 }, { id: UNKNOWN }, { id: 88002 }, { id: 88003 }];
	bench.sandbox.faults.add({
		kind: 'status',
		status: 403,
		body: { detail: 'Private.' },
		match: { path: '/instances/88002/' },
	});
	const result = await run(...get, { items, onError: 'continueRegularOutput' });
	expect(result.items.map(({ pairedItem }) => pairedItem)).toEqual([
		{ item: 0 },
		{ item: 1 },
		{ item: 2 },
		{ item: 3 },
	]);
	const [, missing, refused, fine] = result.items.map(({ json }) => json);
	expect(Object.keys(missing)).toEqual(['error', 'details']);
	expect(missing).toEqual({
		error: "The instance in 'Instance' does not exist (404) [item 1]",
		details: { description: expect.stringContaining('Check the ID. Next Matter says: Not found.'), httpCode: '404' },
	});
	expect(refused.details).toMatchObject({ httpCode: '403', description: expect.stringContaining('Private.') });
	expect(fine.id).toBe(88003);
});

describe('the key', () => {
	const KEY = 'abc123.secret/with+signs=';
	const everywhere: Array<Partial<Switches>> = [
		...(['drf', 'problem', 'html', 'empty'] as const).map((errorBodies) => ({ errorBodies })),
		{ authFailureStatus: 403 },
		{ authFailureStatus: 400, bulkErrorBodies: 'drf' },
	];
	const OPERATIONS: Array<[string, INodeParameters]> = [
		create,
		get,
		['instance.getAll', { workflowId: '4210' }],
		['instance.stop', { instanceId: '88001' }],
		['instance.update', { instanceId: '88001', updateFields: { name: 'x' } }],
		['step.complete', { instanceId: '88001', stepId: '141487' }],
	];

	it.each(everywhere)('is in no message, item or context when the service repeats it (%j)', async (switches) => {
		bench.sandbox.set({ ...switches, echoAuth: true });
		const credentials = { nextMatterApi: { apiKey: KEY, baseUrl: bench.sandbox.apiUrl } };
		for (const [name, parameters] of OPERATIONS) {
			for (const onError of ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const) {
				const result = await run(name, parameters, { credentials, onError });
				const { error } = result;
				const all =
					JSON.stringify([result.run, result.items, result.errorItems, error, { ...error }]) + String(error?.stack);
				for (const form of [KEY, encodeURIComponent(KEY), JSON.stringify(KEY).slice(1, -1)])
					expect(all).not.toContain(form);
				expect(all).toContain(String(bench.sandbox.switches.authFailureStatus));
			}
		}
	});

	it('is not in the error when the connection breaks', async () => {
		for (const kind of ['reset-before', 'cut', 'not-json', 'truncate'] as const) {
			bench.sandbox.faults.add({ kind });
			const result = await run(...create);
			expect(JSON.stringify([result.run, { ...result.error }]) + String(result.error?.stack)).not.toContain(
				bench.sandbox.apiKey,
			);
		}
	});

	it('is not sent to where a redirect points', async () => {
		bench.sandbox.faults.add({
			kind: 'status',
			status: 302,
			body: '',
			headers: { location: `${bench.sandbox.apiUrl}/instances/88002/` },
		});
		await failed(run(...get));
		expect(calls()).toEqual(['GET /instances/88001/']);
	});
});

it('keeps long answers short', async () => {
	bench.sandbox.faults.add({ kind: 'status', status: 400, body: { detail: 'x'.repeat(100_000) } });
	const { message, description } = await failed(run(...create));
	expect(message.length + description.length).toBeLessThan(2_000);
});

it('repeats items and keeps their keys apart from the error keys', async () => {
	const result = await run(...get, { items: [{ id: UNKNOWN, error: 'mine' }], onError: 'continueErrorOutput' });
	expect(result.errorItems).toHaveLength(1);
	expect((result.errorItems[0].json as IDataObject).error).toContain('does not exist');
});
