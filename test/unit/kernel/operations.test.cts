/** The one loop over the items, and what a parameter's declaration makes of what n8n gives. */
import type { IDataObject, IExecuteFunctions, INode, INodeExecutionData } from 'n8n-workflow';
import { DateTime } from 'luxon';
import { InputError, ServiceError } from '../../../nodes/kernel/errors.ts';
import {
	defineBatchOperation,
	defineOperation,
	describeOperations,
	type NodeTable,
} from '../../../nodes/kernel/operations.ts';
import { decodeAll, property, type Property } from '../../../nodes/kernel/parameters.ts';
import { runOperation } from '../../../nodes/kernel/run.ts';
import fc from '../property.mts';

interface Client {
	send(what: string): Promise<IDataObject>;
}

const text = property({ displayName: 'What', name: 'what', type: 'string', default: '' });
const options = property({ displayName: 'Options', name: 'options', type: 'collection', default: {}, options: [{ displayName: 'Max Concurrent Requests', name: 'concurrency', type: 'number', default: 5 }] });
const texts = (value: string) => ({ value, name: value.toUpperCase(), action: `Do ${value}`, description: `Does ${value}.` });

const required = (what: string) => {
	if (what === '') throw new InputError("'What' is empty", 'Fill it in.');
	return what;
};
const one = defineOperation<Client>()({
	...texts('one'),
	properties: [text, { ...text, name: 'lane' }, options],
	plan({ what, lane }) {
		required(what);
		return { lane: lane === '' ? undefined : lane, run: async (client) => await client.send(what) };
	},
	explain: ({ status }) => (status === 404 ? { message: 'It is not there (404)' } : undefined),
});
const all = defineBatchOperation<Client>()({
	...texts('all'),
	properties: [text, options],
	target: ({ what }) => required(what),
	runAll: async (client, targets) => await Promise.all(targets.map(async (what) => await client.send(what).catch((error: Error) => error))),
});
const many = defineOperation<Client>()({
	...texts('many'),
	properties: [{ ...text, displayOptions: { show: { resource: ['never'], other: ['x'] } } }],
	plan: () => ({ run: async () => [{ row: 1 }, { row: 2 }] }),
});

interface Run {
	operation?: string;
	items: IDataObject[];
	continues?: boolean;
	signal?: AbortSignal;
	send?(what: string): Promise<IDataObject>;
	concurrency?: number;
}

/** Runs over items whose parameters are their own fields. */
async function run({ operation = 'one', items, continues = false, signal, send = async (what) => ({ what }), concurrency = 3 }: Run) {
	const sent: string[] = [];
	const read: string[] = [];
	const hints: string[] = [];
	const table: NodeTable<Client> = {
		service: 'Service',
		labels: {},
		concurrency,
		connect: async () => ({
			async send(what) {
				sent.push(what);
				return await send(what);
			},
		}),
		resources: [{ value: 'thing', name: 'Thing', operations: [one, all, many] }],
	};
	const context = {
		getNode: () => ({ id: '1', name: 'Node', type: 'x.y', typeVersion: 1, position: [0, 0], parameters: {} }) as INode,
		getNodeParameter(name: string, index: number, fallback: unknown) {
			if (name === 'resource') return 'thing';
			if (name === 'operation') return operation;
			read.push(`${name} ${index}`);
			return items[index][name] ?? fallback;
		},
		getInputData: () => items.map((json) => ({ json })),
		continueOnFail: () => continues,
		getTimezone: () => 'UTC',
		getExecutionCancelSignal: () => signal,
		addExecutionHints: ({ message }: { message: string }) => hints.push(message),
	};
	const running = runOperation(context as unknown as IExecuteFunctions, table);
	const [result] = await running.catch((error: unknown) => [error]);
	return { result: result as INodeExecutionData[] & { message: string; description: string }, sent, read, hints };
}

const refused = (status = 400) => new ServiceError('', { kind: 'refused', status, words: 'no', fields: [], unclear: false });

describe('runOperation', () => {
	it('gives the results in input order, each linked to its item, for any run times', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.record({ lane: fc.constantFrom('', 'a', 'b'), turns: fc.nat(6), fails: fc.boolean() }), { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 6 }), async (plans, concurrency) => {
				const { result, sent } = await run({
					items: plans.map(({ lane }, index) => ({ what: String(index), lane })),
					continues: true,
					concurrency,
					async send(what) {
						for (let turn = 0; turn < plans[Number(what)].turns; turn++) await Promise.resolve();
						if (plans[Number(what)].fails) throw refused();
						return { what };
					},
				});
				expect(result.map(({ pairedItem }) => pairedItem)).toEqual(plans.map((_, item) => ({ item })));
				expect(result.map(({ json }) => json.what ?? 'error')).toEqual(plans.map(({ fails }, index) => (fails ? 'error' : String(index))));
				expect(sent.map(Number).sort((a, b) => a - b)).toEqual(plans.map((_, index) => index));
				for (const lane of ['a', 'b']) {
					const order = sent.map(Number).filter((index) => plans[index].lane === lane);
					expect(order).toEqual([...order].sort((a, b) => a - b));
				}
			}),
		);
	});

	it.each(['one', 'all'])('sends nothing at all when any item is bad (%s)', async (operation) => {
		for (const bad of [0, 1, 2]) {
			const items = ['a', 'b', 'c'].map((what, index) => ({ what: index === bad ? '' : what }));
			const { result, sent } = await run({ operation, items });
			expect(result).toMatchObject({ message: `'What' is empty [item ${bad}]`, description: 'Fill it in.' });
			expect(sent).toEqual([]);
		}
	});

	it.each(['one', 'all'])('does the good items and marks the bad ones, when it shall go on (%s)', async (operation) => {
		const { result, sent } = await run({
			operation,
			continues: true,
			items: ['a', '', 'b', 'c'].map((what) => ({ what })),
			send: async (what) => (what === 'b' ? await Promise.reject(refused()) : { what }),
		});
		expect(sent).toEqual(['a', 'b', 'c']);
		expect(result).toEqual([
			{ json: { what: 'a' }, pairedItem: { item: 0 } },
			{ json: { error: "'What' is empty [item 1]", details: { description: 'Fill it in.' } }, pairedItem: { item: 1 } },
			{ json: { error: 'Service did not accept the request (400) [item 2]', details: expect.objectContaining({ httpCode: '400' }) }, pairedItem: { item: 2 } },
			{ json: { what: 'c' }, pairedItem: { item: 3 } },
		]);
	});

	it('stops at the first failure, and says what was carried out', async () => {
		const { result, sent } = await run({
			items: ['a', 'b', 'bad', 'c', 'd'].map((what) => ({ what })),
			concurrency: 1,
			send: async (what) => (what === 'bad' ? await Promise.reject(refused(404)) : { what }),
		});
		expect(sent).toEqual(['a', 'b', 'bad']);
		expect(result.message).toBe('It is not there (404) [item 2]');
		expect(result.description).toContain('Already carried out, and not undone: item 0 to 1.');
	});

	it('gives several items for one, and reads no hidden parameter', async () => {
		const { result, read } = await run({ operation: 'many', items: [{}, {}] });
		expect(result.map(({ json, pairedItem }) => [json.row, pairedItem])).toEqual([[1, { item: 0 }], [2, { item: 0 }], [1, { item: 1 }], [2, { item: 1 }]]);
		expect(read).toEqual([]);
	});

	it('reads each parameter once per item', async () => {
		const { read } = await run({ items: [{ what: 'a' }, { what: 'b' }] });
		expect(read).toEqual(['what 0', 'lane 0', 'options 0', 'what 1', 'lane 1', 'options 1']);
	});

	it('refuses an operation that does not exist', async () => {
		const { result } = await run({ operation: 'gone', items: [{}] });
		expect(result.message).toBe("The operation 'gone' of 'thing' does not exist");
	});

	it.each([true, false])('gives what is done when it is cancelled, and names what is unclear (continue on fail: %p)', async (continues) => {
		const stop = new AbortController();
		const { result, sent, hints } = await run({
			items: ['a', 'b', 'cancel', 'c', 'd'].map((what) => ({ what })),
			continues,
			concurrency: 2,
			signal: stop.signal,
			async send(what) {
				if (what !== 'cancel') return { what };
				stop.abort();
				throw new ServiceError('', { kind: 'cancelled', words: '', fields: [], unclear: true });
			},
		});
		expect(result.map(({ json }) => json)).toEqual(expect.arrayContaining([{ what: 'a' }, { what: 'b' }]));
		expect(result.every(({ json }) => !('error' in json))).toBe(true);
		expect(sent).not.toContain('d');
		expect(hints).toEqual([expect.stringContaining('Cancelled while Service was working on item 2: it is not known')]);
	});
});

describe('decodeAll', () => {
	const decode = (declaration: Omit<Property, 'displayName' | 'name'>, value: unknown) =>
		decodeAll([{ displayName: 'Value', name: 'value', ...declaration }], { value } as IDataObject, (name) => `'${name}'`).value;
	const many = { multipleValues: true };

	it.each<[Omit<Property, 'displayName' | 'name'>, unknown, unknown]>([
		[{ type: 'string', default: '' }, 42, '42'],
		[{ type: 'string', default: '' }, null, ''],
		[{ type: 'string', default: 'x' }, null, 'x'],
		[{ type: 'string', default: '' }, ' a ', ' a '],
		[{ type: 'string', default: '' }, DateTime.fromISO('2026-12-01T00:00:00Z', { zone: 'utc' }), '2026-12-01T00:00:00.000Z'],
		[{ type: 'string', default: '' }, new Date('2026-12-01T00:00:00Z'), '2026-12-01T00:00:00.000Z'],
		[{ type: 'string', default: '' }, new Date(Number.NaN), ''],
		[{ type: 'number', default: 5 }, '1250.5', 1250.5],
		[{ type: 'number', default: 5 }, ' 7 ', 7],
		[{ type: 'number', default: 5 }, '', undefined],
		[{ type: 'number', default: 5 }, ' ', undefined],
		[{ type: 'number', default: 5 }, null, undefined],
		[{ type: 'boolean', default: false }, 'true', true],
		[{ type: 'boolean', default: false }, 'no', false],
		[{ type: 'boolean', default: true }, undefined, true],
		[{ type: 'string', default: [], typeOptions: many }, ['a', 'b'], ['a', 'b']],
		[{ type: 'string', default: [], typeOptions: many }, '["a", 2]', ['a', '2']],
		[{ type: 'string', default: [], typeOptions: many }, 'a', ['a']],
		[{ type: 'string', default: [], typeOptions: many }, '[a', ['[a']],
		[{ type: 'string', default: [], typeOptions: many }, [['a'], '', null, ['["b"]']], ['a', 'b']],
		[{ type: 'string', default: [], typeOptions: many }, null, []],
		[{ type: 'resourceLocator', default: '' }, { mode: 'id', value: ' 42 ' }, '42'],
		[{ type: 'resourceLocator', default: '' }, 42, '42'],
		[{ type: 'resourceLocator', default: '' }, { mode: 'list', value: null }, ''],
		[{ type: 'options', default: 'a', options: [{ value: 'a' }, { value: '' }] }, '', ''],
		[{ type: 'json', default: '{}' }, { a: 1 }, { a: 1 }],
	])('%j from %j: %j', (declaration, value, expected) => {
		expect(decode(declaration, value)).toEqual(expected);
	});

	it.each<[Omit<Property, 'displayName' | 'name'>, unknown, RegExp]>([
		[{ type: 'string', default: '' }, { a: 1 }, /'Value' holds an object/],
		[{ type: 'string', default: '' }, ['a'], /'Value' holds a list/],
		[{ type: 'string', default: '' }, { toISO: 1 }, /'Value' holds an object/],
		[{ type: 'string', default: [], typeOptions: many }, [{ a: 1 }], /'Value' holds an object/],
		[{ type: 'number', default: 0 }, '1,5', /'Value' is not a number: "1,5"/],
		[{ type: 'number', default: 0 }, true, /not a number/],
		[{ type: 'number', default: 0 }, 'Infinity', /not a number/],
		[{ type: 'options', default: 'a', options: [{ value: 'a' }] }, 'b', /'Value' cannot be "b"/],
		[{ type: 'collection', default: {}, options: [] }, 'x', /'Value' is not an object/],
		[{ type: 'fixedCollection', default: {}, options: [{ name: 'row', values: [] }] }, { row: ['x'] }, /'Value' entry 1 is not an object/],
	])('%j refuses %j', (declaration, value, message) => {
		expect(() => decode(declaration, value)).toThrow(InputError);
		expect(() => decode(declaration, value)).toThrow(message);
	});

	it('leaves out what was not added, and what is hidden', () => {
		const inner: Property[] = [text, { ...text, name: 'extra', default: 'x' }, { ...text, name: 'shown', displayOptions: { show: { what: ['yes'] } } }];
		const collection = { type: 'collection', default: {}, options: inner } as const;
		expect(decode(collection, { what: 'no', shown: 'a', unknown: 1 })).toEqual({ what: 'no' });
		expect(decode(collection, { what: 'yes', shown: 'a' })).toEqual({ what: 'yes', shown: 'a' });
		const rows = { type: 'fixedCollection', default: {}, options: [{ name: 'row', values: inner }] } as const;
		expect(decode(rows, { row: [{ what: 'yes', shown: 'b' }, { what: 'no', shown: 'b' }] })).toEqual({ row: [{ what: 'yes', extra: 'x', shown: 'b' }, { what: 'no', extra: 'x' }] });
		// One entry alone, as an expression or an AI tool gives it.
		expect(decode(rows, { row: { what: 'no' } })).toEqual({ row: [{ what: 'no', extra: 'x' }] });
		expect(decode(rows, '')).toEqual({ row: [] });
	});

	it('gives what the type promises or an InputError, for any JSON', () => {
		const types = [
			[{ type: 'string', default: '' }, (value: unknown) => typeof value === 'string'],
			[{ type: 'number', default: 0 }, (value: unknown) => value === undefined || Number.isFinite(value)],
			[{ type: 'boolean', default: false }, (value: unknown) => typeof value === 'boolean'],
			[{ type: 'resourceLocator', default: '' }, (value: unknown) => typeof value === 'string'],
			[{ type: 'string', default: [], typeOptions: many }, (value: unknown) => Array.isArray(value) && value.every((entry) => typeof entry === 'string')],
			[{ type: 'number', default: [], typeOptions: many }, (value: unknown) => Array.isArray(value)],
		] as const;
		fc.assert(
			fc.property(fc.constantFrom(...types), fc.jsonValue(), ([declaration, promised], value) => {
				let result: unknown;
				try {
					result = decode(declaration as Omit<Property, 'displayName' | 'name'>, value);
				} catch (error) {
					expect(error).toBeInstanceOf(InputError);
					return;
				}
				expect(promised(result)).toBe(true);
			}),
			{ numRuns: 500 },
		);
	});
});

it('derives the properties of the node from the table', () => {
	const resource = (value: string, operations: NodeTable<Client>['resources'][number]['operations']) => ({ value, name: value, operations });
	const properties = describeOperations<Client>({
		service: 'Service',
		labels: {},
		concurrency: 1,
		connect: async () => await Promise.reject(new Error()),
		resources: [resource('zebra', [one]), resource('ant', [many, all])],
	});
	expect(properties.map(({ name, displayOptions }) => [name, displayOptions?.show])).toEqual([
		['resource', undefined],
		['operation', { resource: ['zebra'] }],
		['operation', { resource: ['ant'] }],
		['toolDescription', { '@tool': [true], resource: ['zebra'], operation: ['one'] }],
		['toolDescription', { '@tool': [true], resource: ['ant'], operation: ['many'] }],
		['toolDescription', { '@tool': [true], resource: ['ant'], operation: ['all'] }],
		['what', { resource: ['zebra'], operation: ['one'] }],
		['lane', { resource: ['zebra'], operation: ['one'] }],
		['options', { resource: ['zebra'], operation: ['one'] }],
		['what', { resource: ['never'], operation: ['many'], other: ['x'] }],
		['what', { resource: ['ant'], operation: ['all'] }],
		['options', { resource: ['ant'], operation: ['all'] }],
	]);
	expect(properties[0]).toMatchObject({ default: 'zebra', noDataExpression: true, options: [{ value: 'ant' }, { value: 'zebra' }] });
	expect(properties[2]).toMatchObject({ default: 'many', options: [{ name: 'ALL', action: 'Do all', description: 'Does all.' }, { name: 'MANY' }] });
	expect(properties.every((entry) => !('editorOnly' in entry))).toBe(true);
});
