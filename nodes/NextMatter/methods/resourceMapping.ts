import type { FieldType, ILoadOptionsFunctions, ResourceMapperField, ResourceMapperFields } from 'n8n-workflow';

import { fieldsOf, readForm } from '../api/structure';
import type { Field } from '../api/snapshot';
import { recogniseType } from '../formFields/recognise';
import { inEditor, parentId, placeOf } from './parents';

/** The editor's input for each form-field type; a text for those that are not here. */
const INPUTS: Readonly<Record<string, FieldType>> = {
	address: 'object',
	checklist: 'array',
	date: 'dateTime',
	drawing: 'array',
	file: 'array',
	image: 'array',
	multiSelect: 'array',
	number: 'number',
	table: 'array',
};

const HINTS: Readonly<Record<string, string>> = {
	address: '{"street": …, "city": …, "zipCode": …}',
	drawing: 'list of URLs',
	email: 'email',
	file: 'list of URLs',
	image: 'list of URLs',
	table: 'list of rows',
	url: 'URL',
	userSelection: 'email of the user',
};

function toColumn(field: Field): ResourceMapperField | undefined {
	const type = recogniseType(field.type, field.value);
	if (type === 'instruction') return undefined;
	const isChoice = (type === 'singleSelect' || type === 'radio') && field.choices.length > 0;
	const isList = type === 'checklist' || type === 'multiSelect';
	const hint = isList && field.choices.length > 0 ? `list of: ${field.choices.join(', ')}` : HINTS[type ?? ''];
	const name = field.name || `Form field ${field.id}`;
	return {
		id: String(field.id),
		displayName: type === undefined ? `${name} (sent as text)` : hint ? `${name} (${hint})` : name,
		required: field.required,
		defaultMatch: false,
		canBeUsedToMatch: false,
		display: true,
		type: isChoice ? 'options' : (INPUTS[type ?? ''] ?? 'string'),
		...(isChoice ? { options: field.choices.map((choice) => ({ name: choice, value: choice })) } : {}),
	};
}

/** The form fields of the chosen step, each with the right input. */
export async function getFormFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const structure = await inEditor(this, async (client) => await readForm(client, placeOf(this)));
	const fields = fieldsOf(structure, parentId(this, 'stepId'))
		.map(toColumn)
		.filter((column): column is ResourceMapperField => column !== undefined);
	if (fields.length > 0) return { fields };
	return {
		fields: [],
		emptyFieldsNotice:
			"The form cannot be read here. Choose the workflow or instance and the step first; if that is done, set 'Input Mode' to 'Fields' and give the IDs of the form fields.",
	};
}
