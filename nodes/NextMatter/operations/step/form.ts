import type { IDataObject } from 'n8n-workflow';

import { InputError } from '../../../kernel/errors';
import type { Item } from '../../../kernel/operations';
import type { ValuesOf } from '../../../kernel/parameters';
import { property } from '../../../kernel/parameters';
import { jsonValue, wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { idOfUri } from '../../api/instance';
import type { Field } from '../../api/snapshot';
import type { Instance } from '../../api/types';
import type { Column, FieldInput, FormFieldEntry, InputFormat } from '../../formFields';
import { fromColumns, fromEntries, fromJson, valueProperties } from '../../formFields';
import { recogniseType } from '../../formFields/recognise';
import { fieldTypes, isRecord } from '../../formFields/types';
import { readBinary, uploadBinary } from '../file/binary';
import { actionId } from '../parameters';

const inputMode = property({
	displayName: 'Input Mode',
	name: 'inputMode',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Fields', value: 'fields', description: 'Add the form fields one by one' },
		{ name: 'JSON', value: 'json', description: 'Give all form fields as JSON' },
		{ name: 'Mapper', value: 'mapper', description: "Fill in the step's own form, or map incoming columns to it by name" },
	],
	default: 'fields',
	description: 'How to fill in the form of the step',
});

const formFields = property({
	displayName: 'Form Fields',
	name: 'formFields',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Form Field', sortable: true },
	placeholder: 'Add Form Field',
	default: {},
	displayOptions: { show: { inputMode: ['fields'] } },
	description: 'The form fields to fill in. Fields that are not named here stay as they are.',
	options: [
		{
			displayName: 'Form Field',
			name: 'field',
			values: [
				{ ...actionId, required: false },
				{
					displayName: 'Type',
					name: 'type',
					type: 'options',
					noDataExpression: true,
					options: fieldTypes.map(({ name, value, description }) => ({ name, value, description })),
					default: 'text',
					description: 'What kind of form field it is in the workflow',
				},
				...valueProperties,
			],
		},
	],
});

const formFieldMapper = property({
	displayName: 'Form',
	name: 'formFieldMapper',
	type: 'resourceMapper',
	noDataExpression: true,
	default: { mappingMode: 'defineBelow', value: null },
	displayOptions: { show: { inputMode: ['mapper'] } },
	description: 'The form fields of the step. Fields without a value stay as they are.',
	typeOptions: {
		loadOptionsDependsOn: ['workflowId.value', 'instanceId.value', 'stepId.value'],
		resourceMapper: {
			resourceMapperMethod: 'getFormFields',
			mode: 'map',
			valuesLabel: 'Form Fields',
			fieldWords: { singular: 'form field', plural: 'form fields' },
			addAllFields: true,
			supportAutoMap: true,
			noFieldsError:
				"The form cannot be read here. Choose the workflow or instance and the step first; if that is done, set 'Input Mode' to 'Fields' and give the IDs of the form fields.",
		},
	},
});

const formFieldsJson = property({
	displayName: 'Form Fields (JSON)',
	name: 'formFieldsJson',
	type: 'json',
	default: '[\n  {"action_id": 0, "input_object": {"inputValue": ""}}\n]',
	displayOptions: { show: { inputMode: ['json'] } },
	description: 'A list of objects with action_id (the ID of the form field) and input_object (its value), sent as it stands',
});

export const inputFormat = property({
	displayName: 'Input Format',
	name: 'inputFormat',
	type: 'options',
	options: [
		{ name: 'Reference', value: 'reference', description: 'As the API reference has it' },
		{ name: 'Wrapped', value: 'wrapped', description: 'As the help page "Complete a step" has it, for address, checklist, radio and URL' },
	],
	default: 'reference',
	description: 'Which of the two documented forms of a value to send. Change it only if Next Matter refuses the values.',
});

/** The parameters in which a step's form is filled in. */
export const formProperties = [inputMode, formFields, formFieldMapper, formFieldsJson] as const;

type FormValues = ValuesOf<typeof formProperties> & { options: { inputFormat?: InputFormat } };

/** A filled-in form. What a mapped one holds is known only once the form of the step has been read. */
export interface PlannedForm {
	/** Gives the fields to send, files uploaded. `instance`: where the step is; as given, it saves reading it. */
	prepare(client: NextMatterClient, instance: number | Instance, stepId: number): Promise<FieldInput[]>;
}

/** The filled-in form, whichever way it was entered. Throws `InputError`. */
export function planForm(values: FormValues, item: Item): PlannedForm {
	const format = values.options.inputFormat ?? 'reference';
	if (values.inputMode === 'mapper') return planMapped(values.formFieldMapper, item, format);
	const form =
		values.inputMode === 'json'
			? fromJson(values.formFieldsJson)
			: fromEntries((values.formFields?.field ?? []) as FormFieldEntry[], format, item.timezone);
	for (const { binaryPropertyName } of form.uploads) readBinary(item, binaryPropertyName);
	return {
		async prepare(client, instance) {
			if (form.uploads.length === 0) return form.fields;
			// Which of the two an upload needs is not documented, so it gets both.
			const { id, process } = typeof instance === 'number' ? await client.getInstance(instance) : instance;
			const about = { process_instance: id, process: idOfUri(process) ?? undefined };
			let { fields } = form;
			for (const { kind, binaryPropertyName, attach } of form.uploads) {
				fields = attach(fields, await uploadBinary(client, item, kind, binaryPropertyName, about));
			}
			return fields;
		},
	};
}

interface MapperValue {
	mappingMode?: string;
	value?: IDataObject | null;
	schema?: Array<{ id: string; displayName?: string; removed?: boolean; type?: string }>;
}

/** What the editor's input says about a form field that cannot be read any more. */
const TYPE_OF_INPUT: Readonly<Record<string, string>> = { number: 'number', dateTime: 'date' };

function planMapped(given: unknown, { input, timezone }: Item, format: InputFormat): PlannedForm {
	const { mappingMode, value, schema = [] } = (isRecord(given) ? given : {}) as MapperValue;
	const automatic = mappingMode === 'autoMapInputData';
	const removed = new Set(schema.filter((column) => column.removed).map(({ id }) => id));
	const known = new Map(schema.map((column) => [column.id, column]));
	return {
		async prepare(client, instance, stepId) {
			const fields = await client.form(instance, stepId);
			const names = new Map(fields.map((field) => [String(field.id), field]));
			const data = automatic ? byColumn(input.json, fields, stepId) : (value ?? {});
			const columns = Object.entries(data)
				.filter(([id]) => !removed.has(id))
				.map(([id, cell]): Column => {
					const field = names.get(id);
					const column = known.get(id);
					const type = field ? recogniseType(field.type, field.value) : TYPE_OF_INPUT[column?.type ?? ''];
					const name = field?.name ?? column?.displayName ?? id;
					const value = field ? typed(cell, type, field.choices) : cell;
					return { id: wholeNumberId(id, `The column '${id}' of 'Form'`), name, type, value };
				});
			return fromColumns(columns, format, timezone);
		},
	};
}

/** What one typed text means where a list or an object is needed: the choices that it names, its URLs, an address. */
function typed(cell: unknown, type: string | undefined, choices: string[]): unknown {
	if (typeof cell !== 'string' || /^\s*(\[|$)/.test(cell)) return cell;
	if (type === 'address') {
		if (/^\s*\{/.test(cell)) return jsonValue(cell, 'The address');
		const parts = cell.split(',').map((part) => part.trim());
		return parts.length === 3 ? { street: parts[0], city: parts[1], zipCode: parts[2] } : cell;
	}
	if (type === 'checklist' || type === 'multiSelect') {
		const names = cell.split(/[,;\n]/).map((name) => name.trim()).filter((name) => name !== '');
		return names.every((name) => choices.includes(name)) ? names : cell;
	}
	if (type === 'drawing' || type === 'file' || type === 'image') return cell.trim().split(/[\s,;]+(?=https?:)/);
	return cell;
}

/**
 * The item's own columns that are named like a form field, or after its ID. Throws `InputError` when
 * there is none, because completing a step with an empty form cannot be taken back.
 */
function byColumn(json: IDataObject, fields: Field[], stepId: number): IDataObject {
	if (fields.length === 0) {
		throw new InputError(
			`The form of the step ${stepId} cannot be read, so columns cannot be mapped to it by name`,
			"Check that the step belongs to the instance. If it does, set 'Input Mode' to 'Fields' and give the IDs of the form fields.",
		);
	}
	const columns = new Map(Object.entries(json).map(([name, cell]) => [name.trim().toLowerCase(), cell]));
	const found = fields
		.map(({ id, name }): [string, unknown] => [String(id), columns.get(String(id)) ?? columns.get(name.trim().toLowerCase())])
		.filter(([, cell]) => cell !== undefined);
	const fillable = fields.filter(({ type, value }) => recogniseType(type, value) !== 'instruction');
	if (found.length === 0 && fillable.length > 0) {
		throw new InputError(
			`No column of the item is named like a form field of the step ${stepId}`,
			`Rename the columns to the names of the form fields: ${fillable.map(({ id, name }) => name || id).join(', ')}.`,
		);
	}
	return Object.fromEntries(found) as IDataObject;
}
