import type { IDataObject } from 'n8n-workflow';

import { InputError } from '../../kernel/errors';
import type { Property, ValuesOf } from '../../kernel/parameters';
import { property } from '../../kernel/parameters';
import { emailAddress, jsonValue, shown, utcTime, webAddress } from '../../kernel/values';

/** What a value parameter needs from around it to be converted. */
export interface FieldPlace {
	/** The entry as a person finds it in the editor, for messages. */
	where: string;
	/** IANA time zone of the workflow. */
	timezone: string;
}

/**
 * One type of form field: the parameters its value is entered in, and the `input_object` that
 * Next Matter documents for it (reference of "Complete step").
 */
export interface FieldType {
	readonly value: string;
	readonly name: string;
	readonly description: string;
	readonly properties: readonly Property[];
	/** The parameter that a single value, such as a mapped column, goes into. Without it the value is an object of them. */
	readonly main?: string;
	/** Checks the entered values and gives the `input_object`. Throws `InputError`. */
	toInput(values: Record<string, unknown>, place: FieldPlace): IDataObject;
	/** Which upload the field takes binary files by, and the key of the `input_object` for their URLs. */
	readonly upload?: { kind: 'file' | 'image'; key: string };
	/** The other documented form of the same `input_object` (help page "Complete a step"), where it differs. */
	wrap?(input: IDataObject): IDataObject;
}

function fieldType<const L extends readonly Property[]>(type: {
	value: string;
	name: string;
	description: string;
	properties: L;
	main?: L[number]['name'];
	toInput(values: Partial<ValuesOf<L>>, place: FieldPlace): IDataObject;
	upload?: FieldType['upload'];
	wrap?(input: IDataObject): IDataObject;
}): FieldType {
	return type as unknown as FieldType;
}

const LEAVE_OUT =
	'Enter a value, or remove this form field so that it stays as it is. To clear a field on purpose use the type Raw JSON.';

function filled(value: string | undefined, name: string, { where }: FieldPlace): string {
	if (value === undefined || value.trim() === '') throw new InputError(`'${name}' in ${where} is empty`, LEAVE_OUT);
	return value;
}

function filledList(values: string[] | undefined, name: string, { where }: FieldPlace): string[] {
	if (!values?.length) throw new InputError(`'${name}' in ${where} is empty`, LEAVE_OUT);
	return values;
}

function urls(values: string[] | undefined, place: FieldPlace): string[] {
	return filledList(values, 'URLs', place).map((url) => webAddress(url, `'URLs' in ${place.where}`));
}

function cell(value: unknown, where: string): string {
	if (value === null || value === undefined) return '';
	if (typeof value === 'object') {
		throw new InputError(`${where} has a cell that is not a single value: ${shown(value)}`, 'A cell holds a text, a number or true or false.');
	}
	return String(value);
}

/**
 * A table as rows of texts, the header first. Takes rows (lists of cells, the first is the header)
 * or objects (their keys, in order of appearance, become the header).
 */
export function tableRows(value: unknown, where: string): string[][] {
	const help = 'Give a JSON list of rows such as [["Item","Quantity"],["Laptop",1]], or a list of objects such as [{"Item":"Laptop","Quantity":1}].';
	const table = jsonValue(value, where);
	if (!Array.isArray(table) || table.length === 0) {
		throw new InputError(`${where} is not a table: ${shown(value)}`, help);
	}
	const rows = table as unknown[];
	if (rows.every((row) => Array.isArray(row))) {
		const [header] = rows;
		if (header.length === 0 || rows.some((row) => row.length !== header.length)) {
			throw new InputError(`${where} has rows of different lengths`, `Every row needs as many cells as the header (${header.length}). ${help}`);
		}
		return rows.map((row) => row.map((value) => cell(value, where)));
	}
	if (rows.some((row) => row === null || typeof row !== 'object' || Array.isArray(row))) {
		throw new InputError(`${where} is not a table: ${shown(value)}`, help);
	}
	const records = rows as IDataObject[];
	const header = [...new Set(records.flatMap((record) => Object.keys(record)))];
	if (header.length === 0) throw new InputError(`${where} has no columns`, help);
	return [header, ...records.map((record) => header.map((key) => cell(Object.hasOwn(record, key) ? record[key] : '', where)))];
}

const items = property({
	displayName: 'Items',
	name: 'items',
	type: 'string',
	typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Item' },
	default: [],
	placeholder: 'e.g. Laptop',
	description: 'The options to choose, as they are called in the workflow. An expression may give a list.',
});

const item = property({
	displayName: 'Item',
	name: 'item',
	type: 'string',
	default: '',
	placeholder: 'e.g. Option A',
	description: 'The option to choose, as it is called in the workflow',
});

const urlList = property({
	displayName: 'URLs',
	name: 'urls',
	type: 'string',
	typeOptions: { multipleValues: true, multipleValueButtonText: 'Add URL' },
	default: [],
	placeholder: 'e.g. https://example.com/contract.pdf',
	description: 'Web addresses of the files. An expression may give a list.',
});

const binaryNames = property({
	displayName: 'Input Data Field Names',
	name: 'binaryPropertyNames',
	type: 'string',
	typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Data Field' },
	default: [],
	placeholder: 'e.g. data',
	hint: 'Uploading is not in the public reference of Next Matter',
	description: 'Names of the binary fields of the item whose files are uploaded first. May stand beside or instead of URLs.',
});

/** Web addresses, of which there may be none when files are uploaded. */
function urlsOrUploads(values: { urls?: string[]; binaryPropertyNames?: string[] }, place: FieldPlace): string[] {
	return values.binaryPropertyNames?.length && !values.urls?.length ? [] : urls(values.urls, place);
}

const inInputValue = (input: IDataObject): IDataObject => ({ inputValue: input });

/** All form-field types. The only place that knows an `input_object`. */
export const fieldTypes: readonly FieldType[] = [
	fieldType({
		value: 'address',
		name: 'Address',
		description: 'Street, city and ZIP code',
		properties: [
			{ displayName: 'Street', name: 'street', type: 'string', default: '', placeholder: 'e.g. 221B Baker Street', description: 'Street and house number' },
			{ displayName: 'City', name: 'city', type: 'string', default: '', placeholder: 'e.g. London', description: 'City or town' },
			{ displayName: 'ZIP Code', name: 'zipCode', type: 'string', default: '', placeholder: 'e.g. NW1 6XE', description: 'Postal code' },
		],
		toInput({ street = '', city = '', zipCode = '' }, place) {
			filled(street + city + zipCode, 'Street', place);
			return { city, street, zipCode };
		},
		wrap: inInputValue,
	}),
	fieldType({
		value: 'checklist',
		main: 'items',
		name: 'Checklist',
		description: 'The entries that are checked',
		properties: [items],
		toInput: (values, place) => ({ itemsChecked: filledList(values.items, 'Items', place) }),
		// The page also shows `itemsNotChecked`, but an empty one would mean that all the rest is checked.
		wrap: inInputValue,
	}),
	fieldType({
		value: 'date',
		main: 'date',
		name: 'Date',
		description: 'A date with time, sent in UTC',
		properties: [
			{ displayName: 'Date', name: 'date', type: 'dateTime', default: '', placeholder: 'e.g. 2026-12-01T09:00:00Z', description: 'Without an offset it is read in the time zone of the workflow' },
		],
		toInput({ date }, place) {
			filled(String(date ?? ''), 'Date', place);
			return { date: utcTime(date, place.timezone, `'Date' in ${place.where}`) };
		},
	}),
	fieldType({
		value: 'drawing',
		main: 'urls',
		name: 'Drawing',
		description: 'Web addresses of images that stand for the drawing',
		properties: [urlList],
		toInput: (values, place) => ({ url: urls(values.urls, place) }),
	}),
	fieldType({
		value: 'email',
		main: 'email',
		name: 'Email',
		description: 'One email address',
		properties: [
			{ displayName: 'Email', name: 'email', type: 'string', default: '', placeholder: 'e.g. jane.doe@example.com', description: 'One email address' },
		],
		toInput: ({ email }, place) => ({
			emailValue: emailAddress(filled(email, 'Email', place), `'Email' in ${place.where}`),
		}),
	}),
	fieldType({
		value: 'file',
		main: 'urls',
		name: 'File',
		description: 'Files, by their web addresses or uploaded',
		properties: [urlList, binaryNames],
		toInput: (values, place) => ({ files: urlsOrUploads(values, place) }),
		upload: { kind: 'file', key: 'files' },
	}),
	fieldType({
		value: 'image',
		main: 'urls',
		name: 'Image',
		description: 'Images, by their web addresses or uploaded',
		properties: [urlList, binaryNames],
		toInput: (values, place) => ({ images: urlsOrUploads(values, place) }),
		upload: { kind: 'image', key: 'images' },
	}),
	fieldType({
		value: 'instruction',
		name: 'Instruction',
		description: 'A text to read: it takes no value',
		properties: [],
		toInput: () => ({ inputValue: '' }),
	}),
	fieldType({
		value: 'multiSelect',
		main: 'items',
		name: 'Multi-Select Dropdown',
		description: 'Several options of a dropdown',
		properties: [items],
		toInput: (values, place) => ({ itemsSelected: filledList(values.items, 'Items', place) }),
	}),
	fieldType({
		value: 'number',
		main: 'number',
		name: 'Number',
		description: 'A number, with decimals where needed',
		properties: [
			{ displayName: 'Number', name: 'number', type: 'number', default: 0, typeOptions: { numberPrecision: 10 }, description: 'Digits, with a point before decimals' },
			{ displayName: 'Formatted Value', name: 'formattedValue', type: 'string', default: '', placeholder: 'e.g. 10.000', description: 'How the number is shown. Leave empty when no format is applied.' },
		],
		toInput({ number, formattedValue = '' }, place) {
			if (number === undefined) filled('', 'Number', place);
			return { numberValue: number, formattedValue };
		},
	}),
	fieldType({
		value: 'radio',
		main: 'item',
		name: 'Radio',
		description: 'One option of a group of radio buttons',
		properties: [item],
		toInput: (values, place) => ({ radioItemSelected: filled(values.item, 'Item', place) }),
		wrap: inInputValue,
	}),
	fieldType({
		value: 'raw',
		main: 'json',
		name: 'Raw JSON',
		description: 'The input object itself, for anything the other types do not cover',
		properties: [
			{ displayName: 'JSON', name: 'json', type: 'json', default: '{}', description: 'Sent as it stands, for example {"inputValue": ""} to clear a text' },
		],
		toInput({ json }, { where }) {
			const input = jsonValue(json, `'JSON' in ${where}`);
			if (!isRecord(input) || Object.keys(input).length === 0) {
				throw new InputError(`'JSON' in ${where} is not a filled object: ${shown(json)}`, 'For example: {"inputValue": "Example"}');
			}
			return input;
		},
	}),
	fieldType({
		value: 'routing',
		main: 'routingAction',
		name: 'Routing',
		description: 'The decision where the workflow goes on',
		properties: [
			{ displayName: 'Routing Action', name: 'routingAction', type: 'string', default: 'skip_forward', placeholder: 'e.g. skip_forward', description: "What the chosen button does. The public reference names only 'skip_forward'." },
			{ displayName: 'Label', name: 'label', type: 'string', default: '', placeholder: 'e.g. Approve', description: 'Text of the chosen button' },
			{ displayName: 'Comment', name: 'comment', type: 'string', default: '', placeholder: 'e.g. Budget is approved', description: 'Reason for the decision' },
			{ displayName: 'Return to Step', name: 'returnToStep', type: 'string', default: '', placeholder: 'e.g. 141487', description: 'ID of the step to go back to, when the decision is to go back' },
		],
		toInput: ({ routingAction, label = '', comment = '', returnToStep = '' }, place) => ({
			action: filled(routingAction, 'Routing Action', place),
			comment,
			label,
			returnToStep,
		}),
	}),
	fieldType({
		value: 'singleSelect',
		main: 'item',
		name: 'Single-Select Dropdown',
		description: 'One option of a dropdown',
		properties: [item],
		toInput: (values, place) => ({ itemSelected: filled(values.item, 'Item', place) }),
	}),
	fieldType({
		value: 'table',
		main: 'table',
		name: 'Table',
		description: 'Rows and columns',
		properties: [
			{ displayName: 'Table', name: 'table', type: 'json', default: '[["Column 1", "Column 2"], ["Value 1", "Value 2"]]', description: 'Rows, the first one being the header, or a list of objects whose keys become the header' },
		],
		toInput: ({ table }, { where }) => ({ jsonResult: JSON.stringify(tableRows(table, `'Table' in ${where}`)) }),
	}),
	fieldType({
		value: 'text',
		main: 'text',
		name: 'Text',
		description: 'A text of any length',
		properties: [
			{ displayName: 'Text', name: 'text', type: 'string', default: '', placeholder: 'e.g. Jane Doe', description: 'The text to fill in' },
		],
		toInput: ({ text }, place) => ({ inputValue: filled(text, 'Text', place) }),
	}),
	fieldType({
		value: 'url',
		main: 'url',
		name: 'URL',
		description: 'One web address',
		properties: [
			{ displayName: 'URL', name: 'url', type: 'string', default: '', placeholder: 'e.g. https://example.com', description: 'A web address with https:// or http://' },
		],
		toInput: ({ url }, place) => ({ url: webAddress(filled(url, 'URL', place), `'URL' in ${place.where}`) }),
		wrap: (input) => ({ url: input }),
	}),
	fieldType({
		value: 'userSelection',
		main: 'userEmail',
		name: 'User Selection',
		description: 'A user of Next Matter',
		properties: [
			{ displayName: 'User Email', name: 'userEmail', type: 'string', default: '', placeholder: 'e.g. jane.doe@example.com', description: 'Email address under which the user is known in Next Matter' },
		],
		toInput: ({ userEmail }, place) => ({
			selection: { user_email: emailAddress(filled(userEmail, 'User Email', place), `'User Email' in ${place.where}`) },
		}),
	}),
];

export function isRecord(value: unknown): value is IDataObject {
	return value !== null && typeof value === 'object' && !Array.isArray(value);
}
