import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { InputError } from '../../kernel/errors';
import type { Property } from '../../kernel/parameters';
import { decodeAll } from '../../kernel/parameters';
import { jsonValue, shown, wholeNumberId } from '../../kernel/values';
import type { FieldPlace, FieldType } from './types';
import { fieldTypes, isRecord } from './types';

/** A form field as "Complete step" takes it. */
export interface FieldInput {
	action_id: number;
	input_object: IDataObject;
}

/** Which of the two documented forms of `input_object` is sent. */
export type InputFormat = 'reference' | 'wrapped';

/** A filled-in form: what to send, and the files whose URLs are to be put into it first. */
export interface Form {
	fields: FieldInput[];
	uploads: Upload[];
}

export interface Upload {
	kind: 'file' | 'image';
	binaryPropertyName: string;
	/** Puts the URL of the uploaded file where it belongs. */
	attach(fields: FieldInput[], url: string): FieldInput[];
}

export type FormFieldEntry = IDataObject & { actionId?: string; type?: string };

/** The value parameters of all types, each shown for the types that use it. */
export const valueProperties: readonly Property[] = mergeByName(
	fieldTypes.flatMap(({ value, properties }) =>
		properties.map((declaration) => ({
			...(declaration as INodeProperties),
			displayOptions: { show: { type: [value] } },
		})),
	),
);

/** Two types that share a parameter get one declaration with both types in its condition. */
function mergeByName(declarations: INodeProperties[]): Property[] {
	const byName = new Map<string, INodeProperties>();
	for (const declaration of declarations) {
		const known = byName.get(declaration.name);
		const types = declaration.displayOptions?.show?.type ?? [];
		if (known) known.displayOptions?.show?.type?.push(...types);
		else byName.set(declaration.name, declaration);
	}
	return [...byName.values()] as Property[];
}

function refuseTwice(fields: FieldInput[], list: string): FieldInput[] {
	const places = new Map<number, number>();
	fields.forEach(({ action_id }, index) => {
		const earlier = places.get(action_id);
		if (earlier !== undefined) {
			throw new InputError(
				`${list} has the form field ${action_id} twice (entries ${earlier + 1} and ${index + 1})`,
				'Only one value can be stored: remove one of the two entries.',
			);
		}
		places.set(action_id, index);
	});
	return fields;
}

function convert(type: FieldType, id: number, values: IDataObject, place: FieldPlace, format: InputFormat): FieldInput {
	const input = type.toInput(values, place);
	return { action_id: id, input_object: format === 'wrapped' && type.wrap ? type.wrap(input) : input };
}

const findType = (value: unknown) => fieldTypes.find((type) => type.value === value);

/** The entries of the editor's collection, checked and in wire form. Throws `InputError`. */
export function fromEntries(entries: FormFieldEntry[], format: InputFormat, timezone: string): Form {
	const uploads: Upload[] = [];
	const fields = entries.map((entry, index) => {
		const where = `'Form Fields' entry ${index + 1}`;
		const type = findType(entry.type);
		if (!type) throw new InputError(`'Type' in ${where} is not a form-field type: ${shown(entry.type)}`, 'Choose it from the list.');
		const id = wholeNumberId(entry.actionId, `'Form Field' in ${where}`);
		if (type.upload) {
			const names = (entry.binaryPropertyNames ?? []) as string[];
			uploads.push(...names.map((name) => uploadInto(index, name, type.upload as Target)));
		}
		return convert(type, id, entry, { where, timezone }, format);
	});
	return { fields: refuseTwice(fields, "'Form Fields'"), uploads };
}

/** A form field with the value that was mapped to it. */
export interface Column {
	id: number;
	name: string;
	/** One of the form-field types; a text where it is not known. */
	type?: string;
	value: unknown;
}

/** The mapped columns, checked and in wire form. Columns without a value are left out. Throws `InputError`. */
export function fromColumns(columns: Column[], format: InputFormat, timezone: string): FieldInput[] {
	return columns
		.filter(({ value }) => value !== undefined && value !== null && value !== '')
		.map(({ id, name, type: typeName, value }) => {
			const type = findType(typeName ?? 'text') as FieldType;
			const where = `the column '${name || id}'`;
			const single = type.main === undefined || (type.value === 'routing' && isRecord(value)) ? value : { [type.main]: value };
			if (!isRecord(single)) {
				const names = type.properties.map((declaration) => declaration.name).join(', ');
				throw new InputError(`The value of ${where} is not an object: ${shown(value)}`, `It needs: ${names}.`);
			}
			const values = decodeAll(type.properties, single, (parameter) => `'${parameter}' in ${where}`);
			return convert(type, id, values, { where, timezone }, format);
		});
}

type Target = { kind: 'file' | 'image'; key: string };

function uploadInto(index: number, binaryPropertyName: string, { kind, key }: Target): Upload {
	return {
		kind,
		binaryPropertyName,
		attach: (fields, url) =>
			fields.map((field, position) => {
				if (position !== index) return field;
				const present = field.input_object[key] as string[];
				return { ...field, input_object: { ...field.input_object, [key]: [...present, url] } };
			}),
	};
}

/** The JSON mode's list, checked and, but for IDs given as text, as it stands. Throws `InputError`. */
export function fromJson(value: unknown): Form {
	const where = "'Form Fields (JSON)'";
	const help = 'It is a list such as [{"action_id": 369584, "input_object": {"inputValue": "Jane"}}].';
	const list = jsonValue(value, where) ?? [];
	if (!Array.isArray(list)) throw new InputError(`${where} is not a list: ${shown(list)}`, help);
	const fields = list.map((entry: unknown, index): FieldInput => {
		const place = `${where} entry ${index + 1}`;
		if (!isRecord(entry)) throw new InputError(`${place} is not an object: ${shown(entry)}`, help);
		const { action_id, input_object } = entry;
		if (!isRecord(input_object)) {
			throw new InputError(`'input_object' in ${place} is not an object: ${shown(input_object)}`, help);
		}
		return { ...entry, action_id: wholeNumberId(action_id, `'action_id' in ${place}`), input_object };
	});
	return { fields: refuseTwice(fields, where), uploads: [] };
}
