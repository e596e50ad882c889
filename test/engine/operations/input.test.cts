/** Bad input: nothing is sent, the text names parameter and item, and with "continue" only the bad items fail. */
import type { INodeParameters } from 'n8n-workflow';
import { file } from '../harness/engine.mts';
import { failed, FIRST_STEP, useBench } from './support.mts';

const bench = useBench();
const { run, instance } = bench;

const STEP = { instanceId: '={{ $json.id }}', stepId: String(FIRST_STEP) };

/** One form field of a step. */
const field = (values: INodeParameters) => ({ ...STEP, formFields: { field: [{ actionId: '369584', ...values }] } });

/**
 * Operation, its parameters, and texts that the message has to contain. `$json.bad` is `true` for the
 * item that is wrong; `pick` gives an expression with a good and a bad value.
 */
const pick = (good: unknown, bad: unknown) => `={{ $json.bad ? ${JSON.stringify(bad)} : ${JSON.stringify(good)} }}`;

type Row = [what: string, operation: string, parameters: INodeParameters, ...texts: string[]];

const start = (additionalFields: INodeParameters) => ({ workflowId: '4210', additionalFields });
const assigned = (entry: INodeParameters, ...more: INodeParameters[]) => ({
	workflowId: '4212',
	stepAssignments: { assignment: [{ stepId: '141530', userId: '3102' }, entry, ...more] as INodeParameters[] },
});
const list = (filters: INodeParameters) => ({ workflowId: '4210', filters });

const NOT_WHOLE = 'is not a whole number';

const ROWS: Row[] = [
	[
		'a name over 255 characters',
		'instance.create',
		start({ name: pick('x'.repeat(255), 'x'.repeat(256)) }),
		"'Name'",
		'256',
		'255',
	],
	[
		'the same in update',
		'instance.update',
		{ instanceId: '={{ $json.id }}', updateFields: { name: pick('x', 'x'.repeat(300)) } },
		"'Name'",
		'300',
	],
	['no workflow', 'instance.create', { workflowId: pick('4210', ' ') }, "'Workflow'", 'is empty'],
	[
		'an ID that leaves its path',
		'instance.get',
		{ instanceId: pick('1', '1/../2') },
		"'Instance'",
		NOT_WHOLE,
		'1/../2',
	],
	[
		'a URL that leaves its path',
		'instance.get',
		{ instanceId: pick('1', 'https://app.nextmatter.com/1/../2') },
		"'Instance'",
		NOT_WHOLE,
	],
	['an encoded path', 'instance.get', { instanceId: pick('1', '1%2F..%2F2') }, "'Instance'", NOT_WHOLE],
	['an ID with decimals', 'instance.stop', { instanceId: pick(1, 1.5) }, "'Instance'", NOT_WHOLE],
	['a negative ID', 'instance.delete', { instanceId: pick(1, -1) }, "'Instance'", NOT_WHOLE],
	['the ID 0', 'instance.delete', { instanceId: pick('1', '0') }, "'Instance'", NOT_WHOLE],
	[
		'an ID that no number can hold',
		'instance.get',
		{ instanceId: pick('1', '99999999999999999999') },
		"'Instance'",
		NOT_WHOLE,
	],
	['a word for an ID', 'step.getAll', { instanceId: pick('1', 'Jane') }, "'Instance'", NOT_WHOLE],
	['an object for an ID', 'instance.get', { instanceId: '={{ $json.bad ? $json : 1 }}' }, "'Instance'", 'an object'],
	[
		'an address without ID',
		'workflow.get',
		{ workflowId: pick('4210', 'https://app.nextmatter.com/') },
		"'Workflow'",
		NOT_WHOLE,
	],
	[
		'a step that is no ID',
		'step.complete',
		{ ...STEP, stepId: pick('141487', 'first'), formFields: {} },
		"'Step'",
		NOT_WHOLE,
	],
	[
		'a form field that is no ID',
		'formField.getAll',
		{ workflowId: '4210', stepId: '141487', actionId: pick('369584', 'name') },
		"'Form Field'",
		NOT_WHOLE,
	],
	[
		'an assignment without user',
		'instance.create',
		assigned({ stepId: '141531', userId: pick('3105', '') }),
		"'User ID' in 'Step Assignments' entry 2",
		'is empty',
	],
	[
		'an assignment without step',
		'instance.create',
		assigned({ stepId: pick('141531', ''), userId: '3105' }),
		"'Step' in 'Step Assignments' entry 2",
		'is empty',
	],
	[
		'a user that is no ID',
		'instance.create',
		assigned({ stepId: '141531', userId: pick('3105', 'a@b.co') }),
		"'User ID' in 'Step Assignments' entry 2",
		NOT_WHOLE,
	],
	[
		'a step assigned twice',
		'instance.create',
		assigned({ stepId: pick('141531', '141530'), userId: '3105' }),
		"'Step Assignments' entry 2",
		'second time',
	],
	[
		'a deadline that is no date',
		'instance.create',
		start({ deadline: pick('2027-01-01', 'next week') }),
		"'Deadline'",
		'is not a date',
		'next week',
	],
	[
		'a day that does not exist',
		'instance.create',
		start({ deadline: pick('2027-02-28', '2027-02-30') }),
		"'Deadline'",
		'is not a date',
	],
	[
		'a priority that does not exist',
		'instance.create',
		start({ priority: pick('H', 'M') }),
		"'Priority'",
		'cannot be',
		'"M"',
	],
	[
		'an empty deduplication key',
		'instance.create',
		start({ deduplicationKey: pick('deal-1', '') }),
		"'Deduplication Key' is empty",
	],
	[
		'a missing deduplication key',
		'instance.create',
		start({ deduplicationKey: '={{ $json.bad ? $json.nothing : "deal-1" }}' }),
		"'Deduplication Key' is empty",
	],
	[
		'a comma in the deduplication key',
		'instance.create',
		start({ deduplicationKey: pick('deal-1', 'deal,1') }),
		"'Deduplication Key' has a comma",
	],
	['a comma in a tag', 'instance.create', start({ tags: pick(['a'], ['a', 'b,c']) }), "'Tags' has a comma", 'b,c'],
	[
		'a comma in a tag in update',
		'instance.update',
		{ instanceId: '={{ $json.id }}', updateFields: { tags: pick(['a'], ['b,c']) } },
		"'Tags' has a comma",
	],
	['an object for a tag', 'instance.create', start({ tags: pick(['a'], [{ name: 'a' }]) }), "'Tags'", 'an object'],
	[
		'a malformed email',
		'step.save',
		{ ...STEP, formFields: { field: [{ actionId: '369585', type: 'email', email: pick('a@b.co', 'a@b') }] } },
		"'Email' in 'Form Fields' entry 1",
		'is not an email address',
	],
	[
		'a malformed user',
		'step.save',
		field({ type: 'userSelection', userEmail: pick('tom.becker@acme.example', 'Tom') }),
		"'User Email' in 'Form Fields' entry 1",
		'is not an email address',
	],
	[
		'a malformed date',
		'step.save',
		field({ type: 'date', date: pick('2026-12-01', '01.12.2026') }),
		"'Date' in 'Form Fields' entry 1",
		'is not a date',
		'01.12.2026',
	],
	[
		'a malformed URL',
		'step.save',
		field({ type: 'url', url: pick('https://a.co', 'example.com') }),
		"'URL' in 'Form Fields' entry 1",
		'is not a URL',
	],
	[
		'another scheme',
		'step.save',
		field({ type: 'file', urls: pick(['https://a.co'], ['javascript:alert(1)']) }),
		"'URLs' in 'Form Fields' entry 1",
		'is not a URL',
	],
	[
		'no URLs',
		'step.save',
		field({ type: 'image', urls: pick(['https://a.co'], []) }),
		"'URLs' in 'Form Fields' entry 1 is empty",
	],
	[
		'a table that is none',
		'step.save',
		field({ type: 'table', table: pick('[["a"]]', '{"a": 1}') }),
		"'Table' in 'Form Fields' entry 1",
		'is not a table',
	],
	[
		'a table with ragged rows',
		'step.save',
		field({ type: 'table', table: pick('[["a"]]', '[["a","b"],["c"]]') }),
		"'Table' in 'Form Fields' entry 1",
		'different lengths',
	],
	[
		'a table with broken JSON',
		'step.save',
		field({ type: 'table', table: pick('[["a"]]', '[["a"') }),
		"'Table' in 'Form Fields' entry 1",
		'is not valid JSON',
	],
	[
		'a number that is none',
		'step.save',
		field({ type: 'number', number: pick(1, '1,5') }),
		"'Number' in 'Form Fields' entry 1",
		'is not a number',
		'1,5',
	],
	[
		'an empty number',
		'step.save',
		field({ type: 'number', number: pick(1, '') }),
		"'Number' in 'Form Fields' entry 1 is empty",
	],
	[
		'an empty text',
		'step.save',
		field({ type: 'text', text: pick('x', '') }),
		"'Text' in 'Form Fields' entry 1 is empty",
	],
	[
		'an empty checklist',
		'step.save',
		field({ type: 'checklist', items: pick(['x'], '') }),
		"'Items' in 'Form Fields' entry 1 is empty",
	],
	[
		'an empty choice',
		'step.save',
		field({ type: 'radio', item: pick('x', ' ') }),
		"'Item' in 'Form Fields' entry 1 is empty",
	],
	[
		'an empty address',
		'step.save',
		field({ type: 'address', city: pick('Berlin', '') }),
		"'Street' in 'Form Fields' entry 1 is empty",
	],
	[
		'an empty routing',
		'step.save',
		field({ type: 'routing', routingAction: pick('skip_forward', '') }),
		"'Routing Action' in 'Form Fields' entry 1 is empty",
	],
	[
		'an empty raw value',
		'step.save',
		field({ type: 'raw', json: pick('{"inputValue": ""}', '{}') }),
		"'JSON' in 'Form Fields' entry 1",
		'is not a filled object',
	],
	[
		'a form field without ID',
		'step.complete',
		{ ...STEP, formFields: { field: [{ actionId: pick('1', ''), type: 'text', text: 'x' }] } },
		"'Form Field' in 'Form Fields' entry 1 is empty",
	],
	[
		'the same form field twice',
		'step.complete',
		{
			...STEP,
			formFields: {
				field: [
					{ actionId: '1', type: 'text', text: 'x' },
					{ actionId: pick(2, 1), type: 'text', text: 'y' },
				],
			},
		},
		"'Form Fields'",
		'twice',
		'entries 1 and 2',
	],
	[
		'JSON that is none',
		'step.complete',
		{ ...STEP, inputMode: 'json', formFieldsJson: pick('[]', '[{]') },
		"'Form Fields (JSON)'",
		'is not valid JSON',
	],
	[
		'JSON that is no list',
		'step.complete',
		{ ...STEP, inputMode: 'json', formFieldsJson: pick('[]', '{}') },
		"'Form Fields (JSON)'",
		'is not a list',
	],
	[
		'JSON without input_object',
		'step.complete',
		{ ...STEP, inputMode: 'json', formFieldsJson: pick('[]', '[{"action_id": 1}]') },
		"'input_object' in 'Form Fields (JSON)' entry 1",
	],
	[
		'JSON without action_id',
		'step.complete',
		{ ...STEP, inputMode: 'json', formFieldsJson: pick('[]', '[{"input_object": {} }]') },
		"'action_id' in 'Form Fields (JSON)' entry 1",
	],
	[
		'JSON with a field twice',
		'step.complete',
		{
			...STEP,
			inputMode: 'json',
			formFieldsJson: pick('[]', '[{"action_id":1,"input_object":{} },{"action_id":"1","input_object":{} }]'),
		},
		"'Form Fields (JSON)'",
		'twice',
	],
	[
		'a duration in words',
		'instance.getAll',
		list({ totalRuntimeMax: pick('PT90M', '2h') }),
		"'Total Runtime Max'",
		'is not a duration',
		'2h',
	],
	[
		'a duration in weeks',
		'instance.getAll',
		list({ totalRuntimeMin: pick('P1DT2H', 'P1W') }),
		"'Total Runtime Min'",
		'is not a duration',
	],
	[
		'a time filter that is none',
		'instance.getAll',
		list({ startedAfter: pick('2026-11-01', 'yesterday') }),
		"'Started After'",
		'is not a date',
	],
	[
		'a step filter that is no ID',
		'instance.getAll',
		list({ activeStepId: pick('141487', 'first') }),
		"'Active Step ID'",
		NOT_WHOLE,
	],
	[
		'a comma in a tag filter',
		'formField.getAll',
		{ ...list({ tags: pick(['a'], ['a,b']) }), stepId: '1', actionId: '1' },
		"'Tags' has a comma",
	],
	['a limit of 0', 'instance.getAll', { workflowId: '4210', limit: pick(1, 0) as never }, "'Limit'"],
	['half a limit', 'step.getAll', { instanceId: '1', limit: pick(1, 1.5) as never }, "'Limit'"],
	[
		'a sort order that does not exist',
		'instance.getAll',
		{ workflowId: '4210', sort: pick('name', 'age') },
		"'Sort'",
		'"age"',
	],
	[
		'an instance of a file that is no ID',
		'file.upload',
		{ options: { instanceId: pick('1', 'x') } },
		"'Instance ID'",
		NOT_WHOLE,
	],
	[
		'no name of a binary field',
		'file.upload',
		{ binaryPropertyName: pick('data', ' ') },
		"'Input Data Field Name' is empty",
	],
	[
		'a binary field that is not there',
		'file.upload',
		{ binaryPropertyName: pick('data', 'scan') },
		"no binary field 'scan'",
	],
];

/** Three items, the middle one wrong. */
const items = (id: number) =>
	[false, true, false].map((bad) => ({ json: { id, bad }, binary: { data: file('x', 'x.txt', 'text/plain') } }));

describe.each(ROWS)('%s (%s)', (_what, operation, parameters, ...texts) => {
	it('stops the run before anything is sent', async () => {
		const { message, description, itemIndex } = await failed(run(operation, parameters, { items: items(1) }));
		for (const text of texts) expect(message + description).toContain(text);
		expect(message).toContain('[item 1]');
		expect(itemIndex).toBe(1);
		expect(description).not.toBe('');
		expect(bench.sandbox.requests).toEqual([]);
	});
});

// Each kind of operation once; what is asked for is the same code for all rows.
const CONTINUED = new Set([
	'a name over 255 characters',
	'an ID that leaves its path',
	'a malformed email',
	'a negative ID',
	'a duration in words',
	'a binary field that is not there',
	'the same in update',
]);

describe.each(ROWS.filter(([what]) => CONTINUED.has(what)))(
	'%s (%s), continuing',
	(_what, operation, parameters, ...texts) => {
		it.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
			'lets the others through (%s)',
			async (onError) => {
				const id = instance();
				const good = JSON.parse(
					JSON.stringify(parameters)
						.replaceAll('? \\"1/../2\\" : \\"1\\"', `? \\"1/../2\\" : ${id}`)
						.replaceAll('? -1 : 1', `? -1 : ${id}`),
				) as INodeParameters;
				const result = await run(operation, good, { items: items(id), onError });
				expect(result.status).toBe('success');
				const errors =
					onError === 'continueErrorOutput' ? result.errorItems : result.items.filter(({ json }) => 'error' in json);
				expect(errors).toHaveLength(1);
				const [{ json, pairedItem }] = errors;
				expect(pairedItem).toEqual({ item: 1 });
				for (const text of texts) expect(JSON.stringify(json)).toContain(JSON.stringify(text).slice(1, -1));
				if (onError === 'continueRegularOutput') {
					expect(Object.keys(json)).toEqual(['error', 'details']);
					expect(Object.keys(json.details as object)).toEqual(['description']);
					const places = result.items.map((item) => (item.pairedItem as { item: number }).item);
					expect(places).toEqual([...places].sort());
					expect(new Set(places)).toEqual(new Set([0, 1, 2]));
				} else {
					expect(result.items.every((item) => !('error' in item.json))).toBe(true);
					expect(new Set(result.items.map((item) => (item.pairedItem as { item: number }).item))).toEqual(
						new Set([0, 2]),
					);
				}
			},
		);
	},
);

it.each(['Max', 'Min'])('explains that 01:30 is not an hour and a half (%s)', async (end) => {
	const { description } = await failed(run('instance.getAll', list({ [`totalRuntime${end}`]: '90 minutes' })));
	expect(description).toContain('01:30 means a minute and a half');
	expect(description).toContain('PT90M');
});

it('names a type that does not exist', async () => {
	const { message, description } = await failed(
		run('step.save', { ...field({ type: 'colour', text: 'x' }), instanceId: '1' }),
	);
	expect(message).toContain(`'Type' in 'Form Fields' entry 1 cannot be "colour"`);
	expect(description).toContain("'singleSelect'");
	expect(bench.sandbox.requests).toEqual([]);
});

it('has nothing to do without a change', async () => {
	const { message } = await failed(run('instance.update', { instanceId: '1', updateFields: { tagsMode: 'add' } }));
	expect(message).toContain("Nothing to update: 'Update Fields' and 'Step Assignments' are empty");
	expect(bench.sandbox.requests).toEqual([]);
});

it('refuses an operation that does not exist', async () => {
	const { message, description } = await failed(run('instance.explode', {}));
	expect(message).toContain('explode');
	expect(description).not.toBe('');
	expect(bench.sandbox.requests).toEqual([]);
});
