/** Form fields against the reference of "Complete step" (seed 002), written down here once more. */
import Ajv from 'ajv';
import type { IDataObject } from 'n8n-workflow';
import { InputError } from '../../../nodes/kernel/errors.ts';
import { fromColumns, fromEntries, fromJson, valueProperties, type FormFieldEntry } from '../../../nodes/NextMatter/formFields/index.ts';
import { looksLikeInput, plainValue } from '../../../nodes/NextMatter/formFields/plainValue.ts';
import { recogniseType } from '../../../nodes/NextMatter/formFields/recognise.ts';
import { fieldTypes } from '../../../nodes/NextMatter/formFields/types.ts';
import fc from '../property.mts';

const ZONE = 'Europe/Berlin';
const string = { type: 'string' };
const strings = { type: 'array', minItems: 1, items: string };
const object = (properties: object) => ({ type: 'object', additionalProperties: false, required: Object.keys(properties), properties });

const address = object({ city: string, street: string, zipCode: string });
const reference: Record<string, object> = {
	address,
	checklist: object({ itemsChecked: strings }),
	date: object({ date: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z$' } }),
	drawing: object({ url: strings }),
	email: object({ emailValue: { type: 'string', pattern: '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$' } }),
	file: object({ files: strings }),
	image: object({ images: strings }),
	instruction: object({ inputValue: { const: '' } }),
	multiSelect: object({ itemsSelected: strings }),
	number: object({ numberValue: { type: 'number' }, formattedValue: string }),
	radio: object({ radioItemSelected: string }),
	routing: object({ action: string, comment: string, label: string, returnToStep: string }),
	singleSelect: object({ itemSelected: string }),
	table: object({ jsonResult: string }),
	text: object({ inputValue: string }),
	url: object({ url: { type: 'string', pattern: '^https?://' } }),
	userSelection: object({ selection: object({ user_email: string }) }),
};
/** The help page "Complete a step", where it differs (reference, section 4.2). */
const wrapped: Record<string, object> = {
	...reference,
	address: object({ inputValue: address }),
	checklist: object({ inputValue: reference.checklist }),
	radio: object({ inputValue: reference.radio }),
	url: object({ url: reference.url }),
};

const ajv = new Ajv();
const accepts = Object.fromEntries(
	Object.entries({ reference, wrapped }).map(([format, schemas]) => [
		format,
		Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, ajv.compile(schema)])),
	]),
);

function one(entry: FormFieldEntry, format: 'reference' | 'wrapped' = 'reference'): IDataObject {
	const { fields } = fromEntries([{ actionId: '369584', ...entry }], format, ZONE);
	expect(fields).toHaveLength(1);
	expect(fields[0].action_id).toBe(369_584);
	return fields[0].input_object;
}

/** The documented examples, entered in the editor; and the value that is held then. */
const examples: Array<[type: string, entered: IDataObject, sent: IDataObject, held: unknown, inWrapped?: IDataObject]> = [
	['address', { city: 'city', street: 'street', zipCode: 'zipCode' }, { city: 'city', street: 'street', zipCode: 'zipCode' }, { city: 'city', street: 'street', zipCode: 'zipCode' }, { inputValue: { city: 'city', street: 'street', zipCode: 'zipCode' } }],
	['checklist', { items: ['Option A', 'Option B'] }, { itemsChecked: ['Option A', 'Option B'] }, ['Option A', 'Option B'], { inputValue: { itemsChecked: ['Option A', 'Option B'] } }],
	['date', { date: '2021-06-16T12:00:00' }, { date: '2021-06-16T10:00:00Z' }, '2021-06-16T10:00:00Z'],
	['email', { email: 'jdoe@email.com' }, { emailValue: 'jdoe@email.com' }, 'jdoe@email.com'],
	['file', { urls: ['https://fileurl.com/examplefile.pdf'] }, { files: ['https://fileurl.com/examplefile.pdf'] }, ['https://fileurl.com/examplefile.pdf']],
	['image', { urls: ['https://fileurl.com/exampleimage.jpg'] }, { images: ['https://fileurl.com/exampleimage.jpg'] }, ['https://fileurl.com/exampleimage.jpg']],
	['drawing', { urls: ['https://fileurl.com/exampleimage.jpg'] }, { url: ['https://fileurl.com/exampleimage.jpg'] }, ['https://fileurl.com/exampleimage.jpg']],
	['number', { number: 10_000, formattedValue: '' }, { numberValue: 10_000, formattedValue: '' }, 10_000],
	['number', { number: 0, formattedValue: '0,00' }, { numberValue: 0, formattedValue: '0,00' }, 0],
	['singleSelect', { item: 'Option A' }, { itemSelected: 'Option A' }, 'Option A'],
	['multiSelect', { items: ['Option A', 'Option C'] }, { itemsSelected: ['Option A', 'Option C'] }, ['Option A', 'Option C']],
	['table', { table: '[["Header1","Header2"],["Value1","Value2"]]' }, { jsonResult: '[["Header1","Header2"],["Value1","Value2"]]' }, [['Header1', 'Header2'], ['Value1', 'Value2']]],
	['table', { table: [{ a: 1, b: true }, { a: null, c: 'x' }] }, { jsonResult: '[["a","b","c"],["1","true",""],["","","x"]]' }, [['a', 'b', 'c'], ['1', 'true', ''], ['', '', 'x']]],
	['instruction', {}, { inputValue: '' }, ''],
	['radio', { item: 'Option A' }, { radioItemSelected: 'Option A' }, 'Option A', { inputValue: { radioItemSelected: 'Option A' } }],
	['text', { text: 'Example' }, { inputValue: 'Example' }, 'Example'],
	['url', { url: 'http://nextmatter.com' }, { url: 'http://nextmatter.com' }, 'http://nextmatter.com', { url: { url: 'http://nextmatter.com' } }],
	['userSelection', { userEmail: 'john.doe@email.com' }, { selection: { user_email: 'john.doe@email.com' } }, 'john.doe@email.com'],
	['routing', { routingAction: 'skip_forward', returnToStep: 'Step_ID' }, { action: 'skip_forward', comment: '', label: '', returnToStep: 'Step_ID' }, { action: 'skip_forward', comment: '', label: '', returnToStep: 'Step_ID' }],
	['raw', { json: '{"anything": [1, null]}' }, { anything: [1, null] }, { anything: [1, null] }],
];

it('knows the 17 types of the reference, and raw', () => {
	expect(fieldTypes.map(({ value }) => value).sort()).toEqual([...Object.keys(reference), 'raw'].sort());
	expect(new Set(examples.map(([type]) => type)).size).toBe(18);
});

it('shows each value parameter for the types that use it', () => {
	const shown = valueProperties.flatMap(({ name, displayOptions }) =>
		((displayOptions as { show: { type: string[] } }).show.type).map((type) => `${type}.${name}`),
	);
	expect(shown.sort()).toEqual(fieldTypes.flatMap(({ value, properties }) => properties.map(({ name }) => `${value}.${name}`)).sort());
	expect(new Set(valueProperties.map(({ name }) => name)).size).toBe(valueProperties.length);
});

it.each(examples)('%s %j', (type, entered, sent, held, inWrapped = sent) => {
	expect(one({ type, ...entered })).toEqual(sent);
	expect(one({ type, ...entered }, 'wrapped')).toEqual(inWrapped);
	expect(plainValue(sent)).toEqual(held);
	expect(plainValue(inWrapped)).toEqual(held);
	expect(looksLikeInput(sent)).toBe(type !== 'raw');
	if (type !== 'raw') {
		expect(accepts.reference[type](sent)).toBe(true);
		expect(accepts.wrapped[type](inWrapped)).toBe(true);
	}
});

const filledText = fc.string({ minLength: 1 }).filter((text) => text.trim() !== '');
const webAddress = fc.tuple(fc.domain(), fc.nat()).map(([host, path]) => `https://${host}/${path}`);
const list = (of: fc.Arbitrary<string>) => fc.array(of, { minLength: 1, maxLength: 4 });
const cell = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const rows = fc.integer({ min: 1, max: 4 }).chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }));
const records = fc.array(fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('toString', 'constructor', '__proto__')), cell, { minKeys: 1 }), { minLength: 1, maxLength: 4 });
const date = fc.date({ min: new Date('1970-01-02'), max: new Date('2100-01-01'), noInvalidDate: true }).map((value) => value.toISOString());
const valid: Record<string, fc.Arbitrary<object>> = {
	address: fc.record({ street: filledText, city: fc.string(), zipCode: fc.string() }),
	checklist: fc.record({ items: list(filledText) }),
	date: fc.record({ date }),
	drawing: fc.record({ urls: list(webAddress) }),
	email: fc.record({ email: fc.emailAddress() }),
	file: fc.record({ urls: list(webAddress) }),
	image: fc.record({ urls: list(webAddress) }),
	instruction: fc.constant({}),
	multiSelect: fc.record({ items: list(filledText) }),
	number: fc.record({ number: fc.double({ noNaN: true, noDefaultInfinity: true }) }, {}),
	radio: fc.record({ item: filledText }),
	routing: fc.record({ routingAction: filledText, label: fc.string(), comment: fc.string(), returnToStep: fc.string() }),
	singleSelect: fc.record({ item: filledText }),
	table: fc.record({ table: fc.oneof(rows, rows.map((table) => JSON.stringify(table)), records) }),
	text: fc.record({ text: filledText }),
	url: fc.record({ url: webAddress }),
	userSelection: fc.record({ userEmail: fc.emailAddress() }),
};

it.each(Object.keys(valid))('%s: whatever is valid comes out as the reference has it, and can be read back', (type) => {
	fc.assert(
		fc.property(valid[type], fc.constantFrom('reference' as const, 'wrapped' as const), (values, format) => {
			const sent = JSON.parse(JSON.stringify(one({ type, ...values } as FormFieldEntry, format))) as IDataObject;
			expect(accepts[format][type](sent)).toBe(true);
			expect(plainValue(sent)).toEqual(plainValue(JSON.parse(JSON.stringify(one({ type, ...values } as FormFieldEntry)))));
			const main = fieldTypes.find(({ value }) => value === type)?.main;
			const entered = main ? (values as IDataObject)[main] : undefined;
			if (main && !['table', 'routing', 'number'].includes(type)) {
				expect(plainValue(sent)).toEqual(type === 'date' ? String(entered).replace('.000Z', 'Z') : entered);
			}
			if (type === 'table') {
				const table = plainValue(sent) as string[][];
				expect(table.every((row) => row.length === table[0].length && row.every((value) => typeof value === 'string'))).toBe(true);
			}
		}),
	);
});

it.each<[string, IDataObject, RegExp]>([
	['address', { street: ' ' }, /'Street' in .* is empty/],
	['checklist', { items: [] }, /'Items' in .* is empty/],
	['checklist', {}, /is empty/],
	['date', { date: '' }, /'Date' in .* is empty/],
	['date', { date: '12/01/2026' }, /not a date/],
	['drawing', { urls: [] }, /'URLs' in .* is empty/],
	['drawing', { urls: ['https://a.b', 'nope'] }, /not a URL: "nope"/],
	['email', { email: '' }, /is empty/],
	['email', { email: 'jane' }, /not an email/],
	['file', {}, /'URLs' in .* is empty/],
	['file', { urls: ['a.pdf'], binaryPropertyNames: ['data'] }, /not a URL/],
	['image', { urls: ['ftp://a.b/c'] }, /not a URL/],
	['multiSelect', {}, /is empty/],
	['number', {}, /'Number' in .* is empty/],
	['radio', { item: '' }, /is empty/],
	['raw', { json: '{' }, /not valid JSON/],
	['raw', { json: '{}' }, /not a filled object/],
	['raw', { json: '[1]' }, /not a filled object/],
	['routing', { routingAction: '' }, /is empty/],
	['singleSelect', { item: '\n' }, /is empty/],
	['table', { table: '' }, /not a table/],
	['table', { table: '[]' }, /not a table/],
	['table', { table: '[[]]' }, /different lengths/],
	['table', { table: '[["a","b"],["c"]]' }, /different lengths/],
	['table', { table: '[["a"],{"b":1}]' }, /not a table/],
	['table', { table: '[{}]' }, /no columns/],
	['table', { table: '[["a"],[{"b":1}]]' }, /not a single value/],
	['table', { table: '{"a":1}' }, /not a table/],
	['text', { text: ' ' }, /is empty/],
	['url', { url: 'example.com' }, /not a URL/],
	['userSelection', { userEmail: '5012' }, /not an email/],
	['unknown', {}, /not a form-field type/],
	['text', { text: 'x', actionId: '1/../2' }, /'Form Field' in .* is not a whole number/],
	['text', { text: 'x', actionId: '' }, /'Form Field' in .* is empty/],
])('refuses %s %j, and says where', (type, values, message) => {
	const work = () => fromEntries([{ actionId: '1', type: 'text', text: 'ok' }, { actionId: '2', type, ...values }], 'reference', ZONE);
	expect(work).toThrow(InputError);
	expect(work).toThrow(message);
	expect(work).toThrow(/entry 2/);
});

it('refuses the same field twice, whichever way it is written', () => {
	const twice = ['7', ' 07', 'https://app.nextmatter.com/fields/7'];
	for (const actionId of twice) {
		const entries = [{ actionId: '7', type: 'text', text: 'a' }, { actionId: '8', type: 'text', text: 'b' }, { actionId, type: 'text', text: 'c' }];
		expect(() => fromEntries(entries, 'reference', ZONE)).toThrow('has the form field 7 twice (entries 1 and 3)');
	}
	expect(() => fromJson([{ action_id: 7, input_object: {} }, { action_id: '7', input_object: {} }])).toThrow('twice (entries 1 and 2)');
});

it('puts uploaded files beside the URLs of their own field', () => {
	const { fields, uploads } = fromEntries(
		[
			{ actionId: '1', type: 'text', text: 'a' },
			{ actionId: '2', type: 'file', urls: ['https://a.b/c'], binaryPropertyNames: ['x', 'y'] },
			{ actionId: '3', type: 'image', binaryPropertyNames: ['z'] },
		],
		'reference',
		ZONE,
	);
	expect(uploads).toMatchObject([{ kind: 'file', binaryPropertyName: 'x' }, { kind: 'file', binaryPropertyName: 'y' }, { kind: 'image', binaryPropertyName: 'z' }]);
	const filled = uploads.reduce((form, { attach }, index) => attach(form, `https://files/${index}`), fields);
	expect(filled.map(({ input_object }) => input_object)).toEqual([
		{ inputValue: 'a' },
		{ files: ['https://a.b/c', 'https://files/0', 'https://files/1'] },
		{ images: ['https://files/2'] },
	]);
	// The plan stays as it was: a second run starts from it again.
	expect(fields[1].input_object).toEqual({ files: ['https://a.b/c'] });
});

describe('fromJson', () => {
	it('sends what it is given, with IDs as numbers', () => {
		const given = [{ action_id: '7', input_object: { any: [1] }, extra: true }, { action_id: 8, input_object: {} }];
		const expected = [{ action_id: 7, input_object: { any: [1] }, extra: true }, { action_id: 8, input_object: {} }];
		expect(fromJson(given)).toEqual({ fields: expected, uploads: [] });
		expect(fromJson(JSON.stringify(given)).fields).toEqual(expected);
		expect(fromJson('').fields).toEqual([]);
	});

	it.each<[unknown, RegExp]>([
		['{', /not valid JSON/],
		['{}', /not a list/],
		['[1]', /entry 1 is not an object/],
		[[{ action_id: 1, input_object: {} }, { action_id: 'x', input_object: {} }], /'action_id' in .* entry 2 is not a whole number/],
		[[{ action_id: [5], input_object: {} }], /not a whole number/],
		[[{ input_object: {} }], /'action_id' in .* is empty/],
		[[{ action_id: 1 }], /'input_object' in .* is not an object/],
		[[{ action_id: 1, input_object: [] }], /'input_object' in .* is not an object/],
	])('refuses %j', (given, message) => {
		expect(() => fromJson(given)).toThrow(InputError);
		expect(() => fromJson(given)).toThrow(message);
	});

	it('gives fields or an InputError for any JSON', () => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				try {
					expect(Array.isArray(fromJson(value).fields)).toBe(true);
				} catch (error) {
					expect(error).toBeInstanceOf(InputError);
				}
			}),
		);
	});
});

describe('fromColumns', () => {
	const column = (type: string | undefined, value: unknown) => fromColumns([{ id: 7, name: 'Field', type, value }], 'reference', ZONE);

	it.each<[string | undefined, unknown, IDataObject]>([
		[undefined, 'Jane', { inputValue: 'Jane' }],
		[undefined, 42, { inputValue: '42' }],
		['number', '1250.5', { numberValue: 1250.5, formattedValue: '' }],
		['number', 0, { numberValue: 0, formattedValue: '' }],
		['checklist', '["A","B"]', { itemsChecked: ['A', 'B'] }],
		['checklist', 'A', { itemsChecked: ['A'] }],
		['multiSelect', ['A'], { itemsSelected: ['A'] }],
		['date', new Date('2026-12-01T08:00:00Z'), { date: '2026-12-01T08:00:00Z' }],
		['date', '2026-12-01', { date: '2026-11-30T23:00:00Z' }],
		['address', { street: 'S', city: 'C' }, { street: 'S', city: 'C', zipCode: '' }],
		['routing', 'skip_forward', { action: 'skip_forward', comment: '', label: '', returnToStep: '' }],
		['routing', { routingAction: 'skip_forward', label: 'Approve' }, { action: 'skip_forward', comment: '', label: 'Approve', returnToStep: '' }],
		['table', [{ a: 1 }], { jsonResult: '[["a"],["1"]]' }],
		['file', 'https://a.b/c', { files: ['https://a.b/c'] }],
		['raw', { x: 1 }, { x: 1 }],
	])('%s %j', (type, value, sent) => {
		expect(column(type, value)).toEqual([{ action_id: 7, input_object: sent }]);
	});

	it.each([undefined, null, ''])('leaves out a column whose value is %p', (value) => {
		expect(column('text', value)).toEqual([]);
	});

	it.each<[string, unknown, RegExp]>([
		['address', 'Main Street 1', /The value of the column 'Field' is not an object.*/],
		['number', 'many', /'Number' in the column 'Field' is not a number/],
		['number', ' ', /'Number' in the column 'Field' is empty/],
		['email', 'jane', /'Email' in the column 'Field' is not an email/],
		['text', { a: 1 }, /'Text' in the column 'Field' holds an object/],
	])('refuses %s %j', (type, value, message) => {
		expect(() => column(type, value)).toThrow(InputError);
		expect(() => column(type, value)).toThrow(message);
	});
});

describe('plainValue', () => {
	it('never throws, and leaves what it does not know', () => {
		fc.assert(fc.property(fc.jsonValue(), (value) => void plainValue(value)));
		for (const value of [null, 1, 'x', [1], { unknown: 1 }, {}]) expect(plainValue(value)).toEqual(value);
		expect(plainValue({ jsonResult: 'no JSON' })).toBe('no JSON');
	});

	it('survives a value that is nested without end', () => {
		let deep: unknown = 'x';
		for (let level = 0; level < 100_000; level++) deep = { inputValue: deep };
		expect(plainValue(deep)).toBe('x');
	});
});

describe('recogniseType', () => {
	it.each<[string | undefined, unknown, string | undefined]>([
		['AddressInput', undefined, 'address'], ['checklist', undefined, 'checklist'], ['date_input', undefined, 'date'], ['FileUpload', undefined, 'file'],
		['image-upload', undefined, 'image'], ['drawing', undefined, 'drawing'], ['Signature', undefined, 'drawing'], ['instruction', undefined, 'instruction'],
		['SingleValueDropdown', undefined, 'singleSelect'], ['multi value dropdown', undefined, 'multiSelect'], ['radio', undefined, 'radio'], ['StringInput', undefined, 'text'],
		['text_input', undefined, 'text'], ['number', undefined, 'number'], ['table', undefined, 'table'], ['url', undefined, 'url'], ['email', undefined, 'email'],
		['EmailAddress', undefined, 'email'], ['user_selection', undefined, 'userSelection'], ['routing', undefined, 'routing'], ['select', undefined, 'singleSelect'],
		['form_item_17', undefined, undefined], [undefined, undefined, undefined], ['x', 'text', undefined],
		[undefined, { zipCode: '' }, 'address'], [undefined, { inputValue: { itemsChecked: [] } }, 'checklist'], [undefined, { inputValue: 'x' }, undefined],
		[undefined, { toString: 1, constructor: 2 }, undefined], [undefined, { returnToStep: '' }, 'routing'],
	])('%p with %j: %p', (name, value, expected) => {
		expect(recogniseType(name, value)).toBe(expected);
	});

	it('gives a type that exists or none, for anything', () => {
		const known = new Set<unknown>([undefined, ...fieldTypes.map(({ value }) => value)]);
		fc.assert(fc.property(fc.string(), fc.jsonValue(), (name, value) => expect(known.has(recogniseType(name, value))).toBe(true)));
	});

	it('tells from what it sent itself which type it was, where the keys tell', () => {
		for (const [type, , sent] of examples) {
			if (!['text', 'instruction', 'url', 'drawing', 'raw'].includes(type)) expect(recogniseType(undefined, sent)).toBe(type);
		}
	});
});
