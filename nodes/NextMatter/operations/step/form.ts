import type { Item, ValuesOf } from '../../../kernel/operations';
import { property } from '../../../kernel/operations';
import type { NextMatterClient } from '../../api/client';
import type { FieldInput, Form, FormFieldEntry } from '../../formFields';
import { fromEntries, fromJson, valueProperties } from '../../formFields';
import { fieldTypes } from '../../formFields/types';
import { readBinary, uploadBinary } from '../file/binary';

const inputMode = property({
	displayName: 'Input Mode',
	name: 'inputMode',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Fields', value: 'fields', description: 'Add the form fields one by one' },
		{ name: 'JSON', value: 'json', description: 'Give all form fields as JSON' },
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
				{
					displayName: 'Form Field ID',
					name: 'actionId',
					type: 'string',
					default: '',
					placeholder: 'e.g. 369584',
					description: 'ID of the form field. Next Matter shows it in the workflow editor.',
				},
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
export const formProperties = [inputMode, formFields, formFieldsJson] as const;

type FormValues = ValuesOf<typeof formProperties> & { options: { inputFormat?: 'reference' | 'wrapped' } };

interface PlannedForm extends Form {
	item: Item;
}

/** The filled-in form, whichever way it was entered. Throws `InputError`. */
export function formInput(values: FormValues, item: Item): PlannedForm {
	if (values.inputMode === 'json') return { ...fromJson(values.formFieldsJson), item };
	const entries = (values.formFields?.field ?? []) as FormFieldEntry[];
	const form = fromEntries(entries, values.options.inputFormat ?? 'reference', item.timezone);
	for (const { binaryPropertyName } of form.uploads) readBinary(item, binaryPropertyName);
	return { ...form, item };
}

/** Uploads the form's files, puts their URLs into it and sends it. */
export async function submitFields<T>(
	client: NextMatterClient,
	{ fields, uploads, item }: PlannedForm,
	instanceId: number,
	send: (fields: FieldInput[]) => Promise<T>,
): Promise<T> {
	let complete = fields;
	for (const { kind, binaryPropertyName, attach } of uploads) {
		const url = await uploadBinary(client, item, kind, binaryPropertyName, { process_instance: instanceId });
		complete = attach(complete, url);
	}
	return await send(complete);
}
