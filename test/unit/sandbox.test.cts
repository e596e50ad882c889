/**
 * The Next Matter sandbox itself: what the other tests lean on must be right. It runs as a program of its own, as in
 * demos, and is driven over HTTP alone.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const main = join(root, 'sandbox', 'next-matter', 'main.mts');
const installed = join(root, 'node_modules', '.bin', 'node');
const node = existsSync(installed) ? installed : process.execPath;

const ONBOARDING = 4210;
const PURCHASE = 4211;
const VISIT = 4212;
const DETAILS = 141487;
const EQUIPMENT = 141489;
const APPROVAL = 141494;
const FIRST_DAY = 141496;

interface Answer {
	status: number;
	headers: Record<string, string>;
	text: string;
	json: any;
}

let child: ChildProcess;
let url: string;
let apiUrl: string;
let apiKey: string;

function start(args: string[]): Promise<{ child: ChildProcess; line: string }> {
	return new Promise((resolve, reject) => {
		const started = spawn(node, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
		let errors = '';
		started.stderr!.on('data', (data) => (errors += String(data)));
		started.stdout!.once('data', (data) => resolve({ child: started, line: String(data).split('\n')[0] }));
		started.once('exit', (code) => reject(Object.assign(new Error(errors), { code })));
	});
}

async function send(
	method: string,
	address: string,
	body?: unknown,
	headers: Record<string, string> = {},
): Promise<Answer> {
	const isText = typeof body === 'string';
	const response = await fetch(address, {
		method,
		redirect: 'manual',
		headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
		...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
	});
	const text = await response.text();
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		json = undefined;
	}
	return { status: response.status, headers: Object.fromEntries(response.headers), text, json };
}

const api = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
	send(method, apiUrl + path, body, { authorization: `Api-Key ${apiKey}`, ...headers });
const control = async (method: string, path: string, body?: unknown) => {
	const answer = await send(method, `${url}/control${path}`, body);
	if (answer.status >= 400) throw new Error(answer.text);
	return answer.json;
};
const set = (switches: object) => control('PATCH', '/switches', switches);
const fault = (entry: object) => control('POST', '/faults', entry);
const processUri = (id: number) => `https://core.nextmatter.com/api/processes/${id}/`;

const create = async (more: object = {}, workflow = ONBOARDING) =>
	await api('POST', '/instances/', { process: processUri(workflow), ...more });
const newInstance = async (options: object = {}): Promise<number> =>
	(await control('POST', '/instances', { workflowId: ONBOARDING, ...options })).id;
const complete = async (id: number, stepId: number, values: Record<number, unknown> = {}, mode?: string) =>
	await api('POST', `/instances/${id}/complete_step/`, {
		step_id: stepId,
		actions: Object.entries(values).map(([actionId, input]) => ({ action_id: Number(actionId), input_object: input })),
		...(mode && { mode }),
	});
const list = async (query: string, workflow = ONBOARDING) =>
	await api('GET', `/processes/${workflow}/instances/?${query}`);
const names = async (query: string) => (await list(query)).json.results.map(({ name }: { name: string }) => name);

const details = {
	369584: { inputValue: 'Ada Byron' },
	369585: { emailValue: 'ada@mail.example' },
	369586: { date: '2026-12-01T08:00:00Z' },
	369588: { itemSelected: 'Engineering' },
	369589: { radioItemSelected: 'Permanent' },
};

beforeAll(async () => {
	const started = await start(['--port', '0', '--json']);
	child = started.child;
	({ url, apiUrl, apiKey } = JSON.parse(started.line.replace(/^SANDBOX /, '')));
});

afterAll(async () => {
	const ended = new Promise((resolve) => child.once('exit', resolve));
	child.kill('SIGTERM');
	expect(await ended).toBe(0);
});

beforeEach(async () => {
	await control('POST', '/reset');
});

afterEach(async () => {
	// Every answer must fit the sandbox's own schema.
	expect((await control('GET', '/state')).internalFaults).toEqual([]);
});

describe('command line', () => {
	it('refuses a taken port in one line', async () => {
		const { port } = new URL(url);
		const error = await start(['--port', port]).then(
			() => undefined,
			(reason: Error & { code: number }) => reason,
		);
		expect(error?.code).toBe(1);
		expect(error?.message.trim().split('\n')).toHaveLength(1);
		expect(error?.message).toContain(`Port ${port} is already taken`);
	});

	it('refuses unknown switches and values', async () => {
		await expect(start(['--switch', 'nothing=1'])).rejects.toThrow('There is no switch "nothing"');
		await expect(start(['--switch', 'authFailureStatus=200'])).rejects.toThrow('Choose one of: 401, 403, 400');
	});
});

describe('access', () => {
	it.each([
		['the key', (key: string) => `Api-Key ${key}`, 404],
		['the keyword in another case', (key: string) => `api-KEY ${key}`, 404],
		['no keyword', (key: string) => key, 401],
		['another scheme', (key: string) => `Bearer ${key}`, 401],
		['two spaces', (key: string) => `Api-Key  ${key}`, 401],
		['a wrong key', () => 'Api-Key abc.def', 401],
	])('checks %s before anything is looked up', async (_name, header, status) => {
		expect((await api('GET', '/instances/0/', undefined, { authorization: header(apiKey) })).status).toBe(status);
	});

	it('rejects with 403 or 400 on demand, and when the key has expired', async () => {
		for (const status of [403, 400]) {
			await set({ authFailureStatus: status });
			expect((await api('GET', '/instances/0/', undefined, { authorization: '' })).status).toBe(status);
		}
		await set({ authFailureStatus: 401, keyState: 'expired' });
		expect((await api('GET', '/instances/0/')).status).toBe(401);
	});

	it('acts with the rights of the user of the key', async () => {
		await set({ keyUserRole: 'member' });
		const id = await newInstance({ startedBy: 3102 });
		expect((await complete(id, DETAILS, details)).status).toBe(200);
		expect((await complete(id, EQUIPMENT, { 369592: { itemsChecked: ['Laptop'] } })).status).toBe(403);
		expect((await api('POST', '/instances/bulk/delete', { ids: [id] })).status).toBe(403);
	});

	it('can leak the key in errors, never in its own diary', async () => {
		await set({ echoAuth: true });
		expect((await api('GET', '/instances/0/')).text).toContain(apiKey);
		await set({ errorBodies: 'html' });
		expect((await api('GET', '/instances/0/')).text).toContain(apiKey);
		const diary = await control('GET', '/requests');
		expect(JSON.stringify(diary)).not.toContain(apiKey);
		expect(diary[0]).toMatchObject({ authorized: true, headers: { authorization: 'Api-Key ***' }, status: 404 });
	});
});

describe('create', () => {
	it('answers 201 with the whole instance', async () => {
		const { status, json } = await create({ name: 'Ada', tags: ['b', 'A'], deadline: '2026-12-01T10:00:00+02:00' });
		expect(status).toBe(201);
		expect(json).toMatchObject({
			process: `${apiUrl}/processes/${ONBOARDING}/`,
			url: `${apiUrl}/instances/${json.id}/`,
			name: 'Ada',
			tags: ['b', 'A'],
			deadline: '2026-12-01T08:00:00Z',
			priority: null,
			completed_time: null,
			aborted_time: null,
			active_step_ids: [DETAILS],
			stage: 'Preparation',
		});
		expect(json).not.toHaveProperty('status');
		expect(json.step_deadlines).toEqual([{ step_id: DETAILS, deadline: expect.any(String) }]);
	});

	it.each<[string, object | string, unknown]>([
		['nothing', {}, { process: ['This field is required.'] }],
		['an id', { process: ONBOARDING }, { process: ['Incorrect type. Expected URL string, received int.'] }],
		['a bare id', { process: '4210' }, { process: ['Invalid hyperlink - No URL match.'] }],
		['no trailing slash', { process: processUri(1).slice(0, -1) }, { process: ['Invalid hyperlink - No URL match.'] }],
		['an unknown workflow', { process: processUri(1) }, { process: ['Invalid hyperlink - Object does not exist.'] }],
		['a priority', { process: processUri(ONBOARDING), priority: 'M' }, { priority: ['"M" is not a valid choice.'] }],
		[
			'a long name',
			{ process: processUri(ONBOARDING), name: 'x'.repeat(256) },
			{ name: ['Ensure this field has no more than 255 characters.'] },
		],
		[
			'tags as a text',
			{ process: processUri(ONBOARDING), tags: 'a,b' },
			{ tags: ['Expected a list of items but got type "str".'] },
		],
		[
			'half an assignment',
			{ process: processUri(ONBOARDING), step_assignments: [{ step_id: DETAILS }] },
			{ step_assignments: [{ user_id: ['This field is required.'] }] },
		],
		['broken JSON', '{"process":', { detail: expect.stringMatching(/^JSON parse error - /) }],
		['a list', [], { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] }],
	])('rejects %s', async (_name, body, errors) => {
		const { status, json } = await api('POST', '/instances/', body);
		expect([status, json]).toEqual([400, errors]);
	});

	it('wants JSON', async () => {
		expect((await api('POST', '/instances/', '{}', { 'content-type': 'text/plain' })).status).toBe(415);
	});

	it('names automatically, and then refuses a name', async () => {
		for (const name of ['', null, undefined]) {
			const { status, json } = await create({ name }, PURCHASE);
			expect([status, json.name]).toEqual([201, `Purchase #${json.id}`]);
		}
		expect(await create({ name: 'Mine' }, PURCHASE)).toMatchObject({
			status: 400,
			json: { name: [expect.any(String)] },
		});
	});

	it('asks for a user per step chosen at the start', async () => {
		expect(await create({}, VISIT)).toMatchObject({
			status: 400,
			json: { step_assignments: ['This field is required.'] },
		});
		const one = [{ step_id: 141530, user_id: 3102 }];
		expect((await create({ step_assignments: one }, VISIT)).status).toBe(400);
		const both = [...one, { step_id: 141531, user_id: 3105 }];
		expect(await create({ step_assignments: both }, VISIT)).toMatchObject({
			status: 201,
			json: { step_assignments: both },
		});
	});
});

describe('update', () => {
	it('needs the workflow on PUT unless switched off, never on PATCH', async () => {
		const id = await newInstance({ name: 'Ada', tags: ['x'] });
		expect(await api('PUT', `/instances/${id}/`, { priority: 'V' })).toMatchObject({
			status: 400,
			json: { process: ['This field is required.'] },
		});
		expect((await api('PATCH', `/instances/${id}/`, { priority: 'V' })).json).toMatchObject({
			name: 'Ada',
			priority: 'V',
		});
		await set({ putRequiresProcess: false });
		expect((await api('PUT', `/instances/${id}/`, { name: 'Eva' })).json).toMatchObject({ name: 'Eva', tags: ['x'] });
		await set({ putBlanksOmitted: true });
		expect((await api('PUT', `/instances/${id}/`, { priority: 'H' })).json).toMatchObject({ name: '', tags: [] });
	});

	it('has no PATCH on demand', async () => {
		await set({ patch: false });
		const id = await newInstance();
		expect(await api('PATCH', `/instances/${id}/`, {})).toMatchObject({
			status: 405,
			json: { detail: 'Method "PATCH" not allowed.' },
		});
	});

	it('refuses a name under automatic naming as the docs say', async () => {
		const { json } = await create({}, PURCHASE);
		const put = (name?: string) => api('PUT', `/instances/${json.id}/`, { process: json.process, name });
		expect((await put(json.name)).status).toBe(400);
		expect((await put('')).json.name).toBe(json.name);
		await set({ putNameWithAutomaticNaming: 'accept-same' });
		expect((await put(json.name)).status).toBe(200);
		expect((await put('Other')).status).toBe(400);
	});
});

describe('life of an instance', () => {
	it('goes through parallel, nested and automated steps to its end', async () => {
		const id = await newInstance();
		const step = async (stepId: number, values: Record<number, unknown>) =>
			(await complete(id, stepId, values)).json.active_step_ids;
		expect(await step(DETAILS, details)).toEqual([EQUIPMENT, 141490, 141492]);
		expect(await step(141492, {})).toEqual([EQUIPMENT, 141490, 141493]);
		expect(await step(EQUIPMENT, { 369592: { itemsChecked: ['Laptop'] } })).toEqual([141490, 141493]);
		expect(await step(141493, {})).toEqual([141490]);
		expect(await step(141490, { 369594: { selection: { user_email: 'tom.becker@acme.example' } } })).toEqual([
			APPROVAL,
		]);
		// The e-mail step after it completes by itself.
		expect(
			await step(APPROVAL, { 369597: { action: 'skip_forward', comment: '', label: '', returnToStep: '' } }),
		).toEqual([FIRST_DAY]);
		await step(FIRST_DAY, { 369603: { itemsSelected: ['First aid'] } });
		const { json } = await complete(id, 141497, { 369604: { inputValue: 'Good' } });
		expect(json).toMatchObject({ active_step_ids: [], completed_time: json.last_updated_time, aborted_time: null });
		expect((await control('GET', `/instances/${id}`)).steps[141495]).toMatchObject({ status: 'completed' });
	});

	it('refuses steps that are not active', async () => {
		const id = await newInstance();
		const text = async (stepId: number) => (await complete(id, stepId, {})).json.non_field_errors;
		expect(await text(FIRST_DAY)).toEqual(['The step is not active.']);
		await control('POST', `/instances/${id}/complete_step`, { stepId: DETAILS });
		expect(await text(DETAILS)).toEqual(['The step is already completed.']);
		expect(await text(141488)).toEqual(['A group is completed by its steps.']);
		expect((await complete(id, 1)).status).toBe(400);
		await set({ unknownStepStatus: 404 });
		expect((await complete(id, 1)).status).toBe(404);
		await control('POST', `/instances/${id}/abort`);
		expect(await text(EQUIPMENT)).toEqual(['The instance is aborted.']);
	});

	it('saves without completing and checks required fields only when completing', async () => {
		const id = await newInstance();
		const partly = { 369584: { inputValue: 'Ada' } };
		expect(await complete(id, DETAILS, partly)).toMatchObject({
			status: 400,
			json: { actions: expect.arrayContaining(['Form field 369585 (Private email) is required.']) },
		});
		expect((await control('GET', `/instances/${id}`)).values).toEqual({});
		expect((await complete(id, DETAILS, partly, 'save')).json.active_step_ids).toEqual([DETAILS]);
		const { 369584: saved, ...rest } = details;
		expect((await complete(id, DETAILS, rest)).json.active_step_ids).not.toContain(DETAILS);
		expect((await control('GET', `/instances/${id}`)).values[369584]).toEqual(partly[369584]);
		expect((await complete(id, EQUIPMENT, {}, 'keep')).json).toEqual({ mode: ['"keep" is not a valid choice.'] });
	});

	it('leaves last_updated_time alone on saving, on demand', async () => {
		await set({ saveBumpsLastUpdated: false });
		const id = await newInstance({ startedTime: '2026-01-01T00:00:00Z' });
		const { json } = await complete(id, DETAILS, { 369584: { inputValue: 'Ada' } }, 'save');
		expect(json.last_updated_time).toBe('2026-01-01T00:00:00Z');
	});

	it.each([
		['jump_back', '141487', [DETAILS]],
		['skip_forward', '141497', [141497]],
		['continue', '', [FIRST_DAY]],
	])('routes by %s', async (action, returnToStep, active) => {
		const id = await newInstance();
		for (const stepId of [DETAILS, EQUIPMENT, 141490, 141492, 141493]) {
			await control('POST', `/instances/${id}/complete_step`, { stepId });
		}
		const { json } = await complete(id, APPROVAL, { 369597: { action, returnToStep } });
		expect(json.active_step_ids).toEqual(active);
	});

	it('declines the step when routing stops the workflow', async () => {
		const id = (await control('POST', '/instances', { workflowId: PURCHASE })).id;
		await control('POST', `/instances/${id}/complete_step`, { stepId: 141510 });
		const { json } = await complete(id, 141511, { 369623: { action: 'stop' } });
		expect(json.aborted_time).not.toBeNull();
		expect((await control('GET', `/instances/${id}`)).steps).toMatchObject({
			141511: { status: 'declined' },
			141512: { status: 'waiting' },
		});
	});

	it('jumps back into a nested group and on again', async () => {
		const id = await newInstance();
		for (const stepId of [DETAILS, EQUIPMENT, 141490, 141492, 141493]) {
			await control('POST', `/instances/${id}/complete_step`, { stepId });
		}
		const back = await complete(id, APPROVAL, { 369597: { action: 'jump_back', returnToStep: 141492 } });
		expect(back.json.active_step_ids).toEqual([141492]);
		expect((await complete(id, 141492)).json.active_step_ids).toEqual([141493]);
		expect((await complete(id, 141493)).json.active_step_ids).toEqual([APPROVAL]);
		expect((await control('GET', `/instances/${id}`)).steps[141492].entered).toBe(2);
	});
});

describe('form fields', () => {
	/** A workflow of one step with a field of every type. */
	const options = ['A', 'B', 'C'];
	const types = [
		'address',
		'checklist',
		'date',
		'drawing',
		'email',
		'file',
		'image',
		'instruction',
		'multiSelect',
		'number',
		'radio',
		'routing',
		'singleSelect',
		'table',
		'text',
		'url',
		'userSelection',
	];
	const idOf = (type: string) => 900 + types.indexOf(type);
	let id: number;

	beforeEach(async () => {
		const actions = types.map((type) => ({ id: idOf(type), name: type, type, options, columns: ['x', 'y'] }));
		await control('POST', '/workflows', { id: 9, name: 'Fields', steps: [{ id: 90, name: 'All', actions }] });
		id = await newInstance({ workflowId: 9 });
	});

	const save = async (type: string, input: unknown) => await complete(id, 90, { [idOf(type)]: input }, 'save');

	// Seed 002, `CompleteAction.input_object`, line by line.
	const documented: [string, object][] = [
		['address', { city: 'city', street: 'street', zipCode: 'zipCode' }],
		['checklist', { itemsChecked: ['A', 'B'] }],
		['date', { date: '2021-06-16T10:00:00Z' }],
		['email', { emailValue: 'jdoe@email.com' }],
		['file', { files: ['https://fileurl.com/examplefile.pdf'] }],
		['image', { images: ['https://fileurl.com/exampleimage.jpg'] }],
		['drawing', { url: ['https://fileurl.com/exampleimage.jpg'] }],
		['number', { numberValue: 10000, formattedValue: '' }],
		['singleSelect', { itemSelected: 'A' }],
		['multiSelect', { itemsSelected: ['A', 'C'] }],
		['table', { jsonResult: '[["Header1", "Header2"],["Value1","Value2"]]' }],
		['instruction', { inputValue: '' }],
		['radio', { radioItemSelected: 'A' }],
		['text', { inputValue: 'Example' }],
		['url', { url: 'http://nextmatter.com' }],
		['userSelection', { selection: { user_email: 'tom.becker@acme.example' } }],
		['routing', { action: 'skip_forward', comment: '', label: '', returnToStep: '90' }],
	];

	it('takes every documented value', async () => {
		expect(documented.map(([type]) => type).sort()).toEqual([...types].sort());
		for (const [type, input] of documented) expect([type, (await save(type, input)).status]).toEqual([type, 200]);
		const { values } = await control('GET', `/instances/${id}`);
		for (const [type, input] of documented) expect(values[idOf(type)]).toEqual(input);
	});

	it.each<[string, unknown]>([
		['address', { city: 'c', street: 's' }],
		['address', { inputValue: { city: 'c', street: 's', zipCode: 'z' } }],
		['checklist', { itemsChecked: ['D'] }],
		['checklist', { itemsChecked: 'A' }],
		['date', { date: '2021-06-16' }],
		['date', { date: '2021-06-16T10:00:00+02:00' }],
		['date', { date: '2021-02-30T10:00:00Z' }],
		['email', { emailValue: 'jdoe' }],
		['email', { inputValue: 'a@b.c' }],
		['file', { files: 'https://x.y/z' }],
		['image', { images: ['z.jpg'] }],
		['drawing', { url: 'https://x.y/z' }],
		['number', { numberValue: '10' }],
		['number', { formattedValue: '10' }],
		['singleSelect', { itemSelected: 'a' }],
		['multiSelect', { itemsSelected: ['A', 'A'] }],
		['table', { jsonResult: [['a'], ['b']] }],
		['table', { jsonResult: '[["a"],["b","c"]]' }],
		['table', { jsonResult: '[{"a":1}]' }],
		['radio', { radioItemSelected: ['A'] }],
		['text', { inputValue: 7 }],
		['text', { value: 'x' }],
		['text', { inputValue: 'x', more: 1 }],
		['url', { url: 'nextmatter.com' }],
		['userSelection', { selection: { user_email: 'nobody@acme.example' } }],
		['userSelection', { selection: 'tom.becker@acme.example' }],
		['routing', { action: 'approve' }],
		['routing', { action: 'skip_forward', returnToStep: 'Step_ID' }],
	])('refuses %s %j', async (type, input) => {
		expect(await save(type, input)).toMatchObject({
			status: 400,
			json: { actions: [{ input_object: [expect.any(String)] }] },
		});
	});

	it('reports unknown fields and wrong types by position', async () => {
		const actions = [
			{ action_id: idOf('text'), input_object: { inputValue: 'x' } },
			{ action_id: 'first', input_object: {} },
		];
		const post = (list: unknown) => api('POST', `/instances/${id}/complete_step/`, { step_id: 90, actions: list });
		expect((await post(actions)).json).toEqual({ actions: [{}, { action_id: ['A valid integer is required.'] }] });
		expect((await post([{ action_id: 1, input_object: {} }])).json).toEqual({
			actions: [{ action_id: ['Invalid pk "1" - object does not exist.'] }],
		});
		expect((await post([{ action_id: 1, input_object: 'x' }])).json).toEqual({
			actions: [{ input_object: ['Expected a dictionary of items but got type "str".'] }],
		});
	});

	// docs/complete-a-step.
	const wrapped: [string, object, object][] = [
		['address', { inputValue: documented[0][1] }, documented[0][1]],
		['checklist', { inputValue: { itemsChecked: ['A'], itemsNotChecked: ['B', 'C'] } }, { itemsChecked: ['A'] }],
		['checklist', { inputValue: { itemsNotChecked: ['B'] } }, { itemsChecked: ['A', 'C'] }],
		['radio', { inputValue: { radioItemSelected: 'A' } }, { radioItemSelected: 'A' }],
		['url', { url: { url: 'http://nextmatter.com' } }, { url: 'http://nextmatter.com' }],
	];

	it.each(wrapped)('takes the wrapped %s only by switch', async (type, input, stored) => {
		expect((await save(type, input)).status).toBe(400);
		await set({ inputObjectForm: 'both' });
		expect((await save(type, input)).status).toBe(200);
		expect((await save(type, stored)).status).toBe(200);
		await set({ inputObjectForm: 'wrapped' });
		expect((await save(type, stored)).status).toBe(400);
		expect((await save(type, input)).status).toBe(200);
		expect((await control('GET', `/instances/${id}`)).values[idOf(type)]).toEqual(stored);
	});

	it('lists one field across instances', async () => {
		await complete(id, 90, { [idOf('text')]: { inputValue: 'x' } }, 'save');
		const other = await newInstance({ workflowId: 9, name: 'Other' });
		const path = `/processes/9/steps/90/actions/${idOf('text')}/`;
		const { json } = await api('GET', `${path}?ordering=name`);
		expect(json.count).toBe(2);
		expect(json.results.map(({ value }: { value: unknown }) => value)).toEqual([{ inputValue: 'x' }, {}]);
		expect(json.results[1]).toMatchObject({ instance_id: other, instance_name: 'Other', settings: { name: 'text' } });
		expect((await api('GET', `${path}?name=oth`)).json.count).toBe(1);
		await set({ fieldValueMissing: 'omit-row' });
		expect((await api('GET', path)).json.count).toBe(1);
		expect((await api('GET', '/processes/9/steps/91/actions/900/')).status).toBe(404);
	});
});

describe('filters', () => {
	// The official examples (seed 001) first; the rest is what Django's parse_duration makes of the text.
	const durations: [string, number][] = [
		['00:50', 50],
		['01 09:30', 86_400 + 9 * 60 + 30],
		['02:30:00', 2.5 * 3600],
		['PT50M', 3000],
		['PT1H30S', 3630],
		['50', 50],
		['1 day, 02:00:00', 86_400 + 7200],
		['1 02:03:04.5', 86_400 + 7384.5],
		['P1DT2H', 86_400 + 7200],
	];

	it.each(durations)('reads the duration %s as %d seconds, inclusive', async (text, seconds) => {
		const start = Date.parse('2026-03-01T00:00:00Z');
		const at = (offset: number) => new Date(start + offset * 1000).toISOString();
		await newInstance({ name: 'R-', startedTime: at(0), completedTime: at(seconds - 0.001) });
		await newInstance({ name: 'R=', startedTime: at(0), completedTime: at(seconds) });
		await newInstance({ name: 'R+', startedTime: at(0), completedTime: at(seconds + 0.001) });
		const query = `ordering=name&name=R&total_runtime_`;
		expect(await names(`${query}max=${encodeURIComponent(text)}`)).toEqual(expect.arrayContaining(['R-', 'R=']));
		expect(await names(`${query}max=${encodeURIComponent(text)}`)).not.toContain('R+');
		expect(await names(`${query}min=${encodeURIComponent(text)}`)).toEqual(expect.arrayContaining(['R+', 'R=']));
		expect(await names(`${query}min=${encodeURIComponent(text)}`)).not.toContain('R-');
	});

	it.each(['2h', '90m', 'P1W'])('refuses the duration %s', async (text) => {
		expect(await list(`total_runtime_max=${text}`)).toMatchObject({
			status: 400,
			json: { total_runtime_max: ['Enter a valid duration.'] },
		});
	});

	it.each([
		['started_time', { startedTime: '2026-02-01T10:00:00.5Z' }],
		['last_updated_time', { startedTime: '2026-01-01T00:00:00Z', lastUpdatedTime: '2026-02-01T10:00:00.5Z' }],
		['deadline', { deadline: '2026-02-01T10:00:00.5Z' }],
		['completed_time', { startedTime: '2026-01-01T00:00:00Z', completedTime: '2026-02-01T10:00:00.5Z' }],
		['aborted_time', { startedTime: '2026-01-01T00:00:00Z', abortedTime: '2026-02-01T10:00:00.5Z' }],
		['ended_time', { startedTime: '2026-01-01T00:00:00Z', abortedTime: '2026-02-01T10:00:00.5Z' }],
		['step_deadline', { startedTime: '2026-01-30T10:00:00.5Z' }],
	])('includes both ends of %s', async (name, options) => {
		await newInstance({ name: 'Edge case', ...options });
		const found = async (after: string, before: string) =>
			(await list(`name=edge&${name}_after=2026-02-01T${after}&${name}_before=2026-02-01T${before}`)).json.count;
		expect(await found('10:00:00.500Z', '10:00:00.500Z')).toBe(1);
		expect(await found('12:00:00.500%2B02:00', '10:00:00.500')).toBe(1);
		expect(await found('10:00:00.500001Z', '11:00:00Z')).toBe(0);
		expect(await found('09:00:00Z', '10:00:00.499999Z')).toBe(0);
	});

	it('combines name, status, priority, tags and active step', async () => {
		expect(await names('name=LENA')).toEqual(['Lena Fischer']);
		expect(await names('status=aborted')).toEqual(['Emma Laurent (withdrawn)']);
		expect(await names('priority=V')).toEqual(['Sofia Garcia']);
		expect(await names('tags=munich,finance&ordering=name')).toEqual([
			'Emma Laurent (withdrawn)',
			'Paul Nguyen',
			'Sofia Garcia',
		]);
		expect(await names(`active_step_id=${DETAILS}&ordering=name`)).toEqual(['Jonas Meyer', 'Sofia Garcia']);
		expect(await names('progress_min=100')).toEqual(['Lena Fischer']);
	});

	it('ignores unknown and empty parameters, and refuses bad values', async () => {
		const { json } = await list('');
		expect((await list('colour=red&status=&priority=&organization=5&instance_ids=1')).json.count).toBe(json.count);
		expect(await list('status=ended&priority=X&active_step_id=a&started_time_after=today&ordering=id')).toMatchObject({
			status: 400,
			json: {
				status: ['Select a valid choice. ended is not one of the available choices.'],
				priority: ['Select a valid choice. X is not one of the available choices.'],
				active_step_id: ['Enter a number.'],
				started_time_after: ['Enter a valid date/time.'],
				ordering: ['Select a valid choice. id is not one of the available choices.'],
			},
		});
	});

	it('returns thin rows', async () => {
		const { json } = await list('name=paul');
		expect(json.results).toEqual([
			{ id: 88002, name: 'Paul Nguyen', status: 'running', public_url: expect.stringContaining(url) },
		]);
	});

	it('orders both ways with nothing last, ties by id', async () => {
		const ids = async (ordering: string) =>
			(await list(`ordering=${ordering}`)).json.results.map(({ id }: { id: number }) => id);
		expect(await ids('deadline')).toEqual([88003, 88002, 88001, 88004, 88005]);
		expect(await ids('-deadline')).toEqual([88001, 88004, 88005, 88002, 88003]);
		expect(await ids('priority,-name')).toEqual([88001, 88003, 88002, 88004, 88005]);
	});
});

describe('pages', () => {
	beforeEach(async () => {
		for (let i = 1; i <= 7; i += 1) {
			await newInstance({ name: `Batch ${i}`, startedTime: `2026-04-0${i}T00:00:00Z`, tags: ['a b'] });
		}
	});

	it('links pages absolutely and keeps the other parameters', async () => {
		const first = await list('name=batch&tags=a%20b&page_size=3&ordering=started_time');
		expect(first.json).toMatchObject({ count: 7, previous: null });
		const next = new URL(first.json.next);
		expect(next.origin).toBe(url);
		expect(Object.fromEntries(next.searchParams)).toEqual({
			name: 'batch',
			tags: 'a b',
			page_size: '3',
			ordering: 'started_time',
			page: '2',
		});
		const found: string[] = [];
		for (let at: string | null = first.json.next; at; ) {
			const { json } = await api('GET', at.slice(apiUrl.length));
			found.push(...json.results.map(({ name }: { name: string }) => name));
			at = json.next;
		}
		expect(found).toEqual(['Batch 4', 'Batch 5', 'Batch 6', 'Batch 7']);
		const second = await list('name=batch&page_size=3&page=2');
		expect(new URL(second.json.previous).searchParams.has('page')).toBe(false);
	});

	it('knows no page outside', async () => {
		for (const page of ['0', '4', 'x', '-1']) {
			expect(await list(`name=batch&page_size=3&page=${page}`)).toMatchObject({
				status: 404,
				json: { detail: 'Invalid page.' },
			});
		}
		expect((await list('name=nobody')).json).toEqual({ count: 0, next: null, previous: null, results: [] });
	});

	it('cuts or refuses more than 500 and gives 100 by default', async () => {
		await control('POST', '/workflows', { id: 9, name: 'Many', steps: [{ id: 90, name: 'One' }] });
		await Promise.all(Array.from({ length: 520 }, () => newInstance({ workflowId: 9 })));
		const size = async (query: string) => (await list(query, 9)).json.results.length;
		expect(await size('')).toBe(100);
		expect(await size('page_size=501')).toBe(500);
		expect(await size('limit=7')).toBe(7);
		expect(await size('page_size=0')).toBe(100);
		await set({ sizeParam: 'page_size' });
		expect(await size('limit=7')).toBe(100);
		await set({ pageSizeAbove500: 'error' });
		expect((await list('page_size=501', 9)).status).toBe(400);
	});

	it('follows cursors without gaps while instances are added', async () => {
		await set({ v2Count: false });
		const found: string[] = [];
		let at: string | null = `/v2/processes/${ONBOARDING}/instances/?name=batch&page_size=3&ordering=started_time`;
		while (at) {
			const { json }: Answer = await api('GET', at);
			expect(json).not.toHaveProperty('count');
			found.push(...json.results.map(({ name }: { name: string }) => name));
			at = json.next?.slice(apiUrl.length) ?? null;
			await newInstance({ name: 'Batch 0', startedTime: '2026-03-01T00:00:00Z' });
		}
		expect(found).toEqual([1, 2, 3, 4, 5, 6, 7].map((i) => `Batch ${i}`));
		expect((await api('GET', `/v2/processes/${ONBOARDING}/instances/?cursor=x`)).status).toBe(404);
		await set({ v2: false });
		expect((await api('GET', `/v2/processes/${ONBOARDING}/instances/`)).status).toBe(404);
	});

	it('can point elsewhere', async () => {
		await set({ nextOrigin: 'http://elsewhere.example' });
		expect((await list('page_size=1')).json.next).toMatch(/^http:\/\/elsewhere\.example\/api\/processes\//);
	});
});

describe('bulk', () => {
	it('stops with 201 and deletes with 204', async () => {
		const ids = [await newInstance(), await newInstance()];
		expect(await api('POST', '/instances/bulk/abort', { ids })).toMatchObject({ status: 201, json: { ids } });
		expect((await api('GET', `/instances/${ids[0]}/`)).json.aborted_time).not.toBeNull();
		expect(await api('POST', '/instances/bulk/delete', { ids: [ids[0]] })).toMatchObject({ status: 204, text: '' });
		expect((await api('DELETE', '/instances/bulk', { ids: [ids[1]] })).status).toBe(204);
		for (const id of ids) expect((await api('GET', `/instances/${id}/`)).status).toBe(404);
	});

	it.each([
		['reject', 404, false],
		['partial', 404, true],
		['ignore', 201, true],
	])('with unknown ids: %s', async (bulkUnknownIds, status, done) => {
		await set({ bulkUnknownIds });
		const id = await newInstance();
		expect(await api('POST', '/instances/bulk/abort', { ids: [id, 1] })).toMatchObject({ status });
		expect((await control('GET', `/instances/${id}`)).status).toBe(done ? 'aborted' : 'running');
	});

	it('refuses ended instances and long lists on demand, with or without a text', async () => {
		const id = await newInstance();
		await control('POST', `/instances/${id}/abort`);
		await set({ bulkEndedIds: 'reject' });
		expect(await api('POST', '/instances/bulk/abort', { ids: [id] })).toMatchObject({ status: 400, text: '' });
		await set({ bulkErrorBodies: 'drf', bulkMaxIds: 1 });
		expect((await api('POST', '/instances/bulk/abort', { ids: [id] })).json.ids).toHaveLength(1);
		expect((await api('POST', '/instances/bulk/abort', { ids: [1, 2] })).status).toBe(400);
		expect((await api('POST', '/instances/bulk/abort', {})).json).toEqual({ ids: ['This field is required.'] });
	});
});

describe('paths', () => {
	it('keeps trailing slashes as documented', async () => {
		const { status, headers } = await api('GET', `/processes/${ONBOARDING}/instances?page_size=1`);
		expect([status, headers.location]).toEqual([301, `/api/processes/${ONBOARDING}/instances/?page_size=1`]);
		expect((await api('POST', '/instances', {})).text).toContain('APPEND_SLASH');
		await set({ missingSlash: 'not-found' });
		expect((await api('POST', '/instances', {})).status).toBe(404);
		await set({ missingSlash: 'redirect' });
		expect((await api('POST', '/instances', {})).status).toBe(301);
		expect((await api('POST', '/instances/bulk/abort/', { ids: [] })).status).toBe(404);
	});

	it('offers only what is documented', async () => {
		for (const path of ['/processes/', '/users/', '/me/']) expect((await api('GET', path)).status).toBe(404);
		expect((await api('GET', '/instances/')).status).toBe(405);
		expect((await api('DELETE', '/instances/88001/')).status).toBe(405);
		await set({ processList: true });
		expect((await api('GET', '/processes/?name=purch')).json.results).toMatchObject([{ id: PURCHASE }]);
	});
});

describe('uploads', () => {
	const upload = async (path: string, part: string, content: Uint8Array | string, more: object = {}) => {
		const form = new FormData();
		form.set(part, new Blob([content]), 'né w.pdf');
		for (const [name, value] of Object.entries(more)) form.set(name, String(value));
		const headers = { authorization: `Api-Key ${apiKey}` };
		const response = await fetch(apiUrl + path, { method: 'POST', body: form, headers });
		return { status: response.status, json: (await response.json()) as any };
	};
	const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);

	it('keeps a file that can be fetched again', async () => {
		const { status, json } = await upload('/files/', 'file', 'content', { process: ONBOARDING });
		expect([status, json.process]).toEqual([201, ONBOARDING]);
		expect(await (await fetch(json.file_uri)).text()).toBe('content');
		await set({ externalFileUrls: 'reject' });
		const id = await newInstance();
		expect((await complete(id, DETAILS, { 369591: { files: [json.file_uri] } }, 'save')).status).toBe(200);
		expect((await complete(id, DETAILS, { 369591: { files: ['https://x.example/a'] } }, 'save')).status).toBe(400);
		const [recorded] = await control('GET', '/requests');
		expect(recorded.body.multipart[0]).toMatchObject({ name: 'file', filename: 'né w.pdf', size: 7 });
	});

	it('checks parts and images', async () => {
		expect((await upload('/files/', 'image', 'x')).json).toEqual({ file: ['No file was submitted.'] });
		expect((await upload('/images/', 'image', 'x')).status).toBe(400);
		expect((await upload('/images/', 'image', png)).json.image_uri).toContain(`${url}/media/`);
		await set({ uploadRequires: 'both', uploadUrlKey: 'url' });
		expect((await upload('/images/', 'image', png)).json).toEqual({
			process: ['This field is required.'],
			process_instance: ['This field is required.'],
		});
		expect((await api('POST', '/files/', {})).status).toBe(415);
	});
});

describe('snapshots', () => {
	const find = (value: unknown, id: number): Record<string, unknown> | undefined => {
		if (typeof value !== 'object' || value === null) return undefined;
		if ((value as { id?: unknown }).id === id) return value as Record<string, unknown>;
		return Object.values(value)
			.map((inner) => find(inner, id))
			.find(Boolean);
	};
	const snapshot = async (query = 'inject_values=true&steps_time_frame=true') =>
		(await api('GET', `/instances/88002/?${query}`)).json.process_snapshot;

	it('shows values and times only when asked', async () => {
		const plain = await snapshot('inject_values=false');
		expect(find(plain, 369584)).not.toHaveProperty('input_object');
		expect(find(plain, DETAILS)).not.toHaveProperty('completed_time');
		const full = await snapshot();
		expect(find(full, 369584)).toMatchObject({ input_object: { inputValue: 'Paul Nguyen' } });
		expect(find(full, DETAILS)!.completed_time).toEqual(expect.any(String));
		expect(find(full, 369595)).not.toHaveProperty('input_object');
	});

	it('comes as a text on demand, and in several shapes', async () => {
		await set({ snapshotType: 'string' });
		expect(JSON.parse(await snapshot())).toMatchObject({ id: ONBOARDING });
		await set({ snapshotType: 'object', snapshotShape: 'flat', injectedValues: 'values-map' });
		expect((await snapshot()).values[369584]).toEqual({ inputValue: 'Paul Nguyen' });
		await set({ snapshotShape: 'dictionary', injectedValues: 'value' });
		expect((await snapshot()).steps[DETAILS].actions[369584].value).toEqual({ inputValue: 'Paul Nguyen' });
		await set({ snapshotShape: 'legacy' });
		expect((await snapshot()).process_steps[1].process_steps[2].process_steps[0]).toMatchObject({ id: 141492 });
		await set({ snapshotShape: 'opaque' });
		expect(JSON.stringify(await snapshot())).not.toContain('369584');
	});

	it('keeps the structure an instance started with', async () => {
		await control('POST', '/workflows', { id: ONBOARDING, name: 'New', steps: [{ id: 5, name: 'Only' }] });
		expect(await snapshot()).toMatchObject({ name: 'Employee onboarding' });
		expect((await create()).json.active_step_ids).toEqual([5]);
	});
});

describe('switches', () => {
	it('gives answers that fit the schema under every setting', async () => {
		const text = (await import('node:child_process')).execFileSync(node, [main, '--list-switches']).toString();
		const entries = [...text.matchAll(/^(\w+) = (.*?) {3}\((.*)\)$/gm)].filter(([, , , values]) =>
			values.includes(' | '),
		);
		expect(entries.length).toBeGreaterThan(40);
		for (const [, name, , values] of entries) {
			for (const value of values.split(' | ')) {
				const parsed = /^(?:true|false|\d+)$/.test(value) ? JSON.parse(value) : value;
				await set({ [name]: parsed });
				await list('page_size=2');
				await api('GET', `/v2/processes/${ONBOARDING}/instances/?limit=2`);
				await api('GET', '/instances/88002/?inject_values=true&steps_time_frame=true');
				await api('GET', `/processes/${ONBOARDING}/`);
				await api('GET', '/processes/');
				await api('GET', `/processes/${ONBOARDING}/steps/${DETAILS}/actions/369587/`);
				await create({ name: 'Any' });
			}
			await control('POST', '/reset');
		}
	});

	it('prints times as precisely as told', async () => {
		await set({ timePrecision: 'seconds' });
		expect((await create()).json.started_time).toMatch(/T\d\d:\d\d:\d\dZ$/);
		await set({ timePrecision: 'microseconds' });
		expect((await create()).json.started_time).toMatch(/\.\d{6}Z$/);
	});

	it('runs its clock ahead', async () => {
		await set({ clockSkewMs: 3_600_000 });
		const { json, headers } = await create();
		for (const time of [json.started_time, headers.date]) {
			expect(Date.parse(time) - Date.now()).toBeGreaterThan(3_590_000);
		}
	});
});

describe('rate limit', () => {
	it('refuses with the time to wait, and lets through when the window has moved', async () => {
		await set({ rateLimit: { limit: 3, windowMs: 1500 } });
		const get = () => api('GET', '/instances/88001/');
		for (let i = 0; i < 3; i += 1) expect((await get()).status).toBe(200);
		const { status, headers, json } = await get();
		expect(status).toBe(429);
		expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
		expect(json.detail).toMatch(/^Request was throttled\. Expected available in \d+ seconds?\.$/);
		await set({ retryAfter: 'none' });
		expect((await get()).headers).not.toHaveProperty('retry-after');
		await set({ retryAfter: 'http-date' });
		expect(Date.parse((await get()).headers['retry-after'])).not.toBeNaN();
		await new Promise((resolve) => setTimeout(resolve, 1550));
		expect((await get()).status).toBe(200);
	});
});

describe('faults', () => {
	const count = async () => (await control('GET', '/state')).instances.length;

	it.each<[string, object, number | 'cut', number]>([
		['status', { status: 503 }, 503, 0],
		['reset-before', {}, 'cut', 0],
		['reset-after', {}, 'cut', 1],
		['status-after', {}, 504, 1],
		['cut', {}, 'cut', 1],
		['truncate', {}, 201, 1],
		['not-json', {}, 201, 1],
		['empty', {}, 201, 1],
		['delay', { ms: 30 }, 201, 1],
		['rate-limit', { retryAfter: 7 }, 429, 0],
	])('%s', async (kind, more, status, created) => {
		const before = await count();
		await fault({ kind, ...more });
		const answer = await create().then(
			(received) => received.status,
			() => 'cut',
		);
		expect(answer).toBe(status);
		expect((await count()) - before).toBe(created);
		const [recorded] = await control('GET', '/requests');
		expect(recorded).toMatchObject({ fault: kind, status: status === 'cut' ? null : status });
		expect((await create()).status).toBe(201);
	});

	it('cuts an answer in the middle', async () => {
		await fault({ kind: 'cut' });
		const received = await new Promise<{ announced: number; got: number }>((resolve, reject) => {
			const headers = { authorization: `Api-Key ${apiKey}` };
			httpRequest(`${apiUrl}/instances/88001/`, { headers }, (response) => {
				let got = 0;
				response.on('data', (data: Buffer) => (got += data.length));
				response.on('error', () => resolve({ announced: Number(response.headers['content-length']), got }));
				response.on('end', () => reject(new Error('not cut')));
			}).end();
		});
		expect(received.got).toBe(Math.floor(received.announced / 2));
	});

	it('hits the requests it is meant for', async () => {
		await fault({
			kind: 'status',
			status: 502,
			html: true,
			match: { method: 'get', path: '/instances/\\d+/$', nth: 2 },
			times: 2,
		});
		const statuses: number[] = [];
		for (let i = 0; i < 5; i += 1) {
			await list('');
			statuses.push((await api('GET', '/instances/88001/')).status);
		}
		expect(statuses).toEqual([200, 502, 502, 200, 200]);
	});

	it('records how many requests run at once', async () => {
		await set({ latencyMs: 60 });
		await Promise.all(Array.from({ length: 6 }, () => list('')));
		const diary: { inFlight: number }[] = await control('GET', '/requests');
		expect(Math.max(...diary.map(({ inFlight }) => inFlight))).toBe(6);
	});
});
